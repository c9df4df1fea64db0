"""Verify a copy of a release by itself, anywhere: without a project, without trust in its origin, without writing."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from assay.core import CheckResult, Field, Outcome, RuleResult, Scale
from assay.errors import LimitError, RefusedError, UsageError
from assay.extras import load
from assay.files import read_parquet, stream_lines
from assay.gate import blocking, expired
from assay.release.manifest import WITH_VOTES, MadeFrom, Manifest, ReleasedTask, damage, manifest_in, origin
from assay.release.rows import ReleasedCell, ReleasedItem, ReleasedRow, parquet_columns
from assay.release.verifier import FILES, Links, Verification

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = "each task has the rows that the manifest counts, each item once, in the split of its file"
_TABLES = "the Parquet files hold what the JSON Lines hold, value by value and type by type"
_VERDICT = "the verdict in the manifest allows the release on {}"
_ORIGIN = "that it was made from the labels of a project, and by whom: run `assay release verify NAME` there"
_OLDER = "the manifest is of an older version and has no verdict"
_LINE = 16 * 2**20


class _Evidence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    confidence: float | None
    votes: int
    source: str
    distribution: Raw
    undecided: Raw | UnsetType = UNSET


class _Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of JSON Lines; `data` and `meta` as they are spelled."""

    item: str
    split: str
    data: Raw
    label: dict[str, Any]
    meta: Raw | UnsetType = UNSET
    group: str | UnsetType = UNSET
    consensus: dict[str, _Evidence]


_DECODER = msgspec.json.Decoder(_Line)


def verify_copy(folder: Path, *, today: str) -> Verification:
    """Verifies the release in a folder against its own manifest; `today` is an ISO date.

    Links are not followed, and nothing outside the folder is opened, whatever the manifest names.

    Raises:
        UsageError: there is no such folder.
    """
    if not folder.is_dir():
        fix = "name the folder of a release: the one that holds manifest.json"
        raise UsageError(f"{folder} is not a folder", fix=fix)
    links = Links(str(folder))
    try:
        manifest = manifest_in(folder)
        made = origin(manifest)
    except RefusedError as error:
        links.record("files", "", [error.message])
        return links.result()
    links.record("files", FILES, damage(folder, manifest))
    if links.intact("files"):
        links.record("rows", _ROWS, _rows(folder, manifest))
    else:
        links.unproved("rows", "not read, as the files are not those of the manifest")
    if links.intact("files", "rows"):
        links.record("tables", _TABLES, _tables(folder, manifest))
    if made is None:
        links.unproved("verdict", _OLDER)
    else:
        links.record("verdict", _VERDICT.format(today), _verdict(made, today))
    links.unproved("origin", _ORIGIN)
    return links.result()


def _rows(folder: Path, manifest: Manifest) -> Iterator[str]:
    if not manifest.tasks:
        yield "the manifest has no task"
    own = {name for task, released in manifest.tasks.items() for name in _names(task, released)}
    others = sorted({file.path for file in manifest.files} - own)
    yield from [f"the manifest lists {', '.join(others)}, of no task and split of the release"] if others else []
    for task, released in manifest.tasks.items():
        if missing := _names(task, released) - {file.path for file in manifest.files}:
            yield f"the manifest lists no {', '.join(sorted(missing))}"
            continue
        if manifest.format >= WITH_VOTES and sum(released.votes.values()) != sum(released.rows.values()):
            yield f"for {task} the manifest counts the votes of {sum(released.votes.values()):,} rows, not of all"
        if released.rows.keys() != manifest.splits.keys():
            yield f"the manifest has the splits {', '.join(manifest.splits)}, and of {task} {', '.join(released.rows)}"
        seen: dict[str, str] = {}
        for split, rows in released.rows.items():
            name = f"{task}/{split}.jsonl"
            read = 0
            for read, line in enumerate(_lines(folder / name), start=1):
                yield from (f"{name}:{read} {problem}" for problem in _row_problems(line, split, released, seen))
            if read != rows:
                yield f"{name} has {read:,} rows, and the manifest counts {rows:,}"
        for why, ids in released.left_out.items():
            there = [item for item in ids if item in seen]
            yield from (f"{item!r} is in {seen[item]}, but the manifest leaves it out ({why})" for item in there)


def _names(task: str, released: ReleasedTask) -> set[str]:
    return {f"{task}/{split}.{suffix}" for split in released.rows for suffix in ("jsonl", "parquet")}


