import numpy as np
import pytest

from assay.core import table
from assay.core.table import present


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_the_names_that_occur_are_kept_and_missing_stays_missing(rows, monkeypatch):
    monkeypatch.setattr(table, "_ROWS", rows)
    codes = np.array([-1, 4, 4, 1, 1, 1, 1, 1, 1, -1, 1, 0], dtype=np.int32)
    names, again = present(("a", "b", "c", "d", "e"), codes)
    assert names == ("a", "b", "e")
    assert again.tolist() == [-1, 2, 2, 1, 1, 1, 1, 1, 1, -1, 1, 0]
    assert again.dtype == np.int32


def test_where_all_names_occur_nothing_changes():
    names, codes = ("a", "b"), np.array([1, -1, 0], dtype=np.int32)
    assert present(names, codes) == (names, codes)


def test_no_rows_have_no_names():
    names, codes = present(("a",), np.zeros(0, dtype=np.int32))
    assert (names, codes.tolist()) == ((), [])
