"""`assay import long`: labels made elsewhere, into `@source` files."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from assay.clone import checked_name
from assay.core import (
    Finding,
    JsonObject,
    Location,
    Where,
    canonical_text,
    finding,
    folded,
    is_batch_name,
    is_name,
    legible,
    name_from,
)
from assay.errors import ConfigError, LimitError, NoGitError, UsageError
from assay.files import ABSENT, FILE_LIMIT, USUAL, Bounds, write_all, yaml_block
from assay.formats import Export, LongRow, gather, read_long, refuse_other_shape, sourced_line
from assay.guidelines import guideline_in, read_guideline
from assay.labels import GOLD, ITEM, SOURCE_ANNOTATOR, Gallery, dump_record, dump_records
from assay.lead.existing_source import (
    Held,
    ImportReport,
    Merged,
    SourceFiles,
    Votes,
    annotators_alike,
    chunks,
    items_alike,
    merge_votes,
    pool_items,
    read_held,
    source_files,
)
from assay.project import Project, load_schema

_SOURCE_LENGTH = 43
_FILE_SIZE = 16 * 1024 * 1024
_SHARD_ITEMS = 4000
_LINE_OVERHEAD = 32
_PROGRESS = 4096
_OF_ANNOTATORS = {"annotator_groups": "groups", "annotator_kind": "kind"}
_IMPLIED = {"kind": "person"}


@dataclass(slots=True, kw_only=True)
class _Work:
    """One import on its way: what was read, what will be written, what was added and refused."""

    places: SourceFiles
    held: Held
    export: Export
    files: dict[str, bytes] = field(default_factory=dict)
    refused: list[Finding] = field(default_factory=list)
    gallery: Gallery | None = None
    media: list[Finding] = field(default_factory=list)
    alike: list[Finding] = field(default_factory=list)


def import_long(  # noqa: PLR0913 - the options of a command
    project: Project,
    file: Path,
    *,
    task: str,
    today: str,
    source: str | None = None,
    batch_size: int = 500,
    update: bool = False,
    prune: bool = False,
    bounds: Bounds = USUAL,
    progress: Callable[[int], object] | None = None,
) -> ImportReport:
    """Imports a long-format file into a task: all of it in one step, or nothing.

    Annotations go to `@<source>.jsonl` in closed batches of `batch_size` items in order of first appearance, items to the
    task's pool, annotators to the roster, gold to the source's gold file. Every id is kept as it is spelled. A line that
    the format cannot hold is refused with a finding; a label that the task's schema rejects is imported, and `assay check`
    reports it; what is wrong with the media of new items is told, and what new names and ids look like. With `update` the file is a newer, cumulative export of a source that is here already: what is the same
    stays byte for byte, new annotations of a known item join its batch, those gone from the file stay unless `prune`.
    `today` is an ISO date, `bounds` are what is read of the file; `progress` is told the number of lines read.

    Raises:
        UsageError: no such task, a source that is here already without `update`, a file without annotations, or `prune`
            while lines are refused.
        ConfigError: the project's guideline or a file of the source is broken.
        LimitError: the file, or a file that would be written, is over a limit.
    """
    places = source_files(project, task, source_name(source, file))
    guideline = guideline_in(read_guideline(project, task)).version
    held = read_held(places)
    _refuse_unasked(places, held, update=update, prune=prune)
    export = gather(legible(file.as_posix()), _told(read_long(file, bounds), progress))
    _refuse_unusable(export, prune=prune)
    refuse_other_shape(file, taken=len(export.votes), bounds=bounds)
    work = _Work(places=places, held=held, export=export, refused=list(export.findings))
    work.gallery = _gallery(project, task)
    report = _planned(project, work, batch_size, {"created": today, "guideline": guideline}, prune=prune)
    _write(project, work)
    return report


def _planned(project: Project, work: _Work, batch_size: int, stated: JsonObject, *, prune: bool) -> ImportReport:
    merged = merge_votes(work.held, work.export.votes, prune=prune)
    for batch, votes in merged.batches.items():
        work.files[work.places.votes(batch)] = _vote_lines(votes)
    batches = _new_batches(work, merged, batch_size, stated)
    items = _new_items(work)
    annotators = _new_annotators(project, work)
    gold = _new_gold(work, prune=prune)
    return ImportReport(
        source=work.places.source,
        task=work.places.task,
        new=merged.new,
        same=merged.same,
        changed=merged.changed,
        gone=len(merged.gone),
        gone_rows=tuple(merged.gone),
        pruned=prune,
        gold_new=gold.new,
        gold_changed=gold.changed,
        gold_gone=gold.gone,
        items=items,
        annotators=annotators,
        batches=batches,
        written=tuple(work.files),
        refused=tuple(sorted(work.refused, key=lambda one: one.sort_key)),
        media=folded(work.media),
        alike=folded(work.alike),
    )


def _gallery(project: Project, task: str) -> Gallery | None:
    """The pictures that the task's items name; None where nobody can look: `assay check` says that the schema is broken, or git absent."""
    try:
        return Gallery(project.snapshot, project.task(task).pool, load_schema(project, task))
    except (ConfigError, NoGitError):
        return None


