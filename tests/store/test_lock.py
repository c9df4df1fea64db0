import os

import pytest

from assay.errors import UsageError
from assay.store.files import write_all
from assay.store.lock import writing


def test_the_lock_keeps_every_other_writer_out_and_is_free_again_afterwards(tmp_path):
    with writing(tmp_path):
        with pytest.raises(UsageError, match="another assay command"), writing(tmp_path):
            pass
        with pytest.raises(UsageError, match="another assay command"):
            write_all(tmp_path, {"a": b"1"})
    with writing(tmp_path):
        pass
    write_all(tmp_path, {"a": b"1"})


def test_the_lock_is_free_after_a_failure(tmp_path):
    with pytest.raises(KeyError), writing(tmp_path):
        raise KeyError
    with writing(tmp_path):
        pass


def test_a_pipe_in_the_place_of_the_lock_keeps_nobody_waiting(tmp_path):
    (tmp_path / ".assay").mkdir()
    os.mkfifo(tmp_path / ".assay/lock")
    with pytest.raises(OSError, match="lock"), writing(tmp_path):
        pass
