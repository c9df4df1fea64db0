import pytest

from assay.core.people import Kind, Role, Status
from assay.project.config import find_project
from assay.project.roster import load_roster


@pytest.fixture
def project(tmp_path):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks/project.yaml").write_text("format: 1\nid: test-project\ntasks: {}\n")
    for folder in ("annotators", "sources"):
        (tmp_path / "labels" / folder).mkdir(parents=True)
        (tmp_path / "labels" / folder / "README.md").write_text("Who labels.\n")
    return find_project(tmp_path)


def write(project, name, text):
    (project.root / "labels" / name).write_text(text, encoding="utf-8")


def test_a_project_without_people_has_an_empty_roster(project):
    assert load_roster(project).annotators == {}
    assert load_roster(project).findings == ()


def test_an_entry_says_who_may_do_what(project):
    write(project, "annotators/ada.yaml", "role: lead\nhandle: ada-l\nemails: [a@example.org]\ngroups: {age: 30}\n")
    write(project, "annotators/bot.yaml", "kind: model\nqualified: [triage]\n")
    roster = load_roster(project).annotators
    ada, bot = roster["ada"], roster["bot"]
    assert (ada.role, ada.kind, ada.handle, ada.groups) == (Role.LEAD, Kind.PERSON, "ada-l", {"age": 30})
    assert (ada.counts, bot.counts, bot.qualified) == (True, False, ("triage",))


def test_annotators_of_a_source_have_ids_of_any_spelling(project):
    write(
        project,
        "sources/crowd.jsonl",
        '{"annotator":"Wörker 7","groups":{"x":1},"status":"excluded","reason":"spam"}\n',
    )
    [entry] = load_roster(project).annotators.values()
    assert (entry.id, entry.status, entry.groups) == ("@crowd/Wörker 7", Status.EXCLUDED, {"x": 1})


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("annotators/ada.yaml", "role: boss\n", 1),
        ("annotators/ada.yaml", "kind: person\nrool: lead\n", 2),
        ("annotators/ada.yaml", "kind: &a person\n", 1),
        ("annotators/ada.yaml", "", 1),
        ("annotators/Ada.yaml", "kind: person\n", 0),
        ("annotators/ada.json", "{}", 0),
        ("sources/crowd.jsonl", '{"annotator":"a"}\n{"annotator":"a"}\n', 2),
        ("sources/crowd.jsonl", '{"annotator":"a"}\n\n', 2),
        ("sources/crowd.jsonl", '{"annotator":"a"}\n{"annotator":7}\n', 2),
        ("sources/crowd.jsonl", '{"kind":"person"}\n', 1),
        ("sources/crowd.jsonl", "[]\n", 1),
        ("sources/Crowd.jsonl", "{}\n", 0),
    ],
)
def test_a_broken_entry_is_one_finding_at_its_line(project, name, text, line):
    write(project, name, text)
    [found] = load_roster(project).findings
    assert (found.rule, found.at.path, found.at.line) == ("roster/entry", f"labels/{name}", line)
    assert found.message
    assert found.fix


def test_a_broken_entry_is_known_but_counts_for_nothing(project):
    write(project, "annotators/ada.yaml", "role: boss\n")
    write(project, "sources/crowd.jsonl", '{"annotator":"a"}\n{\n')
    roster = load_roster(project)
    assert list(roster.annotators) == ["@crowd/a"]
    assert [roster.knows(name) for name in ("ada", "ben", "@crowd/b", "@other/b")] == [True, False, True, False]


def test_a_linked_entry_is_not_followed(project, tmp_path):
    (tmp_path / "elsewhere.yaml").write_text("role: lead\n")
    (project.root / "labels/annotators/eve.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    roster = load_roster(project)
    assert [found.rule for found in roster.findings] == ["roster/entry"]
    assert roster.annotators == {}
