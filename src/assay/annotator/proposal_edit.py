"""What a guideline proposal starts from, its draft, and rebasing it on a guideline that moved on."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.annotator.batch_start import hold_repository, refresh
from assay.annotator.own_files import part_of
from assay.errors import ConfigError, NoProjectError, UsageError
from assay.files import digest_bytes, digest_here, inside, named, read_bytes, write_bytes, writing
from assay.forge import Proposed
from assay.git import (
    MARK,
    GitState,
    WorkState,
    commit_snapshot,
    current_branch,
    default_branch,
    default_ref,
    file_at,
    is_ancestor,
    merge_base,
    merge_texts,
    named_commit,
    paths_between,
    put_back,
    start_of_work,
    work_tree,
)
from assay.guidelines import (
    Revision,
    content_paths,
    guideline_of,
    load_revision,
    source_of,
    version_of,
    versions_in_history,
)
from assay.project import Project, project_at

_LISTED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where a proposal starts: the commit it builds on, what the base says, and the texts to go on from.

    `base` is the revision that its version is judged by. `text` is the guideline to edit and `schema` the schema that
    goes with it, either of them edited in the work tree or as committed; `committed` are the two as `commit` has them.
    `here` are the digests of guideline and schema in the work tree. `fresh` says that it gets a branch of its own, `unreached` which remotes did not answer.
    """

    task: str
    commit: str
    base: Revision
    text: bytes
    schema: bytes
    committed: tuple[bytes, bytes]
    here: Mapping[str, str]
    fresh: bool
    unreached: tuple[str, ...] = ()

    def hold(self, root: Path) -> None:
        """Holds that guideline and schema are in the work tree what they were when the proposal began.

        Raises:
            UsageError: one of them has changed.
        """
        if changed := [path for path, digest in self.here.items() if digest_here(root, path) != digest]:
            raise UsageError(
                f"{named(changed)} changed here while you worked on the proposal, and nothing was committed",
                fix=f"your text is kept: look at both, then `assay guideline propose {self.task}` goes on with it",
            )

    def changes(self, text: bytes) -> bool:
        """Whether a text, or the schema beside it, differs from what is committed."""
        return (text, self.schema) != self.committed

    def states_version(self, text: bytes) -> bool:
        """Whether a text has a version or entry that the base has not, so that none is to be written for it.

        Raises:
            ConfigError: it has no front matter, or that is not complete.
        """
        guideline, before = guideline_of(text, self.base.source.path), self.base.guideline
        return (guideline.version, guideline.changes) != (before.version, before.changes)


def begin(project: Project, task: str, *, fresh: bool) -> Begun:
    """Looks at what a proposal for a task would start from: the default branch as fetched now, else (not `fresh`) HEAD.

    Guideline and schema edited in the work tree belong to the proposal; with other changes a branch of its own cannot
    be made, for it would carry them along. Nothing is changed.

    Raises:
        UsageError: no task, repository or commit is there, the base has no such guideline, or changes are in the way.
        ConfigError: guideline or schema cannot be read.
    """
    root, name = project.root, project.task(task).name
    hold_repository(root)
    unreached = refresh(GitState(root)) if fresh else ()
    judged_by = named_commit(root, default_ref(root) or "HEAD") if fresh else start_of_work(root, None) or ""
    base = _stated(root, name, judged_by)
    commit = judged_by if fresh else named_commit(root, "HEAD")
    if base is None:
        raise UsageError(
            f"the default branch has no guideline of {name} that can be read",
            fix="a lead merges the task first; `assay guideline lint` says what is wrong with its guideline",
        )
    here = {path: digest_here(root, path) for path in content_paths(name)}
    tree = work_tree(root)
    if fresh:
        _hold_clean(root, tree, name)
    guideline, schema = content_paths(name)
    found = commit_snapshot(root, commit).read_all((guideline, schema))
    committed = (found.get(guideline, b""), found.get(schema, b""))
    proposed = _own_schema(root, name, commit) if fresh else None
    return Begun(
        task=name,
        commit=commit,
        base=base,
        text=_text(root, guideline, committed[0], tree),
        schema=_text(root, schema, proposed or committed[1], tree),
        committed=committed,
        here=here,
        fresh=fresh,
        unreached=unreached,
    )


def _stated(root: Path, task: str, commit: str) -> Revision | None:
    """Guideline and schema as a commit has them; None where it lacks one, or they cannot be used there."""
    try:
        return load_revision(project_at(root, commit), task)
    except (ConfigError, NoProjectError):
        return None


