"""What is kept of earlier results never changes a later one; `make fuzz` tries three hundred sequences of edits."""

import pytest

from labels.edit_sequences import sequence


@pytest.mark.parametrize("seed", range(4))
def test_after_each_of_several_edits_what_is_kept_gives_what_reading_all_gives(tmp_path, seed):
    assert sequence(f"kept {seed}", tmp_path / "clone").total() == 8
