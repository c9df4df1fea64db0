"""Who has to approve a change that waits, whether a forge's reviews do, and which one is drawn by lot. Pure."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from assay.guidelines.approval import judge
from assay.guidelines.identities import Authorship
from assay.guidelines.reviews import Review, review_claims
from assay.model.names import legible
from assay.model.project import Annotator, Role
from assay.model.review import ChangeVerdict, Outcome, Waiting
from assay.review.change_authors import Makers

_STEPS = 2**64
_DRAWN = "drawn by lot for a human look: nothing is wrong with it"
_LEAD = "a lead who had no hand in it"
_ANY = "a reviewer or a lead who had no hand in it"
_REVIEWER = "a reviewer who had no hand in it"


def with_approvals(
    verdict: ChangeVerdict,
    reviews: Sequence[Review] | None,
    head: str,
    people: Mapping[str, Annotator],
    makers: Makers,
) -> ChangeVerdict:
    """The verdict with who still has to approve; ok where the reviews of exactly the commit `head` suffice.

    One lead who had no hand in the change suffices for all of it. Of a guideline change a reviewer who had none may
    approve the guideline, and a lead stands for the rest: one who approves it or who, with other leads alone, made it.
    Without `reviews` (None: nobody asked the forge), and where it is not known who made the change, it goes on waiting.
    """
    if verdict.outcome is not Outcome.APPROVAL:
        return verdict
    parts = [one for one in verdict.waiting if one.role is Role.LEAD]
    shared = bool(parts) and all(one.along for one in parts)
    wanted = _wanted(verdict.waiting, parts, shared=shared)
    if reviews is None:
        return replace(verdict, approval=f"waits for {wanted}")
    if why := _nobody_knows(makers):
        return replace(verdict, approval=f"no approval counts: {why}")
    claims = review_claims(reviews, head, people)
    judged = judge(claims, people, Authorship(people=makers.people))
    anyhow = judge(claims, people, Authorship())  # a lead may have had a hand in it
    by_leads = bool(makers.people) and makers.people == _leads(makers.people, people)
    lead_stands = shared and (by_leads or bool(_leads(anyhow.by, people)))
    if not judged.approved:
        return replace(verdict, approval=f"{judged.reason}; waits for {_REVIEWER if lead_stands else wanted}")
    by = " and ".join(sorted(judged.by))
    if parts and not lead_stands and not _leads(judged.by, people):
        return replace(
            verdict, approval=f"approved by {by}; waits for {'a lead' if shared else _LEAD} ({_kinds(parts)})"
        )
    return replace(verdict, outcome=Outcome.OK, reasons=(), approval=f"approved by {by}", approved_by=judged.by)


def _wanted(waiting: Sequence[Waiting], leads: Sequence[Waiting], *, shared: bool) -> str:
    """Who has to approve what waits, of which `leads` are the parts that a lead approves."""
    if not leads:
        return _ANY
    if not shared:
        return f"{_LEAD} ({_kinds(leads)})"
    rest = [one for one in waiting if one not in leads]
    return f"{_LEAD}; or for {_REVIEWER} ({_kinds(rest)}) and a lead ({_kinds(leads)})"


def _kinds(parts: Iterable[Waiting]) -> str:
    named = {kind for one in parts for kind in one.kinds}
    return ", ".join(sorted("batch" if kind == "round" else kind for kind in named))


def _leads(ids: Iterable[str], people: Mapping[str, Annotator]) -> frozenset[str]:
    return frozenset(who for who in ids if people[who].role is Role.LEAD)


def _nobody_knows(makers: Makers) -> str:
    """Why anybody who approves may have made the change; empty where it is known who did."""
    if makers.unknown:
        return f"part of it is by {', '.join(map(legible, makers.unknown))}, and the roster does not say who that is"
    return makers.unsaid[0] if makers.unsaid else ""


def by_lot(verdict: ChangeVerdict, secret: bytes, ticket: str, share: float) -> ChangeVerdict:
    """The verdict, which asks for a look where the change needs nobody and is drawn; without a secret nothing is drawn.

    A share of the changes that need nobody is looked at by a person all the same, and nobody knows which.
    """
    if not secret:
        return verdict
    chosen = drawn(secret, ticket, share)
    if not chosen or verdict.outcome is not Outcome.OK:
        return replace(verdict, drawn=chosen)
    return replace(verdict, drawn=True, outcome=Outcome.APPROVAL, reasons=(_DRAWN,))


def drawn(secret: bytes, ticket: str, share: float) -> bool:
    """Whether the change with this ticket is drawn.

    A share of all tickets is, evenly, by HMAC-SHA-256 under a secret that authors do not have: who cannot compute it
    cannot know beforehand. The ticket is a name that the author cannot change to draw again: the forge's number of the
    pull request and the branch that it goes to where they are known, else the commit of the base; never the head.
    """
    lot = int.from_bytes(hmac.new(secret, ticket.encode(), hashlib.sha256).digest()[:8], "big")
    return lot < share * _STEPS
