"""A guideline's front matter."""

import pytest

from assay.errors import ConfigError
from assay.git.snapshot import WorkTree
from assay.guidelines.front_matter import load_guideline
from assay.project.config import Project

HEAD = """---
task: t
version: 1.1.0
owners: [ada]
changes:
  - {version: 1.0.0, date: 2026-01-01, summary: first}
  - {version: 1.1.0, date: 2026-02-01, summary: second, affects: [f=a], policy: grandfather}
---
# T
"""


def guideline_of(tmp_path, text):
    (tmp_path / "guidelines").mkdir(exist_ok=True)
    (tmp_path / "guidelines/t.md").write_text(text)
    return load_guideline(
        Project(snapshot=WorkTree(tmp_path), id="x" * 8, approval="forge", tasks={}, releases=()), "t"
    )


def test_versions_are_what_a_label_may_have_been_made_under(tmp_path):
    guideline = guideline_of(tmp_path, HEAD)
    assert guideline.version == "1.1.0"
    assert guideline.versions == {"1.0.0", "1.1.0"}
    assert guideline.changes[1].affects == ("f=a",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# T\n", "t.md:1 no front matter"),
        (HEAD.replace("task: t\n", "task: u\n"), "t.md:2 /task is the guideline of 'u'"),
        (HEAD.replace("summary: first", "sumary: first"), "t.md:6 unknown key 'sumary'"),
        (HEAD.replace("version: 1.1.0\n", "version: '1.1'\n"), "t.md:3"),
    ],
)
def test_incomplete_front_matter_is_refused_at_its_line(tmp_path, text, says):
    with pytest.raises(ConfigError, match=says):
        guideline_of(tmp_path, text)


def test_an_absent_guideline_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigError, match=r"guidelines/t\.md: No such file"):
        load_guideline(Project(snapshot=WorkTree(tmp_path), id="x" * 8, approval="forge", tasks={}, releases=()), "t")
