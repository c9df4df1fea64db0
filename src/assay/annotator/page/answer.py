"""What the page sends as an answer, what is wrong with it, and the record it becomes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType, ValidationError, convert

from assay.annotator.page.session_context import SessionContext
from assay.core import CATALOGUE, Fault, JsonObject, pointer_steps, pointer_to
from assay.errors import UsageError
from assay.files import LINE_LIMIT, JsonFault, parse_strict
from assay.labels import ANNOTATION, Gallery, dump_record, dump_value, judged_record, new_record

SKIP_LIMIT = 200
NOTE_LIMIT = 10_000
_CONTENT = ("label", "skip", "flags", "note")
_ANSWERED = ("label", "skip", "flags", "note", "item")

_Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=86_400)]


class Answer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An answer as it is sent: a label or the reason to skip, and the tag of the record that was seen (empty: none).

    `seconds` are those spent on the item since its last save.
    """

    label: dict[str, Any] | UnsetType = UNSET
    skip: str | UnsetType = UNSET
    flags: tuple[str, ...] = ()
    note: str = ""
    seconds: _Seconds = 0
    tag: str = ""


class Withdrawal(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request to withdraw an answer, and the tag of the record that was seen."""

    tag: str = ""


class GuidelineSuggestion(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A suggested change to the guideline, at a section and item."""

    text: Annotated[str, Meta(min_length=1, max_length=NOTE_LIMIT)]
    section: Annotated[str, Meta(max_length=NOTE_LIMIT)] = ""
    n: int = 0


class Token(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The token that opens a session."""

    token: str


class Branch(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The branch on which the annotator continues."""

    branch: str


class RequestBodyError(UsageError):
    """The body of a request is not valid."""


S = TypeVar("S", bound=Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFault:
    """A fault of an answer: where in the label, at which field (empty: none), and whether the value is only missing."""

    pointer: str = ""
    message: str
    fix: str
    field: str = ""
    missing: bool = False


def decode(body: bytes, kind: type[S]) -> S:
    """The body of a request.

    Raises:
        RequestBodyError: it is not strict JSON, or not of that form.
    """
    try:
        return convert(parse_strict(body), kind)
    except (JsonFault, ValidationError) as error:
        raise RequestBodyError(f"this cannot be saved: {error}", fix="correct it, or load the page again") from error


def same_answer(record: "JsonObject | None", answer: Answer) -> bool:
    """Whether a record already has the answer."""
    said, content = record or {}, _content(answer)
    return record is not None and all(dump_value(said.get(key)) == dump_value(content.get(key)) for key in _CONTENT)


def make_record(
    context: SessionContext, item: str, answer: Answer, old: "JsonObject | None", stamp: JsonObject
) -> JsonObject:
    """The record of an answer, with the seconds spent and the label suggested; the rest is as `new_record` says."""
    before = old or {}
    record = new_record(context.assignment, context.schema, before, {"item": item, **_content(answer)}, stamp)
    spent = before.get("seconds")
    if seconds := round((float(spent) if isinstance(spent, int | float) else 0.0) + answer.seconds, 1):
        record["seconds"] = int(seconds) if seconds.is_integer() else seconds
    if item in context.assignment.suggested:
        record["suggestion"] = {"by": context.assignment.batch.prelabels, "shown": context.assignment.suggested[item]}
    return record


def check_answer(
    context: SessionContext, answer: Answer, record: JsonObject, gallery: Gallery
) -> tuple[tuple[AnswerFault, ...], tuple[AnswerFault, ...]]:
    """The faults of an answer (by the schema, else by `assay check`), and the probable slips of a valid one."""
    if (answer.label is UNSET) == (answer.skip is UNSET):
        return (_whole("an answer is either a label or a skip", "answer the fields, or skip the item"),), ()
    faults = []
    if not isinstance(answer.skip, UnsetType) and not 0 < len(answer.skip.strip()) <= len(answer.skip) <= SKIP_LIMIT:
        faults.append(_whole(f"the reason to skip has 1 to {SKIP_LIMIT} characters", "give a short reason", "/skip"))
    if len(answer.note) > NOTE_LIMIT:
        faults.append(_whole(f"a note has at most {NOTE_LIMIT:,} characters", "shorten it", "/note"))
    if not isinstance(answer.label, UnsetType):
        faults += _schema_faults(context, answer.label)
    if not faults and len(dump_record(ANNOTATION, record)) > LINE_LIMIT:
        faults.append(_whole(f"the record is longer than {LINE_LIMIT:,} bytes", "shorten the answer or its note"))
    if faults:
        return tuple(faults), ()
    versions = context.guideline.versions | {str(record["guideline"])}
    invalid, doubts = judged_record(record, context.assignment, context.schema, versions, context.roster, gallery)
    return tuple(_of_the_answer(invalid)), tuple(_of_the_answer(doubts))


def _content(answer: Answer) -> JsonObject:
    said: JsonObject = {"flags": list(dict.fromkeys(answer.flags)), "note": answer.note}
    if not isinstance(answer.label, UnsetType):
        said["label"] = answer.label
    if not isinstance(answer.skip, UnsetType):
        said["skip"] = answer.skip
    return {key: value for key, value in said.items() if value or key in {"label", "skip"}}


def _schema_faults(context: SessionContext, label: JsonObject) -> Iterator[AnswerFault]:
    needed = [field.name for field in context.schema.fields if field.required and field.name not in label]
    for name in needed:
        yield AnswerFault(
            pointer=pointer_to([name]), message="still needed", fix="answer this field", field=name, missing=True
        )
    absent = {f"{name!r} is missing" for name in needed}
    for fault in context.schema.faults(label):
        if fault.pointer or fault.message not in absent:
            yield AnswerFault(
                pointer=fault.pointer,
                message=fault.message,
                fix=fault.fix,
                field="".join(pointer_steps(fault.pointer)[:1]),
            )


def _of_the_answer(faults: Iterable[Fault]) -> Iterator[AnswerFault]:
    for fault in faults:
        key, _, below = fault.pointer.removeprefix("/").partition("/")
        if key in _ANSWERED or not key:
            pointer = f"/{below}" if key == "label" and below else "" if key == "label" else fault.pointer
            field = "".join(pointer_steps(pointer)[:1]) if key == "label" else ""
            fix = fault.fix or CATALOGUE[fault.rule].fix
            yield AnswerFault(pointer=pointer, message=fault.message, fix=fix, field=field)


def _whole(message: str, fix: str, pointer: str = "") -> AnswerFault:
    return AnswerFault(pointer=pointer, message=message, fix=fix)
