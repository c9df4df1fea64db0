"""Who stands for a commit: real keys and pushes in a real repository. Only what a key or the forge says is more than a claim."""

import json
import re
import shutil

import pytest

from assay.core.people import Annotator
from assay.errors import UsageError
from assay.git.child import make_key, sign
from assay.guidelines.signatures import signer_line
from assay.reviewer.change_authors import keys_of, signature_of
from assay.reviewer.event import ForgeEvidence, Push, ReviewRequest, event_of, pushes_of
from assay.reviewer.pull_request import judge_pull_request
from assay.reviewer.result import ReviewOutcome
from proposing import VOTE, Edit, commit, git, pushed
from signing import NOW, moved, raw, sign_branch, signature_in, store, with_signature, with_signers

pytestmark = pytest.mark.threat(3)

OK, APPROVAL, REFUSED = ReviewOutcome.OK, ReviewOutcome.APPROVAL, ReviewOutcome.REFUSED
MINE = "labels/mood/r3/ada.jsonl"
TWO = [Edit(files={MINE: VOTE}), Edit(files={MINE: VOTE + '{"item":"i5","skip":"x"}\n'})]
CLAIM = "e-mails in a commit are a claim; sign the commits, or give --pushes"


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return with_signers(tmp_path_factory.mktemp("pushed"))


@pytest.fixture
def root(scene):
    return scene[0]


@pytest.fixture
def own(root, request):
    """The branch of two commits of ada's on her own votes, oldest first: its name, and the commits."""
    name = f"own-{re.sub('[^a-z0-9]+', '-', request.node.name)}x"
    commit(root, name, TWO)
    return name, *git(root, "rev-list", "--reverse", f"main..{name}").split()


def verdict(root, branch, *pushes, actors=(), now=NOW, **forge):
    told = ForgeEvidence(pushes=pushes or None, **forge)
    return judge_pull_request(root, ReviewRequest(base="main", head=branch, actors=actors, forge=told, now=now)).verdict


def signed_verdict(scene, branch, *names, edits=None, **more):
    root, keys = scene
    commit(root, branch, edits or TWO[: len(names)])
    sign_branch(root, branch, [keys / name if name else None for name in names])
    return verdict(root, branch, **more)


@pytest.mark.parametrize("name", ["ada", "ada-home"])
def test_signed_by_the_owner_it_needs_nobody(scene, name):
    found = signed_verdict(scene, f"signed-{name}", name, name)
    assert (found.outcome, found.people) == (OK, ("ada",))


def test_what_git_itself_signs_holds(scene):
    root, keys = scene
    commit(root, "by-git", TWO[:1])
    made = git(
        root, "-c", "gpg.format=ssh", "-c", f"user.signingkey={keys / 'ada'}", "-c", "user.name=X",
        "-c", "user.email=ada@example.org", "commit-tree", "-S", "by-git^{tree}", "-p", "main", "-m", "signed",
    )  # fmt: skip
    assert b"\ngpgsig " in raw(root, made)
    assert verdict(root, made).outcome is OK


def test_the_signer_is_behind_the_change_whatever_its_e_mails_say(scene):
    found = signed_verdict(scene, "bens-key", "ben")
    assert (found.outcome, found.people) == (REFUSED, ("ada", "ben"))
    assert any("ben took part in it" in reason for reason in found.reasons)
    reviewers = [Edit(files={"labels/mood/r3/rei.jsonl": VOTE}, by="rei")]
    assert signed_verdict(scene, "without-namespaces", "rei", edits=reviewers).outcome is OK
    stolen = [
        Edit(files={"labels/mood/r3/rei.returned.jsonl": '{"item":"i4","annotator":"ada","why":"x"}\n'}, by="rei")
    ]
    assert "needs a reviewer, and ada is an annotator" in str(
        signed_verdict(scene, "role", "ada", edits=stolen).reasons
    )


def test_an_unknown_address_on_a_signed_commit_is_looked_at(scene):
    edits = [Edit(files={MINE: VOTE}, by="me@home.example")]
    found = signed_verdict(scene, "other-address", "ada", edits=edits)
    assert found.outcome is APPROVAL
    assert "the committer me@home.example is not in the roster" in str(found.reasons)


