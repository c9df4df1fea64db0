"""What is wrong with a guideline by itself."""

import pytest

from assay.core.findings import Severity
from assay.files.yaml import load_yaml
from assay.git.snapshot import WorkTree
from assay.guidelines.findings import lint_guideline
from assay.guidelines.front_matter import source_of
from assay.project.task_schema import schema_of
from guideline_pages import BODY, FRONT, PAGE, SCHEMA, line_of


def linted(page=PAGE, schema=SCHEMA, root=None):
    known = schema_of(load_yaml(schema.encode(), "schemas/mood.yaml"), "mood")
    return lint_guideline(
        source_of(page.encode(), "guidelines/mood.md"), known, {"ada"}, files=None if root is None else WorkTree(root)
    )


def said(found):
    return [(one.rule, one.at.line, one.message) for one in found]


def test_a_sound_guideline_has_no_finding():
    assert linted() == ()


@pytest.mark.parametrize(
    ("old", "new", "rule", "at", "says"),
    [
        ("owners: [ada]\n", "", "guideline/owner", "task:", "has no owner"),
        ("owners: [ada]", "owners: []", "guideline/owner", "owners:", "has no owner"),
        ("owners: [ada]", "owners: [ada, eve]", "guideline/owner", "owners:", "eve is not in the roster"),
        ("task: mood", "task: food", "guideline/front-matter", "task:", "the guideline of 'food'"),
        ("version: 1.1.0\n", "", "guideline/front-matter", "task:", "version"),
        ("version: 1.1.0\n", "version: 1.1\n", "guideline/front-matter", "version: 1.1\n", "/version"),
        ("summary: second", "sumary: x", "guideline/front-matter", "sumary", "unknown key 'sumary'"),
        ("summary: second", "summary: [", "guideline/front-matter", "summary: [", "expected"),
        ("version: 1.1.0\n", "version: 1.2.0\n", "guideline/changes", "version: 1.2.0", "1.2.0 has no entry"),
        (
            "version: 1.1.0\n",
            "version: 1.0.0\n",
            "guideline/changes",
            "version: 1.0.0",
            "the last entry of `changes` is 1.1.0",
        ),
        ("version: 1.0.0,", "version: 1.1.0,", "guideline/changes", "second", "duplicate version 1.1.0"),
        ("version: 1.0.0,", "version: 1.10.0,", "guideline/changes", "second", "1.1.0 comes after 1.10.0"),
        ("2026-02-01", "2025-12-31", "guideline/changes", "second", "before 1.0.0 of 2026-01-01"),
        ("2026-02-01", "2026-02-30", "guideline/changes", "second", "not a calendar date"),
        ("### `bad`", "### worse", "guideline/no-heading", "## Tone", "tone: 'bad' has no heading"),
        ("### person", "### people", "guideline/no-heading", "## names", "names: 'person' has no heading"),
        ("{tone: bad}", "{tone: good}", "guideline/no-example", "## Tone", "tone: 'bad' is in no example"),
        ("label: {tone: bad}", "not: {tone: bad}", "guideline/no-example", "## Tone", "tone: 'bad' is in no example"),
        ("label: person}", "label: place}", "guideline/no-example", "## names", "names: 'person' is in no example"),
        ("(#bad)", "(#badly)", "guideline/link", "(#badly)", "no heading #badly"),
        ("why: Hate.", "why: {}", "example/form", "why: {}", "`why:` must be a sentence"),
    ],
)
def test_a_fault_is_found_at_its_line_with_a_remedy(old, new, rule, at, says):
    page = PAGE.replace(old, new, 1)
    found = next(one for one in linted(page) if one.rule == rule and says in one.message)
    assert (found.severity, found.task, found.at.path) == (Severity.ERROR, "mood", "guidelines/mood.md")
    assert found.at.line == line_of(page, at)
    assert found.fix


def test_what_a_draft_lacks_is_a_warning_and_what_is_wrong_in_it_is_not():
    draft = FRONT.replace("1.0.0", "0.1.0").replace("1.1.0", "0.2.0").replace("[ada]", "[]") + "# Mood\n\n[x](#y)\n"
    severities = {(found.rule, found.severity) for found in linted(draft)}
    assert severities == {
        ("guideline/owner", Severity.WARNING),
        ("guideline/no-heading", Severity.WARNING),
        ("guideline/no-example", Severity.WARNING),
        ("guideline/link", Severity.ERROR),
    }


