"""The stage `schema`: what it counts, and what it says of a bad label."""

import json

from assay.pipeline.schema_stage import schema


def test_schema_writes_tables_findings_and_a_summary(project, measure, report, rows):
    measure(project, schema)
    assert report(project, "schema") == {
        "format": 1,
        "records": 10,
        "valid": 10,
        "errors": 0,
        "warnings": 0,
        "items": 6,
        "annotators": 2,
        "batches": 2,
        "findings": {},
    }
    assert (project.root / "build/mood/findings.jsonl").read_bytes() == b""
    assert set(rows(project, "annotations")[0]) >= {
        *("batch", "item", "annotator", "field", "value", "number", "first", "guideline"),
        *("at", "seconds", "confidence", "counts", "path", "line"),
    }
    assert [row["id"] for row in rows(project, "items")] == ["i1", "i2", "i3", "i4", "i5", "i6"]


def test_schema_records_a_bad_label_and_goes_on(spoiled, measure, report):
    measure(spoiled)
    counted = report(spoiled, "schema")
    assert (counted["records"], counted["valid"], counted["errors"]) == (10, 9, 1)
    assert counted["findings"] == {"label/schema": 1}
    (found,) = map(json.loads, (spoiled.root / "build/mood/findings.jsonl").read_text().splitlines())
    assert found == {
        "rule": "label/schema",
        "severity": "error",
        "message": "tone: 'goood' is not one of: good, bad",
        "fix": "did you mean 'good'?",
        "path": "labels/mood/r1/ben.jsonl",
        "line": 2,
        "pointer": "/label/tone",
        "task": "mood",
        "batch": "r1",
        "item": "i2",
        "annotator": "ben",
    }
    assert report(spoiled, "agreement")["fields"]["tone"]["units"] == 3
