"""What the stages hand on."""

import pyarrow as pa
import pytest

from assay.core.evidence import Share
from assay.errors import UsageError
from assay.files.artifacts import json_bytes, read_json, rounded, write_json
from assay.files.parquet import read_parquet, write_parquet


def test_a_report_is_read_back_and_holds_twelve_significant_digits(tmp_path):
    write_json(tmp_path / "r.json", Share(hits=1, of=3, value=1 / 3))
    assert read_json(tmp_path / "r.json", Share).value == 0.333333333333
    assert json_bytes({"a": 0.1 + 0.2}) == b'{\n  "a": 0.3\n}\n'
    assert rounded([1e-20, {"b": 2}]) == [1e-20, {"b": 2}]


def test_a_table_is_the_same_bytes_each_time(tmp_path):
    for name in ("one", "two"):
        write_parquet(tmp_path / name, {"a": pa.array(["x", None]).dictionary_encode(), "b": pa.array([1, 2])})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert read_parquet(tmp_path / "one")["b"].to_pylist() == [1, 2]


@pytest.mark.parametrize("damaged", [b"", b"PAR1junk", b"x" * 100])
def test_a_damaged_table_is_no_bug_and_the_remedy_makes_it_again(tmp_path, damaged):
    (tmp_path / "t.parquet").write_bytes(damaged)
    with pytest.raises(UsageError, match="is damaged") as caught:
        read_parquet(tmp_path / "t.parquet")
    assert "dvc repro" in caught.value.fix


@pytest.mark.parametrize("damaged", ['{"hits": "many"}', "{", ""])
def test_a_report_of_another_shape_is_refused(tmp_path, damaged):
    (tmp_path / "r.json").write_text(damaged)
    with pytest.raises(UsageError, match="was not written by this assay"):
        read_json(tmp_path / "r.json", Share)


def test_what_no_stage_has_made_yet_is_said(tmp_path):
    for read in (lambda: read_json(tmp_path / "r.json", Share), lambda: read_parquet(tmp_path / "t.parquet")):
        with pytest.raises(UsageError, match="does not exist yet"):
            read()
