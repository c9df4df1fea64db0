"""The history of an item's labels, and of the records of a file, in real git."""

import pytest

from assay.annotator.log import answer_text, change_json, change_lines, file_log, item_log, return_lines
from assay.annotator.log_story import ItemEvent, LogEntry, current_entries, return_outcomes
from assay.errors import UsageError
from assay.git.history import Touch
from assay.labels.diff import ChangeKind, RecordChange
from assay.labels.paths import label_file
from assay.labels.reader import Record
from clones import commit, git, repository, vote
from projects import FILES, small_project, write_files

CYD = "labels/mood/r1/cyd.jsonl"


def votes(**tones):
    return "".join(f"{vote(item, tone)}\n" for item, tone in sorted(tones.items()))


@pytest.fixture
def project(tmp_path):
    """A project in which cyd has answered two items."""
    project = repository(tmp_path)
    commit(tmp_path, "cyd's answers", {CYD: votes(i1="good", i2="good")})
    return project


def blamed(project, path=CYD):
    """The subject of the commit that made each record what it is."""
    lines = file_log(project, project.root / path)
    return {line.record.key[0]: line.touch.subject if line.touch else None for line in lines}


def told(project, item, *tasks):
    return [
        (one.touch.subject, one.file.path.rpartition("/")[2], one.change.kind) for one in item_log(project, item, tasks)
    ]


def test_every_change_of_an_item_is_told_newest_first(project):
    commit(project.root, "second thoughts", {CYD: votes(i1="bad", i2="good")})
    commit(project.root, "taken back", {CYD: votes(i2="good")})
    assert told(project, "i1")[:3] == [
        ("taken back", "cyd.jsonl", ChangeKind.REMOVED),
        ("second thoughts", "cyd.jsonl", ChangeKind.CHANGED),
        ("cyd's answers", "cyd.jsonl", ChangeKind.ADDED),
    ]
    first = {path for subject, path, _ in told(project, "i1") if subject == "the project"}
    assert first == {"ada.jsonl", "ben.jsonl", "bot.jsonl", "ada.adjudicated.jsonl", "ada.returned.jsonl"}


def test_a_change_has_both_records_and_its_author(project):
    git(project.root, "config", "user.name", "cyd")
    made = commit(project.root, "second thoughts", {CYD: votes(i1="bad", i2="good")})
    entry = item_log(project, "i1", ("mood",))[0]
    assert (entry.touch.commit, entry.touch.author) == (made, "cyd")
    assert entry.change.before.value["label"] == {"tone": "good"}
    assert entry.change.after.value["label"] == {"tone": "bad"}


SPLIT = "reason: finer\nguideline: 0.3.0\nsteps:\n  - {split_value: {field: tone, value: bad, into: [sad, angry]}}\n"
RENAMED = "reason: clearer\nguideline: 0.2.0\nsteps:\n  - {rename_values: {field: tone, values: {good: fine}}}\n"


