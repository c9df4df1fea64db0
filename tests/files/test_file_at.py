"""A file as a commit has it."""

import subprocess

import pytest

from assay.errors import LimitError
from assay.git.commands import file_at


def git(root, *arguments):
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    for key in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{key}_NAME", "A")
        monkeypatch.setenv(f"GIT_{key}_EMAIL", "a@example.org")
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/file").write_bytes(b"one\r\n\x00")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    (tmp_path / "sub/file").write_bytes(b"two")
    return tmp_path


def test_the_bytes_are_those_of_the_commit_below_the_project(repository):
    assert file_at(repository, "HEAD", "sub/file") == b"one\r\n\x00"
    assert file_at(repository / "sub", "HEAD", "file") == b"one\r\n\x00"


def test_what_a_commit_does_not_have_is_none(repository):
    assert file_at(repository, "HEAD", "sub/other") is None


def test_a_file_over_the_limit_is_not_read(repository, monkeypatch):
    monkeypatch.setattr("assay.git.commands.FILE_LIMIT", 4)
    with pytest.raises(LimitError):
        file_at(repository, "HEAD", "sub/file")
