from assay.consensus import Reason, decide, queue
from assay.model.schema import Scale
from assay.table import Decision, DecisionKind
from corpora import corpus_of, decided


def queued(votes, gold=None, **options):
    corpus, field = corpus_of(votes, **options)
    decisions = tuple(
        Decision(kind=DecisionKind.GOLD, item=item, label={"label": value}, who="lead")
        for item, value in (gold or {}).items()
    )
    corpus = decided(corpus, decisions)
    return [(row.item, row.reason) for row in queue(decide(corpus, [field]), corpus)]


def test_ties_stand_before_contradicted_gold_before_low_confidence_and_then_by_item():
    votes = {
        "d": {"a": "x", "b": "y"},
        "b": {"a": "x", "b": "x"},
        "c": {"a": "x", "b": "y"},
        "a": {"a": "x", "b": "x", "c": "y", "d": "z"},
        "e": {"a": "x", "b": "x"},
    }

    assert queued(votes, gold={"b": "y"}) == [
        ("c", Reason.TIE),
        ("d", Reason.TIE),
        ("b", Reason.GOLD_CONTRADICTED),
        ("a", Reason.LOW_CONFIDENCE),
    ]


def test_a_single_vote_neither_contradicts_gold_nor_is_in_doubt():
    assert queued({"i": {"a": "x"}, "j": {"a": "x"}}, gold={"i": "y"}) == []


def test_gold_is_not_contradicted_by_votes_that_only_lead():
    assert queued({"i": {"a": "x", "b": "x", "c": "y", "d": "z"}}, gold={"i": "y"}) == []


def test_gold_in_another_spelling_is_not_contradicted():
    assert queued({"i": {"a": "a  b", "b": "a b"}}, gold={"i": " a b "}, scale=Scale.TEXT) == []


def test_six_of_ten_is_sure_enough():
    assert queued({"i": dict(zip("abcdefghij", "xxxxxxyyyy", strict=True))}) == []


def test_numbers_are_not_in_doubt_for_being_unequal():
    assert queued({"i": {"a": 1, "b": 2, "c": 3}}, scale=Scale.INTERVAL) == []


def test_spans_that_hardly_overlap_are_in_doubt():
    marks = [[{"start": 0, "end": 9}], [{"start": 7, "end": 9}], [{"start": 8, "end": 20}]]
    votes = {"i": dict(zip("abc", marks, strict=True)), "h": dict(zip("ab", marks[::2], strict=True))}

    assert queued(votes, scale=Scale.SPANS) == [("h", Reason.APART), ("i", Reason.LOW_CONFIDENCE)]


def test_a_decided_tie_is_out_of_the_queue():
    assert queued({"i": {"a": "x", "b": "y"}}, gold={"i": "x"}) == []