def test_the_whole_story_holds_returns_with_their_end_batches_and_migrations(project):
    sent = '{"item":"i1","annotator":"cyd","why":"see Tone","at":"2026-03-01T10:00:00Z"}\n'
    other = sent.replace("i1", "i2").replace("see Tone", "sure?")
    commit(project.root, "sent back", {"labels/mood/r1/ben.returned.jsonl": sent + other})
    late = {"at": "2026-03-02T10:00:00Z"}
    answers = f"{vote('i1', 'bad', first={'tone': 'good'}, **late)}\n{vote('i2', 'good', **late)}\n"
    commit(project.root, "settled", {CYD: answers})
    batch = FILES["labels/mood/r1/batch.yaml"]
    commit(project.root, "reopened", {"labels/mood/r1/batch.yaml": batch.replace("closed", "open")})
    schema = FILES["schemas/mood.yaml"].replace("[good, bad]", "[fine, sad, angry]")
    added = {"0001-clearer.yaml": RENAMED, "0002-finer.yaml": SPLIT}
    files = {f"schemas/migrations/mood/{name}": text for name, text in added.items()}
    commit(project.root, "finer", {**files, "schemas/mood.yaml": schema})
    commit(project.root, "closed", {"labels/mood/r1/batch.yaml": batch})
    commit(project.root, "again", {"labels/mood/r1/ben.returned.jsonl": sent.replace("03-01", "03-09") + other})
    story = item_log(project, "i1", ())
    assert [one.said for one in story if isinstance(one, ItemEvent) and one.event == "batch"] == [
        ("mood/r1 is closed",),
        ("mood/r1 is open again: its votes do not count until it is closed",),
    ]
    renamed, split = (one for one in story if isinstance(one, ItemEvent) and one.event == "migration")
    assert split.said[0] == "migration to guideline 0.3.0: finer"
    assert "cyd in r1: tone=bad → nothing; waits for an answer: tone" in split.said
    assert "ada: tone=good → tone=fine" in renamed.said
    records = [one for one in story if isinstance(one, LogEntry)]
    ends = {(one.touch.subject, one.file.who): (one.became, one.today) for one in records}
    assert ends["again", "ben"] == ("not settled", "")
    assert ends["sent back", "ben"][0] == "settled: cyd changed the answer"
    assert ends["settled", "cyd"] == (
        "changed after it was sent back: see Tone",
        "now reads: nothing; waits for an answer: tone (by 0002-finer)",
    )
    kept = {one.touch.subject: one.became for one in item_log(project, "i2", ()) if isinstance(one, LogEntry)}
    assert kept["settled"] == "kept after it was sent back: sure?"
    assert kept["sent back"] == "settled: cyd kept the answer"


def test_only_the_tasks_asked_for_are_told(tmp_path):
    tasks = "format: 1\nid: test-project\ntasks: {mood: {pool: texts}, other: {pool: texts}}\n"
    project = repository(tmp_path, {"checks/project.yaml": tasks, "labels/other/r1/cyd.jsonl": votes(i1="x")})
    assert told(project, "i1", "other") == [("the project", "cyd.jsonl", ChangeKind.ADDED)]


@pytest.mark.parametrize("item", ["a.b", "a*", 'q"uote', "back\\slash", "(x|y)[1]{2}^$", "naïve 😀", "tab\there"])
def test_any_id_is_found_as_it_is_and_no_other(tmp_path, item):
    project = repository(tmp_path, {CYD: f"{vote(item)}\n{vote('axb')}\n"})
    assert told(project, item) == [("the project", "cyd.jsonl", ChangeKind.ADDED)]


def test_an_id_is_found_however_its_line_is_written(tmp_path):
    project = repository(tmp_path, {CYD: '{"label":{"tone":"bad"},\t"item" :\t"na\\u00efve"}\n'})
    assert told(project, "naïve") == [("the project", "cyd.jsonl", ChangeKind.ADDED)]


def test_to_write_a_file_in_another_way_changes_nothing_in_its_history(project):
    before = told(project, "i1")
    lines = reversed((project.root / CYD).read_text().splitlines())
    commit(project.root, "formatted", {CYD: "".join(line.replace(":", " : ") + "\n" for line in lines)})
    assert told(project, "i1") == before
    assert blamed(project) == {"i1": "cyd's answers", "i2": "cyd's answers"}


def test_each_record_is_blamed_on_the_commit_that_made_it_what_it_is(project):
    commit(project.root, "turned", {CYD: votes(i1="good", i2="bad", i3="bad")})
    commit(project.root, "and back", {CYD: votes(i1="good", i2="good", i3="bad")})
    assert blamed(project) == {"i1": "cyd's answers", "i2": "and back", "i3": "turned"}


def test_what_is_not_committed_is_blamed_on_nobody(project):
    commit(project.root, "turned", {CYD: votes(i1="bad", i2="good")})
    write_files(project.root, {CYD: "{\n" + votes(i1="good", i2="good", i3="good")})
    assert blamed(project) == {"i1": None, "i2": "cyd's answers", "i3": None}


