"""A project is taken to this assay: what would be written is said, all of it is written or nothing, nobody's lines are lost."""

import pytest

from assay import __version__
from assay.clone.doctor import examine
from assay.clone.forge_files import CiForge, install_forge
from assay.clone.project_files import init_project, project_templates
from assay.clone.upgrade import PLOT, WRITTEN, plan_upgrade, write_upgrade
from assay.errors import ConfigError, UsageError
from assay.files.atomic import digest_bytes
from assay.files.yaml import load_yaml
from assay.project.config import find_project
from kept import KEPT

PIPELINE = dict(project_templates())["dvc.yaml"]
OLD = (KEPT / "dvc.yaml.in").read_text()
MADE = "        - build/${key}/queue.parquet\n"
FORMER = (
    PIPELINE.replace(MADE, "")
    .replace("        - build/${key}/duplicates.parquet\n", "")
    .replace(
        "        - build/${key}/consensus.parquet\n        - build/${key}/policy.json\n",
        "        - build/${key}/consensus.parquet\n",
    )
    .replace(
        "      outs:\n        - build/${key}/consensus.parquet\n",
        f"      outs:\n        - build/${{key}}/consensus.parquet\n{MADE}",
    )
    .replace(
        "compare votes with gold, measure coverage, list what to look at\n",
        "hold votes against gold, and work against the plan\n",
    )
)
"""The pipeline as it was while `consensus` made the queue, and nobody looked for duplicates."""
NEEDS_POLICY = "has no stage that runs `assay policy`"
LISTED = "lines to them:\n"
OWN = "  look:\n    cmd: python look.py\n"


@pytest.fixture
def root(tmp_path):
    """A new project, at this assay."""
    init_project(tmp_path / "project", project_id="0b9ffe5c-1111")
    return tmp_path / "project"


def states(root, line):
    """Says something else of the assay that measures the project."""
    path = root / "checks/project.yaml"
    kept = [one for one in path.read_text().splitlines(keepends=True) if not one.startswith("assay:")]
    path.write_text("".join([*kept, line]))


def everything(root):
    """Every file of the project, by its bytes."""
    files = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def upgraded(root):
    """Upgrades a project: the files that were written."""
    plan = plan_upgrade(find_project(root))
    before = everything(root)
    write_upgrade(find_project(root), plan)
    after = everything(root)
    changed = {path for path in after if after[path] != before.get(path) and not path.startswith(".assay/")}
    assert changed == {change.path for change in plan.changes}
    assert before.keys() <= after.keys()
    return changed


def test_a_new_project_has_nothing_to_do(root):
    plan = plan_upgrade(find_project(root))
    assert (plan.changes, plan.by_hand, plan.after) == ((), (), ())


def test_every_file_for_dvc_that_init_has_written_is_known_as_such():
    """Where the template is changed, the digest of the new one is added, so that a later upgrade knows it."""
    assert WRITTEN.keys() == {"dvc.yaml", PLOT}
    for name, digests in WRITTEN.items():
        assert digest_bytes(dict(project_templates())[name].encode()) in digests
    for old in (OLD, FORMER):
        assert digest_bytes(old.encode()) in WRITTEN["dvc.yaml"]


@pytest.mark.parametrize("pipeline", [OLD, FORMER], ids=["old", "former"])
@pytest.mark.parametrize("line", ["", "assay: 0.0.9\n", 'assay: "0.0.9"  # since May\n'])
def test_an_older_project_is_taken_here_and_keeps_its_comments(root, line, pipeline):
    states(root, line)
    (root / "dvc.yaml").write_text(pipeline)
    assert upgraded(root) == {"checks/project.yaml", "dvc.yaml"}
    text = (root / "checks/project.yaml").read_text()
    assert find_project(root).assay == __version__
    assert "# a guideline is approved by the forge's required review" in text
    assert ("# since May" in text) == ("since" in line)
    assert (root / "dvc.yaml").read_text() == PIPELINE
    assert upgraded(root) == set()


@pytest.mark.parametrize(
    ("pipeline", "lacking"),
    [
        (OLD + OWN, "schema, agreement, consensus, quality, gate, release"),
        (OLD.replace("# The pipeline", "# Our pipeline"), "schema, agreement, consensus, quality, gate, release"),
        (
            OLD.replace("cmd: assay gate", "cmd: uv run assay gate"),
            "schema, agreement, consensus, quality, gate, release",
        ),
        (
            PIPELINE.replace("          - format\n          - assay\n    outs", "          - format\n    outs") + OWN,
            "gate",
        ),
        ("stages:\n  x: &x\n    cmd: assay gate\n", "schema, agreement, policy, consensus, quality, gate, release"),
    ],
    ids=["a stage", "a comment", "another command", "one parameter", "an anchor"],
)
def test_a_pipeline_with_lines_of_somebodys_own_is_left_and_what_to_add_is_said(root, pipeline, lacking):
    states(root, "")
    (root / "dvc.yaml").write_text(pipeline)
    assert upgraded(root) == {"checks/project.yaml"}
    left, *more = plan_upgrade(find_project(root)).by_hand
    assert [NEEDS_POLICY in one for one in more] == (
        [True] if "consensus" in pipeline and "policy" not in pipeline else []
    )
    told = f"stages:\n{more[0].split(LISTED)[1]}" if more else "stages: {}"
    stages, whole = (load_yaml(text.encode(), "dvc.yaml").value["stages"] for text in (told, PIPELINE))
    assert stages == {name: whole[name] for name in ("agreement", "policy", "consensus", "quality") if more}
    assert f"Add to the stages {lacking}:\n" in left
    assert "- checks/project.yaml:\n          - format\n          - assay" in left
    assert (root / "dvc.yaml").read_text() == pipeline


