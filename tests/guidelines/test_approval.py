"""The one judge of approvals: what claims come to by the roster, the authors and the way that a project asks for."""

import base64
import json
import shutil
from dataclasses import replace

import pytest

from approving import git
from assay.core.evidence import FORGE, SIGNED, ApprovalStatus, held
from assay.core.people import Annotator, Kind, Role, Status
from assay.errors import ConfigError, UsageError
from assay.git.child import make_key, sign
from assay.guidelines.approval import Approval, Claim, approval_bytes, approval_of, claim_of, judge_claims
from assay.guidelines.approval_records import ForgeReview, review_claims, reviews_of
from assay.guidelines.authors import Authorship, why_not_approver
from assay.guidelines.edits import Content
from assay.guidelines.signatures import (
    NAMESPACE,
    Trust,
    lists_namespace,
    load_trust,
    signature_status,
    signer_faults,
    signer_line,
    signer_lines,
    signing_key,
    spelled_out,
    trust_at,
)
from assay.project.config import find_project
from projects import FILES, small_project, write_files

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
        Annotator(id="gil", role=Role.LEAD, status=Status.PAUSED),
        Annotator(id="hal", role=Role.LEAD, status=Status.TRAINEE, since="2026-05-01"),
        Annotator(id="ivy", role=Role.LEAD, status=Status.EXCLUDED, since="2026-05-01"),
        Annotator(id="jon", role=Role.REVIEWER, kind=Kind.MODEL, status=Status.PAUSED),
    )
}
RECORD = Approval(
    project="p",
    task="t",
    version="1.0.0",
    digest="d" * 64,
    way=FORGE,
    authors=("dana",),
    approvers=("ben",),
    at="2026-05-02T10:00:00Z",
)
CONTENT = Content(task="t", version="1.0.0", date="2026-05-01", digest="d" * 64)
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
        ([claim("ben"), claim("cem"), claim("ben")], ("ben", "cem")),
        ([claim("ben", "cem"), claim("cem", "ben")], ("ben", "cem")),
        ([claim("cem", objects=True, void="of an earlier commit", wrong="a bot"), claim("ben")], ("ben",)),
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
        ([claim("ben", objects=True), claim("cem", objects=True)], "ben and cem asked for changes"),
        ([claim("ben", "cem", objects=True)], "ben and cem asked for changes"),
        ([claim("ben", objects=True, void="another commit")], "ben asked for changes"),
        ([claim("ada", "ben", writers=frozenset({"ben"}))], "ada and ben wrote part of the change, and"),
        ([claim("ada2", void="not signed")], "not signed"),
        ([claim("dana", wrong="for another task")], "for another task"),
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


def test_of_several_reasons_each_is_told_once():
    void = [claim(who, void="the review was dismissed") for who in ("ben", "cem")]
    judged = judge_claims([*void, claim("dana")], PEOPLE, Authorship())
    assert judged.reason.split("; ") == [
        "the review was dismissed",
        "dana is an annotator, and only a reviewer or a lead can approve",
    ]


def test_where_a_signature_is_asked_for_only_those_who_signed_are_told_as_approvers():
    claims = [claim("ben"), claim("cem", way=SIGNED), claim("ada", way=SIGNED)]
    judged = judge_claims(claims, PEOPLE, Authorship(), SIGNED)
    assert (judged.approved, judged.by, judged.way) == (True, ("ada", "cem"), SIGNED)
    assert judge_claims(claims, PEOPLE, Authorship(), FORGE).by == ("ada", "ben", "cem")


def test_whoever_objects_counts_before_an_author_who_is_not_known():
    strange = Authorship(strangers=frozenset({"x@example.org", "a@example.org"}))
    assert judge_claims([claim("ben"), claim("cem", objects=True)], PEOPLE, strange).reason == "cem asked for changes"
    assert judge_claims([claim("dana")], PEOPLE, strange).reason.startswith("dana is an annotator")
    assert judge_claims([claim("ben")], PEOPLE, strange).reason.startswith(
        "part of it is by a@example.org, x@example.org"
    )


