"""What a review remembers is the answer of this code on this content, and where it is damaged a review does without."""

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

import assay
from assay.files.store import sum_of
from assay.git.objects import objects_of
from pipelines import environment
from proposing import commit_all, git, prepared
from reviewer.campaign.case import edit
from reviewer.campaign.merges import MORE
from reviewer.campaign.project import BENS, FILES, R3, SCHEMA, vote
from reviewer.campaign.scene import scene, told

NOT_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG)
HELD = []
FORMULA = "return np.asarray(1 - np.divide("


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A scene in which ada's change moves alpha."""
    made = scene(tmp_path_factory.mktemp("memory"), [])
    before = edit("ben", {f"{R3}/ben.jsonl": BENS + vote("i6", "bad") + vote("i7", "bad")})
    commit_all(made.root, {"answered": [before]})
    commit_all(made.root, {"more": [edit("ada", MORE)]}, "answered")
    return made


@pytest.fixture
def clone(made, tmp_path):
    git(tmp_path, "clone", "--quiet", "--no-tags", str(made.root), "clone")
    return tmp_path / "clone"


ASKED = ("review", "origin/answered", "origin/more", "--actor", "ada-x", "--format", "json")


def _by(package: Path, clone: Path):
    """What the code in a folder says."""
    done = subprocess.run(
        [sys.executable, "-m", "assay", *ASKED],
        cwd=clone, env={**environment(), "PYTHONPATH": str(package)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_after_a_line_of_alpha_changes_the_next_review_uses_the_new_code(clone, made, tmp_path):
    package, other = tmp_path / "package", tmp_path / "other"
    shutil.copytree(Path(assay.__file__).parent, package / "assay", ignore=shutil.ignore_patterns("__pycache__"))
    git(tmp_path, "clone", "--quiet", str(made.root), "other")
    first, again = _by(package, clone), _by(package, clone)
    assert first["tasks"][0]["moved"]
    assert again == first
    alpha = package / "assay/agreement/alpha.py"
    alpha.write_text(alpha.read_text().replace(FORMULA, FORMULA.replace("1 -", "0.75 -")))
    changed = _by(package, clone)
    assert changed["tasks"][0]["moved"] != first["tasks"][0]["moved"]
    assert changed == _by(package, other)
    alpha.write_text(alpha.read_text().replace(FORMULA.replace("1 -", "0.75 -"), FORMULA))
    assert _by(package, clone) == first


def _files(clone):
    return sorted((clone / ".git/assay").glob("*"))


def _cut(length):
    def _spoil(clone):
        for file in _files(clone):
            file.write_bytes(file.read_bytes()[:length])

    return _spoil


def _flipped(clone):
    for file in _files(clone):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)


def _of_another_project(clone):
    """Another clone's, whose project has tasks of the same names, and another schema and answers."""
    foreign = {"schemas/mood.yaml": SCHEMA.replace("mixed", "mixed, loud"), f"{R3}/ada.jsonl": vote("i5", "loud")}
    other = prepared(clone.with_name("other"), {**FILES, **foreign})
    git(other, "checkout", "--quiet", "main")
    assert told(["review", "main", "main"], other)[0] == 0
    for file in _files(other):
        shutil.copy(file, clone / ".git/assay" / file.name)


def _of_another_version(clone):
    for file in _files(clone):
        with closing(sqlite3.connect(file)) as store, store:
            store.execute("DROP TABLE kept")
            store.execute("PRAGMA user_version = 99")


def _values_swapped(clone):
    """Each value stands under the key of another one."""
    for file in _files(clone):
        with closing(sqlite3.connect(file)) as store, store:
            rows = store.execute("SELECT key, sum, value FROM kept ORDER BY key").fetchall()
            moved = [(*one[1:], other[0]) for one, other in zip(rows, [*rows[1:], rows[0]], strict=True)]
            store.executemany("UPDATE kept SET sum = ?, value = ? WHERE key = ?", moved)


def _values_of_no_form(clone):
    """The sums are right, and the values are not what they should be."""
    for file in _files(clone):
        with closing(sqlite3.connect(file)) as store, store:
            keys = [key for (key,) in store.execute("SELECT key FROM kept").fetchall()]
            store.executemany(
                "UPDATE kept SET sum = ?, value = ? WHERE key = ?",
                [(sum_of(key, b"\xc1"), b"\xc1", key) for key in keys],
            )


def _locked(clone):
    for file in _files(clone):
        held = sqlite3.connect(file)
        held.execute("BEGIN EXCLUSIVE")
        HELD.append(held)


def _folder_in_its_place(clone):
    for file in _files(clone):
        file.unlink()
        (file / "x").mkdir(parents=True)


def _cannot_be_written(clone):
    """A file where the folder belongs: nobody can write below it, whatever they may."""
    shutil.rmtree(clone / ".git/assay")
    (clone / ".git/assay").write_text("")


def _a_pipe(clone):
    for file in _files(clone):
        file.unlink()
        os.mkfifo(file)


SPOILED = {
    "empty": _cut(0), "cut in its digest": _cut(20), "without its content": _cut(32), "cut in the middle": _cut(300), "cut at its end": _cut(-1),
    "one bit": _flipped, "of another project": _of_another_project, "of another version": _of_another_version,
    "values swapped": _values_swapped, "values of no form": _values_of_no_form, "locked": _locked, "a folder": _folder_in_its_place, "not to be written": _cannot_be_written, "a pipe": _a_pipe,
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILED)
def test_a_memory_that_is_damaged_foreign_or_read_only_is_done_without(clone, name):
    first = told(ASKED, clone)
    assert first[0] == 0
    assert _files(clone)
    SPOILED[name](clone)
    assert told(ASKED, clone) == first
    assert told(ASKED, clone) == first


def test_a_memory_that_the_machine_does_not_write_is_done_without(clone, monkeypatch):
    first, real, refused = told(ASKED, clone), Path.mkdir, []

    def _refused(place, *_, **__):
        if place.name == "assay":
            refused.append(code)
            raise OSError(code, os.strerror(code), str(place))
        return real(place, *_, **__)

    monkeypatch.setattr(Path, "mkdir", _refused)
    for code in NOT_WRITTEN:
        shutil.rmtree(clone / ".git/assay", ignore_errors=True)
        assert told(ASKED, clone) == first, errno.errorcode[code]
        assert code in refused


@pytest.mark.parametrize("blocks", [4, 20])
def test_on_a_full_disk_a_review_says_the_same(clone, blocks):
    """No file may grow beyond some kilobytes: the memory is not written, or cut off."""
    said = [
        subprocess.run(
            ["bash", "-c", f"ulimit -f {limit}; exec {sys.executable} -m assay {' '.join(ASKED)}"],
            cwd=clone, env=environment(), capture_output=True, text=True, check=True,
        ).stdout
        for limit in (blocks, blocks, "unlimited")
    ]  # fmt: skip
    assert said[0] == said[1] == said[2]


def test_without_room_for_temporary_files_a_review_says_so(clone, monkeypatch, tmp_path):
    objects_of.cache_clear()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    code, _, said = told(ASKED, clone)
    assert (code, "no temporary folder can be created" in said, "TMPDIR" in said) == (2, True, True)
