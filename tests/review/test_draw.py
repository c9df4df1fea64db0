"""A share of the changes that need nobody is drawn for a human look, and who has no secret cannot know which."""

from assay.model.review import Outcome
from assay.review.draw import drawn
from assay.review.pull_request import Asked, judge
from proposing import VOTE, Edit, commit_all, prepared


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
        asked = Asked(base="main", head=branch, actors=("Ada-X",), secret=b"s", ticket=ticket)
        verdict = judge(root, asked).verdict
        assert verdict.outcome is Outcome.APPROVAL
        assert verdict.drawn
    assert judge(root, Asked(base="main", head="try-0", actors=("Ada-X",))).verdict.drawn is None