def _row_problems(line: "_Line | str", split: str, released: ReleasedTask, seen: dict[str, str]) -> Iterator[str]:
    """What is wrong with a row: its place, a repeated item, a field that no table has a column of; `seen` are the files of items."""
    if isinstance(line, str):
        yield line
        return
    if line.split != split:
        yield f"{line.item!r} has the split {line.split!r}"
    if line.item in seen:
        yield f"{line.item!r} is a duplicate item, already in {seen[line.item]}"
    seen[line.item] = f"{split}.jsonl"
    if unknown := sorted((line.label.keys() | line.consensus.keys()) - released.fields.keys()):
        yield f"{line.item!r} has unknown fields: {', '.join(unknown)}"


def _lines(path: Path) -> Iterator[_Line | str]:
    """The rows of a file; what is wrong with a line in its place."""
    try:
        for line in stream_lines(path, line_limit=_LINE):
            try:
                yield f"is longer than {_LINE / 2**20:g} MiB" if line.data is None else _DECODER.decode(line.data)
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
                yield f"is not a row of a release: {error}"
    except LimitError as error:
        yield error.message


def _tables(folder: Path, manifest: Manifest) -> Iterator[str]:
    arrow_error = cast("type[Exception]", load("pyarrow").ArrowException)
    for task, released in manifest.tasks.items():
        try:
            fields = [Field(name=name, scale=Scale(field.scale)) for name, field in released.fields.items()]
            lines = [line for split in released.rows for line in _lines(folder / task / f"{split}.jsonl")]
            found = sorted((line for line in lines if isinstance(line, _Line)), key=lambda line: line.item)
            expected = load("pyarrow").table(parquet_columns([_row(line) for line in found], fields))
            for split in released.rows:
                if not _same(folder / task / f"{split}.parquet", split, expected):
                    yield f"{task}/{split}.parquet does not hold the rows of {task}/{split}.jsonl"
        except (KeyError, TypeError, ValueError, ArithmeticError, OSError, UsageError, arrow_error) as error:
            yield f"the tables of {task} cannot be read: {error}"


def _row(line: _Line) -> ReleasedRow:
    meta = None if line.meta is UNSET else bytes(line.meta).decode()
    group = None if line.group is UNSET else line.group
    item = ReleasedItem(id=line.item, data=bytes(line.data).decode(), meta=meta, group=group)
    cells = {
        name: ReleasedCell(
            item=line.item,
            field=name,
            value=None,
            confidence=told.confidence,
            votes=told.votes,
            distribution=bytes(told.distribution).decode(),
            source=told.source,
        )
        for name, told in line.consensus.items()
    }
    return ReleasedRow(item=item, split=line.split, label=line.label, cells=cells)


def _same(path: Path, split: str, expected: "pa.Table") -> bool:
    arrow = load("pyarrow")
    rows = expected.filter(load("pyarrow.compute").equal(expected["split"], split))
    if load("pyarrow.parquet").ParquetFile(path).metadata.num_rows != len(rows):
        return False
    there = read_parquet(path, numbered=False)
    # Whether an item without meta data was written with none or with an empty object, JSON Lines do not say.
    at = there.schema.get_field_index("meta")
    meta = [None if text == "{}" else text for text in there["meta"].to_pylist()]
    plain = there.set_column(at, "meta", arrow.array(meta, arrow.string()))
    return bool(plain.combine_chunks().equals(rows.combine_chunks()))


def _verdict(made: MadeFrom, today: str) -> Iterator[str]:
    verdict = made.verdict
    results: tuple[RuleResult | CheckResult, ...] = (*verdict.rules, *verdict.checks)
    yield from blocking("the release", verdict.outcome, verdict.rules, verdict.checks)
    yield from (
        f"the verdict is {verdict.outcome}, and {result.id} in it is {result.outcome}: {result.message}"
        for result in results
        if result.outcome.blocks and not verdict.outcome.blocks
    )
    if not verdict.rules:
        yield "the verdict has no rule, and a release needs one"
    waived = {rule.id for rule in verdict.rules if rule.outcome is Outcome.WAIVED}
    if waived != {waiver.rule for waiver in verdict.waivers}:
        yield "the waivers of the verdict are not those of its waived rules"
    if verdict.valid_until != min((waiver.until for waiver in verdict.waivers), default=None):
        yield f"the verdict is valid until {verdict.valid_until}, and not until the first of its waivers ends"
    yield from expired(verdict.valid_until, today, by="the release")
