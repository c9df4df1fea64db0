"""What is decided of the elements that a majority marks."""

import json

import pytest

from assay.consensus.decision import compute_consensus
from assay.consensus.doubt_reasons import REASONS, doubts
from assay.consensus.result import Source
from assay.core.values import Field, Scale
from corpora import Vote, corpus_from
from marking import box, fused, span

ASKED = {"textual": False, "required": True}
NEGATED = Field(name="negated", scale=Scale.NOMINAL, values=(False, True), **ASKED)
SURE = Field(name="sure", scale=Scale.ORDINAL, values=(1, 2, 3, 4, 5), **ASKED)
TOPICS = Field(name="topics", scale=Scale.SET, **ASKED)
SIZE = Field(name="size", scale=Scale.INTERVAL, **ASKED)
NOTE = Field(name="note", scale=Scale.TEXT, textual=True)


def decided(votes, *attributes, scale=Scale.SPANS, spread=None, element=None):
    """The votes on one item, each what is said of one element or None, as the element, its source and what is open."""
    field = Field(name="f", scale=scale, textual=False, attributes=attributes)
    one = element or (span(0, 4) if scale is Scale.SPANS else box(0, 0, 4, 4))
    rows = [Vote("i", f"a{who}", {"f": [] if said is None else [one | said]}) for who, said in enumerate(votes)]
    corpus = corpus_from(rows, [field])
    found = compute_consensus(corpus, [field], spread=spread or {})
    (value,), (source,), (left,) = found.value, found.source, found.undecided
    queued = doubts(found)
    names = ["f", *(f"f.{name}" for name in queued.attribute.values)]
    rows = [(names[code + 1], REASONS[why].value) for code, why in zip(queued.attribute.codes, queued.why, strict=True)]
    return value and [{key: of for key, of in said.items() if key not in one} for said in value], source, left, rows


@pytest.mark.parametrize("scale", [Scale.SPANS, Scale.BOXES])
@pytest.mark.parametrize(
    ("attribute", "votes", "value"),
    [
        (NEGATED, (True, False), None),
        (NEGATED, (True, False, True), True),
        (NEGATED, (True, False, False, True), None),
        (SURE, (1, 5), None),
        (SURE, (2, 3), 2),
        (SURE, (1, 2, 5), 2),
        (TOPICS, (["a"], ["b"]), None),
        (TOPICS, (["a", "b"], ["b", "a"], ["c"]), ["a", "b"]),
        (SIZE, (1.5, 2.5, 9), 2.5),
    ],
)
def test_an_attribute_is_voted_on_by_the_rule_of_its_scale(scale, attribute, votes, value):
    found, source, left, queued = decided([{attribute.name: vote} for vote in votes], attribute, scale=scale)

    if value is None:
        assert (found, source) == (None, Source.TIE)
        assert [one["attribute"] for one in json.loads(left)] == [attribute.name]
        assert queued == [(f"f.{attribute.name}", "apart" if attribute is SURE else "tie")]
    else:
        assert (found, left) == ([{attribute.name: value}], "")
        assert source is Source.VOTED


def test_what_is_open_says_where_and_how_often_each_value_was_given():
    *_, left, _ = decided([{"negated": True}, {"negated": False}], NEGATED)

    assert json.loads(left) == [
        {"at": span(0, 4), "attribute": "negated", "votes": {"false": 1, "true": 1}, "why": "tie"}
    ]


@pytest.mark.parametrize(
    ("votes", "value", "left"),
    [
        (({"note": "x"}, {}), {}, {"": 1, '"x"': 1}),
        (({"note": "x"}, {}, {}), {}, None),
        (({"note": "x"}, {"note": "x"}, {}), {"note": "x"}, None),
        (({"note": "x"}, {"note": "y"}, {}), {}, {"": 1, '"x"': 1, '"y"': 1}),
        (({"note": "x"}, {"note": " x"}), {"note": "x"}, None),
        (({"odd": 1}, {"odd": 2}), {}, {"1": 1, "2": 1}),
        (({"odd": 1}, {"odd": 1}, {"odd": 2}), {"odd": 1}, None),
        (({"note": "x"}, {"note": "x"}, None), {"note": "x"}, None),
    ],
)
def test_an_attribute_that_may_be_missing_is_missing_where_votes_leave_it_open(votes, value, left):
    found, source, said, queued = decided(votes, NOTE)

    assert (found, source) == ([value], Source.VOTED)
    assert (json.loads(said)[0]["votes"] if said else None) == left
    assert [reason for name, reason in queued if "." in name] == (["tie"] if left else [])


def test_null_is_no_vote_and_stays_where_nobody_says_more():
    assert decided([{"negated": None}, {"negated": None}, {"negated": None, "note": "x"}], NEGATED)[0] == [
        {"negated": None}
    ]
    assert decided([{"negated": None}, {"negated": True}, {"negated": True, "note": "x"}], NEGATED)[0] == [
        {"negated": True}
    ]
    assert decided([{"size": None}, {"size": 4}], SIZE)[:2] == ([{"size": 4}], Source.VOTED)
    assert decided([{"note": None}, {"note": None}, {"note": "x"}], NOTE)[0] == [{"note": None}]


def test_who_does_not_back_an_element_says_nothing_of_it():
    votes = [
        [span(0, 4, "x") | {"negated": True}],
        [span(0, 4, "x") | {"negated": True}],
        [span(9, 12, "x") | {"negated": False}],
    ]

    assert fused(votes, Scale.SPANS, (NEGATED,))[0] == [span(0, 4, "x") | {"negated": True}]


