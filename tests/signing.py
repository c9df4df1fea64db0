"""Signed commits made of git's plumbing: real keys, real signatures, and ways to spoil them."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from assay.git.child import make_key, sign
from assay.guidelines.signatures import signer_line
from proposing import Edit, commit, git, prepared

NOW = "2026-03-03T00:00:00Z"
LINES = {
    "ada": "ada {git} {key}",
    "ada-home": "Ada@Example.org,ada {git} {key}",
    "ben": "ben@example.org {git} {key}",
    "rei": "rei {key}",
    "approver": 'ada namespaces="assay-guideline" {key}',
    "star": 'ada namespaces="g*" {key}',
    "expired": 'ada {git},valid-before="20260101000000" {key}',
    "early": 'ada {git},valid-after="20270101000000" {key}',
    "shared": 'ada {git} {key}\nben namespaces="assay-guideline" {key}',
    "anybody": "*@example.org {git} {key}",
    "also-anybody": "ada {git} {key}\n* {git} {key}",
    "authority": "ada cert-authority,{git} {key}",
    "bot": "bot {git} {key}",
    "zed": "zed {git} {key}",
    "unlisted": "# {key}",
}  # fmt: skip


def with_signers(folder: Path) -> tuple[Path, Path]:
    """The project of `proposing` whose base lists the keys of `LINES`, and the folder of the keys."""
    root, keys = prepared(folder / "clone"), folder / "keys"
    told = []
    for name, line in LINES.items():
        kind, key = make_key(keys / name, name).split()[:2]
        assert signer_line("x", f"{kind} {key}") == f'x namespaces="assay-guideline,git" {kind} {key}'
        told.append(line.format(git='namespaces="assay-guideline,git"', key=f"{kind} {key}"))
    files = {"guidelines/allowed_signers": "\n".join([*told, ""])}
    git(root, "update-ref", "refs/heads/main", commit(root, "signers", [Edit(files=files, by="noor")]))
    return root, keys


def sign_branch(root: Path, branch: str, by: Sequence[Path | None], *, namespace: str = "git") -> tuple[str, ...]:
    """Signs the last commits of a branch, the oldest first, each with its key (None: left without); gives the commits."""
    ids = git(root, "rev-list", "--reverse", f"-{len(by)}", branch).split()
    now: dict[str, str] = {}
    for name, key in zip(ids, by, strict=True):
        stored = moved(raw(root, name), now)
        now[name] = store(root, stored if key is None else with_signature(stored, sign(key, namespace, stored)))
    git(root, "update-ref", f"refs/heads/{branch}", now[ids[-1]])
    return tuple(now.values())


def moved(stored: bytes, parents: Mapping[str, str]) -> bytes:
    """The commit with other parents."""
    for old, new in parents.items():
        stored = stored.replace(f"\nparent {old}\n".encode(), f"\nparent {new}\n".encode())
    return stored


def raw(root: Path, name: str) -> bytes:
    """The bytes of a commit."""
    done = subprocess.run(["git", "cat-file", "commit", name], cwd=root, check=True, capture_output=True)
    return done.stdout


def with_signature(stored: bytes, signature: bytes, header: bytes = b"gpgsig") -> bytes:
    """A commit with a signature as git writes it: the last header."""
    head, _, message = stored.partition(b"\n\n")
    return head + b"\n" + header + b" " + signature.strip().replace(b"\n", b"\n ") + b"\n\n" + message


def signature_in(stored: bytes) -> bytes:
    """The signature in a commit that `with_signature` made."""
    return stored.partition(b"\ngpgsig ")[2].partition(b"\n\n")[0].replace(b"\n ", b"\n")


def store(root: Path, stored: bytes) -> str:
    """Writes a commit; gives its id."""
    return git(root, "hash-object", "-t", "commit", "-w", "--stdin", given=stored)
