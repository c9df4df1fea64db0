"""Batches read by workers of a Dask cluster: what is found is equal, also where one is killed; who sees something else is refused."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.made_project import make_project
from clones import git
from clusters import cluster
from pipelines import run

SOURCE = Path(__file__).parents[2] / "src"
KILLED = Path(__file__).with_name("killed_worker.py")
ASSAY = (sys.executable, "-m", "assay")

pytestmark = pytest.mark.threat(28)
FOLDER = "labels/aspects/batch-0001"


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """A project with faults of many kinds, in thirty batches."""
    root = tmp_path_factory.mktemp("made") / "project"
    make_project(root, 600, faults=True)
    return root


@pytest.fixture(scope="module")
def kills(tmp_path_factory):
    """Where this file is, the next worker that begins a batch is killed."""
    return tmp_path_factory.mktemp("kills") / "one"


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory, kills):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_TEST_KILLS", str(kills))
        with cluster(tmp_path_factory.mktemp("cluster"), "--preload", KILLED) as address:
            yield address


@pytest.fixture
def project(origin, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(origin, root, symlinks=True)
    return root


def forget(root):
    shutil.rmtree(root / ".git/assay", ignore_errors=True)


def check(root, *options):
    """The findings of a check with nothing kept of an earlier one."""
    forget(root)
    said = subprocess.run(
        [*ASSAY, "check", "--all", "--format", "json", *options], cwd=root, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1, said.stderr
    return json.loads(said.stdout)


def refused(root, *options):
    forget(root)
    said = run(root, *ASSAY, "check", "--all", "--scheduler", *options)
    assert said.code == 2
    assert "Traceback" not in said.said
    return said.said


def written(root, *options):
    """What `schema` writes with nothing kept of an earlier run."""
    forget(root)
    assert run(root, *ASSAY, "schema", "aspects", *options).code == 0
    folders = (root / "build/aspects", root / "reports/aspects")
    return {path.name: path.read_bytes() for folder in folders for path in sorted(folder.iterdir()) if path.is_file()}


def test_workers_find_what_this_machine_finds(project, scheduler):
    here = check(project, "--jobs", "1")
    assert len({one["rule"] for one in here}) > 10
    assert check(project, "--scheduler", scheduler) == here


def test_what_schema_writes_is_equal_to_the_last_byte(project, scheduler):
    here = written(project, "--jobs", "1")
    assert len(here) > 4
    assert written(project, "--scheduler", scheduler) == here


def test_a_worker_killed_in_a_batch_changes_nothing(project, scheduler, kills):
    here = check(project, "--jobs", "1")
    kills.write_text("2")
    assert check(project, "--scheduler", scheduler) == here
    assert not kills.exists(), "one was killed"


def test_what_workers_made_is_kept_here(project, scheduler):
    found = check(project, "--scheduler", scheduler)
    nobody = "tcp://127.0.0.1:1"  # is not asked: nothing is left to do
    said = run(project, *ASSAY, "check", "--all", "--format", "json", "--scheduler", nobody)
    assert said.code == 1
    assert json.loads(said.said) == found


@pytest.mark.parametrize("place", ["git:{}/mirror.git", "{}/copy", "file://{}/copy"])
def test_workers_read_a_clone_a_copy_or_a_bucket(project, scheduler, tmp_path, place):
    git(project, "rm", "-q", "labels/aspects/batch-0002/w08.jsonl")  # a link leads nowhere in a bucket
    git(project, "commit", "-q", "-m", "no link")
    git(project, "clone", "-q", "--bare", ".", str(tmp_path / "mirror.git"))
    git(tmp_path, "clone", "-q", "mirror.git", "clone")  # a work tree with the line ends that are in git
    clone = tmp_path / "clone"
    shutil.copytree(clone, tmp_path / "copy", ignore=shutil.ignore_patterns(".git"), symlinks=True)
    assert check(clone, "--scheduler", scheduler, "--read-from", place.format(tmp_path)) == check(clone, "--jobs", "1")


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (f"{FOLDER}/w01.jsonl", b"}\n", b',"note":"x"}\n'),
        (f"{FOLDER}/batch.yaml", b"overlap: 3", b"overlap: 2"),
        ("schemas/aspects.yaml", b"neutral", b"middling"),
        ("labels/annotators/w00.yaml", b"role", b"groups: [new]\nrole"),
        ("labels/items/aspects/shard-0000.jsonl", b'"lang"', b'"tongue"'),
    ],
)
def test_who_sees_another_content_is_refused(project, scheduler, tmp_path, path, old, new):
    copy = tmp_path / "copy"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns(".git"), symlinks=True)
    before = (copy / path).read_bytes()
    assert old in before
    (copy / path).write_bytes(before.replace(old, new))
    said = refused(project, scheduler, "--read-from", str(copy))
    assert "the workers do not see labels/aspects/batch-" in said
    assert "fix: let them read the same content" in said
    assert not (project / ".git/assay/results.db").exists(), "nothing is kept of it"


def test_who_cannot_read_the_project_is_refused(project, scheduler, tmp_path):
    for place in (tmp_path, f"git:{tmp_path}", "nowhere-at-all://x"):
        said = refused(project, scheduler, "--read-from", str(place))
        assert "assay: a worker cannot do this: " in said
    said = refused(project, scheduler, "--read-from", "folder")
    assert "--read-from folder: workers have another working folder" in said


def test_who_has_another_assay_is_refused(project, tmp_path):
    shutil.copytree(SOURCE, tmp_path / "other")
    with (tmp_path / "other/assay/__init__.py").open("a") as module:
        module.write("# another one\n")
    with cluster(tmp_path / "cluster", workers=1, source=tmp_path / "other") as address:
        said = refused(project, address)
    assert "the assay of tcp://127.0.0.1:" in said
    assert "is not the one that asks" in said


def test_nobody_there_is_said(project, tmp_path):
    assert "no scheduler answers at tcp://127.0.0.1:1: " in refused(project, "tcp://127.0.0.1:1")
    said = refused(project, "tls://127.0.0.1:1")
    assert "no scheduler answers at tls://127.0.0.1:1: TLS expects" in said, "no certificates are stated"
    with cluster(tmp_path, workers=0) as address:
        said = refused(project, address)
    assert f"the scheduler at {address} has no workers" in said
    assert f"fix: start some: dask worker {address} --nthreads 1" in said


WITHOUT = """
import sys
sys.modules["distributed"] = None
from assay.cli.error_handler import run
sys.exit(run(["check", "--all", "--scheduler", "tcp://127.0.0.1:1"]))
"""


def test_without_the_extra_it_says_how_to_install_it(project):
    said = run(project, sys.executable, "-c", WITHOUT)
    assert said.code == 2
    assert "this needs distributed, which is not installed" in said.said
    assert "fix: pip install 'assay-labels[cluster]'" in said.said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--scheduler", "10.0.0.5"), "is not a valid address, such as tcp://HOST:8786"),
        (("--scheduler", "tcp://10.0.0.5:1", "--jobs", "2"), "--jobs is for this machine"),
        (("--read-from", "/"), "--read-from goes with --scheduler"),
        (("--jobs", "0"), "0 is not in the range"),
    ],
)
def test_options_that_do_not_go_together_are_refused(project, options, said):
    ran = run(project, *ASSAY, "check", "--all", *options)
    assert ran.code == 2
    assert said in ran.said
