"""Nobody is appointed as an approver by the pull request that they approve, however it was merged."""

import json
import shutil
from dataclasses import replace

import pytest

from approving import FIRST, NOW, PEOPLE, PROJECT_ID, SECOND, Scene, build, copied, git, guideline, reasons, review
from assay.errors import AssayError, UsageError
from assay.git.child import make_key, sign
from assay.guidelines.approval import approval_bytes, approval_of, approval_path, signature_path
from assay.guidelines.approval_records import FiledRecord, record_in
from assay.guidelines.edits import Content, load_content
from assay.guidelines.links import BranchStep
from assay.guidelines.signatures import NAMESPACE
from assay.guidelines.standing import BranchPast
from assay.reviewer.forge_approval import ReviewedCommit, record_reviews
from assay.reviewer.guideline_approval import Signer, sign_approval
from assay.reviewer.verification import statements, verify_records

pytestmark = [
    pytest.mark.threat(4),
    pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed"),
]

RECORD, SIGNATURE = approval_path("mood", "0.2.0"), signature_path("mood", "0.2.0")
MALLORY = "{role: reviewer, handle: mallory-x, emails: [mallory@example.org]}"
ADA = "ada@example.org"
NOOR = "noor@example.org"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    scene = build(tmp_path_factory.mktemp("standing"))
    make_key(scene.keys / "mallory", "mallory")
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "branch", "-q", "-D", "proposal")
    return scene


@pytest.fixture
def scene(made, tmp_path):
    copy = copied(made, tmp_path)
    git(copy.root, "switch", "-q", "-c", "proposal")
    return copy


def appoint(scene: Scene, who: str = "mallory", entry: str = MALLORY, author: str = ADA) -> None:
    """A commit that gives somebody the role, and their key's line."""
    key = " ".join((scene.keys / f"{who}.pub").read_text().split()[:2])
    place = scene.root / "guidelines/allowed_signers"
    if f"\n{who} " not in place.read_text():
        place.write_text(place.read_text() + f'{who} namespaces="{NAMESPACE}" {key}\n')
    scene.write(**{f"labels/annotators/{who}.yaml": f"{entry}\n"})
    scene.commit(author, f"{who} may approve")


def edit(scene: Scene, author: str = ADA, body: str = "Read it.\n") -> None:
    """A commit with version 0.2.0 of the guideline."""
    scene.write(guideline=guideline("0.2.0", FIRST + SECOND, body))
    scene.commit(author, "the second version")


def sign_it(scene: Scene, who: str = "mallory", **changed: object) -> None:
    """A commit of ada's with the record that somebody signed."""
    scene.record(who, **changed)
    scene.commit(ADA, "approved")


def say_it(scene: Scene, who: str = "mallory") -> None:
    """A commit with a record by hand that says the forge's review was somebody's."""
    said = approval_of(scene.record(who).read_bytes(), RECORD)
    scene.write(**{RECORD: approval_bytes(replace(said, way="forge", pull_request="7", head=scene.head)).decode()})
    (scene.root / SIGNATURE).unlink()
    scene.commit(ADA, "approved")


def by_merge(scene: Scene) -> None:
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "merge", "-q", "--no-ff", "--no-edit", "proposal")


def by_squash(scene: Scene) -> None:
    """As a forge does it: one commit, which calls those who wrote the others its co-authors."""
    git(scene.root, "switch", "-q", "main")
    others = git(scene.root, "log", "--format=Co-authored-by: X <%ae>", "main..proposal")
    git(scene.root, "merge", "-q", "--squash", "proposal")
    git(scene.root, "commit", "-q", "-m", f"squashed\n\n{others}", author=ADA, committer="noreply@github.com")


def by_rebase(scene: Scene) -> None:
    """As a forge does it: new commits in a row, on a default branch that has moved on."""
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "commit", "-q", "--allow-empty", "-m", "beside")
    git(scene.root, "switch", "-q", "proposal")
    git(scene.root, "rebase", "-q", "main", author=ADA, committer="noreply@github.com")
    by_fast_forward(scene)


def by_fast_forward(scene: Scene) -> None:
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "merge", "-q", "--ff-only", "proposal")


def with_swapped_parents(scene: Scene) -> None:
    """A merge that has the pull request as its first parent."""
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "commit", "-q", "--allow-empty", "-m", "beside")
    tree = git(scene.root, "rev-parse", "proposal^{tree}")
    merge = git(scene.root, "commit-tree", tree, "-p", "proposal", "-p", "main", "-m", "merged")
    git(scene.root, "reset", "-q", "--hard", merge)


