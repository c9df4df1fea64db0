"""`assay guideline keygen|approve|verify|record`, on a real repository with real keys."""

import json
import shutil

import pytest

from approving import NOW, build, copied, git, review
from assay.git.child import public_half
from assay.guidelines.approval import approval_of
from assay.guidelines.approval_records import version_approvals

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")

RECORD = "guidelines/approvals/mood/0.2.0.yaml"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return build(tmp_path_factory.mktemp("approving"))


@pytest.fixture
def scene(made, assay, tmp_path, monkeypatch):  # noqa: ARG001 - it changes the folder first
    copy = copied(made, tmp_path)
    monkeypatch.chdir(copy.root)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("assay.cli.approval.now", lambda: NOW)
    git(copy.root, "config", "user.email", "chen@example.org")
    git(copy.root, "config", "user.name", "Chen")
    return copy


@pytest.fixture
def reviews(scene, tmp_path):
    """Writes the reviews of the head to a file: its path."""

    def _reviews(login="chen-x", state="APPROVED"):
        path = tmp_path / "reviews.json"
        path.write_text(json.dumps([[review(login, state, scene.head)]], indent=2))
        return path

    return _reviews


@pytest.mark.threat(5)
def test_a_reviewer_approves_with_a_key_and_one_edited_byte_voids_it(assay, scene):
    held = assay("guideline", "verify", "mood")
    assert (held.code, held.out) == (1, "mood 0.2.0: held: there is no approval record\n")
    approved = assay("guideline", "approve", "mood", "--key", scene.keys / "chen")
    assert approved.code == 0, approved.err
    assert approved.out.splitlines() == [f"wrote {RECORD}", f"wrote {RECORD.replace('.yaml', '.sig')}"]
    assert assay("guideline", "verify", "mood").out == "mood 0.2.0: approved by chen (signed)\n"
    signed = [(scene.root / RECORD).with_suffix(end).read_bytes() for end in (".yaml", ".sig")]
    again = assay("guideline", "approve", "mood", "--key", scene.keys / "chen")
    assert (again.code, again.out) == (0, f"{RECORD} already exists with this content: nothing was written\n")
    assert [(scene.root / RECORD).with_suffix(end).read_bytes() for end in (".yaml", ".sig")] == signed
    other = assay("guideline", "approve", "mood", "--key", scene.keys / "noor", "--as", "noor")
    assert (other.code, "0.2.0 is already approved by chen" in other.err) == (2, True)
    place = scene.root / "guidelines/mood.md"
    place.write_text(place.read_text().replace("Read it", "Read It"))
    assert assay("guideline", "verify", "mood", "--format", "json").json[0]["state"] == "held"


def test_what_is_approved_is_sent_with_its_signature(assay, scene):
    (scene.root / "checks/mood.yaml").write_text(
        "consensus: {method: majority}\nrules: {schema: {errors_at_most: 9}}\n"
    )
    git(scene.root, "add", "checks")
    git(scene.root, "commit", "-q", "-m", "policy")
    approve = ("guideline", "approve", "mood", "--key", scene.keys / "chen")
    assert assay(*approve).code == 0
    sent = assay(*approve, "--submit")
    assert sent.code == 0, sent.err
    assert "there is no remote" in sent.err
    listed = git(scene.root, "show", "--format=%s", "--name-only", "HEAD").split()
    assert listed == [*["mood:", "guideline", "approved", "by", "chen"], RECORD.replace(".yaml", ".sig"), RECORD]


def test_the_record_lists_every_entry_that_the_author_may_be(assay, scene):
    assert assay("guideline", "approve", "mood", "--key", scene.keys / "chen").code == 0
    record = approval_of((scene.root / RECORD).read_bytes(), RECORD)
    assert (record.authors, record.approvers, record.at) == (("ada", "ida"), ("chen",), NOW)


