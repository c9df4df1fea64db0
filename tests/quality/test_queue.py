import pytest

from assay.consensus.decision import compute_consensus
from assay.consensus.doubt_reasons import REASONS, Doubt, Reason, doubts
from assay.core.table import Decision, DecisionKind
from assay.core.values import Scale
from assay.quality.gold import missed_gold
from assay.quality.measures import queue, summary_of_queue
from corpora import corpus_of, decided


def queued(votes, gold=None, more=(), **options):
    corpus, field = corpus_of(votes, **options)
    decisions = tuple(
        Decision(kind=DecisionKind.GOLD, item=item, label={"label": value}, who="lead")
        for item, value in (gold or {}).items()
    )
    corpus = decided(corpus, decisions)
    found = compute_consensus(corpus, [field])
    rows = queue(doubts(found), [*missed_gold(corpus, [field]), *more], found, corpus)
    items = [corpus.items.ids[code] for code in found.item[rows.cell]]
    assert summary_of_queue(rows, found).items == len(set(items))
    reasons = [
        REASONS[why] if said < 0 else rows.said.values[said]
        for why, said in zip(rows.why, rows.said.codes, strict=True)
    ]
    return list(zip(items, reasons, strict=True))


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


def test_votes_that_only_lead_do_not_contradict_gold_but_most_miss_it():
    votes = {"a": "x", "b": "x", "c": "y", "d": "z"}
    assert queued({"i": votes}, gold={"i": "y"}) == [("i", Reason.GOLD_MISSED)]
    assert queued({"i": votes | {"e": "y", "f": "y"}}, gold={"i": "y"}) == []
    assert queued({"i": votes}, gold={"i": "y"}, excluded=["a", "d"]) == []


def span(start, end):
    return [{"start": start, "end": end}]


@pytest.mark.parametrize(
    ("scale", "votes", "gold", "missed"),
    [
        (Scale.NOMINAL, ["x", "z"], "y", True),
        (Scale.ORDINAL, [1, 3, 5], 5, False),
        (Scale.ORDINAL, [1, 2, 5], 5, True),
        (Scale.INTERVAL, [9.5, 10.5, 0], 10, False),
        (Scale.SET, [["c"], ["b", "c"]], ["a", "b"], True),
        (Scale.SET, [["a"], ["b"]], ["a", "b"], False),
        (Scale.SEQUENCE, [["D", "N"], ["N", "V"]], ["V", "A"], True),
        (Scale.SPANS, [span(0, 4), span(5, 9)], span(10, 14), True),
        (Scale.SPANS, [span(0, 4) + span(10, 14), span(10, 14)], span(10, 14), False),
        (Scale.TEXT, ["one", "two"], "three", False),
        (Scale.RANKING, [["a", "b", "c"], ["c", "a", "b"]], ["a", "c", "b"], False),
    ],
)
def test_an_answer_near_gold_does_not_miss_it_and_free_text_is_not_held_to_it(scale, votes, gold, missed):
    found = queued({"i": dict(zip("abc", votes, strict=False))}, gold={"i": gold}, scale=scale)
    assert found == ([("i", Reason.GOLD_MISSED)] if missed else [])


def test_a_further_reason_is_a_row_in_its_words_once_and_where_it_is_as_pressing():
    told = Doubt(item="b", field="label", why=Reason.DUPLICATE, said="duplicate of c labelled differently")
    other = Doubt(item="a", field="label", why=Reason.DUPLICATE, said="duplicate of b labelled differently")
    votes = {"a": {"a": "x", "b": "y"}, "b": {"a": "x", "b": "x"}, "c": {"a": "y", "b": "y"}}
    votes["d"] = {"a": "x", "b": "x", "c": "y", "d": "z"}
    assert queued(votes, more=[told, other, told]) == [
        ("a", "tie"),
        ("a", "duplicate of b labelled differently"),
        ("b", "duplicate of c labelled differently"),
        ("d", "low-confidence"),
    ]


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
