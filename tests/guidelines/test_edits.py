"""An edit of a guideline and its schema, judged against the base."""

import pytest

from assay.files.yaml import load_yaml
from assay.guidelines.edits import (
    edit_findings,
    edited,
    least_level,
    new_changes,
    readable_version_findings,
    version_findings,
)
from assay.guidelines.versions import Level, parse_revision
from assay.project.migration_files import migrations_of
from projects import FILES, small_project

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
        (SCHEMA.replace("  score:", "  points:"), ["drop_field: {field: score}"], []),
        (SCHEMA.replace("  score:", "  points:"), ["drop_field: {field: tone}"], ["score"]),
        (SCHEMA.replace("  score:", "  points:"), ["retype_field: {field: score, to: number}"], ["score"]),
        (SCHEMA.replace("  score:", "  points:"), ["retire_values: {field: score, values: [1]}"], ["score"]),
        (SCHEMA.replace("maximum: 4", "maximum: 2"), ["retire_values: {field: score, values: [4]}"], ["score=3"]),
        (SCHEMA.replace("maximum: 4", "maximum: 3"), ["retype_field: {field: score, to: number}"], []),
        (
            SCHEMA.replace("good, bad, mixed", "good"),
            ["split_value: {field: tone, value: bad, into: [good]}"],
            ["tone=mixed"],
        ),
        (
            SCHEMA.replace(", mixed]", "]"),
            ["retire_values: {field: names, values: [mixed]}", "retire_values: {field: tone, values: [mixed]}"],
            [],
        ),
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


RESTORE = "restore the entry of the base, and describe the new change in an entry of its own"
NO_MIXED = SCHEMA.replace(", mixed]", "]")


@pytest.mark.parametrize(
    ("schema", "affects", "level", "why"),
    [
        (SCHEMA, [], Level.PATCH, "no label is affected"),
        (SCHEMA, ["tone", "score=1", "tone"], Level.MINOR, "it affects tone, score=1"),
        (SCHEMA + "required: [tone]\n", [], Level.MINOR, "the schema allows other labels"),
        (SCHEMA + "required: [tone]\n", ["tone"], Level.MINOR, "it affects tone"),
        (SCHEMA + "x-flags: [rude]\nx-item: {type: object}\ndescription: A mood.\n", [], Level.PATCH, "no label is affected"),
        (SCHEMA.replace("mixed]", "mixed, none]"), [], Level.MINOR, "the schema allows other labels"),
        (NO_MIXED, ["tone"], Level.MAJOR, "the schema lacks tone=mixed, so labels with it need a migration"),
        (
            NO_MIXED.replace("good, ", "").replace("  score:", "  points:").replace("person, place", "place"),
            [],
            Level.MAJOR,
            "the schema lacks tone=good, tone=mixed, score, names=person, so labels with it need a migration",
        ),
        (SCHEMA.replace("enum: [good, bad, mixed]", "type: string"), [], Level.MINOR, "the schema allows other labels"),
        (SCHEMA.replace("minimum: 1, maximum: 4", "minimum: 3, maximum: 9"), [], Level.MAJOR,
         "the schema lacks score=1, score=2, so labels with it need a migration"),
    ],
)  # fmt: skip
def test_the_least_level_and_its_reason(schema, affects, level, why):
    assert least_level(revision(), revision(schema=schema), affects) == (level, why)


@pytest.mark.parametrize(
    ("guideline", "schema", "differs"),
    [
        (GUIDELINE, SCHEMA, False),
        (GUIDELINE.replace("Read it.", "Read it!"), SCHEMA, True),
        (GUIDELINE.replace("summary: second", "summary: other"), SCHEMA, True),
        (GUIDELINE, SCHEMA.replace("maximum: 4", "maximum: 5"), True),
        (GUIDELINE, SCHEMA + "x-flags: [rude]\n", True),
        (GUIDELINE, SCHEMA + "description: A mood.\n", True),
        (GUIDELINE, SCHEMA.replace("A mood", "The mood"), False),
        (GUIDELINE.replace("[ada]", "[ada, ben]"), SCHEMA, False),
        (GUIDELINE.replace("version: 1.1.0\no", "version: 1.1.0  # now\no"), SCHEMA, False),
    ],
)
def test_what_makes_an_edit(guideline, schema, differs):
    assert edited(revision(), revision(guideline, schema)) is differs


