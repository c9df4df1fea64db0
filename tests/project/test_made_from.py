"""What evidence says it was made from: all that its stage depends on, nothing else, by its content alone."""

import os
import shutil

import pytest
import yaml

from assay.project.config import find_project, project_at
from assay.project.policy import STAGES, digests, read_by, report_of, written_by
from clones import commit, git, known_as
from pipelines import TEMPLATES
from projects import small_project, write_files

POLICY = "build/mood/policy.json"
"""Stands in the pipeline for the parts of `checks/mood.yaml` that values depend on."""

POOL = "labels/items/texts"


@pytest.fixture
def project(tmp_path):
    return small_project(tmp_path / "project")


def stage_of(stage):
    """A stage of the pipeline's template, for the task of the small project."""
    text = (TEMPLATES / "dvc.yaml.in").read_text().replace("${key}", "mood").replace("${item.pool}", "texts")
    return yaml.safe_load(text)["stages"][stage]["do"]


def named(entries):
    """The paths of a stage's outputs, whatever is said of them."""
    return {next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries}


def below(name, dependency):
    return name == dependency or name.startswith(f"{dependency}/")


@pytest.mark.parametrize("stage", STAGES)
def test_evidence_names_what_its_stage_depends_on_and_nothing_else(project, stage):
    said = stage_of(stage)
    names = read_by(project, "mood", stage)
    files = [name for name in names if ":" not in name]
    dependencies = [name for name in said["deps"] if name != POLICY]
    assert all(any(below(name, dependency) for name in files) for dependency in dependencies)
    assert all(any(below(name, dependency) for dependency in dependencies) for name in files)
    keys = {f"{path}:{key}" for entry in said["params"] for path, part in entry.items() for key in part}
    part = "duplicates" if stage == "quality" else "consensus"
    judged = {f"checks/mood.yaml:{part}"} if POLICY in said["deps"] else set()
    assert {name for name in names if ":" in name} == (keys | judged) - {
        "checks/project.yaml:format", "checks/project.yaml:assay"
    }  # fmt: skip


def test_the_default_of_the_consensus_is_as_if_it_were_written(project):
    name = "checks/mood.yaml:consensus"
    write_files(project.root, {"checks/mood.yaml": "consensus: {method: majority}\nrules: {}\n"})
    written = digest(project, name)
    write_files(project.root, {"checks/mood.yaml": "rules: {}\n"})
    assert digest(project, name) == written != digest(project, "checks/mood.yaml:rules")


@pytest.mark.parametrize("stage", STAGES)
def test_evidence_names_every_table_that_its_stage_writes(stage):
    outs = named(stage_of(stage)["outs"])
    assert {*written_by("mood", stage), report_of("mood", stage)} == outs


def digest(project, name):
    return digests(find_project(project.root), [name])[name]


def test_absent_and_empty_are_one_as_git_keeps_no_empty_folder(project):
    assert digest(project, "labels/nothing") == ""
    write_files(project.root, {"labels/nothing/README.md": "x", "labels/nothing/.keep": ""})
    assert digest(project, "labels/nothing") == ""


CHANGES = {
    "other bytes": lambda root: (root / POOL / "one.jsonl").write_bytes(b"{}\n"),
    "another name": lambda root: (root / POOL / "one.jsonl").rename(root / POOL / "three.jsonl"),
    "one more": lambda root: (root / POOL / "three.jsonl").write_bytes(b""),
    "one less": lambda root: (root / POOL / "one.jsonl").unlink(),
    "a link": lambda root: (root / POOL / "three.jsonl").symlink_to("one.jsonl"),
    "a folder in its place": lambda root: [(root / POOL / "one.jsonl").unlink(), (root / POOL / "one.jsonl").mkdir()],
    "the folder linked": lambda root: [(root / POOL).rename(root / "moved"), (root / POOL).symlink_to(root / "moved")],
    "the folder gone": lambda root: shutil.rmtree(root / POOL),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changes_in_a_folder_changes_its_digest(project, change):
    before = digest(project, POOL)
    change(project.root)
    assert digest(project, POOL) != before


def test_times_modes_and_media_change_no_digest(project):
    before = digest(project, POOL)
    os.utime(project.root / POOL / "one.jsonl", (0, 0))
    (project.root / POOL / "one.jsonl").chmod(0o755)
    write_files(project.root, {f"{POOL}/media/cat.png": b"x", f"{POOL}/README.md": "x", f"{POOL}/one.jsonl~": "x"})
    assert digest(project, POOL) == before


def test_a_part_of_a_file_changes_with_its_value_alone(project):
    write_files(project.root, {"checks/mood.yaml": "consensus: {method: majority}\nrules: {}\n"})
    before = digest(project, "checks/mood.yaml:consensus")
    write_files(project.root, {"checks/mood.yaml": "rules: {schema: {}}\n# why\nconsensus:\n  method: majority\n"})
    assert digest(project, "checks/mood.yaml:consensus") == before
    write_files(project.root, {"checks/mood.yaml": "rules: {}\nconsensus: {method: mace}\n"})
    assert digest(project, "checks/mood.yaml:consensus") != before


def test_a_commit_has_the_digests_of_the_work_tree_that_was_committed(project):
    git(project.root, "init", "-q", "-b", "main")
    known_as(project.root, "ada")
    git(project.root, "config", "core.autocrlf", "false")
    write_files(project.root, {"checks/mood.yaml": "consensus: {method: majority}\nrules: {}\n"})
    (project.root / "labels/mood/link").symlink_to("r1")
    at = commit(project.root, "the project")
    names = [name for stage in STAGES for name in read_by(project, "mood", stage)]
    here = digests(find_project(project.root), names)
    assert digests(project_at(project.root, at), names) == here
    assert all(here[name] for name in names if name.startswith("labels/"))