def proposal_paths(task: str, tree: WorkState) -> tuple[str, ...]:
    """The changed files that belong to a proposal for a task: guideline, schema and migrations."""
    migrations = f"schemas/migrations/{task}/"
    changed = tree.changed | tree.untracked
    return tuple(sorted(path for path in changed if path in content_paths(task) or path.startswith(migrations)))


def _own_schema(root: Path, task: str, base: str) -> bytes | None:
    """The schema of a proposal for the task that is checked out and that the base has not; None where it changes none."""
    own, _, rest = current_branch(root).partition("/")
    if not own or not rest.startswith(f"guideline-{task}-") or is_ancestor(root, "HEAD", base):
        return None
    schema, fork = content_paths(task)[1], merge_base(root, "HEAD", base)
    stated = file_at(root, "HEAD", schema)
    return stated if fork is None or stated != file_at(root, fork, schema) else None


def new_plans(root: Path, task: str, tree: WorkState) -> tuple[str, ...]:
    """The files of batches of a task that say what is asked of whom, and that no commit here has."""
    folder, names = f"labels/{task}/", {"batch.yaml", "assignments.jsonl"}
    plans = (path for path in sorted(tree.changed | tree.untracked) if path.startswith(folder))
    return tuple(
        path
        for path in plans
        if path.count("/") == 3 and path.rpartition("/")[2] in names and not _committed(root, path)
    )


def _committed(root: Path, path: str) -> bool:
    return file_at(root, "HEAD", path) is not None


def _hold_clean(root: Path, tree: WorkState, task: str) -> None:
    others = tree.changed.difference(proposal_paths(task, tree), new_plans(root, task, tree))
    if not others:
        return
    keep = "`assay submit --no-push` keeps your answers; " if any(map(part_of, others)) else ""
    listed = ", ".join(sorted(others)[:_LISTED])
    raise UsageError(
        f"changes here are not committed, and a proposal starts from {default_branch(root)} without them: {listed}",
        fix=f"{keep}commit or undo them, then propose again; or --no-branch commits it on the branch you are on",
    )


def _text(root: Path, path: str, committed: bytes, tree: WorkState) -> bytes:
    """A file as it was edited in the work tree; where it was not, as committed."""
    try:
        return read_bytes(inside(root, path)) if path in tree.changed | tree.untracked else committed
    except FileNotFoundError as error:
        raise UsageError(f"{path} was removed here", fix=f"git restore {path}") from error


def draft_path(task: str) -> str:
    """Where the edited text of a proposal is kept until it is committed, below the root."""
    return f".assay/proposals/{task}.md"


def keep_draft(root: Path, task: str, text: bytes) -> None:
    """Keeps an edited text, so that nothing that stops a proposal loses it."""
    write_bytes(inside(root, draft_path(task)), text)


def keep_edited(root: Path, task: str, text: bytes, before: bytes | None) -> None:
    """Keeps a text that began with the draft `before`; where another proposal put its own there meanwhile, beside it.

    Raises:
        UsageError: another did; it says where this text is.
    """
    with writing(root):
        if read_draft(root, task) in {before, text}:
            keep_draft(root, task, text)
            return
        beside = keep_beside(root, task, text)
    raise UsageError(
        f"another proposal for {task} was edited here meanwhile; this text is kept in {beside}",
        fix=f"bring the two together, then assay guideline propose {task} --file {beside}",
    )


def read_draft(root: Path, task: str) -> bytes | None:
    """The text of a proposal that was not committed; None where none is kept."""
    try:
        return read_bytes(inside(root, draft_path(task)))
    except FileNotFoundError:
        return None


def keep_beside(root: Path, task: str, text: bytes) -> str:
    """Keeps a text beside the draft: where."""
    path = f"{draft_path(task).removesuffix('.md')}.{digest_bytes(text)[:8]}.md"
    write_bytes(inside(root, path), text)
    return path


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
            fix="choose in each of them, take the markers out, then propose it again",
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
            fix=f"git switch {default_branch(root)} && git pull && {shlex.join(bring)} && {shlex.join(again)}",
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
            fix=f"git merge {'--ff-only ' if behind else ''}--autostash {base}, settle the two, then propose again",
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
            fix="make the edit again: assay guideline propose, from the default branch",
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
            fix="make the edit again: assay guideline propose, from the default branch",
        )
    merged = merge_texts(text, before, begun.committed[0], ("your text", version, now))
    if merged.clashes:
        kept, draft = keep_beside(root, begun.task, text), draft_path(begun.task)
        keep_draft(root, begun.task, merged.text)
        raise UsageError(
            f"the guideline of {begun.task} is {now} by now, and both edits change the same lines "
            f"(places: {merged.clashes}); your text is kept in {kept}",
            fix=f"settle the places between the markers in {draft}, then propose it again: --file {draft}",
        )
    return merged.text
