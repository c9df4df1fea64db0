"""Migrations on a real project: carried as labels are read, written into the files, taken back, asked of people."""

import json
import os
import re
import shutil
import subprocess

import pytest

from assay.errors import UsageError
from assay.files import writes
from assay.files.writes import recover
from assay.guidelines.front_matter import load_guideline
from assay.labels.whole import load_corpus
from assay.lead.impact import survey
from assay.lead.migrate import undo_write, write_migrated
from assay.lead.migrate_add import add_migration, step
from assay.lead.migrate_steps import steps_of
from assay.lead.relabel import draft_standing
from assay.project.config import find_project
from assay.project.migration import migrate_label
from assay.project.task_schema import load_schema
from clones import commit, repository
from pipelines import environment
from projects import FILES, GUIDELINE, SCHEMA, saved, small_project, write_files

RENAMED = "reason: clearer\nguideline: 1.0.0\nsteps:\n  - {rename_values: {field: tone, values: {bad: poor}}}\n"
SPLIT = "reason: finer\nguideline: 1.0.0\nsteps:\n  - {split_value: {field: tone, value: bad, into: [sad, angry]}}\n"
NEWER = GUIDELINE.replace("version: 0.2.0\nc", "version: 1.0.0\nc").replace(
    "---\nRead", "  - {version: 1.0.0, date: 2026-03-01, summary: third}\n---\nRead"
)
EXAMPLE = "\n```example\ntext: It broke.\nlabel: {tone: bad}\nwhy: A complaint.\n```\n"


def migrated_files(migration=RENAMED, tones="good, poor"):
    return {
        **FILES,
        "guidelines/mood.md": NEWER + EXAMPLE,
        "schemas/mood.yaml": SCHEMA.replace("good, bad", tones),
        "schemas/migrations/mood/0001-clearer.yaml": migration,
    }


def load(root):
    project = find_project(root)
    return load_corpus(project, load_schema(project, "mood"), load_guideline(project, "mood"))


def votes(loaded):
    rows = loaded.corpus.annotations
    column = rows.fields["tone"]
    found = (
        (
            loaded.corpus.items.ids[item],
            rows.annotator.values[who],
            column.values[code] if code >= 0 else None,
            column.values[first] if first >= 0 else None,
        )
        for item, who, code, first in zip(rows.item, rows.annotator.codes, column.codes, column.first, strict=True)
    )
    return sorted(found, key=str)


def labels(root):
    return {path: path.read_bytes() for path in sorted(root.rglob("labels/**/*")) if path.is_file()}


@pytest.fixture
def project(tmp_path):
    def _project(*given, **named):
        write_files(tmp_path, migrated_files(*given, **named))
        return find_project(tmp_path)

    return _project


def plain_answers(folder):
    """The votes of the project as it was before any migration, with the value by its new name; and its errors."""
    write_files(folder, FILES)
    new = {"bad": "poor"}
    loaded = load(folder)
    found = [(item, who, new.get(tone, tone), new.get(first, first)) for item, who, tone, first in votes(loaded)]
    return sorted(found, key=str), loaded.report.errors


def test_older_labels_read_by_their_new_names_and_no_file_changes(project, tmp_path):
    wanted, errors = plain_answers(tmp_path.with_name(f"{tmp_path.name}-plain"))
    root = project().root
    before = labels(root)
    loaded = load(root)
    assert loaded.report.errors == errors
    assert votes(loaded) == wanted
    assert {decision.label["tone"] for decision in loaded.corpus.decisions} == {"good", "poor"}
    assert labels(root) == before
    (counted,) = survey(find_project(root), "mood")
    assert counted.waiting == 0
    assert counted.carried == sum(
        line.split(b'"first"')[0].count(b'"bad"}') > 0 for text in before.values() for line in text.splitlines()
    )


def test_what_is_written_reads_the_same_and_is_taken_back_to_the_byte(project):
    here = project()
    carried, before = votes(load(here.root)), labels(here.root)
    dry = write_migrated(here, "mood", dry=True)
    assert labels(here.root) == before
    done = write_migrated(here, "mood", dry=False)
    assert (dry.files, dry.waiting) == (done.files, 0)
    assert votes(load(here.root)) == carried
    assert b'"tone":"bad"' not in b"".join(labels(here.root).values())
    assert "label: {tone: poor}" in (here.root / "guidelines/mood.md").read_text()
    assert write_migrated(here, "mood", dry=False).records == 0
    undo_write(here, "mood")
    assert labels(here.root) == before
    assert "label: {tone: bad}" in (here.root / "guidelines/mood.md").read_text()
    with pytest.raises(UsageError, match="nothing to undo"):
        undo_write(here, "mood")


