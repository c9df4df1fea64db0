import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from assay.errors import UsageError
from assay.files.lock import Aside, writing
from assay.files.writes import write_all


def taken(root):
    with writing(root):
        return True


@pytest.mark.slow
def test_the_lock_keeps_every_other_writer_out_and_is_free_again_afterwards(tmp_path):
    with ThreadPoolExecutor(1) as other:
        with writing(tmp_path), pytest.raises(UsageError, match="another assay command"):
            other.submit(taken, tmp_path).result()
        assert other.submit(taken, tmp_path).result()


@pytest.mark.slow
def test_whoever_holds_the_lock_takes_it_again_at_once_and_keeps_it_to_the_end(tmp_path):
    (tmp_path / "here").symlink_to(tmp_path)
    with ThreadPoolExecutor(1) as other, writing(tmp_path):
        with writing(tmp_path / "here"):
            write_all(tmp_path, {"a": b"1"})
        with pytest.raises(UsageError, match="another assay command"):
            other.submit(taken, tmp_path).result()


def test_the_lock_is_free_after_a_failure(tmp_path):
    with pytest.raises(KeyError), writing(tmp_path):
        raise KeyError
    with writing(tmp_path):
        pass


def test_a_link_is_not_followed_to_what_would_be_backed_up(tmp_path):
    (tmp_path / "secret").write_text("of somebody else")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "file").write_text("mine")
    aside = Aside(tmp_path)
    aside.copy((tmp_path / name, name) for name in ("link", "file", "missing"))
    assert [path.name for path in (tmp_path / aside.location).iterdir()] == ["file"]


def test_a_pipe_in_the_place_of_the_lock_keeps_nobody_waiting(tmp_path):
    (tmp_path / ".assay").mkdir()
    os.mkfifo(tmp_path / ".assay/lock")
    with pytest.raises(UsageError, match="lock"), writing(tmp_path):
        pass


def test_a_linked_folder_of_the_clone_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "project/.assay").symlink_to("../elsewhere")
    with pytest.raises(UsageError, match="lock"), writing(tmp_path / "project"):
        pass
    assert not list((tmp_path / "elsewhere").iterdir())