MERGES = [by_merge, by_squash, by_rebase, by_fast_forward, with_swapped_parents]


def judged(scene: Scene, **options: str) -> str:
    return reasons(verify_records(scene.project, "mood", now=NOW, **options))


def approved_by(scene: Scene, who: str, base: str | None = None) -> str:
    """What signing an approval here comes to: the record's path, or why it is refused."""
    signer = Signer(who=who, key=scene.keys / who, home=scene.root.parent)
    try:
        return sign_approval(scene.project, "mood", signer, base=base, said=statements(()), now=NOW).path
    except AssayError as error:
        return error.message


def recorded(scene: Scene, head: str, who: str = "mallory-x", base: str | None = None) -> str:
    """What recording a review of the head comes to: the record's path, or why it is refused."""
    data = json.dumps([review(who, "APPROVED", head)]).encode()
    given = ReviewedCommit(reviews=data, head=head, base=base, said=statements(("ada-x",)))
    try:
        return record_reviews(scene.project, "mood", given, pull_request="7", now=NOW).path
    except AssayError as error:
        return error.message


@pytest.mark.parametrize("record", [sign_it, say_it])
@pytest.mark.parametrize("order", ["first", "last"])
@pytest.mark.parametrize("merge", MERGES)
def test_a_pull_request_that_appoints_its_approver_stays_held(scene, merge, order, record):
    before = scene.head
    steps = (appoint, edit) if order == "first" else (edit, appoint)
    for step in (*steps, record):
        step(scene)
    assert "mallory is not in the roster" in judged(scene)
    merge(scene)
    assert "mallory is not in the roster" in judged(scene)
    assert "mallory is not in the roster" in judged(scene, base=before)
    assert "mallory is not in the roster" in judged(scene, base="main")


@pytest.mark.parametrize("merge", MERGES)
def test_the_appointed_cannot_sign_after_the_merge_either(scene, merge):
    before = scene.head
    appoint(scene)
    edit(scene)
    merge(scene)
    for base in (None, before, "main"):
        assert "mallory is not in the roster" in approved_by(scene, "mallory", base)
    assert not (scene.root / RECORD).exists()
    scene.record("mallory")
    assert "mallory is not in the roster" in judged(scene)
    assert approved_by(scene, "chen") == RECORD
    assert judged(scene) == ""


@pytest.mark.parametrize("merge", MERGES)
def test_a_review_of_the_appointed_is_not_recorded_after_the_merge(scene, merge):
    before = scene.head
    appoint(scene)
    edit(scene)
    head = scene.head
    merge(scene)
    untold = "mallory-x matches no one" if merge is by_merge else "already in the base"
    for base, said in ((None, untold), ("main", untold), (before, "mallory-x matches no one")):
        assert said in recorded(scene, head, base=base)
    assert not (scene.root / RECORD).exists()
    assert recorded(scene, head, "chen-x", before) == RECORD
    assert approval_of((scene.root / RECORD).read_bytes(), RECORD).base == before
    scene.commit(NOOR, "recorded")
    assert judged(scene) == ""


@pytest.mark.parametrize("signed_before", [True, False])
def test_a_signature_that_comes_after_its_record_is_given_when_it_comes(scene, signed_before):
    edit(scene)
    scene.record("chen")
    place = scene.root / SIGNATURE
    good = place.read_bytes()
    if not signed_before:
        place.write_bytes(sign(scene.keys / "mallory", NAMESPACE, b"something else"))
    scene.commit(ADA, "approved")
    by_merge(scene)
    away = PEOPLE["chen"].replace("{", "{status: paused, since: 2026-03-03, ")
    scene.write(**{"labels/annotators/chen.yaml": f"{away}\n"})
    scene.commit(NOOR, "chen is away")
    git(scene.root, "switch", "-q", "-c", "signature")
    place.write_bytes(good)
    scene.commit(ADA, "signed")
    said = scene.verify(base="main")
    assert said == "" if signed_before else "chen is paused in the roster, not active" in said, said


def test_the_reason_names_the_commit_that_appoints_and_what_to_give(scene):
    before = scene.head
    appoint(scene)
    made = scene.head
    edit(scene)
    sign_it(scene)
    by_fast_forward(scene)
    said = judged(scene)
    assert f"in {before[:12]}" in said
    assert f"(mallory may approve since {made[:12]})" in said
    assert "--base COMMIT" in said


