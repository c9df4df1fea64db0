"""What a change affects, once migrations have given its fields and values other names."""

from assay.guidelines.front_matter import load_guideline
from assay.quality.outdated import measure_outdated
from projects import FILES, GUIDELINE, SCHEMA, load, schema_of, small_project

RENAMED = "rename_values: {field: tone, values: {bad: poor}}"
SWAPPED = "rename_values: {field: tone, values: {good: bad, bad: good}}"
FIELD = "rename_field: {from: tone, to: mood}"
LATER = "  - {version: 0.3.0, date: 2026-02-10, summary: third, affects: [SELECTED]}\n  - {version: NEWEST, date: 2026-02-20, summary: fourth}\n---\nRead"


def edited(selected, *steps, came="1.0.0"):
    """The small project, a change of 0.3.0, and migrations that came with a version."""
    newest = max(came, "1.0.0")
    guideline = GUIDELINE.replace("version: 0.2.0\nc", f"version: {newest}\nc")
    return {
        "guidelines/mood.md": guideline.replace(
            "---\nRead", LATER.replace("SELECTED", selected).replace("NEWEST", newest)
        ),
        **{
            f"schemas/migrations/mood/{number:04}-m.yaml": f"reason: r\nguideline: {came}\nsteps:\n  - {{{step}}}\n"
            for number, step in enumerate(steps, 1)
        },
    }


def test_what_is_outdated_stays_so_when_its_value_and_its_field_get_other_names(tmp_path):
    batch = FILES["labels/mood/r2/batch.yaml"]
    closed = {"labels/mood/r2/batch.yaml": batch.replace("closed", "open")}

    def outdated(folder, schema, *steps):
        files = {**closed, **edited("tone=bad", *steps), "schemas/mood.yaml": schema}
        project = small_project(tmp_path / folder, files)
        migrations = schema_of(project).migrations
        assert len(migrations) == len(steps)
        return measure_outdated(
            load(project).corpus, schema_of(project).fields, load_guideline(project, "mood"), migrations
        ).report

    before = outdated("before", SCHEMA)
    after = outdated("renamed", SCHEMA.replace("good, bad", "good, poor"), RENAMED)
    swapped = outdated("swapped", SCHEMA, SWAPPED)
    called = SCHEMA.replace("good, bad", "good, poor").replace("tone", "mood")
    moved = outdated("moved", called, RENAMED, FIELD)
    assert before.outdated == after.outdated == swapped.outdated == moved.outdated == 1
    assert (before.values, after.values) == ({"tone": {"bad": 1}}, {"tone": {"poor": 1}})
    assert (swapped.values, moved.values) == ({"tone": {"good": 1}}, {"mood": {"poor": 1}})