@pytest.mark.parametrize(
    ("who", "author", "reason"),
    [
        ("chen", "chen@example.org", "authors cannot approve their own change"),
        ("ben", "ada@example.org", "ben is an annotator"),
        ("pia", "ada@example.org", "pia is paused"),
        ("chen", "who@example.org", "who@example.org"),
        ("gil", "ada@example.org", "key that may sign for gil"),
        ("una", "ada@example.org", "lists no key that may sign for una"),
    ],
)
@pytest.mark.threat(4)
def test_who_may_not_approve_is_refused_and_nothing_is_written(assay, scene, who, author, reason):
    scene.edit(author)
    refused = assay("guideline", "approve", "mood", "--key", scene.keys / who, "--as", who)
    assert refused.code == 1
    assert reason in refused.err
    assert not (scene.root / RECORD).exists()


def test_an_author_under_an_e_mail_of_this_clone_is_refused_though_the_roster_does_not_know_it(assay, scene):
    scene.edit("home@example.org")
    git(scene.root, "config", "user.email", "home@example.org")
    refused = assay("guideline", "approve", "mood", "--key", scene.keys / "chen", "--as", "chen")
    assert refused.code == 1
    assert "chen wrote" in refused.err


def test_an_unknown_e_mail_is_somebody_elses_when_the_approver_says_so(assay, scene):
    scene.edit("home@example.org")
    said = assay("guideline", "approve", "mood", "--key", scene.keys / "chen", "--author", "ben=home@example.org")
    assert said.code == 0, said.err
    assert assay("guideline", "verify", "mood").code == 0
    record = approval_of((scene.root / RECORD).read_bytes(), RECORD)
    assert (record.authors, record.addresses) == (("ada", "ben", "ida"), {"home@example.org": "ben"})


def test_what_is_not_committed_is_not_approved(assay, scene):
    place = scene.root / "guidelines/mood.md"
    place.write_text(place.read_text() + "More.\n")
    refused = assay("guideline", "approve", "mood", "--key", scene.keys / "chen")
    assert refused.code == 2
    assert "not committed" in refused.err


def test_a_new_key_counts_once_its_line_is_in_the_base(assay, scene, tmp_path):
    made = assay("guideline", "keygen", "--as", "una")
    key = tmp_path / "config/assay/una_guideline"
    assert made.code == 0, made.err
    assert made.out == f'una namespaces="assay-guideline,git" {" ".join(public_half(key).read_text().split()[:2])}\n'
    assert key.stat().st_mode & 0o077 == 0
    signers = scene.root / "guidelines/allowed_signers"
    signers.write_text(signers.read_text() + made.out)
    scene.commit("ada@example.org")
    assert assay("guideline", "approve", "mood", "--as", "una").code == 1
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "checkout", "-q", "proposal", "--", "guidelines/allowed_signers")
    scene.commit("noor@example.org")
    git(scene.root, "switch", "-q", "proposal")
    git(scene.root, "rebase", "-q", "main", author="ada@example.org")
    assert assay("guideline", "approve", "mood", "--as", "una").code == 0
    assert assay("guideline", "verify", "mood").code == 0


def test_a_key_is_never_overwritten_and_never_in_the_project(assay, scene, tmp_path):
    assert assay("guideline", "keygen").code == 0
    key = tmp_path / "config/assay/chen_guideline"
    before = key.read_bytes()
    again = assay("guideline", "keygen")
    assert (again.code, key.read_bytes()) == (2, before)
    assert "never overwritten" in again.err
    assert assay("guideline", "keygen", "--key", scene.root / "key").code == 2
    assert not (scene.root / "key").exists()
    shutil.copy(key, scene.root / "key")
    assert "is in the project" in assay("guideline", "approve", "mood", "--key", scene.root / "key").err


def test_a_key_behind_a_link_into_the_project_is_in_the_project(assay, scene, tmp_path):
    (tmp_path / "way").symlink_to(scene.root)
    said = assay("guideline", "keygen", "--key", tmp_path / "way/key")
    assert (said.code, "is in the project" in said.err, (scene.root / "key").exists()) == (2, True, False)


