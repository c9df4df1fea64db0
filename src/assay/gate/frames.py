"""A task's tables as pandas frames, for check authors."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import orjson

from assay.extras import load
from assay.project import Project
from assay.store.artifacts import read_parquet
from assay.store.dictionaries import plain

if TYPE_CHECKING:
    import pandas as pd


class Frames(Mapping[str, "pd.DataFrame"]):
    """One table of every task, by task: each is read when it is first asked for and handed out as a fresh copy.

    `decoded` are the columns of JSON text that are handed out as objects.
    """

    def __init__(self, project: Project, table: str, *, decoded: Sequence[str] = ()) -> None:
        self._project = project
        self._table = table
        self._decoded = decoded

    def __getitem__(self, task: str) -> "pd.DataFrame":
        """The frame of a task.

        Raises:
            KeyError: the project has no such task.
            UsageError: the table has not been made yet.
        """
        if task not in self._project.tasks:
            raise KeyError(f"there is no task {task!r}; tasks here: {', '.join(self)}")
        frame = _read(self._project.root / "build" / task / f"{self._table}.parquet").copy()
        for column in self._decoded:
            frame[column] = [None if text is None else orjson.loads(text) for text in frame[column].astype(object)]
        return frame

    def __iter__(self) -> Iterator[str]:
        return iter(self._project.tasks)

    def __len__(self) -> int:
        return len(self._project.tasks)


@cache
def _read(path: Path) -> "pd.DataFrame":
    """A Parquet table with plain texts where the file keeps codes."""
    load("pandas")
    return cast("pd.DataFrame", plain(read_parquet(path)).to_pandas())