def sides(project, ours, theirs):
    """Two branches from here that each changed cyd's file; ours is checked out."""
    git(project.root, "switch", "-q", "-c", "theirs")
    commit(project.root, "theirs", {CYD: votes(**theirs)})
    git(project.root, "switch", "-q", "main")
    commit(project.root, "ours", {CYD: votes(**ours)})


def merged(project, result):
    """Merges the other branch with a result made by hand."""
    git(project.root, "merge", "-q", "--no-commit", "-s", "ours", "theirs")
    commit(project.root, "merged", {CYD: result})


def test_a_merge_that_brought_both_sides_together_is_no_change(project):
    sides(project, {"i1": "bad", "i2": "good"}, {"i1": "good", "i2": "bad"})
    merged(project, votes(i1="bad", i2="bad"))
    assert blamed(project) == {"i1": "ours", "i2": "theirs"}
    assert [subject for subject, *_ in told(project, "i1")[:2]] == ["ours", "cyd's answers"]
    assert [subject for subject, *_ in told(project, "i2")[:2]] == ["theirs", "cyd's answers"]


@pytest.mark.parametrize(("taken", "blame"), [("bad", "ours"), ("odd", "theirs")])
def test_a_merge_that_took_one_side_leaves_the_record_with_that_side(project, taken, blame):
    sides(project, {"i1": "bad", "i2": "good"}, {"i1": "odd", "i2": "good"})
    merged(project, votes(i1=taken, i2="good"))
    assert blamed(project) == {"i1": blame, "i2": "cyd's answers"}
    assert {subject for subject, *_ in told(project, "i1")} == {"ours", "theirs", "cyd's answers", "the project"}


def test_a_merge_that_settled_a_conflict_otherwise_made_the_record(project):
    sides(project, {"i1": "bad", "i2": "good"}, {"i1": "odd", "i2": "good"})
    merged(project, votes(i1="new", i2="good"))
    assert blamed(project) == {"i1": "merged", "i2": "cyd's answers"}
    assert told(project, "i1")[0] == ("merged", "cyd.jsonl", ChangeKind.CHANGED)


def test_a_squash_is_the_commit_that_brought_the_records(project):
    git(project.root, "switch", "-q", "-c", "side")
    commit(project.root, "one", {CYD: votes(i1="bad", i2="good")})
    commit(project.root, "two", {CYD: votes(i1="bad", i2="bad")})
    git(project.root, "switch", "-q", "main")
    git(project.root, "merge", "-q", "--squash", "side")
    git(project.root, "commit", "-q", "-m", "squashed")
    assert blamed(project) == {"i1": "squashed", "i2": "squashed"}
    assert [subject for subject, *_ in told(project, "i1")[:2]] == ["squashed", "cyd's answers"]


def test_imported_records_are_blamed_by_item_and_annotator(project):
    path = "labels/mood/r2/@crowd.jsonl"
    commit(
        project.root,
        "w2 again",
        {
            path: FILES[path].replace(
                '"w2","item":"i2","label":{"tone":"good"}', '"w2","item":"i2","label":{"tone":"bad"}'
            )
        },
    )
    found = {line.record.key: line.touch.subject for line in file_log(project, project.root / path)}
    assert found == {("i2", "W 1"): "the project", ("i2", "w2"): "w2 again", ("i4", "W 1"): "the project"}


def test_a_file_is_found_from_the_folder_beside_it(project, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "labels/mood/r2")
    assert len(file_log(project, tmp_path / "labels/mood/r2/../r1/cyd.jsonl")) == 2


def test_an_item_that_nobody_spoke_of_is_refused(project):
    with pytest.raises(UsageError, match="no commit has an item 'i9'") as refused:
        item_log(project, "i9", ())
    assert refused.value.fix


