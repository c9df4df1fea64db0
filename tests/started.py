import gzip
import json

import pytest

from assay.clone.project_files import init_project
from assay.lead.task_add import add_task
from assay.project.config import find_project

TODAY = "2026-03-14"


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "demo"
    init_project(folder, project_id="0b9ffe5c-1111")
    return folder


@pytest.fixture
def project(root):
    add_task(find_project(root), "mood", today=TODAY, scales={})
    return find_project(root)


@pytest.fixture
def write(tmp_path):
    """Writes records (or raw lines) as a long file beside the project."""

    def _write(records, name="crowd.jsonl"):
        lines = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
        data = b"".join(line + b"\n" for line in lines)
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return _write


@pytest.fixture
def snapshot(root):
    """Every file of the project with its bytes; git's and assay's own are left out."""

    def _snapshot():
        files = (path for path in root.rglob("*") if path.is_file())
        named = {path.relative_to(root).as_posix(): path for path in files}
        return {name: path.read_bytes() for name, path in named.items() if not name.startswith((".git/", ".assay/"))}

    return _snapshot
