"""The reports of stages as JSON, reproducible byte for byte; and the formats of all that stages write."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec
import orjson

from assay.core import Finding, Json, escaped_json
from assay.errors import NewerError, UsageError
from assay.files.atomic import write_bytes

T = TypeVar("T")

PROJECT_FORMAT = 1
ARTIFACT_FORMAT = 1
TABLE_FORMAT = 4
UPGRADE = "upgrade assay: install the version that made it, or a later one (pip install --upgrade assay-labels)"


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


def write_findings(path: Path, findings: Iterable[Finding]) -> None:
    """Writes findings in order, replacing the file."""
    write_lines(path, (finding.as_json() for finding in findings))
