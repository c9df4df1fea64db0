"""Real merges, rebases and cherry-picks: with the driver, without it, and with one that dies."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assay.clone.installation import merge_files, settings_for
from assay.errors import UsageError
from assay.labels.merge import Clash
from pipelines import environment

PATH = "labels/mood/r1/ada.jsonl"
ASSAY = str(Path(sys.executable).parent / "assay")
BASE = {f"i{n}": "good" for n in range(6)}
OURS = {**BASE, "i1": "bad", "i6": "bad"}
THEIRS = {**BASE, "i2": "bad", "i7": "bad"}
CLASHING = {**BASE, "i1": "mixed", "i7": "bad"}
WAYS = {
    "merge": (["merge", "--no-edit", "theirs"], ["merge", "--abort"]),
    "rebase": (["rebase", "theirs"], ["rebase", "--abort"]),
    "cherry-pick": (["cherry-pick", "theirs"], ["cherry-pick", "--abort"]),
}


def lines(answers):
    return "".join(
        json.dumps({"item": item, "label": {"tone": tone}}, separators=(",", ":")) + "\n"
        for item, tone in sorted(answers.items())
    )


class Repository:
    """A repository with two branches that changed one label file."""

    def __init__(self, root):
        self.root = root

    def git(self, *arguments, fails=False):
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=environment(), capture_output=True, text=True, check=False
        )
        assert fails or done.returncode == 0, done.stdout + done.stderr
        return done

    def commit(self, answers, message):
        path = self.root / PATH
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines(answers), encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)

    @property
    def text(self):
        return (self.root / PATH).read_text(encoding="utf-8")

    @property
    def said(self):
        return {one["item"]: one["label"]["tone"] for one in map(json.loads, self.text.splitlines())}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    made = Repository(tmp_path_factory.mktemp("prepared"))
    made.git("init", "--quiet", "--initial-branch=ours")
    (made.root / ".gitattributes").write_text("labels/**/*.jsonl merge=assay diff=assay\n", encoding="utf-8")
    made.commit(BASE, "base")
    for branch, answers in (("theirs", THEIRS), ("clashing", CLASHING)):
        made.git("switch", "--quiet", "--create", branch, "ours")
        made.commit(answers, branch)
    made.git("switch", "--quiet", "ours")
    made.commit(OURS, "ours")
    return made.root


@pytest.fixture
def repository(prepared, tmp_path):
    shutil.copytree(prepared, tmp_path / "work", symlinks=True)
    return Repository(tmp_path / "work")


def driven(repository, program):
    for key, value in settings_for(program).items():
        repository.git("config", key, value)


def dying(folder, how):
    """A driver's program that dies in a given way, after it has read and begun."""
    program = folder / "assay"
    program.write_text(f"#!/bin/sh\n{how}\n", encoding="utf-8")
    program.chmod(0o755)
    return str(program)


CRASHES = {
    "killed": "kill -9 $$",
    "terminated": "kill -TERM $$",
    "exception": f'exec {sys.executable} -c "raise RuntimeError"',
    "usage": "exit 2",
    "bug": "exit 3",
    "interrupted": "exit 130",
    "abort": "exit 255",
}


@pytest.mark.parametrize("way", WAYS)
def test_with_the_driver_records_of_both_sides_come_together(repository, way):
    driven(repository, ASSAY)
    repository.git(*WAYS[way][0])
    assert repository.said == {**OURS, "i2": "bad", "i7": "bad"}


@pytest.mark.parametrize("way", WAYS)
def test_with_the_driver_two_answers_to_one_item_are_both_shown(repository, way):
    driven(repository, ASSAY)
    done = repository.git(*[one.replace("theirs", "clashing") for one in WAYS[way][0]], fails=True)
    assert done.returncode != 0
    text = repository.text
    assert '{"item":"i1","label":{"tone":"bad"}}' in text
    assert '{"item":"i1","label":{"tone":"mixed"}}' in text
    assert text.count("<<<<<<<") == text.count(">>>>>>>") == 1
    assert '{"item":"i7"' in text
    assert f"UU {PATH}" in repository.git("status", "--porcelain").stdout


