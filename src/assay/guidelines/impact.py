"""What an edit of a guideline would make outdated, and what became of each version; as text and Markdown."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from assay.core import ApprovalStatus, Coefficient
from assay.project import order_of
from assay.render import count, decimal, indented, table_text, visible

_NAMED = 20


class AffectedShare(Struct, frozen=True, kw_only=True):
    """So many `annotations` of all `of` the same kind that are current; `share` is None where there is none."""

    annotations: int
    of: int
    share: float | None


class EditedVersion(Struct, frozen=True, kw_only=True):
    """A version that the edit adds, what it affects, and how many current annotations that concerns."""

    version: str
    affects: tuple[str, ...]
    policy: str
    annotations: int


class AffectedExpert(Struct, frozen=True, kw_only=True):
    """An expert's answer that the edit affects; `batch` is empty for gold."""

    item: str
    who: str
    batch: str = ""


class ExamplePlace(Struct, frozen=True, kw_only=True):
    """An example that the edit affects, by the line it starts on."""

    path: str
    line: int


class AffectedRelease(Struct, frozen=True, kw_only=True):
    """A published release: of its `of` rows of the task, so many rest on labels that the edit affects."""

    name: str
    version: str
    rows: int
    of: int


class Redo(Struct, frozen=True, kw_only=True):
    """What is to be labelled again: `annotations` of `items`, all current ones of each.

    `seconds` is the median of the `timed` records of people, `hours` what the annotations take at that pace; None where
    no record states its time.
    """

    items: int
    annotations: int
    seconds: float | None
    timed: int
    hours: float | None


class MigrationImpact(Struct, frozen=True, kw_only=True):
    """A migration and what it leaves to people.

    Of all labels in files, it changes `carried`, and `waiting` need a new answer because of it; `votes`
    of these are current ones, of `items` items, and `redo` is what asking these items again takes. `releases` are the
    published ones that rest on labels that wait. `added` says that the edit brings it.
    """

    name: str
    path: str
    guideline: str
    reason: str
    steps: tuple[str, ...]
    added: bool
    carried: int
    waiting: int
    votes: int
    items: int
    redo: Redo
    releases: tuple[AffectedRelease, ...]


class TaskImpact(Struct, frozen=True, kw_only=True):
    """What the edit of one task's guideline and schema concerns.

    `base` is the version that is judged against (empty: the task is new), `version` that of the work tree, `edited`
    whether the content differs at all. `annotations` are the current counting ones that a new version affects, or that
    wait for a person after a new migration; `items` how many items they are of. `values` by field and value, then by
    annotator and batch. `migrations` are those that the edit adds, and earlier ones after which a current label waits.
    `redo` is everything that is to be labelled again, as it is drafted; `own` the part of it that this edit brings.
    `refused` current annotations are no longer valid under the edited schema.
    """

    task: str
    base: str
    version: str
    edited: bool
    changes: tuple[EditedVersion, ...]
    annotations: AffectedShare
    items: int
    values: dict[str, dict[str, AffectedShare]]
    annotators: dict[str, AffectedShare]
    batches: dict[str, AffectedShare]
    gold: tuple[AffectedExpert, ...]
    adjudications: tuple[AffectedExpert, ...]
    examples: tuple[ExamplePlace, ...]
    releases: tuple[AffectedRelease, ...]
    migrations: tuple[MigrationImpact, ...]
    redo: Redo
    own: Redo
    refused: int


class VersionAgreement(Struct, frozen=True, kw_only=True):
    """Agreement on a field, over the units whose current votes were all made under one version."""

    units: int
    alpha: Coefficient


class VersionLog(Struct, frozen=True, kw_only=True):
    """A version: its entry of `changes`, who wrote and approved it, and the labels made under it.

    `authors` are roster ids, else e-mails, by git's history. Of the `labels` made under it, skips left out, `current`
    count and are current. `migrations` are those that it brings.
    """

    version: str
    date: str
    summary: str
    affects: tuple[str, ...]
    policy: str
    authors: tuple[str, ...]
    approval: ApprovalStatus
    labels: int
    current: int
    agreement: dict[str, VersionAgreement]
    migrations: tuple[MigrationImpact, ...] = ()


def impact_text(impact: TaskImpact) -> str:
    """What an edit concerns, for a terminal."""
    tables = [
        indented("\n".join([table_text((title, "outdated", "of", "share"), _rows(parts[:_NAMED])), *_more(parts)]))
        for title, parts in _tables(impact)
    ]
    lines = (f"  {visible(line)}" for line in _lines(impact))
    return "\n".join([f"{impact.task}: {_headline(impact)}", *lines, *tables])


