"""Agreement on sequences: by hand, and against each element taken as a unit of its own."""

import numpy as np
import pandas as pd
import pytest

from assay.agreement import measure
from assay.agreement.alpha_explanation import costliest, explain_alpha
from assay.agreement.breakdowns import breakdowns, facets
from assay.agreement.corpus import audit
from assay.agreement.interval import FEW_GROUPS, FEWEST_GROUPS
from assay.agreement.orders import alpha_sequence, by_tag, percent_sequence
from assay.core.rated_units import ratings
from assay.core.values import Scale
from assay.errors import UsageError
from corpora import corpus_of
from estimates import point, table, tally_of

TAGS = ["D", "N", "V"]
BY_HAND = [["D N V", "D N N", None], ["N", "N", "V"], ["D D", None, None]]
"""Elements with their values: DD, NN, VN, then NNV; the third unit has one value. n = 9: D 2, N 5, V 2.

Do = (0 + 0 + 2 + 4 / 2) / 9 and De = (81 - 4 - 25 - 4) / (9 * 8); equal pairs: 1, 1, 0 and 1 of 3.
"""


def split(rows):
    return table([[None if one is None else one.split() for one in row] for row in rows])


def drawn(units, seed=1, right=0.8):
    """Random units of 1 to 8 elements by three annotators, one in eight values missing."""
    random = np.random.default_rng(seed)
    votes = []
    for _ in range(units):
        truth = random.integers(0, 3, random.integers(1, 9))
        noisy = [
            [TAGS[tag if random.random() < right else random.integers(0, 3)] for tag in truth]
            if random.random() < 7 / 8
            else None
            for _ in range(3)
        ]
        votes.append(noisy)
    return table(votes)


def long(votes):
    rows = [(unit, who, value) for unit, given in votes.items() for who, value in given.items()]
    return pd.DataFrame(rows, columns=["unit", "annotator", "value"])


def test_alpha_and_percent_are_those_of_the_elements_by_hand():
    whole = tally_of(split(BY_HAND), scale=Scale.SEQUENCE)
    assert point(alpha_sequence, whole) == pytest.approx(1 - (4 / 9) / (48 / 72))
    assert point(percent_sequence, whole) == pytest.approx((1 + 1 + 0 + 1 / 3) / 4)
    assert whole.units == 2
    assert audit(whole, np.random.default_rng(1)).max_abs_diff < 1e-12
    swapped = tally_of(split([["D N", "N D"], ["N D", "D N"]]), scale=Scale.SEQUENCE)
    assert (point(percent_sequence, swapped), point(alpha_sequence, swapped)) == (0, pytest.approx(-3 / 4))


@pytest.mark.parametrize("units", [12, 60])
def test_every_figure_is_that_of_elements_drawn_with_their_item(units):
    votes = drawn(units)
    elements = pd.DataFrame(
        [
            (f"{unit}-{place}", who, tag, unit)
            for unit, given in votes.items()
            for who, value in given.items()
            for place, tag in enumerate(value)
        ],
        columns=["unit", "annotator", "value", "item"],
    )
    found, beside = measure(long(votes), "sequence"), measure(elements, "nominal", group="item")
    for name in ("alpha", "percent"):
        assert found[name].value == pytest.approx(beside[name].value, abs=1e-11)
        assert found[name].low == pytest.approx(beside[name].low, abs=0.12)
    assert found["ac1"].reason == "scale-not-measured"
    assert found.found.audit.max_abs_diff < 1e-11
    again = pd.concat([long(votes)] * 2).assign(value=lambda frame: [one * 9 for one in frame["value"]])
    again = again.drop_duplicates(["unit", "annotator"])
    wide, same = measure(again, "sequence")["alpha"], found["alpha"]
    assert wide.value == pytest.approx(same.value, abs=0.01)
    assert wide.high - wide.low == pytest.approx(same.high - same.low, rel=0.05)


