"""A file that a command writes once, and that the same command finds written already."""

from dataclasses import dataclass

from assay.store.watched import stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The path of a file below the root; `already` says that it stood there, just as it would have been written."""

    path: str
    already: bool = False

    @property
    def said(self) -> str:
        """What was done, in a line."""
        return (
            f"{self.path} stands there already, just so: nothing was written" if self.already else f"wrote {self.path}"
        )


def found(path: str, *beside: str) -> Written:
    """A file that stands there already, with those beside it that belong to it."""
    stands(path, *beside)
    return Written(path=path, already=True)
