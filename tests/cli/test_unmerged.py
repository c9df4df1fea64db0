"""Answers on any branch of mine are mine wherever their batch is opened: real git, a bare remote, two tasks."""

import csv
import json

import pytest

from assay.annotator.handing_in import SubmitOptions, submit
from assay.annotator.page.answer import Answer, Withdrawal
from assay.annotator.page.answer_store import Faulty, Saved
from assay.annotator.page.session import Session
from assay.annotator.page.session_context import load_session_context
from assay.annotator.unmerged import unmerged_answers
from assay.labels.annotator_file import read_own
from assay.project.config import find_project
from assay.project.roster import load_roster
from clones import PART, TEAM, answer, branch, clone, commit, git, known_as, lead_changes, squash_merge, vote
from projects import FILES, GUIDELINE, SCHEMA

TONE = "labels/tone/b1/ada.jsonl"
FIRST, SECOND, THIRD = (f"2026-05-0{day}T10:00:00Z" for day in (1, 2, 3))
TWO_TASKS = {
    "checks/project.yaml": FILES["checks/project.yaml"].replace("}}", "}, tone: {pool: texts}}"),
    "schemas/tone.yaml": SCHEMA,
    "guidelines/tone.md": GUIDELINE.replace("task: mood", "task: tone"),
    "checks/tone.yaml": TEAM["checks/mood.yaml"],
    "labels/tone/b1/batch.yaml": TEAM["labels/mood/r4/batch.yaml"],
    "labels/tone/b1/assignments.jsonl": TEAM["labels/mood/r4/assignments.jsonl"],
}


@pytest.fixture
def two(ada, bare, tmp_path):
    """Ada's clone of a project in which two tasks have an open batch."""
    lead_changes(bare, tmp_path, TWO_TASKS)
    git(ada, "pull", "-q")
    return ada


def desk(folder, task="tone", batch="b1", now=THIRD):
    """What the page opens with."""
    project = find_project(folder)
    unmerged = unmerged_answers(project, "ada", load_roster(project))
    return Session(load_session_context(project, task, "ada", batch, unmerged), lambda: now)


def shown(folder, **at):
    """The answers that the page shows, by item."""
    opened = desk(folder, **at)
    items = [opened.item(place) for place in range(opened.total)]
    return {one["item"]: one["record"]["label"]["tone"] for one in items if one["record"]}


def work(assay, task="tone"):
    told = assay("todo", "--format", "json").json
    return {**next(one for one in told["batches"] if one["task"] == task), "unread": told["unread"]}


def here(folder, path=TONE):
    return (folder / path).read_text(encoding="utf-8").splitlines()


def test_two_batches_handed_in_on_one_branch_are_both_mine_wherever_they_are_opened(assay, two, bare, tmp_path):
    assay("start", "mood")
    answer(two, vote("i1"), vote("i2"))
    answer(two, vote("i1"), vote("i3", "bad"), path=TONE)
    asked = []
    refuse = SubmitOptions(ask=lambda question: bool(asked.append(question)))
    assert submit(find_project(two), "ada", refuse, lambda _said: None).declined
    assert (asked, git(two, "rev-parse", "HEAD")) == (["Hand in all 2 together?"], git(two, "rev-parse", "origin/main"))
    said = assay("submit")
    assert said.code == 0, said.err
    first, second, third = said.err.splitlines()[:3]
    assert first == (
        "warning: 2 batches are on this branch, and are reviewed and merged together: mood/r4 (2 answers), tone/b1 (2 answers)"
    )
    assert second == "`assay submit mood r4` hands in one of them, and leaves the others here"
    assert third.startswith("kept in commit")
    assert "already on branch ada/mood/r4-1\nnext:" in assay("start", "tone").out

    git(two, "switch", "-q", "main")
    assert shown(two) == {"i1": "good", "i3": "bad"}
    told = assay("todo").out
    assert told.count("2 of 5 done, 3 left\n  2 submitted, waiting for the merge\n  2 of your answers are on") == 2
    assert "3 of 5 items" in assay("sheet", "out", "tone", "b1", str(tmp_path / "open.csv")).out
    sheet = tmp_path / "all.csv"
    assay("sheet", "out", "tone", "b1", str(sheet), "--all")
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "tone": ""} for row in rows if row["item"] == "i3")
    cleared = assay("sheet", "in", "tone", "b1", str(sheet), "--clear")
    assert cleared.code == 2
    assert "item 'i3': its answer is on branch ada/mood/r4-1 and cannot be withdrawn from here" in cleared.err
    assert (git(two, "status", "--porcelain"), (two / TONE).exists()) == ("", False)
    assert "back on branch ada/mood/r4-1: it has answers" in assay("start", "tone").out
    assert here(two) == [vote("i1"), vote("i3", "bad")]

    squash_merge(bare, tmp_path, "ada/mood/r4-1")
    git(bare, "branch", "-D", "ada/mood/r4-1")
    git(two, "fetch", "-q", "--prune")
    assert (work(assay)["unmerged"], work(assay, "mood")["unmerged"]) == (0, 0)
    assert "new branch ada/tone/b1-1" in assay("start", "tone").out
    assert (work(assay)["done"], work(assay)["elsewhere"]) == (2, {})


