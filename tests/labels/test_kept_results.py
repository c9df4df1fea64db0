"""What is kept of earlier results never changes a later one; `make fuzz` tries three hundred sequences of edits."""

import os

import pytest

from assay.labels import batch_results
from labels.edit_sequences import sequence


@pytest.mark.parametrize("seed", range(3))
def test_after_each_of_several_edits_what_is_kept_gives_what_reading_all_gives(tmp_path, seed):
    assert sequence(f"kept {seed}", tmp_path / "clone").total() == 8


def test_so_does_what_several_processes_made(tmp_path, monkeypatch):
    monkeypatch.setattr(batch_results, "_WORTH", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    assert sequence("processes", tmp_path / "clone").total() == 8
