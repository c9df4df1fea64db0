"""What a split costs: the same numbers in impact, review, log, todo and migrate, and in the batch that asks again."""

import json
import shutil
import subprocess
import sys

import pytest

from assay.annotator.todo_list import todo
from assay.annotator.todo_report import todo_text
from assay.cli.batch import tell_asking
from assay.core.people import Purpose
from assay.core.values import Json
from assay.errors import UsageError
from assay.guidelines.impact import impact_text
from assay.labels.assignments import read_plan
from assay.lead.batch_change import losses_at_close
from assay.lead.batch_create import BatchOrder, plan_batch, write_batch
from assay.lead.batch_report import Asking
from assay.lead.guideline_checks import guideline_log
from assay.lead.impact import current_impact, measure_impacts, survey
from assay.lead.migrate import migration_effects
from assay.lead.relabel import draft_relabel, draft_standing
from assay.project.config import find_project
from assay.project.roster import load_roster
from assay.project.task_schema import load_schema
from assay.reviewer.event import ReviewRequest
from assay.reviewer.pull_request import review_pull_request
from pipelines import environment
from projects import write_files

NOW = "2026-06-01T09:00:00Z"
SCHEMA = "type: object\nrequired: [tone]\nproperties:\n  tone: {enum: [%s]}\n  sure: {type: boolean}\n"
GUIDELINE = """---
task: mood
version: %s
owners: [ben]
changes:
  - {version: 1.0.0, date: 2026-01-01, summary: first}
%s---
Read it.
"""
SPLIT = "reason: finer\nguideline: 2.0.0\nsteps:\n  - {split_value: {field: tone, value: bad, into: [awful, sad]}}\n"
TONES = {
    "ada": {1: "bad", 2: "good", 3: "bad", 4: "good", 5: "bad", 6: None},
    "ben": {1: "good", 2: "good", 3: "bad", 4: "bad", 6: "bad"},
    "dana": {3: "good", 4: "bad", 5: "bad"},
}
DUE = {"i1": ("ada", "ben"), "i3": ("ada", "ben", "dana"), "i4": ("ada", "ben", "dana"), "i5": ("ada", "dana"), "i6": ("ben",)}  # fmt: skip
WAITING = {("i1", "ada"), ("i3", "ada"), ("i5", "ada"), ("i3", "ben"), ("i4", "ben"), ("i6", "ben"), ("i4", "dana"), ("i5", "dana")}  # fmt: skip


def lines(records):
    return "".join(f"{json.dumps(one, separators=(',', ':'))}\n" for one in records)


def votes(tones):
    return lines(
        {"item": f"i{n}", **({"label": {"tone": tone}} if tone else {"skip": "unclear"}), "seconds": 36}
        for n, tone in tones.items()
    )


def before():
    asked = {f"i{n}": [who for who, tones in TONES.items() if n in tones] for n in range(1, 7)}
    return {
        "checks/project.yaml": "format: 1\nid: test-project\ntasks: {mood: {pool: texts}}\n",
        "checks/mood.yaml": "consensus: {method: majority}\nrules:\n  schema: {errors_at_most: 0}\n",
        "schemas/mood.yaml": SCHEMA % "good, bad",
        "guidelines/mood.md": GUIDELINE % ("1.0.0", ""),
        **{f"labels/annotators/{who}.yaml": "kind: person\n" for who in ("ada", "ben", "dana", "eve", "finn")},
        "labels/annotators/noor.yaml": "role: lead\n",
        "labels/items/texts/one.jsonl": lines({"id": f"i{n}", "data": {"text": str(n)}} for n in range(1, 9)),
        "labels/mood/gold/noor.jsonl": lines([{"item": "i1", "label": {"tone": "bad"}, "guideline": "1.0.0"}]),
        "labels/mood/r1/batch.yaml": "purpose: label\nstatus: closed\ncreated: 2026-02-01\nguideline: 1.0.0\nannotators: [ada, ben, dana]\n",
        "labels/mood/r1/assignments.jsonl": lines({"item": item, "annotators": who} for item, who in asked.items()),
        **{f"labels/mood/r1/{who}.jsonl": votes(tones) for who, tones in TONES.items()},
    }


