"""A program that answers questions one after the other, as long as somebody asks."""

import subprocess
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, cast

from assay.store.process import raise_without_git


class Conversation:
    """A program with a line of questions in and answers out; it ends when this object does."""

    def __init__(self, command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
            raise_without_git(command, cwd, error)
            raise
        self._in = cast("IO[bytes]", self._process.stdin)
        self._out = cast("IO[bytes]", self._process.stdout)
        weakref.finalize(self, _end, self._process)

    def ask(self, questions: bytes) -> bool:
        """Sends questions; says whether the program still listens. They must fit into a pipe (64 KiB)."""
        try:
            self._in.write(questions)
            self._in.flush()
        except BrokenPipeError:
            return False
        return True

    def line(self) -> bytes:
        """The next line of the answers without its end; empty where the program has ended."""
        return self._out.readline().removesuffix(b"\n")

    def take(self, length: int) -> bytes:
        """The next `length` bytes of the answers; fewer where the program has ended."""
        return self._out.read(length)


def _end(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
    process.terminate()
    process.wait()


def object_head(line: bytes) -> tuple[bytes, bytes, int] | None:
    """Name, kind and size of the object of which `cat-file` speaks in a line; None where it has none."""
    name, *rest = line.split() or (b"",)
    if len(rest) != 2 or rest[0] not in {b"blob", b"tree", b"commit", b"tag"} or not rest[1].isdigit():
        return None
    return name, rest[0], int(rest[1])
