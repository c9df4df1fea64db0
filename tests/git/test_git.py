"""What is asked of git."""

import subprocess

import pytest

from assay.errors import GitError, UsageError
from assay.git.base import start_of_work
from assay.git.commands import changed_paths, is_repository
from assay.git.snapshot import WorkTree


@pytest.fixture
def repository(tmp_path, monkeypatch):
    for key in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{key}_NAME", "A")
        monkeypatch.setenv(f"GIT_{key}_EMAIL", "a@example.org")
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "kept").write_text("1")
    (tmp_path / "edited").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


def git(root, *arguments):
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


def test_a_change_is_what_is_committed_since_the_branch_began_and_what_is_not_committed(repository):
    git(repository, "checkout", "-q", "-b", "mine")
    (repository / "committed").write_text("1")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "two")
    (repository / "edited").write_text("2")
    (repository / "a new ñame").write_text("1")
    base = start_of_work(repository, None)
    assert changed_paths(repository, base) == {"committed", "edited", "a new ñame"}


def test_paths_are_below_the_project_where_it_is_a_folder_of_the_repository(repository):
    (repository / "sub").mkdir()
    (repository / "sub" / "file").write_text("1")
    git(repository, "add", ".")
    (repository / "edited").write_text("2")
    assert changed_paths(repository / "sub", start_of_work(repository, None)) == {"file"}


def test_a_file_saved_with_other_line_ends_is_a_change_though_git_would_mend_it(repository):
    (repository / ".gitattributes").write_text("* text=auto eol=lf\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "two")
    (repository / "kept").write_bytes(b"1\r\n")
    (repository / "edited").write_bytes(b"1")
    assert "kept" in changed_paths(repository, start_of_work(repository, None))


def test_before_the_first_commit_everything_is_a_change(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("1")
    assert start_of_work(tmp_path, None) is None
    assert changed_paths(tmp_path, None) == {"file"}


def test_a_base_that_does_not_exist_is_a_usage_error(repository):
    with pytest.raises(UsageError, match="unknown revision"):
        start_of_work(repository, "--upload-pack=x")


def test_a_plain_folder_is_no_repository(tmp_path):
    assert not is_repository(tmp_path)


def test_a_repository_that_git_does_not_read_is_not_taken_for_none(repository):
    (repository / ".git/config").write_text("[core\n")
    with pytest.raises(GitError):
        is_repository(repository)


def test_a_folder_called_like_gits_own_makes_no_repository(tmp_path):
    (tmp_path / ".git").mkdir()
    assert not is_repository(tmp_path)
    assert not WorkTree(tmp_path).in_git
