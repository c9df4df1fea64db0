"""Tables of stages as Parquet, reproducible byte for byte."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import UsageError
from assay.extras import load
from assay.files.artifacts import TABLE_FORMAT, require_known
from assay.files.atomic import replacing

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from assay.core import Ints

_FORMAT_KEY = b"assay.format"


def plain(table: "pa.Table") -> "pa.Table":
    """The table with dictionary-encoded columns decoded."""
    arrow = load("pyarrow")
    fields = [
        arrow.field(field.name, field.type.value_type) if arrow.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    # Most tables of a stage have none, and Arrow needs a tenth of a second to learn how to cast.
    return table if fields == list(table.schema) else table.cast(arrow.schema(fields))


def write_parquet(path: Path, columns: "Mapping[str, pa.Array]", *, numbered: bool = True) -> None:
    """Writes a table with its columns in order; `numbered` adds the format number, unless another file has it."""
    write_parquet_parts(path, [columns], numbered=numbered)


def write_parquet_parts(path: Path, parts: "Iterable[Mapping[str, pa.Array]]", *, numbered: bool = True) -> None:
    """Writes a table of parts (at least one) that follow each other, with the same columns, only one of them in memory."""
    metadata = {_FORMAT_KEY: str(TABLE_FORMAT)} if numbered else None
    tables = (load("pyarrow").table(dict(columns), metadata=metadata) for columns in parts)
    first, arrow = next(tables), load("pyarrow")
    options: dict[str, object] = {"compression": "zstd"}
    if numbered:  # of the pipeline: nobody searches it by statistics, and but for texts most values differ
        encoded = [column.name for column in first.schema if arrow.types.is_dictionary(column.type)]
        options |= {"use_dictionary": encoded, "write_statistics": False}
    with replacing(path) as sink, load("pyarrow.parquet").ParquetWriter(sink, first.schema, **options) as writer:
        writer.write_table(first)
        del first
        for table in tables:
            writer.write_table(table)


def read_parquet(path: Path, *, columns: list[str] | None = None, numbered: bool = True) -> "pa.Table":
    """A table; dictionary-encoded text columns stay encoded. `numbered` as for `write_parquet`.

    Raises:
        UsageError: it is absent or damaged, or of an older format.
        NewerError: it is of a newer format.
    """
    with _readable(path):
        return _opened(path, numbered=numbered).read(columns=columns)


class ParquetColumns:
    """The columns of a table, each read when it is asked for, so that a large table is never in memory as a whole."""

    def __init__(self, path: Path) -> None:
        """Opens the table; raises what `read_parquet` raises."""
        self._path = path
        with _readable(path):
            self._file = _opened(path, numbered=True)
        self._groups: Sequence[int] = range(self._file.num_row_groups)

    def __getitem__(self, name: str) -> "pa.ChunkedArray":
        """One column; dictionary-encoded texts stay encoded.

        Raises:
            UsageError: it is damaged.
        """
        with _readable(self._path):
            return self._file.read_row_groups(self._groups, columns=[name], use_threads=False)[name]

    @property
    def ends(self) -> "Ints":
        """Where the parts end that were written one after the other, in rows; first of all 0."""
        sizes = (self._file.metadata.row_group(number).num_rows for number in self._groups)
        ends: Ints = load("numpy").cumsum([0, *sizes])
        return ends

    def part(self, numbers: "Iterable[int]") -> "ParquetColumns":
        """Some of the parts that were written, by their numbers."""
        part = copy(self)
        part._groups = [self._groups[number] for number in numbers]  # noqa: SLF001 - of its own kind
        return part

    def around(self, rows: "Ints") -> "tuple[ParquetColumns, Ints]":
        """The parts that have some rows, as they were written, and the places of the rows in them."""
        np, ends = load("numpy"), self.ends
        group = np.searchsorted(ends, rows, side="right") - 1
        held = np.bincount(group, minlength=len(ends) - 1) > 0
        left_out = np.cumsum(np.where(held, 0, np.diff(ends)))
        return self.part(np.flatnonzero(held).tolist()), rows - left_out[group]


def _opened(path: Path, *, numbered: bool) -> "pq.ParquetFile":
    file = load("pyarrow.parquet").ParquetFile(path)
    number = (file.schema_arrow.metadata or {}).get(_FORMAT_KEY, b"1")
    if numbered:
        require_known(str(path), int(number) if number.isdigit() else number, TABLE_FORMAT)
    return file


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turns the error of a table that is absent or damaged into one that says what to do."""
    if not path.is_file():
        raise UsageError(f"{path} does not exist yet", fix="run `dvc repro`: it writes the inputs of later stages")
    try:
        yield
    except load("pyarrow").ArrowInvalid as error:
        raise UsageError(
            f"{path} is damaged: {error}", fix="delete it and run `dvc repro`: it writes it again"
        ) from error
