"""`assay sheet`: an annotator's part of a batch as a spreadsheet, out and in."""

from dataclasses import dataclass
from pathlib import Path

from assay.actions.whoami import who_am_i
from assay.errors import UsageError
from assay.guidelines import load_guideline
from assay.interchange.sheet import Work, dump_sheet, open_items
from assay.interchange.sheet_take import Taken, Terms, take_sheet
from assay.labels.batches import reopening
from assay.labels.own import own_path, read_own, write_own
from assay.labels.seat import load_seat
from assay.model.names import legible
from assay.project import Project
from assay.project.roster import load_roster
from assay.schemas import load_schema
from assay.store.files import read_bytes, write_bytes


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


def sheet_out(project: Project, at: SheetAt, *, everything: bool, overwrite: bool) -> SheetOut:
    """Writes the open items of a seat to a sheet, `everything` the answered ones too.

    Raises:
        UsageError: nothing is open, the file exists and `overwrite` is not said, or there is no such seat in an open batch.
        ConfigError: what the annotator works from, or their own file, cannot be read.
    """
    work = _work(project, at)
    items = work.seat.items if everything else open_items(work)
    if not items:
        raise UsageError(
            f"nothing is open in {at.task}/{at.batch} for {work.seat.who}",
            hint="--all writes what is answered, too; `assay todo` shows what else is yours",
        )
    sheet = dump_sheet(work, items)
    if at.file.exists() and not overwrite:
        raise UsageError(
            f"{legible(str(at.file))} is there already, and may hold answers",
            hint="take it in first (`assay sheet in`), or give another name; --overwrite replaces it",
        )
    write_bytes(at.file, sheet.data)
    return SheetOut(who=work.seat.who, rows=len(items), items=len(work.seat.items), overlong=sheet.overlong)


def sheet_in(project: Project, at: SheetAt, terms: Terms, *, dry_run: bool) -> Taken:
    """Takes a sheet into the annotator's file: all of it, or nothing where anything is wrong with it.

    Raises:
        UsageError: the file cannot be read, or there is no such seat in an open batch.
        ConfigError: what the annotator works from, or their own file, cannot be read.
    """
    data = _bytes(at.file)
    work = _work(project, at)
    taken = take_sheet(work, data, legible(at.file.as_posix()), terms)
    if taken.writes and not taken.findings and not dry_run:
        write_own(project.root, taken.applied(work.own))
    return taken


def _work(project: Project, at: SheetAt) -> Work:
    roster = load_roster(project)
    me = who_am_i(project, at.who, roster=roster)
    schema = load_schema(project, project.task(at.task).name)
    guideline = load_guideline(project, at.task)
    seat = load_seat(project, schema, guideline.versions, roster, at.batch, me.id)
    if seat.batch.closed:
        raise UsageError(f"{at.task}/{at.batch} is closed", hint=reopening(at.task, at.batch))
    return Work(
        seat=seat,
        schema=schema,
        guideline=guideline,
        roster=roster,
        own=read_own(project.root, own_path(at.task, at.batch, me.id)),
    )


def _bytes(file: Path) -> bytes:
    try:
        return read_bytes(file)
    except OSError as error:
        raise UsageError(
            f"{legible(str(file))}: {error.strerror}", hint="`assay sheet out` writes a sheet to fill in"
        ) from error
