"""Everything that is read before the page opens: the batch, progress, feedback."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import median

import orjson

from assay.annotator.page.form import FormField
from assay.core import Field, Json, JsonObject, Purpose, canonical_text, canonical_value, is_missing
from assay.errors import AssayError, UsageError
from assay.files import digest_bytes, inside, read_bytes
from assay.git import checked_out, default_branch
from assay.guidelines import Guideline, GuidelineHtml, guideline_body, guideline_html, load_guideline
from assay.labels import NOTHING_UNMERGED, OwnFile, Seat, Unmerged, load_batches, load_seat, read_own, reopening
from assay.project import Project, Roster, TaskSchema, load_roster, load_schema


def feedback_on(
    record: "JsonObject | None", seat: Seat, schema: TaskSchema, form: tuple[FormField, ...]
) -> "JsonObject | None":
    """How an answer compares with the expert's, by field; None where there is no answer yet or no expert's."""
    item = "" if record is None else str(record["item"])
    given, gold = (record or {}).get("label"), seat.gold.get(item)
    if not isinstance(given, dict) or gold is None:
        return None
    fields = list(_compared(given, gold, schema, {field.name: field for field in form}))
    told: JsonObject = {"right": all(field["right"] for field in fields), "fields": [*fields]}
    return {**told, "why": seat.whys[item]} if item in seat.whys else told


def is_locked(record: "JsonObject | None", seat: Seat) -> bool:
    """Whether an answer stands for good: it qualifies, or not, and has been told how."""
    return seat.batch.purpose is Purpose.QUALIFY and record is not None and "label" in record


def _compared(
    given: JsonObject, gold: JsonObject, schema: TaskSchema, form: dict[str, FormField]
) -> Iterator[JsonObject]:
    for field in schema.fields:
        if field.name in gold and not is_missing(gold[field.name]):
            mine, expected = given.get(field.name), gold[field.name]
            right = field.name in given and _same(mine, expected, field)
            yield {
                "field": field.name,
                "given": mine,
                "expected": expected,
                "right": right,
                "anchor": _anchor(form[field.name], expected),
            }


def _same(one: Json, other: Json, field: Field) -> bool:
    return canonical_text(canonical_value(one, field.scale)) == canonical_text(canonical_value(other, field.scale))


def _anchor(field: FormField, expected: Json) -> str:
    """The section on the expected value, else on the field."""
    wanted = canonical_text(expected)
    return next((value.anchor for value in field.values if canonical_text(value.value) == wanted), "") or field.anchor


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


@dataclass(frozen=True, slots=True)
class _Mark:
    """What one record says of the progress."""

    line: bytes
    state: str
    seconds: float | None


class Tally:
    """Counts a seat's progress; each record is looked into once, however often it is asked."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._marks: dict[str, _Mark] = {}

    def progress(self, own: OwnFile) -> Progress:
        """The progress that the annotator's file shows."""
        load = self._seat.workload(own)
        marks = [self._mark(item, own.lines) for item in self._seat.items]
        states = "".join(
            "r" if item in load.returned else mark.state if mark else "."
            for item, mark in zip(self._seat.items, marks, strict=True)
        )
        times = [mark.seconds for mark in marks if mark and mark.seconds is not None]
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
        if known is None or known.line != line:
            known = self._marks[item] = _read(line)
        return known


def _read(line: bytes) -> _Mark:
    record = orjson.loads(line)
    state = "s" if "skip" in record else "f" if record.get("flags") else "x"
    return _Mark(line, state, record.get("seconds"))


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
            f"{task}/{name} is closed", fix=f"`assay todo` shows what is open for you; {reopening(task, name)}"
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
            fix="`assay todo` shows what is yours; name a batch to look at it again",
        )
    if len(waiting) > 1:
        raise UsageError(
            f"{len(waiting)} batches wait for {who}: {', '.join(waiting)}",
            fix=f"name one: assay annotate {schema.task} {waiting[0]}",
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