@pytest.mark.parametrize("text", ["purpose: [\n", "purpose: label\n", None])
def test_nothing_is_written_where_a_batch_does_not_say_which_version_it_follows(project, text):
    here = project()
    statement = next(path for path in sorted(here.root.glob("labels/mood/*/batch.yaml")))
    statement.unlink()
    if text is not None:
        statement.write_text(text)
    before = labels(here.root)
    for dry in (True, False):
        with pytest.raises(UsageError, match="unknown guideline version"):
            write_migrated(here, "mood", dry=dry)
    assert labels(here.root) == before


def test_nothing_is_taken_back_over_a_later_change(project):
    here = project()
    done = write_migrated(here, "mood", dry=False)
    path = here.root / next(iter(done.files))
    path.write_bytes(path.read_bytes() + b"\n")
    written = labels(here.root)
    with pytest.raises(UsageError, match="has changed since"):
        undo_write(here, "mood")
    assert labels(here.root) == written


def test_what_was_split_waits_for_people_and_is_asked_of_them_in_a_batch(project):
    here = project(SPLIT, tones="good, sad, angry")
    loaded = load(here.root)
    assert not [one for one in loaded.findings if one.rule == "label/schema"]
    assert ("i1", "ben", None, "good") in votes(loaded)
    before = labels(here.root)
    done = write_migrated(here, "mood", dry=False)
    assert done.waiting > 0
    assert labels(here.root) == before
    drafted = draft_standing(here, "mood", "r9", now="2026-03-02T10:00:00Z")
    plan = [json.loads(line) for line in (here.root / drafted.folder / "assignments.jsonl").read_text().splitlines()]
    assert {"item": "i1", "annotators": ["ada", "ben"]} in plan
    assert 'guideline: "1.0.0"' in (here.root / drafted.folder / "batch.yaml").read_text()


def test_a_field_that_waits_is_known_by_name_and_what_is_left_of_it_is_no_value(tmp_path):
    """Also where a set lost one member of several, and where the schema asks for the new field under a condition."""
    steps = (
        "  - {retire_values: {field: topics, values: [a]}}\n  - {add_field: {field: why}}\n"
        "  - {split_value: {field: tone, value: bad, into: [sad, angry]}}\n"
    )
    asked = "if: {properties: {tone: {const: good}}, required: [tone]}\nthen: {required: [why]}\n"
    schema = SCHEMA.replace("good, bad", "good, sad, angry").replace("[a, b, c]", "[b, c]")
    writes = migrated_files("reason: finer\nguideline: 1.0.0\nsteps:\n" + steps)
    write_files(tmp_path, {**writes, "schemas/mood.yaml": f"{schema}  why: {{type: string}}\n{asked}"})
    project = find_project(tmp_path)
    loaded = load(tmp_path)
    assert not [one for one in loaded.findings if one.rule == "label/schema" and "/gold/" not in one.at.path]

    for corpus in (loaded.corpus, saved(project)):
        rows = corpus.annotations
        named = [
            (rows.path.values[path].split("/", 2)[2], line)
            for path, line in zip(rows.path.codes, rows.line, strict=True)
        ]
        waiting = {name: [named[row] for row in column.waiting.rows] for name, column in rows.fields.items()}
        assert {one.since.values for one in (column.waiting for column in rows.fields.values()) if len(one.rows)} == {
            ("1.0.0",)
        }
        assert waiting["topics"] == [("r1/ada.jsonl", 1)]
        assert rows.fields["topics"].codes.tolist() == [-1] * len(rows)
        assert ("r1/ben.jsonl", 1) in waiting["tone"]
        assert len(waiting["why"]) == int((rows.skip.codes < 0).sum())
        assert {one.item: tuple(one.waiting) for one in corpus.decisions if one.kind == "gold"}["i2"] == ("tone", "why")


def test_an_answer_under_the_new_version_that_leaves_the_split_field_out_is_still_wrong(project):
    here = project(SPLIT, tones="good, sad, angry")
    path = here.root / "labels/mood/r1/ada.jsonl"
    path.write_text('{"item":"i1","label":{"score":3},"guideline":"1.0.0"}\n')
    assert [one.rule for one in load(here.root).findings if one.at.path.endswith("r1/ada.jsonl")] == ["label/schema"]