def test_a_changed_trust_root_is_approved_by_somebody_already_trusted(assay, scene):
    scene.write(**{"labels/annotators/ben.yaml": "{role: reviewer, handle: ben-x, emails: [ben@example.org]}\n"})
    scene.commit("ada@example.org")
    scene.record("chen")
    held = assay("guideline", "verify", "mood")
    assert held.code == 1
    assert "@trust" in held.out
    assert assay("guideline", "approve", "--trust-root", "--key", scene.keys / "ben", "--as", "ben").code == 1
    approved = assay("guideline", "approve", "--trust-root", "--key", scene.keys / "noor", "--as", "noor")
    assert approved.code == 0, approved.err
    assert assay("guideline", "verify", "mood").code == 0


def test_a_trust_root_is_not_approved_by_whoever_changed_it(assay, scene):
    scene.write(**{"labels/annotators/ben.yaml": "{role: reviewer, handle: ben-x, emails: [ben@example.org]}\n"})
    scene.commit("noor@example.org")
    refused = assay("guideline", "approve", "--trust-root", "--key", scene.keys / "noor", "--as", "noor")
    assert refused.code == 1
    assert "noor wrote" in refused.err


def test_reviews_of_the_forge_approve_and_are_recorded_after_the_merge(assay, scene, reviews):
    file, head = reviews(), scene.head
    verified = assay("guideline", "verify", "mood", "--reviews", file, "--head", head, "--author", "ada-x")
    assert (verified.code, verified.out) == (0, "mood 0.2.0: approved by chen (forge)\n")
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "merge", "-q", "--no-ff", "--no-edit", "proposal")
    wanted = ("--pull-request", "7", "--head", head, "--author", "ada-x")
    recorded = assay("guideline", "record", "mood", "--reviews", file, *wanted)
    assert recorded.code == 0, recorded.err
    record = approval_of((scene.root / RECORD).read_bytes(), RECORD)
    assert (record.way, record.authors, record.approvers) == ("forge", ("ada", "ida"), ("chen",))
    assert (record.pull_request, record.head) == ("7", head)
    assert assay("guideline", "verify", "mood").code == 0
    assert version_approvals(scene.project, "mood", ["0.2.0"])["0.2.0"].way == "forge"
    data = (scene.root / RECORD).read_bytes()
    (scene.root / RECORD).write_bytes(data.replace(NOW.encode(), b"2026-03-03T08:00:00Z"))
    scene.commit("chen@example.org")
    again = assay("guideline", "record", "mood", "--reviews", file, *wanted)
    assert (again.code, again.out) == (0, f"{RECORD} already exists with this content: nothing was written\n"), (
        again.err
    )
    assert b"T08:00:00Z" in (scene.root / RECORD).read_bytes()
    other = assay("guideline", "record", "mood", "--reviews", file, "--pull-request", "8", *wanted[2:])
    assert (other.code, f"{RECORD} already exists, with other content" in other.err) == (2, True)


def test_what_was_squashed_and_its_branch_deleted_is_recorded_in_a_clone_that_never_had_it(
    assay, scene, reviews, tmp_path, monkeypatch
):
    file, head, base = reviews(), scene.head, git(scene.root, "rev-parse", "main")
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "merge", "-q", "--squash", "proposal")
    git(scene.root, "commit", "-q", "-m", "squashed")
    git(scene.root, "branch", "-q", "-D", "proposal")
    git(tmp_path, "clone", "-q", "--single-branch", scene.root.as_uri(), "fresh")
    monkeypatch.chdir(tmp_path / "fresh")
    wanted = ("--reviews", file, "--pull-request", "7", "--base", base, "--author", "ada-x", "--head")
    gone = assay("guideline", "record", "mood", *wanted, "0" * 40)
    assert (gone.code, "unknown revision" in gone.err) == (2, True)
    recorded = assay("guideline", "record", "mood", *wanted, head)
    assert recorded.code == 0, recorded.err
    assert approval_of((tmp_path / "fresh" / RECORD).read_bytes(), RECORD).head == head


