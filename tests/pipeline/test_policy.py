"""Through DVC: a changed bound measures nothing again, what values depend on does, and what is left out has its default."""

import json

import pytest

from pipelines import assay, commit, repro

pytestmark = pytest.mark.slow
BOUND = ["policy@minutes", "gate"]
VALUES = ["policy@minutes", "consensus@minutes", "quality@minutes", "gate"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A task of numbers, judged without a `consensus` in its checks: of 40 items one has votes ten minutes apart."""
    place = tmp_path_factory.mktemp("policy")
    votes = [
        {"item": f"i{item:02}", "annotator": who, "label": {"minutes": item + (10 if (item, who) == (3, "y") else 0)}}
        for item in range(40)
        for who in "xy"
    ]
    source = place / "votes.jsonl"
    source.write_text("".join(json.dumps(vote) + "\n" for vote in votes))
    folder = place / "demo"
    assert assay(place, "init", "demo").code == 0
    for command in (("task", "add", "minutes", "--from", source), ("import", "long", source, "--task", "minutes")):
        assert assay(folder, *command).code == 0
    schema = folder / "schemas/minutes.yaml"
    schema.write_text(schema.read_text().replace("type: integer", "type: integer\n    x-scale: interval"))
    checks(folder, "")
    commit(folder)
    ran = repro(folder)
    assert ran.code == 0, ran.said
    return folder


def checks(folder, spread, at_most=0.5, heading=""):
    text = f"{heading}rules:\n  schema: {{errors_at_most: 0}}\n  unresolved: {{at_most: {at_most}{spread}}}\n"
    (folder / "checks/minutes.yaml").write_text(text)


def apart(folder):
    return json.loads((folder / "reports/minutes/quality.json").read_text())["unresolved"]["reasons"].get("apart", 0)


def test_what_reruns_is_what_a_change_of_the_policy_touches(project):
    report = json.loads((project / "reports/minutes/consensus.json").read_text())
    assert (report["method"], apart(project)) == ("majority", 0)
    for at_most, spread, heading, stages, found in (
        (0.4, "", "", BOUND, 0),
        (0.4, ", spread: {minutes: 5}", "", VALUES, 1),
        (0.3, ", spread: {minutes: 5}", "", BOUND, 1),
        (0.3, "", "consensus: {method: majority}\n", VALUES, 0),
    ):
        checks(project, spread, at_most, heading)
        ran = repro(project)
        assert (ran.code, ran.stages, apart(project)) == (0, stages, found), ran.said
        assert repro(project).stages == []
