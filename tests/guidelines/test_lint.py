"""What is wrong with a guideline by itself."""

import pytest

from assay.core.findings import Severity
from assay.errors import ConfigError
from assay.files.yaml import load_yaml
from assay.git.snapshot import WorkTree
from assay.guidelines.findings import (
    configuration_faults,
    configuration_findings,
    links_elsewhere,
    lint_findings,
    lint_guideline,
    policy_faults,
    require_configuration,
    require_policy,
    unusable,
)
from assay.guidelines.front_matter import source_of
from assay.project.config import find_project
from assay.project.task_schema import schema_of
from guideline_pages import BODY, FILES, FRONT, PAGE, PROJECT, SCHEMA, line_of
from projects import write_files


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


FIRST = "  - {version: 1.0.0, date: 2026-01-01, summary: first}\n"


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("2026-02-01", "2026-01-01", []),
        ("1.1.0, date: 2026-02-01", "1.1.0, date: 2026-01-00", [
            ("/changes/1/date", "2026-01-00 is not a calendar date"),
            ("/changes/1/date", "version 1.1.0 is of 2026-01-00, before 1.0.0 of 2026-01-01"),
        ]),
        ("1.0.0, date: 2026-01-01", "1.0.0, date: 2026-01-32", [("/changes/0/date", "2026-01-32 is not a calendar date")]),
        ("  - {version: 1.1.0, date: 2026-02-01, summary: second}\n", "", [
            ("/version", "version 1.1.0 has no entry under `changes`"),
        ]),
        ("version: 1.1.0\n", "version: 1.0.0\n", [
            ("/version", "the version is 1.0.0, and the last entry of `changes` is 1.1.0"),
        ]),
        (FIRST, FIRST * 2, [("/changes/1/version", "duplicate version 1.0.0")]),
        (FIRST, FIRST + FIRST.replace("1.0.0", "2.0.0"), [("/changes/2/version", "version 1.1.0 comes after 2.0.0")]),
        (FIRST, FIRST + FIRST.replace("1.0.0", "1.1.0"), [("/changes/2/version", "duplicate version 1.1.0")]),
    ],
)  # fmt: skip
def test_entries_are_in_order_of_version_and_day_and_the_last_is_of_the_version(old, new, found):
    assert old in PAGE
    told = [one for one in linted(PAGE.replace(old, new, 1)) if one.rule == "guideline/changes"]
    assert sorted((one.at.pointer, one.message) for one in told) == sorted(found)


@pytest.mark.parametrize(
    ("owners", "found"),
    [
        ("[eve, ada, zoe]", [("/owners/0", "eve is not in the roster"), ("/owners/2", "zoe is not in the roster")]),
        ("[]", [("/owners", "the guideline has no owner")]),
        ("[ada]", []),
    ],
)
def test_an_owner_is_one_of_the_roster(owners, found):
    told = linted(PAGE.replace("[ada]", owners))
    assert [(one.at.pointer, one.message) for one in told] == found
    assert {one.rule for one in told} == ({"guideline/owner"} if found else set())
    assert [one.fix for one in told if "roster" in one.message] == [
        f"add labels/annotators/{message.split()[0]}.yaml, or correct the name"
        for _, message in found
        if "roster" in message
    ]


@pytest.mark.parametrize(
    ("version", "severity"), [("0.9.0", Severity.WARNING), ("1.0.0", Severity.ERROR), ("10.0.0", Severity.ERROR)]
)
def test_a_draft_is_a_guideline_of_version_nought(version, severity):
    page = PAGE.replace("1.1.0", version).replace(FIRST, "").replace("[ada]", "[eve]")
    assert [(one.rule, one.severity) for one in linted(page)] == [("guideline/owner", severity)]


@pytest.mark.parametrize("old", ["task: mood\n", "version: 1.1.0\n"])
def test_what_is_wrong_with_the_body_is_told_though_the_front_matter_cannot_be_read(old):
    found = linted(PAGE.replace(old, "").replace("(#bad)", "(#no)").replace("[ada]", "[eve]"))
    assert [one.rule for one in found] == ["guideline/front-matter", "guideline/link"]


