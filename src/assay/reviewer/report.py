"""A review in Markdown, as text for a terminal, and as findings for a forge."""

from collections.abc import Iterator, Sequence

from assay.core import Coefficient, Finding, Location, Severity, Where, finding, number_of
from assay.guidelines import TaskImpact
from assay.labels import STAMPED
from assay.lead import taken_text, turned_text
from assay.render import code, collapsible, count, decimal, table, visible
from assay.reviewer.result import RecordDiff, ReviewOutcome, ReviewReport, TaskReview

_LIMIT = 60_000
_ROWS = (40, 20, 10, 5, 1)
_MARKS = {ReviewOutcome.OK: "✅", ReviewOutcome.APPROVAL: "👀", ReviewOutcome.REFUSED: "⛔"}
_SIGNS = {"added": "+", "changed": "~", "removed": "-"}
_FEW = 12
_CLAIMS = 2000

_WHOLE = 1000
"""The length of an approval: who still has to approve is at its end, after the result of each review."""

_RULES = {ReviewOutcome.REFUSED: "review/refused", ReviewOutcome.APPROVAL: "review/needs-approval"}
_FIRST = ("review/refused", "label/", "review/gold-contradiction", "review/policy-change", "review/needs-approval")


def review_markdown(review: ReviewReport) -> str:
    """The report, short enough for a comment (65,536 characters): a long report shows fewer rows of its tables."""
    for most in _ROWS:
        text = "\n".join(_markdown(review, most))
        if len(text) <= _LIMIT:
            return text
    note = "_The change is too large for this page; `assay review --format json` lists all of it._"
    return "\n".join([*_head(review, 1), note])


def review_text(review: ReviewReport, *, most: int = 20) -> str:
    """The report for a terminal."""
    lines = (line for line in _markdown(review, most) if not line.startswith(("<", "| ---")))
    plain = (line.replace("`", "").replace("**", "").removeprefix("### ").removeprefix("## ") for line in lines)
    squeezed: list[str] = []
    for line in map(visible, plain):
        if line or (squeezed and squeezed[-1]):
            squeezed.append(line)
    return "\n".join(squeezed).strip()


def review_headline(review: ReviewReport) -> str:
    """The verdict in one line."""
    policy = ", policy-change" if review.verdict.policy_change else ""
    return f"{review.verdict.outcome}{policy}; risk {review.risk}"


def _markdown(review: ReviewReport, most: int) -> Iterator[str]:
    yield from _head(review, most)
    if review.findings:
        yield f"### New findings: {number_of(review.findings):,}; in base and change: {review.elsewhere:,}"
        yield ""
        rows = [
            (one.severity.value, code(str(one.at)), code(one.full_message), code(one.fix)) for one in review.findings
        ]
        yield from _capped(table(("", "where", "what", "fix"), rows[:most]), rows, most)
    else:
        rest = f" ({count(review.elsewhere, 'finding')} in base and change)" if review.elsewhere else ""
        yield f"No new findings{rest}."
    yield ""
    if review.roster:
        yield "### Roster"
        yield ""
        yield from _listed(tuple(map(taken_text, review.roster)), most)
    for task in review.tasks:
        yield from _task(task, most)
    for state in review.guidelines:
        yield f"### Guideline of {state.task} {code(state.version)}: {'approved' if state.approved else 'held'}"
        yield ""
        if not state.approved:
            yield f"Held: {code(state.state, 300)}"
            yield ""
        if state.impact is not None:
            yield from _impact(state.impact)
    files = [(code(one.path), one.change, one.kind, one.outcome.value) for one in review.verdict.files]
    listed = _capped(table(("file", "change", "kind", "verdict"), files[:most]), files, most)
    yield from collapsible(f"Files ({len(files):,})", listed)


