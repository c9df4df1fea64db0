"""What an edit of a guideline would make outdated, on the reference project."""

import gzip
import json
import os
import shutil
import subprocess
from collections import Counter
from itertools import islice
from pathlib import Path
from statistics import median

import orjson
import pytest

from assay.clone.project_files import init_project
from assay.errors import UsageError
from assay.files.artifacts import json_bytes
from assay.files.atomic import digest_bytes
from assay.guidelines.impact import AffectedShare
from assay.labels.assignments import read_plan
from assay.lead.impact import measure_impacts, survey
from assay.lead.long_import import import_long
from assay.lead.migrate_add import add_migration, step
from assay.lead.relabel import draft_relabel, draft_standing
from assay.lead.task_add import add_task
from assay.project.config import find_project
from assay.quality.outdated import drawn_items
from pipelines import FOLDERS, REPOSITORY, environment

DATA = os.environ.get("ASSAY_DATA")
NOW = "2026-12-02T09:00:00Z"
CLOSED = ("2026-09-round-1", "2026-10-round-2")
PEOPLE = ("ada", "ben", "chen")


def git(root, *arguments):
    subprocess.run(["git", *arguments], cwd=root, env=environment(), check=True, capture_output=True)


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """The reference project, committed, with a branch checked out; tests change a copy."""
    root = tmp_path_factory.mktemp("committed")
    for name in FOLDERS:
        shutil.copytree(REPOSITORY / name, root / name)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    return root


@pytest.fixture
def project(committed, tmp_path):
    return find_project(shutil.copytree(committed, tmp_path, dirs_exist_ok=True))


def edit(project, *, version="1.2.0", affects="intent=refund, urgency=4", more=""):
    path = project.root / "guidelines/triage.md"
    text = path.read_text()
    current = text.partition("\nversion: ")[2].partition("\n")[0]
    entry = f"  - {{version: {version}, date: 2026-12-01, summary: s, affects: [{affects}]{more}}}\n---\n"
    head, _, body = text.replace(f"\nversion: {current}\n", f"\nversion: {version}\n", 1).partition("\n---\n")
    path.write_text(f"{head}\n{entry}{body}")


def impact(project, **options):
    (measured,) = measure_impacts(project, "triage", **{"base": None, **options})
    return measured.impact


def votes(project):
    """(batch, annotator, record) of every current, counting label, read off the files."""
    for batch in CLOSED:
        for who in PEOPLE:
            for line in (project.root / f"labels/triage/{batch}/{who}.jsonl").read_bytes().splitlines():
                record = orjson.loads(line)
                if "label" in record:
                    yield batch, who, record


def affected(project):
    return [
        (batch, who, record)
        for batch, who, record in votes(project)
        if record["label"]["intent"] == "refund" or record["label"]["urgency"] == 4
    ]


def test_an_unchanged_guideline_has_no_impact(project):
    found = impact(project)
    assert (found.edited, found.base, found.changes, found.annotations.annotations) == (False, "1.1.0", (), 0)


def test_the_annotations_are_those_of_a_direct_count(project):
    edit(project)
    found, expected = impact(project), affected(project)

    assert found.annotations == AffectedShare(
        annotations=len(expected), of=len(list(votes(project))), share=len(expected) / len(list(votes(project)))
    )
    assert found.items == len({record["item"] for _, _, record in expected})
    assert {who: one.annotations for who, one in found.annotators.items()} == {
        who: sum(voter == who for _, voter, _ in expected) for who in PEOPLE
    }
    assert {batch: one.annotations for batch, one in found.batches.items()} == {
        batch: sum(name == batch for name, _, _ in expected) for batch in CLOSED
    }
    refunds = sum(record["label"]["intent"] == "refund" for _, _, record in expected)
    assert found.values["intent"] == {"refund": AffectedShare(annotations=refunds, of=refunds, share=1.0)}


