"""Reads what stands for the commits of a change: their signatures, and what each push of the forge brought in."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from assay.review.attest import Attested, Brought, attest
from assay.review.pushes import Forge, Push
from assay.review.signed import Keys, signature_of
from assay.store.commits import commit_objects, reached


def who_pushed(root: Path, commits: Sequence[str], forge: Forge, keys: Keys, *, base: str, head: str) -> Attested:
    """Who stands for each of the commits, which are those of `head` that `base` does not have.

    A push that names a commit which is not here covers nothing: what it brought cannot be known.

    Raises:
        SignatureError: a commit is signed by a listed key and ssh-keygen is absent.
    """
    pushes = [*(forge.pushes or ()), *([forge.opened] if forge.opened and forge.opened.after == head else ())]
    named = {name for push in pushes for name in (push.before, push.after) if name}
    stored = commit_objects(root, named.union(commits if keys.any else ())) if commits else {}
    found = ((commit, signature_of(commit, stored[commit], keys)) for commit in commits if keys.any)
    signatures = {commit: signature for commit, signature in found if signature is not None}
    here = [push for push in pushes if {push.before, push.after} - {""} <= stored.keys()]
    return attest(commits, signatures, _brought(root, here, base), forge)


def _brought(root: Path, pushes: Iterable[Push], base: str) -> Iterator[Brought]:
    for push in dict.fromkeys(pushes):
        without = [base, *([push.before] if push.before else [])]
        yield Brought(actor=push.actor, commits=reached(root, push.after, without))