@pytest.mark.parametrize(
    ("who", "approved_at", "says"),
    [
        ("ben", None, ""),
        ("ben", LATE, ""),
        ("cem", EARLY, ""),
        ("zoe", EARLY, "zoe is not in the roster"),
        ("echo", EARLY, "echo is a model, and only a person can approve"),
        ("jon", EARLY, "jon is a model, and only a person can approve"),
        ("dana", None, "dana is an annotator, and only a reviewer or a lead can approve"),
        ("fay", None, "fay is marked as left in the roster, not active"),
        ("fay", EARLY, ""),
        ("fay", LATE, "fay is marked as left in the roster since 2026-05-01, and approved on 2026-05-01"),
        ("gil", None, "gil is paused in the roster, not active"),
        ("gil", EARLY, "gil is paused in the roster, without a date"),
        ("hal", EARLY, "hal is a trainee in the roster, not active"),
        ("ivy", EARLY, "ivy is excluded in the roster, not active"),
    ],
)
def test_who_may_approve_and_until_when(who, approved_at, says):
    assert why_not_approver(PEOPLE.get(who), who, approved_at=approved_at) == says


@pytest.mark.parametrize(
    ("record", "content", "says"),
    [
        ({}, {}, ""),
        ({"project": "q"}, {}, "the approval is for the project q, not p"),
        ({"task": "u"}, {}, "the approval is for the task u, not t"),
        ({"version": "1.1.0"}, {}, "the approval is for the version 1.1.0, not 1.0.0"),
        ({"project": "q", "task": "u"}, {}, "the approval is for the project q, not p"),
        ({"digest": "e" * 64}, {}, "the content is not what was approved: guideline or schema changed since"),
        ({"digest": "e" * 64}, {"digest": ""}, ""),
        ({"at": "2026-04-30T00:00:00Z"}, {}, ""),
        ({"at": "2026-04-29T23:59:59Z"}, {}, "the approval of 2026-04-29 is older than the version (2026-05-01)"),
        ({"at": "2026-04-29T23:59:59Z"}, {"date": ""}, ""),
        ({"at": "2026-04-31T00:00:00Z"}, {}, "the approval or the version has an invalid date"),
        ({"at": "2026-04-31T00:00:00Z"}, {"date": ""}, "the approval or the version has an invalid date"),
        ({}, {"date": "2026-04-31"}, "the approval or the version has an invalid date"),
    ],
)
def test_a_record_is_of_one_content_and_not_more_than_a_day_older_than_its_version(record, content, says):
    made = claim_of(replace(RECORD, **record), replace(CONTENT, **content), "p", PEOPLE, signature=None, later=False)
    assert (made.wrong, made.void, made.by, made.way) == (says, "", ("ben",), FORGE)


def signature(*by):
    return ApprovalStatus(state="approved", by=by, way=SIGNED)


@pytest.mark.parametrize(
    ("approvers", "seal", "void"),
    [
        (("ada",), signature("ada"), ""),
        (("ada",), signature("ada", "ada2", "Ada@Example.org"), ""),
        (("ada",), None, "the signature was not checked"),
        (("ada",), held("it is not signed"), "it is not signed"),
        (("ada", "ada2"), signature("ada"), "a signed record must have exactly one approver"),
        (("ada",), signature("ben", "ada", "x@example.org"), "the key may also sign for ben, x@example.org, so the signer is not known"),
        (("ben",), signature("ada@example.org"), "the key may also sign for ada@example.org, so the signer is not known"),
    ],
)  # fmt: skip
def test_a_signed_record_has_one_approver_whose_key_signs_for_nobody_else(approvers, seal, void):
    said = replace(RECORD, way=SIGNED, approvers=approvers)
    assert claim_of(said, CONTENT, "p", PEOPLE, signature=seal, later=False).void == void


def test_a_claim_names_as_writers_all_whom_its_record_names_and_its_time_only_long_after():
    said = replace(
        RECORD, authors=("dana", "ADA@example.org"), addresses={"x@example.org": "cem", "y@example.org": "them"}
    )
    made = claim_of(said, CONTENT, "p", PEOPLE, signature=None, later=False)
    assert made.writers == {"dana", "ADA@example.org", "ada", "ada2", "x@example.org", "y@example.org", "cem", "them"}
    assert made.approved_at is None
    assert claim_of(said, CONTENT, "p", PEOPLE, signature=None, later=True).approved_at == RECORD.at


