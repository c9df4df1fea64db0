"""The edited text of a proposal, kept until it is committed."""

from pathlib import Path

from assay.errors import UsageError
from assay.store.digest import digest_bytes
from assay.store.files import inside, read_bytes, write_bytes
from assay.store.lock import writing


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
        hint=f"bring the two together, then assay guideline propose {task} --file {beside}",
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
