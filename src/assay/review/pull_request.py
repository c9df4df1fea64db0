"""Everything a reviewer needs to know of a pull request, read from git's objects alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import replace

from assay.changes import FileChange
from assay.errors import UsageError
from assay.model.finding import Severity
from assay.model.review import ChangeVerdict, GuidelineState, Outcome, Review
from assay.project.find import Project
from assay.review.base import Tree, changes_between, tree_of
from assay.review.draw import drawn
from assay.review.persons import makers
from assay.review.policy import Proposed, judge_change, with_errors
from assay.review.remembered import memory_of
from assay.review.risk import risk_of
from assay.review.rounds import Rules
from assay.review.task import Reviewed, by_task, record_changes, review_task
from assay.store.git import base_revision, commit_of, is_repository, merge_base
from assay.store.history import every_commit
from assay.store.trees import TreeChange, sizes

States: TypeAlias = Callable[[Tree, Tree, Sequence[TreeChange]], Iterable[GuidelineState]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to review: two revisions (None: where the branch left the default one, and HEAD), and who asks to merge.

    `actors` are the forge's logins, `secret` what the draw is made with (empty: no draw), `ticket` the name that the
    draw goes by (empty: the commit). `title` and `branch` are the forge's words.
    """

    base: str | None = None
    head: str | None = None
    actors: tuple[str, ...] = ()
    secret: bytes = b""
    ticket: str = ""
    title: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The verdict, and what it was made from: the base's policy, what the head left, the head, and the difference.

    `unread`: a file is larger than assay reads, so nothing of the head is measured.
    """

    verdict: ChangeVerdict
    base: Tree
    start: Tree
    head: Tree
    changes: tuple[TreeChange, ...]
    files: tuple[FileChange, ...]
    unread: bool


def review(root: Path, asked: Asked, states: States) -> Review:
    """The whole report; `states` is asked about guidelines where the change edits one.

    Raises:
        UsageError, ConfigError: as `judge`.
    """
    judged = judge(root, asked)
    done = tuple(_tasks(judged))
    findings = tuple(found for one in done for found in one.findings)
    tasks = tuple(one.report for one in done)
    guided = any(one.path.startswith(("guidelines/", "schemas/")) for one in judged.changes)
    guidelines = tuple(states(judged.base, judged.head, judged.changes)) if guided and not judged.unread else ()
    verdict = with_errors(judged.verdict, sum(one.severity is Severity.ERROR for one in findings))
    risk, risks = risk_of(verdict, findings, tasks, guidelines)
    return Review(
        base=judged.base.commit,
        head=judged.head.commit,
        actor=", ".join(asked.actors),
        title=asked.title,
        branch=asked.branch,
        verdict=verdict,
        risk=risk,
        risks=risks,
        findings=findings,
        elsewhere=sum(one.elsewhere for one in done),
        tasks=tasks,
        guidelines=guidelines,
    )


def judge(root: Path, asked: Asked) -> Judged:
    """What the base's policy says of the change; nothing of the head is checked out, and no code of it runs.

    Raises:
        UsageError: no repository, no such revision, or the base is no labelling project.
        ConfigError: the base's project file is broken.
    """
    base, head = _revisions(root, asked)
    since = merge_base(root, base, head) or base
    before, start, after = (tree_of(root, commit) for commit in (base, since, head))
    changes = changes_between(root, since, head)
    large = sizes(root, [side.object for one in changes for side in (one.before, one.after) if side])
    readable = [one for one in changes if _readable(one, large)]
    files = record_changes(before, readable)
    proposed = Proposed(
        changes=changes,
        held=tuple(after.entries),
        sizes=large,
        records=sum(len(file.records) for file in files),
        makers=makers(every_commit(root, head, since=base), before.people, asked.actors),
    )
    verdict = _by_lot(judge_change(proposed, before.policy), asked, before.project, head)
    unread = len(readable) < len(changes)
    return Judged(verdict=verdict, base=before, start=start, head=after, changes=changes, files=files, unread=unread)


def _readable(change: TreeChange, large: Mapping[str, int]) -> bool:
    sides = (side for side in (change.before, change.after) if side)
    return all(large.get(side.object, 0) <= _READ_MIB * 2**20 for side in sides)


def _tasks(judged: Judged) -> Iterator[Reviewed]:
    project = judged.base.project
    for task, files in () if judged.unread else by_task(judged.files).items():
        revision = judged.base.revision(task) if task in project.tasks else None
        if revision is not None:
            memory = memory_of(project.root, task)
            pool = project.tasks[task].pool
            rules = Rules(task=task, pool=pool, revision=revision, roster=judged.base.roster)
            yield review_task(rules, judged.start, judged.head, files, memory)
            memory.save()


def _revisions(root: Path, asked: Asked) -> tuple[str, str]:
    head = commit_of(root, asked.head or "HEAD")
    if head is None and not is_repository(root):
        raise UsageError(f"{root} is no git repository, so there is nothing to compare", hint="run this in a clone")
    if head is None:
        raise UsageError(f"{asked.head or 'HEAD'!r} names no commit here", hint="fetch it first, or commit something")
    base = base_revision(root, asked.base) or head
    return base, head


def _by_lot(verdict: ChangeVerdict, asked: Asked, project: Project, head: str) -> ChangeVerdict:
    if not asked.secret:
        return verdict
    chosen = drawn(asked.secret, f"{project.id}\n{asked.ticket or head}", project.review.draw)
    if not chosen or verdict.outcome is not Outcome.OK:
        return replace(verdict, drawn=chosen)
    return replace(verdict, drawn=True, outcome=Outcome.APPROVAL, reasons=(_DRAWN,))


_READ_MIB = 50
_DRAWN = "drawn by lot for a human look: nothing is wrong with it"
