"""The relabelling batch of a guideline proposal, and suggestions made on the page."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from assay.annotator.proposal_edit import new_plans
from assay.core import Batch, Purpose
from assay.errors import GitError, UsageError
from assay.files import inside, read_bytes, taking_turn, write_bytes, writing
from assay.forge import ProposedVersion
from assay.git import WorkState, commit_files, commit_of, current_branch, work_tree
from assay.labels import FileRole, LabelFile, read_batch
from assay.lead import Drafted, draft_relabel, measure_impacts
from assay.project import Project, find_project, load_roster
from assay.render import visible


def with_batch(
    project: Project, proposed: ProposedVersion, name: str, *, now: str, others: tuple[str, ...] = ()
) -> tuple[ProposedVersion, Drafted | None]:
    """Commits the batch `name`, drafted if missing, and earlier drafts on the branch of a committed proposal.

    An empty name drafts none. Uncommitted batches belong to it that are open, relabel, and follow its version.

    Raises:
        UsageError: another batch has the name, nothing needs relabelling, nobody can be assigned, or the branch of the
            proposal is not checked out.
        GitError: git refuses; the batch stays where it is.
    """
    root, drafted = project.root, None
    with taking_turn(root):
        if current_branch(root) != proposed.branch:
            raise UsageError(f"{proposed.branch} is not checked out", fix=f"git switch {proposed.branch}")
        with writing(root):
            here = find_project(root)
            batch = _batch(here, proposed.task, name) if name else None
            if batch is not None and not _belongs(batch, proposed):
                raise UsageError(
                    f"{proposed.task} already has a batch {name!r}, which follows {batch.guideline}, not {proposed.version}",
                    fix="choose another name, or remove its folder if the draft is not needed",
                )
            if name and batch is None:
                (measured,) = measure_impacts(here, proposed.task, base=None)
                drafted = draft_relabel(here, measured, name, now=now, others=others)
        folders = tuple(drafted_batches(find_project(root), proposed, work_tree(root)))
        for folder in folders:
            title = f"Batch {folder.rpartition('/')[2]}: labels again what {proposed.task} {proposed.version} affects"
            try:
                commit_files(root, [f"{folder}/batch.yaml", f"{folder}/assignments.jsonl"], title)
            except GitError as error:
                kept = f"the guideline is committed, the batch is not; it is kept in {folder}/batch.yaml"
                raise GitError(f"{error.message}\n{kept}", fix=error.fix) from error
    return replace(proposed, batches=folders, commit=commit_of(root, "HEAD") or ""), drafted


def drafted_batches(project: Project, proposed: ProposedVersion, tree: WorkState) -> Iterator[str]:
    """The folders of uncommitted batches that relabel what a proposal affects."""
    folders = {path.rpartition("/")[0] for path in new_plans(project.root, proposed.task, tree)}
    for folder in sorted(folders):
        batch = _batch(project, proposed.task, folder.rpartition("/")[2])
        if batch is not None and _belongs(batch, proposed):
            yield folder


def _belongs(batch: Batch, proposed: ProposedVersion) -> bool:
    return batch.purpose is Purpose.RELABEL and not batch.closed and batch.guideline == proposed.version


def _batch(project: Project, task: str, name: str) -> Batch | None:
    file = LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=FileRole.BATCH, task=task, batch=name)
    if not project.snapshot.has(file.path):
        return None
    return read_batch(project.snapshot, file, frozenset(), load_roster(project))[0]


_MARK = b"#"


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    at: str = ""
    by: str = ""
    section: str = ""
    item: str = ""


class Suggestion(_Kept, frozen=True, kw_only=True):
    """A suggested change to the guideline: its text, the anchor of a section and the current item (may be empty)."""

    line: bytes


def suggestions_path(task: str) -> str:
    """The file of a task's suggestions, below the root."""
    return f".assay/suggestions/{task}.jsonl"


def read_suggestions(root: Path, task: str) -> tuple[Suggestion, ...]:
    """The suggestions for a task in their order; invalid lines are left out.

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


def remove_suggestions(root: Path, task: str, settled: Sequence[Suggestion]) -> None:
    """Removes the settled suggestions from the file; later ones stay.

    Raises:
        UsageError: the file is a symbolic link, or another process is writing here.
    """
    gone = {one.line for one in settled}
    with writing(root):
        rest = [line for line in _lines(root, task) if line not in gone]
        write_bytes(inside(root, suggestions_path(task)), b"".join(line + b"\n" for line in rest))


def with_head(text: bytes, task: str, version: str, suggestions: Sequence[Suggestion]) -> bytes:
    """The text to edit, with instructions and suggestions in comment lines above it."""
    lines = [
        f"Propose a change to the guideline of {task}, version {version}.",
        "Edit the text below, save and close. Version and `changes` are written for you.",
        "Lines like this one at the top are removed. Close without saving to cancel.",
    ]
    for one in suggestions:
        about = " ".join(filter(None, (one.by, one.at[:10], one.section and f"on #{one.section}", one.item)))
        lines += ["", f"suggested by {about}:", *(f"  {line}" for line in one.text.splitlines())]
    return b"".join(f"# {visible(line)}".rstrip().encode() + b"\n" for line in lines) + text


def without_head(text: bytes) -> bytes:
    """The text without the comment lines at its top, which precede the front matter."""
    lines = text.splitlines(keepends=True)
    start = next((place for place, line in enumerate(lines) if not line.startswith(_MARK)), len(lines))
    return b"".join(lines[start:])


def _lines(root: Path, task: str) -> list[bytes]:
    try:
        return read_bytes(inside(root, suggestions_path(task))).splitlines()
    except FileNotFoundError:
        return []