def test_a_record_is_written_as_it_is_read_without_what_it_does_not_say():
    bare = replace(RECORD, authors=())
    assert approval_bytes(bare).decode().splitlines() == [
        "project: p",
        "task: t",
        'version: "1.0.0"',
        f"digest: {'d' * 64}",
        "way: forge",
        "authors: []",
        "approvers: [ben]",
        'at: "2026-05-02T10:00:00Z"',
    ]
    full = replace(
        RECORD, addresses={"y@x.org": "dana", "b@x.org": "cem"}, pull_request="7", head="a" * 40, base="b" * 40
    )
    for one in (bare, full):
        assert approval_of(approval_bytes(one), "r.yaml") == one
    turned = replace(full, addresses=dict(reversed(full.addresses.items())))
    assert approval_bytes(turned) == approval_bytes(full)


@pytest.mark.parametrize("key", ["project", "task", "version", "digest", "way", "authors", "approvers", "at"])
def test_a_record_that_lacks_a_key_is_refused(key):
    lines = approval_bytes(RECORD).decode().splitlines(True)
    with pytest.raises(ConfigError, match=f"r.yaml:1 .*'?{key}"):
        approval_of("".join(line for line in lines if not line.startswith(f"{key}:")).encode(), "r.yaml")


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


MADE = {"user": {"login": "ben-x", "type": "User"}, "state": "APPROVED", "commit_id": "c" * 40, "submitted_at": LATE}


def read(value):
    return reviews_of(json.dumps(value).encode())


@pytest.mark.parametrize("value", [[MADE], [[MADE]], MADE, [[], [MADE]]])
def test_reviews_are_a_list_or_pages_of_it_or_one(value):
    assert read(value) == (ForgeReview(login="ben-x", bot=False, state="APPROVED", commit="c" * 40, at=LATE),)


def test_reviews_of_several_pages_are_read_in_their_order_and_those_that_decide_nothing_are_left_out():
    states = ["COMMENTED", "dismissed", "PENDING", "changes_requested", "Approved"]
    pages = [[{**MADE, "state": state} for state in part] for part in (states[:2], states[2:])]
    assert [one.state for one in read(pages)] == ["DISMISSED", "CHANGES_REQUESTED", "APPROVED"]
    assert reviews_of(b"[\n]\n") == read([]) == ()
    assert read([{**MADE, "state": "PENDING", "submitted_at": None, "commit_id": None}]) == ()


@pytest.mark.parametrize(
    ("user", "login", "bot"),
    [
        ({"login": "ben-x"}, "ben-x", False),
        ({"login": "ben-x", "type": "User"}, "ben-x", False),
        ({"login": "ben-x", "type": "Bot"}, "ben-x", True),
        ({"login": "ben[bot]", "type": "User"}, "ben[bot]", True),
        (None, "", False),
        ({}, "", False),
    ],
)
def test_whose_a_review_is_and_whether_a_program_made_it(user, login, bot):
    ((found),) = read([{**MADE, "user": user}])
    assert (found.login, found.bot) == (login, bot)


@pytest.mark.parametrize(
    "value",
    [
        [MADE, {**MADE, "submitted_at": None}],
        [{**MADE, "submitted_at": "2026-05-01T00:00:00"}, MADE],
        [{**MADE, "submitted_at": "2026-05-01T00:00:00.5Z"}],
        [{**MADE, "submitted_at": "2026-02-30T00:00:00Z"}],
        [{**MADE, "state": None}],
        [{**MADE, "state": "APPROV\u0130D"}],
        [{**MADE, "user": {"login": 7}}],
        [{**MADE, "commit_id": 7}],
        [{key: part for key, part in MADE.items() if key != "state"}],
        "APPROVED",
        [[[MADE]]],
    ],
)
def test_what_is_no_review_is_refused(value):
    with pytest.raises(UsageError, match="a review has no") as told:
        read(value)
    assert "gh api" in told.value.fix
    with pytest.raises(UsageError, match="the reviews are not JSON") as told:
        reviews_of(b"[" + json.dumps(value).encode())
    assert "gh api" in told.value.fix


def forge_review(login="ben-x", state="APPROVED", *, bot=False, commit="c" * 40, second=0):
    return ForgeReview(login=login, bot=bot, state=state, commit=commit, at=f"2026-05-01T10:00:{second:02}Z")