def test_items_are_the_groups_of_their_elements():
    for units, bounded in ((FEWEST_GROUPS - 1, False), (FEWEST_GROUPS, True), (FEW_GROUPS, True)):
        votes = table([[["D", "N", "V"], ["D", "N", "NV"[unit % 2]]] for unit in range(units)])
        alpha = measure(long(votes), "sequence")["alpha"]
        assert (alpha.low is not None) == bounded
    rare = measure(long(table([[["O"] * 9] * 2] * 49 + [[["O", "P"] + ["O"] * 7] * 2])), "sequence")["alpha"]
    assert rare.value == 1
    assert rare.low < 0.6
    one = measure(long(table([[["O"] * 3] * 2] * 12)), "sequence")
    assert (one["alpha"].reason, one["percent"].value, one["percent"].low < 1) == ("no-variation", 1, True)
    assert measure(long(table([[[], []]] * 12)), "sequence")["percent"].reason == "no-variation"


def test_each_tag_against_the_rest_and_every_other_part():
    corpus, field = corpus_of(drawn(40), scale=Scale.SEQUENCE, groups={f"u{n:03}": f"g{n % 12}" for n in range(40)})
    given = ratings(corpus, field, corpus.annotations.current)
    parts = {one.name: dict(one.parts) for one in breakdowns(given, facets(corpus))}
    assert [*parts["value"]] == TAGS
    assert {"batch", "annotator", "pair", "version", "groups"} <= {*parts}
    lists = tally_of(
        {
            unit: {who: ["N" if tag == "N" else "-" for tag in value] for who, value in by.items()}
            for unit, by in drawn(40).items()
        },
        scale=Scale.SEQUENCE,
    )
    assert point(alpha_sequence, parts["value"]["N"]) == pytest.approx(point(alpha_sequence, lists))
    assert len(parts["annotator"]) == len(parts["pair"]) == 3
    mixed = tally_of(table([[[1, True, "1"], [1, True, "true"]]]), scale=Scale.SEQUENCE)
    assert sorted(key for key, _ in by_tag(mixed)) == ["1", "1", "true", "true"]


def test_the_costliest_items_say_where_they_differ(monkeypatch):
    votes = split([["D N V", "D N V", "D N V"]] * 8 + [["D N V", "D V N", "D N V"], ["D", "V", "V"]])
    corpus, field = corpus_of(votes, scale=Scale.SEQUENCE)
    given = ratings(corpus, field, corpus.annotations.current)
    found = explain_alpha(given)
    assert sum(found.coincidences.totals) == 30 * 3 - 6
    assert found.alpha.value == pytest.approx(1 - found.observed / found.expected)
    worst = found.costliest[0]
    assert [(vote.annotator, vote.value) for vote in worst.said] == [
        ("r0", "#2 N, #3 V"),
        ("r1", "#2 V, #3 N"),
        ("r2", "#2 N, #3 V"),
    ]
    rest = {unit: by for unit, by in votes.items() if unit != worst.item}
    without = point(alpha_sequence, tally_of(rest, scale=Scale.SEQUENCE))
    assert worst.influence == pytest.approx(without - found.alpha.value)
    monkeypatch.setattr("assay.agreement.alpha_explanation._MOST_PATTERNS", 0)
    assert [(one.item, pytest.approx(one.influence)) for one in costliest(given)] == [
        (one.item, one.influence) for one in found.costliest
    ]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([["D", "N"], ["D"]], "has 1 values, expected 2"),
        ([["D"], "D"], "a text is not a list"),
        ([["D"], ["D", None]], "neither a text nor a number"),
        ([["D"], [["D"]]], "neither a text nor a number"),
    ],
)
def test_a_table_of_ones_own_is_held_to_one_value_an_element(values, says):
    frame = pd.DataFrame({"unit": ["u"] * 2, "annotator": ["a", "b"], "value": values})
    with pytest.raises(UsageError, match=says):
        measure(frame, "sequence")
    told = pd.DataFrame({"unit": ["u"] * 2, "annotator": ["a", "b"], "value": [["D"], ["D"]], "tokens": [2, 2]})
    with pytest.raises(UsageError, match="expected 2"):
        measure(told, "sequence", length="tokens")
