"""The review of a pull request: the merge result, read from git's objects alone, judged by the policy of the base."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from assay import git
from assay.core import Finding, Location, VotesTaken, finding, legible
from assay.errors import ConfigError, GitError, LimitError, NoProjectError, UsageError
from assay.files import Store
from assay.guidelines import SIGNERS, Broken, configuration_findings, require_configuration
from assay.labels import FileChange, Renames, renames_between, rules_of
from assay.project import ANNOTATORS, PROJECT_FILE, SOURCES, Project, Roster, load_roster, project_in
from assay.reviewer.answers import risk_of
from assay.reviewer.batches import roster_effects, turned_batches
from assay.reviewer.change_authors import Makers, by_lot, keys_of, makers_of, with_approvals
from assay.reviewer.effects import ChangeSummary, NewFindings, new_findings, with_findings
from assay.reviewer.event import ReviewRequest
from assay.reviewer.figures import by_task, record_changes, review_task
from assay.reviewer.kinds import over_limits
from assay.reviewer.policy import ProposedChange, changes_between, judge_change, people_in, policy_of
from assay.reviewer.policy_changes import GuidelineChange, guideline_change, guideline_states
from assay.reviewer.result import ChangeVerdict, GuidelineState, ReviewOutcome, ReviewReport, TaskReview


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedChange:
    """The verdict by the policy of the base, and what it rests on: base, head, and the files of base and merge result.

    `makers` made any of its commits, `hands` those that are to be approved: commits of nothing but signed approvals are
    not among them. `over` are the limits that the change exceeds. `measured` says whether the merged files can be read:
    no conflict, and no limit exceeded. `renames` are the ids that the merge result renames; files in which nothing else
    changes are not among `files`.
    """

    verdict: ChangeVerdict
    clone: git.Clone
    base: str
    head: str
    before: Project
    roster: Roster
    makers: Makers
    hands: Makers
    merged: git.TreeSnapshot
    changes: tuple[git.TreeChange, ...]
    files: tuple[FileChange, ...]
    over: tuple[Finding, ...]
    measured: bool
    renames: Renames


def review_pull_request(root: Path, request: ReviewRequest) -> ReviewReport:
    """The whole report, with the guidelines that the change edits.

    Raises:
        UsageError, ConfigError, GitError: as `judge_pull_request`.
    """
    judged = judge_pull_request(root, request)
    store = git.results_of(judged.clone)
    found, tasks, guidelines, roster = (
        _measure(judged, store, request.now) if judged.measured else (NewFindings(findings=judged.over), (), (), ())
    )
    store.save()
    before, people = judged.before, people_in(judged.roster)
    both = (_tree(before), judged.merged)
    turned = turned_batches(before, *both, judged.changes, judged.roster) if judged.measured else ()
    verdict = with_findings(judged.verdict, found.findings)
    verdict = with_approvals(verdict, request.reviews, judged.head, people, judged.hands)
    risk, risks = risk_of(verdict, found.findings, tasks, guidelines)
    return ReviewReport(
        base=judged.base,
        head=judged.head,
        actor=", ".join(request.actors),
        title=request.title,
        branch=request.branch,
        verdict=verdict,
        risk=risk,
        risks=risks,
        findings=found.findings,
        elsewhere=found.elsewhere,
        tasks=tasks,
        guidelines=guidelines,
        roster=roster,
        batches=tuple(turned),
    )


def judge_pull_request(root: Path, request: ReviewRequest) -> JudgedChange:
    """Judges what a merge would change by the base's policy; nothing is checked out, and no code of the head runs.

    Raises:
        UsageError: no repository, unknown revision, or the base is not a labelling project.
        ConfigError: the configuration of the base cannot be used.
        GitError: this clone lacks commits between base and head.
    """
    clone, base, head = _revisions(root, request)
    merged = git.merge_result(clone, base, head, git.fork(clone, base, head))
    before = _project(clone, base)
    roster = load_roster(before)
    changes = changes_between(_tree(before), merged.snapshot)
    _require_configuration(before, base, changes)
    sides = [side for one in changes for side in (one.before, one.after) if side and side.mode != git.SUBMODULE]
    sizes = merged.snapshot.objects.sizes(side.object for side in sides)
    files: tuple[FileChange, ...] = ()
    over = over_limits(changes, sizes, before.review, before.code)
    renames = Renames()
    if not (over or merged.conflicts or merged.snapshot.repeated):
        renames = renames_between(before, merged.snapshot, [one.path for one in changes])
    if not (over or merged.conflicts):
        more = [one for one in changes if one.path not in renames.paths]
        files, over = record_changes(_tree(before), merged.snapshot, more, before.review)
    readable = not (over or merged.conflicts or merged.snapshot.repeated)
    guidelines = guideline_change(before, merged.snapshot, changes, roster) if readable else GuidelineChange()
    keys = keys_of(_tree(before).read_all([SIGNERS]).get(SIGNERS, b""), people_in(roster), request.now)
    everybody, hands = makers_of(root, request, keys, base=base, head=head, aside=sorted(guidelines.signed))
    proposed = ProposedChange(
        changes=changes,
        held=tuple(merged.snapshot.entries),
        sizes=sizes,
        records=sum(len(file.records) for file in files),
        makers=everybody,
        folder=clone.prefix,
        guidelines=guidelines,
        renames=renames,
    )
    verdict = judge_change(proposed, policy_of(before, roster, changes, request.now[:10]))
    verdict = by_lot(verdict, request.secret, f"{before.id}\n{request.ticket or base}", before.review.draw)
    return JudgedChange(
        verdict=_with_conflicts(verdict, merged),
        clone=clone,
        base=base,
        head=head,
        before=before,
        roster=roster,
        makers=everybody,
        hands=hands,
        merged=merged.snapshot,
        changes=changes,
        files=files,
        over=over,
        measured=readable,
        renames=renames,
    )


def _revisions(root: Path, request: ReviewRequest) -> tuple[git.Clone, str, str]:
    try:
        clone = git.clone_of(root)
    except GitError as error:
        if git.NO_REPOSITORY not in error.message:
            raise
        raise UsageError(f"{root} is not a git repository", fix="run this in a clone") from error
    refs = git.refs_of(root)
    if request.head is None and not refs.head:
        raise UsageError("this repository has no commit yet, so there is nothing to review", fix="commit something")
    head = refs.head if request.head is None else git.named_commit(root, request.head)
    base = git.named_commit(root, request.base) if request.base is not None else git.default_tip(root, refs)
    return clone, base, head


def _measure(
    judged: JudgedChange, store: Store, now: str
) -> tuple[NewFindings, tuple[TaskReview, ...], tuple[GuidelineState, ...], tuple[VotesTaken, ...]]:
    try:
        merged = project_in(judged.merged)
    except NoProjectError:
        gone = finding("project/configuration", Location(path=PROJECT_FILE), "the change removes the project file")
        return NewFindings(findings=(gone,)), (), (), ()
    except ConfigError as error:
        return NewFindings(findings=tuple(configuration_findings([Broken(task="", error=error)]))), (), (), ()
    paths = frozenset(change.path for change in judged.changes)
    change = ChangeSummary(paths=paths, makers=judged.verdict.people, renames=judged.renames)
    found = new_findings(judged.before, merged, change, store, now)
    guided = any(path.startswith(("guidelines/", "schemas/")) for path in paths)
    try:
        guidelines = tuple(guideline_states(judged.before, merged, judged.changes)) if guided else ()
    except LimitError:  # a page that is longer than assay reads is among the findings
        guidelines = ()
    roster = judged.renames.roster(judged.roster)
    both = (_tree(judged.before), judged.merged)
    tasks = [
        review_task(rules_of(judged.before, task, roster), *both, files, store, now)
        for task, files in by_task(judged.files).items()
        if task in judged.before.tasks
    ]
    every = {*found.findings, *(claim for task in tasks for claim in task.findings)}
    findings = tuple(sorted(every, key=lambda found: found.sort_key))
    peopled = any(path.startswith((f"{ANNOTATORS}/", f"{SOURCES}/")) for path in paths)
    effects = roster_effects(judged.before, roster, judged.merged, load_roster(merged)) if peopled else ()
    return replace(found, findings=findings), tuple(task.report for task in tasks), guidelines, tuple(effects)


def _project(clone: git.Clone, base: str) -> Project:
    try:
        return project_in(git.tree_snapshot(clone, base))
    except NoProjectError as error:
        raise UsageError(
            f"{base[:12]} has no {PROJECT_FILE}, so it has no policy to judge a change by",
            fix="give a base that is a labelling project: assay review BASE HEAD",
        ) from error
    except ConfigError as error:
        raise _unusable_base(base, error) from error


def _require_configuration(before: Project, base: str, changes: Sequence[git.TreeChange]) -> None:
    """Requires a usable configuration of the tasks whose labels change; a change of other files may fix it."""
    tasks = [
        entry.name
        for entry in before.tasks.values()
        if any(one.path.startswith((f"labels/{entry.name}/", f"labels/items/{entry.pool}/")) for one in changes)
    ]
    if tasks:
        try:
            require_configuration(before, tasks)
        except ConfigError as error:
            raise _unusable_base(base, error) from error


def _unusable_base(base: str, error: ConfigError) -> ConfigError:
    return ConfigError(
        f"the configuration of the base {base[:12]} cannot be used: {error.message}",
        fix=f"{error.fix}; fix the base first, or give another one: assay review BASE HEAD",
    )


def _tree(project: Project) -> git.TreeSnapshot:
    if not isinstance(project.snapshot, git.TreeSnapshot):
        raise TypeError("a review reads commits")
    return project.snapshot


def _with_conflicts(verdict: ChangeVerdict, merged: git.MergeResult) -> ChangeVerdict:
    """The verdict, refused where the change conflicts with the base or a tree lists a path twice."""
    conflict = "conflicts with the base; merge the base into the branch and resolve the conflict"
    twice = "duplicate path in a broken tree; commit it again"
    reasons = [f"{legible(path)}: {conflict}" for path in merged.conflicts]
    reasons += [f"{legible(path)}: {twice}" for path in merged.snapshot.repeated]
    if not reasons:
        return verdict
    before = verdict.reasons if verdict.outcome is ReviewOutcome.REFUSED else ()
    return replace(verdict, outcome=ReviewOutcome.REFUSED, reasons=(*reasons, *before))
