"""What the stages hand on: JSON reports and Parquet tables, written whole and byte for byte the same each time.

Each carries the number of its format: a report as its first key, a table in its metadata. One without a number was made
before there were any, and is of format 1.
"""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
import orjson

from assay.errors import UsageError
from assay.extras import load
from assay.model.hidden import escaped_json
from assay.model.json import Json
from assay.store.files import write_bytes
from assay.store.formats import ARTIFACT_FORMAT, TABLE_FORMAT, require_known

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

_NUMBER = b"assay.format"


class Numbered(msgspec.Struct):
    """Of a JSON object, the number of its format."""

    format: object = 1


def rounded(value: Json) -> Json:
    """The value with every float at 12 significant digits, so that a report does not change with the machine."""
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
    """Writes a report, an object, with the number of its format."""
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
            f"{path} does not exist yet", hint="run `dvc repro`: it makes what later stages read"
        ) from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path} was not written by this assay: {error}", hint="run `dvc repro` again") from error


def write_parquet(path: Path, columns: "Mapping[str, pa.Array]", *, numbered: bool = True) -> None:
    """Writes a table, its columns in the order given; `numbered`, unless another file says of which format it is."""
    metadata = {_NUMBER: str(TABLE_FORMAT)} if numbered else None
    sink = io.BytesIO()
    table = load("pyarrow").table(dict(columns), metadata=metadata)
    load("pyarrow.parquet").write_table(table, sink, compression="zstd")
    write_bytes(path, sink.getvalue())


def read_parquet(path: Path, *, columns: list[str] | None = None, numbered: bool = True) -> "pa.Table":
    """A table; text columns stay dictionary-encoded where they were written so. `numbered` as for `write_parquet`.

    Raises:
        UsageError: it is absent or damaged, or of an older format.
        NewerError: it is of a newer format.
    """
    if not path.is_file():
        raise UsageError(f"{path} does not exist yet", hint="run `dvc repro`: it makes what later stages read")
    try:
        file = load("pyarrow.parquet").ParquetFile(path)
        number = (file.schema_arrow.metadata or {}).get(_NUMBER, b"1")
        if numbered:
            require_known(str(path), int(number) if number.isdigit() else number, TABLE_FORMAT)
        return file.read(columns=columns)
    except load("pyarrow").ArrowInvalid as error:
        raise UsageError(
            f"{path} is damaged: {error}", hint="delete it and run `dvc repro`: it is made again"
        ) from error
