"""The impact of a guideline's edit as text and as Markdown."""

from collections.abc import Iterator, Sequence

from assay.model.impact import LookAgain, MigrationImpact, Part, Redo, TaskImpact, TouchedRelease
from assay.model.migration import order_of
from assay.report.plain import count, decimal, indented, table_text, visible

_NAMED = 20


def impact_text(impact: TaskImpact) -> str:
    """What an edit concerns, for a terminal."""
    tables = [
        indented("\n".join([table_text((title, "outdated", "of", "share"), _rows(parts[:_NAMED])), *_more(parts)]))
        for title, parts in _tables(impact)
    ]
    return "\n".join(
        [f"{impact.task}: {_headline(impact)}", *(f"  {visible(line)}" for line in _lines(impact)), *tables]
    )


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
    waiting = f", {one.waiting:,} for people to answer" if one.waiting else ""
    yield f"  {count(one.carried, 'label')} carried{waiting}"
    if one.waiting and not one.votes:
        yield "  none of those is a current answer: nothing is to be asked for it"
    if one.votes:
        yield f"  {count(one.votes, 'current answer waits', 'current answers wait')}, of {count(one.items, 'item')}; to ask again: {_redo(one.redo)}"
    for release in one.releases:
        yield visible(f"  {_release(release)}")


def _headline(impact: TaskImpact) -> str:
    if not impact.base:
        return f"version {impact.version}, a new task: no label was made under an earlier version"
    ahead = max((one.guideline for one in impact.migrations), key=order_of, default="")
    if ahead and order_of(ahead) > order_of(impact.version):
        counted = f", {_share(impact.annotations)} current labels affected" if impact.edited else ""
        return f"version {impact.version}, and a migration comes with {ahead}, which the guideline does not have yet{counted}"
    if not impact.edited:
        return f"version {impact.version}, unchanged"
    if not (impact.changes or any(one.added for one in impact.migrations)):
        return f"edited, and no entry of `changes` says what version {impact.version} affects"
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
        yield f"to look at again: {_again('gold', impact.gold)}; {_again('adjudications', impact.adjudications)}"
    if impact.examples:
        yield f"examples to look at again: {', '.join(f'{one.path}:{one.line}' for one in impact.examples)}"
    for release in impact.releases:
        yield _release(release)


def _release(release: TouchedRelease) -> str:
    return f"release {release.name} {release.version}: {release.rows:,} of {count(release.of, 'row')} touched"


def _redo(redo: Redo) -> str:
    answers = f"{count(redo.annotations, 'answer')} to {count(redo.items, 'item')}"
    if redo.seconds is None:
        return f"{answers}, hours: - (no record says how long it took)"
    timed = count(redo.timed, "timed record")
    return f"{answers}, hours: {decimal(redo.hours, 1)} (median of {timed}: {redo.seconds:g} s an answer)"


def _again(title: str, answers: Sequence[LookAgain]) -> str:
    named = ", ".join(one.item for one in answers[:_NAMED])
    more = f" and {len(answers) - _NAMED:,} more" if len(answers) > _NAMED else ""
    return f"{title} {len(answers):,}{f' ({named}{more})' if answers else ''}"


def _tables(impact: TaskImpact) -> Iterator[tuple[str, list[tuple[str, Part]]]]:
    """What is listed, by its title; where not all of it is shown, that with the most outdated labels comes first."""
    values = {f"{field}={value}": one for field, spread in impact.values.items() for value, one in spread.items()}
    for title, parts in (("value", values), ("annotator", impact.annotators), ("batch", impact.batches)):
        if parts:
            listed = list(parts.items())
            yield title, sorted(listed, key=lambda one: -one[1].annotations) if len(listed) > _NAMED else listed


def _rows(parts: Sequence[tuple[str, Part]]) -> list[tuple[str, ...]]:
    return [(name, f"{one.annotations:,}", f"{one.of:,}", decimal(one.share)) for name, one in parts]


def _more(parts: Sequence[tuple[str, Part]]) -> list[str]:
    return [f"and {len(parts) - _NAMED:,} more; --format json lists all"] if len(parts) > _NAMED else []


def _share(part: Part) -> str:
    return f"{part.annotations:,} of {part.of:,}"


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]<>#|!~&" else sign for sign in visible(text))
