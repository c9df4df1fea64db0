"""`assay report`: a run that stands, one that does not, and none."""

import json
import subprocess
import sys

import pytest

from gated import alpha, evidence, write_reports

LOW = evidence(intent=alpha(0.5, 0.4, 0.6))


@pytest.mark.usefixtures("released")
def test_the_report_of_a_run_that_stands_ends_with_its_releases(assay):
    said = assay("report")
    assert (said.code, said.err) == (0, "")
    task, gate, releases = said.out.split("\n\n")
    assert task.splitlines()[0] == (
        "triage: 20 records (20 valid), 10 items, 2 annotators, 1 batch, 0 errors, 0 warnings"
    )
    assert task.splitlines()[2].split() == [
        "intent",
        "nominal",
        "72",
        "0.830",
        *["0.750", "to", "0.900", "0.830", "0.830"],
    ]
    assert gate == "gate\n  merge: pass · release support: pass  (3 rules, 0 checks)"
    assert releases == "releases\n  release/support: support 1.0.0, 8 rows, digests match\n"


def test_the_report_as_json_holds_what_the_stages_wrote(assay, released):
    told = assay("report", "--format", "json").json
    assert {"format": 1, **told["verdict"]} == json.loads((released / "gate/verdict.json").read_bytes())
    (task,) = told["tasks"]
    assert task["name"] == "triage"
    for stage in ("schema", "agreement", "consensus", "quality"):
        assert {"format": 1, **task[stage]} == json.loads((released / f"reports/triage/{stage}.json").read_bytes())
    assert told["releases"] == [
        {"name": "support", "path": "release/support", "version": "1.0.0", "rows": 8, "problems": []}
    ]


def test_a_report_is_written_without_arrays(assay, released):
    write_reports(released, LOW)
    assay("gate")
    code = (
        "import sys; from assay.cli.error_handler import run\n"
        "assert run(['report']) == 1\n"
        "print({'numpy', 'rich'} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=released, capture_output=True, text=True, check=True)
    assert ended.stdout.endswith("\nset()\n")


def test_the_report_of_a_refused_release_ends_with_one_and_the_reason(assay, released):
    write_reports(released, LOW)
    assay("gate")
    said = assay("report")
    assert said.code == 1
    assert "  fail         triage/agreement/intent: alpha of intent is 0.50" in said.out
    assert said.out.endswith("support 1.0.0, not built: the verdict does not pass\n")


@pytest.mark.parametrize("releases", ["[support]", "[]"])
def test_the_report_of_a_run_that_stopped_on_its_way_says_so_and_ends_with_one(assay, released, releases):
    policy = released / "checks/project.yaml"
    policy.write_text(policy.read_text().replace("releases: [support]", f"releases: {releases}"))
    assay("gate")
    write_reports(released, LOW)
    said = assay("report")
    assert said.code == 1
    assert (
        "  changed since the verdict: reports/triage/agreement.json, reports/triage/quality.json; the run is incomplete\n"
        "    next: dvc repro" in said.out
    )
    assert assay("report", "--format", "json").json["stale"] == [
        "changed since the verdict: reports/triage/agreement.json, reports/triage/quality.json"
    ]


@pytest.mark.usefixtures("root")
def test_the_report_between_gate_and_release_says_what_is_not_built(assay):
    assay("gate")
    said = assay("report")
    assert said.code == 1
    assert said.out.endswith("release/support: support 1.0.0, not built yet\n")


def test_the_report_of_a_touched_release_ends_with_one(assay, released):
    (released / "release/support/extra").write_text("x")
    said = assay("report")
    assert said.code == 1
    assert "8 rows, " in said.out
    assert "digests match" not in said.out
    assert "extra" in said.out.splitlines()[-1]


@pytest.mark.usefixtures("root")
def test_a_report_before_the_first_run_says_what_to_run(assay):
    said = assay("report")
    assert (said.code != 0, said.out) == (True, "")
    assert "gate/verdict.json does not exist yet\n  fix: run `dvc repro`" in said.err
