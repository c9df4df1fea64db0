"""What a proposal to change a guideline starts from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.actions.day.mine import part_of
from assay.actions.day.start import hold_repository, refresh
from assay.errors import ConfigError, NoProjectError, UsageError
from assay.git.base import named_commit, start_of_work
from assay.git.snapshot import commit_snapshot
from assay.guidelines import guideline_of
from assay.guidelines.digest import content_paths
from assay.guidelines.revisions import Revision, load_revision
from assay.project import Project
from assay.project.find import project_at
from assay.store.files import digest_here, inside, read_bytes
from assay.store.git import current_branch, default_branch, default_ref, file_at, is_ancestor, merge_base
from assay.store.git_state import GitState
from assay.store.pending import named
from assay.store.work_tree import WorkTree, work_tree

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
                hint=f"your text is kept: look at both, then `assay guideline propose {self.task}` goes on with it",
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
            hint="a lead merges the task first; `assay guideline lint` says what is wrong with its guideline",
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


def proposal_paths(task: str, tree: WorkTree) -> tuple[str, ...]:
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


def new_plans(root: Path, task: str, tree: WorkTree) -> tuple[str, ...]:
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


def _hold_clean(root: Path, tree: WorkTree, task: str) -> None:
    others = tree.changed.difference(proposal_paths(task, tree), new_plans(root, task, tree))
    if not others:
        return
    keep = "`assay submit --no-push` keeps your answers; " if any(map(part_of, others)) else ""
    listed = ", ".join(sorted(others)[:_LISTED])
    raise UsageError(
        f"changes here are not committed, and a proposal starts from {default_branch(root)} without them: {listed}",
        hint=f"{keep}commit or undo them, then propose again; or --no-branch commits it on the branch you are on",
    )


def _text(root: Path, path: str, committed: bytes, tree: WorkTree) -> bytes:
    """A file as it was edited in the work tree; where it was not, as committed."""
    try:
        return read_bytes(inside(root, path)) if path in tree.changed | tree.untracked else committed
    except FileNotFoundError as error:
        raise UsageError(f"{path} was removed here", hint=f"git restore {path}") from error
