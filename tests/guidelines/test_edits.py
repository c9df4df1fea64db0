"""An edit of a guideline and its schema, judged against the base."""

import pytest

from assay.files.yaml import load_yaml
from assay.guidelines.edits import edit_findings, edited, least_level
from assay.guidelines.versions import Level, parse_revision
from assay.project.migration_files import migrations_of

GUIDELINE = """---
task: t
version: 1.1.0
owners: [ada]
changes:
  - {version: 1.0.0, date: 2026-01-01, summary: first, affects: [all]}
  - {version: 1.1.0, date: 2026-02-01, summary: second, affects: [tone=bad]}
---
# T

Read it.
"""
SCHEMA = """
title: A mood
type: object
properties:
  tone: {title: Tone, enum: [good, bad, mixed]}
  score: {type: integer, minimum: 1, maximum: 4}
  names:
    type: array
    items:
      type: object
      properties: {start: {type: integer}, end: {type: integer}, label: {$ref: "#/$defs/kind"}}
$defs: {kind: {enum: [person, place]}}
"""


def revision(guideline=GUIDELINE, schema=SCHEMA):
    return parse_revision("t", guideline.encode(), schema.encode())


def bumped(version="1.2.0", affects="[score]", text="Read it twice."):
    entry = f"  - {{version: {version}, date: 2026-03-01, summary: third, affects: {affects}}}\n---\n"
    return (
        GUIDELINE.replace("version: 1.1.0\no", f"version: {version}\no")
        .replace("---\n# T", f"{entry}# T")
        .replace("Read it.", text)
    )


def found(guideline=GUIDELINE, schema=SCHEMA):
    return [(one.rule, one.at.line, one.message) for one in edit_findings(revision(), revision(guideline, schema))]


def rules(guideline=GUIDELINE, schema=SCHEMA):
    return [(rule.removeprefix("guideline/"), line) for rule, line, _ in found(guideline, schema)]


def test_nothing_is_wrong_with_what_did_not_change():
    assert rules() == []
    assert not edited(revision(), revision())


@pytest.mark.parametrize(
    "guideline",
    [
        GUIDELINE.replace("Read it.", "Read it "),
        GUIDELINE.replace("Read it.", "Read  it."),
        GUIDELINE + "\n",
    ],
)
def test_an_edit_of_the_text_under_the_same_version_is_found(guideline):
    assert rules(guideline) == [("version-not-bumped", 3)]


def test_an_edit_of_the_schema_under_the_same_version_is_found():
    assert rules(schema=SCHEMA.replace("maximum: 4", "maximum: 5")) == [("version-not-bumped", 3)]


@pytest.mark.parametrize("version", ["1.1.1", "1.2.0"])
def test_an_edit_of_a_description_needs_a_version_and_a_patch_is_enough(version):
    told = SCHEMA.replace("score: {type", "score: {description: 4 is the worst, type")
    assert rules(schema=told) == [("version-not-bumped", 3)]
    assert rules(bumped(version, "[]"), told) == []
    assert edited(revision(), revision(schema=told))
    assert least_level(revision(), revision(schema=told), []) == (Level.PATCH, "no label is affected")


def test_a_typo_mended_in_a_title_or_an_owner_more_needs_no_version():
    assert rules(schema=SCHEMA.replace("A mood", "The mood").replace("title: Tone", "title: Its tone")) == []
    assert rules(GUIDELINE.replace("[ada]", "[ada, ben]")) == []


@pytest.mark.parametrize(
    ("version", "affects", "schema", "line"),
    [
        ("1.1.1", "[]", SCHEMA, None),
        ("1.1.1", "[score]", SCHEMA, 3),
        ("1.2.0", "[score]", SCHEMA, None),
        ("1.1.1", "[]", SCHEMA.replace("maximum: 4", "maximum: 5"), 3),
        ("1.2.0", "[]", SCHEMA.replace("maximum: 4", "maximum: 5"), None),
        ("1.2.0", "[tone]", SCHEMA.replace(", mixed]", "]"), 3),
        ("2.0.0", "[tone=mixed]", SCHEMA.replace(", mixed]", "]"), None),
        ("1.2.0", "[score]", SCHEMA.replace("maximum: 4", "maximum: 3"), 3),
        ("1.2.0", "[names]", SCHEMA.replace("person, place", "person"), 3),
        ("1.2.0", "[all]", SCHEMA.replace("  score:", "  points:"), 3),
        ("2.0.0", "[score, points]", SCHEMA.replace("  score:", "  points:"), None),
        ("1.1.1", "[]", SCHEMA + "x-flags: [rude]\n", None),
    ],
)
def test_the_version_must_say_at_least_what_changed(version, affects, schema, line):
    wanted = [] if line is None else [("bump-too-small", line)]
    assert [one for one in rules(bumped(version, affects), schema) if one[0] != "schema/no-migration"] == wanted


