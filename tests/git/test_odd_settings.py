"""What somebody has set up in git changes no answer that assay takes from it, and nothing that it commits or merges."""

from pathlib import Path

import pytest

from assay.git.commands import changed_paths, count_commits, file_at, paths_between, refs_of
from assay.git.history import changing_only, commits, every_commit, folder_at, touching_commits
from assay.git.repository import (
    adds_nothing,
    commit_files,
    fetch_branch,
    merge_revision,
    merges_cleanly,
    push,
    tree_with,
)
from assay.git.work_state import conflicts, merge_texts, work_tree
from clones import PART, clone, commit, git, shared_project, vote
from pipelines import run

ODD = Path(__file__).parent.parent / "hostile.gitconfig"
MOVED = "labels/items/texts/two.jsonl"
NAMED = "labels/items/texts/naïve.jsonl"


@pytest.fixture
def odd(tmp_path, monkeypatch):
    """Makes every oddity count, but for the signature that fails: that is told, and a test of its own."""

    def _odd():
        text = ODD.read_text().replace("@HOME@", str(tmp_path)).replace("gpgSign = true", "gpgSign = false")
        (tmp_path / "odd").write_text(text)
        (tmp_path / "ignored").write_text("*.jsonl\n")
        (tmp_path / "attributes").write_text("* text=auto eol=crlf diff=odd\n")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "odd"))

    return _odd


@pytest.fixture
def root(tmp_path):
    """Ada's clone, in which files were moved, changed on two sides, merged, and are being changed."""
    root = clone(shared_project(tmp_path), tmp_path / "ada", "ada")
    lines = (root / MOVED).read_text()
    git(root, "switch", "-q", "-c", "edited")
    commit(root, "edited", {MOVED: lines + '{"id":"i6","data":{"text":"sixth"}}\n'})
    git(root, "switch", "-q", "main")
    (root / MOVED).rename(root / NAMED)
    commit(root, "moved")
    git(root, "switch", "-q", "-c", "side")
    commit(root, "side", {PART: vote("i2") + vote("i3"), "labels/labels/mood.yaml": ""})
    git(root, "switch", "-q", "main")
    commit(root, "main", {"labels/mood/r4/ben.jsonl": vote("i1") + vote("i2")})
    git(root, "merge", "-q", "--no-edit", "side")
    (root / PART).write_text(vote("i2", "bad"))
    (root / "labels/mood/r4/cleo.jsonl").write_text(vote("i4"))
    (root / "labels/items/texts/one.jsonl").unlink()
    return root


ASKED = {
    "commits": lambda root: commits(root, "HEAD", since=None, paths=[NAMED]),
    "commits of a file": lambda root: commits(root, "HEAD", since=None, paths=[PART]),
    "every commit": lambda root: every_commit(root, "HEAD", since=None),
    "changing only": lambda root: changing_only(root, "HEAD", since="HEAD~2", paths=[PART]),
    "touches": lambda root: touching_commits(root, under="labels"),
    "said": lambda root: touching_commits(root, under="labels", saying="i3"),
    "changed paths": lambda root: changed_paths(root, "HEAD~1"),
    "between": lambda root: paths_between(root, "HEAD~2", "HEAD"),
    "between, in a folder": lambda root: paths_between(root / "labels", "HEAD~2", "HEAD"),
    "uncommitted": work_tree,
    "conflicts": conflicts,
    "branches": refs_of,
    "counted": lambda root: count_commits(root, "HEAD~2", "HEAD"),
    "folder": lambda root: folder_at(root, "HEAD", "labels/items/texts"),
    "file": lambda root: file_at(root, "HEAD", NAMED),
    "tree": lambda root: tree_with(root, [PART, "labels/mood/r4/cleo.jsonl"]),
    "clean": lambda root: merges_cleanly(root, "side", "HEAD"),
    "moved": lambda root: merges_cleanly(root, "edited", "HEAD"),
    "nothing": lambda root: adds_nothing(root, "side", "HEAD"),
    "texts": lambda _: merge_texts(b"a\nb\nc\n", b"a\nx\nc\n", b"a\nd\nc\n", ("ours", "base", "theirs")),
}


@pytest.mark.threat(17)
def test_no_oddity_changes_an_answer(root, odd):
    plain = {name: ask(root) for name, ask in ASKED.items()}
    odd()
    assert {name: ask(root) for name, ask in ASKED.items()} == plain


@pytest.mark.threat(17)
def test_no_oddity_changes_what_is_merged_committed_and_pushed(root, odd, tmp_path):
    git(root, "stash", "-q", "-u")
    git(root, "switch", "-q", "-c", "work", "HEAD~2")
    commit(root, "work", {PART: vote("i5")})
    before = commit(root, "clash", {"labels/mood/r4/ben.jsonl": vote("i3", "bad")})
    odd()
    assert not merge_revision(root, "main")
    assert git(root, "rev-parse", "HEAD") == before
    git(root, "config", "rerere.enabled", "true")
    settled = "git merge main; git checkout --ours . && git add -A && git commit -m settled && git reset --hard HEAD~"
    run(root, "bash", "-c", settled)
    assert (root / ".git/rr-cache").is_dir()
    assert git(root, "rev-parse", "HEAD") == before
    assert not merge_revision(root, "main")
    assert not work_tree(root).changed
    (root / PART).write_text(vote("i4"))
    commit_files(root, [PART], "naïve")
    assert git(root, "log", "-1", "--format=%s") == "naïve"
    push(root, "origin", "work")
    git(root, "update-ref", "-d", "refs/remotes/origin/work")
    assert fetch_branch(root, "origin", "work")
    assert git(root, "rev-parse", "origin/work") == git(tmp_path / "shared.git", "rev-parse", "work")
