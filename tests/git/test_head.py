from assay.git.git_folder import checked_out, git_places, is_lost
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


def test_a_branch_is_lost_also_where_one_of_a_longer_name_is_packed(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "one")
    git(tmp_path, "branch", "main-2")
    git(tmp_path, "pack-refs", "--all")
    places, packed = git_places(tmp_path), tmp_path / ".git/packed-refs"
    assert not is_lost(places, "refs/heads/main")
    kept = [line for line in packed.read_text().splitlines(keepends=True) if not line.endswith("refs/heads/main\n")]
    packed.write_text("".join(kept))
    assert "refs/heads/main-2" in packed.read_text()
    assert is_lost(places, "refs/heads/main")
