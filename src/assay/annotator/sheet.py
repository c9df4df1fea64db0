"""`assay sheet`: an annotator's part of a batch as a spreadsheet, out and in."""

from dataclasses import dataclass
from pathlib import Path

from assay.annotator.sheet_cells import Work, dump_sheet
from assay.annotator.sheet_take import RowOutcome, SheetChanges, SheetOptions, decide_rows
from assay.annotator.unmerged import unmerged_answers
from assay.clone import who_am_i
from assay.core import legible
from assay.errors import UsageError
from assay.files import read_bytes, write_bytes
from assay.forge import Say
from assay.guidelines import load_guideline
from assay.labels import Gallery, Unmerged, load_assignment, own_path, read_own, reopening, write_own
from assay.project import Project, load_roster, load_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLocation:
    """Which sheet: a batch of a task, the annotator (None: as git and the roster identify them), the file."""

    task: str
    batch: str
    who: str | None
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetOut:
    """A written sheet: its rows, the assigned items, and the cells that a spreadsheet would truncate."""

    who: str
    rows: int
    items: int
    overlong: int


def sheet_out(project: Project, at: SheetLocation, say: Say, *, everything: bool, overwrite: bool) -> SheetOut:
    """Writes the open assigned items to a sheet, with `everything` the answered ones too; `say` gets notes on other branches.

    Raises:
        UsageError: nothing is open, the file exists without `overwrite`, or nothing is assigned in an open batch.
        ConfigError: what the annotator works from, or their own file, cannot be read.
    """
    work, _ = _work(project, at, say)
    items = work.assignment.items if everything else work.load.left
    if not items:
        raise UsageError(
            f"nothing is open in {at.task}/{at.batch} for {work.assignment.who}",
            fix="--all writes answered items too; `assay todo` shows what else is assigned to you",
        )
    data, cut = dump_sheet(work, items)
    if at.file.exists() and not overwrite:
        raise UsageError(
            f"{legible(str(at.file))} already exists, and may have answers",
            fix="read it first (`assay sheet in`), or choose another name; --overwrite replaces it",
        )
    write_bytes(at.file, data)
    return SheetOut(who=work.assignment.who, rows=len(items), items=len(work.assignment.items), overlong=cut)


def sheet_in(project: Project, at: SheetLocation, terms: SheetOptions, say: Say, *, dry_run: bool) -> SheetChanges:
    """Reads a sheet into the annotator's file: all of it, or nothing where it has any fault.

    Raises:
        UsageError: the file cannot be read, nothing is assigned in an open batch, or a row removes an answer that is on
            another branch.
        ConfigError: what the annotator works from, or their own file, cannot be read.
    """
    try:
        data = read_bytes(at.file)
    except OSError as error:
        raise UsageError(
            f"{legible(str(at.file))}: {error.strerror}", fix="`assay sheet out` writes a sheet to fill in"
        ) from error
    work, unmerged = _work(project, at, say)
    taken = decide_rows(work, data, legible(at.file.as_posix()), terms)
    for item in (one.item for one in taken.decisions if one.outcome is RowOutcome.CLEARED):
        if branch := unmerged.branch_of(work.own.path, item):
            raise UsageError(
                f"item {item!r}: its answer is on branch {branch} and cannot be withdrawn from here",
                fix="change the answer, or skip the item; nothing was written",
            )
    if taken.writes and not taken.findings and not dry_run:
        write_own(project.root, taken.applied(work.own))
    return taken


def _work(project: Project, at: SheetLocation, say: Say) -> tuple[Work, Unmerged]:
    roster = load_roster(project)
    me = who_am_i(project, at.who, roster=roster)
    schema = load_schema(project, project.task(at.task).name)
    guideline = load_guideline(project, at.task)
    unmerged = unmerged_answers(project, me.id, roster)
    assignment = load_assignment(project, schema, guideline.versions, roster, at.batch, me.id, unmerged=unmerged)
    if assignment.batch.closed:
        raise UsageError(f"{at.task}/{at.batch} is closed", fix=reopening(at.task, at.batch))
    there = read_own(project.root, own_path(at.task, at.batch, me.id))
    for said in unmerged.messages(there, assignment.items):
        say(said)
    work = Work(
        assignment=assignment,
        schema=schema,
        guideline=guideline,
        roster=roster,
        gallery=Gallery(project.snapshot, project.task(at.task).pool, schema),
        own=unmerged.over(there, assignment.items).own,
    )
    return work, unmerged