def edited(entry="affects: [tone=bad]", migration=SPLIT):
    change = f"  - {{version: 2.0.0, date: 2026-05-01, summary: finer, {entry}}}\n"
    return {
        "guidelines/mood.md": GUIDELINE % ("2.0.0", change),
        "schemas/mood.yaml": SCHEMA % "good, awful, sad",
        "schemas/migrations/mood/0001-finer.yaml": migration,
    }


@pytest.fixture
def project(tmp_path):
    """The project, committed; who edits it does so in the work tree."""
    write_files(tmp_path, before())
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "config", "user.email", "noor@example.org")
    git(tmp_path, "config", "user.name", "noor")
    commit(tmp_path)
    return find_project(tmp_path)


def git(root, *arguments):
    subprocess.run(["git", *arguments], cwd=root, env=environment(), check=True, capture_output=True)


def commit(root):
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "more")


def at(project):
    return find_project(project.root)


def impact(project):
    (measured,) = measure_impacts(at(project), "mood", base=None)
    return measured


def plan(project, name):
    return read_plan(at(project).snapshot, "mood", name)


@pytest.mark.parametrize("entry", ["affects: [tone=bad]", "affects: []", "affects: [tone=bad], policy: grandfather", "affects: [tone=bad], policy: sample, share: 0.1"])  # fmt: skip
def test_a_split_costs_the_same_wherever_it_is_told_and_asks_everybody_who_answered(project, entry):
    write_files(project.root, edited(entry))
    measured = impact(project)
    found = measured.impact
    (migration,) = found.migrations

    assert measured.plan == DUE
    assert (found.annotations.annotations, found.items) == (len(WAITING), len(DUE))
    assert (found.redo.items, found.redo.annotations) == (len(DUE), sum(map(len, DUE.values())))
    assert found.redo.hours == pytest.approx(found.redo.annotations * 36 / 3600)
    assert found.own == found.redo == migration.redo
    assert [one.item for one in found.gold] == ["i1"]
    assert migration.steps == ("tone: bad is split into awful, sad",)
    assert (migration.added, migration.carried, migration.waiting) == (True, 9, 9)
    assert (migration.votes, migration.items) == (len(WAITING), len(DUE))
    assert found.values["tone"]["bad"].annotations == len(WAITING)

    git(project.root, "switch", "-q", "-c", "noor/finer")
    commit(project.root)
    (state,) = review_pull_request(project.root, ReviewRequest(base="main", head="HEAD", actors=("noor",))).guidelines
    assert state.impact == found
    git(project.root, "switch", "-q", "main")
    git(project.root, "merge", "-q", "noor/finer")

    merged = impact(project).impact
    (told,) = survey(at(project), "mood")
    assert (merged.redo, merged.own.items, merged.migrations) == (found.redo, 0, (told,))
    assert (told.carried, told.waiting, told.redo) == (migration.carried, migration.waiting, migration.redo)
    newest = guideline_log(at(project), "mood")[0]
    assert newest.migrations == (told,)
    (waiting,) = todo(at(project), "noor", roster=load_roster(project)).waiting
    assert (waiting.votes, waiting.items, waiting.answers) == (len(WAITING), len(DUE), found.redo.annotations)
    assert waiting.command == "assay migrate batch mood relabel-2-0-0"
    assert [one.task for one in todo(at(project), "ben", roster=load_roster(project)).waiting] == ["mood"]
    assert todo(at(project), "ada", roster=load_roster(project)).waiting == ()

    drafted = draft_standing(at(project), "mood", "relabel-2-0-0", now=NOW)
    assert (plan(project, "relabel-2-0-0"), drafted.losing, drafted.left_out) == (DUE, {}, ())
    assert (drafted.items, sum(drafted.loads.values())) == (found.redo.items, found.redo.annotations)
    assert todo(at(project), "noor", roster=load_roster(project)).waiting == ()

    again = {"ada": {1: "awful", 3: "sad", 4: "good", 5: "sad"}, "ben": {1: "good", 3: "awful", 4: "sad", 6: None}}
    again["dana"] = {3: "good", 4: "sad", 5: "awful"}
    write_files(project.root, {f"labels/mood/relabel-2-0-0/{who}.jsonl": votes(of) for who, of in again.items()})
    assert losses_at_close(at(project), "mood", "relabel-2-0-0").items == ()
    close(project, "relabel-2-0-0")
    assert (impact(project).plan, impact(project).impact.migrations) == ({}, ())
    (told,) = survey(at(project), "mood")
    assert (told.waiting, told.votes, told.items) == (9, 0, 0)
    assert not current_impact(at(project), "mood").outgrown


