"""Hold somebody to the verdict: does it allow this, today, for what is here now?"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from assay.errors import RefusedError, UsageError
from assay.gate.inputs import judged_inputs
from assay.gate.judge import judge
from assay.model.verdict import At, CheckResult, Outcome, RuleResult, Verdict
from assay.project import Project, load_release_spec
from assay.store.artifacts import json_bytes, read_json

VERDICT = "gate/verdict.json"
_NAMED = 5


def read_verdict(project: Project) -> Verdict:
    """The gate's verdict.

    Raises:
        RefusedError: there is none, or it cannot be read.
    """
    try:
        return read_json(project.root / VERDICT, Verdict)
    except UsageError as error:
        raise RefusedError(f"no verdict allows it: {error.message}", hint="run `dvc repro`, or `assay gate`") from error


def enforced(project: Project, verdict: Verdict, *, what: str, name: str = "", today: str) -> tuple[str, ...]:
    """Every reason why the verdict does not allow `what`, in a sentence each; nothing where it does.

    The verdict is held against the files it judged, and judged again from them: it must be what the rules come to.
    `what` is `merge` or `release`; `name` is the release, or empty for all of them; `today` an ISO date.

    Raises:
        UsageError: the project has no such release.
        ConfigError: a release's specification is broken.
    """
    stale = tuple(changes(verdict.inputs, judged_inputs(project), since="the verdict"))
    return (*objections(project, verdict, what=what, name=name, today=today), *(stale or _rewritten(project, verdict)))


def objections(project: Project, verdict: Verdict, *, what: str, name: str = "", today: str) -> tuple[str, ...]:
    """As `enforced`, whether or not what was judged has changed since.

    Raises:
        UsageError: the project has no such release.
        ConfigError: a release's specification is broken.
    """
    found = _merge(verdict) if what == At.MERGE else _releases(project, verdict, name)
    return (*dict.fromkeys(found), *_expired(verdict, today))


def changes(then: Mapping[str, str], now: Mapping[str, str], *, since: str) -> Iterator[str]:
    """In one sentence, the judged files that are not what they were."""
    changed = sorted(path for path in then.keys() | now.keys() if then.get(path) != now.get(path))
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        yield f"changed since {since}: {', '.join(changed[:_NAMED])}{more}"


def _rewritten(project: Project, verdict: Verdict) -> Iterator[str]:
    judged = json_bytes(judge(project, verdict.checks))
    if msgspec.json.decode(judged, type=Verdict) != verdict:
        yield f"{VERDICT} is not what the rules come to on these reports; run `assay gate`"


def require_release(project: Project, name: str) -> None:
    """Holds a release's name against the project's.

    Raises:
        UsageError: the project has no such release.
    """
    if name not in project.releases:
        known = ", ".join(project.releases) or "none yet"
        raise UsageError(
            f"there is no release {name!r}", hint=f"releases here: {known}; `assay release add {name}` makes it"
        )


def _merge(verdict: Verdict) -> Iterator[str]:
    return _blocking(verdict, "a merge", verdict.merge, [rule for rule in verdict.rules if rule.at is At.MERGE])


def _releases(project: Project, verdict: Verdict, name: str) -> Iterator[str]:
    if not name and not project.releases:
        yield "the project has no release"
    for release in (name,) if name else project.releases:
        require_release(project, release)
        tasks = load_release_spec(project, release).tasks
        rules = [rule for rule in verdict.rules if rule.task in tasks]
        yield from _blocking(verdict, f"release {release}", verdict.release.get(release), rules)


def _blocking(verdict: Verdict, subject: str, outcome: Outcome | None, rules: Sequence[RuleResult]) -> Iterator[str]:
    if outcome is None:
        yield f"{VERDICT} does not judge {subject}"
    elif outcome.blocks:
        results: tuple[RuleResult | CheckResult, ...] = (*rules, *verdict.checks)
        said = [f"{result.id} ({result.outcome}): {result.message}" for result in results if result.outcome.blocks]
        yield from said or [f"{subject} is {outcome}: there are no rules to pass"]


def _expired(verdict: Verdict, today: str) -> Iterator[str]:
    if verdict.valid_until is not None and verdict.valid_until < today:
        yield f"{VERDICT} was valid until {verdict.valid_until}: a waiver it rests on has expired"
