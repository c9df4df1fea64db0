"""Who can approve a guideline, and who cannot: each case with real git and, where it signs, real keys."""

import shutil
from dataclasses import replace

import pytest

from approving import FIRST, PEOPLE, SECOND, Scene, build, copied, git, guideline, review
from assay.errors import UsageError
from assay.git.child import sign
from assay.guidelines.approval import approval_bytes, approval_of, approval_path, signature_path
from assay.guidelines.signatures import NAMESPACE

pytestmark = [
    pytest.mark.threat(4),
    pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed"),
]

RECORD, SIGNATURE = approval_path("mood", "0.2.0"), signature_path("mood", "0.2.0")
EARLIER = approval_path("mood", "0.1.0")
TRUST = "@trust: there is no approval record"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return build(tmp_path_factory.mktemp("approving"))


@pytest.fixture
def scene(made, tmp_path):
    return copied(made, tmp_path)


def signed(who="chen", **changed):
    """Somebody signs a record, some of it changed."""
    return lambda scene: scene.record(who, **changed)


def then(*steps):
    """One step after the other."""

    def _all(scene):
        for step in steps:
            step(scene)

    return _all


def edited(author, **more):
    return lambda scene: scene.edit(author, **more)


def replaced(path, old, new):
    """A file with one text in place of another."""

    def _replace(scene):
        place = scene.root / path
        text = place.read_text()
        assert old in text
        place.write_text(text.replace(old, new, 1))

    return _replace


def removed(path):
    return lambda scene: (scene.root / path).unlink()


def moved(source, target):
    """A file copied over another one."""
    return lambda scene: shutil.copyfile(scene.root / source, scene.root / target)


def without_line(path, start):
    """A file without its lines that start so."""

    def _drop(scene):
        place = scene.root / path
        place.write_text("".join(line for line in place.read_text().splitlines(True) if not line.startswith(start)))

    return _drop


def committed(author="ada@example.org", **more):
    return lambda scene: scene.commit(author, **more)


def on_main(*steps):
    """The steps on the default branch, which the proposal then starts from."""

    def _steps(scene):
        git(scene.root, "switch", "-q", "main")
        then(*steps)(scene)
        scene.commit("noor@example.org")
        git(scene.root, "switch", "-q", "proposal")
        git(scene.root, "rebase", "-q", "main", author="ada@example.org")

    return _steps


def roster(who, entry):
    return lambda scene: scene.write(**{f"labels/annotators/{who}.yaml": f"{entry}\n"})


def resigned_by_hand(who, old, new):
    """A record with one text in place of another, signed again by somebody as it then is."""

    def _resign(scene):
        replaced(RECORD, old, new)(scene)
        data = (scene.root / RECORD).read_bytes()
        (scene.root / SIGNATURE).write_bytes(sign(scene.keys / who, NAMESPACE, data))

    return _resign


def flipped(path, place):
    """A file with one bit changed."""

    def _flip(scene):
        data = bytearray((scene.root / path).read_bytes())
        data[place] ^= 1
        (scene.root / path).write_bytes(bytes(data))

    return _flip


def merged(scene):
    git(scene.root, "switch", "-q", "main")
    git(scene.root, "merge", "-q", "--no-ff", "--no-edit", "proposal")


def replaced_commit(scene):
    other = git(scene.root, "commit-tree", "HEAD^{tree}", "-p", "HEAD^", "-m", "x", author="ada@example.org")
    git(scene.root, "replace", "HEAD", other)


def grafted(scene):
    place = scene.root / ".git/info/grafts"
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"{scene.head} {git(scene.root, 'rev-parse', 'main')}\n")


def merged_schema(author):
    """Somebody's change of the schema on a branch, merged with one of the guideline."""

    def _merge(scene):
        git(scene.root, "switch", "-q", "-c", "side")
        replaced("schemas/mood.yaml", "bad", "worse, bad")(scene)
        scene.commit(author)
        git(scene.root, "switch", "-q", "proposal")
        scene.edit("ada@example.org")
        git(scene.root, "merge", "-q", "--no-ff", "--no-edit", "side")

    return _merge


def unending(scene):
    (scene.root / SIGNATURE).write_bytes(b"-----BEGIN SSH SIGNATURE-----" + b"\n" * 100_000)


