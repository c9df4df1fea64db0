"""What a guideline proposal starts from, its draft, and rebasing it on a newer guideline."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay import git, guidelines
from assay.annotator.batch_start import refresh, require_usable_repository
from assay.annotator.own_files import part_of
from assay.errors import ConfigError, NoProjectError, UsageError
from assay.files import digest_bytes, digest_here, format_names, inside, read_bytes, write_bytes, writing
from assay.forge import ProposedVersion
from assay.project import Project, project_at

_LISTED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalStart:
    """Where a proposal starts: its base commit, the base revision, and the texts to edit.

    `base` is the revision that its version is compared with. `text` is the guideline to edit and `schema` the schema that
    goes with it, each as edited in the work tree or as committed; `committed` are the two as `commit` has them.
    `here` are the digests of guideline and schema in the work tree. `fresh` says that it gets a branch of its own, `unreached` which remotes did not answer.
    """

    task: str
    commit: str
    base: guidelines.Revision
    text: bytes
    schema: bytes
    committed: tuple[bytes, bytes]
    here: Mapping[str, str]
    fresh: bool
    unreached: tuple[str, ...] = ()

    def hold(self, root: Path) -> None:
        """Requires that guideline and schema in the work tree have not changed since the proposal began.

        Raises:
            UsageError: one of them has changed.
        """
        if changed := [path for path, digest in self.here.items() if digest_here(root, path) != digest]:
            raise UsageError(
                f"{format_names(changed)} changed here while you worked on the proposal, and nothing was committed",
                fix=f"your text is kept: look at both, then `assay guideline propose {self.task}` goes on with it",
            )

    def changes(self, text: bytes) -> bool:
        """Whether a text, or the schema beside it, differs from what is committed."""
        return (text, self.schema) != self.committed

    def states_version(self, text: bytes) -> bool:
        """Whether a text has a version or entry that the base lacks, so that none is written for it.

        Raises:
            ConfigError: its front matter is missing or incomplete.
        """
        guideline, before = guidelines.guideline_of(text, self.base.source.path), self.base.guideline
        return (guideline.version, guideline.changes) != (before.version, before.changes)


def start_proposal(project: Project, task: str, *, fresh: bool) -> ProposalStart:
    """What a proposal for a task would start from: the default branch as fetched now, or (not `fresh`) HEAD.

    Guideline and schema edited in the work tree belong to the proposal; other changes prevent a branch of its own, which
    would get them too. Nothing is changed.

    Raises:
        UsageError: no task, repository or commit is there, the base has no such guideline, or changes are in the way.
        ConfigError: guideline or schema cannot be read.
    """
    root, name = project.root, project.task(task).name
    require_usable_repository(root)
    unreached = refresh(git.GitState(root)) if fresh else ()
    judged_by = (
        git.named_commit(root, git.default_ref(root) or "HEAD") if fresh else git.start_of_work(root, None) or ""
    )
    try:
        base = guidelines.load_revision(project_at(root, judged_by), name)
    except (ConfigError, NoProjectError) as error:
        raise UsageError(
            f"the default branch has no readable guideline of {name}",
            fix="a lead merges the task first; `assay guideline lint` says what is wrong with its guideline",
        ) from error
    commit = judged_by if fresh else git.named_commit(root, "HEAD")
    here = {path: digest_here(root, path) for path in guidelines.content_paths(name)}
    tree = git.work_tree(root)
    if fresh:
        _require_clean(root, tree, name)
    guideline, schema = guidelines.content_paths(name)
    found = git.commit_snapshot(root, commit).read_all((guideline, schema))
    committed = (found.get(guideline, b""), found.get(schema, b""))
    proposed = _own_schema(root, name, commit) if fresh else None
    return ProposalStart(
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


def proposal_paths(task: str, tree: git.WorkState) -> tuple[str, ...]:
    """The changed files that belong to a proposal for a task: guideline, schema and migrations."""
    migrations = f"schemas/migrations/{task}/"
    changed = tree.changed | tree.untracked
    return tuple(
        sorted(path for path in changed if path in guidelines.content_paths(task) or path.startswith(migrations))
    )


def _own_schema(root: Path, task: str, base: str) -> bytes | None:
    """The schema of the checked out proposal for the task, where it changes one; else None."""
    own, _, rest = git.current_branch(root).partition("/")
    if not own or not rest.startswith(f"guideline-{task}-") or git.is_ancestor(root, "HEAD", base):
        return None
    schema, fork = guidelines.content_paths(task)[1], git.merge_base(root, "HEAD", base)
    stated = git.file_at(root, "HEAD", schema)
    return stated if fork is None or stated != git.file_at(root, fork, schema) else None


def new_plans(root: Path, task: str, tree: git.WorkState) -> tuple[str, ...]:
    """The uncommitted batch and assignment files of a task."""
    folder, names = f"labels/{task}/", {"batch.yaml", "assignments.jsonl"}
    plans = (path for path in sorted(tree.changed | tree.untracked) if path.startswith(folder))
    return tuple(
        path
        for path in plans
        if path.count("/") == 3 and path.rpartition("/")[2] in names and git.file_at(root, "HEAD", path) is None
    )


def _require_clean(root: Path, tree: git.WorkState, task: str) -> None:
    others = tree.changed.difference(proposal_paths(task, tree), new_plans(root, task, tree))
    if not others:
        return
    keep = "`assay submit --no-push` keeps your answers; " if any(map(part_of, others)) else ""
    listed = ", ".join(sorted(others)[:_LISTED])
    raise UsageError(
        f"changes here are not committed, and a proposal starts from {git.default_branch(root)} without them: {listed}",
        fix=f"{keep}commit or undo them, then propose again; or --no-branch commits it on the current branch",
    )


def _text(root: Path, path: str, committed: bytes, tree: git.WorkState) -> bytes:
    """A file as edited in the work tree, else as committed."""
    try:
        return read_bytes(inside(root, path)) if path in tree.changed | tree.untracked else committed
    except FileNotFoundError as error:
        raise UsageError(f"{path} was removed here", fix=f"git restore {path}") from error


def draft_path(task: str) -> str:
    """The path of the draft of a proposal, below the root."""
    return f".assay/proposals/{task}.md"


def save_draft(root: Path, task: str, text: bytes) -> None:
    """Saves an edited text as the draft, so that an interrupted proposal does not lose it."""
    write_bytes(inside(root, draft_path(task)), text)


def save_edited(root: Path, task: str, text: bytes, before: bytes | None) -> None:
    """Saves a text that began with the draft `before`; where the draft has changed meanwhile, beside it.

    Raises:
        UsageError: it has changed; the message says where this text is.
    """
    with writing(root):
        if read_draft(root, task) in {before, text}:
            save_draft(root, task, text)
            return
        beside = save_beside(root, task, text)
    raise UsageError(
        f"another proposal for {task} was edited here meanwhile; this text is kept in {beside}",
        fix=f"merge the two, then assay guideline propose {task} --file {beside}",
    )


def read_draft(root: Path, task: str) -> bytes | None:
    """The draft of a proposal that was not committed; None where there is none."""
    try:
        return read_bytes(inside(root, draft_path(task)))
    except FileNotFoundError:
        return None


def save_beside(root: Path, task: str, text: bytes) -> str:
    """Saves a text beside the draft; returns its path."""
    path = f"{draft_path(task).removesuffix('.md')}.{digest_bytes(text)[:8]}.md"
    write_bytes(inside(root, path), text)
    return path


def rebased_draft(root: Path, start: ProposalStart, text: bytes) -> bytes:
    """An edited text, rebased on the version that its proposal starts from.

    Raises:
        UsageError: both changed the same lines, or conflict markers are left; every text is kept.
        ConfigError: its front matter cannot be read.
    """
    page = guidelines.content_paths(start.task)[0]
    if any(line.startswith(git.MARK) for line in text.splitlines()):
        raise UsageError(
            f"the text has unresolved conflict markers ({git.MARK.decode()}…)",
            fix="resolve each conflict, remove the markers, then propose it again",
        )
    stated, now = guidelines.guideline_of(text, page), start.base.guideline
    earlier = now.changes[: len(stated.changes)]
    if not start.fresh or stated.version == now.version or stated.changes != earlier:
        return text
    return _rebased(root, start, text, stated.version)


def is_superseded(project: Project, proposed: ProposedVersion) -> bool:
    """Whether the default branch, without this proposal's commits, has its version or a later one: another's, or this one squashed."""
    page = guidelines.content_paths(proposed.task)[0]
    text = git.file_at(project.root, git.default_ref(project.root) or "HEAD", page)
    return text is not None and guidelines.version_of(proposed.version) <= guidelines.version_of(
        guidelines.guideline_of(text, page).version
    )


def rebased_proposal(root: Path, start: ProposalStart, proposed: ProposedVersion) -> bytes:
    """The text of the checked out proposal without its version, rebased on the current guideline.

    Raises:
        UsageError: as `rebased_draft`; or the proposal changes schema, migrations or owners, which are not rebased.
    """
    page = guidelines.content_paths(start.task)[0]
    made = read_bytes(inside(root, page))
    fork = git.merge_base(root, "HEAD", start.commit)
    before = git.file_at(root, fork or "", page) or b""
    if guidelines.guideline_of(made, page).owners != guidelines.guideline_of(before, page).owners:
        raise UsageError(
            f"{page}: another proposal took this version, and this one also changes the owners",
            fix="make the edit again: assay guideline propose, from the default branch",
        )
    front = before[: len(before) - len(guidelines.source_of(before, page).body)]
    carried = _rebased(root, start, front + guidelines.source_of(made, page).body, proposed.base_version)
    own = sorted(path for path in git.paths_between(root, fork or start.commit, "HEAD") if path.startswith("schemas/"))
    if own and (carried, start.schema) != start.committed:
        draft = draft_path(start.task)
        save_draft(root, start.task, carried)
        bring = ["git", "checkout", proposed.branch, "--", *own]
        again = ["assay", "guideline", "propose", start.task, "--file", draft, "--summary", proposed.summary]
        again += [word for one in proposed.affects for word in ("--affects", one)]
        raise UsageError(
            f"{git.default_branch(root)} already has a version {proposed.version}, and {format_names(own)} belong to this proposal",
            fix=f"git switch {git.default_branch(root)} && git pull && {shlex.join(bring)} && {shlex.join(again)}",
        )
    return carried


def restore_guideline(root: Path, start: ProposalStart) -> None:
    """Restores a guideline that is edited here and changed in the commit that a proposal starts from.

    Its bytes are kept beside the draft. An edited schema is not merged.

    Raises:
        UsageError: schema or migrations are edited here and changed there.
    """
    page, tree = guidelines.content_paths(start.task)[0], git.work_tree(root)
    edited = [path for path in proposal_paths(start.task, tree) if path in tree.changed]
    moved = [path for path in edited if git.file_at(root, "HEAD", path) != git.file_at(root, start.commit, path)]
    if others := [path for path in moved if path != page]:
        base = git.default_ref(root).removeprefix("refs/remotes/").removeprefix("refs/heads/")
        behind = git.is_ancestor(root, "HEAD", start.commit)
        raise UsageError(
            f"{format_names(others)} changed here, and on {git.default_branch(root)} meanwhile",
            fix=f"git merge {'--ff-only ' if behind else ''}--autostash {base}, resolve conflicts, then propose again",
        )
    if moved:
        save_beside(root, start.task, read_bytes(inside(root, page)))
        git.put_back(root, page)


def _rebased(root: Path, start: ProposalStart, text: bytes, version: str) -> bytes:
    page = guidelines.content_paths(start.task)[0]
    found = guidelines.versions_in_history(root, start.task, start.commit).get(version)
    before = git.file_at(root, found[0], page) if found else None
    now = start.base.guideline.version
    if before is None:
        raise UsageError(
            f"the text is based on version {version}, which the history does not have, and the guideline is now {now}",
            fix="make the edit again: assay guideline propose, from the default branch",
        )
    merged = git.merge_texts(text, before, start.committed[0], ("your text", version, now))
    if merged.clashes:
        kept, draft = save_beside(root, start.task, text), draft_path(start.task)
        save_draft(root, start.task, merged.text)
        raise UsageError(
            f"the guideline of {start.task} is now {now}, and both edits change the same lines "
            f"(conflicts: {merged.clashes}); your text is kept in {kept}",
            fix=f"resolve the conflicts in {draft}, then propose it again: --file {draft}",
        )
    return merged.text
