"""`assay guideline log`: the versions of a style guide and what came of each."""

from assay.actions.impact import survey
from assay.agreement.corpus import agreement_under
from assay.errors import SignatureError
from assay.guidelines import load_guideline
from assay.guidelines.approval_records import version_approvals
from assay.guidelines.authors import past_versions
from assay.guidelines.versions import ordered_changes
from assay.labels import load_corpus
from assay.model.guideline_log import VersionLog
from assay.model.quality import ApprovalStatus
from assay.project import Project
from assay.project.roster import load_roster
from assay.quality.outdated import count_by_value
from assay.schemas import load_schema
from assay.table.made_under import made_under


def guideline_log(project: Project, task: str) -> tuple[VersionLog, ...]:
    """The versions of a task's guideline, newest first.

    Raises:
        UsageError: there is no such task.
        ConfigError: guideline, schema or roster cannot be read.
    """
    name = project.task(task).name
    schema, guideline = load_schema(project, name), load_guideline(project, name)
    corpus = load_corpus(project, schema, guideline).corpus
    made = made_under(corpus)
    labels = count_by_value(made, corpus.annotations.skip.codes < 0)
    current = count_by_value(made, corpus.annotations.current & corpus.annotations.counts)
    agreement = agreement_under(corpus, schema.fields, made)
    history, people = past_versions(project.root, name), load_roster(project).annotators
    migrations = survey(project, name, strict=False) if schema.migrations else ()
    approvals = _approvals(project, name, guideline.versions)
    return tuple(
        VersionLog(
            version=change.version,
            date=change.date,
            summary=change.summary,
            affects=change.affects,
            policy=change.policy,
            authors=history[change.version].authors(people) if change.version in history else (),
            approval=approvals[change.version],
            labels=labels.get(change.version, 0),
            current=current.get(change.version, 0),
            agreement=agreement.get(change.version, {}),
            migrations=tuple(one for one in migrations if one.guideline == change.version),
        )
        for change in reversed(ordered_changes(guideline))
    )


def _approvals(project: Project, task: str, versions: frozenset[str]) -> dict[str, ApprovalStatus]:
    """Whether each version is approved; where no signature can be checked, that is said of all of them."""
    try:
        return version_approvals(project, task, versions)
    except SignatureError as error:
        return dict.fromkeys(versions, ApprovalStatus(state="unknown", reason=error.message))