@pytest.mark.parametrize("merge", MERGES)
@pytest.mark.parametrize("who", ["chen", "una"])
def test_a_pull_request_that_brings_its_own_key_stays_held(scene, merge, who):
    place = scene.root / "guidelines/allowed_signers"
    key = " ".join((scene.keys / "mallory.pub").read_text().split()[:2])
    place.write_text(place.read_text() + f'{who} namespaces="{NAMESPACE}" {key}\n')
    scene.commit(ADA, "a key")
    edit(scene)
    scene.record(who, key="mallory")
    scene.commit(ADA, "approved")
    merge(scene)
    assert f"sign for {who}" in judged(scene)


@pytest.mark.parametrize("merge", MERGES)
def test_a_pull_request_that_asks_for_the_easier_way_stays_held(scene, merge):
    git(scene.root, "switch", "-q", "main")
    policy = (scene.root / "checks/project.yaml").read_text()
    scene.write(policy=policy.replace("approval: forge", "approval: signed"))
    scene.commit(NOOR, "signatures")
    by_another_merge(scene, lambda: None)
    git(scene.root, "switch", "-q", "-C", "proposal")
    scene.write(policy=policy)
    scene.commit(ADA, "the easier way")
    edit(scene)
    say_it(scene, "chen")
    merge(scene)
    assert "requires a signature" in judged(scene)


def by_another_merge(scene: Scene, change) -> None:
    """A pull request of its own, merged with a merge commit."""
    git(scene.root, "switch", "-q", "-C", "other", "main")
    change()
    scene.commit(NOOR, "other")
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "merge", "-q", "--no-ff", "--no-edit", "other")
    git(scene.root, "switch", "-q", "-C", "proposal")


@pytest.mark.parametrize("merge", MERGES)
@pytest.mark.parametrize("record", [sign_it, say_it])
def test_an_approver_of_old_approves_however_it_is_merged(scene, merge, record):
    edit(scene)
    record(scene, "chen")
    assert judged(scene) == ""
    merge(scene)
    assert judged(scene) == ""


@pytest.mark.parametrize("merge", MERGES)
def test_an_approver_whom_an_earlier_merge_brought_approves(scene, merge):
    by_another_merge(scene, lambda: appoint(scene, author=NOOR))
    edit(scene)
    sign_it(scene)
    merge(scene)
    assert judged(scene) == ""


@pytest.mark.parametrize("merge", [by_fast_forward, with_swapped_parents, by_merge])
def test_the_default_branch_taken_into_the_pull_request_parts_nothing(scene, merge):
    appoint(scene)
    git(scene.root, "switch", "-q", "main")
    scene.write(**{"labels/annotators/zoe.yaml": "{role: annotator}\n"})
    scene.commit(NOOR, "beside")
    git(scene.root, "switch", "-q", "proposal")
    git(scene.root, "merge", "-q", "--no-edit", "main", author=ADA)
    edit(scene)
    sign_it(scene)
    merge(scene)
    assert "mallory is not in the roster" in judged(scene)


def test_a_reviewer_who_came_after_content_in_the_same_row_approves_it_by_the_base_that_is_named(scene):
    git(scene.root, "switch", "-q", "main")
    edit(scene)
    appoint(scene, author=NOOR)
    assert "mallory is not in the roster" in approved_by(scene, "mallory")
    assert approved_by(scene, "mallory", "main") == RECORD
    before = scene.head
    scene.commit(ADA, "approved")
    assert judged(scene, base=before) == ""
    assert "mallory is not in the roster" in judged(scene)


def test_what_the_project_began_with_is_approved_with_a_key_that_came_later(scene):
    git(scene.root, "switch", "-q", "main")
    name, seal = approval_path("mood", "0.1.0"), signature_path("mood", "0.1.0")
    key = " ".join((scene.keys / "mallory.pub").read_text().split()[:2])
    place = scene.root / "guidelines/allowed_signers"
    place.write_text(f'una namespaces="{NAMESPACE}" {key}\n')
    data = approval_bytes(replace(approval_of((scene.root / name).read_bytes(), name), approvers=("una",)))
    scene.write(**{name: data.decode(), "labels/annotators/uri.yaml": "{role: annotator}\n"})
    (scene.root / seal).write_bytes(sign(scene.keys / "mallory", NAMESPACE, data))
    scene.commit(NOOR, "a key, and what it signed")
    assert judged(scene) == ""


@pytest.mark.parametrize("merge", [by_squash, by_rebase, by_fast_forward])
def test_after_commits_in_a_row_the_base_says_who_was_there_before(scene, merge):
    git(scene.root, "switch", "-q", "main")
    appoint(scene, author=NOOR)
    before = scene.head
    git(scene.root, "switch", "-q", "-C", "proposal")
    edit(scene)
    sign_it(scene)
    assert judged(scene) == ""
    merge(scene)
    assert "mallory is not in the roster" in judged(scene)
    assert judged(scene, base=before) == ""