@pytest.mark.parametrize("path", ["labels/mood/r1/eve.jsonl", "labels/mood/r1/batch.yaml", "../x.jsonl", "labels"])
def test_what_is_no_label_file_is_refused(project, path):
    with pytest.raises(UsageError, match="is not a label file"):
        file_log(project, project.root / path)


def test_without_a_commit_there_is_no_history(tmp_path):
    project = small_project(tmp_path)
    with pytest.raises(UsageError, match="has no commits"):
        item_log(project, "i1", ())
    git(tmp_path, "init", "-q")
    with pytest.raises(UsageError, match="has no commits"):
        file_log(project, tmp_path / "labels/mood/r1/ada.jsonl")


def changed(before, after, key=("i1",)):
    """A change of a record."""
    sides = [one and Record(key=key, value={"item": "i1", **one}, line=b"", number=1) for one in (before, after)]
    return RecordChange(key=key, before=sides[0], after=sides[1])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, {"label": {"tone": "bad", "score": 1}}, "tone: bad, score: 1"),
        ({"label": {"tone": "bad"}}, None, "tone: bad"),
        (None, {"skip": "odd"}, "skip: odd"),
        (None, {}, "no answer"),
        ({"label": {"tone": "bad"}}, {"label": {"tone": "good"}}, "tone: bad → good"),
        ({"label": {}}, {"label": {"tone": "good"}}, "tone: nothing → good"),
        ({"label": {"tone": "bad"}}, {"skip": "odd"}, "skip: nothing → odd; tone: bad → nothing"),
        ({"label": {"tone": "bad"}}, {"label": {"tone": "bad"}, "note": "x"}, "also note"),
        ({"label": {"tone": "bad"}}, {"label": {"tone": "good"}, "note": "x"}, "tone: bad → good; also note"),
    ],
)
def test_a_change_is_told_by_its_answers_before_and_after(before, after, said):
    assert sorted(answer_text(changed(before, after)).split("; ")) == sorted(said.split("; "))


def test_a_change_says_whose_it_is_and_why():
    why = {"why": "clear", "note": "n", "reason": "edge-case", "guideline": "0.2.0", "at": "x"}
    after = {"label": {"tone": "bad"}, **why}
    assert list(change_lines(changed(None, after), "ada")) == [
        "ada added: tone: bad",
        "  guideline: 0.2.0; reason: edge-case; why: clear; note: n",
    ]
    assert next(iter(change_lines(changed(after, None, ("i1", "w 1")), "@crowd"))) == "@crowd/w 1 removed: tone: bad"
    assert list(change_lines(changed({"skip": "a"}, {"skip": "b"}), "ada")) == ["ada changed: skip: a → b"]
    assert list(change_lines(changed(None, None), "ada")) == []
    sent = {"annotator": "ben", "why": "see\u202e"}
    assert list(return_lines(changed(None, sent), "ada")) == [
        "ada sends the answer back to ben",
        "  why: see\\u202e",
    ]
    assert next(iter(return_lines(changed(sent, None), "ada"))) == "ada withdraws what was sent back to ben"
    assert list(return_lines(changed(None, None), "ada")) == []
    assert change_json(changed(None, sent, ("i1", "ben"))) == {
        "kind": "added",
        "key": ["i1", "ben"],
        "before": None,
        "after": {"item": "i1", **sent},
    }


GOOD, BAD = {"label": {"tone": "good"}}, {"label": {"tone": "bad"}}
BEFORE, SENT, AFTER = ({"at": f"2026-03-0{day}T10:00:00Z"} for day in (1, 2, 3))
RETURN = {"annotator": "cyd", "why": "sure?", **SENT}
CHANGED = {1: "settled: cyd changed the answer", 0: "changed after it was sent back: sure?"}
KEPT = {1: "settled: cyd kept the answer", 0: "kept after it was sent back: sure?"}


