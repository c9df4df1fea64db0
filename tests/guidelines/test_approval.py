"""The one judge of approvals: what claims come to by the roster, the authors and the way that a project asks for."""

import base64

import pytest

from assay.core.evidence import FORGE, SIGNED, ApprovalStatus
from assay.core.people import Annotator, Kind, Role, Status
from assay.guidelines.approval import Approval, Claim, claim_of, judge_claims
from assay.guidelines.approval_records import ForgeReview, review_claims
from assay.guidelines.authors import Authorship
from assay.guidelines.edits import Content
from assay.guidelines.signatures import Trust, signer_faults

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


def test_whose_e_mail_a_record_gives_to_somebody_else_wrote_part_of_it_all_the_same():
    record = Approval(
        project="p", task="t", version="1.0.0", digest="", way=FORGE, authors=("dana",), approvers=("ada",), at=EARLY,
        addresses={"ada@example.org": "dana"},
    )  # fmt: skip
    made = claim_of(record, Content(task="t", version="1.0.0"), "p", PEOPLE, signature=None, later=False)
    assert "ada wrote part of the change" in judge_claims([made], PEOPLE, Authorship()).reason


def test_of_a_person_with_two_entries_the_last_review_counts_under_whichever_it_is():
    people = {
        who: Annotator(id=who, role=Role.LEAD, handle=f"{who}-x", emails=("same@example.org",))
        for who in ("ida", "ada")
    }
    reviews = [
        ForgeReview(login=f"{who}-x", bot=False, state=state, commit="c", at=f"2026-05-01T10:00:0{number}Z")
        for number, (who, state) in enumerate((("ida", "CHANGES_REQUESTED"), ("ada", "APPROVED")))
    ]
    assert [one.by for one in review_claims(reviews, "c", people)] == [("ada",)]
    assert judge_claims(review_claims(reviews, "c", people), people, Authorship()).by == ("ada",)
    assert judge_claims(review_claims(reviews[:1], "c", people), people, Authorship()).state == "held"


@pytest.mark.parametrize(
    "changed",
    [
        {"role": Role.LEAD},
        {"status": Status.PAUSED},
        {"since": "2026-05-02"},
        {"handle": "fay-x"},
        {"emails": ("fay@example.org",)},
    ],
)
def test_all_that_the_roster_says_of_an_approver_is_part_of_the_trust_that_is_approved(changed):
    def digest(**said):
        fay = {"id": "fay", "role": Role.REVIEWER, "status": Status.LEFT, "since": "2026-05-01", **said}
        return Trust(project="p", way=FORGE, people={"fay": Annotator(**fay)}, signers=b"").content.digest

    assert digest(**changed) != digest()


def test_a_kind_of_key_without_a_key_after_it_is_no_key():
    kind = b"ssh-ed25519"
    named = len(kind).to_bytes(4) + kind
    for blob, faulty in ((named, [1]), (named + b"\0\0\0\1x", [])):
        line = b"ada %s %s\n" % (kind, base64.b64encode(blob))
        assert [number for number, _ in signer_faults(line)] == faulty


def test_a_status_counts_by_the_way_that_is_asked_for():
    review, held = ApprovalStatus(state="approved", by=("ben",), way=FORGE), ApprovalStatus(state="unknown", reason="?")
    assert review.under(FORGE) == review
    assert not review.under(SIGNED).approved
    assert held.under(FORGE) == held
