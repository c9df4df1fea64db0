"""The stage `quality`: gold, coverage, what is undecided, the headline numbers."""

import json
import re

import pyarrow.parquet as pq
import pytest

from assay.errors import ConfigError, RefusedError, UsageError
from assay.gate.evidence import require_measured
from assay.pipeline.agreement_stage import agreement
from assay.pipeline.schema_stage import schema
from assay.pipeline.table_stages import consensus
from assay.project.config import find_project
from assay.release.builder import build
from projects import write_files

AGAIN = {
    "labels/mood/r3/batch.yaml": "purpose: relabel\nstatus: closed\ncreated: 2026-05-02\nguideline: 0.2.0\n",
    "labels/mood/r3/assignments.jsonl": '{"item":"i1","annotators":["ben"]}\n{"item":"i3","annotators":["ada"]}\n',
    "labels/mood/r3/ada.jsonl": '{"item":"i3","label":{"tone":"good"}}\n',
}
"""Of i3 ben's label is outdated and only ada is asked; of i1 ben is asked and says nothing."""


def test_quality_holds_votes_against_gold_and_work_against_the_plan(project, measure, report):
    measure(project)
    told = report(project, "quality")
    assert set(told) == {
        "format",
        "gold",
        "coverage",
        "unresolved",
        "support",
        "lost",
        "queue",
        "guideline",
        "examples",
        "outdated",
        "approved",
        "duplicates",
    }
    assert (told["gold"]["items"], told["gold"]["accuracy"], told["gold"]["vote_accuracy"]) == (2, 0.5, 0.5)
    assert {name: share["value"] for name, share in told["gold"]["annotators"].items()} == {"ada": 0.5, "ben": 0.5}
    assert (told["coverage"]["answered"], told["coverage"]["assigned"]) == (8, 9)
    assert (told["unresolved"]["unresolved"], told["unresolved"]["items"]) == (2, 5)
    assert told["unresolved"]["reasons"] == {"tie": 1, "skipped": 1}
    assert told["support"] == {"rows": 3, "votes": {"2": 3}, "voted": {"2": 1}, "open": ["r2"]}


def test_quality_makes_the_queue_of_what_consensus_leaves_and_what_only_it_sees(project, measure, report, rows):
    path = project.root / "labels/mood/r1/ben.jsonl"
    path.write_text(path.read_text().replace("good", "bad", 1))
    write_files(
        project.root,
        {
            "schemas/mood.yaml": "type: object\nproperties: {tone: {enum: [good, fair, bad]}}\n",
            "labels/mood/gold/ada.jsonl": '{"item":"i1","label":{"tone":"fair"}}\n{"item":"i2","label":{"tone":"bad"}}\n',
        },
    )
    measure(project)
    table = rows(project, "queue")
    assert list(table[0]) == ["item", "field", "reason", "priority", "votes", "confidence"]
    assert [tuple(row.values()) for row in table] == [
        ("i4", "tone", "tie", 1, 2, 0.5),
        ("i2", "tone", "gold-contradicted", 3, 2, 1.0),
        ("i1", "tone", "gold-missed", 4, 2, 1.0),
    ]
    assert report(project, "quality")["queue"] == {
        "items": 3,
        "reasons": {"tie": 1, "gold-contradicted": 1, "gold-missed": 1},
    }


def test_a_queue_that_another_stage_or_nobody_made_is_no_evidence(project, measure):
    measure(project)
    require_measured(project)
    queue, told = project.root / "build/mood/queue.parquet", project.root / "reports/mood/consensus.json"
    made, report = queue.read_bytes(), json.loads(told.read_bytes())
    for spoil in (queue.unlink, lambda: queue.write_bytes(b"stale")):
        spoil()
        with pytest.raises(UsageError, match=r"quality.json was measured: build/mood/queue.parquet"):
            require_measured(project)
        with pytest.raises(RefusedError):
            build(project, "set", today="2026-03-01")
    queue.write_bytes(made)
    require_measured(project)

    report["tables"] |= {"build/mood/queue.parquet": report["tables"]["build/mood/consensus.parquet"]}
    told.write_text(json.dumps(report))
    with pytest.raises(UsageError, match=r"consensus.json was measured: build/mood/queue.parquet"):
        require_measured(project)

    measure(project, schema, agreement, consensus)
    (project.root / "reports/mood/quality.json").unlink()
    with pytest.raises(UsageError, match="does not exist yet"):
        require_measured(project)


def test_metrics_hold_the_headline_numbers_and_nothing_else(project, measure, report):
    measure(project)
    assert report(project, "metrics") == {
        "records": 10,
        "errors": 0,
        "alpha": {"tone": 0.533333333333},
        "gold_accuracy": 0.5,
        "coverage": 0.888888888889,
        "unresolved": 0.4,
        "outdated": 0.0,
    }


def test_the_gold_accuracy_of_the_metrics_pools_votes_and_not_majorities(project, measure, report):
    (project.root / "labels/annotators/cy.yaml").write_text("kind: person\n")
    (project.root / "labels/mood/r1/cy.jsonl").write_text('{"item":"i1","label":{"tone":"bad"}}\n')
    plan = project.root / "labels/mood/r1/assignments.jsonl"
    plan.write_text(plan.read_text().replace('"i1","annotators":["ada","ben"]', '"i1","annotators":["ada","ben","cy"]'))
    measure(project)
    gold = report(project, "quality")["gold"]
    assert (gold["accuracy"], gold["vote_accuracy"]) == (0.4, 0.5)
    assert report(project, "metrics")["gold_accuracy"] == 0.4


