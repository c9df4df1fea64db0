"""A project of two tasks that every stage has measured, judged and released, and is committed and recorded."""

import shutil
from importlib import import_module

import pytest

from assay.gate.project_checks import run_checks
from assay.guidelines.approval import Approval, approval_bytes, approval_path
from assay.guidelines.edits import load_content
from assay.pipeline.gate_stages import gate
from assay.project.config import find_project
from assay.project.policy import STAGES
from assay.release.builder import build
from assay.release.recorder import record
from clones import commit, git, known_as
from projects import FILES, write_files

TODAY = "2026-11-22"
RELEASE = "version: 1.0.0\ntasks: [{}]\nlicense: CC0-1.0\nsplits: {{train: 0.5, test: 0.5}}\n"
RULES = (
    "consensus: {method: majority}\nrules: {schema: {errors_at_most: 0}, approved: {}, gold: {accuracy_at_least: 1}}\n"
)
WAIVER = "- {rule: mood/gold, reason: a new team, approver: ada, until: 2027-01-31}\n"
SONG = {
    "checks/song.yaml": "consensus: {method: majority}\nrules: {schema: {errors_at_most: 0}}\n",
    "releases/tunes.yaml": RELEASE.format("song"),
    "schemas/song.yaml": "type: object\nproperties: {fun: {type: boolean}}\n",
    "guidelines/song.md": FILES["guidelines/mood.md"].replace("task: mood", "task: song"),
    "labels/items/songs/one.jsonl": '{"id":"s1","data":{}}\n{"id":"s2","data":{}}\n',
    "labels/song/r1/batch.yaml": FILES["labels/mood/r1/batch.yaml"],
    "labels/song/r1/assignments.jsonl": '{"item":"s1","annotators":["ada"]}\n{"item":"s2","annotators":["ada"]}\n',
    "labels/song/r1/ada.jsonl": '{"item":"s1","label":{"fun":true}}\n{"item":"s2","label":{"fun":false}}\n',
}
WHOLE = {
    **FILES,
    **SONG,
    ".gitignore": "/build/\n/reports/\n/gate/\n/release/\n",
    "checks/project.yaml": (
        "format: 1\nid: test-project\ntasks: {mood: {pool: texts}, song: {pool: songs}}\nreleases: [set, tunes]\n"
    ),
    "checks/mood.yaml": RULES,
    "checks/waivers.yaml": WAIVER,
    "checks/check_words.py": (
        "from pathlib import Path\n\ndef check_words():\n"
        "    assert Path(__file__).with_name('words.txt').read_text() == 'good bad\\n'\n"
    ),
    "checks/words.txt": "good bad\n",
    "releases/set.yaml": RELEASE.format("mood"),
    "guidelines/allowed_signers": "# nobody signs\n",
    "schemas/migrations/mood/README.md": "None yet.\n",
}  # fmt: skip


def measured(root, *tasks):
    """The project, its tasks measured by the stages that DVC would run."""
    project = find_project(root)
    for task in tasks or project.tasks:
        for stage in STAGES:
            getattr(import_module("assay.pipeline"), stage)(project, task)
    return project


@pytest.fixture(scope="session")
def _released(tmp_path_factory):
    root = tmp_path_factory.mktemp("whole") / "project"
    write_files(root, WHOLE)
    digest = load_content(find_project(root), "mood").digest
    for version in ("0.1.0", "0.2.0"):
        record_ = Approval(
            project="test-project", task="mood", version=version, digest=digest, way="forge",
            authors=("ben",), approvers=("ada",), at="2026-03-01T10:00:00Z",
        )  # fmt: skip
        write_files(root, {approval_path("mood", version): approval_bytes(record_)})
    git(root, "init", "-q", "-b", "main")
    commit(known_as(root, "ada"), "the project")
    project = measured(root)
    gate(project)
    for name in project.releases:
        build(project, name, today=TODAY)
    record(project, "set", today=TODAY)
    return root


@pytest.fixture
def whole(_released, tmp_path):
    """A copy of it, to be changed."""
    shutil.copytree(_released, tmp_path / "project", symlinks=True)
    return find_project(tmp_path / "project")


@pytest.fixture(scope="session")
def known_checks(_released):
    """How its own checks end."""
    return run_checks(find_project(_released))