def test_a_record_cannot_say_itself_that_its_approver_was_there_before(scene):
    appoint(scene)
    sign = scene.head
    edit(scene)
    sign_it(scene, base=sign)
    by_rebase(scene)
    assert "mallory is not in the roster" in judged(scene)


def test_a_record_whose_own_base_speaks_against_it_is_held(scene):
    before = scene.head
    by_another_merge(scene, lambda: appoint(scene, author=NOOR))
    edit(scene)
    sign_it(scene, base=before)
    by_merge(scene)
    assert f"mallory is not in the roster in its base {before[:12]}" in judged(scene)


def test_a_record_with_a_base_that_nobody_has_is_held(scene):
    edit(scene)
    sign_it(scene, "chen", base="0" * 40)
    by_merge(scene)
    assert "the base 000000000000" in judged(scene)
    assert judged(scene, base="main^1") == ""


def test_what_an_older_approver_signed_says_what_the_default_branch_was(scene):
    git(scene.root, "switch", "-q", "main")
    appoint(scene, author=NOOR)
    git(scene.root, "switch", "-q", "-C", "proposal")
    edit(scene)
    assert approved_by(scene, "chen") == RECORD
    scene.commit("chen@example.org", "approved")
    by_fast_forward(scene)
    third = "  - {version: 0.3.0, date: 2026-03-02, summary: third, affects: [title=bad]}\n"
    scene.write(guideline=guideline("0.3.0", FIRST + SECOND + third))
    scene.commit(ADA, "the third version")
    scene.record("mallory")
    scene.commit("mallory@example.org", "approved")
    assert judged(scene) == ""


def test_what_the_appointed_signs_themselves_says_nothing_of_what_was_before(scene):
    appoint(scene)
    edit(scene)
    sign_it(scene, base=scene.head)
    third = "  - {version: 0.3.0, date: 2026-03-02, summary: third, affects: [title=bad]}\n"
    scene.write(guideline=guideline("0.3.0", FIRST + SECOND + third))
    scene.commit(ADA, "the third version")
    scene.record("mallory", base=scene.head)
    scene.commit("mallory@example.org", "approved")
    by_fast_forward(scene)
    assert "mallory is not in the roster" in judged(scene)
    assert "mallory is not in the roster" in judged(scene, version="0.2.0")


def test_an_approver_taken_out_and_put_back_by_the_pull_request_does_not_count(scene):
    by_another_merge(scene, lambda: scene.write(**{"labels/annotators/chen.yaml": "{role: annotator}\n"}))
    scene.write(**{"labels/annotators/chen.yaml": f"{PEOPLE['chen']}\n"})
    scene.commit(ADA, "put back")
    edit(scene)
    sign_it(scene, "chen")
    by_rebase(scene)
    assert "chen is an annotator" in judged(scene)


def test_an_approval_ends_with_the_key_and_stays_while_its_approver_is_away(scene):
    edit(scene)
    sign_it(scene, "chen")
    by_merge(scene)
    away = "{{role: reviewer, status: {}, handle: chen-x}}\n"
    for status, said in (
        ("paused, since: 2126-01-01", ""),
        ("left, since: 2026-01-01", "chen is marked as left in the roster since 2026-01-01, and approved on"),
        ("left", "chen is marked as left in the roster, without a date"),
        ("left, since: 2126-01-01", ""),
    ):
        scene.write(**{"labels/annotators/chen.yaml": away.format(status)})
        scene.commit(NOOR, "away")
        assert judged(scene).removeprefix("mood: ").startswith(said) if said else judged(scene) == ""
    place = scene.root / "guidelines/allowed_signers"
    kept = [line for line in place.read_text().splitlines(True) if not line.startswith("chen ")]
    place.write_text("".join(kept))
    scene.commit(NOOR, "revoked")
    assert "key that may sign for chen" in judged(scene)


@pytest.mark.parametrize("merge", MERGES)
def test_an_author_hidden_by_the_pull_requests_own_roster_is_known_by_the_base(scene, merge):
    scene.write(**{"labels/annotators/chen.yaml": "{role: reviewer, handle: chen-x}\n"})
    scene.commit(ADA, "an e-mail less")
    edit(scene, "chen@example.org")
    sign_it(scene, "chen")
    merge(scene)
    assert "chen wrote part" in judged(scene)