def test_a_vote_that_says_two_things_of_one_place_is_one_for_each():
    both = [span(0, 4) | {"negated": True}, span(0, 4) | {"negated": False}]

    assert fused([both, [both[0]]], Scale.SPANS, (NEGATED,))[0] == [both[0]]
    assert fused([both, [both[0]], [both[1]]], Scale.SPANS, (NEGATED,))[0] is None


def test_who_disagrees_on_an_attribute_is_less_like_the_result():
    alike = [[span(0, 4) | {"negated": True}]] * 2
    other = [span(0, 4) | {"negated": False}]

    assert fused([*alike, other], Scale.SPANS, (NEGATED,))[1] == pytest.approx((1 + 1 + 1 / 2) / 3)
    assert fused([alike[0], other], Scale.SPANS, (NEGATED,)) == (None, pytest.approx(1 / 2))
    boxes = [[box(0, 0, 4, 4) | {"negated": one}] for one in (True, True, False)]
    assert fused(boxes, Scale.BOXES, (NEGATED,))[1] == pytest.approx((1 + 1 + 1 / 2) / 3)


def test_numbers_are_apart_where_the_project_says_so():
    votes = [{"size": 1.0}, {"size": 9.0}]

    assert decided(votes, SIZE)[:2] == ([{"size": 5}], Source.VOTED)
    found, source, _, queued = decided(votes, SIZE, spread={"f.size": 2})
    assert (found, source, queued) == (None, Source.TIE, [("f.size", "apart")])


def test_a_turned_box_is_one_that_somebody_drew_and_an_upright_one_is_the_middle():
    turned = [box(0, 0, 40, 4) | {"rotation": turn} for turn in (30, 33, 36)]
    assert fused([[one] for one in turned], Scale.BOXES)[0] == [turned[1]]

    same = [
        box(0, 0, 40, 4) | {"rotation": 90},
        box(18, -18, 4, 40) | {"rotation": 0},
        box(18, -18, 4, 40) | {"rotation": 180},
    ]
    (one,) = fused([[one] for one in same], Scale.BOXES)[0]
    assert one in same

    upright = [box(place, 0, 10, 10) | {"rotation": 0} for place in (0, 1, 2)]
    assert fused([[one] for one in upright], Scale.BOXES)[0] == [upright[1]]


@pytest.mark.parametrize(
    ("kinds", "source"),
    [
        ((["car"], []), Source.APART),
        ((["car"], ["bus"]), Source.APART),
        ((["car"], ["bus"], ["car"]), Source.VOTED),
        ((["car"], ["bus"], ["van"]), Source.APART),
        ((["car"], [], []), Source.VOTED),
        ((["car"], ["car"], ["car", "bus"], ["bus"]), Source.APART),
    ],
)
def test_a_box_that_half_of_the_voters_draw_is_open(kinds, source):
    field = Field(name="f", scale=Scale.BOXES, textual=False)
    rows = [Vote("i", f"a{who}", {"f": [box(0, 0, 4, 4, kind) for kind in said]}) for who, said in enumerate(kinds)]

    assert compute_consensus(corpus_from(rows, [field]), [field]).source == (source,)


@pytest.mark.parametrize(
    ("votes", "value", "left"),
    [
        (({"text": "ab"}, {}), {}, None),
        (({"text": "ab"}, {"text": "ab"}, {}), {"text": "ab"}, None),
        (({"text": "ab"}, {"text": "ab"}, {"text": "c"}), {"text": "ab"}, None),
        (({"text": "ab"}, {"text": "c"}), {}, {'"ab"': 1, '"c"': 1}),
        (({"text": "ab"}, {"text": "ab"}, {}, {}), {}, None),
    ],
)
def test_a_quote_stands_where_most_give_one_and_is_open_where_they_tie(votes, value, left):
    found, _, said, _ = decided(votes)

    assert found == [value]
    assert (json.loads(said)[0]["votes"] if said else None) == left


@pytest.mark.parametrize("attributes", [(NEGATED, NOTE), (NOTE, NEGATED)])
def test_an_open_attribute_that_is_required_leaves_no_value_whatever_else_is_open(attributes):
    votes = [{"negated": True, "note": "x"}, {"negated": False, "note": "y"}]
    found, source, left, _ = decided(votes, *attributes)

    assert (found, source) == (None, Source.TIE)
    assert {one["attribute"] for one in json.loads(left)} == {"negated", "note"}


@pytest.mark.parametrize(
    ("turns", "rotation"),
    [((0, 0, None), 0), ((0, None, None), None), ((0, None), None), ((0, 360, None), 0), ((360, 360, 0), 360)],
)
def test_an_upright_box_says_so_where_most_voters_do(turns, rotation):
    drawn = [box(0, 0, 4, 4) | ({} if turn is None else {"rotation": turn}) for turn in turns]

    assert fused([[one] for one in drawn], Scale.BOXES)[0][0].get("rotation") == rotation


def test_a_box_that_is_turned_upside_down_is_not_mixed_with_others():
    drawn = [box(*place) | {"rotation": 180} for place in ((0, 1, 40, 20), (1, 0, 39, 21), (2, 2, 41, 19))]
    (one,) = fused([[one] for one in drawn], Scale.BOXES)[0]

    assert one in drawn
