"""Everything a reviewer needs to know of a pull request, read from git's objects alone: the merge result, by the base's policy."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import replace

from assay.core import Finding, Location, VotesTaken, finding, legible
from assay.errors import ConfigError, GitError, LimitError, NoProjectError, UsageError
from assay.git import (
    NO_REPOSITORY,
    SUBMODULE,
    Clone,
    MergeResult,
    TreeChange,
    TreeSnapshot,
    clone_of,
    default_tip,
    fork,
    merge_result,
    named_commit,
    refs_of,
    tree_snapshot,
)
from assay.guidelines import SIGNERS, Broken, configuration_findings, require_configuration
from assay.labels import FileChange, Renames, renames_between
from assay.project import ANNOTATORS, PROJECT_FILE, SOURCES, Project, Roster, load_roster, project_in
from assay.reviewer.answers import risk_of
from assay.reviewer.batches import roster_effects, turned_batches
from assay.reviewer.cache import Memories
from assay.reviewer.change_authors import Makers, by_lot, keys_of, makers_of, with_approvals
from assay.reviewer.effects import Changed, NewFindings, new_findings, with_findings
from assay.reviewer.event import Asked
from assay.reviewer.figures import Reviewed, by_task, record_changes, review_task
from assay.reviewer.kinds import over_limits
from assay.reviewer.policy import Proposed, changes_between, judge_change, people_in, policy_of, rules_of
from assay.reviewer.policy_changes import GuidelineChange, guideline_change
from assay.reviewer.result import ChangeVerdict, GuidelineState, Outcome, Review, TaskReview

States: TypeAlias = Callable[[Project, Project, Sequence[TreeChange]], Iterable[GuidelineState]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The verdict by the policy of the base, and what it was made from: base, head, and the files of base and merge result.

    `makers` are those behind any of its commits, `hands` those behind what is to be approved: a commit of nothing but signed
    approvals has no hand in that. `over` are the limits that the change is beyond. `measured` says whether the merged files can be read: no conflict,
    and nothing over a limit. `renames` says who has another id in the merge result; the files of which nothing else
    changes are not among `files`.
    """

    verdict: ChangeVerdict
    clone: Clone
    base: str
    head: str
    before: Project
    roster: Roster
    makers: Makers
    hands: Makers
    merged: TreeSnapshot
    changes: tuple[TreeChange, ...]
    files: tuple[FileChange, ...]
    over: tuple[Finding, ...]
    measured: bool
    renames: Renames