@pytest.mark.parametrize("merge", MERGES)
def test_an_author_whom_nobody_knows_holds_it_after_the_merge_too(scene, merge):
    edit(scene, "who@example.org")
    sign_it(scene, "chen")
    merge(scene)
    assert "who@example.org" in judged(scene)


def test_a_squash_that_calls_the_approver_a_co_author_is_held(scene):
    edit(scene)
    scene.record("chen")
    scene.commit("chen@example.org", "approved")
    assert judged(scene) == ""
    by_squash(scene)
    assert "chen wrote part" in judged(scene)


@pytest.mark.parametrize("merge", MERGES)
def test_an_approval_that_the_pull_request_brings_hides_no_author(scene, merge):
    """mallory, whom it appoints, approves chen's 0.2.0; so ada's 0.3.0 is still chen's own work as well."""
    appoint(scene)
    edit(scene, "chen@example.org")
    sign_it(scene)
    third = "  - {version: 0.3.0, date: 2026-03-02, summary: third, affects: [title=bad]}\n"
    scene.write(guideline=guideline("0.3.0", FIRST + SECOND + third))
    scene.commit(ADA, "the third version")
    scene.record("chen")
    scene.commit("chen@example.org", "approved")
    merge(scene)
    assert "chen wrote part" in judged(scene)


def test_two_beginnings_tell_of_none(scene):
    """A pull request with a history of its own, in which mallory is the first lead."""
    git(scene.root, "switch", "-q", "--orphan", "alone")
    git(scene.root, "checkout", "-q", "main", "--", ".")
    appoint(scene)
    edit(scene)
    sign_it(scene)
    git(scene.root, "switch", "-q", "main")
    tree = git(scene.root, "rev-parse", "alone^{tree}")
    merge = git(scene.root, "commit-tree", tree, "-p", "alone", "-p", "main", "-m", "merged")
    git(scene.root, "reset", "-q", "--hard", merge)
    assert "the state of the default branch before this change is unknown; give --base COMMIT" in judged(scene)


def test_a_branch_without_a_commit_in_common_is_not_judged(scene):
    git(scene.root, "switch", "-q", "--orphan", "alone")
    git(scene.root, "checkout", "-q", "main", "--", ".")
    scene.commit(NOOR)
    for options in ({}, {"base": "main"}):
        with pytest.raises(UsageError, match="no commit in common"):
            judged(scene, **options)


def test_the_first_approvers_approve_what_they_began_with(scene):
    git(scene.root, "switch", "-q", "main")
    assert judged(scene) == ""
    place = scene.root / approval_path("mood", "0.1.0")
    said = approval_of(place.read_bytes(), str(place))
    assert (said.project, said.approvers) == (PROJECT_ID, ("noor",))
    appoint(scene)
    data = approval_bytes(replace(said, approvers=("mallory",)))
    place.write_bytes(data)
    (scene.root / signature_path("mood", "0.1.0")).write_bytes(sign(scene.keys / "mallory", NAMESPACE, data))
    scene.commit(ADA, "approved anew")
    assert "mallory is not in the roster" in judged(scene)


DESCRIBED = "title: {title: The title, description: How it sounds, enum: [good, bad]}"


@pytest.mark.parametrize("merge", MERGES)
def test_a_description_is_approved_and_a_title_or_comment_is_not(scene, merge):
    schema = (scene.root / "schemas/mood.yaml").read_text()
    described = schema.replace("title: {title: The title, enum: [good, bad]}", DESCRIBED)
    assert described != schema
    scene.write(schema=described)
    edit(scene)
    sign_it(scene, "chen")
    merge(scene)
    scene.write(schema=described.replace("The title", "Its title") + "$comment: x\n# y\n")
    scene.commit(ADA, "a title")
    assert judged(scene) == ""
    scene.write(schema=described.replace("How it sounds", "How it seems"))
    scene.commit(ADA, "a description")
    assert "not what was approved" in judged(scene)


@pytest.mark.parametrize("merge", MERGES)
def test_an_author_whom_the_pull_request_makes_known_is_no_stranger(scene, merge):
    """A stranger is whom neither the base nor the result knows: a newcomer's first pull request is not held for good."""
    scene.write(**{"labels/annotators/dan.yaml": "{role: annotator, emails: [dan@example.org]}\n"})
    edit(scene, "dan@example.org")
    sign_it(scene, "chen")
    merge(scene)
    assert judged(scene) == ""


def past(scene: Scene, *, tip_stated: bool = False) -> BranchPast:
    return BranchPast(project=scene.project, tip=git(scene.root, "rev-parse", "main"), tip_stated=tip_stated)


