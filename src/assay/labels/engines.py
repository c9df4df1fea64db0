"""How work on many batches is spread: in this process, over several, or (`labels/cluster.py`) over other machines."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from assay.labels.jobs import default_jobs, mapped

Made: TypeAlias = Mapping[str, bytes]
"""What was made of a batch, for a store: values by key."""
Tell: TypeAlias = Callable[[int, int], object]
"""Hears of how many batches of how many there is a result."""


class Work(Protocol):
    """Makes of a batch, by its name, what is kept of it."""

    def __call__(self, name: str, /) -> Made:
        """What is made of the batch."""

    def order(self) -> "Order":
        """The same work, as it is sent to another machine."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """Work on batches of a task, to be done where the project is read from another place, with nothing of this process.

    `now` is the clock of who asks, `code` the digest of its assay. `known` is what it knows of the pool, by keys that
    name the content: what has another content elsewhere has another key there.
    """

    task: str
    parts: bool
    now: str
    code: str
    known: Made


class Engine(Protocol):
    """Maps work over batches."""

    @property
    def tell(self) -> Tell:
        """Hears how far the work is."""

    @property
    def jobs(self) -> int:
        """How many processes of this machine work at once."""

    @property
    def is_remote(self) -> bool:
        """Whether others do the work, on what they see of the project."""

    def map(self, work: Work, names: Sequence[str]) -> Iterator[Made | None]:
        """What the work gives for each batch, in the order of the names; None where it has to be done here.

        Raises:
            UsageError: those who are to do it cannot be reached, or have another assay or project.
        """


def silent(_done: int, _total: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class Processes:
    """Does the work in so many processes of this machine, which are forked for it and see all that this one knows; one: in this one."""

    jobs: int = field(default_factory=default_jobs)
    tell: Tell = silent
    is_remote: bool = False

    def map(self, work: Work, names: Sequence[str]) -> Iterator[Made | None]:
        """What the work gives for each name; None where it failed, or its process was killed."""
        return mapped(work, names, self.jobs)
