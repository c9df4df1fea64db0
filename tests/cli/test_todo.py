"""`assay todo`: what is mine, what came back, what is new."""

import os
import shutil
import time

import pytest

from assay.guidelines.front_matter import load_guideline
from assay.labels.assignment import load_assignment
from assay.project.config import find_project
from assay.project.roster import load_roster
from assay.project.task_schema import load_schema
from clones import TEAM, answer, lead_changes, vote
from projects import FILES, GUIDELINE, write_files

NEWER = GUIDELINE.replace("version: 0.2.0\nch", "version: 0.10.0\nch").replace(
    "summary: second}\n",
    "summary: second}\n  - {version: 0.10.0, date: 2026-03-05, summary: last}\n"
    "  - {version: 0.9.0, date: 2026-03-01, summary: irony is bad}\n",
)
UNFETCHED = "this clone was never fetched, or the last fetch failed: `assay todo --fetch` fetches what is new\n"


@pytest.fixture
def plain(assay, tmp_path, monkeypatch):  # noqa: ARG001 - it changes the folder first
    """The project with the open batch `r4` in a folder that is no repository."""
    files = {name: text for name, text in FILES.items() if "/r3/" not in name}
    write_files(tmp_path / "plain", {**files, **TEAM})
    monkeypatch.chdir(tmp_path / "plain")
    return tmp_path / "plain"


def test_a_batch_shows_what_is_done_and_left_my_pace_and_the_next_command(assay, plain):
    answer(plain, vote("i1", seconds=20), vote("i2", seconds=40), '{"item":"i3","skip":"unreadable","seconds":90}')
    said = assay("todo", "--as", "ada")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "ada: 1 open batch\n"
        "\n"
        "mood/r4  (label, guideline 0.2.0)\n"
        "  3 of 5 done (1 skipped), 2 left\n"
        "  your pace: 40 s an item; about 80 s to go\n"
        "\n"
        "guideline of mood: 0.2.0. Since you last labelled (0.1.0):\n"
        "  0.2.0 (2026-02-01): second\n"
        "\n"
        "next: assay annotate mood r4\n"
    )


def test_what_was_sent_back_comes_first_with_the_reviewers_words(assay, plain):
    answer(plain, vote("i1", at="2026-04-03T10:00:00Z"), vote("i2", at="2026-04-03T10:00:00Z"))
    returned = (
        '{"item":"i1","annotator":"ada","why":"is this\\u202e irony?","at":"2026-04-04T08:00:00Z"}\n'
        '{"item":"i2","annotator":"ada","why":"answered since","at":"2026-04-01T08:00:00Z"}\n'
        '{"item":"i3","annotator":"ben","why":"not mine","at":"2026-04-04T08:00:00Z"}\n'
    )
    write_files(plain, {"labels/mood/r4/noor.returned.jsonl": returned})
    said = assay("todo", "--as", "ada")
    assert "  sent back to you: 1 item\n    i1: is this\\u202e irony? (2026-04-04)\n" in said.out
    told = assay("todo", "--as", "ada", "--format", "json").json
    assert told["batches"][0]["returned"] == [
        {"item": "i1", "why": "is this\u202e irony?", "at": "2026-04-04T08:00:00Z"}
    ]
    assert (told["next"], told["batches"][0]["done"], told["batches"][0]["asked"]) == ("assay annotate mood r4", 2, 5)


def test_an_item_without_an_answer_waits_once_also_where_it_was_sent_back(assay, plain):
    answer(plain, vote("i1", at="2026-04-03T10:00:00Z", seconds=30), vote("i2", seconds=30))
    sent = '{"item":"%s","annotator":"ada","why":"?","at":"2026-04-04T08:00:00Z"}\n'
    write_files(plain, {"labels/mood/r4/noor.returned.jsonl": sent % "i1" + sent % "i4"})
    (told,) = assay("todo", "--as", "ada", "--format", "json").json["batches"]
    assert [one["item"] for one in told["returned"]] == ["i1"]
    assert (told["done"], told["asked"], told["seconds_left"]) == (2, 5, 120)


def test_what_changed_in_the_guideline_since_i_last_labelled(assay, plain):
    write_files(plain, {"guidelines/mood.md": NEWER})
    answer(plain, vote("i1", at="2026-04-03T10:00:00Z"))
    assert (
        "guideline of mood: 0.10.0. Since you last labelled (0.2.0):\n"
        "  0.9.0 (2026-03-01): irony is bad\n  0.10.0 (2026-03-05): last\n"
    ) in assay("todo", "--as", "ada").out