def test_what_is_answered_on_top_elsewhere_holds_and_either_branch_can_be_merged_first(assay, two, bare, tmp_path):
    assay("start", "tone")
    answer(two, vote("i1", at=FIRST), vote("i2", at=FIRST), path=TONE)
    assay("submit")
    git(two, "switch", "-q", "--no-track", "-c", "ada/mood/r4-1", "origin/main")
    opened = desk(two)
    places = {opened.item(place)["item"]: place for place in range(opened.total)}
    assert isinstance(opened.answer(places["i3"], Answer(label={"tone": "bad"})), Saved)
    tag = opened.item(places["i1"])["tag"]
    assert isinstance(opened.withdraw(places["i1"], Withdrawal(tag=tag)), Faulty)
    assert isinstance(opened.answer(places["i1"], Answer(label={"tone": "bad"}, tag=tag)), Saved)
    assert shown(two) == {"i1": "bad", "i2": "good", "i3": "bad"}
    said = assay("submit")
    assert said.code == 0, said.err
    assert "branch ada/tone/b1-1 was merged in" in said.err
    tally = work(assay)
    assert (tally["done"], tally["unmerged"], tally["elsewhere"]) == (3, 3, {})

    git(two, "switch", "-q", "main")
    assert "back on branch ada/mood/r4-1" in assay("start", "tone").out
    squash_merge(bare, tmp_path, "ada/tone/b1-1")
    answer(two, *here(two), vote("i4", at=THIRD), path=TONE)
    said = assay("submit")
    assert "main was merged in: it had other answers of yours to the same batch" in said.err
    git(two, "switch", "-q", "--detach", "origin/main")
    git(two, "merge", "-q", "--no-ff", "origin/ada/mood/r4-1")
    assert [line[9:11] for line in here(two)] == ["i1", "i2", "i3", "i4"]


def test_of_two_answers_from_two_machines_the_later_holds_and_a_real_conflict_is_said(
    assay, two, bare, tmp_path, monkeypatch
):
    laptop = clone(bare, tmp_path / "laptop", "ada")
    assay("start", "tone")
    answer(two, vote("i1", at=FIRST), vote("i2", at=SECOND), vote("i3"), vote("i4", "bad", at=FIRST), path=TONE)
    assay("submit")
    monkeypatch.chdir(laptop)
    git(laptop, "switch", "-q", "-c", "evening")
    answer(laptop, vote("i1", "bad", at=SECOND), vote("i2", "bad", at=FIRST), vote("i3", "bad"), path=TONE)
    assert "warning: branch origin/ada/tone/b1-1 has answers to the same batch" in assay("submit").err

    assert shown(laptop) == {"i1": "bad", "i2": "good", "i3": "bad", "i4": "bad"}
    doubt = (
        "warning: item i3: branch origin/ada/tone/b1-1 has another answer of yours, "
        "and no time shows which is later; the one here is kept"
    )
    assert work(assay)["notes"] == [doubt]
    monkeypatch.chdir(two)
    said = assay("start", "tone")
    assert "already on branch ada/tone/b1-1\n1 of your answers is on branch origin/evening, not merged yet" in said.out
    assert doubt.replace("origin/ada/tone/b1-1", "origin/evening") in said.out
    assert "some of your answers are not submitted yet" in said.out
    later = [vote("i1", "bad", at=SECOND), vote("i2", at=SECOND), vote("i3"), vote("i4", "bad", at=FIRST)]
    assert list(map(json.loads, here(two))) == list(map(json.loads, later))


def test_what_is_merged_and_not_in_this_folder_is_mine_and_is_not_asked_again(assay, two, bare, tmp_path):
    assay("start", "tone")
    answer(two, vote("i1", at=FIRST), vote("i2", at=FIRST), path=TONE)
    assert assay("submit").code == 0
    squash_merge(bare, tmp_path, branch(two))
    git(bare, "branch", "-D", branch(two))
    other = clone(bare, tmp_path / "other", "ada")
    git(other, "reset", "-q", "--hard", "HEAD~1")
    git(other, "switch", "-q", "-c", "ada/tone/b1-9")
    assert shown(other) == {"i1": "good", "i2": "good"}
    answer(other, vote("i1", "bad", at=SECOND), path=TONE)
    assert shown(other) == {"i1": "bad", "i2": "good"}
    found = unmerged_answers(find_project(other), "ada", load_roster(find_project(other)))
    assert [(one.branch, one.merged) for one in found.elsewhere[TONE]] == [("main", True)]
    assert not found.handed.get(TONE)
    assert not found.branches.get(TONE)
    own = read_own(other, TONE)
    assert list(found.messages(own, {"i1", "i2"})) == [
        "1 of your answers is on branch main, merged, and not in this folder yet"
    ]


