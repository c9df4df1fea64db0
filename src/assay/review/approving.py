"""Who has to approve a change that waits, and whether a forge's reviews do. Pure: everything known is an argument."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from assay.guidelines.approvals import Approved, Authorship, Held
from assay.guidelines.reviews import Review, judge_reviews
from assay.model.names import legible
from assay.model.project import Annotator, Role
from assay.model.review import ChangeVerdict, Outcome, Waiting
from assay.review.persons import Makers

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
    judged = judge_reviews(reviews, head, people, Authorship(people=makers.people))
    lead_stands = shared and (_made_by_leads(makers, people) or _approved_by_a_lead(reviews, head, people))
    if isinstance(judged, Held):
        return replace(verdict, approval=f"{judged.reason}; waits for {_REVIEWER if lead_stands else wanted}")
    by = _names(judged.by)
    if parts and not lead_stands and not _leads(judged.by, people):
        return replace(
            verdict, approval=f"approved by {by}; waits for {'a lead' if shared else _LEAD} ({_kinds(parts)})"
        )
    return replace(verdict, outcome=Outcome.OK, reasons=(), approval=f"approved by {by}", approved_by=judged.by)


def _made_by_leads(makers: Makers, people: Mapping[str, Annotator]) -> bool:
    return bool(makers.people) and makers.people == _leads(makers.people, people)


def _approved_by_a_lead(reviews: Sequence[Review], head: str, people: Mapping[str, Annotator]) -> bool:
    """Whether a lead approves the commit, perhaps one who had a hand in it."""
    judged = judge_reviews(reviews, head, people, Authorship())
    return isinstance(judged, Approved) and bool(_leads(judged.by, people))


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


def _names(ids: Iterable[str]) -> str:
    return " and ".join(sorted(ids))


def _nobody_knows(makers: Makers) -> str:
    """Why anybody who approves may have made the change; empty where it is known who did."""
    if makers.unknown:
        return f"part of it is by {', '.join(map(legible, makers.unknown))}, and the roster does not say who that is"
    return makers.unsaid[0] if makers.unsaid else ""