def listed(line, who):
    """A line of the allowed signers with somebody's key."""

    def _list(scene):
        key = " ".join((scene.keys / f"{who}.pub").read_text().split()[:2])
        place = scene.root / "guidelines/allowed_signers"
        place.write_bytes(place.read_bytes() + line.format(key).encode() + b"\n")

    return _list


def as_forge(scene):
    """A record by hand that says the forge approved it."""
    place = scene.record("chen")
    record = replace(approval_of(place.read_bytes(), RECORD), way="forge", pull_request="7", head=scene.head)
    place.write_bytes(approval_bytes(record))
    (scene.root / SIGNATURE).unlink()


def mend_digest(scene: Scene) -> None:
    before = (scene.root / RECORD).read_bytes()
    scene.record("noor")
    after = (scene.root / RECORD).read_bytes()
    digest = approval_of(after, RECORD).digest
    (scene.root / RECORD).write_bytes(before.replace(approval_of(before, RECORD).digest.encode(), digest.encode()))


def flip_digest(scene: Scene) -> None:
    digest = approval_of((scene.root / RECORD).read_bytes(), RECORD).digest
    resigned_by_hand("chen", digest, f"{(int(digest[0], 16) ^ 1):x}{digest[1:]}")(scene)


def linked(scene: Scene) -> None:
    place = scene.root / RECORD
    place.rename(place.with_name("aside"))
    place.symlink_to("aside")


