"""The stage `quality`: gold, coverage, what is undecided, the headline numbers."""

import pyarrow.parquet as pq

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
        "guideline",
        "examples",
        "outdated",
        "approved",
    }
    assert (told["gold"]["items"], told["gold"]["accuracy"], told["gold"]["vote_accuracy"]) == (2, 0.5, 0.5)
    assert {name: share["value"] for name, share in told["gold"]["annotators"].items()} == {"ada": 0.5, "ben": 0.5}
    assert (told["coverage"]["answered"], told["coverage"]["assigned"]) == (8, 9)
    assert (told["unresolved"]["unresolved"], told["unresolved"]["items"]) == (2, 5)
    assert told["unresolved"]["reasons"] == {"tie": 1, "skipped": 1}
    assert told["support"] == {"rows": 3, "votes": {"2": 3}, "voted": {"2": 1}, "open": ["r2"]}


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