@pytest.mark.parametrize(
    ("schema", "steps", "left"),
    [
        (SCHEMA.replace(", mixed]", "]"), [], ["tone=mixed"]),
        (SCHEMA.replace(", mixed]", "]"), ["retire_values: {field: tone, values: [mixed]}"], []),
        (SCHEMA.replace(", mixed]", "]"), ["retire_values: {field: tone, values: [good]}"], ["tone=mixed"]),
        (SCHEMA.replace(", mixed]", ", both]"), ["rename_values: {field: tone, values: {mixed: both}}"], []),
        (
            SCHEMA.replace("person, place", "person"),
            ["merge_values: {field: names, values: [place], into: person}"],
            [],
        ),
        (SCHEMA.replace("  score:", "  points:"), ["rename_field: {from: score, to: points}"], []),
        (SCHEMA.replace("  score:", "  points:"), ["add_field: {field: points}"], ["score"]),
    ],
)
def test_what_the_schema_no_longer_admits_needs_a_migration_that_says_what_becomes_of_it(schema, steps, left):
    text = "reason: r\nguideline: 2.0.0\nsteps:\n" + "".join(f"  - {step}\n" for step in steps)
    migrations = migrations_of([load_yaml(text.encode(), "m.yaml")]) if steps else ()
    head = parse_revision("t", bumped("2.0.0", "[all]").encode(), schema.encode(), migrations)
    found = [one.message for one in edit_findings(revision(), head) if one.rule == "schema/no-migration"]
    assert [message.split()[3].rstrip(",") for message in found] == left


def test_a_migration_that_the_base_has_already_covers_no_value_that_is_removed_later():
    text = b"reason: r\nguideline: 1.1.0\nsteps:\n  - retire_values: {field: tone, values: [mixed]}\n"
    migrations = migrations_of([load_yaml(text, "m.yaml")])
    schema = SCHEMA.replace(", mixed]", "]")
    head = parse_revision("t", bumped("2.0.0", "[all]").encode(), schema.encode(), migrations)
    assert "schema/no-migration" in [one.rule for one in edit_findings(revision(), head)]


def test_the_message_names_what_is_gone_and_the_version_that_is_due():
    finding = edit_findings(revision(), revision(bumped(), SCHEMA.replace(", mixed]", "]")))[0]
    assert (
        finding.message
        == "1.1.0 to 1.2.0 is a minor change, but the schema lacks tone=mixed, so labels with it need a migration"
    )
    assert finding.fix == "use the major version 2.0.0"


def test_the_least_level_is_told_for_a_proposal():
    assert least_level(revision(), revision(), []) == (Level.PATCH, "no label is affected")
    assert least_level(revision(), revision(), ["tone"])[0] is Level.MINOR


def test_a_version_that_goes_back_is_found():
    back = GUIDELINE.replace("version: 1.1.0\no", "version: 1.0.0\no")
    assert rules(back) == [("version-goes-back", 3)]


def test_a_version_that_the_base_has_for_something_else_is_taken():
    other = GUIDELINE.replace("summary: second, affects: [tone=bad]", "summary: mine, affects: [score]")
    assert rules(other.replace("Read it.", "Read it aloud.")) == [("version-taken", 7)]


def test_an_earlier_entry_stays_as_it_was():
    altered = bumped().replace("summary: first", "summary: other")
    removed = bumped().replace("  - {version: 1.0.0, date: 2026-01-01, summary: first, affects: [all]}\n", "")
    assert rules(altered) == [("history-altered", 6)]
    assert rules(removed) == [("history-altered", 5)]


def test_a_policy_changed_afterwards_is_an_altered_entry():
    altered = bumped().replace("affects: [tone=bad]}", "affects: [tone=bad], policy: grandfather}")
    assert rules(altered) == [("history-altered", 7)]