def review(root: Path, asked: Asked, states: States) -> Review:
    """The whole report; `states` is asked about guidelines where the change edits one.

    Raises:
        UsageError, ConfigError, GitError: as `judge`.
    """
    judged = judge(root, asked)
    memories = Memories(judged.clone)
    found, tasks, guidelines, roster = (
        _measured(judged, states, memories, asked.now)
        if judged.measured
        else (NewFindings(findings=judged.over), (), (), ())
    )
    memories.save()
    turned = (
        turned_batches(judged.before, _tree(judged.before), judged.merged, judged.changes, judged.roster)
        if judged.measured
        else ()
    )
    verdict = with_approvals(
        with_findings(judged.verdict, found.findings),
        asked.reviews,
        judged.head,
        people_in(judged.roster),
        judged.hands,
    )
    risk, risks = risk_of(verdict, found.findings, tasks, guidelines)
    return Review(
        base=judged.base,
        head=judged.head,
        actor=", ".join(asked.actors),
        title=asked.title,
        branch=asked.branch,
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


def judge(root: Path, asked: Asked) -> Judged:
    """What the base's policy says of what a merge would change; nothing is checked out, and no code of the head runs.

    Raises:
        UsageError: no repository, no such revision, or the base is no labelling project.
        ConfigError: the configuration of the base cannot be used.
        GitError: this clone does not hold all that lies between base and head.
    """
    clone = _clone(root)
    base, head = _revisions(root, asked)
    merged = merge_result(clone, base, head, fork(clone, base, head))
    before = _project(clone, base)
    roster = load_roster(before)
    changes = changes_between(_tree(before), merged.snapshot)
    _require(before, base, changes)
    sides = [side for one in changes for side in (one.before, one.after) if side and side.mode != SUBMODULE]
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
    keys = keys_of(_tree(before).read_all([SIGNERS]).get(SIGNERS, b""), people_in(roster), asked.now)
    everybody, hands = makers_of(root, asked, keys, base=base, head=head, aside=sorted(guidelines.signed))
    proposed = Proposed(
        changes=changes,
        held=tuple(merged.snapshot.entries),
        sizes=sizes,
        records=sum(len(file.records) for file in files),
        makers=everybody,
        folder=clone.prefix,
        guidelines=guidelines,
        renames=renames,
    )
    verdict = judge_change(proposed, policy_of(before, roster, changes, asked.now[:10]))
    verdict = by_lot(verdict, asked.secret, f"{before.id}\n{asked.ticket or base}", before.review.draw)
    return Judged(
        verdict=_refused(verdict, merged),
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


def _measured(
    judged: Judged, states: States, memories: Memories, now: str
) -> tuple[NewFindings, tuple[TaskReview, ...], tuple[GuidelineState, ...], tuple[VotesTaken, ...]]:
    """What the merged project says, where there is one."""
    try:
        merged = project_in(judged.merged)
    except NoProjectError:
        gone = finding("project/configuration", Location(path=PROJECT_FILE), "the change takes the project's file away")
        return NewFindings(findings=(gone,)), (), (), ()
    except ConfigError as error:
        broken = configuration_findings([Broken(task="", error=error)])
        return NewFindings(findings=tuple(broken)), (), (), ()
    paths = frozenset(change.path for change in judged.changes)
    change = Changed(paths=paths, makers=judged.verdict.people, renames=judged.renames)
    found = new_findings(judged.before, merged, change, memories, now)
    guided = any(path.startswith(("guidelines/", "schemas/")) for path in paths)
    try:
        guidelines = tuple(states(judged.before, merged, judged.changes)) if guided else ()
    except LimitError:  # a page that is longer than assay reads is among the findings
        guidelines = ()
    done = tuple(_tasks(judged, memories, now))
    claims = (one for task in done for one in task.findings)
    findings = tuple(sorted({*found.findings, *claims}, key=lambda one: one.sort_key))
    peopled = any(path.startswith((f"{ANNOTATORS}/", f"{SOURCES}/")) for path in paths)
    known = judged.renames.roster(judged.roster)
    roster = roster_effects(judged.before, known, judged.merged, load_roster(merged)) if peopled else ()
    return replace(found, findings=findings), tuple(task.report for task in done), guidelines, tuple(roster)


def _tasks(judged: Judged, memories: Memories, now: str) -> Iterator[Reviewed]:
    for task, files in by_task(judged.files).items():
        if task in judged.before.tasks:
            rules = rules_of(judged.before, task, judged.renames.roster(judged.roster))
            yield review_task(rules, _tree(judged.before), judged.merged, files, memories[task], now)


def _clone(root: Path) -> Clone:
    try:
        return clone_of(root)
    except GitError as error:
        if NO_REPOSITORY not in error.message:
            raise
        raise UsageError(
            f"{root} is no git repository, so there is nothing to compare", fix="run this in a clone"
        ) from error


def _revisions(root: Path, asked: Asked) -> tuple[str, str]:
    refs = refs_of(root)
    if asked.head is None and not refs.head:
        raise UsageError("nothing is committed here yet, so there is nothing to review", fix="commit something")
    head = refs.head if asked.head is None else named_commit(root, asked.head)
    return named_commit(root, asked.base) if asked.base is not None else default_tip(root, refs), head


def _project(clone: Clone, base: str) -> Project:
    """The project of the base.

    Raises:
        UsageError: it has none.
        ConfigError: its project file cannot be used, so nothing says what a change may do.
    """
    try:
        return project_in(tree_snapshot(clone, base))
    except NoProjectError as error:
        raise UsageError(
            f"{base[:12]} has no {PROJECT_FILE}, so nothing says what a change may do",
            fix="give a base that is a labelling project: assay review BASE HEAD",
        ) from error
    except ConfigError as error:
        raise _no_measure(base, error) from error


def _require(before: Project, base: str, changes: Sequence[TreeChange]) -> None:
    """Holds the base to being a measure for the labels that change; a change of other files may be what mends it.

    Raises:
        ConfigError: what the labels of a task are judged by cannot be used.
    """
    tasks = [
        entry.name
        for entry in before.tasks.values()
        if any(one.path.startswith((f"labels/{entry.name}/", f"labels/items/{entry.pool}/")) for one in changes)
    ]
    if tasks:
        try:
            require_configuration(before, tasks)
        except ConfigError as error:
            raise _no_measure(base, error) from error


def _no_measure(base: str, error: ConfigError) -> ConfigError:
    return ConfigError(
        f"the base {base[:12]} cannot be judged by: {error.message}",
        fix=f"{error.fix}; the base is corrected first, or give another one: assay review BASE HEAD",
    )


def _tree(project: Project) -> TreeSnapshot:
    if not isinstance(project.snapshot, TreeSnapshot):
        raise TypeError("a review reads commits")
    return project.snapshot


def _refused(verdict: ChangeVerdict, merged: MergeResult) -> ChangeVerdict:
    """The verdict, refused where the change conflicts with the base or has a tree that names a path several times."""
    reasons = (
        *(
            f"{legible(path)}: conflicts with the base; merge the base into the branch and settle it"
            for path in merged.conflicts
        ),
        *(
            f"{legible(path)}: a broken tree names it several times; commit it again"
            for path in merged.snapshot.repeated
        ),
    )
    if not reasons:
        return verdict
    before = verdict.reasons if verdict.outcome is Outcome.REFUSED else ()
    return replace(verdict, outcome=Outcome.REFUSED, reasons=(*reasons, *before))
