import gzip

import pytest

from assay.errors import LimitError, UsageError
from assay.files.lines import Bounds, stream_lines


def test_lines_are_counted_and_lose_their_line_end(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"one\r\n\ntwo\nlast")
    assert list(stream_lines(file)) == [(1, b"one"), (2, b""), (3, b"two"), (4, b"last")]


def test_gzip_is_decompressed_on_the_way(tmp_path):
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(b"one\ntwo\n", mtime=0))
    assert list(stream_lines(file)) == [(1, b"one"), (2, b"two")]


@pytest.mark.parametrize("length", [9, 10, 11, 12, 13, 25])
def test_only_a_line_over_the_limit_is_dropped_and_the_next_is_read(tmp_path, length):
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"x" * length + b"\nnext\n")
    kept = b"x" * length if length <= 10 else None
    assert list(stream_lines(file, line_limit=10)) == [(1, kept), (2, b"next")]


def test_a_bomb_stops_at_the_total_limit(tmp_path):
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(b"\0" * 10_000_000, mtime=0))
    with pytest.raises(LimitError):
        list(stream_lines(file, bounds=Bounds(total=1_000_000)))


@pytest.mark.slow
def test_a_bomb_stops_at_the_ratio_long_before_it_is_unpacked(tmp_path):
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(b"{}\n" * 20_000_000, mtime=0))
    read = []
    with pytest.raises(LimitError, match="times its size"):
        read.extend(line.number for line in stream_lines(file))
    assert len(read) < 4_000_000


def test_the_ratio_is_of_one_s_choosing_and_a_small_or_plain_file_has_none(tmp_path):
    small, large, plain = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz", tmp_path / "c.jsonl"
    small.write_bytes(gzip.compress(b"{}" * 10_000 + b"\n", mtime=0))
    large.write_bytes(gzip.compress((b"x" * 2**20 + b"\n") * 10, mtime=0))
    plain.write_bytes((b"x" * 2**20 + b"\n") * 10)
    assert len(list(stream_lines(small))) == 1
    assert len(list(stream_lines(plain))) == 10
    assert len(list(stream_lines(large, bounds=Bounds(ratio=2_000)))) == 10


@pytest.mark.parametrize(
    "broken", [gzip.compress(b"one\ntwo\n" * 99, mtime=0)[:-9], b"no gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\0zz"]
)
def test_a_broken_archive_is_said(tmp_path, broken):
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(broken)
    with pytest.raises(UsageError, match=r"a\.jsonl\.gz"):
        list(stream_lines(file))


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        list(stream_lines(tmp_path / "none"))