def test_in_a_pipeline_of_somebodys_own_the_queue_moves_to_quality_by_hand(root):
    (root / "dvc.yaml").write_text(FORMER + OWN)
    (left,) = plan_upgrade(find_project(root)).by_hand
    assert "has no queue.parquet among the outputs of the stage that runs `assay quality`" in left
    stages, whole = (
        load_yaml(text.encode(), "dvc.yaml").value["stages"] for text in (f"stages:\n{left.split(LISTED)[1]}", PIPELINE)
    )
    assert stages == {name: whole[name] for name in ("consensus", "quality")}


@pytest.mark.parametrize(
    "pipeline",
    [
        PIPELINE + OWN,
        f"stages:\n{OWN}",
        "stages:\n  gate:\n    cmd: assay gate\n    params:\n      - checks/project.yaml:\n",
        "",
    ],
    ids=["all of them", "no stage of assay", "the whole file", "no pipeline"],
)
def test_a_pipeline_that_has_the_parameters_is_well_whoever_wrote_it(root, pipeline):
    (root / "dvc.yaml").write_text(pipeline)
    plan = plan_upgrade(find_project(root))
    assert (plan.changes, plan.by_hand) == ((), ())


def test_a_later_assays_project_is_not_taken_back(root):
    states(root, "assay: 99.0.0\n")
    before = everything(root)
    with pytest.raises(UsageError, match="cannot be downgraded") as caught:
        plan_upgrade(find_project(root))
    assert "pip install 'assay-labels[audit,pipeline]==99.0.0'" in caught.value.fix
    assert everything(root) == before


def test_where_the_project_file_cannot_be_edited_nothing_is_written(root):
    path = root / "checks/project.yaml"
    path.write_text("format: 1\nid: 0b9ffe5c-1111\ntasks: {}\nreleases: []\n...\n")
    (root / "dvc.yaml").write_text(OLD)
    before = everything(root)
    with pytest.raises(ConfigError, match="assay cannot be changed in its current style") as caught:
        plan_upgrade(find_project(root))
    assert "by hand" in caught.value.fix
    assert everything(root) == before


def test_the_forges_pin_follows_and_its_lock_is_to_be_made_again(root):
    install_forge(find_project(root), CiForge.GITHUB)
    pin = root / "requirements.in"
    assert f"=={__version__}\n" in pin.read_text()
    states(root, "assay: 0.0.9\n")
    pin.write_text("# ours\nassay-labels[audit,pipeline,page]==0.0.9  # pinned\nassay-labels-more==0.0.9\n")
    assert upgraded(root) == {"checks/project.yaml", "requirements.in"}
    assert pin.read_text() == (
        f"# ours\nassay-labels[audit,pipeline,page]=={__version__}  # pinned\nassay-labels-more==0.0.9\n"
    )


def test_a_project_of_another_version_is_pinned_to_its_own(root):
    states(root, "assay: 0.0.9\n")
    install_forge(find_project(root), CiForge.GITHUB)
    assert "==0.0.9\n" in (root / "requirements.in").read_text()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, ""),
        ({"requirements.in": "assay-labels>=0.0.1\n"}, ""),
        ({"requirements.in": f"assay-labels[page]=={__version__}\n"}, ""),
        ({"requirements.in": "assay-labels[page]==0.0.9\n"}, "requirements.in pins 0.0.9"),
        (
            {
                "requirements.in": f"assay-labels=={__version__}\n",
                "requirements.lock": "click==8.2.0\nassay-labels[audit]==0.0.9 \\\n    --hash=sha256:00\n",
            },
            "requirements.lock pins 0.0.9",
        ),
    ],
)
def test_doctor_compares_the_places_that_name_a_version(root, files, said):
    for name, text in files.items():
        (root / name).write_text(text)
    (found,) = (one for one in examine(find_project(root)) if one.name == "assay")
    assert found.well == (not said)
    assert said in found.said


@pytest.mark.parametrize("name", ["dvc.yaml", "requirements.in"])
def test_a_file_that_cannot_be_read_is_left_to_a_person_and_said(root, name):
    """DVC follows a link, and pip reads any bytes: what they lack must not be taken for nothing."""
    place = root / name
    for make, why in (
        (lambda: place.write_bytes(b"# caf\xe9\n"), "byte 5 is not UTF-8"),
        (lambda: place.symlink_to("elsewhere"), "symbolic link"),
        (place.mkdir, "irectory"),
    ):
        place.unlink(missing_ok=True)
        make()
        (left,) = plan_upgrade(find_project(root)).by_hand
        assert left.startswith(f"{name} cannot be read")
        assert why in left
