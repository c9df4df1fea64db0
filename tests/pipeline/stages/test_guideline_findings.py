"""The part of the stage `quality` that looks at the guideline."""

import json

from assay.pipeline.agreement_stage import agreement
from assay.pipeline.schema_stage import schema
from assay.pipeline.table_stages import consensus, quality
from assay.project.config import find_project
from guideline_pages import FILES, PAGE
from projects import write_files


def measured(root, changed):
    write_files(root, {**FILES, "labels/sources/README.md": "# sources\n", **changed})
    for stage in (schema, agreement, consensus, quality):
        stage(find_project(root), "mood")
    return json.loads((root / "reports/mood/quality.json").read_bytes())


def findings(root):
    return [json.loads(line) for line in (root / "build/mood/guideline.jsonl").read_bytes().splitlines()]


def test_a_sound_guideline_is_evidence_and_an_empty_list(tmp_path):
    told = measured(tmp_path, {})
    assert told["guideline"] == {"errors": 0, "warnings": 0, "findings": {}}
    assert told["examples"] == {"run": 2, "wrong": 0, "errors": 0}
    assert findings(tmp_path) == []


def test_faults_are_counted_and_listed_with_their_lines(tmp_path):
    page = PAGE.replace("(#bad)", "(#no)").replace("label: {tone: bad}\nwhy: Hate.", "label: {tone: good}")
    told = measured(tmp_path, {"guidelines/mood.md": page})
    rules = {"guideline/link": 1, "guideline/no-example": 1, "example/why": 1}
    assert told["guideline"] == {"errors": 2, "warnings": 1, "findings": dict(sorted(rules.items()))}
    assert told["examples"] == {"run": 2, "wrong": 1, "errors": 1}
    assert {found["rule"] for found in findings(tmp_path)} == {*rules, "example/contradiction"}
    assert all(found["line"] and found["fix"] for found in findings(tmp_path))


def test_the_stage_rests_on_no_file_that_it_does_not_declare(tmp_path):
    told = measured(tmp_path, {"guidelines/mood.md": PAGE + "\n[elsewhere](../README.md)\n"})
    assert told["guideline"]["errors"] == 0
