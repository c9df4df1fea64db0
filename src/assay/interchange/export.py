"""What another tool's export says, brought together by item and annotator."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from assay.interchange.long import LongRow
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.model.json import Json, JsonObject
from assay.model.values import canonical_text

ITEM_KEYS = ("data", "meta", "group")


@dataclass(slots=True)
class Stated:
    """What the lines of an item say of it, each key with the first line that says it."""

    values: JsonObject = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Export:
    """An export, its items and annotators in order of first appearance.

    `votes` maps item to annotator to the canonical JSON of the act; `groups` has every annotator.
    """

    path: str
    votes: dict[str, dict[str, bytes]] = field(default_factory=dict)
    items: dict[str, Stated] = field(default_factory=dict)
    groups: dict[str, Stated] = field(default_factory=dict)
    gold: dict[str, JsonObject] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def gather(path: str, rows: Iterable[LongRow | Finding]) -> Export:
    """Brings rows together.

    The first annotation of an item by an annotator counts, and the first data, meta, group and groups stated; a later
    one that differs is a finding, and so is a second annotation. Gold that differs is left out altogether.
    """
    export = Export(path=path)
    gold: dict[str, Stated] = {}
    for row in rows:
        if isinstance(row, Finding):
            export.findings.append(row)
        else:
            _take_vote(export, row)
            _take_about(export, row, gold)
    export.gold = {item: label for item, stated in gold.items() if isinstance(label := stated.values["gold"], dict)}
    return export


def _take_vote(export: Export, row: LongRow) -> None:
    votes = export.votes.get(row.item)
    if votes is None:
        votes = export.votes[row.item] = {}
    if row.annotator in votes:
        message = f"{row.annotator!r} answers {row.item!r} again; the first answer is taken"
        export.findings.append(_finding(export, row, "label/duplicate-item", message, ""))
        return
    votes[row.annotator] = row.act.text
    if row.annotator not in export.groups:
        export.groups[row.annotator] = Stated()


def _take_about(export: Export, row: LongRow, gold: dict[str, Stated]) -> None:
    for key, value in row.about.items():
        if key == "gold":
            stated, rule, subject = gold.setdefault(row.item, Stated()), "gold/contradiction", row.item
        elif key in {"annotator_groups", "annotator_kind"}:
            stated, rule, subject = export.groups[row.annotator], "roster/entry", row.annotator
        else:
            stated, rule, subject = export.items.setdefault(row.item, Stated()), "item/duplicate-id", row.item
        if _contradicts(stated, key, value, row.line):
            message = f"{key} of {subject!r} is not what line {stated.lines[key]} says"
            export.findings.append(_finding(export, row, rule, message, f"/{key}"))
            if key == "gold":
                stated.values[key] = None


def _contradicts(stated: Stated, key: str, value: Json, line: int) -> bool:
    if key not in stated.values:
        stated.values[key] = value
        stated.lines[key] = line
        return False
    known = stated.values[key]
    return known != value or canonical_text(known) != canonical_text(value)


def _finding(export: Export, row: LongRow, rule: str, message: str, pointer: str) -> Finding:
    at = Location(path=export.path, line=row.line, pointer=pointer)
    return finding(rule, at, message, where=Where(item=row.item, annotator=row.annotator))
