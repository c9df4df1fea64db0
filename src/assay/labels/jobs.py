"""One function over many names, in several processes."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
_WORK: list[Callable[[str], object]] = []


def default_jobs() -> int:
    """How many processes to use where nobody says: two, if there are as many processors."""
    return min(2, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1


def mapped(work: Callable[[str], T], names: Sequence[str], jobs: int) -> Iterator[T]:
    """What a function gives for each name, in their order; `jobs` processes are forked for it, which see all that this one knows.

    An exception of the function is raised here. The processes end with this one, also at ^C, which is for this one alone.
    """
    _WORK[:] = [work]
    with multiprocessing.get_context("fork").Pool(jobs, initializer=_ignore_interrupts) as pool:
        yield from pool.imap(_call, names)


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _call(name: str) -> object:
    return _WORK[0](name)