def _head(review: ReviewReport, most: int) -> Iterator[str]:
    verdict = review.verdict
    policy = " · `policy-change`" if verdict.policy_change else ""
    yield f"## {_MARKS[verdict.outcome]} {verdict.outcome} · risk {review.risk}{policy}"
    yield ""
    people = ", ".join(map(code, verdict.people)) or "nobody in the roster"
    actor = f" · requested by {code(review.actor)}" if review.actor else ""
    title = f" · {code(review.title)}" if review.title else ""
    branch = f" · branch {code(review.branch)}" if review.branch else ""
    yield f"{code(review.head[:12])} against {code(review.base[:12])} · by {people}{actor}{title}{branch}"
    yield ""
    result = {
        ReviewOutcome.OK: "may be merged without approval",
        ReviewOutcome.APPROVAL: "waits for approval",
        ReviewOutcome.REFUSED: "may not be merged as it is",
    }[verdict.outcome]
    if verdict.approval and verdict.outcome is not ReviewOutcome.REFUSED:
        result = f"{code(verdict.approval, _WHOLE)}{', and may be merged' if verdict.approved_by else ''}"
    kinds = ", ".join(dict.fromkeys(file.kind for file in verdict.files)) or "nothing"
    yield f"Changes {kinds}; {result}."
    yield ""
    yield from _listed(verdict.reasons, most)
    yield from _listed([turned_text(one) for one in review.batches], most)
    if review.risks:
        yield "**Look at:**"
        yield ""
        yield from _listed(review.risks, most)


def _task(task: TaskReview, most: int) -> Iterator[str]:
    changes = [f"{number:,} {word}" for word in ("added", "changed", "removed") if (number := getattr(task, word))]
    yield f"### {task.task}: records {', '.join(changes) or 'only reformatted'}"
    yield ""
    yield from _agreement(task)
    answers = [", ".join(f"{who}: {value}" for who, value in one.answers) for one in task.disputes]
    disputes = zip(task.disputes, answers, strict=True)
    split = [(code(one.item), code(one.text), code(one.field), code(said)) for one, said in disputes]
    yield from _section("New disagreements", ("item", "text", "field", "answers"), split, most)
    wrong = [(code(one.item), code(one.field), code(one.given), code(one.gold), code(one.who)) for one in task.gold]
    yield from _section("Differ from gold", ("item", "field", "answer", "gold", "by"), wrong, most)
    for title, items in (
        ("Decided by one vote now", task.single),
        ("Answered with a peer's answer in the history", task.peeked),
    ):
        if items:
            rest = f" and {len(items) - _FEW:,} more" if len(items) > _FEW else ""
            yield f"{title}: {len(items):,} ({', '.join(map(code, items[:_FEW]))}{rest})."
            yield ""
    people = [
        (
            code(one.who),
            f"{one.votes:,}",
            f"{one.gold_right:,} of {one.gold_asked:,}" if one.gold_asked else "-",
            f"{one.seconds:g} s" if one.seconds is not None else "-",
            f"{one.usual:g} s" if one.usual is not None else "-",
        )
        for one in task.authors
    ]
    yield from table(("annotator", "answers here", "gold correct", "pace here", "pace before"), people)
    shown = [_record(one) for one in task.shown]
    total = task.added + task.changed + task.removed
    lines = table(("", "item", "text", "answers", "by"), shown[:most])
    more = [f"… and {total - most:,} more", ""] if total > most else []
    yield from collapsible(f"Records ({total:,})", [*lines, *more])


def _agreement(task: TaskReview) -> Iterator[str]:
    moved = [one for one in task.moved if (one.before, one.units_before) != (one.after, one.units_after)]
    rows = [
        (
            code(one.field),
            one.batches,
            _coefficient(one.before),
            _coefficient(one.after),
            f"{one.units_before:,} → {one.units_after:,}",
        )
        for one in moved
        if (one.before.value, one.after.value) != (None, None)
    ]
    yield from table(("alpha of", "batches", "before", "after", "items with two answers"), rows)
    for state in dict.fromkeys(one.batches for one in task.moved):
        same = [code(one.field) for one in task.moved if one.batches == state and one not in moved]
        if same:
            yield f"Agreement unchanged in the {state} batches: {', '.join(same)}."
            yield ""


def _coefficient(one: Coefficient) -> str:
    if one.value is None:
        return f"- ({one.reason})"
    ends = "" if one.low is None else f" [{decimal(one.low)}, {decimal(one.high)}]"
    return f"{decimal(one.value)}{ends}"


