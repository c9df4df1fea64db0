"""`assay batch`: what it prints, what it writes, how it ends."""

import json

import pytest

from projects import write_files

ITEMS = "".join(
    f'{{"id":"m{n:02d}","data":{{"text":"{n}"}},"meta":{{"lang":"{"fr" if n % 4 else "en"}"}}}}\n' for n in range(20)
)
GOOD, BAD = {"tone": "good"}, {"tone": "bad"}


@pytest.fixture
def team(mood):
    """The small project with twenty more items and a third person; open batches hold none of them."""
    write_files(mood, {"labels/items/texts/more.jsonl": ITEMS, "labels/annotators/chen.yaml": "kind: person\n"})
    return mood


@pytest.fixture
def plan(team):
    def _plan(name="r9"):
        lines = (team / f"labels/mood/{name}/assignments.jsonl").read_text().splitlines()
        return {record["item"]: record["annotators"] for record in map(json.loads, lines)}

    return _plan


@pytest.fixture
def answer(team, plan):
    """Writes somebody's answers to all of their items but the last `left` ones."""

    def _answer(who, label=GOOD, left=0, name="r9"):
        mine = [item for item, people in sorted(plan(name).items()) if who in people]
        records = [{"item": item, "label": label} for item in mine[: len(mine) - left]]
        lines = (json.dumps(record, separators=(",", ":")) for record in records)
        write_files(team, {f"labels/mood/{name}/{who}.jsonl": "".join(f"{line}\n" for line in lines)})

    return _answer


CREATE = ("batch", "create", "mood", "r9", "--annotators", "ada,ben,chen", "--where", "meta.lang=fr|en")


@pytest.mark.usefixtures("team")
def test_a_round_is_shown_with_loads_pairs_and_the_next_step(assay):
    said = assay(*CREATE, "--items", 12, "--stratify", "meta.lang")
    assert said.code == 0
    assert said.out == (
        "mood/r9 (label, guideline 0.2.0): 12 items, 24 annotations asked for, 0 of the items with gold\n"
        "  annotator  items\n"
        "  ada            8\n"
        "  ben            8\n"
        "  chen           8\n"
        "  stratum  to choose from  share  chosen  share\n"
        "  en                    5  25.0%       3  25.0%\n"
        "  fr                   15  75.0%       9  75.0%\n"
        "items that two share: ada+ben 4, ada+chen 4, ben+chen 4\n"
        "left out: 1 item already in a counting batch\n"
    )
    assert said.err == "next: commit labels/mood/r9, then each annotator runs `assay start mood r9`\n"
    assert assay("check", "--all").code == 0


def test_a_dry_run_shows_the_same_and_writes_nothing(assay, team, plan):
    said = assay(*CREATE, "--dry-run", "--format", "json")
    assert (said.code, said.err) == (0, "dry run: nothing was written\n")
    assert not (team / "labels/mood/r9").exists()
    told = assay(*CREATE, "--format", "json").json
    assert told == said.json
    assert (told["items"], told["slots"], told["gold"]) == (20, 40, 0)
    assert sum(told["annotators"].values()) == 40
    assert len(plan()) == 20


def test_every_option_reaches_the_round(assay, team, plan):
    listed = team / "some.txt"
    listed.write_text("m01\nm02\nm03\nm04\n")
    write_files(team, {"labels/mood/gold/ada.jsonl": '{"item":"m01","label":{"tone":"good"}}\n'})
    said = assay(
        *(*CREATE, "--items", listed, "--overlap", "50%x3", "--purpose", "audit", "--prelabels", "bot"),
        *("--seed", 7, "--where", "id=m01|m02|m03|m04", "--gold-share", ".25"),
    )
    assert (said.code, len(plan())) == (0, 4)
    assert sorted(map(len, plan().values())) == [1, 1, 3, 3]
    text = (team / "labels/mood/r9/batch.yaml").read_text()
    for line in ("purpose: audit", 'guideline: "0.2.0"', 'overlap: "50%x3"', "seed: 7", "prelabels: bot"):
        assert f"{line}\n" in text


@pytest.mark.usefixtures("team")
def test_what_cannot_be_had_ends_it_with_a_remedy(assay):
    for arguments, message in (
        ((*CREATE, "--items", 21), "items to choose from: 20, and 21 are asked for"),
        ((*CREATE, "--items", "nosuch.txt"), "nosuch.txt"),
        ((*CREATE, "--where", "meta.lnag=fr"), "no item of the pool has 'meta.lnag'"),
        ((*CREATE[:3], "r1", *CREATE[4:]), "mood already has a batch 'r1'"),
    ):
        said = assay(*arguments)
        assert (said.code, said.out) == (2, "")
        assert message in said.err
        assert "\n  fix: " in said.err