def test_what_was_answered_under_the_edit_already_is_asked_no_more(project):
    write_files(project.root, edited())
    draft_relabel(at(project), impact(project), "again", now=NOW)
    answers = {"ada": {1: "awful", 3: "sad", 4: "good"}, "ben": {1: "good", 3: "awful", 4: "sad", 6: "sad"}}
    answers["dana"] = {3: "good", 4: "sad", 5: "awful"}
    write_files(project.root, {f"labels/mood/again/{who}.jsonl": votes(of) for who, of in answers.items()})
    assert impact(project).plan == DUE
    assert losses_at_close(at(project), "mood", "again").silent == {"i5": ("ada",)}
    close(project, "again")
    found = impact(project).impact
    assert (found.redo.items, found.own.items, found.annotations.annotations) == (0, 0, 0)

    late = find_project(project.root)
    write_files(
        late.root, {"labels/mood/r9/batch.yaml": BATCH % "1.0.0", "labels/mood/r9/ada.jsonl": votes({7: "bad"})}
    )
    write_files(late.root, {"labels/mood/r9/assignments.jsonl": lines([{"item": "i7", "annotators": ["ada"]}])})
    assert impact(project).plan == {"i7": ("ada",)}


BATCH = "purpose: label\nstatus: closed\ncreated: 2026-06-03\nguideline: %s\nannotators: [ada]\n"


def close(project, name):
    path = project.root / f"labels/mood/{name}/batch.yaml"
    path.write_text(path.read_text().replace("status: open", "status: closed"))


@pytest.mark.parametrize(
    ("steps", "schema", "waiting"),
    [
        ("{retire_values: {field: tone, values: [bad]}}", SCHEMA % "good", WAITING),
        ("{add_field: {field: why}}", SCHEMA % "good, bad" + "  why: {type: string}\n", None),
        ("{add_field: {field: why, value: x}}", SCHEMA % "good, bad" + "  why: {type: string}\n", set()),
        ("{retype_field: {field: tone, to: integer, values: {good: 1}}}", SCHEMA.replace("enum: [%s]", "type: integer"), WAITING),
        ("{rename_values: {field: tone, values: {bad: awful}}}\n  - {split_value: {field: tone, value: awful, into: [x, y]}}", SCHEMA % "good, x, y", WAITING),
        ("{rename_field: {from: tone, to: feel}}\n  - {retire_values: {field: feel, values: [bad]}}", (SCHEMA % "good").replace("tone", "feel"), WAITING),
    ],
)  # fmt: skip
def test_each_kind_of_step_waits_for_just_what_it_leaves_to_people(project, steps, schema, waiting):
    migration = f"reason: r\nguideline: 2.0.0\nsteps:\n  - {steps}\n"
    write_files(project.root, {**edited("affects: []", migration), "schemas/mood.yaml": schema})
    measured = impact(project)
    everything = {(f"i{n}", who) for who, tones in TONES.items() for n, tone in tones.items() if tone}
    expected = everything if waiting is None else waiting

    assert {(item, who) for item, people in measured.whole.outgrown.items() for who in people} == expected
    assert set(measured.plan) == {item for item, _ in expected}
    assert measured.impact.refused == 0
    carried = migration_effects(at(project), load_schema(at(project), "mood"), {"r1": "1.0.0"})
    assert measured.impact.migrations[0].waiting == len(carried.waiting["schemas/migrations/mood/0001-finer.yaml"])
    assert measured.impact.migrations[0].votes == len(expected)


