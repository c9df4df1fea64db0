"""What others are judged by has to be usable after a merge, and before one: file and line are said."""

import pytest

from assay.errors import ConfigError, UsageError
from assay.project.config import project_at
from assay.reviewer.event import ForgeEvidence, ReviewRequest
from assay.reviewer.project_check import project_findings
from assay.reviewer.pull_request import review_pull_request
from assay.reviewer.result import ReviewOutcome
from proposing import BASE, VOTE, Edit, commit_all, git, prepared, pushed

pytestmark = pytest.mark.threat(2)

SCHEMA, CHECKS = BASE["schemas/mood.yaml"], BASE["checks/mood.yaml"]
WRONG = {
    "a project file that does not parse": ("checks/project.yaml", "tasks: [\n", "checks/project.yaml:"),
    "a project file of a newer format": ("checks/project.yaml", BASE["checks/project.yaml"].replace("format: 1", "format: 2"), "checks/project.yaml:1"),
    "a project file of no format": ("checks/project.yaml", BASE["checks/project.yaml"].replace("format: 1", "format: 1.0"), "checks/project.yaml:1"),
    "a release of a newer format": ("releases/set.yaml", BASE["releases/set.yaml"] + "format: 2\n", "releases/set.yaml:"),
    "a project file taken away": ("checks/project.yaml", None, "checks/project.yaml project/configuration"),
    "a schema that does not parse": ("schemas/mood.yaml", "type: object\n  x: [\n", "schemas/mood.yaml:2"),
    "a schema that is none": ("schemas/mood.yaml", "type: object\nproperties: {tone: {type: strin}}\n", "schemas/mood.yaml:2"),
    "a schema taken away": ("schemas/mood.yaml", None, "schemas/mood.yaml"),
    "checks that do not parse": ("checks/mood.yaml", "consensus: {method: majority}\nrules: {schem: {}}\n", "checks/mood.yaml:2"),
    "a rule of no field": ("checks/mood.yaml", CHECKS.replace("    tone: {", "    tune: {"), "checks/mood.yaml:5"),
    "a rule of no breakdown": ("checks/mood.yaml", CHECKS.replace("by meta.lang", "by mood"), "checks/mood.yaml:7"),
    "waivers that do not parse": ("checks/waivers.yaml", "- {rule: x}\n", "checks/waivers.yaml:1"),
    "a release of no task": ("releases/set.yaml", BASE["releases/set.yaml"].replace("[mood]", "[song]"), "releases/set.yaml:2"),
    "a release taken away": ("releases/set.yaml", None, "releases/set.yaml"),
    "a guideline without front matter": ("guidelines/mood.md", "Read it.\n", "guidelines/mood.md:1"),
    "a guideline of another task": ("guidelines/mood.md", BASE["guidelines/mood.md"].replace("task: mood", "task: song"), "guidelines/mood.md:2"),
    "an entry of the roster": ("labels/annotators/new.yaml", "role: boss\n", "labels/annotators/new.yaml:1"),
    "somebody who has votes taken out": ("labels/annotators/ben.yaml", None, "label/unknown-annotator"),
    "a schema against the labels": ("schemas/mood.yaml", SCHEMA.replace("[good, bad]", "[good]"), "label/schema"),
    "a version that labels cite taken away": (
        "guidelines/mood.md",
        BASE["guidelines/mood.md"].replace("  - {version: 0.1.0, date: 2026-01-01, summary: first}\n", ""),
        "label/unknown-guideline",
    ),
    "a task taken away": ("checks/project.yaml", BASE["checks/project.yaml"].replace("{mood: {pool: texts}}", "{}"), "label/unknown-task"),
}  # fmt: skip


def seen(root, branch, base="main", who="noor-x"):
    return review_pull_request(
        root, ReviewRequest(base=base, head=branch, forge=ForgeEvidence(pushes=(pushed(root, branch, who),)))
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = prepared(tmp_path_factory.mktemp("configuration") / "clone")
    branches = {f"wrong-{n}": [Edit(files={path: text}, by="noor")] for n, (path, text, _) in enumerate(WRONG.values())}
    commit_all(root, {**branches, "mine": [Edit(files={"labels/mood/r3/ada.jsonl": VOTE})]})
    return root


@pytest.mark.parametrize(("path", "text", "modes"), [
    ("schemas/mood.yaml", "../checks/project.yaml", "120000"),
    ("guidelines/mood.md", "../checks/project.yaml", "120000"),
    ("checks/project.yaml", "../dvc.yaml", "120000"),
    ("labels/mood", "items", "120000"),
    ("guidelines/mood.md", BASE["guidelines/mood.md"] + "word " * 900_000, "100644"),
])  # fmt: skip
def test_what_cannot_be_read_after_the_merge_is_refused(root, path, text, modes):
    removed = {one: None for one in BASE if path == "labels/mood" and one.startswith("labels/mood/")}
    branch = f"unread-{path.replace('/', '-')}-{modes}"
    commit_all(root, {branch: [Edit(files={**removed, path: text}, modes={path: modes}, by="noor")]})
    assert seen(root, branch).verdict.outcome is ReviewOutcome.REFUSED


@pytest.mark.parametrize("name", WRONG)
def test_what_others_are_judged_by_has_to_be_usable_after_the_merge(root, name):
    found = seen(root, f"wrong-{list(WRONG).index(name)}")
    assert found.verdict.outcome is ReviewOutcome.REFUSED, found.verdict
    assert any(WRONG[name][2] in reason for reason in found.verdict.reasons), found.verdict.reasons


@pytest.mark.parametrize("name", [name for name in WRONG if "roster" not in name and "label" not in WRONG[name][2][:5]])
def test_by_a_base_that_cannot_be_used_nothing_is_judged(root, name):
    base = f"wrong-{list(WRONG).index(name)}"
    commit_all(root, {f"on-{base}": [Edit(files={"labels/mood/r3/ada.jsonl": VOTE})]}, start=base)
    if "rule of" in name:  # such a base is usable: its own finding is not the change's
        assert seen(root, f"on-{base}", base, "Ada-X").verdict.outcome is ReviewOutcome.OK
        return
    with pytest.raises((ConfigError, UsageError)) as told:
        seen(root, f"on-{base}", base, "Ada-X")
    assert "yaml" in told.value.message or ".md" in told.value.message


def test_a_finding_that_the_base_has_is_not_the_changes(root):
    broken = {"labels/mood/r3/ben.jsonl": '{"item":"i5","label":{"tone":"loud"}}\n'}
    commit_all(root, {"old": [Edit(files=broken, by="noor")]})
    commit_all(root, {"on-old": [Edit(files={"labels/mood/r3/ada.jsonl": VOTE})]}, start="old")
    found = seen(root, "on-old", "old", "Ada-X")
    everything = project_findings(project_at(root, git(root, "rev-parse", "old"))).findings
    assert (found.verdict.outcome, found.findings, found.elsewhere) == (ReviewOutcome.OK, (), len(everything))


def test_of_equal_findings_those_too_many_are_the_changes(root):
    one, two = "{\n", "{\n{\n"
    commit_all(root, {"one": [Edit(files={"labels/mood/r3/ada.jsonl": one}, by="noor")]})
    commit_all(root, {"two": [Edit(files={"labels/mood/r3/ada.jsonl": two})]}, start="one")
    found = seen(root, "two", "one", "Ada-X")
    assert found.verdict.outcome is ReviewOutcome.REFUSED
    assert [(one.rule, one.at.line) for one in found.findings] == [("label/not-json", 2)]
