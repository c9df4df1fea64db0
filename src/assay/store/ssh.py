"""OpenSSH's `ssh-keygen`: keys, signatures, and whether an allowed signer made one."""

import os
import tempfile
from pathlib import Path

from assay.errors import SignatureError
from assay.store.process import Ended, run

_KEYGEN = "ssh-keygen"
_SECONDS = 60.0


def make_key(path: Path, comment: str) -> str:
    """Makes an ed25519 key without a passphrase and gives its public line; an existing file is never touched.

    Raises:
        SignatureError: a file is there, the folder cannot be written, or ssh-keygen is absent.
    """
    if path.exists() or path.is_symlink() or public_half(path).exists():
        raise SignatureError(
            f"{path} exists, and a key is never overwritten", hint="use it as it is, or name another file"
        )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    ended = _keygen("-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path))
    if ended.code:
        raise SignatureError(f"no key was made: {_said(ended)}", hint="name a file that you may write")
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
        raise SignatureError(f"{key} did not sign: {_said(ended)}", hint="give your own key with --key PATH")
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
            hint="install OpenSSH 8.9 or newer (the package is called openssh or openssh-client)",
        ) from error


def _said(ended: Ended) -> str:
    return ended.stderr.decode(errors="replace").strip().rpartition("\n")[2] or "ssh-keygen refused"