def test_who_cannot_be_asked_is_replaced_one_for_one_or_the_lost_vote_is_said(project, capsys):
    write_files(project.root, {**edited(), "labels/annotators/dana.yaml": "status: excluded\n"})
    write_files(project.root, {"labels/annotators/ben.yaml": "kind: person\nqualified: []\n"})
    measured = impact(project)
    drafted = draft_relabel(at(project), measured, "alone", now=NOW)
    assert plan(project, "alone") == {"i1": ("ada",), "i3": ("ada",), "i4": ("ada",), "i5": ("ada",)}
    assert drafted.left_out == ("i6",)
    assert drafted.losing == {"i3": ("ben",), "i4": ("ben",)}
    assert drafted.asking == Asking(answers=4, had=8, away={"ben": 4}, needed=1)
    tell_asking(drafted.asking)
    told = "asks for 4 answers, 4 fewer than the 8 that these items have: 1 annotator cannot be asked again (ben 4), no replacement is"
    assert told in capsys.readouterr().err

    (project.root / "labels/mood/alone").rename(project.root / "labels/mood/.alone")
    drafted = draft_relabel(at(project), measured, "helped", now=NOW, others=("eve", "finn", "ada"))
    helped = plan(project, "helped")
    assert drafted.losing == {}
    assert drafted.asking == Asking(answers=8, had=8, away={"ben": 4}, named=3, needed=2)
    assert {item: len(people) for item, people in helped.items()} == {"i1": 2, "i3": 2, "i4": 2, "i5": 1, "i6": 1}
    assert all("ada" in helped[item] for item in ("i1", "i3", "i4", "i5"))
    assert max(drafted.loads[who] for who in ("eve", "finn")) <= 2


def test_what_an_open_batch_asks_already_is_not_asked_again(project):
    write_files(project.root, edited())
    commit(project.root)
    draft_relabel(at(project), impact(project), "again", now=NOW)
    folder = project.root / "labels/mood/again"
    assert todo(at(project), "noor", roster=load_roster(at(project))).waiting == ()
    with pytest.raises(UsageError, match="open batches already ask for all items of mood to be labelled again: again"):
        draft_relabel(at(project), impact(project), "b", now=NOW, others=("eve",))
    with pytest.raises(UsageError, match="open batches already ask for all items of mood to be labelled again: again"):
        draft_standing(at(project), "mood", "b", now=NOW)
    assert not (project.root / "labels/mood/b").exists()

    asked = {"i1": ("ada",), "i3": ("ada", "ben", "dana"), "i4": ("ada", "eve"), "i6": ("ben",)}
    (folder / "assignments.jsonl").write_text(lines({"item": item, "annotators": who} for item, who in asked.items()))
    write_files(project.root, {"labels/annotators/dana.yaml": "status: left\nsince: 2026-06-01\n"})
    (waiting,) = todo(at(project), "noor", roster=load_roster(at(project))).waiting
    drafted = draft_standing(at(project), "mood", "rest", now=NOW, others=("finn",))
    left = {"i1": ("ben",), "i3": ("finn",), "i4": ("ben",), "i5": ("ada", "finn")}
    assert (plan(project, "rest"), drafted.already, drafted.losing) == (left, {"again": 6}, {})
    assert (waiting.items, waiting.answers) == (3, 5)

    text = (folder / "batch.yaml").read_text()
    (folder / "batch.yaml").write_text(text.replace('guideline: "2.0.0"', 'guideline: "1.0.0"'))
    shutil.rmtree(project.root / "labels/mood/rest")
    assert draft_standing(at(project), "mood", "anew", now=NOW).already == {}
    assert set(plan(project, "anew")) == set(DUE)