@pytest.mark.parametrize(
    ("made", "by", "wrong", "void"),
    [
        (forge_review(), "ben", "", ""),
        (forge_review("BEN-X"), "ben", "", ""),
        (forge_review(bot=True), "@ben-x", "ben-x is a bot", ""),
        (forge_review("ben-x", "CHANGES_REQUESTED"), "ben", "", ""),
        (forge_review("who"), "@who", "who matches no one, or more than one person, in the roster", ""),
        (forge_review("twin"), "@twin", "twin matches no one, or more than one person, in the roster", ""),
        (forge_review(""), "@", "a deleted account matches no one, or more than one person, in the roster", ""),
        (forge_review(state="DISMISSED"), "ben", "", "the review of ben was dismissed"),
        (forge_review(state="DISMISSED", commit="d" * 40), "ben", "", "the review of ben was dismissed"),
        (forge_review(commit="d" * 40), "ben", "", f"ben approved another commit ({'d' * 12}), not {'c' * 12}"),
    ],
)
def test_what_a_review_claims(made, by, wrong, void):
    people = {
        "ben": Annotator(id="ben", role=Role.REVIEWER, handle="ben-x"),
        "una": Annotator(id="una", role=Role.REVIEWER, handle="twin"),
        "uri": Annotator(id="uri", role=Role.REVIEWER, handle="twin"),
        "nil": Annotator(id="nil", role=Role.REVIEWER),
    }
    (found,) = review_claims([made], "c" * 40, people)
    assert found == Claim(by=(by,), way=FORGE, wrong=wrong, void=void, objects=made.state == "CHANGES_REQUESTED")


def test_of_each_person_the_last_review_counts_whatever_their_order():
    people = {who: Annotator(id=who, role=Role.REVIEWER, handle=f"{who}-x") for who in ("ben", "cem")}
    made = [
        forge_review(state="CHANGES_REQUESTED", second=2),
        forge_review("cem-x", second=3),
        forge_review(second=1),
        forge_review("cem-x", "DISMISSED", second=1),
    ]
    found = {one.by: (one.objects, one.void) for one in review_claims(made, "c" * 40, people)}
    assert found == {("ben",): (True, ""), ("cem",): (False, "")}
    for state in ("CHANGES_REQUESTED", "DISMISSED"):
        for pair in ([forge_review(), forge_review(state=state)], [forge_review(state=state), forge_review()]):
            (one,) = review_claims(pair, "c" * 40, people)
            assert judge_claims([one], people, Authorship()).state == "held"


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


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"role": Role.REVIEWER}, True),
        ({"role": Role.LEAD}, True),
        ({"role": Role.REVIEWER, "status": Status.EXCLUDED}, True),
        ({"role": Role.ANNOTATOR}, False),
        ({"role": Role.REVIEWER, "kind": Kind.MODEL}, False),
    ],
)
def test_people_who_review_or_lead_are_part_of_the_trust_and_nobody_else(more, counts):
    def digest(people, signers=b""):
        return Trust(project="p", way=FORGE, people=people, signers=signers).content.digest

    assert (digest({"fay": Annotator(id="fay", **more)}) != digest({})) is counts
    assert digest({}, b"fay key\n") != digest({})


def test_the_order_of_e_mails_and_a_day_that_does_not_count_are_no_part_of_the_trust():
    def digest(**said):
        return Trust(
            project="p", way=FORGE, people={"fay": Annotator(id="fay", role=Role.LEAD, **said)}, signers=b""
        ).content

    assert digest(emails=("a@x.org", "b@x.org")) == digest(emails=("b@x.org", "a@x.org"))
    assert digest(since="2026-05-01") == digest()
    content = digest()
    assert (content.task, content.version, content.date) == ("@trust", content.digest[:16], "")


def test_a_line_of_signers_is_read_as_the_program_that_verifies_reads_it():
    text = b"# told\n\n ada,Ben@x.org ssh-ed25519 AAAA\n\tcem  x\n#dana x\ned x\r\n eve\rx y\nfay"
    assert [(sorted(names), line) for names, line in signer_lines(text)] == [
        (["Ben@x.org", "ada"], b"ada,Ben@x.org ssh-ed25519 AAAA"),
        (["cem"], b"cem  x"),
        (["ed"], b"ed x"),
        (["fay"], b"fay"),
    ]


