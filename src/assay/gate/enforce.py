"""Hold somebody to the verdict: does it allow this, today, for what is here now?"""

from collections.abc import Iterator, Sequence

from assay.errors import RefusedError, UsageError
from assay.gate.checks import run_checks
from assay.gate.inputs import changes, judged_inputs, stale_evidence, told
from assay.gate.judge import judge
from assay.gate.part import VERDICT as VERDICT
from assay.gate.part import odds
from assay.model.verdict import At, CheckResult, Outcome, RuleResult, Verdict
from assay.project import Project, load_release_spec
from assay.store.artifacts import read_json


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

    The verdict is held against the files it judged, those against the sources that they were measured from, and where
    it would allow it all is judged again, rules and checks: it must be what they come to. `what` is `merge` or
    `release`; `name` is the release, or empty for all of them; `today` an ISO date.

    Raises:
        UsageError: the project has no such release, or a stage has not run.
        ConfigError: policy is broken.
        ChecksError: the project's checks could not be run to their end.
    """
    inputs = judged_inputs(project)
    said = objections(project, verdict, what=what, name=name, today=today)
    stale = tuple(changes(verdict.inputs, inputs, since="the verdict"))
    stale = stale or told(stale_evidence(project, inputs, tuple(project.tasks)))
    if said or stale:
        return (*said, *stale)
    return tuple(odds(verdict, judge(project, run_checks(project), inputs), by=VERDICT))


def objections(project: Project, verdict: Verdict, *, what: str, name: str = "", today: str) -> tuple[str, ...]:
    """What the verdict itself says against it.

    Raises:
        UsageError: the project has no such release.
        ConfigError: a release's specification is broken.
    """
    found = _merge(verdict) if what == At.MERGE else _releases(project, verdict, name)
    return (*dict.fromkeys(found), *expired(verdict.valid_until, today, by=VERDICT))


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


def expired(valid_until: str | None, today: str, *, by: str) -> Iterator[str]:
    """Whether a waiver that something rests on has ended, in a sentence."""
    if valid_until is not None and valid_until < today:
        yield f"{by} was valid until {valid_until}: a waiver it rests on has expired"


def blocking(
    subject: str, outcome: Outcome, rules: Sequence[RuleResult], checks: Sequence[CheckResult]
) -> Iterator[str]:
    """Every result that holds `subject` back, where its outcome does."""
    if outcome.blocks:
        results: tuple[RuleResult | CheckResult, ...] = (*rules, *checks)
        said = [f"{result.id} ({result.outcome}): {result.message}" for result in results if result.outcome.blocks]
        yield from said or [f"{subject} is {outcome}: there are no rules to pass"]


def _merge(verdict: Verdict) -> Iterator[str]:
    rules = [rule for rule in verdict.rules if rule.at is At.MERGE]
    return blocking("a merge", verdict.merge, rules, verdict.checks)


def _releases(project: Project, verdict: Verdict, name: str) -> Iterator[str]:
    if not name and not project.releases:
        yield "the project has no release"
    for release in (name,) if name else project.releases:
        require_release(project, release)
        tasks = load_release_spec(project, release).tasks
        if release not in verdict.release:
            yield f"{VERDICT} does not judge release {release}"
        else:
            rules = [rule for rule in verdict.rules if not rule.task or rule.task in tasks]
            yield from blocking(f"release {release}", verdict.release[release], rules, verdict.checks)