def test_a_value_that_no_example_gives_is_told_at_the_heading_of_its_field_else_at_the_top():
    for heading, line in (("## Tone of voice", "## Tone of voice"), ("## tone", "## tone"), ("## Other", "# Mood")):
        page = PAGE.replace("## Tone of voice", heading).replace("{tone: bad}", "{tone: good}")
        (found,) = [one for one in linted(page) if one.rule == "guideline/no-example"]
        assert (found.message, found.at.line) == ("tone: 'bad' is in no example", line_of(page, line))


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
    for number, more in ((8, ""), (9, ", …")):
        named = "".join(f"### v{value}\n" for value in range(number, 13))
        (said,) = [
            one.message for one in linted(FRONT + "# Kind\n" + named, schema) if one.rule == "guideline/no-heading"
        ]
        eight = ", ".join(repr(value) for value in values[:8])
        assert said == f"kind: {number} of its 13 values have no heading: {eight}{more}"
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
        ("# second\n# yes\n", []),
        ("# First\n# second one\n## Yes\n", ["first: 'yes' has no heading"]),
        ("# first\n## second\n### yes\n", []),
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


def test_a_field_without_declared_values_asks_for_no_heading_and_no_example():
    spans = (
        "type: array, x-source: text, items: {type: object, properties: {start: {type: integer}, end: {type: integer}}}"
    )
    schema = f"type: object\nproperties:\n  why: {{type: string}}\n  share: {{type: number}}\n  marks: {{{spans}}}\n"
    assert linted(FRONT + "# Mood\n", schema) == ()
    empty = schema + "  tone: {enum: ['', '``', good]}\n"
    assert {one.message for one in linted(FRONT + "# Mood\n", empty)} == {
        "tone: 'good' has no heading",
        "tone: 'good' is in no example",
    }


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
        ("/guidelines/other.md#the-end", None),
        ("/other.md", "there is no file 'other.md'"),
        ("../guidelines/mood.md#tone-of-voice", None),
        ("other%2Emd#the%2Dend", None),
        ("OTHER.MARKDOWN#end", None),
        ("OTHER.MARKDOWN#start", "guidelines/OTHER.MARKDOWN has no heading #start"),
        ("plain.txt#nowhere", None),
        ("latin.md#nowhere", None),
        ("bare.md#here", None),
        ("bare.md#there", "guidelines/bare.md has no heading #there"),
        ("bare.md#", None),
        ("//[:]", "'//[:]' is not a valid address"),
        ("?x=1#bad", None),
        ("?x=1#badly", "this page has no heading #badly"),
        ("x" * 5000, "there is no file"),
    ],
)
def test_links_to_files_and_their_headings_are_followed_and_nothing_else(tmp_path, target, says):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/mood.yaml").write_text(SCHEMA)
    (tmp_path / "guidelines").mkdir()
    (tmp_path / "guidelines/mood.md").write_text(PAGE)
    (tmp_path / "guidelines/other.md").write_text(FRONT + "# The end\n")
    (tmp_path / "guidelines/OTHER.MARKDOWN").write_text("# End\n")
    (tmp_path / "guidelines/plain.txt").write_text("# End\n")
    (tmp_path / "guidelines/latin.md").write_bytes(b"# \xe9\n")
    (tmp_path / "guidelines/bare.md").write_text("# Here\n")
    (tmp_path / "guidelines/link.md").symlink_to(tmp_path / "guidelines/other.md")
    page = PAGE + f"\n[x]({target})\n"
    found = linted(page, root=tmp_path)
    assert [(one.rule, one.at.line) for one in found] == ([("guideline/link", page.count("\n"))] if says else [])
    assert all(says in one.message for one in found)


def test_every_finding_of_a_link_says_what_to_do(tmp_path):
    write_files(tmp_path, {"guidelines/mood.md": PAGE})
    found = linted(PAGE + "\n[a](//[:])\n[b](gone.md)\n[c](#Gone)\n", root=tmp_path)
    assert [(one.at.line, one.message, one.fix, one.task) for one in found] == [
        (35, "'//[:]' is not a valid address", "correct the link", "mood"),
        (36, "there is no file 'guidelines/gone.md'", "write the path of a file, relative to guidelines/", "mood"),
        (
            37,
            "this page has no heading #Gone",
            "write the heading in lower case, with `-` for each space and without punctuation",
            "mood",
        ),
    ]


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
    page = (
        page.replace("owners: [eve]\n", "")
        .replace("---\n# Mood", "owners: [eve]\n---\n# Mood [x](#no)")
        .replace("1.0.0", "1.2.0")
    )
    lines = [one.at.line for one in linted(page.replace("{tone: bad}", "{tone: good}").replace("why: Hate.", "why: 3"))]
    assert len(set(lines)) > 4
    assert lines == sorted(lines)