def test_what_others_wrote_under_my_name_is_not_mine_and_what_i_did_under_any_name_is(assay, two, bare, tmp_path):
    for name, who in (("ben/tone/b1-1", "ada"), ("fix", "ben"), ("evening", "ada"), ("ada/x", "ben")):
        folder = known_as(clone(bare, tmp_path / name.replace("/", "-"), who), who)
        git(folder, "switch", "-q", "-c", name)
        number = len(name) % 5 + 1
        commit(folder, name, {TONE: f"{vote(f'i{number}')}\n", "labels/tone/b1/ben.jsonl": f"{vote('i2')}\n"})
        git(folder, "push", "-q", "origin", name)
    git(two, "fetch", "-q")
    told = work(assay)
    assert told["elsewhere"] == {"origin/evening": 1}
    assert [one.partition(": ")[2] for one in told["unread"]] == [
        f"branch origin/ada/x may have answers of yours that are not here: it is left out: ben changed {TONE} on it"
    ]
    assert list(shown(two)) == [f"i{len('evening') % 5 + 1}"]
    assert "evening" in assay("start", "tone").out
    assert branch(two) == "evening"


@pytest.mark.parametrize("second", ["ben", "lab-computer"])
def test_a_branch_of_any_name_on_which_another_hand_changed_my_file_is_not_mine(assay, two, bare, tmp_path, second):
    folder = known_as(clone(bare, tmp_path / "both", "ada"), "ada")
    git(folder, "switch", "-q", "-c", "evening")
    commit(folder, "mine", {TONE: f"{vote('i1')}\n"})
    commit(known_as(folder, second), "theirs", {TONE: f"{vote('i1')}\n{vote('i2')}\n"})
    git(folder, "push", "-q", "origin", "evening")
    git(two, "fetch", "-q")
    told = work(assay)
    assert (told.get("elsewhere") or {}, told["unread"]) == ({}, [])


def test_what_an_unknown_address_committed_on_a_branch_of_mine_is_mine(assay, two, bare, tmp_path):
    folder = known_as(clone(bare, tmp_path / "lab", "ada"), "lab-computer")
    git(folder, "switch", "-q", "-c", "ada/tone/b1-1")
    commit(folder, "labels", {TONE: f"{vote('i1')}\n"})
    git(folder, "push", "-q", "origin", "ada/tone/b1-1")
    git(two, "fetch", "-q")
    told = work(assay)
    assert (told["elsewhere"], told["unread"]) == ({"origin/ada/tone/b1-1": 1}, [])


def test_a_branch_that_cannot_be_read_and_a_label_that_is_no_longer_valid_are_said(assay, two, bare, tmp_path):
    assay("start", "tone")
    answer(two, vote("i1"), vote("i2", "bad"), path=TONE)
    assay("submit")
    git(two, "switch", "-q", "-c", "ada/more", "main")
    commit(two, "by hand", {TONE: f"{vote('i3')}\n{{cut off\n"})
    lead_changes(bare, tmp_path, {"schemas/tone.yaml": SCHEMA.replace("[good, bad]", "[good, poor]")})
    git(two, "switch", "-q", "main")
    git(two, "pull", "-q")
    (two / ".git/refs/heads/ada/empty").write_text("")
    told = assay("todo").out
    assert "warning: branch ada/empty may have answers of yours that are not here: it no longer points to" in told
    assert (
        f"warning: branch ada/more may have answers of yours that are not here: {TONE}: 1 line cannot be read" in told
    )
    assert "warning: item i2: branch ada/tone/b1-1 has an answer that the schema no longer allows" in told
    assert shown(two) == {"i1": "good", "i3": "good"}
    assert (work(assay)["done"], work(assay)["unmerged"]) == (2, 1)
    git(two, "update-ref", "-d", "refs/heads/ada/more")
    place = git(two, "rev-parse", "ada/tone/b1-1")
    (two / f".git/objects/{place[:2]}/{place[2:]}").unlink()
    project = find_project(two)
    unread = unmerged_answers(project, "ada", load_roster(project)).unread
    assert {one.branch for one in unread} == {"ada/empty", "ada/tone/b1-1"}
    assert (assay("todo").code, "ada/tone/b1-1" in assay("todo").err) == (2, True)


def test_an_answer_to_what_came_back_settles_it_on_any_branch(assay, two, bare, tmp_path):
    returned = f'{{"item":"i1","annotator":"ada","why":"look again","at":"{SECOND}"}}\n'
    lead_changes(bare, tmp_path, {PART: f"{vote('i1', at=FIRST)}\n", "labels/mood/r4/ben.returned.jsonl": returned})
    assay("start", "mood")
    assert [one["item"] for one in work(assay, "mood")["returned"]] == ["i1"]
    answer(two, vote("i1", "bad", at=THIRD, first={"tone": "good"}))
    assert assay("submit").code == 0
    git(two, "switch", "-q", "--detach", "origin/main")
    told = work(assay, "mood")
    assert (told["returned"], told["unmerged"], told["elsewhere"]) == ([], 1, {"ada/mood/r4-1": 1})
    assert desk(two, "mood", "r4").progress().states.count("r") == 0
