"""The batch that labels again what a proposal affects, and suggestions made on the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from assay.annotator.proposal_edit import new_plans
from assay.core import Batch, Purpose
from assay.errors import GitError, UsageError
from assay.files import inside, read_bytes, taking_turn, write_bytes, writing
from assay.forge import Proposed
from assay.git import WorkState, commit_files, commit_of, current_branch, work_tree
from assay.labels import FileRole, LabelFile, read_batch
from assay.lead import Drafted, draft_relabel, measure_impacts
from assay.project import Project, find_project, load_roster
from assay.render import visible


def with_batch(
    project: Project, proposed: Proposed, name: str, *, now: str, others: tuple[str, ...] = ()
) -> tuple[Proposed, Drafted | None]:
    """Commits the batch `name` on the branch of a committed proposal, drafted unless it is there, and batches drafted before.

    An empty name drafts none. Of batches that are not committed those belong to it that are open, label again and follow
    its version. What is committed already stays as it is.

    Raises:
        UsageError: another batch has the name, nothing is to be labelled again, nobody can be asked, or the branch of the
            proposal is not checked out.
        GitError: git refuses; the batch stays where it is.
    """
    root, drafted = project.root, None
    with taking_turn(root):
        if current_branch(root) != proposed.branch:
            raise UsageError(f"{proposed.branch} is not checked out", fix=f"git switch {proposed.branch}")
        with writing(root):
            here = find_project(root)
            if name and not _is_there(here, proposed, name):
                (measured,) = measure_impacts(here, proposed.task, base=None)
                drafted = draft_relabel(here, measured, name, now=now, others=others)
        folders = tuple(drafted_batches(find_project(root), proposed, work_tree(root)))
        for folder in folders:
            title = f"Batch {folder.rpartition('/')[2]}: labels again what {proposed.task} {proposed.version} affects"
            _commit(root, [f"{folder}/batch.yaml", f"{folder}/assignments.jsonl"], title)
    return replace(proposed, batches=folders, commit=commit_of(root, "HEAD") or ""), drafted


def drafted_batches(project: Project, proposed: Proposed, tree: WorkState) -> Iterator[str]:
    """The folders of batches that nobody has committed and that label again what a proposal affects."""
    folders = {path.rpartition("/")[0] for path in new_plans(project.root, proposed.task, tree)}
    for folder in sorted(folders):
        batch = _batch(project, proposed.task, folder.rpartition("/")[2])
        if batch is not None and _belongs(batch, proposed):
            yield folder


def _is_there(project: Project, proposed: Proposed, name: str) -> bool:
    """Whether the batch is drafted for this proposal already; one of that name for anything else is in the way."""
    batch = _batch(project, proposed.task, name)
    if batch is not None and not _belongs(batch, proposed):
        raise UsageError(
            f"{proposed.task} has a batch {name!r} already, which follows {batch.guideline}, not {proposed.version}",
            fix="choose another name, or remove its folder if it is a draft that nobody needs",
        )
    return batch is not None


def _belongs(batch: Batch, proposed: Proposed) -> bool:
    return batch.purpose is Purpose.RELABEL and not batch.closed and batch.guideline == proposed.version


def _batch(project: Project, task: str, name: str) -> Batch | None:
    file = LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=FileRole.BATCH, task=task, batch=name)
    if not project.snapshot.has(file.path):
        return None
    return read_batch(project.snapshot, file, frozenset(), load_roster(project))[0]


def _commit(root: Path, paths: list[str], title: str) -> None:
    try:
        commit_files(root, paths, title)
    except GitError as error:
        raise GitError(
            f"{error.message}\nthe guideline is committed, the batch is not; it is kept in {paths[0]}", fix=error.fix
        ) from error


_MARK = b"#"


class _Kept(msgspec.Struct, frozen=True):
    """A line of the file."""

    text: str
    at: str = ""
    by: str = ""
    section: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What should be said, where: the anchor of a section and the item in hand, each empty where none was."""

    at: str
    by: str
    section: str
    item: str
    text: str
    line: bytes


def suggestions_path(task: str) -> str:
    """The file of a task's suggestions, below the root."""
    return f".assay/suggestions/{task}.jsonl"


def read_suggestions(root: Path, task: str) -> tuple[Suggestion, ...]:
    """The suggestions for a task in their order; a line that is none is left out.

    Raises:
        UsageError: the file is a symbolic link.
        LimitError: it is larger than assay reads.
    """
    found = []
    for line in _lines(root, task):
        try:
            kept = msgspec.json.decode(line, type=_Kept)
        except msgspec.MsgspecError:
            continue
        found.append(Suggestion(**msgspec.structs.asdict(kept), line=line))
    return tuple(found)


def forget_suggestions(root: Path, task: str, settled: Sequence[Suggestion]) -> None:
    """Takes the settled suggestions out of the file; later ones stay.

    Raises:
        UsageError: the file is a symbolic link, or another process is writing here.
    """
    gone = {one.line for one in settled}
    with writing(root):
        rest = [line for line in _lines(root, task) if line not in gone]
        write_bytes(inside(root, suggestions_path(task)), b"".join(line + b"\n" for line in rest))


def with_head(text: bytes, task: str, version: str, suggestions: Sequence[Suggestion]) -> bytes:
    """The text as somebody edits it: what to do, and what was suggested, in comment lines above it."""
    lines = [
        f"Propose a change to the guideline of {task}, version {version}.",
        "Edit the text below, save and close. Version and `changes` are written for you.",
        "Lines like this one at the top are taken out again. Close without saving, and nothing happens.",
    ]
    for one in suggestions:
        about = " ".join(filter(None, (one.by, one.at[:10], one.section and f"on #{one.section}", one.item)))
        lines += ["", f"suggested by {about}:", *(f"  {line}" for line in one.text.splitlines())]
    return b"".join(f"# {visible(line)}".rstrip().encode() + b"\n" for line in lines) + text


def without_head(text: bytes) -> bytes:
    """The same without the comment lines at its top: front matter follows them, so that none of them is part of it."""
    lines = text.splitlines(keepends=True)
    start = next((place for place, line in enumerate(lines) if not line.startswith(_MARK)), len(lines))
    return b"".join(lines[start:])


def _lines(root: Path, task: str) -> list[bytes]:
    try:
        return read_bytes(inside(root, suggestions_path(task))).splitlines()
    except FileNotFoundError:
        return []
