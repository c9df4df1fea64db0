from assay.git.git_folder import checked_out
from pipelines import run


def git(folder, *arguments):
    assert run(folder, "git", *arguments).code == 0


def test_the_branch_is_read_before_and_after_the_first_commit_from_any_folder_below(tmp_path):
    assert checked_out(tmp_path) == ""
    git(tmp_path, "init", "-q", "-b", "main")
    assert checked_out(tmp_path) == "main"
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "one")
    git(tmp_path, "checkout", "-q", "-b", "ada/triage/round-1")
    (tmp_path / "project").mkdir()
    assert checked_out(tmp_path / "project") == "ada/triage/round-1"


def test_without_a_branch_the_commit_is_named(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "one")
    git(tmp_path, "checkout", "-q", "--detach")
    assert checked_out(tmp_path).startswith("detached at ")


def test_a_linked_work_tree_names_its_own_branch(tmp_path):
    main = tmp_path / "main"
    main.mkdir()
    git(main, "init", "-q", "-b", "main")
    git(main, "commit", "-q", "--allow-empty", "-m", "one")
    git(main, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    assert (checked_out(main), checked_out(tmp_path / "side")) == ("main", "side")


def test_a_broken_repository_has_no_branch(tmp_path):
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    assert checked_out(tmp_path) == ""