@pytest.mark.threat(4)
def test_a_self_made_reviewer_is_none_after_the_merge_either(assay, scene, reviews):
    scene.write(**{"labels/annotators/ben.yaml": "{role: reviewer, handle: ben-x, emails: [ben@example.org]}\n"})
    scene.commit("ada@example.org")
    file, head = reviews("ben-x"), scene.head
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "merge", "-q", "--no-ff", "--no-edit", "proposal")
    refused = assay("guideline", "record", "mood", "--reviews", file, "--pull-request", "7", "--head", head)
    assert refused.code == 1
    assert "annotator" in refused.err


@pytest.mark.threat(5)
def test_what_was_merged_must_be_what_was_reviewed(assay, scene, reviews):
    file, head = reviews(), scene.head
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "merge", "-q", "--no-ff", "--no-edit", "proposal")
    scene.edit("ada@example.org")
    refused = assay("guideline", "record", "mood", "--reviews", file, "--pull-request", "7", "--head", head)
    assert refused.code == 1
    assert "differ from the commit that was reviewed" in refused.err


def test_held_reviews_are_not_recorded(assay, scene, reviews):
    file = reviews(state="DISMISSED")
    refused = assay("guideline", "record", "mood", "--reviews", file, "--pull-request", "7", "--head", scene.head)
    assert refused.code == 1
    assert "dismissed" in refused.err


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '[{"state": 1}]', '[{"user": {"login": "chen-x"}, "state": "APPROVED", "commit_id": "x"}]']
)
def test_reviews_that_are_none_are_said(assay, tmp_path, text):
    (tmp_path / "reviews.json").write_text(text)
    said = assay("guideline", "verify", "mood", "--reviews", tmp_path / "reviews.json")
    assert said.code == 2
    assert "gh api" in said.err


@pytest.mark.parametrize(
    "command",
    [
        ("verify", "mood", "--reviews"),
        ("record", "mood", "--pull-request", "7", "--head", "HEAD", "--reviews"),
        ("propose", "mood", "--as", "ada", "--file"),
    ],
)
@pytest.mark.usefixtures("scene")
def test_a_pipe_in_place_of_a_file_is_no_fault_of_assays(assay, command):
    said = assay("guideline", *command, "/dev/null")
    assert said.code == 2, said.err
    assert "/dev/null: not a regular file\n  fix: write it to a regular file first" in said.err


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "mod"),
        ("verify", "mood", "--version", "9.9.9"),
        ("verify", "mood", "--base", "nowhere"),
        ("verify", "mood", "--head", "HEAD"),
        ("approve",),
        ("approve", "mood", "--trust-root"),
        ("approve", "mood", "--key", "/nowhere/key"),
        ("approve", "mood", "--as", "nobody"),
    ],
)
def test_what_cannot_be_served_is_two(assay, arguments):
    assert assay("guideline", *arguments).code == 2


@pytest.mark.usefixtures("scene")
def test_an_earlier_version_is_judged_by_its_text_in_the_history(assay):
    assert assay("guideline", "verify", "mood", "--version", "0.1.0").out == "mood 0.1.0: approved by noor (signed)\n"


def test_without_ssh_keygen_that_is_said(assay, scene, monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(shutil.which("git"))
    scene.record("chen")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    said = assay("guideline", "verify", "mood")
    assert said.code == 2
    assert "ssh-keygen is not installed" in said.err


def test_the_stage_judges_every_version_by_the_tree_alone(scene):
    scene.record("chen")
    shutil.rmtree(scene.root / ".git")
    told = version_approvals(scene.project, "mood", ["0.1.0", "0.2.0", "0.3.0"])
    assert {version: one.state for version, one in told.items()} == {
        "0.1.0": "approved",
        "0.2.0": "approved",
        "0.3.0": "held",
    }
    assert (told["0.2.0"].by, told["0.2.0"].way) == (("chen",), "signed")
    scene.write(**{"labels/annotators/chen.yaml": "{role: reviewer, status: left, since: 2126-01-01}\n"})
    assert version_approvals(scene.project, "mood", ["0.2.0"])["0.2.0"].state == "approved"
    scene.write(**{"labels/annotators/chen.yaml": "{role: annotator}\n"})
    assert "annotator" in version_approvals(scene.project, "mood", ["0.2.0"])["0.2.0"].reason
