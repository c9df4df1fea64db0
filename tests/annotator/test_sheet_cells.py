"""The cells of a sheet."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assay.annotator.sheet_cells import cell_text, cell_value, cell_words, data_cell, text_cell, value_cell, words_cell
from assay.core.values import Field, Scale

pytestmark = pytest.mark.threat(19)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False, width=64).filter(lambda one: abs(one) < 1e300)
    | TEXT,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXT, below, max_size=3),
    max_leaves=8,
)
FIELDS = [
    Field(name="f", scale=Scale.TEXT),
    Field(name="f", scale=Scale.NOMINAL, values=("a", "b")),
    Field(name="f", scale=Scale.NOMINAL, values=(True, "true", None, "null", 1, "1", [1], {"a": 1}), textual=False),
    Field(name="f", scale=Scale.INTERVAL, textual=False),
    Field(name="f", scale=Scale.ORDINAL, values=(1, 2, 3), textual=False),
    Field(name="f", scale=Scale.SET, values=("a", "b c", "-d"), textual=False),
    Field(name="f", scale=Scale.SET, values=(1, 2, "1 2"), textual=False),
    Field(name="f", scale=Scale.SET, values=("a|b", "c"), textual=False),
    Field(name="f", scale=Scale.SET, textual=False),
    Field(name="f", scale=Scale.SPANS, textual=False),
    Field(name="f", scale=Scale.TREE, textual=False),
    Field(name="f", scale=Scale.SET, values=(["a", "b"], ["a"]), textual=False, paths=True),
    Field(name="f", scale=Scale.SEQUENCE, source="s", values=("N", "V b", 1), textual=False),
    Field(name="f", scale=Scale.SEQUENCE, source="s", textual=False),
    Field(name="f", scale=Scale.RANKING, values=("b c", "a", 1), textual=False),
]
MEMBERS = {Scale.SET, Scale.SEQUENCE, Scale.RANKING}
SCORE, TOPICS = FIELDS[3], FIELDS[5]


def safe(cell):
    """Neither a formula nor cut up by a reader of CSV; a number is a number."""
    is_number = cell.removeprefix("-")[:1].isdigit()
    return (
        is_number or cell.lstrip("'").lstrip()[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20") or cell.startswith("'")
    )


@given(TEXT)
@example("")
@example('"quoted"')
@example("'=1+1")
@example("a\rb\0c")
def test_a_text_comes_back_as_it_was(text):
    cell = text_cell(text)
    assert cell_text(cell) == text
    assert cell
    assert not set("\r\0") & set(cell)
    assert safe(cell)


@given(TEXT | JSON.map(json.dumps), st.sampled_from([field for field in FIELDS if field.scale not in MEMBERS]))
@example("true", FIELDS[2])
@example("1", FIELDS[2])
@example("null", FIELDS[2])
@example("-5", FIELDS[3])
@example("[1]", FIELDS[9])
def test_a_text_in_a_field_without_members_comes_back_as_it_was(text, field):
    assert cell_value(value_cell(text, field), field) == text


@given(JSON, st.sampled_from([field for field in FIELDS if not field.textual]))
@example(-5, SCORE)
@example([], TOPICS)
@example(["a", "b c"], TOPICS)
@example(["a", ""], TOPICS)
@example([" a"], TOPICS)
@example(["["], TOPICS)
@example([1, "1"], FIELDS[6])
@example(["1 2", 2], FIELDS[6])
@example(["a|b"], FIELDS[7])
@example([1, "b c", "a"], FIELDS[11])
@example(None, FIELDS[2])
def test_any_value_a_field_can_have_comes_back_as_it_was(value, field):
    if field.scale in MEMBERS and not isinstance(value, list):
        value = None
    cell = value_cell(value, field)
    back = cell_value(cell, field)
    assert back == value
    assert type(back) is type(value)
    assert cell
    assert not set("\r\0") & set(cell)
    assert safe(cell)


@pytest.mark.parametrize(
    ("value", "field", "cell"),
    [
        ("plain", FIELDS[0], "plain"),
        ("=1+1", FIELDS[0], "'=1+1"),
        ("", FIELDS[0], '""'),
        ("5", FIELDS[1], "5"),
        (True, FIELDS[2], "true"),
        ("true", FIELDS[2], '"true"'),
        (-0.5, SCORE, "-0.5"),
        (3, FIELDS[4], "3"),
        (["a", "b c"], TOPICS, "a | b c"),
        (["-d"], TOPICS, "'-d"),
        ([], TOPICS, "[]"),
        ([1, 2], FIELDS[6], "1 | 2"),
        (["c"], FIELDS[7], '["c"]'),
        ([{"start": 0, "end": 2}], FIELDS[9], '[{"end":2,"start":0}]'),
    ],
)
def test_a_value_stands_as_a_person_reads_it(value, field, cell):
    assert value_cell(value, field) == cell


@pytest.mark.parametrize(
    ("cell", "field", "value"),
    [
        ("TRUE", FIELDS[2], True),
        (" 3 ", FIELDS[4], 3),
        ("1.50", SCORE, 1.5),
        ("1E+05", SCORE, 1e5),
        ("0,5", SCORE, "0,5"),
        ("b c|a", TOPICS, ["b c", "a"]),
        (" a | ", TOPICS, ["a"]),
        ('[ "a" ]', TOPICS, ["a"]),
        ("2|1 2", FIELDS[6], [2, "1 2"]),
        ("[1, 2", FIELDS[9], "[1, 2"),
        ('"half', FIELDS[0], '"half'),
        ("NaN", SCORE, "NaN"),
    ],
)
def test_what_a_person_or_a_spreadsheet_writes_is_understood(cell, field, value):
    assert cell_value(cell, field) == value


def test_items_data_is_shown():
    shown = [data_cell(value) for value in ("=x", 5, -5, None, True, {"b": 1, "a": [2]})]
    assert shown == ["'=x", "5", "-5", "null", "true", '{"a":[2],"b":1}']


def test_words_stand_beside_each_other():
    assert words_cell(("bad-item", "unsure")) == "bad-item | unsure"
    assert cell_words(" unsure|bad-item | unsure") == ("unsure", "bad-item")
    assert cell_words(words_cell(("-x",))) == ("-x",)