def test_before_the_guideline_has_the_version_of_a_migration_no_batch_is_drafted_and_that_is_said(project, tmp_path):
    (project.root / "guidelines/mood.md").write_text(GUIDELINE % ("1.0.0", ""))
    (project.root / "schemas/migrations/mood").mkdir(parents=True, exist_ok=True)
    write_files(
        project.root,
        {"schemas/migrations/mood/0001-finer.yaml": SPLIT, "schemas/mood.yaml": SCHEMA % "good, awful, sad"},
    )
    missing = "0001-finer.yaml needs guideline 2.0.0, but guidelines/mood.md is at 1.0.0"
    fix = "raise the guideline first: `assay guideline propose mood --bump major`"
    (tmp_path / "items.txt").write_text("i1\n")
    order = BatchOrder(task="mood", name="again", purpose=Purpose.RELABEL, items=tmp_path / "items.txt")
    for draft in (
        lambda: draft_standing(at(project), "mood", "again", now=NOW),
        lambda: draft_relabel(at(project), impact(project), "again", now=NOW),
        lambda: plan_batch(at(project), order, now=NOW),
    ):
        with pytest.raises(UsageError, match=missing) as refused:
            draft()
        assert refused.value.fix.startswith(fix)
    assert not (project.root / "labels/mood/again").exists()
    said = todo_text(todo(at(project), "noor", roster=load_roster(at(project))))
    assert f"{fix}; then `assay migrate batch mood relabel-2-0-0`" in said
    assert "version 1.0.0, with a migration for version 2.0.0, which" in impact_text(impact(project).impact)

    (project.root / "guidelines/mood.md").write_text((GUIDELINE % ("1.2.0", "")).replace("1.0.0", "1.2.0"))
    with pytest.raises(UsageError) as refused:
        draft_standing(at(project), "mood", "again", now=NOW)
    assert "--bump major" in refused.value.fix


def test_what_is_outdated_and_asked_of_nobody_is_told_also_once_a_sample_failed(project):
    def told(who="noor", policy=""):
        if policy:
            entry = f"  - {{version: 1.1.0, date: 2026-05-01, summary: s, affects: [tone=bad], policy: {policy}}}\n"
            write_files(project.root, {"guidelines/mood.md": GUIDELINE % ("1.1.0", entry)})
        return todo(at(project), who, roster=load_roster(at(project)))

    assert (told(policy="grandfather").waiting, told().next) == ((), "")
    (waiting,) = told(policy="relabel").waiting
    assert (waiting.votes, waiting.outdated, waiting.items, waiting.answers) == (0, 8, 5, 11)
    assert told("ada").waiting == ()
    (waiting,) = told(policy="sample, share: 0.2").waiting
    assert (waiting.items, told().next) == (1, "assay migrate batch mood relabel-1-1-0")
    drafted = draft_standing(at(project), "mood", "relabel-1-1-0", now=NOW)
    assert (drafted.items, told().waiting) == (1, ())

    asked = {who: item for item, people in plan(project, "relabel-1-1-0").items() for who in people}
    answers = {
        f"labels/mood/relabel-1-1-0/{who}.jsonl": lines([{"item": item, "label": {"tone": "good"}}])
        for who, item in asked.items()
    }
    write_files(project.root, answers)
    close(project, "relabel-1-1-0")
    (waiting,) = told().waiting
    (drawn,) = set(asked.values())
    assert (waiting.outdated, waiting.items) == (8 - sum(item == drawn for item, _ in WAITING), 4)
    text = todo_text(told())
    assert "nothing is open" not in text
    assert "current answers are outdated, and no open batch asks for them; to ask again: " in text
    assert f"to 4 items, hours: 0.1: `{waiting.command}`" in text
    assert waiting.command == "assay migrate batch mood relabel-1-1-0-2"


