"""A review in Markdown, as text for a terminal, and as findings for a forge."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from assay.core import Coefficient, Finding, Location, Severity, Where, finding, number_of
from assay.guidelines import TaskImpact
from assay.labels import STAMPED
from assay.lead import taken_text, turned_text
from assay.render import code, count, decimal, folded, table, visible
from assay.reviewer.event import Asked
from assay.reviewer.policy_changes import guideline_states
from assay.reviewer.pull_request import review as review_change
from assay.reviewer.result import ChangeVerdict, FileVerdict, Moved, Outcome, RecordDiff, Review, TaskReview


def review(root: Path, asked: Asked) -> Review:
    """The whole report, the guidelines that it edits among it.

    Raises:
        UsageError: no repository, no such revision, or the base is no labelling project.
        ConfigError: the base's project file is broken.
    """
    return review_change(root, asked, guideline_states)


_LIMIT = 60_000
_ROWS = (40, 20, 10, 5, 1)
_MARKS = {Outcome.OK: "✅", Outcome.APPROVAL: "👀", Outcome.REFUSED: "⛔"}
_SIGNS = {"added": "+", "changed": "~", "removed": "-"}
_FEW = 12
_CLAIMS = 2000

_WHOLE = 1000
"""Who still has to approve what stands at the end of the sentence, after what each review comes to."""


def review_markdown(review: Review) -> str:
    """The report, short enough for a comment (65,536 characters): where it is too long, tables show fewer rows."""
    for most in _ROWS:
        text = "\n".join(_markdown(review, most))
        if len(text) <= _LIMIT:
            return text
    return "\n".join(
        [*_head(review, 1), "_The change is too large for this page; `assay review --format json` has all._"]
    )


def review_text(review: Review, *, most: int = 20) -> str:
    """The same for a terminal."""
    lines = (line for line in _markdown(review, most) if not line.startswith(("<", "| ---")))
    plain = (
        visible(line.replace("`", "").replace("**", "").removeprefix("### ").removeprefix("## ")) for line in lines
    )
    squeezed: list[str] = []
    for line in plain:
        if line or (squeezed and squeezed[-1]):
            squeezed.append(line)
    return "\n".join(squeezed).strip()


def review_headline(review: Review) -> str:
    """The verdict in one line."""
    policy = ", policy-change" if review.verdict.policy_change else ""
    return f"{review.verdict.outcome}{policy}; risk {review.risk}"


def _markdown(review: Review, most: int) -> Iterator[str]:
    yield from _head(review, most)
    yield from _findings(review, most)
    if review.roster:
        yield "### Roster"
        yield ""
        yield from _listed(tuple(map(taken_text, review.roster)), most)
    for task in review.tasks:
        yield from _task(task, most)
    yield from _guidelines(review)
    files = [(code(one.path), one.change, one.kind, one.outcome.value) for one in review.verdict.files]
    yield from folded(
        f"Files ({len(files):,})", _capped(table(("file", "change", "kind", "verdict"), files[:most]), files, most)
    )


def _head(review: Review, most: int) -> Iterator[str]:
    verdict = review.verdict
    policy = " · `policy-change`" if verdict.policy_change else ""
    yield f"## {_MARKS[verdict.outcome]} {verdict.outcome} · risk {review.risk}{policy}"
    yield ""
    people = ", ".join(map(code, verdict.people)) or "nobody in the roster"
    actor = f" · asked for by {code(review.actor)}" if review.actor else ""
    title = f" · {code(review.title)}" if review.title else ""
    branch = f" · branch {code(review.branch)}" if review.branch else ""
    yield f"{code(review.head[:12])} against {code(review.base[:12])} · by {people}{actor}{title}{branch}"
    yield ""
    yield _sentence(verdict, [*{_what(one): None for one in verdict.files}])
    yield ""
    yield from _listed(verdict.reasons, most)
    yield from _listed([turned_text(one) for one in review.batches], most)
    if review.risks:
        yield "**Look at:**"
        yield ""
        yield from _listed(review.risks, most)


def _sentence(verdict: ChangeVerdict, kinds: Sequence[str]) -> str:
    changed = ", ".join(kinds) or "nothing"
    said = {
        Outcome.OK: f"{code(verdict.approval, _WHOLE)}, and may be merged"
        if verdict.approved_by
        else "may be merged without a person looking at it",
        Outcome.APPROVAL: code(verdict.approval, _WHOLE) if verdict.approval else "waits for somebody to approve it",
        Outcome.REFUSED: "may not be merged as it is",
    }
    return f"Changes {changed}; {said[verdict.outcome]}."


def _what(file: FileVerdict) -> str:
    return file.kind


def _findings(review: Review, most: int) -> Iterator[str]:
    if not review.findings:
        rest = f" ({count(review.elsewhere, 'finding')} in base and change alike)" if review.elsewhere else ""
        yield f"No findings that the base does not have{rest}."
        yield ""
        return
    yield f"### Findings that the base does not have: {number_of(review.findings):,}; in both: {review.elsewhere:,}"
    yield ""
    rows = [(one.severity.value, code(str(one.at)), code(one.told), code(one.fix)) for one in review.findings]
    yield from _capped(table(("", "where", "what", "fix"), rows[:most]), rows, most)
    yield ""


def _task(task: TaskReview, most: int) -> Iterator[str]:
    told = [f"{number:,} {word}" for word in ("added", "changed", "removed") if (number := getattr(task, word))]
    yield f"### {task.task}: records {', '.join(told) or 'only written in another way'}"
    yield ""
    yield from _agreement(task)
    split = [(code(one.item), code(one.text), code(one.field), code(_said(one.answers))) for one in task.disputes]
    yield from _section("New disagreements", ("item", "text", "field", "answers"), split, most)
    wrong = [(code(one.item), code(one.field), code(one.given), code(one.gold), code(one.who)) for one in task.gold]
    yield from _section("Against gold", ("item", "field", "given", "gold", "by"), wrong, most)
    for title, items in (
        ("Decided by one vote now", task.single),
        ("Answered with a peer's answer in the history", task.peeked),
    ):
        if items:
            more = f" and {len(items) - _FEW:,} more" if len(items) > _FEW else ""
            yield f"{title}: {len(items):,} ({', '.join(map(code, items[:_FEW]))}{more})."
            yield ""
    yield from _authors(task)
    shown = [_record(one) for one in task.shown]
    total = task.added + task.changed + task.removed
    lines = table(("", "item", "text", "answers", "by"), shown[:most])
    yield from folded(f"Records ({total:,})", [*lines, *([f"… and {total - most:,} more", ""] if total > most else [])])


def _agreement(task: TaskReview) -> Iterator[str]:
    moved = [one for one in task.moved if (one.before, one.units_before) != (one.after, one.units_after)]
    rows = [
        (code(one.field), one.rounds, _coefficient(one.before), _coefficient(one.after), _units(one))
        for one in moved
        if (one.before.value, one.after.value) != (None, None)
    ]
    yield from table(("alpha of", "rounds", "before", "after", "items with two answers"), rows)
    for rounds in dict.fromkeys(one.rounds for one in task.moved):
        same = [code(one.field) for one in task.moved if one.rounds == rounds and one not in moved]
        if same:
            yield f"Agreement as it was in the {rounds} rounds: {', '.join(same)}."
            yield ""


def _units(one: Moved) -> str:
    return f"{one.units_before:,} → {one.units_after:,}"


def _coefficient(one: Coefficient) -> str:
    if one.value is None:
        return f"- ({one.reason})"
    return (
        f"{decimal(one.value)} [{decimal(one.low)}, {decimal(one.high)}]" if one.low is not None else decimal(one.value)
    )


def _authors(task: TaskReview) -> Iterator[str]:
    rows = [
        (
            code(one.who),
            f"{one.votes:,}",
            f"{one.gold_right:,} of {one.gold_asked:,}" if one.gold_asked else "-",
            f"{one.seconds:g} s" if one.seconds is not None else "-",
            f"{one.usual:g} s" if one.usual is not None else "-",
        )
        for one in task.authors
    ]
    yield from table(("annotator", "answers here", "gold answered rightly", "pace here", "pace before"), rows)


def _guidelines(review: Review) -> Iterator[str]:
    for one in review.guidelines:
        yield f"### Guideline of {one.task} {code(one.version)}: {'approved' if one.approved else 'held'}"
        yield ""
        if not one.approved:
            yield f"Held: {code(one.state, 300)}"
            yield ""
        if one.impact is not None:
            yield from _price(one.impact)


def _price(impact: TaskImpact) -> Iterator[str]:
    touched, redo, earlier = impact.annotations, impact.redo, impact.redo.items - impact.own.items
    hours = "" if redo.hours is None else f", hours: {decimal(redo.hours, 1)}"
    left = f" (of these {count(earlier, 'item')} for earlier versions)" if earlier else ""
    yield f"{touched.annotations:,} of {count(touched.of, 'current label')} become outdated or wait for people, in {count(impact.items, 'item')}; to label again: {count(redo.annotations, 'answer')} to {count(redo.items, 'item')}{left}{hours}."
    yield ""
    for migration in impact.migrations:
        yield f"- {code(migration.name)}: {code('; '.join(migration.steps), 300)}: {count(migration.carried, 'label')} carried, {migration.waiting:,} for people to answer; {count(migration.votes, 'current answer')} to {count(migration.items, 'item')} wait"
    for release in impact.releases:
        yield f"- release {code(f'{release.name} {release.version}')}: {release.rows:,} of {count(release.of, 'row')} touched"
    if impact.migrations or impact.releases:
        yield ""


def _record(one: RecordDiff) -> tuple[str, ...]:
    said = [
        f"{field}: {before} → {after}" if before and after else f"{field}: {after or before}"
        for field, before, after in one.fields
    ]
    claimed = [
        f"{name}: {before or 'nothing'} → {after or 'nothing'}"
        if one.change == "changed"
        else f"{name}: {after or before}"
        for name, before, after in one.claims
        if one.change == "changed" or name not in STAMPED
    ]
    cells = (code("; ".join(said)), code("; ".join(claimed), _CLAIMS))
    return (_SIGNS[one.change], code(one.item), code(one.text), "; ".join(filter(None, cells)), code(one.who))


def _said(answers: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{who}: {value}" for who, value in answers)


def _section(title: str, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], most: int) -> Iterator[str]:
    if rows:
        yield f"**{title}: {len(rows):,}**"
        yield ""
        yield from _capped(table(headings, rows[:most]), rows, most)


def _capped(lines: list[str], rows: Sequence[object], most: int) -> list[str]:
    return [*lines, f"… and {len(rows) - most:,} more", ""] if len(rows) > most else lines


def _listed(
    reasons: Sequence[str], most: int, show: Callable[[str], str] = lambda text: code(text, 300)
) -> Iterator[str]:
    for reason in reasons[:most]:
        yield f"- {show(reason)}"
    if len(reasons) > most:
        yield f"- … and {len(reasons) - most:,} more"
    if reasons:
        yield ""


_RULES = {Outcome.REFUSED: "review/refused", Outcome.APPROVAL: "review/needs-approval"}
_FIRST = ("review/refused", "label/", "review/gold-contradiction", "review/policy-change", "review/needs-approval")


def review_findings(review: Review) -> tuple[Finding, ...]:
    """Every finding, errors before warnings, the policy's before the records', contradictions before disagreements."""
    found = [*_policy(review), *review.findings, *(one for task in review.tasks for one in _task_review_findings(task))]
    return tuple(sorted(found, key=_worst_first))


def _worst_first(found: Finding) -> tuple[bool, int, object]:
    rank = next((place for place, start in enumerate(_FIRST) if found.rule.startswith(start)), len(_FIRST))
    return (found.severity is not Severity.ERROR, rank, found.sort_key)


def _policy(review: Review) -> Iterator[Finding]:
    for file in review.verdict.files:
        at = Location(path=file.path)
        for reason in file.reasons:
            yield finding(_RULES[file.outcome], at, reason)
        if file.policy:
            yield finding("review/policy-change", at, f"{file.kind} changes, and others are judged by it")
    told = {f"{file.path}: {reason}" for file in review.verdict.files for reason in file.reasons}
    for reason in review.verdict.reasons:
        if reason not in told and review.verdict.files:
            yield finding(_RULES[review.verdict.outcome], Location(path=review.verdict.files[0].path), reason)


def _task_review_findings(task: TaskReview) -> Iterator[Finding]:
    places = {(one.who, one.item): Location(path=one.path, line=one.line) for one in task.shown if one.line}
    for miss in task.gold:
        at = places.get((miss.who, miss.item))
        if at is not None:
            message = f"{miss.field} of {miss.item}: {miss.given}, and gold says {miss.gold}"
            where = Where(task=task.task, item=miss.item, annotator=miss.who)
            yield finding("review/gold-contradiction", at, message, where=where)
    for one in task.disputes:
        at = next((places[who, one.item] for who, _ in one.answers if (who, one.item) in places), None)
        if at is not None:
            said = ", ".join(f"{who} {value}" for who, value in one.answers)
            where = Where(task=task.task, batch=one.batch, item=one.item)
            yield finding("review/disagreement", at, f"{one.field} of {one.item}: {said}", where=where)
