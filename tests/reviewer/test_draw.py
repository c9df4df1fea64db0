"""A share of the changes that need nobody is drawn for a review by a person, and who has no secret cannot know which."""

import json

import msgspec

from assay.reviewer.change_authors import drawn
from assay.reviewer.event import ForgeEvidence, ReviewRequest, event_of
from assay.reviewer.pull_request import judge_pull_request
from assay.reviewer.result import ReviewOutcome
from proposing import VOTE, Edit, commit_all, git, judged, prepared, pushed


def test_the_share_drawn_is_the_share_asked_for():
    hits = sum(drawn(b"secret", f"pull request {number}", 0.05) for number in range(20_000))
    assert 900 < hits < 1100
    assert not any(drawn(b"secret", str(number), 0.0) for number in range(1000))
    assert all(drawn(b"secret", str(number), 1.0) for number in range(1000))


def test_another_secret_draws_others():
    first, second = ({n for n in range(2000) if drawn(key, str(n), 0.05)} for key in (b"one", b"two"))
    assert first != second
    assert len(first & second) < 0.3 * len(first)


def test_a_drawn_change_waits_for_a_person_and_pushing_again_draws_nothing_new(tmp_path):
    root = prepared(tmp_path / "clone")
    branches = {f"try-{n}": [Edit(files={"labels/mood/r3/ada.jsonl": VOTE}, message=f"try {n}")] for n in range(3)}
    commit_all(root, branches)
    ticket = next(f"pull request {n}" for n in range(1000) if drawn(b"s", f"test-project\npull request {n}", 0.05))
    for branch in branches:
        asked = ReviewRequest(base="main", head=branch, forge=_forge(root, branch), secret=b"s", ticket=ticket)
        verdict = judge_pull_request(root, asked).verdict
        assert verdict.outcome is ReviewOutcome.APPROVAL
        assert verdict.drawn
        assert verdict.reasons == ("drawn by lot for a review by a person: nothing is wrong with it",)
    assert (
        judge_pull_request(root, ReviewRequest(base="main", head="try-0", forge=_forge(root, "try-0"))).verdict.drawn
        is None
    )


def test_without_an_event_the_lot_is_that_of_the_base_whatever_the_head(tmp_path):
    root = prepared(tmp_path / "clone")
    branches = {f"try-{n}": [Edit(files={"labels/mood/r3/ada.jsonl": VOTE}, message=f"try {n}")] for n in range(40)}
    commit_all(root, branches)
    base = git(root, "rev-parse", "main")
    for secret in (b"s", next(key for key in map(str.encode, map(str, range(1000))) if _drawn(key, base))):
        found = {
            judge_pull_request(
                root, ReviewRequest(base="main", head=branch, forge=_forge(root, branch), secret=secret)
            ).verdict.drawn
            for branch in branches
        }
        assert found == {_drawn(secret, base)}


def test_a_drawn_change_that_needs_somebody_anyway_keeps_its_outcome_and_its_own_reasons(tmp_path):
    root = prepared(tmp_path / "clone")
    files = {
        "mine": "labels/mood/r3/ada.jsonl",
        "bens": "labels/mood/r3/ben.jsonl",
        "readme": "README.md",
    }
    texts = {"mine": VOTE, "bens": VOTE, "readme": "new words\n"}
    commit_all(root, {name: [Edit(files={files[name]: texts[name]}, message=name)] for name in files})
    base = git(root, "rev-parse", "main")
    chosen, other = (
        next(key for key in map(str.encode, map(str, range(1000))) if _drawn(key, base) is wanted)
        for wanted in (True, False)
    )
    undrawn = {name: judged(root, name) for name in files}
    assert {one.outcome for one in undrawn.values()} == set(ReviewOutcome)
    for name, verdict in undrawn.items():
        assert judged(root, name, secret=other) == msgspec.structs.replace(verdict, drawn=False)
        if verdict.outcome is not ReviewOutcome.OK:
            assert verdict.reasons
            assert judged(root, name, secret=chosen) == msgspec.structs.replace(verdict, drawn=True)
    (drawn_by_lot,) = (name for name, one in undrawn.items() if one.outcome is ReviewOutcome.OK)
    verdict = judged(root, drawn_by_lot, secret=chosen)
    assert (verdict.outcome, verdict.reasons) == (
        ReviewOutcome.APPROVAL,
        ("drawn by lot for a review by a person: nothing is wrong with it",),
    )


def test_the_ticket_is_the_number_and_the_branch_it_goes_to(tmp_path):
    for number, branch in ((7, "main"), (7, "next"), (8, "main")):
        request = {"number": number, "user": {"login": "ada"}, "base": {"ref": branch}, "head": {"sha": "1" * 40}}
        event = tmp_path / f"{number}-{branch}.json"
        event.write_text(json.dumps({"action": "opened", "pull_request": request}))
        assert event_of(event).ticket == f"pull request {number}\n{branch}"


def _forge(root, branch):
    return ForgeEvidence(pushes=(pushed(root, branch, "Ada-X"),))


def _drawn(secret, ticket):
    return drawn(secret, f"test-project\n{ticket}", 0.05)
