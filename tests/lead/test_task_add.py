import pytest

from assay.core.gate_rules import AgreementParameters, UnresolvedParameters
from assay.core.values import Scale
from assay.errors import ConfigError, UsageError
from assay.guidelines.front_matter import load_guideline
from assay.labels.whole import load_corpus
from assay.lead.long_import import import_long
from assay.lead.task_add import add_task
from assay.project.config import find_project
from assay.project.policy import load_policy
from assay.project.task_schema import load_schema

TODAY = "2026-03-14"


def _vote(item, annotator, **label):
    return {"item": item, "annotator": annotator, "label": label}


def test_a_task_without_labels_gets_an_example_that_loads(project):
    schema = load_schema(project, "mood")
    assert [(field.name, field.scale) for field in schema.fields] == [("label", Scale.NOMINAL)]
    assert load_guideline(project, "mood").version == "0.1.0"
    rules = {rule.id: rule.parameters for rule in load_policy(project, "mood").rules}
    assert [*rules] == ["mood/schema", "mood/agreement/label", "mood/support", "mood/unresolved"]
    assert rules["mood/unresolved"] == UnresolvedParameters(at_most=0.05)


def test_a_task_is_drafted_from_its_labels(root, write):
    rows = [
        _vote(f"i{n}", "a", intent="buy" if n % 2 else "sell", urgency=n % 3, score=float(n), note=f"free text {n}")
        for n in range(12)
    ]
    add_task(find_project(root), "triage", today=TODAY, scales={"urgency": Scale.NOMINAL}, source=write(rows))
    project = find_project(root)
    scales = {field.name: field.scale.value for field in load_schema(project, "triage").fields}
    assert scales == {"intent": "nominal", "urgency": "nominal", "score": "interval", "note": "text"}
    bounds = {
        rule.subject: rule.parameters for rule in load_policy(project, "triage").rules if rule.kind == "agreement"
    }
    assert set(bounds) == {"intent", "urgency", "score"}
    assert bounds["intent"] == AgreementParameters(coefficient="alpha", at_least=0.667, test="low", min_units=50)
    assert "### `sell`" in (root / "guidelines/triage.md").read_text()


def test_spans_are_held_to_alpha_where_their_source_is_clear(root, write):
    spans = [
        {"start": 0, "end": 2, "label": "name", "text": "Al", "sure": True, "dose": 1.5, "tags": ["a"], "by": {"a": 1}}
    ]
    rows = [
        {
            **_vote(f"i{n}", "a", named=spans, place=[{"x": 1, "y": 1, "width": 2, "height": 2, "grade": n % 3}]),
            "data": {"text": "Al is"},
        }
        for n in range(8)
    ]
    add_task(find_project(root), "names", today=TODAY, scales={}, source=write(rows))
    rules = [rule for rule in load_policy(find_project(root), "names").rules if rule.kind == "agreement"]
    subjects = ("named", "named.sure", "named.dose", "named.tags", "place.grade")
    assert {rule.subject: rule.parameters.coefficient for rule in rules} == dict.fromkeys(subjects, "alpha")
    guideline = (root / "guidelines/names.md").read_text()
    assert "## `named.sure`\n\nMeasured as nominal. How to decide:\n\n### `false`" in guideline


def test_a_quote_that_differs_from_its_words_is_listed_as_check_will_call_it(root, write):
    spans = [{"start": 0, "end": 2, "text": "Al"}, {"start": 3, "end": 5, "text": "is"}]
    rows = [{**_vote(f"i{n}", "a", named=spans), "data": {"text": "Al is"}} for n in range(8)]
    wrong = {**_vote("i8", "a", named=[{"start": 1, "end": 3, "text": "Al"}]), "data": {"text": "Al is"}}
    [found] = add_task(find_project(root), "names", today=TODAY, scales={}, source=write([*rows, wrong])).findings
    assert (found.rule, found.at.pointer, found.at.line) == ("label/quote", "/label/named/0/text", 9)


def test_several_tasks_may_share_a_pool_and_comments_stay(project):
    add_task(project, "tone", today=TODAY, scales={}, pool="mood")
    again = find_project(project.root)
    assert {task.name: task.pool for task in again.tasks.values()} == {"mood": "mood", "tone": "mood"}
    text = (project.root / "checks/project.yaml").read_text()
    assert text.startswith("# The project")
    assert "approval: forge  # a guideline" in text


def test_the_folders_that_the_pipeline_reads_are_made(project):
    assert (project.root / "labels/mood/README.md").is_file()
    assert (project.root / "labels/items/mood/README.md").is_file()


def test_a_task_that_exists_is_refused_and_nothing_changes(project, snapshot):
    before = snapshot()
    with pytest.raises(UsageError, match="task 'mood' already exists"):
        add_task(project, "mood", today=TODAY, scales={})
    assert snapshot() == before


def test_a_task_whose_checks_are_lost_gets_them_again_from_its_schema(project):
    (project.root / "schemas/mood.yaml").write_text(
        "type: object\nproperties:\n  tone: {enum: [a, b]}\n  note: {type: string}\n"
        "  drugs: {type: array, items: {type: object, properties: {start: {}, end: {}, negated: {type: boolean}}}}\n"
    )
    (project.root / "checks/mood.yaml").unlink()
    with pytest.raises(ConfigError) as told:
        load_policy(project, "mood")
    assert "`assay task add mood` drafts it" in told.value.fix
    assert add_task(project, "mood", today=TODAY, scales={}).written == ("checks/mood.yaml",)
    rules = [rule.subject for rule in load_policy(project, "mood").rules if rule.kind == "agreement"]
    assert rules == ["tone", "drugs", "drugs.negated"]
    with pytest.raises(UsageError, match="task 'mood' already exists"):
        add_task(project, "mood", today=TODAY, scales={})


def test_a_file_in_the_way_is_refused_and_nothing_changes(project, snapshot):
    (project.root / "checks/tone.yaml").write_text("mine\n")
    before = snapshot()
    with pytest.raises(UsageError, match=r"checks/tone\.yaml"):
        add_task(project, "tone", today=TODAY, scales={})
    assert snapshot() == before


@pytest.mark.parametrize(
    ("name", "near"), [("My Task!", "'my-task'"), ("2nd", "'task-2nd'"), ("gold", "'task-gold'"), ("日本", "'task'")]
)
def test_a_name_that_cannot_be_used_gets_the_nearest_one_that_can(project, name, near):
    with pytest.raises(UsageError) as caught:
        add_task(project, name, today=TODAY, scales={})
    assert near in caught.value.fix


def test_a_scale_of_a_field_that_is_not_there_is_refused(project, write):
    with pytest.raises(UsageError, match="unknown field 'mod'"):
        add_task(project, "tone", today=TODAY, scales={"mod": Scale.NOMINAL}, source=write([_vote("i", "a", mood=1)]))


@pytest.mark.parametrize("name", ["null", "true", "off"])
def test_a_task_may_be_called_what_yaml_takes_for_something_else(root, write, name):
    rows = [_vote(f"i{n}", who, s="pos" if n else "neg") for n in range(2) for who in "ab"]
    add_task(find_project(root), name, today=TODAY, scales={}, source=write(rows))
    import_long(find_project(root), write(rows), task=name, today=TODAY)
    project = find_project(root)
    loaded = load_corpus(project, load_schema(project, name), load_guideline(project, name))
    assert (loaded.findings, loaded.report.valid, load_policy(project, name).rules[0].id) == ((), 4, f"{name}/schema")