def test_open_slots_move_and_it_says_to_whom(assay, plan, answer):
    assay(*CREATE, "--items", 12)
    answer("ada", left=4)
    before = plan()
    said = assay("batch", "reassign", "mood", "r9", "--from", "ada")
    assert (said.code, said.err) == (0, "next: commit labels/mood/r9\n")
    assert (
        said.out
        == "mood/r9: 4 items moved from ada\n  annotator  more items\n  ben                 2\n  chen                2\n"
    )
    assert sum(before[item] != people for item, people in plan().items()) == 4
    again = assay("batch", "reassign", "mood", "r9", "--from", "ada")
    assert (again.code, again.out, again.err) == (0, "mood/r9: no slots to move\n", "")


@pytest.mark.usefixtures("team")
def test_slots_that_cannot_move_are_named_and_end_it_with_1(assay):
    assay(*CREATE, "--items", 3, "--overlap", 3)
    said = assay("batch", "reassign", "mood", "r9", "--from", "ada", "--to", "ben, chen")
    assert (said.code, said.err) == (1, "")
    assert said.out.startswith("mood/r9: 0 items moved from ada\nno annotator available for 3 items: m")


def test_disagreement_brings_a_further_annotator(assay, plan, answer):
    assay("batch", "create", "mood", "r9", "--annotators", "ada,ben", "--where", "id=m01|m02|m03")
    answer("ada")
    answer("ben", BAD, left=1)
    said = assay("batch", "escalate", "mood", "r9", "--to", 3, "--annotators", "chen")
    assert (said.code, said.err) == (0, "next: commit labels/mood/r9\n")
    assert said.out == "mood/r9: 2 items escalated to 3 annotators\n  annotator  more items\n  chen                2\n"
    assert plan() == {"m01": ["ada", "ben", "chen"], "m02": ["ada", "ben", "chen"], "m03": ["ada", "ben"]}


def test_a_round_is_closed_when_nothing_is_missing(assay, team, answer):
    assay(*CREATE, "--items", 6)
    for who in ("ada", "ben"):
        answer(who)
    answer("chen", left=1)
    refused = assay("batch", "close", "mood", "r9")
    assert refused.code == 1
    assert refused.out.splitlines()[1].split() == ["chen", "1", "0"]
    assert "mood/r9 stays open" in refused.err
    assert "status: open\n" in (team / "labels/mood/r9/batch.yaml").read_text()
    answer("chen")
    closed = assay("batch", "close", "mood", "r9")
    assert (closed.code, closed.out) == (0, "mood/r9 is closed\n")
    assert "status: closed\n" in (team / "labels/mood/r9/batch.yaml").read_text()
    assert assay("batch", "close", "mood", "r9").code == 2


@pytest.mark.usefixtures("team")
def test_anyway_closes_and_still_lists_what_is_missing(assay):
    assay(*CREATE, "--items", 6)
    said = assay("batch", "close", "mood", "r9", "--anyway")
    assert said.code == 0
    assert said.out.endswith("mood/r9 is closed\n")
    assert said.out.startswith("annotator")


@pytest.mark.usefixtures("team")
def test_rounds_are_listed(assay):
    said = assay("batch", "list")
    assert (said.code, said.err) == (0, "")
    assert [line.split() for line in said.out.splitlines()] == [
        ["batch", "purpose", "status", "created", "guideline", "done"],
        ["mood/r1", "label", "closed", "2026-01-02", "0.1.0", "5/5"],
        ["mood/r2", "relabel", "closed", "2026-02-02", "0.2.0", "-"],
        ["mood/r3", "label", "open", "2026-03-02", "0.2.0", "1/10"],
    ]
    (first, *_) = assay("batch", "list", "mood", "--format", "json").json
    assert (first["name"], first["done"], first["slots"]) == ("r1", 5, 5)


@pytest.mark.usefixtures("demo")
def test_a_project_without_rounds_says_so(assay):
    assert assay("task", "add", "mood").code == 0
    assert assay("batch", "list").out == "no batch yet\n"


@pytest.mark.parametrize("command", ["create", "reassign", "escalate", "close", "reopen", "list"])
def test_every_command_shows_examples(assay, command):
    said = assay("batch", command, "--help")
    assert said.code == 0
    assert f"  assay batch {command}" in said.out.partition("Examples:")[2]


def test_who_is_gone_is_said_where_a_batch_lacks_answers_and_hands_over_without_being_named(assay, team):
    assay(*CREATE, "--items", 6)
    said = assay("batch", "reassign", "mood", "r9")
    assert (said.code, said.out) == (0, "mood/r9: no annotator who left has open slots; nothing to move\n")
    write_files(team, {"labels/annotators/chen.yaml": "{status: left, since: 2026-01-01}\n"})
    assert "chen can answer nothing now" in assay("batch", "close", "mood", "r9").out
    assert "next: chen left open slots: assay batch reassign mood r9" in assay("team", "mood").err
    said = assay("batch", "reassign", "mood", "r9")
    assert (said.code, said.out.splitlines()[0]) == (0, "mood/r9: 4 items moved from chen")
    assert "chen" not in (team / "labels/mood/r9/batch.yaml").read_text()
