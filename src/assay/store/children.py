"""Programs that are not trusted to end, to stay small or to keep quiet: each in a session of its own, a few at a time."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from assay.store.process import Ended

_PAUSE = 0.01
_STDOUT_LIMIT = 64 * 1024 * 1024
_STDERR_TAIL = 8 * 1024


def run_each(
    commands: Sequence[Sequence[str]], *, cwd: Path, environment: Mapping[str, str], seconds: float, at_once: int
) -> Generator[tuple[int, Ended]]:
    """Runs programs, at most `at_once` together, with nothing on standard input: each one's place and end, as they end.

    A program that takes longer than `seconds` is killed. With a program ends whatever it started that is still in its
    process group; with this iterator end all of them. Of standard error the last 8 KiB are kept.
    """
    waiting = list(enumerate(commands))[::-1]
    running: dict[int, _Child] = {}
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                place, command = waiting.pop()
                running[place] = _Child(command, cwd, environment, seconds)
            over = [(place, ended) for place, child in running.items() if (ended := child.ended()) is not None]
            for place, ended in over:
                del running[place]
                yield place, ended
            if not over:
                time.sleep(_PAUSE)
    finally:
        for child in running.values():
            child.stop()


class _Child:
    """A running program. What it says goes to files without a name: no reader waits for one who keeps them open."""

    def __init__(self, command: Sequence[str], cwd: Path, environment: Mapping[str, str], seconds: float) -> None:
        self._stdout, self._stderr = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=self._stdout,
            stderr=self._stderr,
            start_new_session=True,
        )
        self._until = time.monotonic() + seconds

    def ended(self) -> Ended | None:
        """How it ended, or None where it runs and may."""
        code = self._process.poll()
        if code is None and time.monotonic() < self._until:
            return None
        self._kill()
        with self._stdout as stdout, self._stderr as stderr:
            return Ended(code=code, stdout=_read(stdout, 0), stderr=_read(stderr, -_STDERR_TAIL))

    def stop(self) -> None:
        """Ends it."""
        self._kill()
        self._stdout.close()
        self._stderr.close()

    def _kill(self) -> None:
        # A group whose last member is a zombie is refused on some systems.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _read(file: IO[bytes], start: int) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size + start) if start < 0 else start)
    return file.read(_STDOUT_LIMIT)
