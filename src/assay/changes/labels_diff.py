"""What changed in the labels of a project, from one state to another."""

from collections.abc import Mapping
from dataclasses import dataclass

from assay.changes.diff import FileChange
from assay.labels.layout import LabelFile


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsDiff:
    """The label files that differ between two states of a project, and other files of `labels/` that do.

    `texts` is what an annotator sees of an item, by pool and id, shortened.
    """

    since: str
    until: str
    files: tuple[FileChange, ...]
    others: tuple[str, ...]
    texts: Mapping[tuple[str, str], str]
    pools: Mapping[str, str]

    def text(self, file: LabelFile, item: str) -> str:
        """The text of an item of a task's file; empty where it is not known."""
        return self.texts.get((self.pools.get(file.task, ""), item), "")