def record_of(scene: Scene, content: Content) -> FiledRecord:
    filed = record_in(scene.project.snapshot, content)
    assert isinstance(filed, FiledRecord)
    return filed


def told(scene: Scene, *, tip_stated: bool = False):
    """What the record here comes to, and whether the people of each state know zoe."""
    content = load_content(scene.project, "mood")
    found = past(scene, tip_stated=tip_stated).standing(record_of(scene, content), content)
    return found.judged.by, ["zoe" in trust.people for trust in found.trusts], found.merged, found.first


def test_what_a_record_came_to_is_told_with_the_states_that_it_was_judged_by(scene):
    git(scene.root, "switch", "-q", "main")
    assert told(scene) == (("noor",), [False], True, True)
    git(scene.root, "switch", "-q", "proposal")
    scene.write(**{"labels/annotators/zoe.yaml": "{role: annotator}\n"})
    edit(scene)
    say_it(scene, "chen")
    assert told(scene) == (("chen",), [False], False, False)
    by_merge(scene)
    assert told(scene) == (("chen",), [True, False], True, False)
    scene.write(**{"labels/annotators/chen.yaml": "{role: annotator}\n"})
    scene.commit(NOOR, "no reviewer")
    assert told(scene) == ((), [True], True, False)


def directly(scene: Scene, *steps) -> None:
    git(scene.root, "switch", "-q", "main")
    for step in steps:
        step(scene)


def merged(scene: Scene, *steps) -> None:
    git(scene.root, "switch", "-q", "-C", "other", "main")
    for step in steps:
        step(scene)
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "merge", "-q", "--no-ff", "--no-edit", "other")


def beside(scene: Scene) -> None:
    scene.write(**{"labels/annotators/zoe.yaml": f"{{role: annotator}}  # {scene.head}\n"})
    scene.commit(NOOR, "beside")


def broken(scene: Scene) -> None:
    scene.write(policy="format: [\n")
    scene.commit(NOOR, "broken")


def repaired(scene: Scene) -> None:
    scene.write(policy=f"format: 1\nid: {PROJECT_ID}\napproval: forge\ntasks: {{mood: {{pool: texts}}}}\n")
    scene.commit(NOOR, "repaired")


@pytest.mark.parametrize(
    ("line", "stays_held"),
    [
        ([(merged, appoint), (merged, edit, say_it)], False),
        ([(directly, appoint), (merged, edit, say_it)], False),
        ([(merged, appoint), (directly, edit, say_it)], False),
        ([(merged, appoint), (merged, beside), (directly, edit, say_it)], False),
        ([(merged, appoint), (directly, beside), (merged, beside), (directly, edit, say_it)], False),
        ([(directly, appoint), (merged, beside), (directly, edit, say_it)], True),
        ([(merged, edit), (merged, appoint), (merged, say_it)], False),
        ([(merged, edit), (merged, appoint), (directly, say_it)], False),
        ([(merged, edit), (merged, appoint, say_it)], True),
        ([(merged, edit, appoint), (merged, say_it)], True),
        ([(merged, appoint, edit), (merged, say_it)], True),
        ([(directly, edit, appoint), (merged, say_it)], True),
        ([(directly, edit), (merged, appoint), (merged, say_it)], False),
        ([(merged, edit, say_it), (merged, appoint), (merged, beside)], True),
        ([(merged, edit, appoint, broken), (merged, repaired), (merged, say_it)], True),
    ],
)
def test_who_was_appointed_before_content_and_record_came_approves(scene, line, stays_held):
    for how, *steps in line:
        how(scene, *steps)
    for tip_stated in (False, True):
        content = load_content(scene.project, "mood")
        found = past(scene, tip_stated=tip_stated).standing(record_of(scene, content), content).judged
        assert ("mallory is not in the roster" in found.reason) is stays_held, found.reason
        assert found.by == (() if stays_held else ("mallory",))


def test_where_the_beginning_is_unknown_a_row_of_commits_is_not_judged_and_a_merge_is(scene):
    git(scene.root, "switch", "-q", "--orphan", "alone")
    git(scene.root, "checkout", "-q", "main", "--", ".")
    scene.commit(NOOR)
    git(scene.root, "switch", "-q", "main")
    merge = git(scene.root, "commit-tree", "alone^{tree}", "-p", "alone", "-p", "main", "-m", "merged")
    git(scene.root, "reset", "-q", "--hard", merge)
    merged(scene, beside)
    git(scene.root, "branch", "-q", "start")
    for how, reason in (
        (directly, "the state of the default branch before this change is unknown; give --base COMMIT"),
        (merged, ""),
    ):
        git(scene.root, "switch", "-q", "-C", "main", "start")
        how(scene, edit, lambda it: say_it(it, "chen"))
        content = load_content(scene.project, "mood")
        found = past(scene).standing(record_of(scene, content), content)
        assert (found.judged.reason, found.first) == (reason, False)


