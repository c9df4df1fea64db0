import pyarrow as pa
import pytest

from assay.core.values import Field, Scale
from assay.release.rows import ReleasedCell, ReleasedItem, ReleasedRow, parquet_columns


def label_column(scale, *values):
    """The Parquet column of a field with these values; None is an item without one."""
    rows = [
        ReleasedRow(
            item=ReleasedItem(id=f"i{number}", data="{}", meta=None, group=None),
            split="train",
            label={} if value is None else {"x": value},
            cells={},
        )
        for number, value in enumerate(values)
    ]
    return parquet_columns(rows, [Field(name="x", scale=scale, textual=False)])["label.x"]


@pytest.mark.parametrize("scale", [Scale.INTERVAL, Scale.RATIO])
def test_numbers_are_floats_whether_or_not_one_has_a_fraction(scale):
    assert label_column(scale, 70, None).type == label_column(scale, 70, 70.5).type == pa.float64()


def test_sets_that_are_all_empty_are_lists_of_text():
    assert label_column(Scale.SET, [], None).type == label_column(Scale.SET, ["a"], []).type == pa.list_(pa.string())


def test_a_field_that_nobody_answered_is_text():
    assert label_column(Scale.NOMINAL, None, None).type == pa.string()


@pytest.mark.parametrize("values", [(1, "a"), (True, 1), ({"a": 1}, "a"), (2**63, 1), ([1], ["a"])])
def test_values_of_no_common_type_are_json_texts(values):
    column = label_column(Scale.NOMINAL, *values)
    assert column.type == pa.string()
    assert len(set(column.to_pylist())) == len(values)


def test_a_table_has_a_column_for_each_part_of_an_item_and_of_each_field_by_name():
    told = {"value": None, "distribution": "{}", "item": "a"}
    cells = {
        "b": ReleasedCell(field="b", confidence=2 / 3, votes=3, source="voted", **told),
        "a": ReleasedCell(field="a", confidence=None, votes=0, source="none", **told),
    }
    full = ReleasedItem(id="i0", data='{"t":1}', meta='{"m":1}', group="g")
    bare = ReleasedItem(id="i1", data="{}", meta=None, group=None)
    rows = [
        ReleasedRow(item=full, split="train", label={"b": "x"}, cells=cells, votes=3),
        ReleasedRow(item=bare, split="test", label={}, cells={}),
    ]
    fields = [Field(name=name, scale=Scale.NOMINAL) for name in "ba"]
    found = parquet_columns(rows, fields)
    assert [(name, column.to_pylist()) for name, column in found.items()] == [
        ("item", ["i0", "i1"]),
        ("split", ["train", "test"]),
        ("data", ['{"t":1}', "{}"]),
        ("meta", ['{"m":1}', None]),
        ("group", ["g", None]),
        ("label.a", [None, None]),
        ("confidence.a", [None, None]),
        ("votes.a", [0, None]),
        ("source.a", ["none", None]),
        ("label.b", ["x", None]),
        ("confidence.b", [0.666666666667, None]),
        ("votes.b", [3, None]),
        ("source.b", ["voted", None]),
    ]
    types = {"confidence": pa.float64(), "votes": pa.int64()}
    assert {name: column.type for name, column in found.items()} == {
        name: types.get(name.partition(".")[0], pa.string()) for name in found
    }
    assert {column.type for column in parquet_columns([], fields).values()} == {pa.string(), pa.float64(), pa.int64()}


@pytest.mark.parametrize(
    ("scale", "values", "column"),
    [
        (Scale.RATIO, (70, None, 0.5), pa.array([70.0, None, 0.5])),
        (Scale.INTERVAL, (1, "unknown"), pa.array(["1", '"unknown"'])),
        (Scale.ORDINAL, (1, None, 2), pa.array([1, None, 2], pa.int64())),
        (Scale.NOMINAL, (True, None), pa.array([True, None])),
        (Scale.NOMINAL, ("a", None), pa.array(["a", None])),
        (Scale.SET, (["a", "b"], [], None), pa.array([["a", "b"], [], None])),
        (Scale.NOMINAL, ({"b": 1, "a": None}, None), pa.array(['{"a":null,"b":1}', None])),
        (Scale.NOMINAL, ({"a": 1}, {"a": 2}), pa.array(['{"a":1}', '{"a":2}'])),
        (Scale.NOMINAL, (1, "a", None), pa.array(["1", '"a"', None])),
        (Scale.NOMINAL, (2**63, -1), pa.array(["9223372036854775808", "-1"])),
    ],
)
def test_a_value_is_typed_as_it_is_and_else_a_json_text(scale, values, column):
    found = label_column(scale, *values)
    assert (found.type, found.to_pylist()) == (column.type, column.to_pylist())
