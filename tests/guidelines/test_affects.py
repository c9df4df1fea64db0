"""Selectors under `affects`: what labels have, or once had."""

import json

import pytest

from assay.core.table import guideline_versions
from assay.files.yaml import load_yaml
from assay.guidelines.affected import affected_rows, present_since
from assay.guidelines.front_matter import Change, guideline_of
from assay.guidelines.versions import declared_texts, selector_findings, version_of
from assay.project.config import find_project
from assay.project.migration_files import migrations_of
from assay.project.task_schema import schema_of
from projects import FILES, load, write_files
from projects import schema_of as schema_in

SCHEMA = """
type: object
properties:
  tone: {enum: [good, bad, mixed]}
  score: {type: integer, minimum: 1, maximum: 4}
  share: {type: number}
  names:
    type: array
    items:
      type: object
      properties: {start: {type: integer}, end: {type: integer}, label: {$ref: "#/$defs/kind"}}
$defs: {kind: {enum: [person, place]}}
"""
MIGRATIONS = (
    "reason: x\nguideline: 1.1.0\nsteps:\n  - rename_values: {field: mood, values: {fine: good}}\n"
    "  - rename_field: {from: mood, to: tone}\n  - drop_field: {field: depth}\n  - retire_values: {field: tone, values: [odd]}\n"
)


def found(affects, migrations=()):
    page = (
        "---\ntask: t\nversion: 1.1.0\nchanges:\n  - {version: 1.0.0, date: 2026-01-01, summary: first}\n"
        f"  - {{version: 1.1.0, date: 2026-02-01, summary: second, affects: {affects}}}\n---\nRead it.\n"
    ).encode()
    guideline = guideline_of(page, "guidelines/t.md")
    front = load_yaml(page.split(b"---\n")[1], "guidelines/t.md", first_line=2)
    steps = migrations_of(
        load_yaml(one.encode(), f"schemas/migrations/t/000{n}-x.yaml") for n, one in enumerate(migrations)
    )
    schema = schema_of(load_yaml(SCHEMA.encode(), "schemas/t.yaml"), "t", steps)
    return [(one.rule, one.at.line, one.fix) for one in selector_findings(guideline, front, schema)]


@pytest.mark.parametrize("affects", ["[]", "[all]", "[tone]", "[tone=mixed, score=4, names=person, share=0.5]"])
def test_what_labels_have_may_be_affected(affects):
    assert found(affects) == []


@pytest.mark.parametrize(
    ("affects", "fix"),
    [
        ("[tones]", "did you mean 'tone'?"),
        ("[tone=goood]", "did you mean 'good'?"),
        ("[score=7]", "there are: 1, 2, 3, 4"),
        ("[names=persons]", "did you mean 'person'?"),
        ("[mood]", "there are: names, score, share, tone"),
    ],
)
def test_what_no_label_ever_had_is_an_error(affects, fix):
    assert found(affects) == [("guideline/unknown-selector", 6, fix)]


@pytest.mark.parametrize("affects", ["[mood]", "[mood=fine]", "[tone=fine]", "[depth]", "[depth=3]", "[tone=odd]"])
def test_what_a_migration_took_away_labels_once_had(affects):
    assert found(affects, [MIGRATIONS]) == []
    assert found("[tone=nothing]", [MIGRATIONS]) != []


@pytest.mark.parametrize("affects", ["[mood=gone]", "[depth=gone]"])
def test_a_value_of_a_field_that_is_no_more_is_not_looked_up(affects):
    assert found(affects, [MIGRATIONS]) == []


@pytest.mark.parametrize("affects", ["[number]", "['']", "['=good']", "[tone=good=bad]", "[all=x]"])
def test_what_else_a_migration_speaks_of_is_no_field(affects):
    more = "reason: x\nguideline: 1.1.0\nsteps:\n  - retype_field: {field: share, to: number}\n"
    assert [rule for rule, _, _ in found(affects, [MIGRATIONS, more])] == ["guideline/unknown-selector"]


