from dataclasses import replace

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.consensus.decision import compute_consensus
from assay.consensus.result import Source
from assay.core.table import Decision, DecisionKind
from assay.core.values import Field, Scale
from assay.errors import ConfigError
from corpora import Vote, corpus_from, corpus_of, decided


def gold(item, label, who="lead"):
    return Decision(kind=DecisionKind.GOLD, item=item, label=label, who=who)


def adjudication(item, label, batch, who="lead"):
    return Decision(kind=DecisionKind.ADJUDICATION, item=item, label=label, who=who, batch=batch, reason="edge-case")


def deciding(votes, *decisions, **options):
    corpus, field = corpus_of(votes, **options)
    return compute_consensus(decided(corpus, decisions), [field])


def test_equal_votes_of_two_are_unanimous_and_one_vote_is_not():
    consensus = deciding({"i": {"a": "x", "b": "x"}, "j": {"a": "x"}})

    assert consensus.source == (Source.UNANIMOUS, Source.SINGLE)
    assert consensus.confidence.tolist() == pytest.approx([1, np.nan], nan_ok=True)
    assert consensus.votes.tolist() == [2, 1]


def test_an_adjudication_goes_before_votes_and_gold_before_both():
    votes = {"i": {"a": "x", "b": "y"}, "j": {"a": "x", "b": "x"}}
    consensus = deciding(
        votes,
        gold("j", {"label": "y"}),
        adjudication("j", {"label": "z"}, "b1"),
        adjudication("i", {"label": "z"}, "b1"),
    )

    assert consensus.value == ("z", "y")
    assert consensus.source == (Source.ADJUDICATED, Source.GOLD)
    assert consensus.confidence.tolist() == [1, 1]
    assert consensus.distribution == ('{"\\"x\\"":1,"\\"y\\"":1}', '{"\\"x\\"":2}')


def test_the_decisions_come_in_any_order():
    decisions = [adjudication("i", {"label": "old"}, "b1"), adjudication("i", {"label": "new"}, "b2")]
    corpus = corpus_from(
        [Vote("i", "a", {"label": "x"}, "b1"), Vote("i", "a", {"label": "y"}, "b2")],
        [field := Field(name="label", scale=Scale.NOMINAL)],
    )

    for order in (decisions, decisions[::-1]):
        assert compute_consensus(decided(corpus, order), [field]).value == ("new",)


def test_an_adjudication_of_no_batch_that_counts_gives_way_to_the_votes():
    consensus = deciding({"i": {"a": "x", "b": "y"}}, adjudication("i", {"label": "z"}, "b0"))

    assert (consensus.value, consensus.source) == ((None,), (Source.TIE,))


def test_a_decision_is_about_the_fields_of_its_label_only():
    fields = [Field(name="one", scale=Scale.NOMINAL), Field(name="two", scale=Scale.NOMINAL)]
    corpus = corpus_from([Vote("i", "a", {"one": "x", "two": "x"}), Vote("i", "b", {"one": "y", "two": "x"})], fields)
    consensus = compute_consensus(decided(corpus, (gold("i", {"one": "g"}),)), fields)

    assert consensus.value == ("g", "x")
    assert consensus.source == (Source.GOLD, Source.UNANIMOUS)


def test_an_item_that_only_an_expert_answered_is_decided():
    corpus = corpus_from(
        [Vote("i", "a", {"label": "x"})], [field := Field(name="label", scale=Scale.NOMINAL)], items=["k"]
    )
    consensus = compute_consensus(decided(corpus, (gold("k", {"label": "y"}),)), [field])

    assert [corpus.items.ids[item] for item in consensus.item] == ["i", "k"]
    assert (consensus.value, consensus.votes.tolist()) == (("x", "y"), [1, 0])


def test_a_decision_on_an_item_outside_the_pool_is_left_out():
    assert deciding({"i": {"a": "x"}}, gold("elsewhere", {"label": "y"})).value == ("x",)


def test_an_item_in_no_closed_round_without_decision_has_no_row():
    corpus, field = corpus_of({"i": {"a": "x"}, "j": {"a": "y"}}, batches={"i": "b1", "j": "b2"}, open_batches=["b2"])

    assert [corpus.items.ids[item] for item in compute_consensus(corpus, [field]).item] == ["i"]


