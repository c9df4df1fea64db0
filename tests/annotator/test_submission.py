"""What a submission says in numbers and words, and what is kept of a command until it is sent."""

import json

import pytest

from assay.annotator.own_files import Part
from assay.annotator.submission import (
    CommandProgress,
    SendCommand,
    commit_message,
    delete_progress,
    drop_sent,
    label_bytes,
    load_progress,
    request_body,
    require_as_written,
    save_progress,
    summarize_part,
    summary_line,
    unsent_commands,
)
from assay.errors import UsageError
from assay.forge import BatchSubmission
from assay.git.git_state import GitState
from clones import commit, git, known_as, vote
from projects import small_project, write_files

PART = "labels/mood/r3/ada.jsonl"


def batch(name="r4", **of):
    none = {"removed": 0, "asked": 5, "done": 3, "skips": {}, "flags": {}, "guidelines": {}}
    return BatchSubmission(**{"task": "mood", "batch": name, "added": 2, "changed": 1, **none, **of})


@pytest.mark.parametrize(
    ("batches", "line", "listed"),
    [
        ([batch()], "mood/r4: 3 labels by ada (2 added, 1 changed)", ""),
        ([batch(added=1, changed=0)], "mood/r4: 1 label by ada (1 added, 0 changed)", ""),
        ([batch(added=0, changed=0, removed=2)], "mood/r4: 0 labels by ada (0 added, 0 changed, 2 removed)", ""),
        (
            [batch(), batch("r5", added=1_200, removed=1)],
            "1,204 labels by ada in 2 batches",
            "mood/r4: 2 added, 1 changed\nmood/r5: 1,200 added, 1 changed, 1 removed",
        ),
    ],
)
def test_the_first_line_counts_the_labels_and_several_batches_are_listed(batches, line, listed):
    assert summary_line(batches, "ada") == line
    assert commit_message(batches, "ada") == "\n\n".join(filter(None, (line, listed)))
    assert commit_message(batches, "ada", "Mine") == "\n\n".join(filter(None, ("Mine", line, listed)))


@pytest.mark.parametrize(
    ("of", "lines"),
    [
        ({}, ["**mood/r4** by ada: 3 of 5 answered, 2 left (2 added, 1 changed)"]),
        (
            {"asked": 0, "done": 1_200, "removed": 1},
            ["**mood/r4** by ada: 1,200 answered (2 added, 1 changed, 1 removed)"],
        ),
        (
            {"guidelines": {"0.1.0": 1, "0.2.0": 1_000}, "skips": {"a `b`\n c": 2, "": 1}, "flags": {"x" * 90: 3}},
            [
                "**mood/r4** by ada: 3 of 5 answered, 2 left (2 added, 1 changed)",
                "- guideline: `0.1.0` 1, `0.2.0` 1,000",
                "- skipped: `a 'b' c` 2, ` ` 1",
                f"- flagged: `{'x' * 80}` 3",
            ],
        ),
    ],
)
def test_a_pull_request_says_how_far_each_batch_is_and_what_stands_out(of, lines):
    assert request_body([batch(**of)], "ada") == "\n".join(lines)
    both = request_body([batch(**of), batch("r5")], "ada").split("\n\n")
    assert both == ["\n".join(lines), "**mood/r5** by ada: 3 of 5 answered, 2 left (2 added, 1 changed)"]


@pytest.fixture
def repo(tmp_path):
    small_project(tmp_path)
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    commit(tmp_path, "one", {PART: f"{vote('i1')}\n{vote('i2')}\n{vote('i3')}\n"})
    return tmp_path


def test_a_part_is_counted_against_the_commit_and_its_records_by_what_they_say(repo):
    stated = (
        '{"item":"i2","skip":"odd","flags":["unsure","bad-item"]}',
        '{"item":"i4","skip":"odd","guideline":"0.1.0"}',
    )
    off = '{"item":"z9","label":{"tone":"bad"},"flags":["unsure"],"guideline":"0.1.0"}'
    write_files(repo, {PART: "".join(f"{line}\n" for line in (vote("i1"), *stated, off))})
    part = Part(task="mood", batch="r3", who="ada")
    found = summarize_part(GitState(repo), part, "HEAD")
    assert (found.added, found.changed, found.removed) == (2, 1, 1)
    assert (found.asked, found.done, found.skips) == (5, 3, {"odd": 2})
    assert list(found.flags.items()) == [("bad-item", 1), ("unsure", 2)]
    assert list(found.guidelines.items()) == [("0.1.0", 2), ("0.2.0", 2)]
    fresh = summarize_part(GitState(repo), part, None)
    assert (fresh.added, fresh.changed, fresh.removed) == (4, 0, 0)
    git(repo, "rm", "-q", "--cached", "labels/mood/r3/assignments.jsonl")
    git(repo, "commit", "-q", "-m", "no plan")
    free = summarize_part(GitState(repo), part, "HEAD")
    assert (free.asked, free.done) == (0, 4)