BROKEN = {
    "checks/project.yaml": PROJECT.replace("}}", "}, tone: {pool: texts}}") + "releases: [one]\n",
    "checks/mood.yaml": "rules: 3\n",
    "checks/tone.yaml": "rules: {}\nodd: 1\n",
    "checks/waivers.yaml": "- {rule: x}\n",
    "releases/one.yaml": "version: 1\n",
    "schemas/tone.yaml": SCHEMA,
    "guidelines/tone.md": "no front matter\n",
}
PLACES = {"checks/mood.yaml": "mood", "checks/tone.yaml": "tone", "releases/one.yaml": "", "checks/waivers.yaml": ""}


def test_all_that_cannot_be_used_is_told_at_once_and_for_which_task(tmp_path):
    write_files(tmp_path, FILES | BROKEN)
    project = find_project(tmp_path)

    def told(faults):
        found = [(one.at.path, one.task, one.rule) for one in configuration_findings(faults)]
        assert {rule for *_, rule in found} == {"project/configuration"}
        return {path: task for path, task, _ in found}

    assert told(policy_faults(project, ["mood", "tone"])) == PLACES
    assert told(policy_faults(project, ["tone"])) == {path: of for path, of in PLACES.items() if of != "mood"}
    assert told(configuration_faults(project, iter(["mood", "tone"]))) == {**PLACES, "guidelines/tone.md": "tone"}
    assert list(unusable(project, ["mood", "tone"])) == ["tone"]
    for require, paths in (
        (lambda: require_policy(project), [*PLACES]),
        (lambda: require_configuration(project, ["mood"]), [path for path, of in PLACES.items() if of != "tone"]),
    ):
        with pytest.raises(ConfigError) as raised:
            require()
        assert all(path in raised.value.message for path in paths)
        assert ("checks/tone.yaml" in raised.value.message) is ("checks/tone.yaml" in paths)
        assert all(one.fix in raised.value.fix for one in configuration_findings(policy_faults(project, ["mood"])))


def test_of_sound_configuration_nothing_is_told(tmp_path):
    write_files(tmp_path, FILES)
    project = find_project(tmp_path)
    assert list(configuration_faults(project, project.tasks)) == []
    require_policy(project)
    require_configuration(project, project.tasks)
    assert unusable(project, project.tasks) == {}
    assert list(lint_findings(project, "mood")) == []


@pytest.mark.parametrize("name", ["schemas/mood.yaml", "guidelines/mood.md", "schemas/migrations/mood/0001-x.yaml"])
def test_a_task_is_unusable_without_its_schema_its_guideline_or_a_migration_that_can_be_read(tmp_path, name):
    write_files(tmp_path, {**FILES, name: "[\n"})
    project = find_project(tmp_path)
    assert list(unusable(project, project.tasks)) == ["mood"]
    assert name in unusable(project, project.tasks)["mood"].message
    assert [one.task for one in configuration_faults(project, project.tasks)] == ["mood"]


def test_only_the_links_to_other_files_are_told_where_only_those_are_asked_for(tmp_path):
    write_files(tmp_path, {**FILES, "guidelines/mood.md": PAGE + "[a](#no) [b](gone.md) [c](//[:]) [d](mood.md#no)\n"})
    project = find_project(tmp_path)
    assert [one.message for one in links_elsewhere(project, "mood")] == ["there is no file 'guidelines/gone.md'"]
    assert len([one for one in lint_findings(project, "mood") if one.rule == "guideline/link"]) == 4
    write_files(tmp_path, {"guidelines/mood.md": "[b](gone.md)\n"})
    assert list(links_elsewhere(find_project(tmp_path), "mood")) == []


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"no front matter\n", 1, "no front matter"),
        (b"---\ntask: [\n---\n", 3, "expected"),
        (b"---\r\ntask: mood\r\n---\r\n", 1, "the line ends with CR LF"),
        (FRONT.encode() + b"\n\xff\n", 10, "is not UTF-8"),
        (None, 0, "No such file"),
    ],
)
def test_what_stops_the_reading_is_told_at_its_line_without_the_path_again(tmp_path, content, line, says):
    write_files(tmp_path, {**FILES, "guidelines/mood.md": content or b""})
    if content is None:
        (tmp_path / "guidelines/mood.md").unlink()
    (found,) = [one for one in lint_findings(find_project(tmp_path), "mood") if one.rule == "guideline/front-matter"]
    assert (found.at.path, found.at.line, found.task) == ("guidelines/mood.md", line, "mood")
    assert says in found.message
    assert "guidelines/mood.md" not in found.message


def test_whose_owner_or_links_are_wrong_is_judged_by_the_project(tmp_path):
    write_files(tmp_path, {**FILES, "guidelines/mood.md": PAGE.replace("[ada]", "[eve]") + "[b](gone.md)\n"})
    assert [one.rule for one in lint_findings(find_project(tmp_path), "mood")] == ["guideline/owner", "guideline/link"]
