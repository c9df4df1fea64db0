"""The guidelines and schemas that a pull request edits: what that makes outdated, and whether it is approved."""

from collections.abc import Iterator, Sequence

from assay.actions.impact import impact_between
from assay.errors import ConfigError
from assay.guidelines.approvals import APPROVALS, Approved, approval_of, approval_path, judge_approval, signature_path
from assay.guidelines.digest import content_of, content_paths
from assay.guidelines.revisions import Revision
from assay.guidelines.signatures import seal_of
from assay.guidelines.trust import Trust, trust_at
from assay.model.impact import TaskImpact
from assay.model.review import GuidelineState
from assay.review.base import Tree
from assay.review.rounds import Rules, load_rounds, round_names
from assay.schemas import TaskSchema
from assay.store.trees import TreeChange
from assay.table import Corpus


def guideline_states(base: Tree, head: Tree, changes: Sequence[TreeChange]) -> Iterator[GuidelineState]:
    """One for each task of the base whose guideline or schema the change edits."""
    changed = {change.path for change in changes}
    tasks = [task for task in base.project.tasks if changed & set(content_paths(task))]
    trust = trust_at(base.project, base.commit) if tasks else None
    for task in tasks:
        after = head.revision(task)
        if after is None or trust is None:
            yield GuidelineState(
                task=task, version="", approved=False, state="guideline or schema cannot be read in the head", impact=None
            )  # fmt: skip
            continue
        state = _state(head, task, trust)
        yield GuidelineState(
            task=task,
            version=after.guideline.version,
            approved=not state,
            state=state or "approved",
            impact=_impact(base, task, after),
        )


def _impact(base: Tree, task: str, after: Revision) -> TaskImpact:
    pool = base.project.tasks[task].pool
    before = base.revision(task)

    def read(schema: TaskSchema, _: frozenset[str]) -> Corpus:
        revision = before if before is not None and schema is before.schema else after
        rules = Rules(task=task, pool=pool, revision=revision, roster=base.roster)
        return load_rounds(base, rules, round_names(base, task)).corpus

    return impact_between(base.project, task, before, after, read)


def _state(head: Tree, task: str, trust: Trust) -> str:
    """Why the version of the head is held; empty where a record in the head approves it by the base's trust."""
    found = head.read((*content_paths(task), *head.under(f"{APPROVALS}/{task}")))
    try:
        content = content_of(task, *(found[path] for path in content_paths(task)))
        name = approval_path(task, content.version)
        if name not in found:
            return "nobody has approved it yet"
        record = approval_of(found[name], name)
    except ConfigError as error:
        return error.message
    signature = found.get(signature_path(task, content.version))
    seal = seal_of(record, found[name], signature, trust.signers, trust.people)
    judged = judge_approval(record, content, trust.project, trust.people, seal=seal, later=False)
    return "" if isinstance(judged, Approved) else judged.reason
