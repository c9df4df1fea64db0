"""`assay task add`: what it writes and what it says."""

from assay.project.config import find_project
from assay.project.policy import load_policy
from assay.project.task_schema import load_schema


def test_task_add_drafts_the_task_that_a_file_shows(assay, demo, long, vote):
    file = long(*(vote(f"i{number}", "w1", ("yes", "no")[number % 2]) for number in range(40)))
    said = assay("task", "add", "rte", "--from", file, "--pool", "pairs")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[:6] == [
        "label: nominal",
        "  saw: 40 texts, 2 different: no, yes",
        "  to change it: --scale label=ordinal if its values have an order, =text if it is free text",
        "wrote schemas/rte.yaml",
        "wrote guidelines/rte.md",
        "wrote checks/rte.yaml",
    ]
    assert "next: read schemas/rte.yaml and guidelines/rte.md" in said.out
    project = find_project(demo)
    assert project.task("rte").pool == "pairs"
    (field,) = load_schema(project, "rte").fields
    assert (field.name, field.scale, set(field.values)) == ("label", "nominal", {"yes", "no"})
    assert [rule.id for rule in load_policy(project, "rte").rules] == [
        "rte/schema",
        "rte/agreement/label",
        "rte/support",
        "rte/unresolved",
    ]


def test_task_add_measures_a_field_on_the_scale_it_is_told(assay, demo, long):
    file = long(*({"item": f"i{n}", "annotator": "w1", "label": {"size": n % 3}} for n in range(6)))
    assert assay("task", "add", "sizes", "--from", file, "--scale", "size=nominal").code == 0
    (field,) = load_schema(find_project(demo), "sizes").fields
    assert (field.name, field.scale) == ("size", "nominal")


def test_a_scale_that_does_not_exist_or_fit_changes_nothing(assay, demo, long, vote):
    file = long(vote("i1", "w1"))
    before = (demo / "checks/project.yaml").read_bytes()
    for scale, message in (
        ("label=nominl", "--scale label=nominl: 'nominl' is not a scale"),
        ("label", "--scale label: '' is not a scale"),
        ("other=nominal", "other"),
        ("label=ratio", "label"),
    ):
        said = assay("task", "add", "rte", "--from", file, "--scale", scale)
        assert (said.code, said.out) == (2, "")
        assert message in said.err.splitlines()[0]
        assert "  fix: " in said.err
    assert (demo / "checks/project.yaml").read_bytes() == before
    assert not (demo / "schemas/rte.yaml").exists()


def test_a_task_that_is_there_or_cannot_be_named_is_refused(assay, demo):
    assert assay("task", "add", "mood").code == 0
    again = assay("task", "add", "mood")
    assert (again.code, again.out) == (2, "")
    assert "task 'mood' already exists" in again.err
    shouted = assay("task", "add", "Gold Rush")
    assert shouted.code == 2
    assert "fix: 'gold-rush' would do" in shouted.err
    assert list(find_project(demo).tasks) == ["mood"]
