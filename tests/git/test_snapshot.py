"""A work tree, its commit and the merge of it with itself are read alike, whatever lies in them."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from assay.errors import LimitError, UsageError
from assay.git.base import named_commit
from assay.git.objects import clone_of
from assay.git.snapshot import WorkTree, commit_snapshot, require_whole, tree_snapshot
from clones import commit, git, known_as
from pipelines import environment
from projects import FILES, write_files

HELD = {
    "labels/a/b/c.jsonl": b"{}\n",
    "labels/a/b.jsonl": b"x" * 3000,
    "labels/a-b": b"",
    "labels/naïve 😀.jsonl": b"\xff\n",
    "labels/run.sh": b"#!/bin/sh\n",
    "checks/project.yaml": b"format: 1\n",
}


@pytest.fixture(params=["", "sub/project"])
def root(tmp_path, request):
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    root = tmp_path / request.param
    write_files(root, HELD)
    write_files(tmp_path, {"outside": "x"})
    (root / "labels/run.sh").chmod(0o755)
    (root / "labels/link").symlink_to("a")
    (root / "labels/a/out").symlink_to("/etc")
    git(tmp_path, "config", "core.autocrlf", "false")
    commit(tmp_path, "everything")
    return root


def both(root):
    return WorkTree(root), commit_snapshot(root, named_commit(root, "HEAD"))


def seen(snapshot):
    paths = [*snapshot.under("labels"), *snapshot.under("checks"), *snapshot.under("none")]
    entries = {path: snapshot.entry(path).mode for path in paths}
    names = {folder: snapshot.names(folder) for folder in ("labels", "labels/a", "labels/a/b", "labels/link", "none")}
    return entries, names, dict(snapshot.read_all(paths)), [path for path in paths if snapshot.has(path)]


def test_work_tree_and_commit_are_read_alike(root):
    here, there = map(seen, both(root))
    assert here == there
    assert here[0]["labels/run.sh"] == "100755"
    assert here[0]["labels/link"] == "120000"
    assert here[2].keys() == HELD.keys()


@pytest.mark.parametrize(("path", "error"), [
    ("labels/none", FileNotFoundError),
    ("labels/a", OSError),
    ("labels/link/b.jsonl", UsageError),
    ("labels/link", UsageError),
    ("labels/a/out/passwd", UsageError),
])  # fmt: skip
def test_what_is_no_plain_file_is_refused_alike(root, path, error):
    for snapshot in both(root):
        with pytest.raises(error):
            snapshot.read(path)
        assert not snapshot.has(path)


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "labels/../../outside", ".git/config"])
def test_no_path_leads_out(root, path):
    here, there = both(root)
    for snapshot in (here, there):
        with pytest.raises((UsageError, OSError)):
            snapshot.read(path)
    assert not there.has(path)


def test_a_file_over_the_limit_is_named(root):
    for snapshot in both(root):
        with pytest.raises(LimitError, match=r"labels/a/b\.jsonl"):
            snapshot.read("labels/a/b.jsonl", limit=100)


def test_a_sparse_checkout_is_no_smaller_project(root):
    whole = seen(WorkTree(root))
    top = root.parents[1] if clone_of(root).prefix else root
    git(top, "sparse-checkout", "set", "--no-cone", "/*", "!b.jsonl", "!c.jsonl")
    assert not (root / "labels/a/b.jsonl").exists()
    assert seen(WorkTree(root)) == whole
    with pytest.raises(UsageError, match="omits") as told:
        require_whole(WorkTree(root))
    assert "labels/a/b.jsonl" in told.value.message
    git(top, "sparse-checkout", "disable")
    require_whole(WorkTree(root))


def test_a_file_that_was_removed_is_gone_and_not_read_from_git(root):
    (root / "labels/a-b").unlink()
    assert not WorkTree(root).has("labels/a-b")
    assert "labels/a-b" not in WorkTree(root).names("labels")


def test_a_linked_work_tree_reads_the_same_objects(root, tmp_path_factory):
    place = tmp_path_factory.mktemp("linked") / "tree"
    git(root, "worktree", "add", "-q", "--detach", str(place))
    inner = place / clone_of(root).prefix
    assert seen(commit_snapshot(inner, named_commit(inner, "HEAD"))) == seen(both(root)[1])


def test_a_check_asks_git_for_little(tmp_path):
    root = tmp_path / "clone"
    write_files(root, {**FILES, "checks/mood.yaml": "consensus: {method: majority}\nrules: {}\n"})
    git(root, "init", "-q", "-b", "main")
    known_as(root, "ada")
    commit(root, "the project")
    git(root, "switch", "-q", "-c", "work")
    write_files(root, {"labels/mood/r3/ada.jsonl": '{"item":"i5","label":{"tone":"good"}}\n'})
    log, counting = tmp_path / "log", tmp_path / "bin"
    counting.mkdir()
    real = subprocess.run(["which", "git"], check=True, capture_output=True, text=True).stdout.strip()
    (counting / "git").write_text(f'#!/bin/sh\necho "$*" | head -n 1 >> {log}\nexec {real} "$@"\n')
    (counting / "git").chmod(0o755)
    known = {**environment(), "PATH": f"{counting}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-m", "assay", "check"], cwd=root, env=known, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert 0 < len(log.read_text().splitlines()) <= 6


@pytest.mark.parametrize("hidden", ["--assume-unchanged", "--skip-worktree"])
def test_what_git_is_told_not_to_look_at_is_looked_at(root, hidden):
    git(root, "update-index", hidden, "labels/a/b.jsonl")
    (root / "labels/a/b.jsonl").write_bytes(b"other\n")
    assert "labels/a/b.jsonl" in WorkTree(root).changed_since(named_commit(root, "HEAD"))


def test_label_files_that_git_is_told_to_ignore_are_new_ones(root):
    exclude = clone_of(root).common / "info/exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("*new*\n*.swp\n")
    for name in ("new.jsonl", ".new.jsonl", "x.swp"):
        (root / "labels" / name).write_text("{}\n")
    assert WorkTree(root).changed_since(named_commit(root, "HEAD")) == {"labels/new.jsonl"}


def test_a_tree_that_names_a_path_twice_says_so(root):
    blob = git(root, "rev-parse", "HEAD:./labels/a-b")
    lines = f"100644 blob {blob}\tx\n100644 blob {blob}\ty\n".encode()
    entries = b"".join(b"100644 %s\0" % name + bytes.fromhex(blob) for name in (b"x", b"x", b"y"))
    made = subprocess.run(
        ["git", "hash-object", "-t", "tree", "--literally", "-w", "--stdin"],
        cwd=root,
        input=entries,
        capture_output=True,
        check=True,
    )
    plain = subprocess.run(["git", "mktree"], cwd=root, input=lines, capture_output=True, check=True)
    top = clone_of(root)
    twice, once = (tree_snapshot(replace(top, prefix=""), tree.stdout.decode().strip()) for tree in (made, plain))
    assert (twice.repeated, once.repeated) == (("x",), ())


def test_line_ends_that_git_compares_itself_are_no_change(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    write_files(tmp_path, {".gitattributes": "*.raw -text\n", "kept.raw": "a\r\n", "edited.raw": "a\n"})
    commit(tmp_path, "everything")
    assert WorkTree(tmp_path).changed_since("HEAD") == set()
    (tmp_path / "edited.raw").write_bytes(b"a\r\n")
    assert WorkTree(tmp_path).changed_since("HEAD") == {"edited.raw"}


@pytest.mark.parametrize("ends", [b"a\r\nb\r\n", b"a\r\nb\n"])
def test_line_ends_that_git_converts_are_a_change_all_or_some_of_them(tmp_path, ends):
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    write_files(tmp_path, {".gitattributes": "* text=auto\n", "kept": "a\nb\n", "edited": "a\nb\n"})
    commit(tmp_path, "everything")
    (tmp_path / "edited").write_bytes(ends)
    assert git(tmp_path, "diff", "--name-only", "HEAD") == ""
    assert WorkTree(tmp_path).changed_since("HEAD") == {"edited"}