def test_outdated_labels_are_counted_and_listed(project, measure, report):
    path = project.root / "guidelines/mood.md"
    entry = "  - {version: 0.2.0, date: 2026-05-01, summary: second, affects: [tone=bad]}\n---\n"
    path.write_text(
        path.read_text().replace("version: 0.1.0\nc", "version: 0.2.0\nc").replace("---\nRead", f"{entry}Read")
    )
    measure(project)
    told = report(project, "quality")["outdated"]

    assert (told["annotations"], told["outdated"], told["value"]) == (8, 3, 0.375)
    assert told["values"] == {"tone": {"bad": 3}}
    listed = pq.read_table(project.root / "build/mood/outdated.parquet").to_pylist()
    assert [(row["item"], row["annotator"], row["guideline"], row["changes"]) for row in listed] == [
        ("i3", "ada", "0.1.0", ["0.2.0"]),
        ("i3", "ben", "0.1.0", ["0.2.0"]),
        ("i4", "ben", "0.1.0", ["0.2.0"]),
    ]

    write_files(project.root, AGAIN)
    measure(project)
    told = report(project, "quality")
    assert told["lost"] == {"items": 2, "votes": 2, "silent": 1, "outdated": 1, "waiting": 0, "batches": {"r3": 2}}
    assert (told["outdated"]["annotations"], told["outdated"]["outdated"]) == (6, 1)
    rows = pq.read_table(project.root / "build/mood/annotations.parquet").to_pylist()
    assert {(row["item"], row["annotator"], row["batch"]) for row in rows if row["taken"] == "r3"} == {
        ("i3", "ben", "r1"),
        ("i1", "ben", "r1"),
    }


def test_duplicates_labelled_differently_are_in_the_queue_with_the_other_item_and_both_values(
    project, measure, report, rows
):
    long = "a text that is long enough to be nearly the same as another one, and that is said twice"
    texts = {"i1": "one", "i2": long, "i3": " one", "i4": long + "!", "i5": "five", "i6": "six"}
    pool = "".join(f'{{"id":"{item}","data":{{"text":"{text}"}}}}\n' for item, text in texts.items())
    write_files(project.root, {"labels/items/texts/one.jsonl": pool})
    measure(project)
    assert rows(project, "duplicates") == [
        {"item": "i3", "other": "i1", "how": "exact", "likeness": 1.0},
        {"item": "i4", "other": "i2", "how": "near", "likeness": 0.987341772152},
    ]
    assert report(project, "quality")["duplicates"] == {"exact": 1, "near": 1, "at_least": 0.9}
    said = {row["item"]: row["reason"] for row in rows(project, "queue") if "duplicate" in row["reason"]}
    assert said == {
        "i1": "duplicate of i3 labelled differently: good here, bad there",
        "i3": "duplicate of i1 labelled differently: bad here, good there",
    }
    write_files(project.root, {"labels/mood/r1/ben.jsonl": (project.root / "labels/mood/r1/ada.jsonl").read_text()})
    measure(project)
    said = {row["item"]: row["reason"] for row in rows(project, "queue") if "near" in row["reason"]}
    assert said == {
        "i2": "near duplicate of i4 labelled differently: bad here, good there",
        "i4": "near duplicate of i2 labelled differently: good here, bad there",
    }

    write_files(project.root, {"labels/items/texts/one.jsonl": re.sub('"text":"[^"]+"', '"text":"one"', pool)})
    measure(project)
    assert sorted(row["item"] for row in rows(project, "queue") if "duplicate" in row["reason"]) == ["i1", "i2", "i3"]
    write_files(project.root, {"labels/items/texts/one.jsonl": pool})

    checks = project.root / "checks/mood.yaml"
    checks.write_text("duplicates: {near: false}\n" + checks.read_text())
    measure(find_project(project.root))
    assert report(project, "quality")["duplicates"] == {"exact": 1, "near": 0, "at_least": None}
    checks.write_text(checks.read_text().replace("false", "0.5"))
    with pytest.raises(ConfigError, match="how near duplicates are"):
        measure(find_project(project.root))


LONG = "a text that is long enough to be nearly the same as another one, and that is said twice"


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        ({"i0": "one", "i1": " one", "i3": "one ", "i2": "two"}, "duplicate"),
        ({"i0": LONG, "i1": LONG + "!", "i3": LONG + "?", "i2": "two"}, "near duplicate"),
        ({"i0": LONG, "i1": LONG + " ", "i3": LONG + "?", "i2": "two"}, "near duplicate"),
        ({"i1": LONG + "!", "i3": LONG + "?", "i5": LONG, "i2": "two"}, "near duplicate"),
    ],
)
def test_duplicates_are_held_against_each_other_past_one_of_which_nothing_is_said(project, measure, rows, texts, what):
    pool = "".join(f'{{"id":"{id_}","data":{{"text":"{text}"}}}}\n' for id_, text in sorted(texts.items()))
    alone = "".join(f'{{"id":"{id_}","data":{{}}}}\n' for id_ in ("i4", "i5", "i6") if id_ not in texts)
    write_files(project.root, {"labels/items/texts/one.jsonl": pool + alone})
    measure(project)
    said = {row["item"]: row["reason"] for row in rows(project, "queue") if "duplicate" in row["reason"]}
    assert said == {
        "i1": f"{what} of i3 labelled differently: good here, bad there",
        "i3": f"{what} of i1 labelled differently: bad here, good there",
    }
