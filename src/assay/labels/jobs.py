"""One function over many names, in several processes."""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import TypeVar, cast

T = TypeVar("T")
_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2): the signal to a process when its parent ends."""
_WORK: list[Callable[[str], object]] = []


def default_jobs() -> int:
    """How many processes to use where nobody says: two, if there are as many processors."""
    return min(2, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1


def mapped(work: Callable[[str], T], names: Sequence[str], jobs: int) -> Iterator[T | None]:
    """What a function gives for each name, in their order; `jobs` processes are forked for it, which see all that this one knows.

    None where it failed, or where the process was killed: an exception does not come whole from one process to another, so who
    asks calls the function here to have it. ^C is for this process alone; the others end what they do, and where this one is killed they end with it.
    """
    _WORK[:] = [work]
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(os.getpid(),))
    try:
        for future in [pool.submit(_call, name) for name in names]:
            try:
                yield cast("T | None", future.result())
            except BrokenExecutor:
                yield None
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Without it a process whose parent was killed would wait for work for ever.
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _call(name: str) -> object:
    try:
        return _WORK[0](name)
    except Exception:  # noqa: BLE001 - whatever it is, it comes again where it can be told
        return None