def _look_at_media(work: _Work, items: Iterable[str]) -> None:
    stated = ((item, work.export.items[item]) for item in items if item in work.export.items)
    for item, about in stated if work.gallery else ():
        if work.gallery and "data" in about.values:
            at = Location(path=work.export.path, line=about.lines["data"])
            where = Where(task=work.places.task, item=item)
            work.media += work.gallery.findings(about.values["data"], at, where)


def source_name(stated: str | None, file: Path) -> str:
    """What to call a source: as stated, or the file's name up to its first dot, made a name.

    Raises:
        UsageError: it cannot name a source: batches are called after it, so it has at most 43 characters.
    """
    derived = name_from(file.name.partition(".")[0])[:_SOURCE_LENGTH].rstrip("-_")
    return checked_name(stated if stated is not None else derived, "source", _names_source)


def _names_source(text: str) -> bool:
    return is_name(text) and len(text) <= _SOURCE_LENGTH and is_batch_name(text)


def _refuse_unasked(places: SourceFiles, held: Held, *, update: bool, prune: bool) -> None:
    if prune and not update:
        raise UsageError("--prune belongs to --update", fix="add --update")
    if not (held.empty or update):
        raise UsageError(
            f"{places.task} has labels of the source {places.source!r} already",
            fix="--update takes a newer export of the same source; --source NAME imports beside it",
        )
    others = places.other_sources() if update and held.empty else ()
    if others:
        raise UsageError(
            f"{places.task} has no labels of the source {places.source!r} to update",
            fix=f"--source names the one that is meant: {', '.join(others)}; without --update this is a new source",
        )


def _refuse_unusable(export: Export, *, prune: bool) -> None:
    if not export.votes and not export.findings:
        raise UsageError(f"{export.path} holds no annotation", fix="one JSON object a line, with item and annotator")
    if prune and export.findings:
        first = export.findings[0]
        raise UsageError(
            f"{len(export.findings)} lines cannot be taken, so what is gone is not certain; line {first.at.line}: {first.message}",
            fix="mend the file, or leave --prune away",
        )


def _told(rows: Iterable[LongRow | Finding], progress: Callable[[int], object] | None) -> Iterator[LongRow | Finding]:
    done = 0
    for row in rows:
        yield row
        done += 1
        if progress and not done % _PROGRESS:
            progress(done)
    if progress:
        progress(done)


def _vote_lines(votes: Votes) -> bytes:
    return b"".join(
        [
            sourced_line(item, annotator, votes[item][annotator])
            for item in sorted(votes)
            for annotator in sorted(votes[item])
        ]
    )


def _new_batches(work: _Work, merged: Merged, batch_size: int, stated: JsonObject) -> tuple[str, ...]:
    votes = work.export.votes
    sizes = {item: sum(map(len, votes[item].values())) + _overhead(item, votes[item]) for item in merged.homeless}
    statement = yaml_block({"purpose": "label", "status": "closed", **stated}).encode()
    names = _fresh_names(work.places, f"labels/{work.places.task}")
    batches = []
    for name, items in zip(names, chunks(sizes, count=batch_size, size=_FILE_SIZE), strict=False):
        work.files[work.places.batch(name)] = statement
        work.files[work.places.votes(name)] = _vote_lines({item: votes[item] for item in items})
        batches.append(name)
    return tuple(batches)


def _overhead(item: str, votes: Mapping[str, bytes]) -> int:
    return len(votes) * (len(item) + _LINE_OVERHEAD) + sum(map(len, votes))


