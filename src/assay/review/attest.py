"""Who stands for each commit of a change, by a signature or by the forge's word. Pure: everything known is an argument."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.model.names import legible
from assay.review.pushes import OPENED, Forge

_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a commit's signature says: the roster id of its one signer, a name that the roster lacks, or neither and why."""

    who: str = ""
    foreign: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A push by the forge's word: the login of who pushed, and the commits that this brought in."""

    actor: str
    commits: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """Everybody who signed or pushed a commit of the change, and why that is not enough.

    `people` are roster ids of signers, `foreign` signers that the roster lacks, `logins` those that pushed, as the forge
    names them. `unsaid` has a sentence for each reason why it is not known who pushed a commit; none where somebody
    stands for every one. `spoke`: a forge said something, if not enough.
    """

    people: frozenset[str] = frozenset()
    foreign: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    spoke: bool = False


def attest(
    commits: Sequence[str],
    signatures: Mapping[str, Signature],
    brought: Iterable[Brought],
    forge: Forge,
) -> Attested:
    """Who stands for the commits, newest first; one signed by one person and pushed by another has both behind it."""
    every = frozenset(commits)
    pushes = [one for one in brought if one.commits & every]
    signed = {commit: signatures[commit] for commit in commits if commit in signatures}
    covered = frozenset().union(*(one.commits for one in pushes)) | {name for name, one in signed.items() if one.who}
    return Attested(
        people=frozenset(one.who for one in signed.values() if one.who),
        foreign=tuple(sorted({one.foreign for one in signed.values() if one.foreign})),
        logins=tuple(sorted({one.actor for one in pushes})),
        unsaid=tuple(_unsaid([name for name in commits if name not in covered], signed, forge)),
        spoke=forge.spoke,
    )


def _unsaid(commits: Iterable[str], signed: Mapping[str, Signature], forge: Forge) -> Iterator[str]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for commit in commits:
        groups[signed[commit].problem if commit in signed else ""].append(commit)
    for problem, (first, *others) in groups.items():
        more = f" and {len(others):,} more" if others else ""
        why = filter(None, (problem, _event(forge), "" if forge.pushes is None else "no entry of --pushes covers it"))
        said = ", ".join((*why, "e-mails in a commit are a claim"))
        yield f"nothing says who pushed {first[:_SHOWN]}{more}: {said}; signed commits or --pushes would"


def _event(forge: Forge) -> str:
    if not forge.action:
        return ""
    if forge.action != OPENED:
        return f"the event {legible(forge.action)} does not name who brought its commits"
    return "the event opened another head" if forge.opened else "the event names no sender or no head"
