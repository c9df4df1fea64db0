import itertools

import numpy as np
import pytest

from assay.agreement import part_alpha, sets
from assay.agreement.alpha import Alpha, alpha
from assay.agreement.interval import estimates
from assay.agreement.part_alpha import kinds_in, of_kind
from assay.agreement.spans import alpha_any, alpha_spans, alpha_u, f1_overlap, f1_strict
from assay.core.agreement_result import Undefined
from assay.core.values import Scale
from estimates import point, tally_of
from marking import best_matching, marked, random_spans, span

EVERY = (alpha_spans, alpha_any, alpha_u, f1_strict, f1_overlap)


def corpora(kinds="ab"):
    """Small random corpora, as units and their lengths; some annotators rate only some units."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        extents = [int(extent) for extent in rng.integers(3, 12, rng.integers(1, 5))]
        yield (
            [
                {f"a{who}": random_spans(rng, extent, kinds=kinds) for who in range(4) if who < 2 or rng.random() < 0.5}
                for extent in extents
            ],
            extents,
        )


def pairs(units):
    return [pair for given in units for pair in itertools.combinations(given.values(), 2)]


def key(one):
    return one["start"], one["end"], one["label"]


def test_strict_f1_is_counted_pair_by_pair():
    for units, extents in corpora():
        same = sum(len(set(map(key, one)) & set(map(key, other))) for one, other in pairs(units))
        every = sum(len(one) + len(other) for one, other in pairs(units))
        expected = 2 * same / every if every else None
        assert point(f1_strict, marked(units, extents)) == (expected if expected is None else pytest.approx(expected))


def test_overlap_f1_is_the_best_matching_of_each_pair():
    def meets(one, other):
        return one["label"] == other["label"] and one["start"] < other["end"] and other["start"] < one["end"]

    for units, extents in corpora():
        met = sum(best_matching(one, other, meets) for one, other in pairs(units))
        every = sum(len(one) + len(other) for one, other in pairs(units))
        if every:
            assert point(f1_overlap, marked(units, extents)) == pytest.approx(2 * met / every)


def by_element(units, extents, value):
    """Every element as a unit of its own, and who gave it which `value` of the kinds that cover it."""
    return {
        f"{unit}/{place}": {
            who: value(sorted({one["label"] for one in spans if one["start"] <= place < one["end"]}))
            for who, spans in given.items()
        }
        for unit, (given, extent) in enumerate(zip(units, extents, strict=True))
        for place in range(extent)
    }


@pytest.mark.parametrize(("make", "scale", "value"), [(alpha_spans, Scale.SET, list), (alpha_any, Scale.NOMINAL, bool)])
def test_alpha_of_spans_is_alpha_of_every_element(make, scale, value):
    """Of sets of kinds by MASI, of marked or not nominal."""
    overlaps = 0
    for units, extents in corpora("abc"):
        cells = by_element(units, extents, value)
        expected = point(alpha, tally_of(cells, scale=scale))
        assert point(make, marked(units, extents)) == (expected if expected is None else pytest.approx(expected))
        overlaps += value is list and any(len(kinds) > 1 for cell in cells.values() for kinds in cell.values())
    assert value is bool or overlaps > 20


def test_of_kinds_that_never_overlap_alpha_is_nominal():
    for units, extents in corpora():
        flat = [
            {who: [one for one in spans if one["label"] == "a"] or spans[:1] for who, spans in given.items()}
            for given in units
        ]
        expected = point(alpha, tally_of(by_element(flat, extents, "".join)))
        assert point(alpha_spans, marked(flat, extents)) == (expected if expected is None else pytest.approx(expected))


def difference(one, other):
    """Krippendorff's squared difference of two sections (start, end, is a span) of two annotators."""
    (start, end, is_span), (begin, stop, is_also) = one, other
    if is_span and is_also and start < stop and begin < end:
        return (start - begin) ** 2 + (end - stop) ** 2
    if is_span and not is_also and begin <= start and end <= stop:
        return (end - start) ** 2
    if is_also and not is_span and start <= begin and stop <= end:
        return (stop - begin) ** 2
    return 0


def sections(spans, extent, kind):
    """The spans of a kind, those that overlap as one, and the gaps between them."""
    found, at = [], 0
    for one in sorted((one for one in spans if one["label"] == kind), key=key):
        if found and one["start"] < at:
            start, end, _ = found[-1]
            found[-1] = (start, max(end, one["end"]), True)
        else:
            if at < one["start"]:
                found.append((at, one["start"], False))
            found.append((one["start"], one["end"], True))
        at = found[-1][1]
    return [*found, (at, extent, False)] if at < extent else found


