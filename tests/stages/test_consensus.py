"""The stage `consensus`: a row per item and field, and the queue."""

import json

import pytest

from assay.errors import UsageError
from assay.gate.declared import policy_findings
from assay.gate.inputs import require_measured
from assay.project import find_project
from assay.stages.consensus import consensus
from assay.stages.gate import gate
from assay.stages.schema import schema
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
    ]
    assert {row["item"]: (row["value"], row["votes"], row["source"]) for row in table} == {
        "i1": ("good", 2, "gold"),
        "i2": ("bad", 2, "gold"),
        "i3": ("bad", 2, "unanimous"),
        "i4": (None, 2, "tie"),
        "i5": (None, 0, "none"),
    }
    assert {row["item"]: json.loads(row["distribution"]) for row in table}["i4"] == {"good": 1, "bad": 1}


def test_consensus_queues_the_tie_and_counts_the_sources(project, measure, report, rows):
    measure(project, schema, consensus)
    told = report(project, "consensus")
    assert set(told) == {"format", "method", "items", "fields", "queue"}
    assert (told["method"], told["items"]) == ("majority", 5)
    assert {name: number for name, number in told["fields"]["tone"]["sources"].items() if number} == {
        "gold": 2,
        "unanimous": 1,
        "tie": 1,
        "none": 1,
    }
    assert told["fields"]["tone"]["values"] == {"good": 1, "bad": 2}
    queued = rows(project, "queue")
    assert list(queued[0]) == ["item", "field", "reason", "priority", "votes", "confidence"]
    assert "i4" in {row["item"] for row in queued}
    assert told["queue"] == len({row["item"] for row in queued})


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

    for spread, said in (("tone", "holds no numbers"), ("minute", "did you mean 'minutes'?")):
        checks.write_text(f"{sound}  unresolved: {{at_most: 0.5, spread: {{{spread}: 1}}}}\n")
        (found,) = policy_findings(find_project(project.root), "mood")
        assert found.at.line == 6
        assert said in f"{found.message} {found.hint}"
    checks.write_text(sound)
    with pytest.raises(UsageError, match=r"checks/mood.yaml:rules.unresolved.spread"):
        require_measured(find_project(project.root))