@pytest.mark.parametrize("branch", ["theirs", "clashing"])
@pytest.mark.parametrize("crash", [*CRASHES, "missing", "none"])
def test_without_a_working_driver_no_side_is_lost_unseen(repository, tmp_path, crash, branch):
    """Git's own merge is what is left then: everything of both sides is there, or stands between markers."""
    if crash != "none":
        driven(repository, str(tmp_path / "gone") if crash == "missing" else dying(tmp_path, CRASHES[crash]))
    done = repository.git("merge", "--no-edit", branch, fails=True)
    text = repository.text
    changed = {"i1": "bad", "i6": "bad"}, ({"i2": "bad"} if branch == "theirs" else {"i1": "mixed"}) | {"i7": "bad"}
    for side in changed:
        for item, tone in side.items():
            assert f'{{"item":"{item}","label":{{"tone":"{tone}"}}}}' in text
    assert (done.returncode != 0) == ("<<<<<<<" in text)
    assert ("UU" in repository.git("status", "--porcelain").stdout) == ("<<<<<<<" in text)


@pytest.mark.parametrize("way", ["rebase", "cherry-pick"])
def test_a_rebase_or_a_cherry_pick_with_a_dead_driver_loses_nothing_either(repository, tmp_path, way):
    driven(repository, dying(tmp_path, CRASHES["killed"]))
    repository.git(*[one.replace("theirs", "clashing") for one in WAYS[way][0]], fails=True)
    text = repository.text
    for item, tone in (("i1", "bad"), ("i1", "mixed"), ("i6", "bad"), ("i7", "bad")):
        assert f'{{"item":"{item}","label":{{"tone":"{tone}"}}}}' in text


def test_garbage_leaves_the_three_states_untouched(tmp_path):
    places = [tmp_path / name for name in ("base", "ours", "theirs")]
    for place in places:
        place.write_text(lines(BASE), encoding="utf-8")
    for spoilt in places:
        for garbage in (b"{}\n", b"no\n", b"\xff\n", lines(BASE).encode() + b'{"item":"i1","label":{"tone":"bad"}}\n'):
            states = [garbage if place == spoilt else lines(BASE).encode() for place in places]
            for place, state in zip(places, states, strict=True):
                place.write_bytes(state)
            with pytest.raises(UsageError):
                merge_files(*places, PATH, Clash())
            assert [place.read_bytes() for place in places] == states


@pytest.mark.threat(17)
def test_a_path_that_is_no_label_file_is_refused_and_a_project_may_stand_deeper(tmp_path):
    places = [tmp_path / name for name in ("base", "ours", "theirs")]
    for place, answers in zip(places, (BASE, OURS, THEIRS), strict=True):
        place.write_text(lines(answers), encoding="utf-8")
    with pytest.raises(UsageError):
        merge_files(*places, "README.md", Clash())
    assert merge_files(*places, f"data/project/{PATH}", Clash()) == 0
    assert places[1].read_text(encoding="utf-8") == lines({**OURS, "i2": "bad", "i7": "bad"})


def bare_with(tmp_path, files):
    """A bare repository with a project's files on main, and a clone to make branches in."""
    work = Repository(tmp_path / "work")
    work.root.mkdir()
    work.git("init", "--quiet", "--initial-branch=main")
    for path, text in files.items():
        (work.root / path).parent.mkdir(parents=True, exist_ok=True)
        (work.root / path).write_text(text, encoding="utf-8")
    work.git("add", "--all")
    work.git("commit", "--quiet", "-m", "start")
    subprocess.run(["git", "clone", "--quiet", "--bare", work.root, tmp_path / "bare.git"], check=True)
    work.git("remote", "add", "origin", str(tmp_path / "bare.git"))
    return work


PAIRS = {
    "annotators on one batch": ("labels/mood/r1/ada.jsonl", "labels/mood/r1/ben.jsonl"),
    "adjudicators": ("labels/mood/r1/ada.adjudicated.jsonl", "labels/mood/r1/ben.adjudicated.jsonl"),
    "roster entries": ("labels/annotators/dana.yaml", "labels/annotators/eli.yaml"),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_on_a_server_without_a_driver_the_files_of_two_people_never_conflict(tmp_path, pair):
    work = bare_with(tmp_path, {"labels/mood/r1/batch.yaml": "purpose: label\n"})
    for path in PAIRS[pair]:
        work.git("switch", "--quiet", "--create", Path(path).name, "main")
        (work.root / path).parent.mkdir(parents=True, exist_ok=True)
        (work.root / path).write_text(lines(OURS) if path.endswith("jsonl") else "kind: person\n", encoding="utf-8")
        work.git("add", "--all")
        work.git("commit", "--quiet", "-m", path)
        work.git("push", "--quiet", "origin", "HEAD")
    server = Repository(tmp_path / "bare.git")
    one, other = (Path(path).name for path in PAIRS[pair])
    tree = server.git("merge-tree", "--write-tree", one, other).stdout.strip()
    held = server.git("ls-tree", "-r", "--name-only", tree).stdout.split()
    assert set(PAIRS[pair]) <= set(held)
