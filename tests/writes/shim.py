"""A command in a process of its own, with a fault at the k-th thing that it does to the files of a project."""

import codecs
import errno
import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from encodings.aliases import aliases
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import assay
from assay.cli.error_handler import run
from assay.files import lock

KILL, ENOSPC, EIO, EACCES, EIO_READ = "kill -9", "ENOSPC", "EIO", "EACCES", "EIO on reading"
_NUMBERS = {ENOSPC: errno.ENOSPC, EIO: errno.EIO, EACCES: errno.EACCES, EIO_READ: errno.EIO}
_CHANGES = frozenset(
    {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.link", "os.symlink", "os.truncate"}
)
_READS = frozenset({"os.listdir", "os.scandir"})
_GROWS = frozenset({"open", "write", "os.mkdir", "fsync"})
_UNREACHED = 1 << 30
NOBODY = 65534


@dataclass(frozen=True)
class Ended:
    """How a command ended, what it said, and how many points it passed at which a fault could be."""

    code: int
    said: str
    points: int

    @property
    def clean(self) -> bool:
        """Whether it ended as a command may: no bug of ours, and words where it was stopped."""
        words = any(mark in self.said for mark in ("fix: ", "fix: ")) and "Traceback" not in self.said
        return self.code in {0, 1} or (self.code == 2 and words)


def warm() -> None:
    """Imports every module and every codec, so that each child has them: another user may not read where Python lies."""
    for module in walk_packages(assay.__path__, "assay."):
        if module.name != "assay.__main__":
            import_module(module.name)
    for codec in set(aliases.values()) | {"idna", "punycode", "raw_unicode_escape", "unicode_escape", "utf_8_sig"}:
        with suppress(LookupError):  # Two are of Windows alone.
            codecs.lookup(codec)


def command(
    root: Path,
    *arguments: str,
    fault: str = "",
    at: int = _UNREACHED,
    nobody: bool = False,
    meanwhile: Callable[[], None] | None = None,
    tries: int = 100,
) -> Ended:
    """Runs a command line to its end in a child.

    `fault` comes at its `at`-th point, counted from 0; `meanwhile` is called here while the child waits at that point.
    `nobody` runs it as a user who is not root; `tries` is how often it asks for the lock.
    """
    told, telling = os.pipe()
    going, go = os.pipe()
    out = root.with_name(f"{root.name}.said")
    child = os.fork()
    if not child:
        os.close(told)
        os.close(go)
        lock._TRIES = tries
        _become(root, out, nobody=nobody)
        shim = _Shim(root, fault, at, telling, going)
        code = 3
        try:
            code = int(run(list(arguments)))
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.write(telling, b"%d\n" % shim.passed)
            os._exit(code)
    os.close(telling)
    os.close(going)
    points = 0
    with os.fdopen(told, "rb") as lines:
        for line in lines:
            if line == b"here\n" and meanwhile is not None:
                meanwhile()
                os.write(go, b"\n")
            else:
                points = int(line)
    os.close(go)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Ended(ended, out.read_text(errors="replace"), points)


def _become(root: Path, out: Path, *, nobody: bool) -> None:
    said = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for descriptor in (1, 2):
        os.dup2(said, descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin = io.TextIOWrapper(io.FileIO(0), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w"), encoding="utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w"), encoding="utf-8", write_through=True)
    os.chdir(root)
    if nobody:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


class _Shim:
    """Counts what is done to the files below a root, and has the fault come."""

    def __init__(self, root: Path, fault: str, at: int, telling: int, going: int) -> None:
        self.root = str(root)
        self.fault = fault
        self.at = at
        self.passed = 0
        self.told = telling, going
        self.open_files: dict[int, str] = {}
        self.quiet = False
        fsync, fdopen = os.fsync, os.fdopen

        def flushing(descriptor: int) -> None:
            self.point("fsync", _place(descriptor))
            fsync(descriptor)

        def opening(descriptor: int, mode: str = "r", *rest: object, **named: object) -> object:
            file = fdopen(descriptor, mode, *rest, **named)
            return _Written(file, self, _place(descriptor)) if "w" in mode else file

        os.fsync, os.fdopen = flushing, opening
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple) -> None:
        if self.quiet:
            return
        if event == "open":
            path, _, flags = arguments
            self.point("open" if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) else "read", path)
        elif event in _CHANGES:
            self.point(event, arguments[0])
        elif event in _READS:
            self.point("read", arguments[0])
        elif event == "subprocess.Popen":
            self.point("process", self.root)

    def point(self, what: str, path: object) -> None:
        """Something is about to be done to a file."""
        if not isinstance(path, str | bytes | os.PathLike):
            return
        place = str(Path(self.root, os.fsdecode(path)))
        inside = Path(place).is_relative_to(self.root) and not Path(place).is_relative_to(f"{self.root}/.git")
        if not inside or not self._counts(what):
            return
        here, self.passed = self.passed, self.passed + 1
        if here == self.at or (here > self.at and self.fault == ENOSPC and what in _GROWS):
            self._come(place)

    def _counts(self, what: str) -> bool:
        if self.fault == EIO_READ:
            return what == "read"
        if self.fault == KILL:
            return what != "read"
        return not self.fault or what not in {"read", "process"}

    def _come(self, place: str) -> None:
        if self.fault == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        if number := _NUMBERS.get(self.fault):
            raise OSError(number, os.strerror(number), place)
        self.quiet = True
        os.write(self.told[0], b"here\n")
        os.read(self.told[1], 1)
        self.quiet = False


class _Written:
    """A file that is written, whose every write is a point."""

    def __init__(self, file, shim: _Shim, place: str) -> None:
        self._file = file
        self._shim = shim
        self._place = place

    def write(self, data: bytes) -> int:
        half = len(data) // 2
        self._file.write(data[:half])
        self._file.flush()
        self._shim.point("write", self._place)
        return half + self._file.write(data[half:])

    def __getattr__(self, name: str):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self._file.close()


def _place(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())
