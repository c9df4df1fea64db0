"""A guideline that moved on while somebody edited it: the same edit on what it says by now, and nothing in the way of it."""

import shlex
from pathlib import Path

from assay.actions.guideline_begin import Begun, proposal_paths
from assay.actions.guideline_draft import draft_path, keep_beside, keep_draft
from assay.errors import UsageError
from assay.guidelines import guideline_of
from assay.guidelines.authors import versions_in_history
from assay.guidelines.digest import content_paths
from assay.guidelines.front_matter import source_of
from assay.guidelines.versions import version_of
from assay.model.proposed import Proposed
from assay.project import Project
from assay.store.files import inside, read_bytes
from assay.store.git import default_branch, default_ref, file_at, is_ancestor, merge_base, paths_between
from assay.store.pending import named
from assay.store.repository import put_back
from assay.store.three_way import MARK, merge_texts
from assay.store.work_tree import work_tree


def on_todays(root: Path, begun: Begun, text: bytes) -> bytes:
    """An edited text, carried to the version that its proposal starts from where it was made from an earlier one.

    Raises:
        UsageError: both changed the same lines, or places between git's markers are left; every text is kept.
        ConfigError: its front matter cannot be read.
    """
    page = content_paths(begun.task)[0]
    if any(line.startswith(MARK) for line in text.splitlines()):
        raise UsageError(
            f"the text has places between markers ({MARK.decode()}…) that are not settled",
            hint="choose in each of them, take the markers out, then propose it again",
        )
    stated, now = guideline_of(text, page), begun.base.guideline
    earlier = now.changes[: len(stated.changes)]
    if not begun.fresh or stated.version == now.version or stated.changes != earlier:
        return text
    return _carried(root, begun, text, stated.version)


def overtaken(project: Project, proposed: Proposed) -> bool:
    """Whether the default branch, which does not hold a proposal, has its version or a later one: somebody else's, or this one squashed."""
    page = content_paths(proposed.task)[0]
    text = file_at(project.root, default_ref(project.root) or "HEAD", page)
    return text is not None and version_of(proposed.version) <= version_of(guideline_of(text, page).version)


def renewed(root: Path, begun: Begun, proposed: Proposed) -> bytes:
    """The text of a proposal on the branch checked out, as it was before it had a version, carried to what stands by now.

    Raises:
        UsageError: as `on_todays`; or schema, migrations or owners belong to the proposal, which are not carried.
    """
    page = content_paths(begun.task)[0]
    made = read_bytes(inside(root, page))
    text = _unversioned(root, page, made, merge_base(root, "HEAD", begun.commit) or "")
    carried = _carried(root, begun, text, proposed.base_version)
    fork = merge_base(root, "HEAD", begun.commit) or begun.commit
    own = sorted(path for path in paths_between(root, fork, "HEAD") if path.startswith("schemas/"))
    if own and (carried, begun.schema) != begun.committed:
        draft = draft_path(begun.task)
        keep_draft(root, begun.task, carried)
        bring = ["git", "checkout", proposed.branch, "--", *own]
        again = ["assay", "guideline", "propose", begun.task, "--file", draft, "--summary", proposed.summary]
        again += [word for one in proposed.affects for word in ("--affects", one)]
        raise UsageError(
            f"{default_branch(root)} has a version {proposed.version} by now, and {named(own)} belong to this proposal",
            hint=f"git switch {default_branch(root)} && git pull && {shlex.join(bring)} && {shlex.join(again)}",
        )
    return carried


def clear_the_way(root: Path, begun: Begun) -> None:
    """Puts back a guideline that is edited here where the commit that a proposal starts from has another one.

    Its bytes are kept beside the draft. Of a schema nobody but its author can say what it is to be by now.

    Raises:
        UsageError: schema or migrations are edited here and changed there.
    """
    page, tree = content_paths(begun.task)[0], work_tree(root)
    edited = [path for path in proposal_paths(begun.task, tree) if path in tree.changed]
    moved = [path for path in edited if file_at(root, "HEAD", path) != file_at(root, begun.commit, path)]
    if others := [path for path in moved if path != page]:
        base = default_ref(root).removeprefix("refs/remotes/").removeprefix("refs/heads/")
        behind = is_ancestor(root, "HEAD", begun.commit)
        raise UsageError(
            f"{named(others)} changed here, and on {default_branch(root)} meanwhile",
            hint=f"git merge {'--ff-only ' if behind else ''}--autostash {base}, settle the two, then propose again",
        )
    if moved:
        keep_beside(root, begun.task, read_bytes(inside(root, page)))
        put_back(root, page)


def _unversioned(root: Path, page: str, made: bytes, fork: str) -> bytes:
    """A proposal's text with the front matter of what it was made from."""
    before = file_at(root, fork, page) or b""
    if guideline_of(made, page).owners != guideline_of(before, page).owners:
        raise UsageError(
            f"{page}: the version was taken meanwhile, and this proposal changes the owners, too",
            hint="make the edit again: assay guideline propose, from the default branch",
        )
    front = len(before) - len(source_of(before, page).body)
    return before[:front] + source_of(made, page).body


def _carried(root: Path, begun: Begun, text: bytes, version: str) -> bytes:
    page = content_paths(begun.task)[0]
    found = versions_in_history(root, begun.task, begun.commit).get(version)
    before = file_at(root, found[0], page) if found else None
    now = begun.base.guideline.version
    if before is None:
        raise UsageError(
            f"the text was made from {version}, of which the history has no text, and the guideline is {now} by now",
            hint="make the edit again: assay guideline propose, from the default branch",
        )
    merged = merge_texts(text, before, begun.committed[0], ("your text", version, now))
    if merged.clashes:
        kept, draft = keep_beside(root, begun.task, text), draft_path(begun.task)
        keep_draft(root, begun.task, merged.text)
        raise UsageError(
            f"the guideline of {begun.task} is {now} by now, and both edits change the same lines "
            f"(places: {merged.clashes}); your text is kept in {kept}",
            hint=f"settle the places between the markers in {draft}, then propose it again: --file {draft}",
        )
    return merged.text
