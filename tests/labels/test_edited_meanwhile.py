"""A file that is edited after it was listed and before it is read: what is kept is never of another content than its key says."""

import pytest

from assay.files.store import Store
from assay.git.snapshot import WorkTree
from assay.project.config import find_project
from assay.reviewer.project_check import project_findings
from clones import commit, git, known_as
from projects import FILES, write_files

SHARD, VOTES = "labels/items/texts/two.jsonl", "labels/mood/r1/ben.jsonl"


@pytest.mark.parametrize("path", [SHARD, VOTES])
def test_what_was_read_of_an_edited_file_is_not_kept(tmp_path, monkeypatch, path):
    root = tmp_path / "clone"
    write_files(root, FILES)
    git(root, "init", "-q", "-b", "main")
    known_as(root, "ada")
    commit(root, "the project")
    store, project = Store(tmp_path / "results.db"), find_project(root)
    before = project_findings(project, Store(None)).findings
    real, edited = WorkTree.read, []

    def read(snapshot, asked, **limits):
        if asked == path and not edited:
            edited.append(asked)
            (root / path).write_text(FILES[path].replace('"i', '"x'))
        return real(snapshot, asked, **limits)

    monkeypatch.setattr(WorkTree, "read", read)
    assert project_findings(find_project(root), store).findings != before
    assert edited == [path]
    store.save()
    write_files(root, {path: FILES[path]})
    assert project_findings(find_project(root), Store(store.file)).findings == before
