"""What a session of the page is based on: batch, schema, guideline, progress, feedback."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import TypeAlias

import orjson

from assay import labels
from assay.annotator.page.form import FormField
from assay.core import JsonObject, Purpose, canonical_text, canonical_value, is_missing
from assay.errors import AssayError, UsageError
from assay.files import digest_bytes, inside, read_bytes
from assay.git import checked_out, default_branch
from assay.guidelines import Guideline, GuidelineHtml, guideline_body, guideline_html, load_guideline
from assay.project import Project, Roster, TaskSchema, load_roster, load_schema


def feedback_on(
    record: "JsonObject | None", assignment: labels.BatchAssignment, schema: TaskSchema, form: tuple[FormField, ...]
) -> "JsonObject | None":
    """An answer compared with the expert's, by field; None where either is missing."""
    item = "" if record is None else str(record["item"])
    label, gold = (record or {}).get("label"), assignment.gold.get(item)
    if not isinstance(label, dict) or gold is None:
        return None
    questions, fields = {question.name: question for question in form}, list[JsonObject]()
    for field in schema.fields:
        if field.name in gold and not is_missing(gold[field.name]):
            mine, expected, question = label.get(field.name), gold[field.name], questions[field.name]
            spelled = [canonical_text(canonical_value(value, field.scale)) for value in (mine, expected)]
            wanted = canonical_text(expected)
            anchors = (value.anchor for value in question.values if canonical_text(value.value) == wanted)
            fields.append(
                {
                    "field": field.name,
                    "given": mine,
                    "expected": expected,
                    "right": spelled[0] == spelled[1],
                    "anchor": next(anchors, "") or question.anchor,  # the section of the value, else of the field
                }
            )
    feedback: JsonObject = {"right": all(field["right"] for field in fields), "fields": [*fields]}
    return {**feedback, "why": assignment.whys[item]} if item in assignment.whys else feedback


def is_locked(record: "JsonObject | None", assignment: labels.BatchAssignment) -> bool:
    """Whether an answer is final: one in a qualification batch, after its feedback."""
    return assignment.batch.purpose is Purpose.QUALIFY and record is not None and "label" in record


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One character an item: `.` open, `x` answered, `s` skipped, `f` answered and flagged, `r` sent back and waiting.

    `median_seconds` is that of the answers with a time, `seconds_left` what the rest takes at that pace.
    """

    states: str
    done: int
    median_seconds: float | None
    seconds_left: int | None

    @property
    def total(self) -> int:
        """How many items there are."""
        return len(self.states)


_Mark: TypeAlias = tuple[bytes, str, float | None]
"""The line of a record, its state (a character of `Progress.states`), and its seconds."""


class ProgressCounter:
    """Counts the progress of an assignment; each record is parsed once."""

    def __init__(self, assignment: labels.BatchAssignment) -> None:
        self._assignment = assignment
        self._marks: dict[str, _Mark] = {}

    def progress(self, own: labels.OwnFile) -> Progress:
        """The progress in the annotator's file."""
        load = self._assignment.workload(own)
        marks = [self._mark(item, own.lines) for item in self._assignment.items]
        states = "".join(
            "r" if item in load.returned else mark[1] if mark else "."
            for item, mark in zip(self._assignment.items, marks, strict=True)
        )
        times = [mark[2] for mark in marks if mark and mark[2] is not None]
        pace = round(median(times), 1) if times else None
        left = len(load.left)
        return Progress(
            states=states,
            done=len(states) - left,
            median_seconds=pace,
            seconds_left=None if pace is None else round(pace * left),
        )

    def _mark(self, item: str, lines: Mapping[str, bytes]) -> _Mark | None:
        line = lines.get(item)
        if line is None:
            return None
        known = self._marks.get(item)
        if known is None or known[0] != line:
            record = orjson.loads(line)
            state = "s" if "skip" in record else "f" if record.get("flags") else "x"
            known = self._marks[item] = (line, state, record.get("seconds"))
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionContext:
    """An annotator's assignment in a batch, with schema, guideline and branch as they were when the session began."""

    project: Project
    schema: TaskSchema
    schema_digest: str
    guideline: Guideline
    guide: GuidelineHtml
    roster: Roster
    assignment: labels.BatchAssignment
    unmerged: labels.Unmerged
    branch: str
    on_default_branch: bool


def load_session_context(
    project: Project, task: str, who: str, batch: str | None = None, unmerged: labels.Unmerged = labels.NOTHING_UNMERGED
) -> SessionContext:
    """The context of a session in a batch; without a name, in the only open one with items left for `who`.

    `unmerged` are answers on other branches, which count as answered.

    Raises:
        UsageError: there is no such task or batch, it is closed, nothing in it is assigned to `who`, or several are open.
        ConfigError: a file that this needs cannot be read.
    """
    project.task(task)
    digest = schema_digest(project, task)
    schema, guideline, roster = load_schema(project, task), load_guideline(project, task), load_roster(project)
    waiting = [batch] if batch else [*_waiting(project, schema, guideline, roster, who, unmerged)]
    if not waiting:
        raise UsageError(
            f"nothing of {task} is left for {who}",
            fix="`assay todo` shows what is yours; name a batch to look at it again",
        )
    if len(waiting) > 1:
        raise UsageError(
            f"{who} has {len(waiting)} open batches: {', '.join(waiting)}",
            fix=f"name one: assay annotate {task} {waiting[0]}",
        )
    name = waiting[0]
    assignment = labels.load_assignment(project, schema, guideline.versions, roster, name, who, unmerged=unmerged)
    if assignment.batch.closed:
        raise UsageError(
            f"{task}/{name} is closed", fix=f"`assay todo` shows what is open for you; {labels.reopening(task, name)}"
        )
    branch = checked_out(project.root)
    return SessionContext(
        project=project,
        schema=schema,
        schema_digest=digest,
        guideline=guideline,
        guide=guideline_html(guideline_body(project, task).text),
        roster=roster,
        assignment=assignment,
        unmerged=unmerged,
        branch=branch,
        on_default_branch=bool(branch) and branch == default_branch(project.root),
    )


def with_current_guideline(context: SessionContext) -> SessionContext:
    """The context with the current guideline; with the earlier one where it cannot be read."""
    project, task = context.project, context.assignment.task
    try:
        guideline, body = load_guideline(project, task), guideline_body(project, task)
    except AssayError:
        return context
    return replace(context, guideline=guideline, guide=guideline_html(body.text))


def schema_digest(project: Project, task: str) -> str:
    """The digest of a task's schema; empty where there is none."""
    try:
        return digest_bytes(read_bytes(inside(project.root, f"schemas/{task}.yaml")))
    except FileNotFoundError:
        return ""


def _waiting(
    project: Project, schema: TaskSchema, guideline: Guideline, roster: Roster, who: str, unmerged: labels.Unmerged
) -> Iterator[str]:
    """The open batches with items left for `who`."""
    for batch in labels.load_batches(project, schema.task, guideline.versions, roster):
        if batch.closed:
            continue
        try:
            assignment = labels.load_assignment(
                project, schema, guideline.versions, roster, batch.name, who, unmerged=unmerged
            )
        except UsageError:
            continue
        if assignment.workload(
            unmerged.over(labels.read_own(project.root, assignment.path), assignment.items).own
        ).left:
            yield batch.name
