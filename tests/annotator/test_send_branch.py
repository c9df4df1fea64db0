"""The branch that a command with `--submit` sends its files on."""

from assay.annotator.send_branch import restore_files
from clones import commit, git, known_as
from projects import digest_tree, write_files


def test_files_are_as_committed_again_and_folders_without_a_file_are_gone(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    commit(tmp_path, "one", {"labels/a/one.jsonl": "1\n", "labels/a/two.jsonl": "2\n", "b/three": "3\n"})
    before = digest_tree(tmp_path / "labels")
    (tmp_path / "labels/a/two.jsonl").unlink()
    new = {
        "labels/a/one.jsonl": "x\n",
        "labels/a/new.jsonl": "n\n",
        "c/d/new": "n\n",
        "c/d/e/new": "n\n",
        "f/new": "n\n",
    }
    write_files(tmp_path, {**new, "b/three": "y\n", "f/mine": "m\n", "top": "t\n"})
    restore_files(tmp_path, ["labels/a/one.jsonl", "labels/a/two.jsonl", *sorted(new)[:-1], "f/new", "top"])
    assert digest_tree(tmp_path / "labels") == before
    assert git(tmp_path, "status", "--porcelain").splitlines() == ["M b/three", "?? f/"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".git", "b", "f", "labels"]