SIGNED_CASES = {
    "a reviewer": (signed("chen"), ""),
    "a lead": (signed("noor"), ""),
    "a reviewer, the record committed": (then(signed("chen"), committed("chen@example.org")), ""),
    "a reviewer, merged": (then(signed("chen"), committed("chen@example.org"), merged), ""),
    "a reviewer who made the first version": (signed("chen", authors=("ada",)), ""),
    "a reviewer who wrote labels on the branch": (
        then(signed("chen"), roster("zoe", "{role: annotator}"), committed("chen@example.org")),
        "",
    ),
    "a title mended in the schema afterwards": (
        then(signed("chen"), replaced("schemas/mood.yaml", "title: Mood", "title: Moods")),
        "",
    ),
    "a comment in the front matter afterwards": (
        then(signed("chen"), replaced("guidelines/mood.md", "version:", "# now\nversion:")),
        "",
    ),
    "nobody": (lambda _: None, "no approval record"),
    "the author": (signed("ada"), "annotator"),
    "the author, who is a reviewer": (then(edited("chen@example.org"), signed("chen", authors=("ada",))), "chen wrote"),
    "the author, as the record says": (signed("chen", authors=("ada", "chen")), "chen wrote"),
    "the author by handle, as the record says": (signed("chen", authors=("Chen-X",)), "chen wrote"),
    "the author by another noreply address": (
        then(edited("1+chen-home@users.noreply.example.org"), signed("chen")),
        "chen wrote",
    ),
    "the author in capitals": (then(edited("CHEN@Example.org"), signed("chen")), "chen wrote"),
    "the committer": (then(edited("ada@example.org", committer="chen@example.org"), signed("chen")), "chen wrote"),
    "a co-author": (
        then(edited("ada@example.org", message="x\n\nCo-authored-by: C <chen@example.org>"), signed("chen")),
        "chen wrote",
    ),
    "a co-author not in the last paragraph": (
        then(
            edited("ada@example.org", message="x\n\nco-authored-by: C <chen@example.org>\n\nmore words"), signed("chen")
        ),
        "chen wrote",
    ),
    "an author whose part was taken back and made again": (
        then(
            edited("chen@example.org"),
            lambda scene: scene.write(guideline=guideline("0.1.0", FIRST)),
            committed("ada@example.org"),
            lambda scene: scene.write(guideline=guideline("0.2.0", FIRST + SECOND, "Read it.\nMore.\n")),
            committed("ada@example.org"),
            signed("chen"),
        ),
        "chen wrote",
    ),
    "an author of the schema alone": (
        then(replaced("schemas/mood.yaml", "bad]", "bad, odd]"), committed("chen@example.org"), signed("chen")),
        "chen wrote",
    ),
    "a second entry of the author": (signed("ida"), "ida wrote"),
    "beside an author whom nobody knows": (then(edited("who@example.org"), signed("chen")), "who@example.org"),
    "beside an author whom the approver knows": (
        then(edited("who@example.org"), signed("chen", addresses={"who@example.org": "ben"})),
        "",
    ),
    "an author under an e-mail called somebody else's, which the roster knows": (
        then(edited("chen@example.org"), signed("chen", addresses={"chen@example.org": "ben"})),
        "chen wrote",
    ),
    "an author under an e-mail called their own": (
        then(edited("who@example.org"), signed("chen", addresses={"who@example.org": "chen"})),
        "chen wrote",
    ),
    "an annotator": (signed("ben"), "annotator"),
    "a trainee": (signed("tom"), "trainee"),
    "a paused reviewer": (signed("pia"), "paused"),
    "an excluded reviewer": (signed("exa"), "excluded"),
    "a model": (signed("bot"), "model"),
    "somebody who is not in the roster": (signed("stranger"), "not in the roster"),
    "two approvers with one signature": (
        signed("chen", approvers=("chen", "noor")),
        "a signed record must have exactly one approver",
    ),
    "a key that nobody allowed": (signed("chen", key="una"), "key that may sign for chen"),
    "somebody else's key": (signed("chen", key="noor"), "key that may sign for chen"),
    "a key that a pattern allows": (signed("chen", key="stranger"), "key that may sign for chen"),
    "a key that two people share": (signed("sam"), "may also sign for"),
    "somebody else's key under the approver's e-mail": (signed("hal", key="ben"), "may also sign for ben"),
    "a reviewer without a key of theirs": (signed("una"), "key that may sign for una"),
    "a revoked key": (
        then(signed("chen"), on_main(without_line("guidelines/allowed_signers", "chen "))),
        "key that may sign for chen",
    ),
    "an expired key": (signed("eve"), "key that may sign for eve"),
    "a key that had not expired yet": (signed("eve", at="2025-12-31T10:00:00Z"), "is older than the version"),
    "a key that is not valid yet": (signed("fay"), "key that may sign for fay"),
    "a key for another namespace": (signed("gil"), "key that may sign for gil"),
    "a key that somebody else signs only commits with": (
        then(on_main(listed('ben namespaces="git" {}', "chen")), signed("chen")),
        "",
    ),
    "a signature in another namespace": (signed("chen", namespace="git"), "key that may sign for chen"),
    "a record of another project": (signed("chen", project="22222222-bbbb"), "for the project 22222222-bbbb"),
    "a record of another task": (signed("chen", task="tone"), "for the task tone"),
    "a record of another version": (signed("chen", version="0.3.0"), "for the version 0.3.0"),
    "a record of other content": (signed("chen", digest="0" * 64), "not what was approved"),
    "a record from before the version": (signed("chen", at="2026-02-27T23:59:59Z"), "is older than the version"),
    "a record from the eve, in another time zone": (signed("chen", at="2026-02-28T14:00:00Z"), ""),
    "a record from the future": (signed("chen", at="2026-03-03T00:06:00Z"), "a date in the future"),
    "a record with a time that is none": (signed("chen", at="2026-02-30T10:00:00Z"), "has an invalid date"),
    "no signature": (then(signed("chen"), removed(SIGNATURE)), "not signed"),
    "an empty signature": (
        then(signed("chen"), lambda scene: (scene.root / SIGNATURE).write_bytes(b"")),
        "not an SSH signature",
    ),
    "a signature that is none": (
        then(
            signed("chen"),
            lambda scene: (scene.root / SIGNATURE).write_text(
                "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"
            ),
        ),
        "not an SSH signature",
    ),
    "a byte of the signature changed": (then(signed("chen"), flipped(SIGNATURE, 200)), "not "),
    "the signature of another record": (
        then(signed("noor"), moved(signature_path("mood", "0.1.0"), SIGNATURE)),
        "key that may sign",
    ),
    "the record of the version before": (
        then(signed("chen"), moved(EARLIER, RECORD), moved(signature_path("mood", "0.1.0"), SIGNATURE)),
        "for the version 0.1.0",
    ),
    "the approver changed after signing": (
        then(signed("chen"), replaced(RECORD, "[chen]", "[noor]")),
        "key that may sign for noor",
    ),
    "the authors changed after signing": (
        then(signed("chen"), replaced(RECORD, "[ada]", "[ben]")),
        "key that may sign for chen",
    ),
    "the digest mended after an edit": (
        then(signed("chen"), edited("ada@example.org"), mend_digest),
        "key that may sign for chen",
    ),
    "an unknown key in the record": (
        then(signed("chen"), resigned_by_hand("chen", "way:", "note: x\nway:")),
        "unknown key",
    ),
    "a digest byte changed and signed again": (
        then(signed("chen"), flip_digest),
        "not what was approved",
    ),
    "a byte of the guideline edited afterwards": (
        then(signed("chen"), replaced("guidelines/mood.md", "Read it.", "Read It.")),
        "not what was approved",
    ),
    "a byte edited afterwards and committed": (
        then(signed("chen"), edited("ada@example.org", text=".")),
        "not what was approved",
    ),
    "a value added to the schema afterwards": (
        then(signed("chen"), replaced("schemas/mood.yaml", "bad]", "bad, odd]")),
        "not what was approved",
    ),
    "a property called title renamed afterwards": (
        then(signed("chen"), replaced("schemas/mood.yaml", "  title: {", "  tittle: {")),
        "not what was approved",
    ),
    "a summary of the changes edited afterwards": (
        then(signed("chen"), replaced("guidelines/mood.md", "summary: second", "summary: other")),
        "not what was approved",
    ),
    "content that is not committed": (
        then(replaced("guidelines/mood.md", "Read it.", "Read."), signed("chen")),
        "not committed",
    ),
    "a reviewer by the change's own roster": (
        then(roster("ben", PEOPLE["ben"].replace("annotator", "reviewer")), committed(), signed("ben")),
        "annotator",
    ),
    "a reviewer whom the change adds": (
        then(roster("zoe", "{role: reviewer}"), committed(), signed("zoe", key="stranger")),
        "zoe is not in the roster",
    ),
    "a key that the change adds": (
        then(
            replaced("guidelines/allowed_signers", "chen namespaces", "una namespaces"),
            committed(),
            signed("una", key="chen"),
        ),
        "key that may sign for una",
    ),
    "a good record beside tampered signers": (
        then(replaced("guidelines/allowed_signers", "# who", "# not"), committed(), signed("chen")),
        TRUST,
    ),
    "a good record beside a promoted reviewer": (
        then(roster("ben", PEOPLE["ben"].replace("annotator", "reviewer")), committed(), signed("chen")),
        TRUST,
    ),
    "a record by hand for the forge, where a signature is asked for": (
        then(on_main(replaced("checks/project.yaml", "approval: forge", "approval: signed")), as_forge),
        "requires a signature",
    ),
    "a change that asks for the forge itself": (
        then(
            on_main(replaced("checks/project.yaml", "approval: forge", "approval: signed")),
            replaced("checks/project.yaml", "approval: signed", "approval: forge"),
            committed(),
            as_forge,
        ),
        "requires a signature",
    ),
    "a project that took another's id": (
        then(
            signed("chen", project="22222222-bbbb"),
            replaced("checks/project.yaml", "11111111-aaaa", "22222222-bbbb"),
            committed(),
        ),
        "for the project 22222222-bbbb",
    ),
    "a record that is a link": (
        then(signed("chen"), linked),
        "symbolic link",
    ),
    "an author's commit that another one replaces": (
        then(edited("chen@example.org"), replaced_commit, signed("chen")),
        "chen wrote part",
    ),
    "an author's commit that a graft hides": (
        then(edited("chen@example.org"), committed(), grafted, signed("chen")),
        "chen wrote part",
    ),
    "guideline and schema brought together by a merge": (
        then(merged_schema("ben@example.org"), signed("chen")),
        "",
    ),
    "a schema of the approver's brought in by a merge": (
        then(merged_schema("chen@example.org"), signed("chen")),
        "chen wrote part",
    ),
    "a time that no clock shows": (
        signed("chen", at="2026-03-02T10:00:60Z"),
        "has an invalid date",
    ),
    "a signature file without end": (
        then(signed("chen"), unending),
        "not an SSH signature",
    ),
    "a line hidden in a comment by a carriage return": (
        then(on_main(listed("# gone\rchen {}", "stranger")), signed("chen", key="stranger")),
        "key that may sign",
    ),
    "a key that a tab gives to another one": (
        then(on_main(listed("ada\t{}", "chen")), signed("chen")),
        "may also sign for ada",
    ),
    "a key that a pattern gives to others": (
        then(on_main(listed("a* {}", "chen")), signed("chen")),
        "may also sign for a*",
    ),
}


