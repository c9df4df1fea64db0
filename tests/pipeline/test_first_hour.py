"""A stranger's first hour: their own labels in, a release out, or a refusal with the reason."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import Ran, assay, commit, environment, here, repro

DATA = os.environ.get("ASSAY_DATA")


@pytest.mark.skipif(DATA is None, reason="ASSAY_DATA names no folder of real data")
def test_rte_is_refused_until_the_threshold_is_what_it_can_meet(tmp_path):
    source = Path(DATA) / "rte.jsonl.gz"
    folder = tmp_path / "demo"
    assert assay(tmp_path, "init", "demo").code == 0
    assert assay(folder, "task", "add", "rte", "--from", source).code == 0
    assert assay(folder, "import", "long", source, "--task", "rte").code == 0
    assert assay(folder, "release", "add", "rte", "--task", "rte").code == 0
    commit(folder)

    refused = repro(folder)
    assert refused.code != 0
    assert "rte/agreement/label" in refused.said
    assert not (folder / "release").exists()
    agreement = json.loads((folder / "reports/rte/agreement.json").read_text())["fields"]["label"]
    assert agreement["alpha"]["value"] == pytest.approx(0.2415, abs=1e-4)
    assert agreement["alpha"]["low"] < agreement["alpha"]["value"] < agreement["alpha"]["high"]
    assert agreement["audit"]["max_abs_diff"] < 1e-9
    gold = json.loads((folder / "reports/rte/quality.json").read_text())["gold"]
    assert gold["accuracy"] == pytest.approx(0.7291, abs=1e-3)
    assert gold["vote_accuracy"] == pytest.approx(0.8969, abs=1e-3)

    policy = folder / "checks/rte.yaml"
    policy.write_text(policy.read_text().replace("at_least: 0.667", "at_least: 0.2"))
    passed = repro(folder)
    assert passed.code == 0
    assert passed.stages == ["policy@rte", "gate", "release@rte"]
    rows = [line for file in (folder / "release/rte").rglob("*.jsonl") for line in file.read_text().splitlines()]
    assert len(rows) == 800

    policy.write_text(policy.read_text().replace("at_least: 0.2", "at_least: 0.667"))
    assert repro(folder).code != 0
    assert not (folder / "release/rte").exists()


def long_file(path, items):
    """A long-format file of invented labels: two annotators who agree on most items."""
    rows = [
        {
            "item": f"i{item:04}",
            "annotator": who,
            "label": {"kind": "a" if (item + (who == "y" and item % 9 == 0)) % 3 else "b"},
        }
        for item in range(items)
        for who in ("x", "y")
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_an_empty_project_runs_and_releases_nothing(tmp_path):
    assert assay(tmp_path, "init", "demo").code == 0
    assert repro(tmp_path / "demo").code == 0
    assert assay(tmp_path / "demo", "gate", "--enforce", "merge").code == 1
    assert assay(tmp_path / "demo", "check", "--all").code == 0


KILLER = """#!/bin/sh
case "$*" in
  "{stage}"*)
    if [ {moment} = after ]; then "{assay}" "$@"; fi
    if [ {moment} = during ]; then "{assay}" "$@" & sleep 0.5; fi
    kill -9 0 ;;
esac
exec "{assay}" "$@"
"""


def test_a_pipeline_killed_again_and_again_ends_well_the_next_time(tmp_path):
    """The whole process group dies while a stage of ours runs (DVC's own files are at rest then)."""
    folder = tmp_path / "demo"
    source = long_file(tmp_path / "made.jsonl", 300)
    for command in (
        ("init", "demo"),
        ("task", "add", "kinds", "--from", source),
        ("import", "long", source, "--task", "kinds"),
        ("release", "add", "kinds", "--task", "kinds"),
    ):
        assert here(folder if folder.exists() else tmp_path, *command).code == 0
    policy = folder / "checks/kinds.yaml"
    drafted = policy.read_text().replace("at_least: 0.667", "at_least: 0.5")
    policy.write_text(drafted.replace("at_most: 0.05", "at_most: 0.2"))
    commit(folder)
    began = []
    for stage, moment in (("schema", "during"), ("gate", "after"), ("release build", "during")):
        ran = killed(folder, tmp_path / f"bin-{stage}", stage, moment)
        assert ran.code == -signal.SIGKILL
        began.append(ran.stages)
        assert not (folder / "release/kinds").exists() or assay(folder, "release", "verify", "kinds").code == 0
    measured = [f"{stage}@kinds" for stage in ("schema", "agreement", "policy", "consensus", "quality")]
    assert [set(stages) for stages in began] == [{"schema@kinds"}, {*measured, "gate"}, {"gate", "release@kinds"}]

    assert repro(folder).code == 0
    assert assay(folder, "release", "verify", "kinds").code == 0
    assert repro(folder).stages == []


def killed(folder, place, stage, moment):
    """`dvc repro` in a process group that is killed at a stage: how it ended."""
    killer = place / "assay"
    place.mkdir()
    killer.write_text(KILLER.format(stage=stage, moment=moment, assay=Path(sys.executable).parent / "assay"))
    killer.chmod(0o755)
    ended = subprocess.run(
        ["dvc", "repro"],
        cwd=folder,
        env={**environment(), "PATH": f"{place}{os.pathsep}{environment()['PATH']}", "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout + ended.stderr)
