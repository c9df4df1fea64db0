import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assay import __version__
from assay.clone.project_files import init_project, project_templates
from assay.errors import UsageError
from assay.lead.task_add import add_release, add_task
from assay.project.config import find_project
from interrupted import interrupt

REPOSITORY = Path(__file__).parents[2]
GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
STUB = """#!/bin/sh
mkdir -p gate
case $1 in
schema) mkdir -p build/$2 reports/$2
  for f in annotations items decisions assignments batches annotators; do echo $f > build/$2/$f.parquet; done
  echo > build/$2/findings.jsonl; echo {} > reports/$2/schema.json;;
agreement) echo a > build/$2/agreement.parquet; echo {} > reports/$2/agreement.json; mkdir -p reports/$2/plots
  echo '<svg/>' > reports/$2/plots/agreement_pairs.svg;;
policy) echo {} > build/$2/policy.json; echo part > reports/$2/plots/agreement_values.csv;;
consensus) echo c > build/$2/consensus.parquet; echo {} > reports/$2/consensus.json;;
quality) echo q > build/$2/queue.parquet; echo o > build/$2/outdated.parquet; echo d > build/$2/duplicates.parquet; echo > build/$2/guideline.jsonl
  echo {} > reports/$2/quality.json; echo '{"a": 1}' > reports/$2/metrics.json;;
gate) echo {} > gate/verdict.json; : > gate/findings.jsonl;;
release) mkdir -p release/$3; echo m > release/$3/manifest.json;;
esac
"""


def _git(folder, *arguments):
    return subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_an_empty_folder_becomes_a_project_with_git_on_main(tmp_path):
    made = init_project(tmp_path / "new" / "demo", project_id="0b9ffe5c-1111")
    project = find_project(tmp_path / "new" / "demo")
    assert (project.id, project.approval, project.tasks, project.releases) == ("0b9ffe5c-1111", "forge", {}, ())
    assert project.assay == __version__
    assert {"dvc.yaml", ".gitattributes", ".gitignore", ".dvc/config", "labels/annotators/README.md"} <= set(
        made.created
    )
    assert _git(project.root, "symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert made.kept == ()


def test_what_was_there_is_kept_to_the_byte_and_said(tmp_path):
    (tmp_path / ".gitignore").write_text("mine\n")
    made = init_project(tmp_path, project_id="0b9ffe5c-1111")
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert made.kept == (".gitignore",)


def test_a_repository_that_is_there_is_used(tmp_path):
    _git(tmp_path, "init", "--quiet", "--initial-branch=trunk")
    init_project(tmp_path, project_id="0b9ffe5c-1111")
    assert _git(tmp_path, "symbolic-ref", "HEAD").strip() == "refs/heads/trunk"


@pytest.mark.parametrize("below", [".", "labels/annotators", "not/yet/there"])
def test_a_project_inside_a_project_is_refused(root, below):
    with pytest.raises(UsageError, match="is inside the assay project"):
        init_project(root / below, project_id="0b9ffe5c-1111")


def test_one_that_was_stopped_while_it_wrote_is_finished_and_keeps_its_id(tmp_path):
    made = init_project(tmp_path / "whole", project_id="0b9ffe5c-1111")
    wanted = {name: (tmp_path / "whole" / name).read_bytes() for name in made.created}
    for written in (frozenset(), frozenset({"checks/project.yaml", "dvc.yaml"})):
        root = tmp_path / f"stopped{len(written)}"
        root.mkdir()
        _git(root, "init", "-q")
        interrupt(root, wanted)
        for name in written:
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes(wanted[name])
        again = init_project(root, project_id="another-2222")
        assert (set(again.created), again.kept) == (set(wanted), ())
        assert {name: (root / name).read_bytes() for name in wanted} == wanted
        with pytest.raises(UsageError, match="is inside the assay project"):
            init_project(root, project_id="another-2222")


def test_a_file_where_a_folder_must_be_is_refused_before_anything_is_written(tmp_path):
    (tmp_path / "labels").write_text("a file\n")
    with pytest.raises(UsageError, match="is a file"):
        init_project(tmp_path, project_id="0b9ffe5c-1111")
    assert [path.name for path in tmp_path.iterdir()] == ["labels"]


def test_the_pipeline_is_this_repositorys_own_without_its_sources():
    """Here the code is the dependency; in any other project the version is a parameter."""
    own = (REPOSITORY / "dvc.yaml").read_text().splitlines(keepends=True)
    theirs = dict(project_templates())["dvc.yaml"].splitlines(keepends=True)
    stages = [line for line in own if line.strip().startswith("cmd: ")]
    assert [own.count(f"{'  ' * depth}- src/assay\n") for depth in (3, 4)] == [1, len(stages) - 1]
    assert [theirs.count(f"{'  ' * depth}- assay\n") for depth in (5, 6)] == [1, len(stages) - 1]
    assert [line for line in theirs if line.strip() != "- assay"] == [
        line for line in own if line.strip() != "- src/assay"
    ]


def test_the_plots_have_the_template_that_the_pipeline_names():
    own = json.loads((REPOSITORY / ".dvc/plots/agreement.json").read_text())
    assert json.loads(dict(project_templates())[".dvc/plots/agreement.json"]) == own
    assert "template: agreement\n" in dict(project_templates())["dvc.yaml"]


def test_every_template_is_text_with_unix_line_ends():
    for name, text in project_templates():
        assert text.endswith("\n"), name
        assert "\r" not in text, name


@pytest.fixture
def repro(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "assay").write_text(STUB)
    (tmp_path / "bin" / "assay").chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def run(folder):
        environment = {**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1"}
        done = subprocess.run(
            ["dvc", "repro"], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    if shutil.which("dvc", path=path) is None:
        pytest.skip("dvc is not installed")
    return run


@pytest.mark.slow
def test_the_pipeline_runs_in_a_fresh_clone_with_and_without_tasks(root, tmp_path, repro):
    _git(root, "add", "--all")
    _git(root, "commit", "--quiet", "--message", "empty")
    _git(tmp_path, "clone", "--quiet", str(root), "clone")
    clone = tmp_path / "clone"
    assert "Running stage 'gate'" in repro(clone)
    add_task(find_project(clone), "mood", today="2026-03-14", scales={})
    add_task(find_project(clone), "tone", today="2026-03-14", scales={}, pool="mood")
    add_release(find_project(clone), "chat", ["mood", "tone"])
    _git(clone, "add", "--all")
    _git(clone, "commit", "--quiet", "--message", "tasks")
    _git(tmp_path, "clone", "--quiet", str(clone), "second")
    second = tmp_path / "second"
    said = repro(second)
    assert "Running stage 'quality@tone'" in said
    assert "Running stage 'release@chat'" in said
    assert "Running stage" not in repro(second)
    made = _git(second, "status", "--porcelain", "--untracked-files=all").splitlines()
    assert {line[3:].partition("/")[0] for line in made} == {"dvc.lock", "reports"}
