"""Real projects with real git and DVC, for the tests of the pipeline."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
TEMPLATES = REPOSITORY / "src/assay/actions/templates"
FOLDERS = ("labels", "guidelines", "schemas", "checks", "releases")


def environment():
    """The surroundings of a command: the scripts of this Python first on the path, nothing of a surrounding git."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTEST_", "DVC_"))}
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


def run(folder, *command):
    """Runs a command to its end."""
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout + done.stderr)


def repro(folder, *arguments):
    """`dvc repro`."""
    return run(folder, "dvc", "repro", *arguments)


def assay(folder, *arguments):
    """An assay command as its user types it."""
    return run(folder, "assay", *arguments)


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
