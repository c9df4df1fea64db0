"""Whether an approval held on the default branch before the pull request that brought it, by git's history.

Git does not record where one pull request ends and the next begins: after a rebase its commits are in a row like those of
several. So only states count that the default branch is known to have had (`line.Step`), and whoever could approve in
none of them before the change is not known to have been an approver.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from assay import git
from assay.core import SIGNED, ApprovalStatus, held
from assay.errors import ConfigError
from assay.guidelines.approval import APPROVALS, SIGNERS, approval_of, approval_path, signature_path, unread
from assay.guidelines.approval_records import FiledRecord
from assay.guidelines.authors import contents_in, why_not_approver
from assay.guidelines.edits import Content, content_paths
from assay.guidelines.front_matter import guideline_of
from assay.guidelines.links import BranchHistory, BranchStep, branch_history
from assay.guidelines.signatures import TRUST, TRUST_PATHS, Trust, trust_at
from assay.guidelines.versions import version_of
from assay.project import ANNOTATORS, PROJECT_FILE, Project

UNKNOWN_BRANCH = "the state of the default branch before this change is unknown; give --base COMMIT"

_EVER = "9999-12-31"
_PARTS = ("people", "signers", "way", "project")
_BEARING = (*TRUST_PATHS, PROJECT_FILE, "guidelines", "schemas")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStatus:
    """What a record came to, and the states by which it was judged, the default branch's tip first.

    `merged` says that the tip holds the record as it is; `first` that the content is as old as the first approvers, so
    that no one could approve it before.
    """

    judged: ApprovalStatus
    trusts: tuple[Trust, ...]
    merged: bool
    first: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class BranchPast:
    """The default branch up to the commit `tip`; `tip_stated` says that the caller named that commit."""

    project: Project
    tip: str
    tip_stated: bool
    _trusts: dict[str, Trust] = field(default_factory=dict)

    def trust(self, state: str) -> Trust:
        """What a commit says of who may approve.

        Raises:
            ConfigError: its project file is broken.
        """
        if state not in self._trusts:
            self._trusts[state] = trust_at(self.project, state)
        return self._trusts[state]

    def standing(self, filed: FiledRecord, content: Content) -> RecordStatus:
        """What a record of the content comes to by the tip, and by what was before content and record came in.

        Raises:
            SignatureError: it is signed, and ssh-keygen is absent.
        """
        merged, states, made = self._holds(filed), [self.tip], self._content_step(content, self.steps)
        judged = self._judged(filed, content, self.trust(self.tip), later=merged)
        if merged and judged.approved:
            step = self._record_step(filed, self.steps)
            judged = self._before_the_record(filed, content, step, self.steps)
            states += [state for state in (step.before,) if state and judged.approved]
        if made and not made.first and judged.approved:
            judged = self._before_the_content(filed, content, made, merged=merged)
        if filed.approval.base and not self.tip_stated and judged.approved:
            judged = self._by_its_base(filed, content)
        trusts = tuple(self.trust(state) for state in states)
        return RecordStatus(judged=judged, trusts=trusts, merged=merged, first=made is not None and made.first)

    def approved_digests(self, content: Content) -> dict[str, str]:
        """The digests of the earlier versions of which the tip holds a good approval, by version."""
        found: dict[str, str] = {}
        for filed in self._records(content.task):
            said = filed.approval
            if version_of(said.version) < version_of(content.version):
                about = Content(task=content.task, version=said.version, digest=said.digest)
                if self.standing(filed, about).judged.approved:
                    found[said.version] = said.digest
        return found

    @cached_property
    def steps(self) -> tuple[BranchStep, ...]:
        """The steps of the default branch, newest first, parted also where a good signed record names its base.

        Whoever signs says by it what the default branch was; that counts of signers whom an earlier state knows.
        """
        known: set[str] = set()
        line = self._line
        own = {commit for commit, _ in line.chain}
        signed = [one for one in self._every_record() if one.approval.way == SIGNED and one.approval.base in own]
        while True:
            steps = line.steps(known)
            more = {
                one.approval.base for one in signed if one.approval.base not in known and self._came_good(one, steps)
            }
            if not more:
                return steps
            known |= more

    @cached_property
    def _line(self) -> BranchHistory:
        return branch_history(self.project.root, self.tip, _BEARING, self._beginning())

    def _beginning(self) -> str:
        """The one commit that everything with an approver in it descends from; empty if there is none."""
        root = self.project.root
        touched = [one.id for one in git.commits(root, self.tip, since=None, paths=(ANNOTATORS,))]
        first = next((one for one in reversed(touched) if self._anybody(one)), "")
        later = git.descendants(root, first, self.tip) if first else frozenset[str]()
        return "" if any(self._anybody(one) for one in touched if one not in later) else first

    def _anybody(self, state: str) -> bool:
        trust = self._read(state)
        people = trust.people if isinstance(trust, Trust) else {}
        return isinstance(trust, ApprovalStatus) or any(
            not why_not_approver(one, who, approved_at="") for who, one in people.items()
        )

    def _came_good(self, filed: FiledRecord, steps: Sequence[BranchStep]) -> bool:
        about = Content(task=filed.approval.task, version=filed.approval.version, digest=filed.approval.digest)
        now = self._judged(filed, about, self.trust(self.tip), later=True)
        before = self._before_the_record(filed, about, self._record_step(filed, steps), steps)
        return now.approved and before.approved

    def _judged(
        self, filed: FiledRecord, content: Content, trust: Trust | ApprovalStatus, *, later: bool
    ) -> ApprovalStatus:
        return trust if isinstance(trust, ApprovalStatus) else filed.judged(content, trust, later=later)

    def _before_the_record(
        self, filed: FiledRecord, content: Content, step: BranchStep, steps: Sequence[BranchStep]
    ) -> ApprovalStatus:
        """What a record comes to by the state before the step that brought it; the first approvers have none before.

        Nobody had a key before the project began, so what it began with is approved with keys that came later.
        """
        brought = self._content_step(content, steps)
        tip = self.trust(self.tip) if brought and brought.first else None

        def judge(state: Trust | ApprovalStatus, *, later: bool = True) -> ApprovalStatus:
            then = replace(state, signers=tip.signers) if tip and isinstance(state, Trust) else state
            return self._judged(filed, content, then, later=later)

        if made := self._made_by(step, steps, judge):
            return self._appointed(filed, content, *made)
        judged = judge(self._read(step.before or step.after), later=False)
        return judged if judged.approved else self._appointed(filed, content, step, judged)

    def _before_the_content(
        self, filed: FiledRecord, content: Content, step: BranchStep, *, merged: bool
    ) -> ApprovalStatus:
        """Held where the step that brought the content made its approver one as well: the person, the key or the way.

        Where the caller states that the record is of a later change than the step, only what came before the content counts.
        """
        made = git.commits(self.project.root, step.after, since=step.before, paths=content_paths(content.task))
        last = made[0].id if self.tip_stated and not merged and made else step.after
        tip, after = self.trust(self.tip), self._read(last)
        for part in _PARTS:

            def judge(state: Trust | ApprovalStatus, part: str = part) -> ApprovalStatus:
                then = state if isinstance(state, ApprovalStatus) else replace(tip, **{part: getattr(state, part)})
                return self._judged(filed, content, then, later=True)

            appointed_later = isinstance(after, Trust) and not judge(after).approved
            if not appointed_later and (earlier := self._made_by(step, self.steps, judge)):
                return self._appointed(filed, content, *earlier)
        return self._judged(filed, content, tip, later=True)

    def _made_by(
        self, step: BranchStep, steps: Sequence[BranchStep], judge: Callable[[Trust | ApprovalStatus], ApprovalStatus]
    ) -> "tuple[BranchStep, ApprovalStatus] | None":
        """The step that made the approver one and may be of one change with `step`, and why they were none before.

        None where they were one before. Of commits in a row one has to know that, by a merge that brought it or by what
        a signed record: a merge in between may be the default branch taken into the change.
        """
        state = step.after if step.first else step.before
        judged = judge(self._read(state)) if state else held(UNKNOWN_BRANCH)
        if not judged.approved:
            return step, judged
        if step.first or step.merge:
            return None
        for older in steps[steps.index(step) + 1 :]:
            if older.first or older.sure:
                return None
            judged = judge(self._read(older.before)) if older.before else held(UNKNOWN_BRANCH)
            if not judged.approved:
                return None if older.merge else (older, judged)
        return step, held(UNKNOWN_BRANCH)

    def _by_its_base(self, filed: FiledRecord, content: Content) -> ApprovalStatus:
        base = filed.approval.base
        if not git.is_ancestor(self.project.root, base, self.tip):
            return held(
                f"the base {base[:12]} of the record is not in the default branch here; fetch it, or give --base COMMIT"
            )
        judged = self._judged(filed, content, self._read(base), later=True)
        return judged if judged.approved else held(f"{judged.reason} in its base {base[:12]}")

    def _appointed(self, filed: FiledRecord, content: Content, step: BranchStep, why: ApprovalStatus) -> ApprovalStatus:
        """Why an approver who was appointed by a step does not count, with the commit that did it."""
        if step.before is None:
            return why
        who = filed.approval.approvers
        paths = (*(f"{ANNOTATORS}/{one}.yaml" for one in who), SIGNERS, PROJECT_FILE)
        made = [one.id for one in git.commits(self.project.root, step.after, since=step.before, paths=paths)]
        since = next((one for one in reversed(made) if self._good(filed, content, one)), "")
        appointed = f" ({' and '.join(who)} may approve since {since[:12]})" if since else ""
        return held(
            f"{why.reason} in {step.before[:12]}, the newest known commit of the default "
            f"branch before this change{appointed}; if a later one was, give --base COMMIT"
        )

    def _good(self, filed: FiledRecord, content: Content, state: str) -> bool:
        return self._judged(filed, content, self._read(state), later=True).approved

    def _read(self, state: str) -> Trust | ApprovalStatus:
        """What an earlier state says. A person who was away then was still an approver: the tip says since when."""
        try:
            trust = self.trust(state)
        except ConfigError as error:
            return unread(error)
        people = {who: replace(one, since=_EVER) if one.away else one for who, one in trust.people.items()}
        return replace(trust, people=people)

    def _record_step(self, filed: FiledRecord, steps: Sequence[BranchStep]) -> BranchStep:
        """The step that brought a record which the tip holds as it is."""
        there = self._held_in(filed, [step.before for step in steps if step.before])
        return next(step for step in steps if step.before is None or not there[step.before])

    def _content_step(self, content: Content, steps: Sequence[BranchStep]) -> BranchStep | None:
        """The newest step that brought the content; None where no state of the default branch has it."""
        if content.task == TRUST:
            return None
        if not content.digest:
            return steps[-1] if steps[-1].first and self._names(steps[-1].after, content) else None
        states = dict.fromkeys(state for step in steps for state in (step.after, step.before) if state)
        found = contents_in(self.project.root, content.task, tuple(states))
        having = {state for state, one in found.items() if one.digest == content.digest}
        return next((step for step in steps if step.after in having and step.before not in having), None)

    def _names(self, state: str, content: Content) -> bool:
        """Whether the guideline that a commit has lists the version."""
        path = content_paths(content.task)[0]
        data = git.files_at(self.project.root, [state], path)[state]
        try:
            return data is not None and content.version in guideline_of(data, path).versions
        except ConfigError:
            return False

    def _holds(self, filed: FiledRecord) -> bool:
        return self._held_in(filed, [self.tip])[self.tip]

    def _held_in(self, filed: FiledRecord, states: Sequence[str]) -> Mapping[str, bool]:
        """Whether each of the commits has the record and its signature as they are."""
        record, signature = (git.files_at(self.project.root, states, path) for path in filed.paths)
        return {one: record[one] == filed.data and signature[one] == filed.signature for one in states}

    def _every_record(self) -> Iterator[FiledRecord]:
        for task in git.commit_snapshot(self.project.root, self.tip).names(APPROVALS):
            yield from self._records(task)

    def _records(self, task: str) -> Iterator[FiledRecord]:
        """The records of a task that the tip has and that can be read."""
        files = git.folder_at(self.project.root, self.tip, f"{APPROVALS}/{task}")
        for name in filter(lambda path: path.endswith(".yaml"), files):
            try:
                said = approval_of(files[name], name)
            except ConfigError:
                continue
            if name == approval_path(task, said.version) and said.task == task:
                yield FiledRecord(
                    data=files[name], signature=files.get(signature_path(task, said.version)), approval=said
                )
