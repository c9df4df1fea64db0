"""Generated workflows as tests see them: parsed, and their steps run for real in bash."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from clones import git
from pipelines import environment

GH = """#!/bin/sh
# Stands in for the forge's command line: answers from files, records what is sent.
path= filter=. ; shift
while [ $# -gt 0 ]; do
  case $1 in
    --jq) filter=$2; shift;;
    --method|--raw-field) shift;;
    --input) cp "$2" "$GH_ANSWERS/sent.json"; shift;;
    --*) ;;
    *) path=$1;;
  esac
  shift
done
printf '%s\\n' "$path" >> "$GH_ANSWERS/asked"
jq -r "$filter" < "$GH_ANSWERS/$(printf %s "$path" | tr / _).json"
"""


def workflow(root: Path, name: str):
    """A workflow of a project, by its short name."""
    return yaml.safe_load((root / f".github/workflows/label-{name}.yml").read_text())


def steps(flow, job):
    """The steps of a job by name."""
    return {step["name"]: step for step in flow["jobs"][job]["steps"]}


def run_step(step, folder: Path, **values: str):
    """Runs the script of a step in bash as the forge does; its expressions have the values given by variable name."""
    bin_folder = folder.parent / "bin"
    known = {"RUNNER_TEMP": str(folder.parent), "HOME": str(folder.parent), **values}
    path = os.pathsep.join([str(bin_folder), str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        cwd=folder, env={**environment(), **known, "PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def with_gh(folder: Path) -> Path:
    """Puts the stand-in for the forge's command line beside a folder; where its answers go."""
    (folder / "bin").mkdir()
    (folder / "answers").mkdir()
    (folder / "bin/gh").write_text(GH)
    (folder / "bin/gh").chmod(0o755)
    return folder / "answers"


def tool(name: str) -> str:
    """A program beside this Python or on the path; empty where there is none."""
    return shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}") or ""


def pull_request(bare: Path, folder: Path, number: int, files) -> str:
    """Makes a pull request on a bare remote as a forge keeps it: a reference to its head, which is answered."""
    git(folder.parent, "clone", "-q", str(bare), folder.name)
    git(folder, "config", "user.name", "eve")
    git(folder, "config", "user.email", "eve@example.org")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a change")
    git(folder, "push", "-q", "origin", f"HEAD:refs/pull/{number}/head")
    return git(folder, "rev-parse", "HEAD")
