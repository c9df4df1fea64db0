import json
import shutil
from dataclasses import dataclass

import pytest

from assay.cli.error_handler import run
from clones import clone, shared_project
from gated import measured_project
from projects import FILES, write_files


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The result, where the command was asked for JSON."""
        return json.loads(self.out)


@pytest.fixture
def assay(tmp_path, monkeypatch, capsys):
    """Runs a command line in this process, from the test's own folder."""
    monkeypatch.chdir(tmp_path)

    def _assay(*arguments):
        capsys.readouterr()
        code = run(list(map(str, arguments)))
        said = capsys.readouterr()
        return Said(int(code), said.out, said.err)

    return _assay


@pytest.fixture
def demo(assay, tmp_path, monkeypatch):
    """A new project, and the working folder in it."""
    assert assay("init", "demo").code == 0
    monkeypatch.chdir(tmp_path / "demo")
    return tmp_path / "demo"


@pytest.fixture
def mood(tmp_path):
    """A project with sound labels, a policy and no repository."""
    rules = "consensus: {method: majority}\nrules: {schema: {errors_at_most: 0}}\n"
    write_files(tmp_path, {**FILES, "checks/mood.yaml": rules})
    return tmp_path


@pytest.fixture
def long(tmp_path):
    """Writes a long-format file beside the project: its path."""

    def _long(*records, name="crowd.jsonl"):
        lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return tmp_path / name

    return _long


@pytest.fixture
def vote():
    """One line of a long-format file."""

    def _vote(item, annotator, label="yes", **more):
        return {"item": item, "annotator": annotator, "label": {"label": label}, **more}

    return _vote


@pytest.fixture
def root(tmp_path):
    """A measured project whose verdict will pass."""
    measured_project(tmp_path)
    return tmp_path


@pytest.fixture
def released(assay, root):
    """The same, judged and released."""
    assert assay("gate").code == 0
    assert assay("release", "build", "support").code == 0
    return root


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A shared repository with an open batch, and ada's clone of it, made once: tests change a copy."""
    place = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(place))
        patch.delenv("XDG_CONFIG_HOME", raising=False)
        clone(shared_project(place), place / "ada", "ada")
    return place


@pytest.fixture
def bare(shared, tmp_path, monkeypatch):
    """A shared repository with an open batch; nothing of this machine's git configuration."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    shutil.copytree(shared / "shared.git", tmp_path / "shared.git")
    shutil.copytree(shared / "seed", tmp_path / "seed")
    return tmp_path / "shared.git"


@pytest.fixture
def ada(assay, shared, bare, tmp_path, monkeypatch):  # noqa: ARG001 - it changes the folder first
    """Ada's clone of it, and the working folder in it."""
    folder = tmp_path / "ada"
    shutil.copytree(shared / "ada", folder)
    config = folder / ".git/config"
    config.write_text(config.read_text().replace(str(shared), str(tmp_path)))
    monkeypatch.chdir(folder)
    return folder