def story(*steps):
    """The entries of some steps (commit, file, record before and after), of which the first is the oldest."""
    return [
        LogEntry(
            touch=Touch(commit=made, parents=(), author="a", at="", subject="", paths=()),
            file=label_file(f"labels/{path}.jsonl"),
            change=changed(before, after, ("i1", "cyd") if "returned" in path else ("i1",)),
        )
        for made, path, before, after in steps[::-1]
    ]


SEND = ("1", "mood/r1/ben.returned", None, RETURN)


@pytest.mark.parametrize(
    ("steps", "outcomes"),
    [
        ([SEND], {0: "not settled"}),
        ([SEND, ("2", "mood/r1/cyd", GOOD, {**BAD, **AFTER})], CHANGED),
        ([SEND, ("2", "mood/r1/cyd", GOOD, {**GOOD, **AFTER})], KEPT),
        ([SEND, ("2", "mood/r1/cyd", {"skip": "a"}, {"skip": "b", **AFTER})], CHANGED),
        ([SEND, ("2", "mood/r1/cyd", {"skip": "a"}, {"skip": "a", **AFTER})], KEPT),
        ([SEND, ("2", "mood/r1/cyd", None, {**BAD, **AFTER, "first": {"tone": "bad"}})], KEPT),
        ([SEND, ("2", "mood/r1/cyd", None, {**BAD, **AFTER, "first": {"tone": "good"}})], CHANGED),
        ([SEND, ("2", "mood/r1/cyd", None, {**BAD, **AFTER})], KEPT),
        ([SEND, ("2", "mood/r1/cyd", GOOD, {**BAD, **BEFORE})], {1: "not settled"}),
        ([SEND, ("2", "mood/r1/cyd", GOOD, {**BAD, **SENT})], {1: "not settled"}),
        ([SEND, ("2", "mood/r1/cyd", GOOD, None)], {1: "not settled"}),
        ([SEND, ("2", "mood/r1/ben", GOOD, {**BAD, **AFTER})], {1: "not settled"}),
        ([SEND, ("2", "calm/r1/cyd", GOOD, {**BAD, **AFTER})], {1: "not settled"}),
        ([SEND, ("2", "mood/gold/cyd", GOOD, {**BAD, **AFTER})], {1: "not settled"}),
        ([SEND, ("2", "mood/r2/cyd", None, {**BAD, **BEFORE})], {1: "not settled, and answered again in r2"}),
        ([SEND, ("2", "mood/r2/cyd", GOOD, None)], {1: "not settled"}),
        ([("2", "mood/r1/cyd", GOOD, {**BAD, **AFTER}), SEND], {0: "not settled"}),
        ([("1", "mood/r1/cyd", GOOD, {**BAD, **AFTER}), SEND], {0: CHANGED[1], 1: CHANGED[0]}),
        ([SEND, ("2", "mood/r1/ben.returned", RETURN, None)], {1: "not settled"}),
        (
            [SEND, ("2", "mood/r1/ben.returned", RETURN, None), ("3", "mood/r1/cyd", GOOD, {**BAD, **AFTER})],
            {2: "not settled"},
        ),
        (
            [SEND, ("2", "mood/r1/cyd", GOOD, {**BAD, **AFTER}), ("3", "mood/r1/cyd", BAD, {**GOOD, **AFTER})],
            {2: CHANGED[1], 1: CHANGED[0]},
        ),
    ],
)
def test_a_return_is_settled_by_the_first_later_answer_of_its_batch(steps, outcomes):
    assert return_outcomes(story(*steps)) == outcomes


def test_an_answer_is_what_its_newest_change_made_it():
    entries = story(
        ("1", "mood/r1/cyd", None, GOOD),
        ("2", "mood/r1/ben.returned", None, RETURN),
        ("3", "mood/r1/cyd", GOOD, BAD),
        ("4", "mood/r2/cyd", None, GOOD),
        ("5", "mood/r2/cyd", GOOD, None),
        ("6", "mood/gold/ada", None, GOOD),
        ("7", "mood/r1/ada.adjudicated", None, GOOD),
    )
    assert current_entries(entries) == (0, 1, 4)
