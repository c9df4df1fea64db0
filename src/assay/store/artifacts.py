"""What the stages hand on: JSON reports and Parquet tables, written whole and byte for byte the same each time."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
import orjson

from assay.errors import UsageError
from assay.extras import load
from assay.model.json import Json
from assay.store.files import write_bytes

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")


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
    """A report as indented JSON: floats rounded, declared key order, final newline."""
    plain = msgspec.to_builtins(value, str_keys=True)
    return orjson.dumps(rounded(plain), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def write_json(path: Path, value: object) -> None:
    """Writes a report."""
    write_bytes(path, json_bytes(value))


def read_json(path: Path, kind: type[T]) -> T:
    """A report, decoded into its type.

    Raises:
        UsageError: it is absent or not of that type.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError as error:
        raise UsageError(
            f"{path} does not exist yet", hint="run `dvc repro`: it makes what later stages read"
        ) from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path} was not written by this assay: {error}", hint="run `dvc repro` again") from error


def write_parquet(path: Path, columns: "Mapping[str, pa.Array]") -> None:
    """Writes a table, its columns in the order given."""
    sink = io.BytesIO()
    load("pyarrow.parquet").write_table(load("pyarrow").table(dict(columns)), sink, compression="zstd")
    write_bytes(path, sink.getvalue())


def read_parquet(path: Path, *, columns: list[str] | None = None) -> "pa.Table":
    """A table; text columns stay dictionary-encoded where they were written so.

    Raises:
        UsageError: it is absent or damaged.
    """
    if not path.is_file():
        raise UsageError(f"{path} does not exist yet", hint="run `dvc repro`: it makes what later stages read")
    try:
        return load("pyarrow.parquet").ParquetFile(path).read(columns=columns)
    except load("pyarrow").ArrowInvalid as error:
        raise UsageError(
            f"{path} is damaged: {error}", hint="delete it and run `dvc repro`: it is made again"
        ) from error