def test_each_selector_is_judged_at_its_own_place():
    page = (
        b"---\ntask: t\nversion: 1.1.0\nchanges:\n"
        b"  - version: 1.0.0\n    date: 2026-01-01\n    summary: first\n    affects:\n      - all\n      - tones\n"
        b"  - version: 1.1.0\n    date: 2026-02-01\n    summary: second\n    affects:\n      - tone=odd\n---\n"
    )
    front = load_yaml(page.split(b"---\n")[1], "guidelines/t.md", first_line=2)
    schema = schema_of(load_yaml(SCHEMA.encode(), "schemas/t.yaml"), "t")
    told = list(selector_findings(guideline_of(page, "guidelines/t.md"), front, schema))
    assert [(one.at.line, one.at.pointer, one.message, one.task) for one in told] == [
        (10, "/changes/0/affects/1", "'tones': labels have no field 'tones'", "t"),
        (15, "/changes/1/affects/0", "'tone=odd': tone has no value 'odd'", "t"),
    ]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("tone", {"good", "bad", "mixed"}),
        ("score", {"1", "2", "3", "4"}),
        ("share", None),
        ("names", {"person", "place"}),
        ("sure", {"true", "false"}),
        ("topics", {"a", "b"}),
        ("places", {'["a","b"]', '["a","c"]'}),
        ("place", {"a", "b", "c"}),
        ("other", None),
    ],
)
def test_what_a_field_declares_is_told_as_selectors_write_it(name, texts):
    more = "  sure: {type: boolean}\n  topics: {type: array, items: {enum: [a, b]}}\n"
    more += "  places: {type: array, items: {enum: [[a, b], [a, c]], x-scale: tree}}\n"
    more += "  place: {enum: [[a, b], [a, c]], x-scale: tree}\n"
    schema = schema_of(load_yaml(SCHEMA.replace("  tone:", f"{more}  tone:").encode(), "schemas/t.yaml"), "t")
    assert declared_texts(schema, name) == texts


LABELS = {
    "i1": {"tone": "good", "topics": ["a", "b"]},
    "i2": {"tone": "bad", "topics": ["a"]},
    "i3": {"tone": "fine"},
    "i4": {"tone": "good", "topics": []},
}
STEPS = {
    "0.3.0": [
        "retire_values: {field: tone, values: [bad]}",
        "rename_values: {field: tone, values: {fine: bad}}",
        "retire_values: {field: topics, values: [b]}",
    ],
    "0.4.0": ["add_field: {field: sure}"],
}


def lines(records):
    return "".join(f"{json.dumps(one)}\n" for one in records)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """Four labels of 0.1.0, of which a value of i2 and a member of i1 are taken and i3 has another's name, a skip, and a label of 0.5.0."""
    entries = "".join(f"  - {{version: 0.{n}.0, date: 2026-0{n}-01, summary: s}}\n" for n in range(1, 7))
    closed = "purpose: label\nstatus: closed\ncreated: 2026-0{0}-02\nguideline: 0.{0}.0\n"
    files = {
        "schemas/mood.yaml": "type: object\nproperties:\n  tone: {enum: [good, bad]}\n  topics: {type: array, items: {enum: [a]}}\n"
        "  sure: {type: boolean}\n  extra: {type: boolean}\n",
        "guidelines/mood.md": f"---\ntask: mood\nversion: 0.6.0\nchanges:\n{entries}---\n",
        **{f"schemas/migrations/mood/000{n}-m.yaml": f"reason: r\nguideline: {of}\nsteps:\n" + "".join(f"  - {{{one}}}\n" for one in steps)
           for n, (of, steps) in enumerate(STEPS.items(), start=1)},
        "labels/mood/r1/batch.yaml": closed.format(1),
        "labels/mood/r1/assignments.jsonl": lines({"item": f"i{n}", "annotators": ["ada"]} for n in range(1, 6)),
        "labels/mood/r1/ada.jsonl": lines([*({"item": item, "label": label} for item, label in LABELS.items()), {"item": "i5", "skip": "unclear"}]),
        "labels/mood/r5/batch.yaml": closed.format(5),
        "labels/mood/r5/assignments.jsonl": lines([{"item": "i5", "annotators": ["ada"]}]),
        "labels/mood/r5/ada.jsonl": lines([{"item": "i5", "label": {"tone": "good", "sure": True}}]),
    }  # fmt: skip
    root = tmp_path_factory.mktemp("migrated")
    write_files(root, {**{name: text for name, text in FILES.items() if not name.startswith("labels/mood/")}, **files})
    project = find_project(root)
    return load(project).corpus, schema_in(project)