@pytest.mark.parametrize(
    ("line", "spelled", "lists"),
    [
        (b"ada ssh-ed25519 A", True, True),
        (b"ada,b.c+d_e-f@x.org ssh-ed25519 A", True, True),
        (b"* ssh-ed25519 A", False, True),
        (b"ada,!ben ssh-ed25519 A", False, True),
        (b"ada, ssh-ed25519 A", False, True),
        (b'ada namespaces="assay-guideline" ssh-ed25519 A', True, True),
        (b'ada namespaces="git,assay-guideline" ssh-ed25519 A', True, True),
        (b'ada NAMESPACES="git,assay-guideline" ssh-ed25519 A', True, True),
        (b'ada namespaces="git" ssh-ed25519 A', True, False),
        (b'ada NameSpaces="git" ssh-ed25519 A', True, False),
        (b'ada namespaces="*" ssh-ed25519 A', True, False),
        (b'ada namespaces="assay-*" ssh-ed25519 A', True, False),
        (b'ada namespaces="" ssh-ed25519 A', True, False),
    ],
)
def test_whom_a_line_names_and_whether_it_lets_approve(line, spelled, lists):
    assert (spelled_out(line), lists_namespace(line, NAMESPACE)) == (spelled, lists)


def test_faults_of_signers_are_told_with_the_number_of_their_line():
    kind = b"ssh-ed25519"
    named = base64.b64encode(len(kind).to_bytes(4) + kind + b"\0\0\0\1x")
    good = b'ada namespaces="git" %s %s told' % (kind, named)
    lines = [b"# told", b"  # told", b"", good, b"ada", b"ada %s" % named, b"ada ssh-rsa %s" % named, good + b"\r", b"# a\rb",
             b"ada %s !" % kind, b"ada x %s %s" % (kind, named)]  # fmt: skip
    assert list(signer_faults(b"\n".join(lines))) == [
        (5, "no public key: write name, options if any, key type and key"),
        (6, "no public key: write name, options if any, key type and key"),
        (7, "no public key: write name, options if any, key type and key"),
        (8, "a carriage return: ssh-keygen ignores the line"),
        (9, "a carriage return: ssh-keygen ignores the line"),
        (10, "no public key: write name, options if any, key type and key"),
    ]
    assert [line for line, _ in signer_faults(b"ada %s !%s" % (kind, named))] == [1]


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


def armored(blob, begin="-----BEGIN SSH SIGNATURE-----", end="-----END SSH SIGNATURE-----"):
    return f"{begin}\n{base64.encodebytes(blob).decode()}{end}\n".encode()


KEY = b"\0\0\0\x0bssh-ed25519\0\0\0\1k"
BLOB = b"SSHSIG\0\0\0\1" + len(KEY).to_bytes(4) + KEY


@pytest.mark.parametrize(
    ("signature", "good"),
    [
        (armored(BLOB), True),
        (armored(BLOB + b"more"), True),
        (b" \n" + armored(BLOB) + b"\n\n", True),
        (armored(BLOB).replace(b"\n", b"\r\n"), True),
        (armored(BLOB)[:-1] + b" " * (65_536 - len(armored(BLOB)) + 1), True),
        (armored(BLOB)[:-1] + b" " * (65_536 - len(armored(BLOB)) + 2), False),
        (b"", False),
        (b"x" + armored(BLOB), False),
        (armored(BLOB) + b"x", False),
        (armored(BLOB, begin=""), False),
        (armored(BLOB, end=""), False),
        (armored(BLOB).replace(b"U1", b"!1"), False),
        (armored(BLOB)[:-30] + b"x" + armored(BLOB)[-30:], False),
        (armored(b"SSHSAG" + BLOB[6:]), False),
        (armored(BLOB[:-1]), False),
        (armored(b"SSHSIG\0\0\0\1\0\0\0\0"), False),
        (armored(b"SSHSIG"), False),
        (armored(b""), False),
    ],
)
def test_the_key_is_read_from_inside_a_signature(signature, good):
    assert signing_key(signature) == (base64.b64encode(KEY) if good else None)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """The public keys of two people, and where the private ones are."""
    folder = tmp_path_factory.mktemp("keys")
    return folder, {who: " ".join(make_key(folder / who, who).split()[:2]) for who in ("ada", "ben")}


