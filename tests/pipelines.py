"""Real projects with real git and DVC, for the tests of the pipeline."""

import contextlib
import fcntl
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from assay.cli import error_handler
from forked import programs
from surroundings import without_git

REPOSITORY = Path(__file__).resolve().parent.parent
TEMPLATES = REPOSITORY / "src/assay/clone/templates"
FOLDERS = ("labels", "guidelines", "schemas", "checks", "releases")
ALONE = re.compile(r"""(\w+=("[^"]*"|\S*) )*assay [^&|;<>$`]*\Z""")
"""A line that is one command of assay and needs no shell."""


def environment():
    """The surroundings of a command: the scripts of this Python first on the path, nothing of a surrounding git."""
    clean = {name: value for name, value in without_git(os.environ).items() if not name.startswith(("PYTEST_", "DVC_"))}
    return {
        **clean,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DVC_NO_ANALYTICS": "1",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    said: str

    @property
    def stages(self):
        """The pipeline's stages that ran."""
        return [line.split("'")[1] for line in self.said.splitlines() if line.startswith("Running stage")]


def run(folder, *command, first=None):
    """Runs a command to its end, with the programs of a folder before all others."""
    surroundings = environment()
    if first:
        surroundings["PATH"] = f"{first}{os.pathsep}{surroundings['PATH']}"
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout + done.stderr)


def repro(folder, *arguments, afresh=False):
    """`dvc repro`, it and its stages forked from a process that has imported them, or each started afresh."""
    return run(folder, "dvc", "repro", *arguments, first=None if afresh else programs())


def assay(folder, *arguments):
    """An assay command as its user types it."""
    return run(folder, "assay", *arguments)


def in_shell(folder, surroundings, command):
    """Runs a line as it is typed; a run of the pipeline is forked."""
    if command.startswith("dvc repro"):
        surroundings = {**surroundings, "PATH": f"{programs()}{os.pathsep}{surroundings['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=surroundings, capture_output=True, text=True, check=False
    )
    return Ran(done.returncode, done.stdout + done.stderr)


def in_process(folder, surroundings, command):
    """Runs a line that is one command of assay alone, perhaps with variables before it, without a new Python."""
    words = shlex.split(command)
    start = words.index("assay")
    said = io.StringIO()
    with (
        contextlib.chdir(folder),
        variables(surroundings | dict(word.split("=", 1) for word in words[:start])),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        return Ran(int(error_handler.run(words[start + 1 :])), said.getvalue())


def here(folder, *arguments):
    """An assay command as its user types it, but in this process."""
    return in_process(folder, environment(), shlex.join(["assay", *map(str, arguments)]))


@contextlib.contextmanager
def variables(surroundings):
    """The variables of somebody's shell, and ours again afterwards."""
    ours = dict(os.environ)
    os.environ.clear()
    os.environ.update(surroundings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(ours)


def commit(folder, message="change"):
    """Commits everything."""
    assert run(folder, "git", "add", "-A").code == 0
    assert run(folder, "git", "commit", "-q", "-m", message).code == 0


def reference_project(folder):
    """The reference project in a repository of its own."""
    assert assay(folder.parent, "init", folder.name).code == 0
    for name in FOLDERS:
        shutil.copytree(REPOSITORY / name, folder / name, dirs_exist_ok=True)
    assert assay(folder, "upgrade", "--write").code == 0
    commit(folder, "the reference project")
    return folder


def released_reference(base):
    """The reference project after one `dvc repro`, made by the first that asks; `base` is the same for all workers of a run."""
    base.mkdir(exist_ok=True)
    with (base / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (base / "done").exists():
            shutil.rmtree(base / "project", ignore_errors=True)
            ran = repro(reference_project(base / "project"))
            assert ran.code == 0, ran.said
            (base / "done").touch()
    return base / "project"
