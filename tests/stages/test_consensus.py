"""The stage `consensus`: a row per item and field, and the queue."""

import json

from assay.stages.consensus import consensus
from assay.stages.schema import schema


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