SILENT_KEYS = {
    "approver": "lists its key for no commits",
    "star": "lists its key for no commits",
    "anybody": "lists its key for no commits",
    "unlisted": "lists its key for no commits",
    "shared": "gives its key to several people",
    "also-anybody": "gives its key to several people",
    "expired": "does not verify with a key that is allowed today",
    "early": "does not verify with a key that is allowed today",
    "authority": "does not verify with a key that is allowed today",
    "bot": "its signer bot is a model",
}


@pytest.mark.parametrize("name", SILENT_KEYS)
def test_a_key_that_says_nothing_of_who_made_it(scene, name):
    found = signed_verdict(scene, f"silent-{name}", name)
    assert found.outcome is APPROVAL
    (reason,) = found.reasons
    head = git(scene[0], "rev-parse", f"silent-{name}")
    assert reason.startswith(f"unknown who pushed {head[:12]}: ")
    assert SILENT_KEYS[name] in reason
    assert reason.endswith(CLAIM)


def test_a_key_is_judged_by_the_day_of_the_review_and_no_date_of_a_commit_opens_it(scene):
    root, keys = scene
    commit(root, "dated", TWO[:1])
    for name, moment, day in (
        ("expired", "1700000000", "2025-12-31T00:00:00Z"),
        ("early", "1900000000", "2027-02-01T00:00:00Z"),
    ):
        stored = raw(root, "dated").replace(b"1770000000", moment.encode())
        made = store(root, with_signature(stored, sign(keys / name, "git", stored)))
        assert verdict(root, made).outcome is APPROVAL
        assert verdict(root, made, now=day).outcome is OK
        assert verdict(root, made, now="").outcome is APPROVAL


def test_a_signer_that_the_roster_does_not_know_is_refused(scene):
    found = signed_verdict(scene, "zeds-key", "zed")
    assert found.outcome is REFUSED
    assert "zed is not in the roster of the base" in str(found.reasons)


def test_a_signature_is_of_one_commit_and_of_nothing_else(scene):
    root, keys = scene
    commit(root, "spoiled", TWO)
    plain = raw(root, "spoiled")
    good = with_signature(plain, sign(keys / "ada", "git", plain))
    other = raw(root, "spoiled~")
    spoiled = {
        "of another commit": with_signature(plain, sign(keys / "ada", "git", other)),
        "another message": good.replace(b"labels", b"lapels"),
        "another parent": moved(good, {git(root, "rev-parse", "spoiled~"): git(root, "rev-parse", "main")}),
        "in another namespace": with_signature(plain, sign(keys / "ada", "assay-guideline", plain)),
        "twice": with_signature(good, signature_in(good)),
        "in the message": plain + b"\ngpgsig " + signature_in(good) + b"\n",
        "for another hash": with_signature(plain, sign(keys / "ada", "git", plain), b"gpgsig-sha256"),
        "of PGP": with_signature(plain, b"-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----"),
        "of nothing": with_signature(plain, b"x"),
    }
    push = pushed(root, "spoiled~", "Ada-X")
    assert verdict(root, store(root, good), push).outcome is OK
    for name, stored in spoiled.items():
        made = store(root, stored)
        found = verdict(root, made, push)
        assert found.outcome is APPROVAL, name
        assert f"unknown who pushed {made[:12]}" in found.reasons[0], name


def test_headers_with_lines_of_their_own_are_signed_too(scene):
    root, keys = scene
    commit(root, "tagged", TWO[:1])
    head, _, message = raw(root, "tagged").partition(b"\n\n")
    tag = b"mergetag object " + b"1" * 40 + b"\n type commit\n tag x\n \n gpgsig of a tag\n  deeper"
    stored = head + b"\n" + tag + b"\nencoding latin1\n\n" + message + b"\n\nmore\xff\n"
    signature = sign(keys / "ada", "git", stored)
    made = store(root, with_signature(stored, signature))
    assert verdict(root, made).outcome is OK
    spoiled = store(root, with_signature(stored, signature).replace(b"deeper", b"higher"))
    assert verdict(root, spoiled).outcome is APPROVAL


def test_the_signature_for_another_hash_is_no_part_of_what_is_signed(scene, tmp_path):
    root, keys = scene
    commit(root, "two-hashes", TWO[:1])
    plain = raw(root, "two-hashes")
    good = with_signature(plain, sign(keys / "ada", "git", plain))
    made = store(root, with_signature(good, b"-----BEGIN X-----\n\nx\n-----END X-----", b"gpgsig-sha256"))
    (tmp_path / "signers").write_text(f"ada {(keys / 'ada.pub').read_text()}")
    git(root, "-c", f"gpg.ssh.allowedSignersFile={tmp_path / 'signers'}", "verify-commit", made)
    assert verdict(root, made).outcome is OK


