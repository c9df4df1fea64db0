"""Objects are read by name, whatever was asked before and could not be answered."""

import subprocess

import pytest

from assay.errors import LimitError
from assay.git.objects import MissingObjectError, Objects, clone_of, objects_of
from clones import commit, git, known_as


@pytest.fixture
def stored(tmp_path):
    """Objects of a repository, and by name what they hold: among small ones a large one."""
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    texts = {f"{number}.txt": f"{number}\n" * (1000 if number == 3 else 1) for number in range(8)}
    commit(tmp_path, "x", texts)
    names = {git(tmp_path, "rev-parse", f"HEAD:{path}"): text.encode() for path, text in texts.items()}
    return objects_of(clone_of(tmp_path)), names, tmp_path


def test_after_one_that_is_too_large_each_still_has_its_own_bytes(stored):
    objects, held, _ = stored
    with pytest.raises(LimitError):
        objects.blobs(held, limit=100)
    assert objects.sizes(held) == {name: len(data) for name, data in held.items()}
    assert objects.blobs(held) == held


def test_after_one_that_is_not_here_each_still_has_its_own_bytes(stored):
    objects, held, _ = stored
    for ask in (objects.sizes, objects.blobs):
        with pytest.raises(MissingObjectError, match="0 is missing"):
            ask([*held, "0" * 40])
        assert objects.blobs(held) == held


def test_after_one_that_is_spoiled_each_still_has_its_own_bytes(stored):
    objects, held, root = stored
    lost = sorted(held)[2]
    place = root / ".git/objects" / lost[:2] / lost[2:]
    place.chmod(0o600)
    place.write_bytes(b"spoiled")
    with pytest.raises(MissingObjectError):
        objects.blobs(held)
    kept = {name: data for name, data in held.items() if name != lost}
    assert objects.blobs(kept) == kept


def test_a_program_that_died_is_started_again(stored):
    objects, held, _ = stored
    objects.sizes(held)
    process = objects._talk._process
    subprocess.run(["kill", "-9", str(process.pid)], check=True)
    process.wait()
    with pytest.raises(MissingObjectError):
        objects.sizes(held)
    assert objects.blobs(held) == held


def test_no_setting_of_anywhere_counts_where_objects_are_read(stored, tmp_path, monkeypatch):
    _, _, root = stored
    (tmp_path / "mine").write_text("[merge]\nrenames = false\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "mine"))
    for name, value in (("COUNT", "1"), ("KEY_0", "core.abbrev"), ("VALUE_0", "4")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    objects = Objects(clone_of(root), sha256=False)
    listed = objects.git("config", "--list").decode()
    assert "merge.renames" not in listed
    assert "core.abbrev" not in listed
