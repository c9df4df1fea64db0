"""Dictionary-encoded text columns, decoded."""

from typing import TYPE_CHECKING

from assay.extras import load

if TYPE_CHECKING:
    import pyarrow as pa


def plain(table: "pa.Table") -> "pa.Table":
    """The table with plain values where it holds codes into a dictionary."""
    arrow = load("pyarrow")
    fields = [
        arrow.field(field.name, field.type.value_type) if arrow.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(arrow.schema(fields))