@pytest.mark.parametrize(
    ("version", "affects", "items"),
    [
        ("0.6.0", "all", "i1 i2 i3 i4 i5"),
        ("0.5.0", "all", "i1 i2 i3 i4"),
        ("0.2.0", "all", "i1 i2 i3 i4"),
        ("0.1.0", "all", ""),
        ("0.6.0", "", ""),
        ("0.6.0", "tone", "i1 i3 i4 i5"),
        ("0.3.0", "tone", "i1 i3 i4"),
        ("0.2.0", "tone", "i1 i2 i3 i4"),
        ("0.6.0", "tone=good", "i1 i4 i5"),
        ("0.2.0", "tone=good", "i1 i4"),
        ("0.6.0", "tone=bad", "i3"),
        ("0.3.0", "tone=bad", "i3"),
        ("0.2.0", "tone=bad", "i2"),
        ("0.6.0", "tone=fine", ""),
        ("0.3.0", "tone=fine", "i3"),
        ("0.2.0", "tone=fine", "i3"),
        ("0.6.0", "topics", "i2 i4"),
        ("0.2.0", "topics", "i1 i2 i4"),
        ("0.6.0", "topics=a", "i2"),
        ("0.2.0", "topics=a", "i1 i2"),
        ("0.3.0", "topics=b", ""),
        ("0.2.0", "topics=b", "i1"),
        ("0.4.0", "sure", "i1 i2 i3 i4"),
        ("0.5.0", "sure", "i1 i2 i3 i4"),
        ("0.6.0", "sure", "i5"),
        ("0.6.0", "sure=true", "i5"),
        ("0.5.0", "sure=true", ""),
        ("0.6.0", "extra", "i1 i2 i3 i4 i5"),
        ("0.2.0", "extra", "i1 i2 i3 i4"),
        ("0.6.0", "extra=true", ""),
        ("0.6.0", "other", ""),
        ("0.6.0", "tone=good topics", "i1 i2 i4 i5"),
    ],
)
def test_what_a_change_affects_of_labels_after_migrations(migrated, version, affects, items):
    corpus, schema = migrated
    change = Change(version=version, date="", summary="", affects=tuple(affects.split()))
    names = [field.name for field in schema.fields]
    (touched,) = affected_rows(corpus, [change], names, schema.migrations)
    rows = corpus.annotations
    assert sorted({corpus.items.ids[item] for item in rows.item[touched.rows].tolist()}) == items.split()
    assert touched.change is change


def test_fields_are_present_since_the_first_label_that_had_them(migrated):
    corpus, schema = migrated
    names = ["tone", "topics", "sure", "extra"]
    since = present_since(corpus, guideline_versions(corpus), names, schema.migrations)
    first, fifth = version_of("0.1.0"), version_of("0.5.0")
    assert since == {"tone": first, "topics": first, "sure": fifth, "extra": None}
    change = Change(version="0.6.0", date="", summary="", affects=("sure",))
    (whole,) = affected_rows(corpus, [change], names, schema.migrations)
    (part,) = affected_rows(corpus, [change], names, schema.migrations, {**since, "sure": None})
    assert (int(whole.rows.sum()), int(part.rows.sum())) == (1, 4)


def test_of_a_change_the_rows_are_told_by_field(migrated):
    corpus, schema = migrated
    names = [field.name for field in schema.fields]
    change = Change(version="0.6.0", date="", summary="", affects=("tone=good", "topics=a"))
    (touched,) = affected_rows(corpus, [change], names, schema.migrations)
    assert {name: int(rows.sum()) for name, rows in touched.fields.items()} == {"tone": 3, "topics": 1}
    (everything,) = affected_rows(
        corpus, [Change(version="0.6.0", date="", summary="", affects=("all",))], names, schema.migrations
    )
    assert set(everything.fields) == set(corpus.annotations.fields)
    assert int(everything.rows.sum()) == 5
