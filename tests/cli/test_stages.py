"""The stages as commands: talk on standard error, no result on standard output."""

import json
import subprocess
import sys

import pytest

STAGES = {
    "schema": "reports/mood/schema.json",
    "agreement": "reports/mood/agreement.json",
    "policy": "build/mood/policy.json",
    "consensus": "reports/mood/consensus.json",
    "quality": "reports/mood/quality.json",
}


def test_every_stage_says_where_it_wrote_and_prints_no_result_to_dvc(assay, mood, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "some")
    for stage, written in STAGES.items():
        said = assay(stage, "mood")
        assert (said.code, said.out) == (0, "")
        assert said.err == f"{stage} mood: written to {written}\n"
        assert (mood / written).is_file()
    assert json.loads((mood / "reports/mood/metrics.json").read_bytes())["records"] == 10


def test_a_stage_does_not_fail_on_bad_labels(assay, mood):
    (mood / "labels/mood/r1/ben.jsonl").write_text("{\n")
    assert assay("schema", "mood").code == 0
    assert json.loads((mood / "reports/mood/schema.json").read_bytes())["errors"] == 1


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_of_a_task_that_is_not_there_writes_nothing(assay, mood, stage):
    said = assay(stage, "nosuch")
    assert (said.code, said.out) == (2, "")
    assert said.err == ("assay: there is no task 'nosuch'\n  fix: tasks here: mood; `assay task add nosuch` makes it\n")
    assert not (mood / "reports").exists()


@pytest.mark.usefixtures("mood")
def test_a_stage_before_its_time_says_what_to_run(assay):
    said = assay("agreement", "mood")
    assert (said.code, said.out) == (2, "")
    assert "does not exist yet\n  fix: run `dvc repro`" in said.err


def test_of_a_broken_schema_every_stage_says_the_line_and_lets_the_other_tasks_be_judged(assay, mood, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "some")
    (mood / "schemas/mood.yaml").write_text("type: object\nproperties: {a: &x {enum: [b]}}\n")
    for stage in STAGES:
        said = assay(stage, "mood")
        assert (said.code, said.out) == (0, "")
        assert said.err.startswith("mood cannot be measured: schemas/mood.yaml:2 ")
    (found,) = map(json.loads, (mood / "build/mood/findings.jsonl").read_text().splitlines())
    assert (found["rule"], found["path"], found["line"]) == ("project/configuration", "schemas/mood.yaml", 2)
    assert assay("gate").code == 0
    verdict = json.loads((mood / "gate/verdict.json").read_bytes())
    assert {rule["id"]: rule["outcome"] for rule in verdict["rules"]} == {"mood/schema": "fail", "mood/project": "fail"}


def test_a_stage_loads_no_other_and_pandas_only_where_it_is_asked_for(mood):
    code = (
        "import sys; from assay.cli.error_handler import run\n"
        "assert run(['schema', 'mood']) == 0\n"
        "assert not {'pandas', 'assay.pipeline.table_stages', 'assay.agreement.alpha', 'assay.gate.decide'} & set(sys.modules)\n"
        "import pyarrow\n"
        "assert pyarrow.table({'a': [1, 2]}).to_pandas()['a'].sum() == 3"
    )
    subprocess.run([sys.executable, "-c", code], cwd=mood, capture_output=True, check=True)
