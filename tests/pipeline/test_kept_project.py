"""A project that an older assay left opens with the one of today, and comes to the same figures."""

import json

import pytest

from assay import __version__
from assay.files.parquet import read_parquet
from assay.files.yaml import load_yaml
from kept import KEPT, STORED, differing_outputs, figures_of, kept_project
from pipelines import REPOSITORY, commit, here, repro, run

NEXT = {"all": ("1.2.0", "1.3.0"), "notes": ("0.1.0", "0.2.0")}
"""The versions of the releases that the project recorded, and the next ones: some figures have changed since."""
WAIVER = """- rule: notes/agreement/kind
  reason: seventeen more are being labelled
  approver: chen
  until: 2027-03-31
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The kept project as it was left; not to be changed."""
    return kept_project(tmp_path_factory.mktemp("kept") / "project")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("check", "--all"), "dee is paused, and `since` is missing"),
        (("check", "--all"), "1 error, 3 warnings in 3 files"),
        (("todo", "--as", "ada"), "Is that all it is about?"),
        (("team",), "dee"),
        (("log", "n12"), "It speaks of the noise, too."),
        (("diff",), "no label changed"),
        (("guideline", "log", "notes"), "2.0.0"),
        (("migrate",), "0001-one-fault"),
        (("fmt", "--check"), "cas.jsonl: is not canonical"),
        (("report",), "0.744"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_reads_it_reads_it_as_it_was_left(kept, command, says):
    ran = here(kept, *command)

    assert ran.code in ({0, 1} if command[0] in {"check", "fmt", "report"} else {0}), ran.said
    assert says in ran.said


def test_it_is_upgraded_and_comes_to_the_figures_that_it_came_to(tmp_path):
    project = kept_project(tmp_path / "project")
    stored = json.loads(STORED.read_text(encoding="utf-8"))

    refused = here(project, "schema", "notes")
    assert refused.code == 2
    assert "assay upgrade" in refused.said

    seen = here(project, "upgrade")
    assert seen.code == 0
    assert "next: assay upgrade --write (3 files; nothing was written yet)" in seen.said
    assert seen.said in (REPOSITORY / "docs/upgrading.md").read_text(encoding="utf-8")
    assert run(project, "git", "status", "--short").said == ""

    written = here(project, "upgrade", "--write")
    assert written.code == 0
    assert written.said.endswith("next: dvc repro\n")
    assert (
        run(project, "git", "status", "--short").said
        == " M .dvc/plots/agreement.json\n M checks/project.yaml\n M dvc.yaml\n"
    )
    assert f'assay: "{__version__}"' in (project / "checks/project.yaml").read_text()
    assert "# a signature counts as well" in (project / "checks/project.yaml").read_text()
    # A pause without a day took all votes out, as `excluded` does now; which day it was, nobody could tell.
    mended = here(project, "annotator", "set", "dee", "--status", "excluded")
    assert (mended.code, "no longer count" in mended.said) == (0, False)
    # The interval of 33 units says today what it is: a bound of .5 takes about 50 of them, and until then somebody's word.
    waivers = project / "checks/waivers.yaml"
    waivers.write_text(waivers.read_text() + WAIVER)
    for name, (old, new) in NEXT.items():
        spec = project / f"releases/{name}.yaml"
        spec.write_text(spec.read_text().replace(old, new, 1))
    commit(project, "upgraded")

    ran = repro(project)
    assert ran.code == 0, ran.said
    assert {stage.partition("@")[0] for stage in ran.stages} == {
        *("schema", "agreement", "policy", "consensus", "quality", "gate", "release"),
    }
    assert figures_of(project) == stored["figures"]
    assert differing_outputs(project) == [], "what the pipeline makes has changed: see tests/fixtures/README.md"
    for task in ("notes", "pairs"):
        queued = read_parquet(project / "build" / task / "queue.parquet").num_rows
        report = json.loads((project / "reports" / task / "quality.json").read_text())["queue"]
        assert queued == sum(report["reasons"].values())
    lock = load_yaml((project / "dvc.lock").read_bytes(), "dvc.lock").value["stages"]
    made_by = [name for name, stage in lock.items() for out in stage["outs"] if out["path"].endswith("queue.parquet")]
    assert made_by == ["quality@notes", "quality@pairs"]
    assert repro(project).stages == []

    again = here(project, "upgrade", "--write")
    assert (again.code, again.said.partition(":")[0]) == (0, "nothing to do")
    assert here(project, "report").code == 0
    for name in ("notes", "all"):
        assert here(project, "release", "verify", name).code == 0
        recorded = here(project, "release", "record", name)
        assert recorded.code == 0, recorded.said


def test_its_figures_are_those_of_its_own_reports_but_for_what_was_changed_with_a_reason():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    alpha = json.loads((KEPT / "reports/notes/agreement.json").read_text())["fields"]["kind"]["alpha"]
    path = "tasks/notes/agreement/kind/alpha"
    assert stored["figures"]["tasks"]["notes"]["agreement"]["kind"]["alpha"] == alpha or path in stored["why"]
    assert all(isinstance(why, str) and why for why in stored["why"].values())