def test_a_repository_of_sha256_is_signed_in_a_header_of_its_own(tmp_path):
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "repository")
    root, line = tmp_path / "repository", make_key(tmp_path / "key", "ada")
    tree = git(root, "mktree")
    made = git(
        root, "-c", "gpg.format=ssh", "-c", f"user.signingkey={tmp_path / 'key'}", "-c", "user.name=X",
        "-c", "user.email=ada@example.org", "commit-tree", "-S", tree, "-m", "signed",
    )  # fmt: skip
    keys = keys_of(signer_line("ada", line).encode(), {"ada": Annotator(id="ada")}, NOW)
    stored = raw(root, made)
    assert b"\ngpgsig-sha256 " in stored
    assert signature_of(made, stored, keys).who == "ada"
    assert signature_of(made[:40], stored, keys) is None


def test_no_program_that_the_clone_names_is_run(scene, tmp_path):
    root, keys = scene
    clone, ran = tmp_path / "clone", tmp_path / "ran"
    shutil.copytree(root, clone)
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\ntouch {ran}\nexit 0\n")
    program.chmod(0o755)
    for key in ("gpg.program", "gpg.ssh.program", "gpg.openpgp.program", "gpg.x509.program"):
        git(clone, "config", key, str(program))
    git(clone, "config", "log.showSignature", "true")
    git(clone, "config", "gpg.ssh.allowedSignersFile", str(program))
    commit(clone, "signed", TWO[:1])
    sign_branch(clone, "signed", [keys / "unlisted"])
    git(clone, "log", "-1", "signed")
    assert ran.exists(), "git itself runs the program"
    ran.unlink()
    assert verdict(clone, "signed").outcome is APPROVAL
    commit(clone, "signed", TWO[:1])
    sign_branch(clone, "signed", [keys / "ada"])
    assert verdict(clone, "signed").outcome is OK
    assert not ran.exists()


def test_pushed_by_the_owner_it_needs_nobody(root, own):
    branch, first, second = own
    assert verdict(root, branch, Push(before="", after=second, actor="Ada-X")).outcome is OK
    parts = Push(before="", after=first, actor="Ada-X"), Push(before=first, after=second, actor="ada-x")
    assert verdict(root, branch, *parts).outcome is OK
    assert verdict(root, branch, *parts, *parts, Push(before=second, after="0" * 40, actor="Ada-X")).outcome is OK
    assert verdict(root, branch, Push(before=git(root, "rev-parse", "main"), after=second, actor="Ada-X")).outcome is OK


def test_who_pushed_any_part_is_behind_the_whole(root, own):
    branch, first, second = own
    mine = Push(before="", after=first, actor="Ada-X")
    found = verdict(root, branch, mine, Push(before=first, after=second, actor="ben-x"))
    assert (found.outcome, found.people) == (REFUSED, ("ada", "ben"))
    found = verdict(root, branch, mine, Push(before=first, after=second, actor="stranger"))
    assert found.outcome is REFUSED
    assert "stranger is not in the roster of the base" in str(found.reasons)


def test_one_that_is_signed_by_one_and_pushed_by_another_has_both_behind_it(scene):
    root, keys = scene
    commit(root, "both", TWO)
    first, second = sign_branch(root, "both", [keys / "ada", keys / "ada"])
    assert verdict(root, "both", Push(before="", after=second, actor="Ada-X")).outcome is OK
    assert verdict(root, "both", Push(before="", after=first, actor="ben-x")).outcome is REFUSED


def test_signatures_and_pushes_fill_each_others_gaps(scene):
    root, keys = scene
    commit(root, "gaps", TWO)
    first, second = sign_branch(root, "gaps", [keys / "ada", None])
    assert verdict(root, "gaps", Push(before=first, after=second, actor="Ada-X")).outcome is OK
    found = verdict(root, "gaps")
    assert (found.outcome, found.reasons) == (APPROVAL, (f"unknown who pushed {second[:12]}: {CLAIM}",))