def _impact(impact: TaskImpact) -> Iterator[str]:
    touched, redo, earlier = impact.annotations, impact.redo, impact.redo.items - impact.own.items
    hours = "" if redo.hours is None else f", hours: {decimal(redo.hours, 1)}"
    left = f" (of these {count(earlier, 'item')} for earlier versions)" if earlier else ""
    yield f"{touched.annotations:,} of {count(touched.of, 'current label')} become outdated or wait for an annotator, in {count(impact.items, 'item')}; to label again: {count(redo.annotations, 'answer')} to {count(redo.items, 'item')}{left}{hours}."
    yield ""
    for migration in impact.migrations:
        yield f"- {code(migration.name)}: {code('; '.join(migration.steps), 300)}: {count(migration.carried, 'label')} migrated, {migration.waiting:,} need an answer; {count(migration.votes, 'current answer')} to {count(migration.items, 'item')} wait"
    for release in impact.releases:
        yield f"- release {code(f'{release.name} {release.version}')}: {release.rows:,} of {count(release.of, 'row')} affected"
    if impact.migrations or impact.releases:
        yield ""


def _record(one: RecordDiff) -> tuple[str, ...]:
    answers = [
        f"{field}: {before} → {after}" if before and after else f"{field}: {after or before}"
        for field, before, after in one.fields
    ]
    claims = [
        f"{name}: {before or 'nothing'} → {after or 'nothing'}"
        if one.change == "changed"
        else f"{name}: {after or before}"
        for name, before, after in one.claims
        if one.change == "changed" or name not in STAMPED
    ]
    cells = (code("; ".join(answers)), code("; ".join(claims), _CLAIMS))
    return (_SIGNS[one.change], code(one.item), code(one.text), "; ".join(filter(None, cells)), code(one.who))


def _section(title: str, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], most: int) -> Iterator[str]:
    if rows:
        yield f"**{title}: {len(rows):,}**"
        yield ""
        yield from _capped(table(headings, rows[:most]), rows, most)


def _capped(lines: list[str], rows: Sequence[object], most: int) -> list[str]:
    return [*lines, f"… and {len(rows) - most:,} more", ""] if len(rows) > most else lines


def _listed(reasons: Sequence[str], most: int) -> Iterator[str]:
    for reason in reasons[:most]:
        yield f"- {code(reason, 300)}"
    if len(reasons) > most:
        yield f"- … and {len(reasons) - most:,} more"
    if reasons:
        yield ""


def review_findings(review: ReviewReport) -> tuple[Finding, ...]:
    """Every finding, errors before warnings, the policy's before the records', contradictions before disagreements."""

    def worst_first(found: Finding) -> tuple[bool, int, object]:
        rank = next((place for place, start in enumerate(_FIRST) if found.rule.startswith(start)), len(_FIRST))
        return (found.severity is not Severity.ERROR, rank, found.sort_key)

    files = review.verdict.files
    found = list(review.findings)
    for file in files:
        at = Location(path=file.path)
        found += [finding(_RULES[file.outcome], at, reason) for reason in file.reasons]
        if file.policy:
            message = f"{file.kind} changes, and other changes are judged by it"
            found.append(finding("review/policy-change", at, message))
    of_files = {f"{file.path}: {reason}" for file in files for reason in file.reasons}
    for reason in review.verdict.reasons:
        if reason not in of_files and files:
            found.append(finding(_RULES[review.verdict.outcome], Location(path=files[0].path), reason))
    found += [one for task in review.tasks for one in _task_findings(task)]
    return tuple(sorted(found, key=worst_first))


def _task_findings(task: TaskReview) -> Iterator[Finding]:
    places = {(one.who, one.item): Location(path=one.path, line=one.line) for one in task.shown if one.line}
    for miss in task.gold:
        at = places.get((miss.who, miss.item))
        if at is not None:
            message = f"{miss.field} of {miss.item}: {miss.given}; gold: {miss.gold}"
            where = Where(task=task.task, item=miss.item, annotator=miss.who)
            yield finding("review/gold-contradiction", at, message, where=where)
    for one in task.disputes:
        at = next((places[who, one.item] for who, _ in one.answers if (who, one.item) in places), None)
        if at is not None:
            answers = ", ".join(f"{who} {value}" for who, value in one.answers)
            where = Where(task=task.task, batch=one.batch, item=one.item)
            yield finding("review/disagreement", at, f"{one.field} of {one.item}: {answers}", where=where)
