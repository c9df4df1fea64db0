"""The guidelines and schemas that a pull request edits: what that makes outdated, and whether it is approved."""

from collections.abc import Collection, Iterator, Sequence

from assay.actions.impact import impact_between
from assay.errors import ConfigError
from assay.git.tree import TreeChange
from assay.guidelines.approval_records import judged_in
from assay.guidelines.configuration import unusable
from assay.guidelines.digest import content_paths, load_content
from assay.guidelines.front_matter import Guideline
from assay.guidelines.revisions import Revision, load_revision, states_revision
from assay.guidelines.trust import Trust, load_trust
from assay.labels import load_corpus
from assay.model.impact import TaskImpact
from assay.model.review import GuidelineState
from assay.project import Project
from assay.schemas import TaskSchema
from assay.schemas.migrations import migrations_folder
from assay.table import Corpus


def guideline_states(base: Project, merged: Project, changes: Sequence[TreeChange]) -> Iterator[GuidelineState]:
    """One for each task of the base whose guideline, schema or migrations the change edits."""
    changed = {change.path for change in changes}
    tasks = [task for task in base.tasks if changed & set(content_paths(task)) or _migrated(task, changed)]
    trust = load_trust(base)
    for task in tasks:
        try:
            after = load_revision(merged, task)
        except ConfigError:
            yield GuidelineState(
                task=task, version="", approved=False, state="guideline or schema cannot be read in the head", impact=None
            )  # fmt: skip
            continue
        state = _state(merged, task, trust)
        yield GuidelineState(
            task=task,
            version=after.guideline.version,
            approved=not state,
            state=state or "approved",
            impact=_impact(base, task, after),
        )


def _migrated(task: str, changed: Collection[str]) -> bool:
    folder = f"{migrations_folder(task)}/"
    return any(path.startswith(folder) for path in changed)


def _impact(base: Project, task: str, after: Revision) -> TaskImpact:
    def read(schema: TaskSchema, guideline: Guideline) -> Corpus:
        return load_corpus(base, schema, guideline).corpus

    before = load_revision(base, task) if states_revision(base, task) and not unusable(base, [task]) else None
    return impact_between(base, task, before, after, read)


def _state(merged: Project, task: str, trust: Trust) -> str:
    """Why the version of the head is held; empty where a record in the head approves it by the base's trust."""
    try:
        content = load_content(merged, task)
    except ConfigError as error:
        return error.message
    return judged_in(merged, content, trust, later=False).reason