ONE, TWO, THREE = vote("i1"), vote("i2"), vote("i3")


@pytest.mark.parametrize(
    ("committed", "told"),
    [
        ([ONE, TWO, THREE], ""),
        ([THREE, TWO, ONE], ""),
        ([ONE.replace(":", ": "), TWO, THREE], ""),
        ([json.dumps(dict(reversed(json.loads(ONE).items()))), TWO, THREE], ""),
        ([ONE, vote("i2", "bad"), THREE], "2 (1 record not as written)"),
        ([ONE, THREE], "2 (1 record not as written)"),
        ([THREE], "1 (2 records not as written)"),
        ([ONE, TWO, THREE, "x"], "4 (1 record not as written)"),
        ([ONE, "x", TWO, "y"], "2 (2 records not as written)"),
        (["x ", TWO, "y"], "1 (2 records not as written)"),
    ],
)
def test_a_commit_has_the_records_as_they_were_written_or_the_first_other_line_is_told(repo, committed, told):
    files = label_bytes(repo, [PART, "labels/mood/r3/batch.yaml", "README.jsonl", "labels/mood/r3/none.jsonl"])
    assert list(files) == [PART]
    commit(repo, "hooked", {PART: "".join(f"{line}\n" for line in committed)})
    if not told:
        require_as_written(GitState(repo), files)
        return
    with pytest.raises(UsageError) as found:
        require_as_written(GitState(repo), files)
    assert found.value.message == f"a git hook changed what was committed: {PART}:{told}; nothing was sent"
    kept = next(place for place in (repo / ".assay/aside").rglob("*") if place.is_file())
    assert kept.read_bytes() == files[PART]
    assert f"cp {kept.relative_to(repo)} {PART} && git commit" in found.value.fix


def command(what="close mood/r4", **of):
    return SendCommand(**{"who": "noor", "what": what, "title": "Close", "command": what, "typed": "assay x", **of})


@pytest.mark.parametrize(
    ("what", "branch"),
    [
        ("close-mood-r4", "close-mood-r4"),
        ("close mood/r4", "close-mood-r4"),
        ("a  .é_b", "a-_b"),
        ("..a..", "a"),
        ("x" * 61, "x" * 60),
        ("x" * 59 + "/y", "x" * 59),
    ],
)
def test_a_branch_is_named_after_the_command_with_plain_signs(what, branch):
    assert command(what).branch == f"noor/{branch}"
    assert (command(what).heading, command(what).again) == ("Close by noor", "`assay x` again goes on from here")


def test_what_a_command_has_done_is_known_until_it_is_sent_and_its_branch_is_over(tmp_path):
    def kept():
        return [one.branch for one in unsent_commands(tmp_path, "noor")]

    first, second = command("a"), command("b")
    assert load_progress(tmp_path, first) == CommandProgress(who="noor", typed="assay x")
    states = {
        "a": CommandProgress(who="noor", paths=("x",), branch="noor/a", sent=""),
        "b": CommandProgress(who="noor", paths=("x",), branch="noor/b", sent="1"),
        "c": CommandProgress(who="noor", paths=(), branch="noor/c"),
        "d": CommandProgress(who="noor", paths=("x",), branch=""),
        "e": CommandProgress(who="ada", paths=("x",), branch="noor/e"),
        "f": CommandProgress(who="noor", paths=("x",), branch="noor/f", sent="1"),
    }
    for what, progress in states.items():
        save_progress(tmp_path, command(what), progress)
    (tmp_path / ".assay/sending/odd.json").write_text("{broken")
    assert kept() == ["noor/a"]
    assert load_progress(tmp_path, second) == states["b"]
    assert load_progress(tmp_path, command("a", who="ada")).paths == ()
    asked = []
    drop_sent(tmp_path, lambda branch: bool(asked.append(branch)) or branch != "noor/f")
    assert sorted(asked) == ["noor/b", "noor/f"]
    assert {what for what in states if load_progress(tmp_path, command(what)) != states[what]} == {"b"}
    assert (tmp_path / ".assay/sending/odd.json").exists()
    for _ in range(2):
        delete_progress(tmp_path, first)
    assert kept() == []