def impact_markdown(impact: TaskImpact) -> str:
    """What an edit concerns, for a comment on a pull request."""
    lines = [
        f"### {_escaped(impact.task)}: {_escaped(_headline(impact))}",
        "",
        *(f"{line[: len(line) - len(line.lstrip())]}- {_escaped(line.lstrip())}" for line in _lines(impact)),
    ]
    for title, parts in _tables(impact):
        lines += ["", f"| {title} | outdated | of | share |", "|---|---:|---:|---:|"]
        lines += [f"| {' | '.join(map(_escaped, row))} |" for row in _rows(parts[:_NAMED])]
        lines += [line for more in _more(parts) for line in ("", _escaped(more))]
    return "\n".join(lines)


def migration_lines(one: MigrationImpact) -> Iterator[str]:
    """What a migration does, what it leaves to people, and what asking them takes."""
    yield visible(f"{one.path} ({one.guideline}): {one.reason}")
    yield from (visible(f"  {step}") for step in one.steps)
    waiting = f", {one.waiting:,} for annotators to answer" if one.waiting else ""
    yield f"  {count(one.carried, 'label')} migrated{waiting}"
    if one.waiting and not one.votes:
        yield "  none of those is a current answer: no new answers needed"
    if one.votes:
        yield f"  {count(one.votes, 'current answer')} pending, of {count(one.items, 'item')}; to label again: {_redo(one.redo)}"
    for release in one.releases:
        yield visible(f"  {_release(release)}")


def _headline(impact: TaskImpact) -> str:
    if not impact.base:
        return f"version {impact.version}, a new task: no label was made under an earlier version"
    ahead = max((one.guideline for one in impact.migrations), key=order_of, default="")
    if order_of(ahead) > order_of(impact.version):
        counted = f", {_share(impact.annotations)} current labels affected" if impact.edited else ""
        return f"version {impact.version}, with a migration for version {ahead}, which the guideline does not have yet{counted}"
    if not impact.edited:
        return f"version {impact.version}, unchanged"
    if not (impact.changes or any(one.added for one in impact.migrations)):
        return f"edited, and `changes` has no entry for version {impact.version}"
    return f"{impact.base} to {impact.version}, {_share(impact.annotations)} current labels affected"


def _lines(impact: TaskImpact) -> Iterator[str]:
    for change in impact.changes:
        affects = ", ".join(change.affects) or "nothing"
        yield f"{change.version} affects {affects} ({change.policy}): {count(change.annotations, 'label')}"
    if impact.refused:
        yield f"{count(impact.refused, 'current label')} would not be valid under the edited schema"
    for migration in impact.migrations:
        yield from migration_lines(migration)
    if impact.changes or impact.redo.items:
        yield f"to label again: {_redo(impact.redo)}"
        if earlier := impact.redo.items - impact.own.items:
            yield f"  of these {count(earlier, 'item')} for earlier versions"
    if impact.changes or impact.gold or impact.adjudications:
        yield f"to review: {_again('gold', impact.gold)}; {_again('adjudications', impact.adjudications)}"
    if impact.examples:
        yield f"examples to review: {', '.join(f'{one.path}:{one.line}' for one in impact.examples)}"
    for release in impact.releases:
        yield _release(release)


def _release(release: AffectedRelease) -> str:
    return f"release {release.name} {release.version}: {release.rows:,} of {count(release.of, 'row')} affected"


def _redo(redo: Redo) -> str:
    answers = f"{count(redo.annotations, 'answer')} to {count(redo.items, 'item')}"
    if redo.seconds is None:
        return f"{answers}, hours: - (no record has a time)"
    timed = count(redo.timed, "timed record")
    return f"{answers}, hours: {decimal(redo.hours, 1)} (median of {timed}: {redo.seconds:g} s an answer)"


def _again(title: str, answers: Sequence[AffectedExpert]) -> str:
    named = ", ".join(one.item for one in answers[:_NAMED])
    more = f" and {len(answers) - _NAMED:,} more" if len(answers) > _NAMED else ""
    return f"{title} {len(answers):,}{f' ({named}{more})' if answers else ''}"


def _tables(impact: TaskImpact) -> Iterator[tuple[str, list[tuple[str, AffectedShare]]]]:
    """What is listed, by its title; where not all of it is shown, that with the most outdated labels comes first."""
    values = {f"{field}={value}": one for field, spread in impact.values.items() for value, one in spread.items()}
    for title, parts in (("value", values), ("annotator", impact.annotators), ("batch", impact.batches)):
        if parts:
            listed = list(parts.items())
            yield title, sorted(listed, key=lambda one: -one[1].annotations) if len(listed) > _NAMED else listed


def _rows(parts: Sequence[tuple[str, AffectedShare]]) -> list[tuple[str, ...]]:
    return [(name, f"{one.annotations:,}", f"{one.of:,}", decimal(one.share)) for name, one in parts]


def _more(parts: Sequence[tuple[str, AffectedShare]]) -> list[str]:
    return [f"and {len(parts) - _NAMED:,} more; --format json lists all"] if len(parts) > _NAMED else []


def _share(part: AffectedShare) -> str:
    return f"{part.annotations:,} of {part.of:,}"


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]<>#|!~&" else sign for sign in visible(text))
