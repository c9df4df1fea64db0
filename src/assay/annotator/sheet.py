"""`assay sheet`: an annotator's part of a batch as a spreadsheet, out and in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assay.annotator.sheet_cells import Work, dump_sheet
from assay.annotator.sheet_take import Outcome, Taken, Terms, take_sheet
from assay.annotator.unmerged import unmerged_answers
from assay.clone import who_am_i
from assay.core import legible
from assay.errors import UsageError
from assay.files import read_bytes, write_bytes
from assay.guidelines import load_guideline
from assay.labels import Gallery, Unmerged, load_seat, own_path, read_own, reopening, write_own
from assay.project import Project, load_roster, load_schema

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetAt:
    """Which sheet: a batch of a task, who works at it (None: as git and the roster know me), the file."""

    task: str
    batch: str
    who: str | None
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetOut:
    """A sheet written: its rows, the items of the seat, and the cells that a spreadsheet would cut off."""

    who: str
    rows: int
    items: int
    overlong: int


def sheet_out(project: Project, at: SheetAt, say: Say, *, everything: bool, overwrite: bool) -> SheetOut:
    """Writes the open items of a seat to a sheet, `everything` the answered ones too; `say` is told of answers elsewhere.

    Raises:
        UsageError: nothing is open, the file exists and `overwrite` is not said, or there is no such seat in an open batch.
        ConfigError: what the annotator works from, or their own file, cannot be read.
    """
    work, _ = _work(project, at, say)
    items = work.seat.items if everything else work.load.left
    if not items:
        raise UsageError(
            f"nothing is open in {at.task}/{at.batch} for {work.seat.who}",
            fix="--all writes what is answered, too; `assay todo` shows what else is yours",
        )
    sheet = dump_sheet(work, items)
    if at.file.exists() and not overwrite:
        raise UsageError(
            f"{legible(str(at.file))} is there already, and may hold answers",
            fix="take it in first (`assay sheet in`), or give another name; --overwrite replaces it",
        )
    write_bytes(at.file, sheet.data)
    return SheetOut(who=work.seat.who, rows=len(items), items=len(work.seat.items), overlong=sheet.overlong)


def sheet_in(project: Project, at: SheetAt, terms: Terms, say: Say, *, dry_run: bool) -> Taken:
    """Takes a sheet into the annotator's file: all of it, or nothing where anything is wrong with it.

    Raises:
        UsageError: the file cannot be read, there is no such seat in an open batch, or a row takes an answer back that
            stands on another branch.
        ConfigError: what the annotator works from, or their own file, cannot be read.
    """
    data = _bytes(at.file)
    work, unmerged = _work(project, at, say)
    taken = take_sheet(work, data, legible(at.file.as_posix()), terms)
    for item in (one.item for one in taken.decisions if one.outcome is Outcome.CLEARED):
        if branch := unmerged.branch_of(work.own.path, item):
            raise UsageError(
                f"item {item!r}: an answer to it stands on branch {branch}, and is not taken back from here",
                fix="change the answer, or skip the item; nothing was written",
            )
    if taken.writes and not taken.findings and not dry_run:
        write_own(project.root, taken.applied(work.own))
    return taken


def _work(project: Project, at: SheetAt, say: Say) -> tuple[Work, Unmerged]:
    roster = load_roster(project)
    me = who_am_i(project, at.who, roster=roster)
    schema = load_schema(project, project.task(at.task).name)
    guideline = load_guideline(project, at.task)
    unmerged = unmerged_answers(project, me.id, roster)
    seat = load_seat(project, schema, guideline.versions, roster, at.batch, me.id, unmerged=unmerged)
    if seat.batch.closed:
        raise UsageError(f"{at.task}/{at.batch} is closed", fix=reopening(at.task, at.batch))
    there = read_own(project.root, own_path(at.task, at.batch, me.id))
    for said in unmerged.said(there, seat.items):
        say(said)
    work = Work(
        seat=seat,
        schema=schema,
        guideline=guideline,
        roster=roster,
        gallery=Gallery(project.snapshot, project.task(at.task).pool, schema),
        own=unmerged.over(there, seat.items).own,
    )
    return work, unmerged


def _bytes(file: Path) -> bytes:
    try:
        return read_bytes(file)
    except OSError as error:
        raise UsageError(
            f"{legible(str(file))}: {error.strerror}", fix="`assay sheet out` writes a sheet to fill in"
        ) from error
