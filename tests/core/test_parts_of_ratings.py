"""Tallies taken from a tally against tallies counted anew from the rows that are left."""

import numpy as np
import pytest

from assay.core.rated_units import ratings, tallies_by_unit, tally_of_annotators, without_each
from assay.core.tallies import tally
from assay.core.values import Field, Scale
from corpora import Vote, corpus_from

FIELD = Field(name="label", scale=Scale.NOMINAL, textual=False)
SEEDS = range(40)


def votes_of(seed):
    """Up to seven annotators on up to thirty items, most of them not answered by all; a few groups of items."""
    rng = np.random.default_rng(seed)
    items, people = int(rng.integers(1, 30)), int(rng.integers(1, 8))
    votes = [
        Vote(f"i{item:02}", f"a{who}", {"label": int(rng.integers(0, 4))})
        for item in range(items)
        for who in range(people)
        if rng.random() < 0.6
    ]
    groups = {f"i{item:02}": f"g{item % 3}" for item in range(items) if item % 4} if seed % 2 else None
    return votes or [Vote("i00", "a0", {"label": 1})], groups


def count(votes, groups):
    corpus = corpus_from(votes, [FIELD], groups=groups)
    return ratings(corpus, FIELD, corpus.annotations.current)


def recounted(votes, groups):
    corpus = corpus_from(votes, [FIELD], groups=groups)
    return told(tally(corpus, FIELD, corpus.annotations.current))


def told(found):
    arrays = ("starts", "codes", "counts", "units", "cluster", "extent")
    parts = {name: getattr(found.patterns, name).tolist() for name in arrays}
    return {**parts, "values": found.values, "clusters": found.clusters, "annotators": found.annotators}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_whole_is_the_tally(seed):
    votes, groups = votes_of(seed)
    assert told(count(votes, groups).whole) == recounted(votes, groups)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_others_gave_is_what_counting_them_alone_gives(seed):
    votes, groups = votes_of(seed)
    for name, left in without_each(count(votes, groups)):
        others = [vote for vote in votes if vote.annotator != name]
        if others:
            assert told(left) == recounted(others, groups)
        else:
            assert (len(left.patterns), left.values, left.annotators) == (0, (), ())


@pytest.mark.parametrize("seed", SEEDS)
def test_units_by_code_are_what_counting_them_alone_gives(seed):
    votes, groups = votes_of(seed)
    given = count(votes, groups)
    codes = np.random.default_rng(seed).integers(-1, 3, len(given.item)).astype(np.int32)
    parts = dict(tallies_by_unit(given, codes))
    assert list(parts) == sorted({*codes.tolist()} - {-1})
    for code, part in parts.items():
        kept = {unit for unit, own in zip(given.units, codes, strict=True) if own == code}
        assert told(part) == recounted([vote for vote in votes if vote.item in kept], groups)


@pytest.mark.parametrize("seed", SEEDS)
def test_some_annotators_are_what_counting_them_alone_gives(seed):
    votes, groups = votes_of(seed)
    given = count(votes, groups)
    chosen = np.arange(len(given.annotators)) % 2 == 0
    kept = {name for name, taken in zip(given.annotators, chosen, strict=True) if taken}
    assert told(tally_of_annotators(given, chosen)) == recounted(
        [vote for vote in votes if vote.annotator in kept], groups
    )


def test_a_unit_shows_the_pattern_of_its_values():
    given = count([Vote("i1", "a", {"label": 1}), Vote("i1", "b", {"label": 2}), Vote("i2", "a", {"label": 1})], None)
    assert given.units == ("i1", "i2")
    assert given.whole.patterns.lengths[given.shown].tolist() == [2, 1]