@pytest.mark.parametrize("case", SIGNED_CASES)
def test_a_signed_approval_by_or_with(case, scene):
    steps, expected = SIGNED_CASES[case]
    steps(scene)
    found = scene.verify()
    assert (found == "") if expected == "" else (expected in found), found


def one(login, state="APPROVED", at="2026-03-02T10:00:00Z", kind="User"):
    """Reviews of the head: one."""
    return lambda scene: [review(login, state, scene.head, at, kind)]


def several(*made):
    """Reviews of the head, one after the other."""
    return lambda scene: [
        review(login, state, scene.head, f"2026-03-02T10:{minute:02}:00Z") for minute, (login, state) in enumerate(made)
    ]


def stale(scene):
    before = scene.head
    scene.edit("ada@example.org")
    return [review("chen-x", "APPROVED", before)]


def after(steps, reviews):
    def _reviews(scene):
        steps(scene)
        return reviews(scene)

    return _reviews


FORGE_CASES = {
    "a reviewer": (one("chen-x"), ""),
    "a reviewer in capitals": (one("CHEN-X"), ""),
    "a reviewer under a second login": (one("chen-home"), ""),
    "a lead": (one("noor-x"), ""),
    "a reviewer after a comment": (several(("chen-x", "APPROVED"), ("chen-x", "COMMENTED")), ""),
    "a reviewer who had asked for changes": (several(("chen-x", "CHANGES_REQUESTED"), ("chen-x", "APPROVED")), ""),
    "a reviewer beside an annotator who objects": (several(("ben-x", "CHANGES_REQUESTED"), ("chen-x", "APPROVED")), ""),
    "nobody": (several(), "no approval yet"),
    "a comment": (one("chen-x", "COMMENTED"), "no approval yet"),
    "a review that is not sent": (one("chen-x", "PENDING"), "no approval yet"),
    "a reviewer on an earlier head": (stale, "another commit"),
    "a dismissed review": (one("chen-x", "DISMISSED"), "dismissed"),
    "a review dismissed later": (several(("chen-x", "APPROVED"), ("chen-x", "DISMISSED")), "dismissed"),
    "changes requested later": (several(("chen-x", "APPROVED"), ("chen-x", "CHANGES_REQUESTED")), "asked for changes"),
    "changes requested later under another login": (
        several(("chen-x", "APPROVED"), ("chen-home", "CHANGES_REQUESTED")),
        "asked for changes",
    ),
    "changes requested in small letters": (
        several(("chen-x", "APPROVED"), ("chen-x", "changes_requested")),
        "asked for changes",
    ),
    "changes requested by another reviewer": (
        several(("noor-x", "CHANGES_REQUESTED"), ("chen-x", "APPROVED")),
        "noor asked for changes",
    ),
    "the author": (one("ada-x"), "annotator"),
    "the author's second entry": (one("ida-x"), "ida wrote"),
    "who opened the request": (after(lambda _: None, one("chen-x")), "", ("Ada-X", "ben-x")),
    "a reviewer who opened the request": (one("chen-x"), "chen wrote", ("Chen-X",)),
    "a reviewer who opened it under a second login": (one("chen-x"), "chen wrote", ("chen-home",)),
    "a reviewer who pushed a commit": (after(edited("chen@example.org"), one("chen-x")), "chen wrote"),
    "a reviewer who pushed from the forge's page": (
        after(edited("7+chen-x@users.noreply.github.com", committer="noreply@github.com"), one("chen-x")),
        "chen wrote",
    ),
    "a co-author": (
        after(edited("ada@example.org", message="x\n\nCo-authored-by: C <chen@example.org>"), one("chen-x")),
        "chen wrote",
    ),
    "beside an author whom nobody knows": (after(edited("who@example.org"), one("chen-x")), "who@example.org"),
    "beside an author whom the forge knows": (
        after(edited("who@example.org"), one("chen-x")),
        "",
        ("ada-x", "outsider=who@example.org"),
    ),
    "an author by an e-mail that the forge knows": (
        after(edited("who@example.org"), one("chen-x")),
        "chen wrote",
        ("ada-x", "chen-x=Who@example.org"),
    ),
    "an annotator": (one("ben-x"), "annotator"),
    "a trainee": (one("tom-x"), "trainee"),
    "a paused reviewer": (one("pia-x"), "paused"),
    "an excluded reviewer": (one("exa-x"), "excluded"),
    "a model of the roster": (one("bot-x"), "model"),
    "a bot": (one("chen-x", kind="Bot"), "is a bot"),
    "an account that is nobody's": (one("chen-x", kind="Mannequin"), "is a bot"),
    "an approval and an objection in one second": (
        lambda scene: [review("chen-x", state, scene.head) for state in ("CHANGES_REQUESTED", "APPROVED")],
        "asked for changes",
    ),
    "a bot by its name": (one("chen-x[bot]"), "is a bot"),
    "a deleted account": (one(None), "a deleted account"),
    "somebody who is not in the roster": (one("mallory"), "mallory matches no one"),
    "a login that two entries have": (one("twin-x"), "more than one"),
    "a reviewer by the change's own roster": (
        after(then(roster("ben", PEOPLE["ben"].replace("annotator", "reviewer")), committed()), one("ben-x")),
        "annotator",
    ),
    "a login that the change writes into the roster": (
        after(then(roster("chen", "{role: reviewer, handle: mallory}"), committed()), one("mallory")),
        "mallory matches no one",
    ),
    "a promoted reviewer, approved by another": (
        after(then(roster("ben", PEOPLE["ben"].replace("annotator", "reviewer")), committed()), one("chen-x")),
        "",
    ),
    "a promoted reviewer, approved by who promoted": (
        after(
            then(roster("ben", PEOPLE["ben"].replace("annotator", "reviewer")), committed("chen@example.org")),
            one("chen-x"),
        ),
        "@trust: chen wrote",
    ),
    "content edited since, not committed": (
        after(replaced("guidelines/mood.md", "Read it.", "Read It."), one("chen-x")),
        "guideline or schema changed since the review",
    ),
    "a project that asks for signatures": (
        after(on_main(replaced("checks/project.yaml", "approval: forge", "approval: signed")), one("chen-x")),
        "requires a signature",
    ),
}


