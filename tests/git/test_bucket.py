"""A project in a bucket is read as the same files on disk are; what is no plain file there, or changes meanwhile, is not."""

import fsspec
import pytest

from assay.errors import LimitError, UsageError
from assay.git import BucketSnapshot, WorkTree
from projects import write_files

pytestmark = pytest.mark.threat(28)
HELD = {
    "labels/a/b/c.jsonl": b"{}\n",
    "labels/a/b.jsonl": b"x" * 3000,
    "labels/a-b.jsonl": b"",
    "labels/naïve 😀.jsonl": b"\xff\n",
    "checks/project.yaml": b"format: 1\n",
}
FOLDERS = ["", "labels", "labels/a", "labels/a/b", "labels/a-b.jsonl", "nowhere", "labels/nowhere/a"]


@pytest.fixture
def memory():
    """A bucket in the memory of this process."""
    files = fsspec.filesystem("memory")
    for path, data in HELD.items():
        files.pipe(f"/team/project/{path}", data)
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


@pytest.fixture(params=["memory://team/project", "memory://team/project/", "file"])
def bucket(request, tmp_path):
    request.getfixturevalue("memory")
    write_files(tmp_path, HELD)
    return BucketSnapshot(f"file://{tmp_path}" if request.param == "file" else request.param)


def test_it_is_read_as_the_same_files_on_disk(bucket, tmp_path):
    disk = WorkTree(tmp_path)
    for folder in FOLDERS:
        assert (bucket.names(folder), bucket.under(folder)) == (disk.names(folder), disk.under(folder)), folder
        assert bucket.is_folder(folder) == (disk.is_folder(folder) if folder else False)
    paths = [*HELD, "nowhere", "labels", "labels/a"]
    assert [bucket.has(path) for path in paths] == [disk.has(path) for path in paths]
    assert bucket.contents(HELD) == disk.contents(HELD)
    assert bucket.contents(["nowhere"]) == {}
    assert bucket.read_all(paths) == HELD


@pytest.mark.usefixtures("memory")
def test_names_by_sha256_are_those_of_git_in_such_a_repository():
    named = BucketSnapshot("memory://team/project", sha256=True).contents(["labels/a-b.jsonl"])
    assert named == {"labels/a-b.jsonl": "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"}


def test_what_is_not_there_or_no_file_is_not_read(bucket):
    for path in ("nowhere", "labels", "../project/labels/a-b.jsonl", "/labels/a-b.jsonl", "labels/../labels/a-b.jsonl"):
        assert not bucket.has(path)
        with pytest.raises(FileNotFoundError):
            bucket.read(path)
    assert bucket.names("..") == bucket.names("labels/..") == ()


def test_what_is_too_large_is_not_read(bucket):
    with pytest.raises(LimitError, match=r"labels/a/b\.jsonl: 0 MiB; assay reads files up to 0 MiB"):
        bucket.read("labels/a/b.jsonl", limit=2999)
    assert len(bucket.read("labels/a/b.jsonl", limit=3000)) == 3000


@pytest.mark.parametrize("later", [b"[]\n", b"{}\n\n", b""])
def test_a_file_that_changes_after_it_was_named_is_not_read(memory, later):
    path = "labels/a/b/c.jsonl"
    bucket = BucketSnapshot("memory://team/project")
    before = bucket.contents([path])
    assert bucket.read(path) == HELD[path], "it was held when it was named"
    memory.pipe(f"/team/project/{path}", later)
    with pytest.raises(OSError, match="it was changed while it was read"):
        bucket.read(path)
    assert bucket.contents([path]) == before
    assert BucketSnapshot("memory://team/project").read(path) == later


def test_a_link_is_not_followed(tmp_path):
    write_files(tmp_path, HELD)
    (tmp_path / "labels/link").symlink_to("a")
    (tmp_path / "labels/a/out").symlink_to("/etc/passwd")
    bucket = BucketSnapshot(f"file://{tmp_path}")
    assert not bucket.is_folder("labels/link")
    for path in ("labels/link/b.jsonl", "labels/a/out"):
        assert not bucket.has(path)
        with pytest.raises(UsageError, match="is a symbolic link; assay does not follow links"):
            bucket.read(path)
    assert bucket.contents(["labels/link"]).keys() == {"labels/link"}


def test_an_address_that_nobody_here_reads_says_what_is_missing():
    with pytest.raises(UsageError, match="nowhere-at-all://x cannot be read: Protocol not known: nowhere-at-all"):
        BucketSnapshot("nowhere-at-all://x")
