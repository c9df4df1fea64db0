"""How often an annotator's commands start git: what it knows it is asked once, and handed down."""

import os
import shutil

import pytest

from clones import answer, clone, shared_project, vote


@pytest.fixture
def starts(tmp_path, monkeypatch):
    """Counts what was started since it was asked last."""
    log, real = tmp_path / "starts", shutil.which("git")
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho >> "{log}"\nexec "{real}" "$@"\n')
    program.chmod(0o755)

    def _starts():
        number = len(log.read_text().splitlines()) if log.exists() else 0
        log.write_text("")
        return number

    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return _starts


def test_git_is_asked_once(assay, starts, tmp_path, monkeypatch):
    ada = clone(shared_project(tmp_path), tmp_path / "ada", "ada")
    monkeypatch.chdir(ada)
    said = {}
    for name, line in [("todo", "todo"), ("start", "start mood r4"), ("submit", "submit"), ("again", "submit")]:
        if line == "submit":
            answer(ada, vote("i1"), *([vote("i2")] if name == "again" else []))
        starts()
        assert assay(*line.split()).code == 0
        said[name] = starts()
    assert said["todo"] <= 16, said
    assert said["start"] <= 38, said
    assert max(said["submit"], said["again"]) <= 60, said
