"""The draft of a proposal, the files that belong to it, and the suggestions above its text."""

import json

import pytest

from assay.annotator.proposal_batch import read_suggestions, remove_suggestions, with_head, without_head
from assay.annotator.proposal_edit import (
    draft_path,
    new_plans,
    proposal_paths,
    read_draft,
    save_beside,
    save_edited,
)
from assay.errors import UsageError
from assay.files import digest_bytes
from assay.git import WorkState
from clones import commit, git, known_as
from projects import write_files

KEPT = ".assay/suggestions/mood.jsonl"


def test_the_files_of_a_proposal_are_guideline_schema_and_migrations_of_its_task():
    mine = ["guidelines/mood.md", "schemas/migrations/mood/0001-x.yaml", "schemas/mood.yaml"]
    others = [
        "guidelines/moody.md", "schemas/moody.yaml", "schemas/migrations/moody/0001-x.yaml", "checks/mood.yaml",
        "labels/mood/r4/batch.yaml", "guidelines/approvals/mood/0.2.0.yaml",
    ]  # fmt: skip
    for changed, untracked in ((mine[:2], mine[2:]), (mine[2:], mine[:2])):
        tree = WorkState(changed=frozenset([*changed, *others]), untracked=frozenset([*untracked, "x"]))
        assert proposal_paths("mood", tree) == tuple(mine)


def test_new_plans_are_the_files_of_batches_of_the_task_that_no_commit_has(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    commit(tmp_path, "one", {"labels/mood/r1/batch.yaml": "x", "labels/mood/r1/ada.jsonl": ""})
    new = ["labels/mood/r1/assignments.jsonl", "labels/mood/r2/assignments.jsonl", "labels/mood/r2/batch.yaml"]
    others = [
        "labels/mood/r2/ada.jsonl", "labels/moody/r2/batch.yaml", "labels/mood/batch.yaml", "labels/mood/r2/x/batch.yaml",
        "labels/mood/r1/batch.yaml",
    ]  # fmt: skip
    tree = WorkState(changed=frozenset([*others, *new[:1]]), untracked=frozenset(new[1:]))
    assert new_plans(tmp_path, "mood", tree) == tuple(new)


def test_a_draft_is_overwritten_by_its_own_text_and_another_one_is_kept_beside_it(tmp_path):
    assert draft_path("mood") == ".assay/proposals/mood.md"
    assert read_draft(tmp_path, "mood") is None
    for text, before in ((b"one", None), (b"two", b"one"), (b"two", b"one"), (b"three", b"two")):
        save_edited(tmp_path, "mood", text, before)
        assert read_draft(tmp_path, "mood") == text
    for before in (b"two", None):
        beside = f".assay/proposals/mood.{digest_bytes(b'four')[:8]}.md"
        with pytest.raises(UsageError, match=f"this text is kept in {beside}") as told:
            save_edited(tmp_path, "mood", b"four", before)
        assert told.value.fix == f"merge the two, then assay guideline propose mood --file {beside}"
        assert (read_draft(tmp_path, "mood"), (tmp_path / beside).read_bytes()) == (b"three", b"four")
    assert save_beside(tmp_path, "calm", b"four") == beside.replace("mood", "calm")


def suggestion(text, **of):
    return json.dumps({"text": text, **of}) + "\n"


def test_suggestions_are_read_in_their_order_and_go_one_by_one(tmp_path):
    assert read_suggestions(tmp_path, "mood") == ()
    lines = [
        suggestion("a", at="2026-04-01", by="ada"),
        "{broken\n",
        suggestion("b", odd=1),
        '{"by":"x"}\n',
        suggestion("a"),
    ]
    write_files(tmp_path, {KEPT: "".join(lines), KEPT.replace("mood", "calm"): lines[0]})
    found = read_suggestions(tmp_path, "mood")
    assert [(one.text, one.at, one.by, one.section, one.item) for one in found] == [
        ("a", "2026-04-01", "ada", "", ""),
        ("b", "", "", "", ""),
        ("a", "", "", "", ""),
    ]
    remove_suggestions(tmp_path, "mood", [found[0], found[1]])
    assert (tmp_path / KEPT).read_text() == "".join([lines[1], lines[3], lines[4]])
    remove_suggestions(tmp_path, "mood", [found[2]])
    assert (tmp_path / KEPT).read_text() == lines[1] + lines[3]
    assert read_suggestions(tmp_path, "calm")[0].line + b"\n" == lines[0].encode()


def test_what_stands_above_a_text_to_edit_is_taken_off_again(tmp_path):
    of = {"at": "2026-04-01T10:00:00Z", "by": "ada", "section": "g-tone", "item": "i1"}
    write_files(tmp_path, {KEPT: suggestion("say\n\u202emore", **of) + suggestion("b", item="i2")})
    text = b"---\n# not a comment of ours\n---\n# Mood\n"
    headed = with_head(text, "mood", "0.2.0", read_suggestions(tmp_path, "mood"))
    assert headed.removesuffix(text).decode().splitlines()[3:] == [
        "#",
        "# suggested by ada 2026-04-01 on #g-tone i1:",
        "#   say",
        "#   \\u202emore",
        "#",
        "# suggested by i2:",
        "#   b",
    ]
    assert headed.startswith(b"# Propose a change to the guideline of mood, version 0.2.0.\n")
    assert without_head(headed) == text
    assert without_head(text) == text
    assert without_head(b"# all\n# of it") == b""
