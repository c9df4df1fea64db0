"""Kinds and pairs of annotators of a field of spans, each against a corpus of nothing but those."""

import itertools

import numpy as np
import pytest

from assay.agreement.corpus import measure_corpus
from assay.model.schema import Field, Scale
from corpora import corpus_of
from marking import random_spans

FIELD = Field(name="label", scale=Scale.SPANS, textual=False)


def votes(seed):
    rng = np.random.default_rng(seed)
    return {
        f"i{item}": {who: random_spans(rng, 9) for who in ("ann", "bob", "cid") if rng.random() < 0.8}
        for item in range(12)
    }


def rows_of(given):
    corpus, _ = corpus_of(given, scale=Scale.SPANS)
    return measure_corpus(corpus, [FIELD]).rows


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
        assert figures(rows_of(given), "value", kind) == figures(rows_of(only), "overall", "")


@pytest.mark.parametrize("seed", range(4))
def test_a_pair_is_the_two_alone(seed):
    given = votes(seed)
    for pair in itertools.combinations(("ann", "bob", "cid"), 2):
        only = {item: {who: answers[who] for who in pair if who in answers} for item, answers in given.items()}
        found = figures(rows_of(given), "pair", " \u00d7 ".join(pair), ends=False)
        assert found == figures(rows_of(only), "overall", "", ends=False)
        assert found["f1_strict"][1] == sum(len(answers) == 2 for answers in only.values())
