"""The one judge of approvals: what claims come to by the roster, the authors and the way that a project asks for."""

import pytest

from assay.core.evidence import FORGE, SIGNED, ApprovalStatus
from assay.core.people import Annotator, Kind, Role, Status
from assay.guidelines.approval import Claim, judge_claims
from assay.guidelines.authors import Authorship

PEOPLE = {
    one.id: one
    for one in (
        Annotator(id="ada", role=Role.LEAD, emails=("ada@example.org",)),
        Annotator(id="ada2", role=Role.LEAD, emails=("ADA@example.org",)),
        Annotator(id="ben", role=Role.REVIEWER),
        Annotator(id="cem", role=Role.LEAD),
        Annotator(id="dana", role=Role.ANNOTATOR),
        Annotator(id="echo", role=Role.LEAD, kind=Kind.MODEL),
        Annotator(id="fay", role=Role.LEAD, status=Status.LEFT, since="2026-05-01"),
    )
}
EARLY, LATE = "2026-04-30T23:59:59Z", "2026-05-01T00:00:00Z"


def claim(*by, way=FORGE, **more):
    return Claim(by=by, way=way, **more)


@pytest.mark.parametrize(
    ("claims", "by"),
    [
        ([claim("ben")], ("ben",)),
        ([claim("cem", "ben", way=SIGNED)], ("cem", "ben")),
        ([claim("cem"), claim("ben")], ("ben", "cem")),
        ([claim("ada"), claim("ben")], ("ben",)),
        ([claim("dana", objects=True), claim("ben")], ("ben",)),
        ([claim("ben", objects=True, wrong="another version"), claim("cem")], ("cem",)),
        ([claim("fay", approved_at=EARLY)], ("fay",)),
    ],
)
def test_whoever_may_and_wrote_none_of_it_approves(claims, by):
    judged = judge_claims(claims, PEOPLE, Authorship(people=frozenset({"ada"})))
    assert (judged.approved, judged.by, judged.reason) == (True, by, "")


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ([], "no approval yet"),
        ([claim()], "names no approver"),
        ([claim("ada")], "ada wrote part of the change"),
        ([claim("ada2")], "ada2 wrote part of the change"),
        ([claim("cem", "ada")], "ada wrote part of the change"),
        ([claim("cem", writers=frozenset({"cem"}))], "cem wrote part of the change"),
        ([claim("dana")], "dana is an annotator"),
        ([claim("echo")], "echo is a model"),
        ([claim("zoe")], "zoe is not in the roster"),
        ([claim("fay")], "fay is marked as left"),
        ([claim("fay", approved_at=LATE)], "approved on 2026-05-01"),
        ([claim("ben", wrong="for another task")], "for another task"),
        ([claim("ben", void="not signed")], "not signed"),
        ([claim("ben"), claim("cem", objects=True)], "cem asked for changes"),
        ([claim("ben"), claim("ada", objects=True)], "ada asked for changes"),
        ([claim("dana"), claim("ben", void="another commit")], "dana is an annotator, and only a reviewer or a lead can approve; another commit"),
    ],
)  # fmt: skip
def test_anything_else_is_held_and_says_why(claims, says):
    judged = judge_claims(claims, PEOPLE, Authorship(people=frozenset({"ada"})))
    assert (judged.state, judged.by) == ("held", ())
    assert says in judged.reason


def test_a_part_by_nobody_knows_whom_holds_it_and_a_signature_is_more_than_a_review():
    strange = Authorship(strangers=frozenset({"x@example.org"}))
    assert "x@example.org" in judge_claims([claim("ben", way=SIGNED)], PEOPLE, strange).reason
    review, signature = claim("ben"), claim("cem", way=SIGNED)
    known = Authorship()
    assert "requires a signature" in judge_claims([review], PEOPLE, known, SIGNED).reason
    assert judge_claims([review, signature], PEOPLE, known, SIGNED).by == ("cem",)
    assert judge_claims([signature], PEOPLE, known, FORGE).way == SIGNED


def test_a_status_counts_by_the_way_that_is_asked_for():
    review, held = ApprovalStatus(state="approved", by=("ben",), way=FORGE), ApprovalStatus(state="unknown", reason="?")
    assert review.under(FORGE) == review
    assert not review.under(SIGNED).approved
    assert held.under(FORGE) == held