def test_hours_are_what_whole_items_take_at_the_median_pace_of_people(project):
    edit(project)
    items = {record["item"] for _, _, record in affected(project)}
    slots = sum(record["item"] in items for _, _, record in votes(project))
    open_round = [
        orjson.loads(line)
        for who in PEOPLE
        for line in (project.root / f"labels/triage/2026-11-round-3/{who}.jsonl").read_bytes().splitlines()
    ]
    timed = [r["seconds"] for r in [*(r for _, _, r in votes(project)), *open_round] if "label" in r and "seconds" in r]
    redo = impact(project).redo

    assert (redo.items, redo.annotations) == (len(items), slots)
    assert (redo.seconds, redo.timed) == (median(timed), len(timed))
    assert redo.hours == pytest.approx(slots * median(timed) / 3600)


def test_hours_are_unknown_where_nobody_was_timed(project):
    for path in (project.root / "labels/triage").glob("*/*.jsonl"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines:
            line.pop("seconds", None)
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    edit(project)
    assert (impact(project).redo.seconds, impact(project).redo.hours) == (None, None)


def test_gold_and_adjudications_and_examples_that_it_affects_are_named(project):
    edit(project, affects="intent=refund")
    found = impact(project)
    gold = [orjson.loads(line) for line in (project.root / "labels/triage/gold/noor.jsonl").read_bytes().splitlines()]
    lines = (project.root / "guidelines/triage.md").read_text().splitlines()

    assert [one.item for one in found.gold] == [one["item"] for one in gold if one["label"]["intent"] == "refund"]
    assert found.adjudications
    assert found.examples
    for one in found.examples:
        assert lines[one.line - 1] == "```example"
        assert any("refund" in line for line in lines[one.line : one.line + 4])


def test_an_example_that_the_edit_brings_need_not_be_looked_at_again(project):
    edit(project, affects="intent=refund")
    before = impact(project).examples
    path = project.root / "guidelines/triage.md"
    block = (
        "```example\ntext: My money, please.\nlabel: {intent: refund, urgency: 2, topics: [payment]}\nwhy: New.\n```\n"
    )
    path.write_text(path.read_text() + block)
    assert impact(project).examples == before


def test_the_policies_decide_what_is_to_be_redone(project):
    edit(project, more=", policy: grandfather")
    assert impact(project).redo.items == 0
    assert impact(project).annotations.annotations == len(affected(project))


def test_a_sample_is_a_share_of_the_items(project):
    edit(project, more=", policy: sample, share: 0.2")
    items = {record["item"] for _, _, record in affected(project)}
    (measured,) = measure_impacts(project, "triage", base=None)

    assert set(measured.plan) == drawn_items("triage", "1.2.0", 0.2, items)
    assert measured.impact.redo.items == len(measured.plan)


def test_labels_that_the_edited_schema_refuses_are_counted_and_not_lost(project):
    path = project.root / "schemas/triage.yaml"
    path.write_text(path.read_text().replace("billing, refund, cancel", "billing, cancel"))
    edit(project, version="2.0.0", affects="intent=refund")
    found = impact(project)

    assert found.refused == found.annotations.annotations > 0


def test_a_field_that_the_edit_adds_concerns_every_label(project):
    path = project.root / "schemas/triage.yaml"
    text = path.read_text()
    path.write_text(text.replace("  urgency:\n", "  mood:\n    enum: [calm, angry]\n  urgency:\n", 1))
    edit(project, affects="mood")
    found = impact(project)

    assert found.annotations.annotations == found.annotations.of == len(list(votes(project)))


def test_an_edit_without_a_new_entry_says_so(project):
    path = project.root / "guidelines/triage.md"
    path.write_text(path.read_text() + "\nMore.\n")
    found = impact(project)
    assert (found.edited, found.changes) == (True, ())


def test_rows_of_a_published_release_are_touched_where_their_votes_are(project):
    edit(project)
    items = sorted({record["item"] for _, _, record in votes(project)})
    hit = {record["item"] for batch, _, record in affected(project) if batch == CLOSED[0]}
    manifest = {
        "format": 1,
        "name": "support",
        "version": "1.0.0",
        "project": "p",
        "license": "l",
        "seed": 0,
        "splits": {"train": 1.0},
        "tasks": {},
        "files": [],
        "made_from": {"inputs": {}, "verdict": ""},
        "assay": "0",
        "digest": "",
    }
    record = {
        "manifest": manifest,
        "sha256": digest_bytes(json_bytes(manifest)),
        "items": {"triage": [{"guidelines": ["1.0.0"], "items": items}]},
    }
    (project.root / "releases/support").mkdir()
    (project.root / "releases/support/1.0.0.json").write_bytes(json_bytes(record))
    (released,) = impact(project).releases

    assert (released.name, released.version, released.rows, released.of) == ("support", "1.0.0", len(hit), len(items))


def test_the_drafted_batch_asks_whoever_answered_an_item_again(project):
    edit(project)
    (measured,) = measure_impacts(project, "triage", base=None)
    drafted = draft_relabel(project, measured, "again", now=NOW)
    plan = read_plan(project.snapshot, "triage", "again")
    items = {record["item"] for _, _, record in affected(project)}

    assert drafted.folder == "labels/triage/again"
    assert plan == {
        item: tuple(sorted({who for _, who, record in votes(project) if record["item"] == item}))
        for item in sorted(items)
    }
    batch = (project.root / "labels/triage/again/batch.yaml").read_text()
    assert "purpose: relabel\nstatus: open\n" in batch
    assert 'guideline: "1.2.0"' in batch


def test_a_split_on_the_reference_project_costs_what_migrate_then_asks(project):
    path = project.root / "schemas/triage.yaml"
    path.write_text(path.read_text().replace("billing, refund, cancel", "billing, money_back, voucher, cancel"))
    steps = [step("split_value", field="intent", value="refund", into=["money_back", "voucher"])]
    add_migration(project, "triage", "finer", "two teams", steps, guideline="2.0.0")
    edit(project, version="2.0.0", affects="intent=refund")
    found = impact(project)
    waiting = {(record["item"], who) for _, who, record in votes(project) if record["label"]["intent"] == "refund"}
    items = {item for item, _ in waiting}
    (migration,) = found.migrations

    assert (migration.votes, migration.items, found.refused) == (len(waiting), len(items), 0)
    assert found.redo == migration.redo
    git(project.root, "add", "-A")
    git(project.root, "commit", "-q", "-m", "two")
    (told,) = survey(project, "triage")
    assert (told.carried, told.waiting) == (migration.carried, migration.waiting)
    drafted = draft_standing(project, "triage", "again", now=NOW)
    assert read_plan(project.snapshot, "triage", "again") == {
        item: tuple(sorted({who for _, who, record in votes(project) if record["item"] == item}))
        for item in sorted(items)
    }
    assert (drafted.items, sum(drafted.loads.values())) == (found.redo.items, found.redo.annotations)


@pytest.mark.skipif(DATA is None, reason="ASSAY_DATA does not name the folder of real corpora")
def test_a_split_on_real_crowd_labels_costs_what_migrate_then_asks_of_others(tmp_path):
    root, source = tmp_path / "demo", tmp_path / "some.jsonl"
    init_project(root, project_id="0b9ffe5c-1111")
    with gzip.open(Path(DATA or "") / "convarg.jsonl.gz", "rt", encoding="utf-8") as whole:
        rows = [json.loads(line) for line in islice(whole, 3000)]
    source.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    add_task(find_project(root), "arg", today="2026-01-10", scales={}, source=source)
    assert import_long(find_project(root), source, task="arg", today="2026-01-10").refused == ()
    for who in "abcdefgh":
        (root / f"labels/annotators/{who}.yaml").write_text("kind: person\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    for name, old, new in (
        ("schemas/arg.yaml", "equal", "even, same"),
        ("guidelines/arg.md", "version: 0.1.0\nowners", "version: 1.0.0\nowners"),
        ("guidelines/arg.md", "changes:\n", "changes:\n  - {version: 1.0.0, date: 2026-02-01, summary: finer}\n"),
    ):
        path = root / name
        path.write_text(path.read_text().replace(old, new, 1))
    steps = [step("split_value", field="label", value="equal", into=["even", "same"])]
    add_migration(find_project(root), "arg", "finer", "ties differ", steps)
    (measured,) = measure_impacts(find_project(root), "arg", base=None)
    equal = [row for row in rows if row.get("label") == {"label": "equal"}]
    items = {row["item"] for row in equal}
    answers = Counter(row["item"] for row in rows if "label" in row and row["item"] in items)
    drafted = draft_standing(find_project(root), "arg", "again", now=NOW, others=tuple("abcdefgh"))

    (migration,) = survey(find_project(root), "arg")
    assert (migration.carried, migration.waiting, migration.votes) == (len(equal),) * 3
    assert (measured.impact.redo.items, measured.impact.redo.annotations) == (len(items), answers.total())
    assert (drafted.items, sum(drafted.loads.values())) == (len(items), answers.total())
    assert {
        item: len(people) for item, people in read_plan(find_project(root).snapshot, "arg", "again").items()
    } == answers
    assert (drafted.losing, drafted.left_out) == ({}, ())


def test_after_the_merge_the_batch_can_still_be_drafted(project):
    edit(project)
    git(project.root, "commit", "-q", "-a", "-m", "two")
    (measured,) = measure_impacts(project, "triage", base=None)

    assert not measured.impact.edited
    assert set(measured.plan) == {record["item"] for _, _, record in affected(project)}


def test_people_who_are_away_are_not_asked(project):
    edit(project)
    (project.root / "labels/annotators/ada.yaml").write_text("status: paused\n")
    (measured,) = measure_impacts(project, "triage", base=None)
    draft_relabel(project, measured, "again", now=NOW)

    assert "ada" not in (project.root / "labels/triage/again/assignments.jsonl").read_text()


def test_others_are_asked_in_turn_where_nobody_who_answered_can_be(project):
    edit(project)
    voters = {who for _, who, _ in votes(project)}
    for who in voters:
        (project.root / f"labels/annotators/{who}.yaml").write_text("qualified: [preference]\n")
    for who in ("una", "vic", "wes"):
        (project.root / f"labels/annotators/{who}.yaml").write_text("qualified: [triage]\n")
    (measured,) = measure_impacts(project, "triage", base=None)
    with pytest.raises(UsageError, match="none of their annotators can be asked") as told:
        draft_relabel(project, measured, "again", now=NOW)
    assert "--annotators" in told.value.fix
    drafted = draft_relabel(project, measured, "again", now=NOW, others=("wes", "una", "vic"))
    plan = read_plan(project.snapshot, "triage", "again")

    assert {item: len(people) for item, people in plan.items()} == {
        item: min(3, len(people)) for item, people in measured.plan.items()
    }
    assert max(drafted.loads.values()) - min(drafted.loads.values()) <= 1
    assert set(drafted.loads) == {"una", "vic", "wes"}
    with pytest.raises(UsageError, match="nobody"):
        draft_relabel(project, measured, "more", now=NOW, others=("nobody",))


@pytest.mark.parametrize(
    ("name", "edits", "says"),
    [("again", False, "no item of triage"), (CLOSED[0], True, "already"), ("A gain", True, "A gain")],
)
def test_a_batch_that_cannot_be_drafted_leaves_nothing(project, name, edits, says):
    if edits:
        edit(project)
    (measured,) = measure_impacts(project, "triage", base=None)
    before = sorted((project.root / "labels").rglob("*"))
    with pytest.raises(UsageError, match=says):
        draft_relabel(project, measured, name, now=NOW)
    assert sorted((project.root / "labels").rglob("*")) == before


def test_without_a_repository_there_is_nothing_to_compare_with(project):
    shutil.rmtree(project.root / ".git")
    with pytest.raises(UsageError, match="not a git repository"):
        measure_impacts(project, None, base=None)
