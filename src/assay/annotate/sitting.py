"""Sit down to a batch: everything that is read before the page opens."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from assay.errors import AssayError, UsageError
from assay.guidelines import Guideline, guideline_body, load_guideline
from assay.labels.annotator_file import NOTHING_UNMERGED, Unmerged, read_own
from assay.labels.assignment import Seat, load_batches, load_seat
from assay.labels.batches import reopening
from assay.project.find import Project
from assay.project.roster import Roster, load_roster
from assay.report.guideline_html import GuidelineHtml, guideline_html
from assay.schemas import TaskSchema, load_schema
from assay.store.digest import digest_bytes
from assay.store.files import inside, read_bytes
from assay.store.git import default_branch
from assay.store.head import checked_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """An annotator at a batch, with the schema, guideline and branch as they were on sitting down."""

    project: Project
    schema: TaskSchema
    schema_digest: str
    guideline: Guideline
    guide: GuidelineHtml
    roster: Roster
    seat: Seat
    unmerged: Unmerged
    branch: str
    on_default_branch: bool


def sit_down(
    project: Project, task: str, who: str, batch: str | None = None, unmerged: Unmerged = NOTHING_UNMERGED
) -> Sitting:
    """A sitting at a batch; without a name, at the only open one that still asks something of `who`.

    `unmerged` is what stands on other branches of theirs: answered, as what stands here.

    Raises:
        UsageError: there is no such task or batch, it is closed, nothing in it is asked of `who`, or it is not clear
            which batch is meant.
        ConfigError: a file that this needs cannot be read.
    """
    project.task(task)
    digest = schema_digest(project, task)
    schema, guideline, roster = load_schema(project, task), load_guideline(project, task), load_roster(project)
    name = batch or _only_open(project, schema, guideline, roster, who, unmerged)
    seat = load_seat(project, schema, guideline.versions, roster, name, who, unmerged=unmerged)
    if seat.batch.closed:
        raise UsageError(
            f"{task}/{name} is closed", hint=f"`assay todo` shows what is open for you; {reopening(task, name)}"
        )
    branch = checked_out(project.root)
    return Sitting(
        project=project,
        schema=schema,
        schema_digest=digest,
        guideline=guideline,
        guide=guideline_html(guideline_body(project, task).text),
        roster=roster,
        seat=seat,
        unmerged=unmerged,
        branch=branch,
        on_default_branch=bool(branch) and branch == default_branch(project.root),
    )


def renewed(sitting: Sitting) -> Sitting:
    """The sitting with the guideline as it is now; one that cannot be read stays as it was."""
    project, task = sitting.project, sitting.seat.task
    try:
        guideline, body = load_guideline(project, task), guideline_body(project, task)
    except AssayError:
        return sitting
    return replace(sitting, guideline=guideline, guide=guideline_html(body.text))


def schema_digest(project: Project, task: str) -> str:
    """What tells one state of a task's schema from another; empty where there is none."""
    try:
        return digest_bytes(read_bytes(inside(project.root, f"schemas/{task}.yaml")))
    except FileNotFoundError:
        return ""


def _only_open(
    project: Project, schema: TaskSchema, guideline: Guideline, roster: Roster, who: str, unmerged: Unmerged
) -> str:
    waiting = tuple(_waiting(project, schema, guideline, roster, who, unmerged))
    if not waiting:
        raise UsageError(
            f"nothing of {schema.task} is left for {who}",
            hint="`assay todo` shows what is yours; name a batch to look at it again",
        )
    if len(waiting) > 1:
        raise UsageError(
            f"{len(waiting)} batches wait for {who}: {', '.join(waiting)}",
            hint=f"name one: assay annotate {schema.task} {waiting[0]}",
        )
    return waiting[0]


def _waiting(
    project: Project, schema: TaskSchema, guideline: Guideline, roster: Roster, who: str, unmerged: Unmerged
) -> Iterator[str]:
    """The open batches in which something is left for `who`."""
    for batch in load_batches(project, schema.task, guideline.versions, roster):
        if batch.closed:
            continue
        try:
            seat = load_seat(project, schema, guideline.versions, roster, batch.name, who, unmerged=unmerged)
        except UsageError:
            continue
        if seat.workload(unmerged.over(read_own(project.root, seat.path), seat.items).own).left:
            yield batch.name
