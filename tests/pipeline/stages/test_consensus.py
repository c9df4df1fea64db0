"""The stage `consensus`: a row per item and field, with the reasons for doubt."""

import json
import shutil

import pytest

from assay.errors import UsageError
from assay.gate.evidence import require_measured
from assay.gate.findings import policy_findings
from assay.pipeline.gate_stages import gate
from assay.pipeline.schema_stage import schema
from assay.pipeline.table_stages import consensus
from assay.project.config import find_project
from assay.release.builder import build
from projects import write_files


def test_consensus_writes_a_row_per_item_and_field_with_its_source(project, measure, rows):
    measure(project, schema, consensus)
    table = rows(project, "consensus")
    assert list(table[0]) == [
        "item",
        "field",
        "value",
        "confidence",
        "votes",
        "distribution",
        "method",
        "source",
        "waiting",
        "undecided",
        "reasons",
    ]
    assert {row["item"]: row["reasons"] for row in table if row["reasons"]} == {
        "i2": [{"attribute": "", "reason": "gold-contradicted"}],
        "i4": [{"attribute": "", "reason": "tie"}],
    }
    assert {row["item"]: (row["value"], row["votes"], row["source"]) for row in table} == {
        "i1": ("good", 2, "gold"),
        "i2": ("bad", 2, "gold"),
        "i3": ("bad", 2, "unanimous"),
        "i4": (None, 2, "tie"),
        "i5": (None, 0, "none"),
    }
    assert {row["item"]: json.loads(row["distribution"]) for row in table}["i4"] == {"good": 1, "bad": 1}


def test_consensus_counts_the_sources_and_makes_no_queue(project, measure, report):
    measure(project, schema, consensus)
    told = report(project, "consensus")
    assert set(told) == {"format", "method", "items", "fields"}
    assert (told["method"], told["items"]) == ("majority", 5)
    assert {name: number for name, number in told["fields"]["tone"]["sources"].items() if number} == {
        "gold": 2,
        "unanimous": 1,
        "tie": 1,
        "none": 1,
    }
    assert told["fields"]["tone"]["values"] == {"good": 1, "bad": 2}
    assert not (project.root / "build/mood/queue.parquet").exists()


RATED = {
    "schemas/mood.yaml": "type: object\nadditionalProperties: false\nrequired: [tone]\nproperties:\n"
    "  tone: {enum: [good, fair, poor, bad], x-scale: ordinal, x-order: [bad, poor, fair, good]}\n  minutes: {type: number}\n",
    "labels/mood/r1/ada.jsonl": "".join(
        f'{{"item":"{item}","label":{{"tone":"{tone}","minutes":{minutes}}}}}\n'
        for item, tone, minutes in (("i1", "good", 5), ("i2", "good", 5), ("i3", "good", 5), ("i4", "fair", 5))
    ),
    "labels/mood/r1/ben.jsonl": "".join(
        f'{{"item":"{item}","label":{{"tone":"{tone}","minutes":{minutes}}}}}\n'
        for item, tone, minutes in (("i1", "poor", 9), ("i2", "fair", 5), ("i3", "good", 20))
    ),
    "labels/mood/gold/ada.jsonl": "",
}


def test_votes_too_far_apart_have_no_value_and_one_vote_has_no_confidence(project, measure, report, rows):
    write_files(project.root, RATED)
    measure(project)
    told = {
        (row["item"], row["field"]): (row["value"], row["confidence"], row["source"])
        for row in rows(project, "consensus")
    }
    assert told["i1", "tone"] == (None, 0.5, "apart")
    assert told["i2", "tone"] == ("fair", 0.5, "voted")
    assert told["i3", "minutes"] == ("12.5", 0.0, "voted")
    assert told["i4", "tone"] == ("fair", None, "single")
    assert told["i4", "minutes"] == ("5", None, "single")
    assert report(project, "quality")["unresolved"]["reasons"] == {"apart": 1, "skipped": 1}
    assert [row["reason"] for row in rows(project, "queue")] == ["apart", "low-confidence"]


def test_numbers_are_held_to_the_spread_that_the_checks_set_and_evidence_of_another_is_old(
    project, measure, report, rows
):
    write_files(project.root, RATED)
    measure(project)
    checks = project.root / "checks/mood.yaml"
    sound = checks.read_text()
    checks.write_text(f"{sound}  unresolved: {{at_most: 0.5, spread: {{minutes: 10}}}}\n")
    here = find_project(project.root)
    with pytest.raises(UsageError, match=r"checks/mood.yaml:rules.unresolved.spread"):
        require_measured(here)
    measure(here)
    told = {(row["item"], row["field"]): row["source"] for row in rows(here, "consensus")}
    assert (told["i1", "minutes"], told["i3", "minutes"]) == ("voted", "apart")
    assert report(here, "quality")["unresolved"]["reasons"] == {"apart": 2, "skipped": 1}
    assert gate(here).rules[-1].message.startswith("3 of 5 items are unresolved (0.60): 2 have votes too far apart")

    for spread, said in (("tone", "has no numbers"), ("minute", "did you mean 'minutes'?")):
        checks.write_text(f"{sound}  unresolved: {{at_most: 0.5, spread: {{{spread}: 1}}}}\n")
        (found,) = policy_findings(find_project(project.root), "mood")
        assert found.at.line == 6
        assert said in f"{found.message} {found.fix}"
    checks.write_text(sound)
    with pytest.raises(UsageError, match=r"checks/mood.yaml:rules.unresolved.spread"):
        require_measured(find_project(project.root))