def _fresh_names(places: SourceFiles, folder: str) -> Iterator[str]:
    numbered = re.compile(re.escape(places.source) + r"-([0-9]{3,})(\.jsonl)?")
    there = (numbered.fullmatch(path.name) for path in (places.root / folder).glob(f"{places.source}-*"))
    last = max((int(match[1]) for match in there if match), default=0)
    return (f"{places.source}-{number:03d}" for number in count(last + 1))


def _new_items(work: _Work) -> int:
    stated = work.export.items
    known, others = pool_items(work.places, work.export.votes, stated)
    for item in known.keys() & stated.keys():
        work.refused += _item_differences(work, item, known[item])
    fresh = [item for item in work.export.votes if item not in known]
    lines = {
        item: dump_record(ITEM, {"id": item, "data": {}, **(stated[item].values if item in stated else {})})
        for item in fresh
    }
    shards = chunks({item: len(line) for item, line in lines.items()}, count=_SHARD_ITEMS, size=_FILE_SIZE)
    for name, items in zip(_fresh_names(work.places, work.places.items), shards, strict=False):
        work.files[work.places.shard(name)] = b"".join(lines[item] + b"\n" for item in sorted(items))
    _look_at_media(work, fresh)
    work.alike += items_alike(fresh, (*known, *others), partial(_first_line, work.export), work.places.task)
    return len(fresh)


def _first_line(export: Export, item: str) -> Location:
    lines = export.items[item].lines.values() if item in export.items else ()
    return Location(path=export.path, line=min(lines, default=0))


def _item_differences(work: _Work, item: str, known: JsonObject) -> Iterator[Finding]:
    stated = work.export.items[item]
    for key, value in stated.values.items():
        if key not in known or canonical_text(known[key]) != canonical_text(value):
            message = f"{key} of {item!r} is not what the pool {work.places.pool!r} has; the pool is left as it is"
            at = Location(path=work.export.path, line=stated.lines[key], pointer=f"/{key}")
            yield finding("item/duplicate-id", at, message, where=Where(task=work.places.task, item=item))


def _new_annotators(project: Project, work: _Work) -> int:
    roster = work.held.roster
    lines = dict(roster)
    for annotator, stated in work.export.groups.items():
        line = lines[annotator] = dict(roster.get(annotator, {"annotator": annotator}))
        for key, name in _OF_ANNOTATORS.items():
            told, known = stated.values.get(key), line.get(name, _IMPLIED.get(name) if annotator in roster else None)
            if told is not None and known is None:
                line[name] = told
            elif told is not None and canonical_text(known) != canonical_text(told):
                message = f"{key} of {annotator!r} is not what the roster has; the roster is left as it is"
                at = Location(path=work.export.path, line=stated.lines[key], pointer=f"/{key}")
                work.refused.append(finding("roster/entry", at, message, where=Where(annotator=annotator)))
    if lines != roster:
        work.files[work.places.roster] = dump_records(SOURCE_ANNOTATOR, lines.values())
    new = {name: line for name, line in lines.items() if name not in roster}
    work.alike += annotators_alike(project, work.places.source, new)
    return len(new)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gold:
    new: int
    changed: int
    gone: int


def _new_gold(work: _Work, *, prune: bool) -> _Gold:
    held, stated = work.held.gold, work.export.gold
    new = stated.keys() - held.keys()
    changed = {
        item
        for item in stated.keys() & held.keys()
        if canonical_text(held[item].get("label")) != canonical_text(stated[item])
    }
    gone = held.keys() - stated.keys()
    kept = {item: record for item, record in held.items() if not (prune and item in gone)}
    lines = kept | {item: {"item": item, "label": stated[item]} for item in new | changed}
    if lines != held:
        work.files[work.places.gold] = dump_records(GOLD, lines.values())
    return _Gold(new=len(new), changed=len(changed), gone=len(gone))


def _write(project: Project, work: _Work) -> None:
    """Writes over what was read, as it was read, and otherwise where nothing is."""
    for name, data in work.files.items():
        if len(data) > FILE_LIMIT:
            raise LimitError(
                f"{name} would be {len(data) / 2**20:,.0f} MiB, more than assay reads",
                fix="import with a smaller --batch-size, or in parts as several sources",
            )
    write_all(project.root, work.files, was={name: work.held.was.get(name, ABSENT) for name in work.files})