def test_a_push_of_part_of_it_is_not_enough(root, own):
    branch, first, second = own
    found = verdict(root, branch, Push(before="", after=first, actor="Ada-X"))
    said = f"unknown who pushed {second[:12]}: no entry of --pushes covers it, {CLAIM}"
    assert (found.outcome, found.reasons) == (APPROVAL, (said,))
    found = verdict(root, branch)
    assert found.reasons == (f"unknown who pushed {second[:12]} and 1 more: {CLAIM}",)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("name", ["1" * 40, "1" * 64, "tree", "blob"])
def test_a_push_that_names_no_commit_that_is_here_covers_nothing(root, own, side, name):
    branch, _, second = own
    objects = {"tree": f"{second}^{{tree}}", "blob": f"{second}:{MINE}"}
    named = git(root, "rev-parse", objects[name]) if name in objects else name
    push = {"before": "", "after": second, "actor": "Ada-X", side: named}
    found = verdict(root, branch, Push(**push))
    assert found.outcome is APPROVAL
    assert "and 1 more: no entry of --pushes covers it" in found.reasons[0]


def test_a_force_push_covers_what_it_brought_and_not_what_had_been_there(root, own):
    branch, first, second = own
    commit(root, f"{branch}-old", [Edit(files={MINE: VOTE}, message="to be dropped")], start=branch)
    git(root, "update-ref", f"refs/heads/{branch}-old", store(root, moved(
        raw(root, f"{branch}-old"), {second: first})))  # fmt: skip
    dropped = git(root, "rev-parse", f"{branch}-old")
    forced = Push(before=dropped, after=second, actor="Ada-X")
    found = verdict(root, branch, forced)
    assert found.outcome is APPROVAL
    assert f"unknown who pushed {first[:12]}: " in found.reasons[0]
    assert verdict(root, branch, Push(before="", after=dropped, actor="Ada-X"), forced).outcome is OK
    assert verdict(root, branch, Push(before="", after=dropped, actor="ben-x"), forced).outcome is REFUSED


def test_who_pushed_only_what_was_dropped_had_no_hand_in_it(root, own):
    branch, _, second = own
    commit(root, f"{branch}-bens", [Edit(files={MINE: VOTE}, by="ben")], start="main")
    dropped = git(root, "rev-parse", f"{branch}-bens")
    pushes = Push(before="", after=dropped, actor="ben-x"), Push(before=dropped, after=second, actor="Ada-X")
    assert verdict(root, branch, *pushes).outcome is OK


def test_what_the_base_had_before_needs_nobody_to_stand_for_it(root):
    commit(root, "older", TWO[:1])
    git(root, "branch", "--force", "next", "main")
    commit(root, "next", [Edit(files={"docs/x.md": "x\n"}, by="noor")])
    commit(root, "updated", [Edit(files={MINE: VOTE, "docs/x.md": "x\n"}, merges="next")], start="older")
    push = pushed(root, "updated", "Ada-X", before=git(root, "rev-parse", "older"))
    first = pushed(root, "older", "Ada-X")
    asked = ReviewRequest(base="next", head="updated", forge=ForgeEvidence(pushes=(first, push)), now=NOW)
    found = judge_pull_request(root, asked).verdict
    assert (found.outcome, found.people) == (OK, ("ada",))


def event(tmp_path, action, sha, sender="Ada-X", user="Ada-X"):
    request = {"number": 7, "user": {"login": user}, "head": {"ref": "x", "sha": sha}, "base": {"ref": "main"}}
    place = tmp_path / "event.json"
    place.write_text(json.dumps({"action": action, "pull_request": request, "sender": {"login": sender}}))
    return event_of(place)


def test_the_event_of_its_opening_covers_the_head_that_it_opened(root, own, tmp_path):
    branch, first, second = own
    opened = event(tmp_path, "opened", second)
    assert verdict(root, branch, opened=opened.forge.opened, action="opened", actors=opened.actors).outcome is OK
    by_ben = event(tmp_path, "opened", second, sender="ben-x")
    assert verdict(root, branch, opened=by_ben.forge.opened, action="opened").outcome is REFUSED
    other = event(tmp_path, "opened", first)
    found = verdict(root, branch, opened=other.forge.opened, action="opened", actors=other.actors)
    said = f"unknown who pushed {second[:12]} and 1 more: the event opened another head, {CLAIM}"
    assert (found.outcome, found.reasons) == (APPROVAL, (said,))