DRUGS = """type: object
additionalProperties: false
required: [drugs]
properties:
  drugs:
    type: array
    x-source: text
    items:
      type: object
      additionalProperties: false
      required: [start, end, label, negated, text]
      properties:
        start: {type: integer}
        end: {type: integer}
        label: {enum: [drug, dose]}
        text: {type: string}
        negated: {type: boolean}
        note: {type: string}
"""


def drugs(end, negated, **more):
    return [{"start": 0, "end": end, "label": "drug", "text": "abcdefghij"[:end], "negated": negated} | more]


STATED = {
    "i1": (drugs(4, negated=True), drugs(4, negated=False)),
    "i2": (drugs(4, negated=True), drugs(5, negated=False), drugs(6, negated=True)),
    "i3": (drugs(4, negated=True, note="x"), drugs(4, negated=True)),
    "i4": (drugs(4, negated=False), drugs(4, negated=False), drugs(4, negated=True)),
}


def test_what_annotators_say_of_a_span_is_measured_decided_judged_and_released_or_left_out(
    project, measure, report, rows
):
    votes = {
        who: "".join(
            json.dumps({"item": item, "label": {"drugs": said[place]}}, sort_keys=True, separators=(",", ":")) + "\n" for item, said in STATED.items() if len(said) > place
        )
        for place, who in enumerate(("ada", "ben", "cem"))
    }  # fmt: skip
    asked = "".join(f'{{"item":"i{number}","annotators":["ada","ben","cem"]}}\n' for number in range(1, 5))
    checks = "consensus: {method: majority}\nrules:\n  schema: {errors_at_most: 0}\n  agreement:\n"
    shutil.rmtree(project.root / "labels/mood/r2")
    write_files(
        project.root,
        {
            "schemas/mood.yaml": DRUGS,
            "labels/annotators/cem.yaml": "kind: person\n",
            "labels/items/texts/one.jsonl": "".join(
                f'{{"id":"i{number}","data":{{"text":"abcdefghij{number}"}}}}\n' for number in range(1, 5)
            ),
            "labels/mood/gold/ada.jsonl": "",
            "labels/mood/r1/assignments.jsonl": asked,
            **{f"labels/mood/r1/{who}.jsonl": text for who, text in votes.items()},
            "checks/mood.yaml": f"{checks}    drugs.negated: {{at_least: -1, min_units: 3, test: value}}\n"
            "    drugs.negated/true: {at_least: -1, min_units: 3, test: value}\n",
        },
    )
    here = find_project(project.root)
    measure(here)

    found = report(here, "agreement")["fields"]["drugs"]["attributes"]
    assert {name: (one["scale"], one["units"], one["pairable"]) for name, one in found.items()} == {
        "negated": ("nominal", 4, 10),
        "note": ("text", 0, 0),
    }
    assert report(here, "metrics")["alpha"].keys() == {"drugs", "drugs.negated", "drugs.note"}
    queued = {(row["item"], row["field"], row["reason"]) for row in rows(here, "queue")}
    assert queued == {("i1", "drugs.negated", "tie"), ("i3", "drugs.note", "tie")}
    assert report(here, "quality")["unresolved"]["reasons"] == {"tie": 2}

    assert {rule.id: rule.outcome for rule in gate(here).rules} == dict.fromkeys(
        ("mood/schema", "mood/agreement/drugs.negated", "mood/agreement/drugs.negated/true"), "pass"
    )
    manifest = build(here, "set", today="2026-03-01")
    assert manifest.tasks["mood"].left_out == {"tie": ["i1"]}
    released = {
        row["item"]: row for row in map(json.loads, (here.root / "release/set/mood/all.jsonl").read_text().splitlines())
    }
    assert {item: row["label"]["drugs"] for item, row in released.items()} == {
        "i2": drugs(5, negated=True), "i3": drugs(4, negated=True), "i4": drugs(4, negated=False),
    }  # fmt: skip
    open_yet = {item: row["consensus"]["drugs"].get("undecided") for item, row in released.items()}
    assert open_yet["i3"] == [
        {"at": {"start": 0, "end": 4, "label": "drug"}, "attribute": "note", "votes": {"": 1, '"x"': 1}, "why": "tie"}
    ]
    assert (open_yet["i2"], open_yet["i4"]) == (None, None)

    for subject, said in (
        ("drugs.negate", "did you mean 'drugs.negated'?"), ("drugs.negated/tru", "has no value 'tru'"), ("drugs.negated by batch", None),
    ):  # fmt: skip
        (here.root / "checks/mood.yaml").write_text(f"{checks}    {subject}: {{at_least: 0.5}}\n")
        problems = list(policy_findings(find_project(here.root), "mood"))
        assert said is None if not problems else said in f"{problems[0].message} {problems[0].fix}"
