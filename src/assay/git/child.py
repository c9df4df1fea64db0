"""Other programs: with limits on time and output, interactive ones, and `ssh-keygen`."""

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
from assay.git.process import Ended, raise_without_git, run_program

_PAUSE = 0.01
_STDOUT_LIMIT = 64 * 1024 * 1024
_STDERR_TAIL = 8 * 1024
_KEYGEN = "ssh-keygen"
_SECONDS = 60.0


def run_each(
    commands: Sequence[Sequence[str]], *, cwd: Path, environment: Mapping[str, str], seconds: float, at_once: int
) -> Generator[tuple[int, Ended]]:
    """Runs programs, at most `at_once` together, without standard input; yields the position and result of each.

    A program that takes longer than `seconds` is killed, with its process group; closing the iterator kills all. The last
    8 KiB of standard error are kept.
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
    """A running program. Its output goes to unnamed files, so that no reader waits for a child that keeps them open."""

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
        """Its result; None while it runs within its time."""
        code = self._process.poll()
        if code is None and time.monotonic() < self._until:
            return None
        self._kill()
        with self._stdout as stdout, self._stderr as stderr:
            return Ended(code=code, stdout=_read(stdout, 0), stderr=_read(stderr, -_STDERR_TAIL))

    def stop(self) -> None:
        """Kills it."""
        self._kill()
        self._stdout.close()
        self._stderr.close()

    def _kill(self) -> None:
        # Some systems refuse a group whose last member is a zombie.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _read(file: IO[bytes], start: int) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size + start) if start < 0 else start)
    return file.read(_STDOUT_LIMIT)


class Conversation:
    """A program that answers lines on standard input; it ends with this object."""

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
        """Writes questions (at most a pipe buffer, 64 KiB); returns whether the program still reads."""
        try:
            self._in.write(questions)
            self._in.flush()
        except BrokenPipeError:
            return False
        return True

    def line(self) -> bytes:
        """The next line of the answers without its end; empty if the program has ended."""
        return self._out.readline().removesuffix(b"\n")

    def take(self, length: int) -> bytes:
        """The next `length` bytes of the answers; fewer if the program has ended."""
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
    """Name, kind and size of an object from a line of `cat-file`; None if it is missing."""
    name, *rest = line.split() or (b"",)
    if len(rest) != 2 or rest[0] not in {b"blob", b"tree", b"commit", b"tag"} or not rest[1].isdigit():
        return None
    return name, rest[0], int(rest[1])


def make_key(path: Path, comment: str) -> str:
    """Creates an ed25519 key without a passphrase and returns its public line; never overwrites a file.

    Raises:
        SignatureError: the file exists, the folder cannot be written, or ssh-keygen is missing.
    """
    if path.exists() or path.is_symlink() or public_half(path).exists():
        raise SignatureError(f"{path} exists; a key is never overwritten", fix="use it, or name another file")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    ended = _keygen("-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path))
    if ended.code:
        raise SignatureError(f"no key was created: {_message(ended)}", fix="name a file that you can write")
    return public_half(path).read_text(encoding="utf-8").strip()


def public_half(path: Path) -> Path:
    """The path of the public key."""
    return path.with_name(f"{path.name}.pub")


def sign(key: Path, namespace: str, data: bytes) -> bytes:
    """The armored signature of data in a namespace; ssh-keygen asks for a passphrase on the terminal.

    Raises:
        SignatureError: the key cannot be used, or ssh-keygen is missing.
    """
    ended = _keygen("-q", "-Y", "sign", "-n", namespace, "-f", str(key), "-", given=data, seconds=None)
    if ended.code or not ended.stdout:
        raise SignatureError(f"{key} did not sign: {_message(ended)}", fix="name your own key: --key PATH")
    return ended.stdout


def verifies(signers: bytes, principal: str, namespace: str, signature: bytes, data: bytes, *, at: str) -> bool:
    """Whether the signature is by a key that `signers` allow the principal in this namespace at that time.

    `signers` is an allowed_signers file; `at` is `YYYYMMDDHHMMSS` in UTC, and times in `signers` are read as UTC.

    Raises:
        SignatureError: ssh-keygen is missing.
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
        return run_program([_KEYGEN, *arguments], cwd=Path.cwd(), environment=environment, given=given, seconds=seconds)
    except FileNotFoundError as error:
        fix = "install OpenSSH 8.9 or newer (the package is called openssh or openssh-client)"
        raise SignatureError(f"{_KEYGEN} is not installed; it creates and checks signatures", fix=fix) from error


def _message(ended: Ended) -> str:
    return ended.stderr.decode(errors="replace").strip().rpartition("\n")[2] or "ssh-keygen refused"
