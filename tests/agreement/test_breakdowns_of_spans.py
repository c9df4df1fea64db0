"""Kinds and pairs of annotators of a field of spans, each against a corpus of nothing but those."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from assay.agreement.corpus import measure_corpus
from assay.core.values import Field, Scale
from corpora import corpus_of
from marking import random_spans

FIELD = Field(name="label", scale=Scale.SPANS, source="text", textual=False)


def votes(seed):
    rng = np.random.default_rng(seed)
    return {
        f"i{item}": {who: random_spans(rng, 9) for who in ("ann", "bob", "cid") if rng.random() < 0.8}
        for item in range(12)
    }


def measured(given):
    corpus, _ = corpus_of(given, scale=Scale.SPANS)
    texts = (b'{"text":"nine runes"}', b'{"text":["n","i","n","e"," ","r","u","n","e","s"]}')
    data = tuple(texts[number % 2] for number in range(len(corpus.items)))
    return measure_corpus(replace(corpus, items=replace(corpus.items, data=data)), [FIELD])


def rows_of(given):
    return measured(given).rows


def figures(rows, breakdown, key, *, ends=True):
    found = [row for row in rows if (row.breakdown, row.key) == (breakdown, key)]
    return {row.coefficient: (row.value, row.units, *([row.low, row.high] if ends else [])) for row in found}


@pytest.mark.parametrize("seed", range(4))
def test_a_kind_is_what_is_left_when_the_others_were_never_marked(seed):
    given = votes(seed)
    for kind in "ab":
        only = {
            item: {who: [one for one in spans if one["label"] == kind] for who, spans in answers.items()}
            for item, answers in given.items()
        }
        found = figures(rows_of(given), "value", kind)
        assert found == figures(rows_of(only), "overall", "")
        assert found["alpha"] == found["alpha_any"]


@pytest.mark.parametrize("seed", range(4))
def test_a_pair_is_the_two_alone(seed):
    given = votes(seed)
    for pair in itertools.combinations(("ann", "bob", "cid"), 2):
        only = {item: {who: answers[who] for who in pair if who in answers} for item, answers in given.items()}
        found = figures(rows_of(given), "pair", " \u00d7 ".join(pair), ends=False)
        assert found == figures(rows_of(only), "overall", "", ends=False)
        assert found["f1_strict"][1] == sum(len(answers) == 2 for answers in only.values())


def test_every_breakdown_and_the_costliest_units_follow_the_headline_under_both_its_names():
    given = votes(1)
    found = measured(given)
    named = {
        name: [(row.breakdown, row.key, row.value, row.low, row.high) for row in found.rows if row.coefficient == name]
        for name in ("alpha", "alpha_token", "alpha_any", "alpha_u")
    }
    assert named["alpha"] == named["alpha_token"]
    assert {row[0] for row in named["alpha"]} >= {"overall", "value", "batch", "annotator", "pair"}
    assert all(row[2] is not None for row in named["alpha"])
    assert all(named["alpha"][0] != named[name][0] for name in ("alpha_any", "alpha_u"))

    whole = found.report.fields["label"]
    assert whole.alpha == whole.alpha_token
    worst = whole.costliest[0]
    without = measured({item: answers if item != worst.item else {} for item, answers in given.items()})
    assert without.report.fields["label"].alpha.value - whole.alpha.value == pytest.approx(worst.influence)
