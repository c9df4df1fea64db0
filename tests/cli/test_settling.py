"""An answer that came back can always be settled: in a sheet, after its batch was closed, by whoever can still answer."""

import csv
import re
import shlex
import shutil

import pytest

from clones import TEAM, answer, clone, git, squash_merge, vote
from projects import write_files

R4 = "labels/mood/r4"
BATCH = f"{R4}/batch.yaml"
COMMENTED = TEAM[BATCH].replace("status: open", "status: open  # see the plan of April")
ROSTER = {
    f"labels/annotators/{who}.yaml": f"{TEAM[f'labels/annotators/{who}.yaml']}handle: {who}\n"
    for who in ("ada", "ben", "noor")
}
MADE = {"at": "2026-04-03T10:00:00Z"}


@pytest.fixture
def noor(bare, tmp_path, monkeypatch):
    """The lead's clone, and the working folder in it."""
    folder = clone(bare, tmp_path / "noor", "noor")
    monkeypatch.chdir(folder)
    return folder


def pushed(folder, message):
    git(folder, "add", "-A", "labels")
    git(folder, "commit", "-q", "-m", message)
    git(folder, "push", "-q", "origin", "HEAD:main")


def marked(path, **cells):
    """Fills in the cells of a sheet, by item."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, **cells.get(row["item"], {})} for row in rows)


def commands(text):
    return re.findall(r"`assay ([^`]+)`", text)


def test_an_answer_of_a_closed_batch_comes_back_is_settled_in_a_sheet_and_counts_again(
    assay, bare, noor, tmp_path, monkeypatch
):
    answer(noor, *(vote(f"i{n}", **MADE) for n in range(1, 6)), path=f"{R4}/ada.jsonl")
    write_files(noor, {BATCH: COMMENTED, "labels/annotators/ben.yaml": "status: paused\n"})
    stays = assay("batch", "close", "mood", "r4")
    assert (stays.code, stays.out.splitlines()[1].split()) == (1, ["ben", "4", "0"])
    assert "ben, not answered: i2, i3, i4, i5" in stays.out
    assert "  fix: ben can answer nothing now: `assay batch reassign mood r4 --from ben`" in stays.out
    assert assay("batch", "close", "mood", "r4", "--anyway").code == 0
    write_files(noor, ROSTER)
    pushed(noor, "The first half of April")

    refused = assay("return", "i1", "i2", "--why", "see Tone", "--annotator", "ada", "--batch", "r4")
    assert (refused.code, (noor / R4 / "noor.returned.jsonl").exists()) == (2, False)
    reopen, anew = commands(refused.err)
    assert reopen == "batch reopen mood r4"
    assert assay(*shlex.split(anew), "--dry-run", "--format", "json").json["annotators"] == {"ada": 2}

    git(noor, "switch", "-q", "-c", "noor/reopen")
    opened = assay(*shlex.split(reopen), "--why", "two answers of ada's came back")
    told = "reopens mood/r4: 6 votes on 5 items do not count until it is closed again"
    assert (opened.code, opened.out) == (0, f"{told}\n")
    assert (noor / BATCH).read_text() == COMMENTED
    again = assay(*shlex.split(reopen))
    assert (again.code, again.out, again.err) == (0, "mood/r4 is already open: nothing was written\n", "")
    (command,) = (line.partition("yaml: ")[2] for line in opened.err.splitlines() if "git commit" in line)
    git(noor, *shlex.split(command)[1:])
    assert git(noor, "show", "-s", "--format=%s") == "mood/r4: batch reopened: two answers of ada's came back"
    for actor, verdict in (("noor", "needs approval"), ("ada", "refused")):
        said = assay("review", "--actor", actor, "--format", "json").json
        assert (said["verdict"]["outcome"], said["batches"][0]["votes"]) == (verdict, 6), said["verdict"]
    assert told in assay("review", "--format", "markdown").out
    assert assay("return", "i1", "i2", "--why", "see Tone", "--annotator", "ada", "--batch", "r4").code == 0
    pushed(noor, "Sent back")
    assert (
        "ada, sent back and neither changed nor kept: i1 (see Tone), i2 (see Tone)"
        in assay("batch", "close", "mood", "r4").out
    )

    ada = clone(bare, tmp_path / "ada", "ada")
    monkeypatch.chdir(ada)
    assert assay("start", "mood", "r4").code == 0
    assert "sent back to you: 2 items" in assay("todo").out
    assert assay("sheet", "out", "mood", "r4", "mine.csv").out == "mine.csv: 2 of 5 items of ada\n"
    assert "neither changed nor kept: " in assay("sheet", "in", "mood", "r4", "mine.csv").err
    marked("mine.csv", i1={"keep": "x"}, i2={"tone": "bad"})
    assert assay("sheet", "in", "mood", "r4", "mine.csv").out.startswith("0 added, 1 changed, 1 kept,")
    (ada / "mine.csv").unlink()
    assert [assay(command).code for command in ("check", "submit")] == [0, 0]
    assert assay("review", "--actor", "ada", "--format", "json").json["verdict"]["outcome"] != "refused"
    squash_merge(bare, tmp_path, git(ada, "branch", "--show-current"))

    monkeypatch.chdir(noor)
    git(noor, "pull", "-q", "origin", "main")
    listed = assay("batch", "close", "mood", "r4", "--anyway", "--format", "json").json
    assert (listed["status"], [one["annotator"] for one in listed["lacking"]]) == ("closed", ["ben"])
    assert "batch/unsettled" not in assay("check", "--all").out
    git(noor, "commit", "-q", "-a", "-m", "Closed again")
    assert "closes mood/r4: 6 votes on 5 items count from now on" in assay("review", "origin/main", "HEAD").out


def test_what_came_back_before_its_batch_was_closed_is_told_with_the_way_out(assay, mood):
    sent = '{"item":"i3","annotator":"ben","why":"look again","at":"2026-05-01T10:00:00Z"}\n'
    shutil.rmtree(mood / "labels/mood/r3")  # it asks ben for the same item again
    path = mood / "labels/mood/r1/ada.returned.jsonl"
    path.write_text(path.read_text() + sent)
    told = assay("check", "--all")
    assert (told.code, "batch/unsettled" in told.out, "assay batch reopen mood r1" in told.out) == (0, True, True)
    mine = assay("todo", "--as", "ben").out
    assert (
        "sent back to you in mood/r1, which is closed: i3; ask a lead to open it again: `assay batch reopen mood r1`"
        in mine
    )
    assert assay("todo", "--as", "ben", "--format", "json").json["stuck"] == [
        {"task": "mood", "batch": "r1", "items": ["i3"]}
    ]
    assert assay("batch", "reopen", "mood", "r1").code == 0
    assert "which is closed" not in assay("todo", "--as", "ben").out
    assert assay("sheet", "out", "mood", "r1", "mine.csv", "--as", "ben").code == 0
    marked("mine.csv", i3={"keep": "x"})
    assert assay("sheet", "in", "mood", "r1", "mine.csv", "--as", "ben").code == 0
    assert assay("batch", "close", "mood", "r1").code == 0
    assert "batch/unsettled" not in assay("check", "--all").out


def test_what_came_back_is_settled_by_a_relabel_batch_too(assay, mood):
    sent = '{"item":"i3","annotator":"ben","why":"look again","at":"2026-05-01T10:00:00Z"}\n'
    shutil.rmtree(mood / "labels/mood/r3")  # it asks ben for the same item again
    path = mood / "labels/mood/r1/ada.returned.jsonl"
    path.write_text(path.read_text() + sent)
    assert "batch/unsettled" in assay("check", "--all").out
    words = ("--purpose", "relabel", "--where", "id=i3", "--annotators", "ben", "--overlap", "1")
    assert assay("batch", "create", "mood", "again", *words).code == 0
    assert "batch/unsettled" not in assay("check", "--all").out
    assert "which is closed" not in assay("todo", "--as", "ben").out


@pytest.mark.parametrize(
    ("changed", "words", "why", "way"),
    [
        ({BATCH: TEAM[BATCH].replace("label", "qualify", 1)}, (), "mood/r4 qualifies annotators, and its answers are final", ""),
        (
            {"labels/annotators/ben.yaml": "status: paused\n"}, (), "ben is paused and cannot answer again",
            "--annotator ada",
        ),
        ({}, ("--annotator", "bot"), "no answer to 'i1' found", ""),
        ({BATCH: "status: ajar\n"}, (), f"{BATCH} cannot be used", "check --all"),
    ],
)  # fmt: skip
def test_nothing_is_sent_back_that_nobody_could_settle(assay, mood, changed, words, why, way):
    answers = {f"{R4}/{who}.jsonl": f"{vote('i1')}\n" for who in ("ada", "ben", "bot")}
    write_files(mood, {**{name: text for name, text in TEAM.items() if "/r4/" in name}, **answers, **changed})
    said = assay("return", "i1", "--why", "x", "--batch", "r4", "--as", "ada", *words)
    assert (said.code, why in said.err, way in said.err) == (2, True, True), said.err
    assert not (mood / R4 / "ada.returned.jsonl").exists()


def test_a_batch_that_asks_nobody_is_not_opened(assay, mood):
    said = assay("batch", "reopen", "mood", "r2")
    assert (said.code, "mood/r2 has no assignments.jsonl" in said.err) == (2, True)
    assert "status: closed" in (mood / "labels/mood/r2/batch.yaml").read_text()
