"""SHA-256 of bytes, files and folders."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from assay.store.naming import naming


def digest_bytes(data: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


@cache
def digest_of_code() -> str:
    """One SHA-256 over assay's own sources: what other code computed is not remembered as this code's answer."""
    package = Path(__file__).parents[1]
    whole = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        whole.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def digest_of_parts(parts: Iterable[bytes]) -> str:
    """One digest over several bytes, each with its length: no two lists of parts are taken for one."""
    whole = hashlib.blake2b(digest_size=20)
    for part in parts:
        whole.update(b"%d:" % len(part))
        whole.update(part)
    return whole.hexdigest()


def digest_file(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with naming(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
