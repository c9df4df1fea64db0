import os
from pathlib import Path

import pytest

from assay.files.lines import file_size, read_part


def test_a_file_is_read_in_parts(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    assert file_size(path) == 10
    assert [read_part(path, start, 4) for start in (0, 4, 8, 12)] == [b"0123", b"4567", b"89", b""]


def test_only_regular_files_are_read(tmp_path):
    (tmp_path / "file").write_bytes(b"1")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "folder").mkdir()
    for name in ("link", "folder", "absent"):
        with pytest.raises(OSError, match=name):
            file_size(tmp_path / name)
        with pytest.raises(OSError, match=r".+"):
            read_part(tmp_path / name, 0, 1)
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "folder", tmp_path / "pipe", Path("/dev/zero")):
        for reading in (file_size, lambda place: read_part(place, 0, 1)):
            with pytest.raises(OSError, match="not a regular file"):
                reading(path)