def test_a_newcomer_is_told_to_read_first(assay, plain):
    (plain / "labels/mood/r1/ada.jsonl").unlink()
    assert "You have not labelled under it yet: read guidelines/mood.md first." in assay("todo", "--as", "ada").out


def test_suggestions_kept_here_are_counted_and_the_newest_is_shown(assay, plain):
    one = '{"at":"2026-04-0%d","by":"ada","task":"mood","version":"0.2.0","section":"s","item":"i1","text":"%s"}\n'
    kept = one % (2, "newest") + "{broken\n\xff\n" + one % (1, "older")
    write_files(plain, {".assay/suggestions/mood.jsonl": kept})
    assert (
        "  2 suggestions of yours kept in this clone; the newest: newest (2026-04-02)"
        in assay("todo", "--as", "ada").out
    )


def test_lines_that_cannot_be_read_are_counted_and_looked_at_first(assay, plain):
    (plain / "labels/mood/r4/ada.jsonl").write_text(f"{vote('i1')}\n{{cut\n")
    said = assay("todo", "--as", "ada")
    assert "1 of 5 done" in said.out
    assert "1 line of your file cannot be read" in said.out
    assert said.out.endswith("next: assay check --mine\n")


@pytest.mark.usefixtures("plain")
def test_nothing_open_is_said_kindly(assay):
    assert assay("todo", "--as", "noor").out == "noor: nothing is open for you. Thank you!\n"
    assert assay("todo", "--as", "noor", "--format", "json").json["batches"] == []


def test_everything_answered_waits_for_others(assay, plain):
    answer(plain, *(vote(f"i{number}") for number in range(1, 6)))
    assert "All of it is answered" in assay("todo", "--as", "ada").out


def test_a_batch_without_a_plan_asks_nobody_not_even_whom_it_names(assay, plain):
    (plain / "labels/mood/r4/assignments.jsonl").unlink()
    for who in ("ada", "ben", "noor"):
        assert assay("todo", "--as", who).out == f"{who}: nothing is open for you. Thank you!\n"


def test_the_files_of_others_are_not_read(assay, plain):
    for name in ("labels/mood/r4/ben.jsonl", "labels/mood/gold/ada.jsonl", "labels/mood/r1/ben.jsonl"):
        (plain / name).write_bytes(b"\xff\x00 broken")
    (plain / "labels/items/texts/one.jsonl").write_bytes(b"broken")
    assert "0 of 5 done, 5 left" in assay("todo", "--as", "ada").out


def test_through_the_day_the_next_command_leads_on(assay, ada):
    def following():
        return assay("todo").out.splitlines()[-1]

    assert following() == "next: assay start mood r4"
    assay("start", "mood")
    assert following() == "next: assay annotate mood r4"
    answer(ada, *(vote(f"i{number}") for number in range(1, 6)))
    assert following() == "next: assay submit"
    assay("submit")
    assert following() == "All of it is answered: nothing to do until it is reviewed or closed."


def test_a_folder_behind_the_default_branch_is_told(assay, ada, bare, tmp_path):
    lead_changes(bare, tmp_path, {"news.txt": "new"})
    assert assay("todo").err == UNFETCHED
    told = assay("todo", "--fetch")
    behind = (
        "the default branch has 1 commit that this folder lacks: `assay start TASK` brings it in, "
        "and where answers wait on this branch `assay submit` does\n"
    )
    assert told.err == f"{behind}fetched just now\n"
    os.utime(ada / ".git/FETCH_HEAD", (0, time.time() - 3 * 3600 - 5))
    assert assay("todo").err == f"{behind}fetched 3 hours ago: `assay todo --fetch` fetches what is new\n"
    assert assay("todo", "--format", "json").json["fetched"].endswith("Z")
    shutil.move(bare, tmp_path / "away.git")
    failed = assay("todo", "--fetch")
    assert (failed.code, "warning: origin" in failed.err) == (0, True)
    assert failed.err.endswith(f"{behind}{UNFETCHED}")


def test_the_seat_of_the_page_is_whole_in_a_blind_clone(assay, ada):
    assay("start", "mood", "--blind")
    project = find_project(ada)
    versions = load_guideline(project, "mood").versions
    assignment = load_assignment(project, load_schema(project, "mood"), versions, load_roster(project), "r4", "ada")
    assert sorted(assignment.items) == ["i1", "i2", "i3", "i4", "i5"]
    assert assignment.gold == {}