def test_a_field_of_many_values_has_one_warning_that_names_the_first_of_them():
    values = [f"v{number}" for number in range(13)]
    schema = f"type: object\nproperties: {{kind: {{enum: [{', '.join(values)}]}}}}\n"
    heading, example = sorted(linted(FRONT + "# Kind\n", schema), key=lambda one: one.rule, reverse=True)
    assert (heading.severity, example.severity) == (Severity.WARNING, Severity.WARNING)
    assert heading.message == (
        "kind: 13 of its 13 values have no heading: 'v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', …"
    )
    assert "are in no example" in example.message
    twelve = schema.replace(", v12", "")
    assert {one.severity for one in linted(FRONT + "# Kind\n", twelve)} == {Severity.ERROR}


TWO = "type: object\nproperties: {first: {enum: ['yes']}, second: {title: Second one, enum: ['yes']}}\n"


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ("# first\n## yes\n# second\n## Yes\n", []),
        ("# yes\n", []),
        ("# first\n## yes\n", ["second: 'yes' has no heading"]),
        ("# first\n# second one\n### “yes”\n", ["first: 'yes' has no heading"]),
        ("# first\n## yes\n# Anything\n## `yes`\n", []),
        ("- # yes\n", ["first: 'yes' has no heading", "second: 'yes' has no heading"]),
        ("# yes or no\n", ["first: 'yes' has no heading", "second: 'yes' has no heading"]),
    ],
)
def test_a_heading_below_another_field_explains_that_one_only(body, missing):
    found = linted(FRONT + body, TWO)
    assert [one.message for one in found if one.rule == "guideline/no-heading"] == missing


def test_numbers_and_members_of_sets_are_values_too():
    schema = "type: object\nproperties:\n  level: {type: integer, minimum: 1, maximum: 2}\n"
    schema += "  topics: {type: array, items: {enum: [a, b]}}\n"
    body = "## 1\n## a\n```example\ntext: x\nlabel: {level: 1, topics: [a]}\nwhy: y\n```\n"
    assert sorted(one.message for one in linted(FRONT + body, schema)) == [
        "level: '2' has no heading",
        "level: '2' is in no example",
        "topics: 'b' has no heading",
        "topics: 'b' is in no example",
    ]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("../schemas/mood.yaml", None),
        ("/schemas/mood.yaml#L3", None),
        ("other.md", None),
        ("other.md#the-end", None),
        ("other.md#The-End", None),
        ("mood.md#mood", None),
        ("../guidelines/", None),
        ("..", None),
        ("https://example.org/nowhere", None),
        ("mailto:a@example.org", None),
        ("//example.org/x", None),
        ("#", None),
        ("other.md#beginning", "guidelines/other.md has no heading #beginning"),
        ("mood.md#nowhere", "this page has no heading #nowhere"),
        ("missing.md", "there is no file 'guidelines/missing.md'"),
        ("../../outside.md", "there is no file '../outside.md'"),
        ("link.md", "there is no file 'guidelines/link.md'"),
        ("../.git/config", "there is no file '.git/config'"),
        ("a%00b.md", "there is no file"),
        ("x" * 5000, "there is no file"),
    ],
)
def test_links_to_files_and_their_headings_are_followed_and_nothing_else(tmp_path, target, says):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/mood.yaml").write_text(SCHEMA)
    (tmp_path / "guidelines").mkdir()
    (tmp_path / "guidelines/mood.md").write_text(PAGE)
    (tmp_path / "guidelines/other.md").write_text(FRONT + "# The end\n")
    (tmp_path / "guidelines/link.md").symlink_to(tmp_path / "guidelines/other.md")
    page = PAGE + f"\n[x]({target})\n"
    found = linted(page, root=tmp_path)
    assert [(one.rule, one.at.line) for one in found] == ([("guideline/link", page.count("\n"))] if says else [])
    assert all(says in one.message for one in found)


def test_without_a_root_links_to_other_files_are_not_judged():
    assert linted(PAGE + "\n[x](missing.md) [y](mood.md#bad)\n") == ()


def test_a_page_that_is_not_utf_8_is_a_finding_at_its_line():
    known = schema_of(load_yaml(SCHEMA.encode(), "schemas/mood.yaml"), "mood")
    source = source_of(FRONT.encode() + b"# A\n\xff\n", "guidelines/mood.md")
    (found,) = lint_guideline(source, known, {"ada"})
    assert (found.rule, found.at.line) == ("guideline/front-matter", 10)
    assert "UTF-8" in found.message


def test_findings_stand_in_the_order_of_the_page():
    page = FRONT.replace("[ada]", "[eve]") + BODY.replace("(#bad)", "(#x)")
    assert [one.at.line for one in linted(page)] == sorted(one.at.line for one in linted(page))
    assert said(linted(page)) == said(linted(page))