def policy(old: str, new: str):
    def _change(scene: Scene) -> None:
        text = (scene.root / "checks/project.yaml").read_text()
        assert old in text
        scene.write(policy=text.replace(old, new))
        scene.commit(NOOR, "policy")

    return _change


def keyed(scene: Scene) -> None:
    key = " ".join((scene.keys / "mallory.pub").read_text().split()[:2])
    place = scene.root / "guidelines/allowed_signers"
    place.write_text(place.read_text() + f'una namespaces="{NAMESPACE}" {key}\n')
    scene.commit(NOOR, "a key")


OTHER = policy(PROJECT_ID, "22222222-bbbb")
SIGNATURES, REVIEWS = policy("approval: forge", "approval: signed"), policy("approval: signed", "approval: forge")


@pytest.mark.parametrize(
    ("before", "change", "record", "says"),
    [
        ([], OTHER, lambda it: sign_it(it, "chen", project="22222222-bbbb"), "for the project 22222222-bbbb, not"),
        ([], keyed, lambda it: sign_it(it, "una", key="mallory"), "lists no key that may sign for una"),
        ([SIGNATURES], REVIEWS, lambda it: say_it(it, "chen"), "requires a signature"),
    ],
    ids=["project", "key", "way"],
)
def test_content_that_comes_with_what_lets_its_record_count_is_held(scene, before, change, record, says):
    for step in before:
        merged(scene, step)
    git(scene.root, "branch", "-q", "start", "main")
    for line, stays_held in (
        ([(merged, edit, change), (merged, record)], True),
        ([(merged, change), (merged, edit, record)], False),
        ([(merged, change), (merged, beside), (directly, edit, record)], False),
        ([(directly, change), (merged, beside), (directly, edit, record)], True),
    ):
        git(scene.root, "switch", "-q", "-C", "main", "start")
        for how, *steps in line:
            how(scene, *steps)
        content = load_content(scene.project, "mood")
        judged_here = past(scene).standing(record_of(scene, content), content).judged
        assert (says in judged_here.reason) is stays_held, judged_here.reason
        assert judged_here.approved is not stays_held


def test_where_the_state_before_a_record_cannot_be_read_that_is_why_it_is_held(scene):
    merged(scene, broken)
    merged(scene, repaired, edit, lambda it: say_it(it, "chen"))
    content = load_content(scene.project, "mood")
    found = past(scene).standing(record_of(scene, content), content)
    assert (found.judged.by, found.merged) == ((), True)
    assert found.judged.reason.startswith("checks/project.yaml:")


@pytest.mark.parametrize("status", ["left, since: 2026-01-01", "paused", "excluded"])
def test_who_was_away_before_the_content_came_and_is_back_before_the_record_approves(scene, status):
    def entered(entry):
        return lambda it: (it.write(**{"labels/annotators/chen.yaml": f"{entry}\n"}), it.commit(NOOR))

    merged(scene, entered(PEOPLE["chen"].replace("{", f"{{status: {status}, ")))
    merged(scene, edit, entered(PEOPLE["chen"]))
    merged(scene, lambda it: say_it(it, "chen"))
    assert told(scene)[0] == (() if status == "excluded" else ("chen",))


def test_who_comes_back_by_the_pull_request_that_they_approve_does_not_count(scene):
    away = PEOPLE["chen"].replace("{", "{status: paused, since: 2026-01-01, ")
    merged(scene, lambda it: it.write(**{"labels/annotators/chen.yaml": f"{away}\n"}), lambda it: it.commit(NOOR))
    back = {"labels/annotators/chen.yaml": f"{PEOPLE['chen']}\n"}
    merged(scene, lambda it: it.write(**back), edit, lambda it: say_it(it, "chen"))
    assert told(scene)[0] == ()


def next_version(version: str, who: str):
    def _make(scene: Scene) -> None:
        entry = f"  - {{version: {version}, date: 2026-03-01, summary: next}}\n"
        place = scene.root / "guidelines/mood.md"
        before = place.read_text().partition("changes:\n")[2].partition("---\n")[0]
        scene.write(guideline=guideline(version, before + entry))
        scene.commit(ADA, version)
        path = approval_path("mood", version)
        said = approval_of(scene.record(who).read_bytes(), path)
        scene.write(**{path: approval_bytes(replace(said, way="forge")).decode()})
        (scene.root / signature_path("mood", version)).unlink()
        scene.commit(ADA, "approved")

    return _make


