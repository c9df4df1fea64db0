"""A guideline's front matter."""

import pytest

from assay.errors import ConfigError
from assay.git.snapshot import WorkTree
from assay.guidelines.front_matter import (
    Change,
    Guideline,
    guideline_of,
    load_guideline,
    source_of,
    with_version,
)
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


def loaded(tmp_path, text):
    (tmp_path / "guidelines").mkdir(exist_ok=True)
    (tmp_path / "guidelines/t.md").write_text(text)
    return load_guideline(
        Project(snapshot=WorkTree(tmp_path), id="x" * 8, approval="forge", tasks={}, releases=()), "t"
    )


def test_versions_are_what_a_label_may_have_been_made_under(tmp_path):
    guideline = loaded(tmp_path, HEAD)
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
        loaded(tmp_path, text)


def test_an_absent_guideline_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigError, match=r"guidelines/t\.md: No such file"):
        load_guideline(Project(snapshot=WorkTree(tmp_path), id="x" * 8, approval="forge", tasks={}, releases=()), "t")


NAME = "guidelines/t.md"


def test_what_an_entry_does_not_say_has_its_default(tmp_path):
    first, second = loaded(tmp_path, HEAD).changes
    assert (first.affects, first.policy, first.share, first.bound) == ((), "relabel", 0.1, 0.9)
    assert (second.version, second.date, second.summary, second.policy) == (
        "1.1.0",
        "2026-02-01",
        "second",
        "grandfather",
    )
    sampled = loaded(tmp_path, HEAD.replace("policy: grandfather", "policy: sample, share: 0.25, bound: 0.5"))
    assert (sampled.changes[1].policy, sampled.changes[1].share, sampled.changes[1].bound) == ("sample", 0.25, 0.5)


def test_owners_stay_in_their_order_and_may_be_none(tmp_path):
    assert loaded(tmp_path, HEAD.replace("[ada]", "[cem, ada]")).owners == ("cem", "ada")
    assert loaded(tmp_path, HEAD.replace("owners: [ada]\n", "")).owners == ()


def test_the_stated_version_is_one_even_without_an_entry(tmp_path):
    assert loaded(tmp_path, HEAD.replace("version: 1.1.0\n", "version: 1.2.0\n")).versions == {
        "1.0.0",
        "1.1.0",
        "1.2.0",
    }


def test_a_guideline_can_know_the_versions_of_another_one_too():
    mine = Change(version="1.0.0", date="2026-01-01", summary="mine", affects=("f",))
    theirs = Change(version="1.0.0", date="2026-01-02", summary="theirs", affects=("g",))
    later = Change(version="1.1.0", date="2026-02-01", summary="later", affects=("h",))
    known = Guideline(task="t", version="1.0.0", owners=(), changes=(mine,)).with_versions_of(
        Guideline(task="t", version="1.3.0", owners=("ada",), changes=(theirs, later))
    )
    assert known == Guideline(
        task="t", version="1.0.0", owners=(), changes=(mine, later, Change(version="1.3.0", date="", summary=""))
    )
    assert known.with_versions_of(known) == known


@pytest.mark.parametrize(
    ("text", "front", "body", "line"),
    [
        ("---\na: 1\n---\nRead.\n", "a: 1\n", "Read.\n", 4),
        ("---  \na: 1\n---\t\n\nRead.\n", "a: 1\n", "\nRead.\n", 4),
        ("---\na: 1\nb: 2\n---", "a: 1\nb: 2\n", "", 4),
        ("---\na: 1\n---\n---\nb: 2\n---\n", "a: 1\n", "---\nb: 2\n---\n", 4),
        ("---\n---\nRead.\n", "", "Read.\n", 3),
        ("---\na: ----\n ---\n----\n---\nRead.\n", "a: ----\n ---\n----\n", "Read.\n", 6),
    ],
)
def test_the_front_matter_ends_at_its_second_fence_and_the_body_begins_on_the_next_line(text, front, body, line):
    found = source_of(text.encode(), NAME)
    assert (found.front.decode(), found.body.decode(), found.body_line, found.task) == (front, body, line, "t")


@pytest.mark.parametrize(
    "text", ["", "a: 1\n---\n", "\n---\na: 1\n---\n", " ---\na: 1\n---\n", "---\na: 1\n", "--- x\na: 1\n---\n"]
)
def test_without_both_fences_there_is_no_front_matter(text):
    with pytest.raises(ConfigError, match=r"guidelines/t\.md:1 no front matter") as told:
        source_of(text.encode(), NAME)
    assert told.value.fix == "start with a line `---`, then task, version, changes, `---`"


def test_lines_that_an_editor_ended_otherwise_are_told_as_such():
    with pytest.raises(ConfigError, match=r"t\.md") as told:
        source_of(HEAD.replace("\n", "\r\n").encode(), NAME)
    assert "no front matter" not in str(told.value)


@pytest.mark.parametrize(
    ("change", "entry"),
    [
        (
            Change(version="1.2.0", date="2026-03-01", summary="third: a # b", affects=("f=b", "g"), policy="sample"),
            {"affects": ("f=b", "g"), "policy": "sample"},
        ),
        (
            Change(version="1.2.0", date="2026-03-01", summary="third", affects=("all",)),
            {"affects": ("all",), "policy": "relabel"},
        ),
        (
            Change(version="1.2.0", date="2026-03-01", summary="third", policy="grandfather"),
            {"affects": (), "policy": "relabel"},
        ),
    ],
)
def test_a_version_is_added_as_the_last_entry_and_nothing_else_changes(change, entry):
    data = HEAD.replace("owners", "# ours\nowners").encode() + b"Read it.\xc3\xa9\n---\nversion: 1.1.0\n"
    made = with_version(data, NAME, change)
    before, after = guideline_of(data, NAME), guideline_of(made, NAME)
    assert (after.version, after.owners, after.changes[:-1]) == ("1.2.0", before.owners, before.changes)
    last = after.changes[-1]
    assert (last.version, last.date, last.summary) == (change.version, change.date, change.summary)
    assert {"affects": last.affects, "policy": last.policy} == entry
    assert source_of(made, NAME).body == source_of(data, NAME).body
    assert b"# ours\n" in made
    assert (b"affects" in source_of(made, NAME).front.split(b"1.2.0")[-1]) is bool(change.affects)
