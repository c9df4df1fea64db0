"""Each part of a breakdown against a corpus of nothing but the rows that belong to it."""

import numpy as np
import pytest

from assay.agreement.breakdowns import MOST_ANNOTATORS
from assay.agreement.corpus import measure_corpus
from assay.agreement.pair_rows import MOST_PAIRS
from assay.core.agreement_result import LeftOut
from assay.core.values import Field, Scale
from corpora import Vote, corpus_from
from estimates import contingency

FIELDS = (
    Field(name="mood", scale=Scale.ORDINAL, values=("low", "mid", "high")),
    Field(name="tags", scale=Scale.SET, values=("p", "q"), textual=False),
)
SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 8))]
BP = "brennan_prediger"


def known(seed):
    """Random votes, what is known of items and of annotators."""
    rng = np.random.default_rng(seed)
    items = [f"i{n:02}" for n in range(25)]
    version = {item: f"0.{rng.integers(1, 4)}.0" for item in items}
    votes = [
        Vote(
            item,
            name,
            {"mood": ("low", "mid", "high")[rng.integers(3)], "tags": ["p", "q"][: rng.integers(3)]},
            f"b{n % 3}",
            guideline=version[item] if rng.random() < 0.95 else "0.9.0",
        )
        for n, item in enumerate(items)
        for name in ("ann", "bob", "cid", "dee")
        if rng.random() < 0.8
    ]
    meta = {
        item: {"lang": "de" if n % 3 else "en", "long": n > 9, "id": n, "none": None} for n, item in enumerate(items)
    }
    groups = {"ann": {"team": "x", "age": 30}, "bob": {"team": "x", "age": 40}, "cid": {"team": "y"}, "dee": {}}
    return votes, meta, groups


def rows_of(votes, meta=None, groups=None):
    return measure_corpus(corpus_from(votes, FIELDS, meta=meta, annotator_groups=groups), FIELDS).rows


def figures(rows, breakdown, key):
    return {
        (row.field, row.coefficient): (row.value, row.low, row.high, row.units)
        for row in rows
        if (row.breakdown, row.key) == (breakdown, key)
    }


def alone(votes, like):
    """The same figures of nothing but these votes."""
    found = figures(rows_of(votes), "overall", "")
    return {place: found[place] for place in like}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.slow
def test_parts_of_the_items_are_what_they_are_alone(seed):
    votes, meta, groups = known(seed)
    rows = rows_of(votes, meta, groups)
    for breakdown, key, of in (
        ("batch", "b1", lambda vote: vote.batch == "b1"),
        ("meta.lang", "en", lambda vote: meta[vote.item]["lang"] == "en"),
        ("meta.long", "true", lambda vote: meta[vote.item]["long"]),
        ("meta.id", "3", lambda vote: vote.item == "i03"),
    ):
        part = figures(rows, breakdown, key)
        if key == "3":  # one item may lack a member, which the field has
            part = {place: one for place, one in part.items() if place not in {("tags", "ac1"), ("tags", BP)}}
        assert part
        assert part == alone([vote for vote in votes if of(vote)], part)


def test_every_part_is_corrected_by_the_categories_of_the_whole_field():
    """Six values in all, two of them in the items of one language, of one annotator's others and of one team."""
    told = [["a", "b", "a"], ["b", "b", "b"], ["a", "a", "b"], ["c", "d", "e"], ["e", "e", "f"]]
    votes = [
        Vote(f"i{n}", who, {"mood": value, "tags": [value]}, guideline="0.1.0" if n < 3 else "0.2.0")
        for n, given in enumerate(told)
        for who, value in zip(("ann", "bob", "cid"), given, strict=True)
    ]
    meta = {f"i{n}": {"lang": "de" if n < 3 else "en"} for n in range(5)}
    for scale, coefficients in ((Scale.NOMINAL, ("ac1", BP)), (Scale.ORDINAL, ("ac1", BP, "ac2", "ac2_linear"))):
        free = Field(name="mood", scale=scale)
        listed = Field(name="mood", scale=scale, values=tuple("abcdef"))
        rows = measure_corpus(corpus_from(votes, (free,), meta=meta), (free,)).rows
        others = [vote for vote in votes if vote.annotator != "cid"]
        for key, some in (
            (("meta.lang", "de"), votes[:9]),
            (("version", "0.1.0"), votes[:9]),
            (("annotator", "cid"), others),
        ):
            part, apart = (
                figures(rows, *key),
                figures(measure_corpus(corpus_from(some, (listed,)), (listed,)).rows, "overall", ""),
            )
            assert {name: part["mood", name] for name in coefficients} == {
                name: apart["mood", name] for name in coefficients
            }
    tags = (Field(name="tags", scale=Scale.SET, textual=False),)
    rows = measure_corpus(corpus_from(votes, tags, meta=meta), tags).rows
    of_members = [row.value for row in rows if (row.breakdown, row.coefficient) == ("value", "ac1")]
    assert figures(rows, "overall", "")["tags", "ac1"][0] == pytest.approx(np.mean(of_members), abs=1e-11)
    two = measure_corpus(corpus_from(votes[:9], tags), tags).rows
    part, apart = figures(rows, "meta.lang", "de"), figures(two, "overall", "")
    assert part["tags", "ac1"][0] == pytest.approx((2 * apart["tags", "ac1"][0] + 4) / 6, abs=1e-11)
    assert part["tags", "percent"][0] == apart["tags", "percent"][0]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_version_is_that_of_the_items_whose_votes_were_all_made_under_it(seed):
    votes, meta, groups = known(seed)
    under = {item: {vote.guideline for vote in votes if vote.item == item} for item in meta}
    part = figures(rows_of(votes, meta, groups), "version", "0.2.0")
    assert part
    assert part == alone([vote for vote in votes if under[vote.item] == {"0.2.0"}], part)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_annotator_is_what_the_others_gave_and_a_group_what_its_own_gave(seed):
    votes, meta, groups = known(seed)
    rows = rows_of(votes, meta, groups)
    for breakdown, key, of in (
        ("annotator", "bob", lambda name: name != "bob"),
        ("groups", "team=x", lambda name: groups[name].get("team") == "x"),
        ("groups", "age=40", lambda name: groups[name].get("age") == 40),
    ):
        part = figures(rows, breakdown, key)
        assert part
        found = alone([vote for vote in votes if of(vote.annotator)], part)
        assert {place: (one[0], one[3]) for place, one in part.items()} == {
            place: (one[0], one[3]) for place, one in found.items()
        }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pair_is_what_the_two_gave_where_both_did(seed):
    votes, *_ = known(seed)
    rows = rows_of(votes)
    two = [vote for vote in votes if vote.annotator in {"ann", "cid"}]
    shared = {vote.item for vote in two if vote.annotator == "ann"} & {
        vote.item for vote in two if vote.annotator == "cid"
    }
    found = figures(rows_of([vote for vote in two if vote.item in shared]), "overall", "")
    part = figures(rows, "pair", "ann \u00d7 cid")
    for field, name in set(part) - {("mood", "kappa"), ("tags", "kappa")}:  # of so few units a field has none
        value, low, high, units = part[field, name]
        expected = found[field, name][0] if (field, name) in found else None
        assert (value, units) == (pytest.approx(expected, abs=1e-11), len(shared))
        assert (low is high is None) if value is None else (low <= value <= high)
    assert {name for _, name in part} == {"alpha", "ac1", "percent", "kappa"}