@pytest.mark.parametrize("action", ["synchronize", "reopened", "edited", "ready_for_review", "Opened", ""])
def test_another_event_does_not_say_who_brought_its_commits(root, own, tmp_path, action):
    branch, _, second = own
    asked = event(tmp_path, action, second)
    told = asked.forge
    found = verdict(root, branch, action=told.action, opened=told.opened, actors=asked.actors)
    assert found.outcome is APPROVAL
    assert f"the event {action or 'without an action'} does not name who pushed its commits" in found.reasons[0]
    push = Push(before="", after=second, actor="Ada-X")
    assert verdict(root, branch, push, action=told.action, actors=asked.actors).outcome is OK


def test_an_event_without_a_sender_or_a_head_covers_nothing(root, own, tmp_path):
    branch, _, second = own
    for sender, sha in (("", second), ("Ada-X", "")):
        asked = event(tmp_path, "opened", sha, sender=sender)
        found = verdict(root, branch, action=asked.forge.action, opened=asked.forge.opened, actors=asked.actors)
        assert found.outcome is APPROVAL
        assert "the event names no sender or no head" in found.reasons[0]


def test_who_is_named_by_an_event_or_an_actor_is_behind_it_still(root, own, tmp_path):
    branch, _, second = own
    asked = event(tmp_path, "synchronize", second, sender="ben-x")
    assert verdict(root, branch, action="synchronize", actors=asked.actors).outcome is REFUSED
    assert verdict(root, branch, actors=("ben-x",)).outcome is REFUSED
    assert verdict(root, branch, Push(before="", after=second, actor="Ada-X"), actors=("ben-x",)).outcome is REFUSED


def test_an_actor_of_ones_own_is_advice_and_says_so(root, own):
    branch, _, _ = own
    found = verdict(root, branch, actors=("Ada-X",))
    advice = "ok if the forge names Ada-X: --actor is advice, e-mails in a commit are a claim"
    assert (found.outcome, found.reasons) == (APPROVAL, (advice,))
    commit(root, f"{branch}-doc", [Edit(files={"docs/x.md": "x\n"})])
    found = verdict(root, f"{branch}-doc", actors=("Ada-X",))
    assert found.outcome is APPROVAL
    assert not any("ok if" in reason for reason in found.reasons)
    assert any("unknown who pushed" in reason for reason in found.reasons)


def test_a_refusal_says_nothing_of_pushes(root, own):
    branch, _, _ = own
    commit(root, f"{branch}-bens", [Edit(files={"labels/mood/r3/ben.jsonl": VOTE})])
    found = verdict(root, f"{branch}-bens", actors=("Ada-X",))
    assert found.outcome is REFUSED
    assert not any("pushed" in reason or "forge" in reason for reason in found.reasons)


def entry(**changed):
    return {"before": "0" * 40, "after": "a" * 40, "actor": "ada", **changed}


def test_a_list_of_pushes_is_read(tmp_path):
    place = tmp_path / "pushes.json"
    place.write_text(json.dumps([entry(), entry(before="b" * 64, after="c" * 64, actor="ben[bot]")], indent=1))
    one, other = pushes_of(place)
    assert one == Push(before="", after="a" * 40, actor="ada")
    assert other == Push(before="b" * 64, after="c" * 64, actor="ben[bot]")
    place.write_text("[]")
    assert pushes_of(place) == ()


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "null", "[null]", "[[]]", '["x"]', "[{}]", "[1", "\ufeff[]", "[]\r\n",
        *(json.dumps([entry(), entry(**one)]) for one in (
            {"before": None}, {"before": ""}, {"before": "0"}, {"before": "main"}, {"before": "A" * 40},
            {"before": "a" * 41}, {"before": "a" * 40 + "\n"}, {"after": "a" * 39}, {"after": 7}, {"after": "^" + "a" * 40},
            {"actor": None}, {"actor": ""}, {"actor": "a b"}, {"actor": "a\n"}, {"actor": {"login": "ada"}},
            {"actor": "a" * 101}, {"ref": "refs/heads/x"},
        )),
        *(json.dumps([{name: value for name, value in entry().items() if name != left}]) for left in entry()),
        '[{"before":"' + "0" * 40 + '","after":"' + "a" * 40 + '","actor":"ada","actor":"ben"}]',
    ],
)  # fmt: skip
def test_a_list_with_any_malformed_entry_is_none(tmp_path, text):
    place = tmp_path / "pushes.json"
    place.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(UsageError, match=r"^pushes\.json is not a valid list of pushes: \S"):
        pushes_of(place)