def test_a_label_that_the_guideline_makes_outdated_is_left_for_people(project):
    here = project()
    guideline = here.root / "guidelines/mood.md"
    guideline.write_text(guideline.read_text().replace("summary: third", 'summary: third, affects: ["tone=bad"]'))
    done = write_migrated(here, "mood", dry=False)
    assert done.outdated > 0
    assert '"tone":"bad"}' in (here.root / "labels/mood/r1/ben.jsonl").read_text()
    assert ("i1", "ben", "poor", "good") in votes(load(here.root))


def test_a_branch_made_before_the_migration_merges_after_it_and_its_labels_count(tmp_path):
    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=tmp_path, env=environment(), check=True, capture_output=True)

    def commit(message):
        git("add", "--all")
        git("commit", "--quiet", "-m", message)

    write_files(tmp_path, FILES)
    git("init", "--quiet", "--initial-branch=main")
    commit("start")
    git("switch", "--quiet", "--create", "ada/work")
    old = tmp_path / "labels/mood/r3/ada.jsonl"
    old.write_text('{"item":"i4","label":{"tone":"bad"},"guideline":"0.2.0"}\n')
    commit("labels under the old names")
    git("switch", "--quiet", "main")
    write_files(tmp_path, migrated_files())
    commit("migration")
    git("merge", "--quiet", "--no-edit", "ada/work")
    assert ("i4", "ada", "poor", "poor") in votes(load(tmp_path))


def test_a_write_that_is_killed_at_any_point_leaves_each_file_old_or_new(project, tmp_path, capsys):
    """The process dies at its n-th write, flush or rename, n = 0, 1, 2 … until it ends by itself."""
    root = project().root
    for folder in ("r2", "r3", "gold"):
        shutil.rmtree(root / "labels/mood" / folder, ignore_errors=True)
    old = labels(root)
    write_migrated(find_project(root), "mood", dry=False)
    new = labels(root)
    undo_write(find_project(root), "mood")
    for point in range(200):
        place = tmp_path.with_name(f"{tmp_path.name}-{point}")
        shutil.copytree(root, place)
        ended = _killed_at(place, point)
        recover(place)
        here = {root / path.relative_to(place): data for path, data in labels(place).items()}
        assert here in (old, new)
        write_migrated(find_project(place), "mood", dry=False)
        assert {root / path.relative_to(place): data for path, data in labels(place).items()} == new
        shutil.rmtree(place)
        if ended:
            break
    with capsys.disabled():
        print(f" [{point} points]", end="")
    assert point > 20


def _killed_at(place, point):
    """Runs the write in a child that dies at that point; says whether it came to its end."""
    child = os.fork()
    if child == 0:
        _die_at(point)
        write_migrated(find_project(place), "mood", dry=False)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return status == 0


def _die_at(point):
    left = [point]

    def counted(function):
        def _call(*given, **named):
            if left[0] == 0:
                os._exit(9)
            left[0] -= 1
            return function(*given, **named)

        return _call

    for name in ("open", "fsync"):
        setattr(writes.os, name, counted(getattr(os, name)))
    for name in ("replace", "rename", "unlink"):
        setattr(writes.Path, name, counted(getattr(writes.Path, name)))