ADA = {
    "ada": Annotator(id="ada", role=Role.LEAD, emails=("Ada@Example.org",)),
    "ben": Annotator(id="ben", role=Role.LEAD),
}


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
@pytest.mark.parametrize(
    ("lines", "by", "says"),
    [
        (["ada {ada}"], ("ada",), ""),
        (["# told", "", "ada {ada}  more words"], ("ada",), ""),
        (["ada@example.org {ada}"], ("ada@example.org",), ""),
        (["ADA@example.ORG {ada}"], ("ADA@example.ORG",), ""),
        (["ada,ben {ada}", "x* {ada}", "zoe {ben}"], ("ada", "ben", "x*"), ""),
        (["ada {ben}", "ada {ada}"], ("ada",), ""),
        (["ada {ben}", "ada@example.org {ada}"], ("ada@example.org",), ""),
        (['ada namespaces="assay-guideline" {ada}', 'ben namespaces="git" {ada}'], ("ada",), ""),
        (['ada namespaces="assay-guideline" {ada}', 'ben namespaces="git,assay-guideline" {ada}'], ("ada", "ben"), ""),
        (['ada namespaces="assay-guideline" {ada}', 'ben namespaces="a*" {ada}'], ("ada", "ben"), ""),
        ([], (), "guidelines/allowed_signers lists no key that may sign for ada"),
        (["ben {ada}"], (), "guidelines/allowed_signers lists no key that may sign for ada"),
        (["* {ada}"], (), "guidelines/allowed_signers lists no key that may sign for ada"),
        (["ada {ben}"], (), "the signature is not by a key that may sign for ada at 2026-05-02T10:00:00Z"),
        (["ada,* {ada}"], (), "the signature is not by a key that may sign for ada at 2026-05-02T10:00:00Z"),
        (['ada namespaces="git" {ada}'], (), "the signature is not by a key that may sign for ada at 2026-05-02T10:00:00Z"),
        (['ada valid-before="20260502095959Z" {ada}'], (),
         "the signature is not by a key that may sign for ada at 2026-05-02T10:00:00Z"),
        (['ada valid-before="20260502100001Z" {ada}'], ("ada",), ""),
    ],
)  # fmt: skip
def test_a_signature_counts_by_the_lines_that_spell_out_its_approver(keys, lines, by, says):
    folder, public = keys
    data = b"what is signed"
    made = sign(folder / "ada", NAMESPACE, data)
    signers = "".join(f"{line.format(**public)}\n" for line in lines).encode()
    record = replace(RECORD, way=SIGNED, approvers=("ada",))
    found = signature_status(record, data, made, signers, ADA)
    assert (found.by, found.reason, found.way) == (by, says, SIGNED if by else "")
    if by:
        assert not signature_status(record, data + b".", made, signers, ADA).approved
        assert not signature_status(record, data, sign(folder / "ada", "git", data), signers, ADA).approved
        unknown = signature_status(replace(record, approvers=("ada", "zoe")), data, made, signers, {})
        assert unknown.reason == "guidelines/allowed_signers lists no key that may sign for ada and zoe"
    assert signature_status(record, data, None, signers, ADA).reason == "the record is not signed: its .sig is missing"
    assert signature_status(record, data, b"x", signers, ADA).reason == "the .sig is not an SSH signature"


def test_the_line_of_a_key_lets_it_sign_approvals_and_commits():
    line = signer_line("ada", "ssh-ed25519 AAAA ada at home\n")
    assert line == 'ada namespaces="assay-guideline,git" ssh-ed25519 AAAA'
    assert lists_namespace(line.encode(), "git")
    assert lists_namespace(line.encode(), NAMESPACE)


def test_a_trust_is_what_a_project_says_at_a_commit_or_here(tmp_path):
    project = small_project(tmp_path)
    here = load_trust(project)
    assert (here.project, here.way, here.signers) == ("test-project", FORGE, b"")
    assert {"ada", "ben", "bot"} <= set(here.people)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "labels")
    git(tmp_path, "commit", "-q", "-m", "no project yet")
    write_files(tmp_path, {"guidelines/allowed_signers": "ada x y\n"})
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one")
    policy = FILES["checks/project.yaml"].replace("tasks:", "approval: signed\ntasks:")
    write_files(tmp_path, {"checks/project.yaml": policy, "labels/annotators/ada.yaml": "role: reviewer\n"})
    now = find_project(tmp_path)
    commits = git(tmp_path, "rev-list", "HEAD").split()
    said = [trust_at(now, state) for state in (None, *commits)]
    assert [(one.way, one.signers, one.people["ada"].role) for one in said] == [
        (SIGNED, b"ada x y\n", Role.REVIEWER),
        (FORGE, b"ada x y\n", Role.LEAD),
        (SIGNED, b"", Role.LEAD),
    ]
    (tmp_path / "guidelines/allowed_signers").unlink()
    (tmp_path / "guidelines/allowed_signers").mkdir()
    with pytest.raises(ConfigError, match="guidelines/allowed_signers: "):
        load_trust(now)