def test_by_hand_everybody_who_answered_an_item_is_asked_again_unless_an_overlap_is_given(project, tmp_path):
    listed = tmp_path / "items.txt"
    listed.write_text("i2\ni5\ni6\ni8\n")
    write_files(project.root, {"labels/annotators/dana.yaml": "qualified: []\n"})

    def order(name, **more) -> dict[str, Json]:
        stated = BatchOrder(task="mood", name=name, purpose=Purpose.RELABEL, items=listed, **more)
        planned = plan_batch(at(project), stated, now=NOW)
        write_batch(at(project), planned)
        assert plan_batch(at(project), stated, now=NOW).there
        return planned, plan(project, name)

    planned, asked = order("plain")
    assert asked == {"i2": ("ada", "ben"), "i5": ("ada",), "i6": ("ben",)}
    assert dict(planned.left_out) == {"without a current answer": 1}
    assert planned.losing == {}
    _, asked = order("with-eve", annotators=("eve", "ada"))
    assert asked == {"i2": ("ada", "ben"), "i5": ("ada", "eve"), "i6": ("ben",)}
    _, asked = order("two-of", annotators=("eve", "finn"), overlap="2")
    assert asked == dict.fromkeys(("i2", "i5", "i6", "i8"), ("eve", "finn"))
    listed.write_text("i8\n")
    with pytest.raises(UsageError, match="no item is left to assign"):
        order("nothing")


def test_by_hand_with_an_overlap_it_is_said_whose_vote_is_neither_asked_again_nor_replaced(project, tmp_path):
    write_files(project.root, edited())
    listed = tmp_path / "items.txt"
    listed.write_text("i1\ni3\ni4\ni8\n")

    def losing(*annotators) -> dict[str, Json]:
        stated = {"items": listed, "annotators": annotators, "overlap": str(len(annotators))}
        order = BatchOrder(task="mood", name="some", purpose=Purpose.RELABEL, **stated)
        return plan_batch(at(project), order, now=NOW).losing

    assert losing("eve") == {"i3": ("ben",), "i4": ("dana",)}
    assert losing("ada") == {"i3": ("ben",), "i4": ("ben", "dana")}
    assert losing("eve", "finn") == {}


def test_closing_says_whose_vote_is_lost_silent_or_outdated_and_not_asked(project):
    write_files(project.root, edited("affects: [tone=good]"))
    folder = "labels/mood/again"
    write_files(
        project.root,
        {
            f"{folder}/batch.yaml": f"purpose: relabel\nstatus: open\ncreated: {NOW}\nguideline: 2.0.0\nannotators: [ada, ben]\n",
            f"{folder}/assignments.jsonl": lines({"item": f"i{n}", "annotators": ["ada", "ben"]} for n in (3, 4, 5)),
            f"{folder}/ada.jsonl": votes({3: "awful", 5: "sad"}),
            f"{folder}/ben.jsonl": votes({3: None, 4: "awful", 5: "sad"}),
        },
    )
    lost = losses_at_close(at(project), "mood", "again")
    assert (lost.silent, lost.outdated) == ({"i4": ("ada",)}, {"i3": ("dana",)})
    # On i5 somebody new answers instead of dana.
    assert (lost.waiting, lost.items) == ({"i4": ("dana",)}, ("i3", "i4"))
    said = run(project, "batch", "close", "mood", "again")
    assert said.returncode == 1
    assert "1 item loses a vote that was asked again and is not answered (ada 1): i4" in said.stderr
    assert "1 item loses a vote that is outdated and was not asked again (dana 1): i3" in said.stderr
    assert "1 item loses a vote that waits after a migration and was not asked again (dana 1): i4" in said.stderr
    assert run(project, "batch", "close", "mood", "again", "--anyway").returncode == 0
    assert losses_at_close(at(project), "mood", "again").items == ()


def run(project, *arguments):
    """The command as it is typed."""
    told = [sys.executable, "-m", "assay", *arguments]
    return subprocess.run(told, cwd=project.root, env=environment(), check=False, capture_output=True, text=True)
