import pyarrow as pa
import pytest

from assay.core.values import Field, Scale
from assay.release.rows import ReleasedItem, ReleasedRow, parquet_columns


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
