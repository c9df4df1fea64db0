"""`assay guideline record`: what a forge's review approved, as a file that stays."""

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from assay.actions.guideline_reviews import Reviewed, verify_reviews
from assay.actions.written import Written, found
from assay.errors import GitError, RefusedError, UsageError
from assay.git.base import named_commit
from assay.guidelines.approval import Approval, approval_bytes, approval_of, approval_path
from assay.guidelines.digest import load_content
from assay.guidelines.trust import file_in
from assay.model.quality import FORGE
from assay.project import Project
from assay.store.files import write_all
from assay.store.git import base_remote, commit_of
from assay.store.pending import ABSENT
from assay.store.repository import fetch_commit

_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


def record_reviews(
    project: Project,
    task: str,
    given: Reviewed,
    *,
    pull_request: str,
    now: str,
) -> Written:
    """Writes the record of a version that the reviews of a commit approve; one that says so already stays as it is.

    A commit that is not here, for its branch was squashed and is gone, is asked of the shared remote by its id.

    Raises:
        RefusedError: they do not, or what is here is not what was reviewed.
        UsageError: as `verify_reviews`; or the version has another record.
        ConfigError: it has one that cannot be read.
    """
    _fetch(project.root, given.head)
    verified = verify_reviews(project, task, given)[0]
    content, judged = verified.content, verified.judged
    if not judged.approved:
        raise RefusedError(f"{task} {content.version} is held: {judged.reason}", hint="have it approved first")
    if load_content(project, task) != content:
        raise RefusedError(
            f"{task}: what is here is not what was reviewed in {given.head[:12]}",
            hint="check out what the pull request was merged to; what was changed on the way needs a review of its own",
        )
    record = Approval(
        project=project.id,
        task=task,
        version=content.version,
        digest=content.digest,
        way=FORGE,
        authors=verified.authors.names,
        addresses=given.said.addresses,
        approvers=judged.by,
        at=now,
        pull_request=pull_request,
        head=named_commit(project.root, given.head),
        base=verified.base,
    )
    name = approval_path(task, content.version)
    there = file_in(project.snapshot, name)
    if there is not None and there == approval_bytes(replace(record, at=approval_of(there, name).at)):
        return found(name)
    if there is not None:
        raise UsageError(
            f"{name} stands there already, and says something else",
            hint="an approval is kept; remove it first if it does not hold any more",
        )
    write_all(project.root, {name: approval_bytes(record)}, was={name: ABSENT})
    return Written(path=name)


def _fetch(root: Path, head: str) -> None:
    if _ID.fullmatch(head) and commit_of(root, head) is None and (remote := base_remote(root)):
        with suppress(GitError):
            fetch_commit(root, remote, head)
