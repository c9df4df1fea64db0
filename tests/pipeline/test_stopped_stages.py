"""`dvc repro` stopped in every stage: what is half done is never taken for whole, and again gives the same bytes."""

import json
import shutil
import sys

import pytest

from assay.cli.error_handler import run
from forked import programs
from pipelines import assay, commit, repro
from stopping import program, typed

pytestmark = pytest.mark.slow
STAGES = ("schema", "agreement", "policy", "consensus", "quality", "gate", "release build")
STOPPER = """#!{python}
import os, resource, signal, sys
from pathlib import Path

if not " ".join(sys.argv[1:]).startswith({stage!r}):
    os.execv({others!r}, [{others!r}, *sys.argv[1:]])

from assay.cli.main import main

written, replace = 0, Path.replace

def stopped(self, target):
    global written
    written += 1
    if written == {nth}:
        {stop}
    return replace(self, target)

Path.replace = stopped
{begin}
sys.exit(main())
"""
STOPS = {
    "its process is killed": {"stop": "os.kill(os.getpid(), signal.SIGKILL)"},
    "all are killed": {"stop": "os.kill(0, signal.SIGKILL)"},
    "all are interrupted": {"stop": "os.kill(0, signal.SIGINT)"},
    "dvc alone is ended": {"stop": "os.kill(os.getsid(0), signal.SIGTERM)"},
    "no room is left": {"begin": "resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))"},
}


def contents(folder):
    """Everything the pipeline makes, and what it knows of it; not what a killed writer left beside a file."""
    made = [path for top in ("build", "reports", "gate", "release") for path in (folder / top).rglob("*")]
    files = (path for path in (*made, folder / "dvc.lock") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A project that ran and was changed since (`changed`), and the same run again undisturbed (`whole`)."""
    place = tmp_path_factory.mktemp("stages")
    folder, source = place / "changed", place / "made.jsonl"
    label = [("a", "b")[item % 3 == 0] for item in range(60)]
    rows = [
        {"item": f"i{item:02}", "annotator": who, "label": {"kind": label[item]}} for item in range(60) for who in "xy"
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for command in (
        ("init", "changed"),
        ("task", "add", "kinds", "--from", source),
        ("import", "long", source, "--task", "kinds"),
        ("release", "add", "kinds", "--task", "kinds"),
    ):
        assert assay(folder if folder.exists() else place, *command).code == 0
    commit(folder)
    assert repro(folder).code == 0
    votes = folder / "labels/kinds/made-001/@made.jsonl"
    votes.write_text(votes.read_text().replace('"kind":"a"', '"kind":"b"', 1))
    shutil.copytree(folder, place / "whole")
    assert repro(place / "whole", afresh=True).stages == [
        *(f"{stage}@kinds" for stage in STAGES[:-2]),
        "gate",
        "release@kinds",
    ]
    return place


def judged(command, capsys):
    """The exit code of a command, which is never a fault of ours."""
    code = run(list(command))
    said = capsys.readouterr()
    assert "Traceback" not in said.err, said.err
    return code


def test_stopped_in_one_stage_after_the_other(place, tmp_path, monkeypatch, capsys):
    folder, tools, kinds = tmp_path / "stopped", tmp_path / "tools", list(STOPS)
    shutil.copytree(place / "changed", folder)
    monkeypatch.chdir(folder)
    others = str(programs() / "assay")
    for number, stage in enumerate(STAGES):
        how = kinds[number % len(kinds)]
        told = {"nth": 1 + number % 2, "stop": "pass", "begin": "pass", **STOPS[how]}
        program(tools / "assay", STOPPER.format(python=sys.executable, others=others, stage=stage, **told))
        ended = typed(folder, "dvc", "repro", tools=tools)
        assert ended.returncode != 0, (stage, how)
        assert "Traceback" not in ended.stderr, (stage, how)
        went_on = how == "dvc alone is ended"
        assert judged(("report",), capsys) in ({0} if went_on and stage == "release build" else {1, 2}), (stage, how)
        passes = stage == "release build" or (went_on and stage == "gate")
        assert judged(("gate", "--enforce", "merge"), capsys) == (0 if passes else 1), (stage, how)
        assert judged(("check",), capsys) == 0
    assert repro(folder).code == 0
    assert contents(folder) == contents(place / "whole")
    assert judged(("report",), capsys) == 0