def test_replaced_votes_and_those_of_excluded_annotators_do_not_count():
    rows = [Vote("i", "a", {"label": "old"}, "b1"), Vote("i", "b", {"label": "new"}, "b1")]
    rows += [Vote("i", "a", {"label": "new"}, "b2"), Vote("i", "x", {"label": "old"}, "b2")]
    corpus = corpus_from(rows, [field := Field(name="label", scale=Scale.NOMINAL)], excluded=["x"])
    consensus = compute_consensus(corpus, [field])

    assert (consensus.value, consensus.distribution) == (("new",), ('{"new":2}',))


def test_consensus_takes_the_corrected_label_and_not_the_first():
    corpus, field = corpus_of({"i": {"a": "x", "b": "y", "c": "y"}})
    column = corpus.annotations.fields["label"]
    first = replace(column, first=np.zeros_like(column.codes))
    corpus = replace(corpus, annotations=replace(corpus.annotations, fields={"label": first}))

    assert compute_consensus(corpus, [field]).value == ("y",)


def test_an_item_that_everybody_left_open_has_no_value_and_no_confidence():
    consensus = deciding({"i": {"a": None, "b": None}})

    assert (consensus.value, consensus.source, consensus.distribution) == ((None,), (Source.NONE,), ("{}",))
    assert (consensus.confidence.tolist(), consensus.votes.tolist()) == ([0], [0])


@pytest.mark.parametrize("scale", list(Scale))
def test_a_corpus_without_annotations_is_decided_to_nothing(scale):
    corpus, field = corpus_of({}, scale=scale)

    assert len(compute_consensus(corpus, [field])) == 0


@pytest.mark.parametrize("lost", [("b1",), ("b2",), ("b1", "b2"), ()])
def test_a_value_that_a_migration_took_from_any_decision_on_a_field_rests_above_the_votes(lost):
    corpus, field = corpus_of({"i": {"a": "x", "b": "x"}})
    waits = [
        Decision(
            kind=DecisionKind.ADJUDICATION, item="i", label={}, who="lead", batch=batch, waiting={"label": "2.0.0"},
            lost=("label",) if batch in lost else (), stands=("label",),
        )
        for batch in ("b1", "b2")
    ]  # fmt: skip
    found = compute_consensus(replace(corpus, decisions=tuple(waits)), [field])
    assert (found.value, found.waiting.tolist()) == (((None,), [True]) if lost else (("x",), [False]))


def test_a_decision_that_stands_in_another_field_alone_keeps_nothing_waiting():
    fields = [Field(name="label", scale=Scale.NOMINAL), Field(name="other", scale=Scale.NOMINAL)]
    corpus = corpus_from([Vote("i", who, {"label": "x", "other": "o"}) for who in "ab"], fields)
    for stands, value, source in (("label", None, Source.NONE), ("other", "x", Source.UNANIMOUS)):
        waits = Decision(
            kind=DecisionKind.GOLD, item="i", label={"other": "g"}, who="lead", waiting={"label": "2.0.0"},
            lost=("label",), stands=(stands,),
        )  # fmt: skip
        found = compute_consensus(replace(corpus, decisions=(waits,)), fields)
        assert (found.value[0], found.source[0], found.waiting.tolist()[0]) == (value, source, stands == "label")
        assert found.value[1] == ("o" if stands == "label" else "g")


def test_rows_stand_by_item_and_then_in_the_order_of_the_fields():
    fields = [Field(name="z", scale=Scale.NOMINAL), Field(name="a", scale=Scale.ORDINAL)]
    corpus = corpus_from([Vote(item, "w", {"z": "p", "a": 1}) for item in ("j", "i")], fields)
    consensus = compute_consensus(corpus, fields)

    assert consensus.item.tolist() == [0, 0, 1, 1]
    assert consensus.field.tolist() == [0, 1, 0, 1]
    assert consensus.value == ("p", 1, "p", 1)


def test_an_unknown_method_is_refused_with_those_there_are():
    corpus, field = corpus_of({"i": {"a": "x"}})

    with pytest.raises(ConfigError, match="dawid-skene") as raised:
        compute_consensus(corpus, [field], method="dawid-skene")
    assert "majority" in raised.value.fix


@given(st.dictionaries(st.sampled_from("abcdef"), st.text(max_size=3), min_size=1))
def test_the_distribution_is_canonical_json_of_how_often_each_text_was_given(votes):
    corpus, _ = corpus_of({"i": votes})
    consensus = compute_consensus(corpus, [Field(name="label", scale=Scale.NOMINAL)])
    counts = {text: list(votes.values()).count(text) for text in votes.values()}

    assert consensus.distribution[0].encode() == orjson.dumps(counts, option=orjson.OPT_SORT_KEYS)
