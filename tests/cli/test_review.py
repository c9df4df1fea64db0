import json

import pytest

from proposing import VOTE, Edit, commit_all, git, prepared


@pytest.fixture
def clone(tmp_path):
    """A clone with its base checked out, and two branches beside it."""
    root = prepared(tmp_path / "clone")
    commit_all(root, {
        "mine": [Edit(files={"labels/mood/r3/ada.jsonl": VOTE})],
        "bens": [Edit(files={"labels/mood/r3/ben.jsonl": VOTE})],
    })  # fmt: skip
    git(root, "checkout", "--quiet", "main")
    return root


def test_the_exit_code_is_one_only_where_it_is_refused(assay, clone, monkeypatch):
    monkeypatch.chdir(clone)
    assert assay("review", "main", "mine", "--actor", "Ada-X").code == 0
    assert assay("review", "main", "bens", "--actor", "Ada-X").code == 1
    assert assay("review", "main", "nowhere").code == 2


def test_the_forges_event_says_who_asks_and_the_draw_goes_by_its_number(assay, clone, monkeypatch, tmp_path):
    monkeypatch.chdir(clone)
    monkeypatch.setenv("ASSAY_DRAW_SECRET", "s")
    event = tmp_path / "event.json"
    outcomes = []
    head = {"ref": "mine", "sha": git(clone, "rev-parse", "mine")}
    for number in range(40):
        request = {"number": number, "user": {"login": "Ada-X"}, "title": "my <b>labels</b>", "head": head}
        event.write_text(json.dumps({"action": "opened", "pull_request": request, "sender": {"login": "Ada-X"}}))
        found = assay("review", "main", "mine", "--event", event, "--format", "json").json
        outcomes.append(found["verdict"]["outcome"])
        assert found["title"] == "my <b>labels</b>"
    assert 0 < outcomes.count("needs approval") < 12
    event.write_text("[]")
    assert assay("review", "main", "mine", "--event", event).code == 2


def test_only_a_forge_makes_it_ok_and_an_actor_of_ones_own_is_advice(assay, clone, monkeypatch, tmp_path):
    monkeypatch.chdir(clone)
    advised = assay("review", "main", "mine", "--actor", "Ada-X")
    assert advised.code == 0
    assert "needs approval" in advised.out
    assert "ok if the forge names Ada-X" in advised.out
    pushes = tmp_path / "pushes.json"
    pushes.write_text(json.dumps([{"before": "0" * 40, "after": git(clone, "rev-parse", "mine"), "actor": "Ada-X"}]))
    found = assay("review", "main", "mine", "--pushes", pushes, "--format", "json")
    assert (found.code, found.json["verdict"]["outcome"]) == (0, "ok")
    pushes.write_text("[{}]")
    assert assay("review", "main", "mine", "--pushes", pushes).code == 2


@pytest.mark.parametrize("style", ["text", "markdown", "json", "sarif", "github"])
def test_every_form_is_printed(assay, clone, monkeypatch, style):
    monkeypatch.chdir(clone)
    said = assay("review", "main", "bens", "--actor", "Ada-X", "--format", style)
    assert said.code == 1
    assert "ben.jsonl" in said.out


def test_sending_back_says_the_next_step(assay, mood, monkeypatch):
    monkeypatch.chdir(mood)
    said = assay("return", "i5", "--why", "look", "--as", "ada")
    assert (said.code, said.out) == (0, "labels/mood/r3/ada.returned.jsonl: 1 answer sent back to ben\n")
    assert "next: commit" in said.err