def plain_alpha_u(units, extents, kinds):
    """Alpha for unitizing as the module's text has it, section by section."""
    read = sum(len(given) * extent for given, extent in zip(units, extents, strict=True))
    observed = expected = 0
    for kind in kinds:
        cut = [
            [sections(spans, extent, kind) for spans in given.values()]
            for given, extent in zip(units, extents, strict=True)
        ]
        observed += sum(
            sum(
                difference(one, other)
                for left, right in itertools.permutations(given, 2)
                for one in left
                for other in right
            )
            / (len(given) - 1)
            for given in cut
        ) / (2 * read)
        every = [end - start for given in cut for one in given for start, end, is_span in one if is_span]
        gaps = [end - start for given in cut for one in given for start, end, is_span in one if not is_span]
        places = sum(
            (len(every) - 1) / 3 * (2 * n**3 - 3 * n**2 + n) + n**2 * sum(gap - n + 1 for gap in gaps if gap >= n)
            for n in every
        )
        expected += places / (read * (read - 1) - sum(n * (n - 1) for n in every))
    return 1 - observed / expected if expected else None


def test_alpha_for_unitizing_is_summed_section_by_section():
    for units, extents in corpora():
        whole = marked(units, extents)
        expected = plain_alpha_u(units, extents, kinds_in(whole))
        mine = point(alpha_u, whole)
        assert mine == (expected if expected is None else pytest.approx(expected))


def test_a_kind_alone_is_measured_as_if_the_others_were_not_there():
    units, extents = next(corpora())
    only = [{who: [one for one in spans if one["label"] == "a"] for who, spans in given.items()} for given in units]
    for make in EVERY:
        assert point(make, of_kind(marked(units, extents), "a")) == point(make, marked(only, extents))


@pytest.mark.parametrize("make", EVERY)
def test_who_is_who_and_which_unit_comes_first_makes_no_difference(make):
    for units, extents in itertools.islice(corpora(), 20):
        turned = [{f"z{who[1:]}": spans[::-1] for who, spans in reversed(given.items())} for given in units[::-1]]
        assert point(make, marked(units, extents)) == pytest.approx(
            point(make, marked(turned, extents[::-1])), nan_ok=True
        )


@pytest.mark.parametrize("make", EVERY)
def test_nobody_marked_anything(make):
    whole = marked([{"a": [], "b": []}, {"a": [], "b": []}], [5, 5])
    assert point(make, whole) is None


@pytest.mark.parametrize("make", EVERY)
def test_the_same_spans_agree_and_an_empty_pair_takes_nothing_away(make):
    units = [{"a": [span(1, 3)], "b": [span(1, 3)]}, {"a": [], "b": []}]
    assert point(make, marked(units, [9, 9])) == 1


def test_without_a_source_there_are_no_tokens():
    whole = marked([{"a": [span(1, 3)], "b": []}])
    assert alpha_spans(whole) is alpha_any(whole) is alpha_u(whole) is Undefined.NO_SOURCE
    assert point(f1_strict, whole) == 0


def test_one_annotator_alone_compares_nothing():
    whole = marked([{"a": [span(1, 3)]}], [9])
    assert {make(whole) for make in EVERY} == {Undefined.NO_PAIRABLE_UNITS}
    assert {make(tally_of({"i": {"a": "x"}}, scale=Scale.TEXT)) for make in EVERY} == {Undefined.SCALE_NOT_MEASURED}


def test_whole_units_are_drawn():
    units, extents = zip(
        *((unit, extent) for pack in itertools.islice(corpora(), 8) for unit, extent in zip(*pack, strict=True)),
        strict=True,
    )
    whole = marked(units, extents)
    for one in estimates(whole, {make.__name__: make for make in EVERY}).values():
        found = one.coefficient
        assert found.low < found.value < found.high


def test_of_many_sets_of_kinds_alpha_is_linearised_and_of_too_many_undefined(monkeypatch):
    units, extents = next(pack for pack in corpora("abc") if len(pack[0]) > 3)
    whole = marked(units, extents)
    exact = point(alpha_spans, whole)
    drawn = whole.patterns.units[np.newaxis] + np.eye(len(whole.patterns)) / 100
    near = alpha_spans(whole)(drawn)
    monkeypatch.setattr(part_alpha, "_MOST_EXACT", 0)
    assert point(alpha_spans, whole) == pytest.approx(exact)
    assert alpha_spans(whole)(drawn) == pytest.approx(near, abs=1e-4)
    assert not np.array_equal(alpha_spans(whole)(drawn), near)
    monkeypatch.setattr(sets, "_MOST_PAIRS", 2)
    assert alpha_spans(whole) is Undefined.TOO_MANY_VALUES
    assert isinstance(alpha_any(whole), Alpha)