@pytest.mark.parametrize("scale", [Scale.NOMINAL, Scale.INTERVAL, Scale.RATIO])
def test_the_alpha_of_a_pair_has_the_distance_of_the_scale(scale):
    field = Field(name="label", scale=scale, textual=False)
    rng = np.random.default_rng(1)
    votes = [Vote(f"i{n}", name, {"label": int(rng.integers(1, 9))}) for n in range(30) for name in "ab"]
    rows = measure_corpus(corpus_from(votes, [field]), [field]).rows
    overall, pair = ({row.coefficient: row for row in rows if row.breakdown == of} for of in ("overall", "pair"))
    for name in ("alpha", "ac1", "percent"):
        assert pair[name].value == pytest.approx(overall[name].value, abs=1e-11)
        for part in ("low", "high", "low_se", "high_se", "freedom"):
            assert getattr(pair[name], part) == pytest.approx(getattr(overall[name], part), abs=1e-7)


def test_pairs_have_no_intervals_where_items_have_groups_and_none_where_two_gave_too_many_values():
    field = Field(name="label", scale=Scale.NOMINAL, textual=False)
    rng = np.random.default_rng(2)
    few, many = (
        [Vote(f"i{n}", name, {"label": int(rng.integers(values))}) for n in range(99) for name in "ab"]
        for values in (3, 40)
    )
    groups = {f"i{n}": f"g{n % 30}" for n in range(99)}
    for votes, of, there in ((few, None, True), (few, groups, False), (many, None, False)):
        rows = measure_corpus(corpus_from(votes, [field], groups=of), [field]).rows
        assert {row.low is not None for row in rows if row.breakdown == "pair"} == {there}


def test_the_kappa_of_a_pair_is_that_of_cohen_1960():
    votes = [
        Vote(item, name, {"label": value})
        for item, given in contingency([[88, 14, 18], [10, 40, 10], [2, 6, 12]]).items()
        for name, value in given.items()
    ]
    field = Field(name="label", scale=Scale.NOMINAL, textual=False)
    rows = measure_corpus(corpus_from(votes, [field]), [field]).rows
    (found,) = (row for row in rows if row.breakdown == "pair" and row.coefficient == "kappa")
    assert (round(found.value, 3), found.units) == (0.492, 200)


def test_what_has_too_many_keys_is_left_out_and_said():
    field = Field(name="label", scale=Scale.NOMINAL, textual=False)
    votes = [Vote("i1", f"a{n:04}", {"label": n % 2}) for n in range(MOST_ANNOTATORS + 1)]
    votes += [Vote(f"j{n}", "a0000", {"label": 1}) for n in range(60)]
    meta = {f"j{n}": {"n": n} for n in range(60)}
    measured = measure_corpus(corpus_from(votes, [field], meta=meta), [field])
    pairs = (MOST_ANNOTATORS + 1) * MOST_ANNOTATORS // 2
    assert measured.report.left_out == (
        LeftOut(field="label", breakdown="annotator", keys=MOST_ANNOTATORS + 1, limit=MOST_ANNOTATORS),
        LeftOut(field="label", breakdown="meta.n", keys=60, limit=50),
        LeftOut(field="label", breakdown="pair", keys=pairs, limit=MOST_PAIRS),
    )
    assert {row.breakdown for row in measured.rows} == {"overall", "value", "batch", "version"}
