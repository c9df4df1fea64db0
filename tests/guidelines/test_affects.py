"""Selectors under `affects`: what labels have, or once had."""

import pytest

from assay.files.yaml import load_yaml
from assay.guidelines.front_matter import guideline_of
from assay.guidelines.versions import selector_findings
from assay.project.migration_files import migrations_of
from assay.project.task_schema import schema_of

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