@pytest.mark.parametrize("case", FORGE_CASES)
def test_an_approval_of_the_forge_by_or_with(case, scene):
    reviews, expected, *authors = FORGE_CASES[case]
    made = reviews(scene)
    found = scene.verify_reviews(*made, **({"authors": authors[0]} if authors else {}))
    assert (found == "") if expected == "" else (expected in found), found


def test_the_matrix_has_sixty_cases_and_more():
    assert len(SIGNED_CASES) + len(FORGE_CASES) >= 60


def test_a_shallow_clone_cannot_say_who_wrote_it(scene, tmp_path):
    scene.edit("chen@example.org")
    scene.commit("ada@example.org", "more")
    git(scene.root, "clone", "-q", "--depth", "1", "--no-single-branch", scene.root.as_uri(), str(tmp_path / "clone"))
    clone = Scene(tmp_path / "clone", scene.keys)
    clone.record("chen")
    with pytest.raises(UsageError, match="shallow"):
        clone.verify(base="origin/main")
    with pytest.raises(UsageError, match="shallow"):
        clone.verify_reviews(review("chen-x", "APPROVED", clone.head), base="origin/main")


def test_a_change_that_leaves_the_guideline_as_the_base_has_it_is_judged_too(scene):
    git(scene.root, "switch", "-q", "-c", "promotion", "main")
    roster("ben", PEOPLE["ben"].replace("annotator", "reviewer"))(scene)
    scene.commit()
    assert scene.verify_reviews(review("chen-x", "APPROVED", scene.head)) == ""
    assert "@trust: no approval yet" in scene.verify_reviews()


def test_a_review_of_no_time_that_exists_is_refused(scene):
    with pytest.raises(UsageError, match="no valid submitted_at"):
        scene.verify_reviews(review("chen-x", "APPROVED", scene.head, at="9999-99-99T99:99:99Z"))