RELATIONS = """type: object
properties:
  rel: {enum: [nmod, "nmod:own", "a, b", a, b, "x=y", "007", "1", ' c', 'say "hi"']}
  rank: {enum: [1, 2, 10]}
  open: {type: string, x-scale: nominal}
  "r=s": {enum: [on, off]}
  marks:
    type: array
    items: {type: object, properties: {start: {type: integer}, end: {type: integer}, kind: {enum: ["A:1", B]}}}
"""
TYPED = [
    ("rename", "rel=nmod:poss", {"nmod": "poss"}),
    ("rename", 'rel="nmod:own":poss', {"nmod:own": "poss"}),
    ("rename", 'rel="nmod":own:poss', {"nmod": "own:poss"}),
    ("rename", "rel=x=y:z", {"x=y": "z"}),
    ("rename", "rel=007:8", {"007": "8"}),
    ("rename", "rel= c:c ", {" c": "c "}),
    ("rename", 'rel="say \\"hi\\"":hi', {'say "hi"': "hi"}),
    ("rename", 'rel=say "hi":hi', {'say "hi"': "hi"}),
    ("rename", "rel=gone:b2", {"gone": "b2"}),
    ("rename", "rank=10:3", {"10": 3}),
    ("rename", "r=s=on:yes", {"on": "yes"}),
    ("rename", "marks=A:1:A1", {"A:1": "A1"}),
    ("rename", "open=x:y", {"x": "y"}),
    ("merge", "rel=a, b,nmod:z", (["a, b", "nmod"], "z")),
    ("merge", 'rel=a,b:"x:y"', (["a", "b"], "x:y")),
    ("merge", 'rel="a, b",b:z', (["a, b", "b"], "z")),
    ("merge", "rank=1,2:1", ([1, 2], 1)),
    ("split", "rel=nmod:p,q", ("nmod", ["p", "q"])),
    ("split", "rel=nmod:a, b,b", ("nmod", ["a, b", "b"])),
    ("split", 'rel=nmod:"p, q",r', ("nmod", ["p, q", "r"])),
    ("retire", "rel=a, b", ["a, b"]),
    ("retire", "rel=1", ["1"]),
    ("retire", "rank=1", [1]),
]
REFUSED = [
    ("rename", "rel=nmod:own:poss", 'is ambiguous: \'rel="nmod":"own:poss"\' or \'rel="nmod:own":"poss"\''),
    ("rename", "rel=nmodd:x", "no version of the schema has a value 'nmodd'"),
    ("rename", "rel=7:x", "no version of the schema has a value '7'"),
    ("rename", "rels=nmod:x", "no version of the schema has a field 'rels'"),
    ("rename", "open=x:y:z", "is ambiguous: "),
    ("rename", "rel=nmod", "does not have the form FIELD=OLD:NEW"),
    ("rename", "rel=nmod:", "does not have the form"),
    ("rename", 'rel="nmod:x', "no version of the schema has a value"),
    ("merge", "rel=a, nmod:z", "no version of the schema has a value 'a, nmod'"),
    ("merge", "open=a,b:z", "is ambiguous: "),
    ("split", "rel=nmod:p, q", "is ambiguous after the colon"),
    ("split", "rel=nmod:p,,q", "is ambiguous after the colon"),
    ("retire", "rel=c", "no version of the schema has a value 'c'"),
    ("retire", "rank=3", "no version of the schema has a value '3'"),
    ("retire", "marks=C", "no version of the schema has a value 'C'"),
    ("rename_field", "mood:x", "no version of the schema has a field 'mood'"),
    ("drop_field", "mood", "no version of the schema has a field 'mood'"),
    ("retype", "mood=string", "no version of the schema has a field 'mood'"),
]


def test_values_are_typed_as_they_are_and_what_no_schema_has_is_refused(tmp_path):
    project = repository(tmp_path / "p", {"schemas/mood.yaml": RELATIONS.replace("[nmod,", "[gone, nmod,")})
    commit(project.root, "gone", {"schemas/mood.yaml": RELATIONS})
    project = find_project(project.root)
    for option, text, wanted in TYPED:
        [stated] = steps_of(project, "mood", {option: (text,)})
        [parts] = stated.values()
        found = {
            "rename": lambda parts=parts: parts["values"],
            "merge": lambda parts=parts: (parts["values"], parts["into"]),
            "split": lambda parts=parts: (parts["value"], parts["into"]),
            "retire": lambda parts=parts: parts["values"],
        }[option]()
        assert found == wanted, (option, text)
        assert json.dumps(found) == json.dumps(wanted), (option, text)
    for option, text, message in REFUSED:
        with pytest.raises(UsageError, match=re.escape(message)):
            steps_of(project, "mood", {option: (text,)})
    steps = steps_of(project, "mood", {"rename": ("rel=1:one", "rel=007:seven", "rank=10:3")})
    add_migration(project, "mood", "texts", "r", steps)
    [migration] = load_schema(find_project(project.root), "mood").migrations
    for label, turned in (({"rel": "1"}, "one"), ({"rel": "007"}, "seven"), ({"rank": 10}, 3), ({"rel": "7"}, "7")):
        assert [*migrate_label(label, [migration]).label.values()] == [turned]
    assert migration.steps[0].words == "rel: 1 is one, 007 is seven"


def test_the_same_migration_added_again_stands_there_already(tmp_path):
    project = small_project(tmp_path)
    steps = [step("retire_values", field="tone", values=["bad"])]
    first = add_migration(project, "mood", "no-bad", "r", steps)
    again = add_migration(project, "mood", "no-bad", "r", steps)
    assert (first.already, again.already, again.path) == (False, True, first.path)
    other = add_migration(project, "mood", "no-bad", "another reason", steps)
    assert other.path == "schemas/migrations/mood/0002-no-bad.yaml"
