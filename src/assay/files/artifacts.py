"""The outputs of stages: JSON reports and Parquet tables, reproducible byte for byte."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
import orjson

from assay.core import Finding, Json, escaped_json
from assay.errors import NewerError, UsageError
from assay.extras import load
from assay.files.atomic import replacing, write_bytes

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

T = TypeVar("T")

PROJECT_FORMAT = 1
ARTIFACT_FORMAT = 1
TABLE_FORMAT = 4
UPGRADE = "upgrade assay: install the version that made it, or a later one (pip install --upgrade assay-labels)"
_FORMAT_KEY = b"assay.format"


def plain(table: "pa.Table") -> "pa.Table":
    """The table with dictionary-encoded columns decoded."""
    arrow = load("pyarrow")
    fields = [
        arrow.field(field.name, field.type.value_type) if arrow.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(arrow.schema(fields))


def require_known(name: str, number: object, known: int = ARTIFACT_FORMAT) -> None:
    """Compares the format number of a generated file with the current one.

    Raises:
        NewerError: a newer assay wrote it.
        UsageError: an older one did, or the number is invalid.
    """
    if is_newer(number, known):
        raise newer(name, number, known)
    if type(number) is not int:
        raise UsageError(
            f"{name} was not written by this assay: format {number!r} is not a number", fix="run `dvc repro` again"
        )
    if number < known:
        raise UsageError(
            f"{name} was made by an older assay: it has format {number}, and this one makes {known}",
            fix="`assay upgrade` lists what to do; then `dvc repro` writes the file again, or `dvc repro -f` if it finds nothing to do",
        )


def is_newer(number: object, known: int) -> bool:
    """Whether a value is a number above the known format."""
    return isinstance(number, int | float) and not isinstance(number, bool) and number > known


def newer(name: str, number: object, known: int) -> NewerError:
    """The error for a file of a newer assay."""
    return NewerError(
        f"{name} was made by a newer assay: upgrade (it has format {number}, and this one knows {known})", fix=UPGRADE
    )


class Numbered(msgspec.Struct):
    """The format number of a JSON object."""

    format: object = 1


def rounded(value: Json) -> Json:
    """The value with every float rounded to 12 significant digits, so that reports do not depend on the machine."""
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, list):
        return [rounded(member) for member in value]
    if isinstance(value, dict):
        return {key: rounded(member) for key, member in value.items()}
    return value


def json_bytes(value: object) -> bytes:
    """A report as indented JSON: floats rounded, declared key order, hidden characters escaped, final newline."""
    plain = msgspec.to_builtins(value, str_keys=True)
    data = orjson.dumps(rounded(plain), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return escaped_json(data.decode()).encode()


def write_json(path: Path, value: object) -> None:
    """Writes a report, an object, with its format number."""
    write_bytes(path, json_bytes({"format": ARTIFACT_FORMAT, **msgspec.to_builtins(value, str_keys=True)}))


def write_lines(path: Path, values: Iterable[Json]) -> None:
    """Writes values as JSON, one a line, hidden characters escaped."""
    lines = b"".join(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE) for value in values)
    write_bytes(path, escaped_json(lines.decode()).encode())


def read_json(path: Path, kind: type[T]) -> T:
    """A report, decoded into its type.

    Raises:
        UsageError: it is absent, not of that type, or of an older format.
        NewerError: it is of a newer format.
    """
    try:
        data = path.read_bytes()
        require_known(str(path), msgspec.json.decode(data, type=Numbered).format)
        return msgspec.json.decode(data, type=kind)
    except FileNotFoundError as error:
        raise UsageError(
            f"{path} does not exist yet", fix="run `dvc repro`: it writes the inputs of later stages"
        ) from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path} was not written by this assay: {error}", fix="run `dvc repro` again") from error


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

    def __getitem__(self, name: str) -> "pa.ChunkedArray":
        """One column; dictionary-encoded texts stay encoded.

        Raises:
            UsageError: it is damaged.
        """
        with _readable(self._path):
            return self._file.read(columns=[name], use_threads=False)[name]


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


def write_findings(path: Path, findings: Iterable[Finding]) -> None:
    """Writes findings in order, replacing the file."""
    write_lines(path, (finding.as_json() for finding in findings))