def test_the_earlier_versions_that_count_are_those_with_a_good_record_in_its_place(scene):
    for version, who in (("0.2.0", "chen"), ("0.3.0", "ben"), ("0.10.0", "chen")):
        merged(scene, next_version(version, who))
    digest = {
        version: approval_of((scene.root / approval_path("mood", version)).read_bytes(), "r").digest
        for version in ("0.1.0", "0.2.0", "0.10.0")
    }
    folder = scene.root / "guidelines/approvals/mood"
    (folder / "0.1.5.yaml").write_text("[\n")
    (folder / "0.0.9.yaml").write_bytes((folder / "0.2.0.yaml").read_bytes().replace(b"task: mood", b"task: tone"))
    (folder / "README.md").write_text("records\n")
    scene.commit(NOOR, "no records")

    def counting(version):
        return past(scene).approved_digests(Content(task="mood", version=version, digest="x"))

    assert counting("0.11.0") == digest
    assert counting("0.10.0") == {version: digest[version] for version in ("0.1.0", "0.2.0")}
    assert counting("0.2.0") == {"0.1.0": digest["0.1.0"]}
    assert counting("0.1.0") == {}
    (folder / "0.2.0.yaml").rename(folder / "0.2.5.yaml")
    scene.commit(NOOR, "moved")
    assert set(counting("0.11.0")) == {"0.1.0", "0.10.0"}


@pytest.mark.parametrize(
    ("who", "changed", "after", "parts"),
    [
        ("chen", {}, None, True),
        ("chen", {"base": "0" * 40}, None, False),
        ("chen", {"way": "forge"}, None, False),
        ("chen", {"digest": "0" * 64}, None, True),
        ("ben", {}, None, False),
        ("mallory", {}, None, False),
        ("chen", {}, "{role: annotator, handle: chen-x}", False),
    ],
)
def test_what_a_good_signed_record_names_as_its_base_parts_the_line(scene, who, changed, after, parts):
    directly(scene, beside)
    base, began = scene.head, git(scene.root, "rev-list", "--max-parents=0", "HEAD")
    edit(scene)
    scene.record(who, **{"base": base, **changed})
    scene.commit(ADA, "approved")
    if after:
        scene.write(**{f"labels/annotators/{who}.yaml": f"{after}\n"})
        scene.commit(NOOR, "later")
    first = BranchStep(before=None, after=began, first=True)
    whole = (BranchStep(before=began, after=scene.head), first)
    parted = (BranchStep(before=base, after=scene.head), BranchStep(before=began, after=base, sure=True), first)
    assert past(scene).steps == (parted if parts else whole)


def test_a_record_in_the_folder_of_another_task_parts_nothing(scene):
    directly(scene, beside)
    base = scene.head
    edit(scene)
    scene.record("chen", base=base, task="tone")
    scene.commit(ADA, "approved")
    assert [step.before for step in past(scene).steps if step.before == base] == []


def test_a_version_of_unknown_text_is_one_of_the_first_where_the_first_guideline_lists_it(scene):
    git(scene.root, "switch", "-q", "main")
    first = Content(task="mood", version="0.1.0", date="2026-01-01")
    assert past(scene).standing(record_of(scene, first), first).first
    merged(scene, edit, lambda it: say_it(it, "chen"))
    later = Content(task="mood", version="0.2.0", date="2026-03-01")
    found = past(scene).standing(record_of(scene, later), later)
    assert (found.first, found.judged.by) == (False, ("chen",))
    assert past(scene).standing(record_of(scene, first), first).first


@pytest.mark.parametrize("text", [None, "no guideline\n"])
def test_where_the_first_state_has_no_guideline_that_can_be_read_no_version_is_one_of_the_first(made, tmp_path, text):
    scene = copied(made, tmp_path)
    git(scene.root, "switch", "-q", "--orphan", "alone")
    git(scene.root, "checkout", "-q", "main", "--", ".")
    place = scene.root / "guidelines/mood.md"
    kept = place.read_text()
    place.write_text(text) if text else place.unlink()
    scene.commit(NOOR)
    scene.write(guideline=kept)
    scene.commit(NOOR)
    git(scene.root, "branch", "-q", "-f", "main", "alone")
    first = Content(task="mood", version="0.1.0", date="2026-01-01")
    found = past(scene).standing(record_of(scene, first), first)
    assert (found.first, found.judged.by) == (False, ("noor",))
