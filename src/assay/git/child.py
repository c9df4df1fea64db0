"""Other programs: those that may not end or grow large, conversations with one, and `ssh-keygen`."""

import os
import signal
import subprocess
import tempfile
import time
import weakref
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from assay.errors import SignatureError
from assay.git.process import Ended, raise_without_git, run

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


_KEYGEN = "ssh-keygen"
_SECONDS = 60.0


def make_key(path: Path, comment: str) -> str:
    """Makes an ed25519 key without a passphrase and gives its public line; an existing file is never touched.

    Raises:
        SignatureError: a file is there, the folder cannot be written, or ssh-keygen is absent.
    """
    if path.exists() or path.is_symlink() or public_half(path).exists():
        raise SignatureError(
            f"{path} exists, and a key is never overwritten", fix="use it as it is, or name another file"
        )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    ended = _keygen("-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path))
    if ended.code:
        raise SignatureError(f"no key was made: {_said(ended)}", fix="name a file that you may write")
    return public_half(path).read_text(encoding="utf-8").strip()


def public_half(path: Path) -> Path:
    """Where the public half of a key stands."""
    return path.with_name(f"{path.name}.pub")


def sign(key: Path, namespace: str, data: bytes) -> bytes:
    """The armored signature of a key over data in a namespace; a passphrase is asked for on the terminal.

    Raises:
        SignatureError: the key cannot be used, or ssh-keygen is absent.
    """
    ended = _keygen("-q", "-Y", "sign", "-n", namespace, "-f", str(key), "-", given=data, seconds=None)
    if ended.code or not ended.stdout:
        raise SignatureError(f"{key} did not sign: {_said(ended)}", fix="give your own key with --key PATH")
    return ended.stdout


def verifies(signers: bytes, principal: str, namespace: str, signature: bytes, data: bytes, *, at: str) -> bool:
    """Whether a key that `signers` allowed the principal in this namespace at that time made the signature.

    `signers` is an allowed_signers file; `at` is `YYYYMMDDHHMMSS` in UTC, and times in `signers` are read as UTC.

    Raises:
        SignatureError: ssh-keygen is absent.
    """
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        allowed, signed = Path(folder) / "allowed_signers", Path(folder) / "signature"
        allowed.write_bytes(signers)
        signed.write_bytes(signature)
        who = ("-f", str(allowed), "-I", principal, "-n", namespace)
        ended = _keygen("-Y", "verify", *who, "-s", str(signed), f"-Overify-time={at}", given=data)
    return ended.code == 0


def _keygen(*arguments: str, given: bytes = b"", seconds: float | None = _SECONDS) -> Ended:
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    try:
        return run([_KEYGEN, *arguments], cwd=Path.cwd(), environment=environment, given=given, seconds=seconds)
    except FileNotFoundError as error:
        raise SignatureError(
            f"{_KEYGEN} is not installed, so no signature can be made or checked",
            fix="install OpenSSH 8.9 or newer (the package is called openssh or openssh-client)",
        ) from error


def _said(ended: Ended) -> str:
    return ended.stderr.decode(errors="replace").strip().rpartition("\n")[2] or "ssh-keygen refused"