def test_the_new_entries_are_those_that_the_base_has_not_so():
    head = revision(bumped().replace("summary: first", "summary: other"))
    assert [change.version for change in new_changes(revision(), head)] == ["1.0.0", "1.2.0"]
    assert new_changes(revision(), revision()) == ()


@pytest.mark.parametrize(
    ("guideline", "schema", "rule", "pointer", "message", "fix"),
    [
        (
            GUIDELINE.replace("version: 1.1.0\no", "version: 1.0.9\no"), SCHEMA, "guideline/version-goes-back", "/version",
            "version 1.0.9 is lower than 1.1.0, the version of the base", "take 1.1.1",
        ),
        (
            GUIDELINE.replace("version: 1.1.0\no", "version: 1.0.0\no"), NO_MIXED, "guideline/version-goes-back", "/version",
            "version 1.0.0 is lower than 1.1.0, the version of the base", "take 2.0.0",
        ),
        (
            GUIDELINE.replace("summary: second", "summary: mine"), SCHEMA, "guideline/version-taken", "/changes/1",
            "version 1.1.0 exists in the base with a different entry", "take 1.2.0",
        ),
        (
            GUIDELINE, SCHEMA + "required: [tone]\n", "guideline/version-not-bumped", "/version",
            "the content changed, and the version is still 1.1.0; the schema allows other labels",
            "write `version: 1.2.0` and add an entry for it to `changes`; `assay guideline propose` does it",
        ),
        (
            bumped("1.1.1"), SCHEMA, "guideline/bump-too-small", "/version",
            "1.1.0 to 1.1.1 is a patch change, but it affects score", "use the minor version 1.2.0",
        ),
        (
            bumped().replace("summary: second", "summary: other"), SCHEMA, "guideline/history-altered", "/changes/1",
            "the entry of version 1.1.0 was altered", RESTORE,
        ),
        (
            bumped().replace("  - {version: 1.1.0, date: 2026-02-01, summary: second, affects: [tone=bad]}\n", ""), SCHEMA,
            "guideline/history-altered", "/changes", "the entry of version 1.1.0 was removed", RESTORE,
        ),
        (
            GUIDELINE.replace("  - {version: 1.1.0, date: 2026-02-01, summary: second, affects: [tone=bad]}\n", ""), SCHEMA,
            "guideline/version-taken", "/version", "version 1.1.0 exists in the base with a different entry", "take 1.1.1",
        ),
        (
            bumped("2.0.0"), NO_MIXED, "schema/no-migration", "",
            "the schema removes tone=mixed, and no migration covers labels that have it",
            "assay migrate add t NAME --guideline 2.0.0 --rename tone=mixed:NEW, or --merge, --retire, --split",
        ),
    ],
)  # fmt: skip
def test_each_finding_of_an_edit_has_its_place_its_words_and_its_fix(guideline, schema, rule, pointer, message, fix):
    found = edit_findings(revision(), revision(guideline, schema))[0 if rule != "schema/no-migration" else -1]
    path = "schemas/t.yaml" if rule == "schema/no-migration" else "guidelines/t.md"
    assert (found.rule, found.at.path, found.at.pointer, found.task) == (rule, path, pointer, "t")
    assert (found.message, found.fix) == (message, fix)


def test_without_a_base_or_with_one_that_lacks_the_task_nothing_is_wrong_with_the_versions(tmp_path):
    edited_page = {"guidelines/mood.md": FILES["guidelines/mood.md"].replace("Read it.", "Read it!")}
    base, head = small_project(tmp_path / "base"), small_project(tmp_path / "head", edited_page)
    rule = ["guideline/version-not-bumped"]
    assert [one.rule for one in version_findings(base, head, "mood")] == rule
    assert [one.rule for one in readable_version_findings(base, head, "mood")] == rule
    assert version_findings(None, head, "mood") == ()
    broken = small_project(tmp_path / "broken", {"guidelines/mood.md": "no front matter\n"})
    for one, other in ((broken, head), (base, broken)):
        assert readable_version_findings(one, other, "mood") == ()
    other = FILES["checks/project.yaml"].replace("mood", "tone")
    assert (
        readable_version_findings(small_project(tmp_path / "other", {"checks/project.yaml": other}), head, "mood") == ()
    )
    for gone in ("guidelines/mood.md", "schemas/mood.yaml"):
        (base.root / gone).rename(base.root / "aside")
        assert version_findings(base, head, "mood") == ()
        assert readable_version_findings(base, head, "mood") == ()
        (base.root / "aside").rename(base.root / gone)


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
