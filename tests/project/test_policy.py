"""Policy: what is read, and what is said of what cannot be."""

from typing import get_type_hints

import jsonschema_rs
import msgspec
import pytest
from msgspec.structs import replace

from assay.core.gate_rules import GATE_RULES, AgreementParameters, GoldParameters
from assay.core.verdict import At
from assay.errors import ConfigError, NoProjectError, UsageError
from assay.project.config import find_project
from assay.project.policy import load_policy, load_release_spec, load_waivers
from assay.project.shapes import shape_of

PROJECT = "format: 1\nid: 00000000-0000\ntasks:\n  t: {pool: p}\nreleases: [r]\n"
DEFAULTS = AgreementParameters(coefficient="alpha", test="low", min_units=50, at_least=0.6)
VALUES = (None, True, 0, 1, 7, -1, 0.5, 1.5, "low", "alpha", "odd", [], {}, {"f": 0.5}, {"f": "x"})


@pytest.fixture
def project(tmp_path):
    (tmp_path / "checks").mkdir()
    (tmp_path / "releases").mkdir()
    (tmp_path / "checks/project.yaml").write_text(PROJECT)
    return find_project(tmp_path)


def policy_of(project, text):
    (project.root / "checks/t.yaml").write_text(text)
    return load_policy(project, "t")


def test_a_project_is_found_from_any_folder_below_it(project):
    below = project.root / "a/b"
    below.mkdir(parents=True)
    assert find_project(below).root == project.root


def test_outside_a_project_the_remedy_is_init(tmp_path):
    with pytest.raises(NoProjectError) as caught:
        find_project(tmp_path)
    assert "assay init" in caught.value.fix


def test_an_unknown_task_names_those_that_exist(project):
    with pytest.raises(UsageError, match="no task 'x'") as caught:
        project.task("x")
    assert "t" in caught.value.fix


def test_defaults_are_filled_in_and_each_rule_knows_its_line(project):
    policy = policy_of(
        project,
        "consensus: {method: majority}\nrules:\n  schema: {errors_at_most: 0}\n  agreement:\n    f: {at_least: 0.6}\n"
        "  gold: {accuracy_at_least: 0.8}\n",
    )
    schema, agreement, gold = policy.rules
    assert (schema.id, schema.at, schema.source.line) == ("t/schema", At.MERGE, 3)
    assert (agreement.id, agreement.at, agreement.source.line) == ("t/agreement/f", At.RELEASE, 5)
    assert agreement.parameters == DEFAULTS
    assert gold.parameters == GoldParameters(min_items=10, test="low", accuracy_at_least=0.8)


@pytest.mark.parametrize("kind", GATE_RULES)
def test_the_shape_of_a_rule_lets_in_what_its_parameters_take_and_no_more(kind):
    parameters = GATE_RULES[kind].parameters
    types, shape = get_type_hints(parameters), shape_of(parameters)
    assert set(shape["properties"]) - {"at", "severity"} == set(types) - {"way"}
    for name, part in shape["properties"].items():
        fits = [value for value in VALUES if jsonschema_rs.is_valid(part, value)]
        assert (len(fits) > 0) is (name not in {"at", "severity"})
        for value in fits:
            msgspec.convert(value, types[name])


@pytest.mark.parametrize("rule", GATE_RULES.values(), ids=GATE_RULES)
def test_the_example_on_the_page_of_a_rule_loads(project, rule):
    policy = policy_of(project, f"rules:\n  {rule.page.example}\n")
    assert {f"gate/{spec.kind}" for spec in policy.rules} == {rule.page.id}
    assert all(type(spec.parameters) is rule.parameters and spec.at is rule.at for spec in policy.rules)


def test_rules_on_values_and_slices_know_their_lines_and_defaults(project):
    policy = policy_of(
        project,
        "consensus: {method: majority}\nrules:\n  agreement:\n    f/a~b:\n      at_least: 0.6\n"
        "    f by meta.lang: {gap_at_most: 0.1, at_least: 0.5, coefficient: fleiss, at: merge}\n",
    )
    value, slices = policy.rules
    assert (value.id, value.source.line) == ("t/agreement/f/a~b", 4)
    assert (slices.id, slices.source.line, slices.at) == ("t/agreement/f by meta.lang", 6, At.MERGE)
    assert value.parameters == DEFAULTS
    assert slices.parameters == replace(DEFAULTS, coefficient="fleiss", at_least=0.5, gap_at_most=0.1)


@pytest.mark.parametrize(
    ("bound", "says", "fix"),
    [
        ("at_least: 0.5, coefficient: alpah", "'alpah' is not one of alpha, ac1, percent", "did you mean 'alpha'?"),
        ("at_least: 0.5, coefficient: fliess", "'fliess' is not one of", "did you mean 'fleiss'?"),
        ("gap_atmost: 0.5, at_least: 0.5", "unknown key 'gap_atmost'", "did you mean 'gap_at_most'?"),
        ("test: low", "it says at_least, or gap_at_most between slices", "gap_at_most"),
        ("at_least: high", "is not of type", ""),
        ("gap_at_most: -0.1", "less than the minimum of 0", ""),
    ],
)
def test_a_misspelt_agreement_rule_is_said_at_its_line(project, bound, says, fix):
    text = "consensus: {method: majority}\nrules:\n  agreement:\n    f by batch: {" + bound + "}\n"
    with pytest.raises(ConfigError) as caught:
        policy_of(project, text)
    assert caught.value.message.startswith("checks/t.yaml:4 ")
    assert says in caught.value.message
    assert fix in caught.value.fix


def test_all_faults_of_a_file_are_said_at_once_with_their_lines(project):
    with pytest.raises(ConfigError) as caught:
        policy_of(
            project,
            "consensus: {method: majorty}\nrules:\n  shcema: {errors_at_most: 0}\n  coverage: {of_assigned: 2}\n",
        )
    lines = [line.split(" ")[0] for line in caught.value.message.splitlines()]
    assert lines == ["checks/t.yaml:1", "checks/t.yaml:3", "checks/t.yaml:4"]
    assert "did you mean 'majority'?" in caught.value.fix
    assert "did you mean 'schema'?" in caught.value.fix


@pytest.mark.parametrize("text", ["method: dawid-skene}\nrules: {", "method: majority}\nrules: {drift: {}"])
def test_what_is_not_built_yet_is_named(project, text):
    with pytest.raises(ConfigError) as caught:
        policy_of(project, "consensus: {" + text + "}\n")
    assert "is not available yet" in caught.value.fix


def test_a_task_cannot_take_a_name_that_labels_keeps(tmp_path):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks/project.yaml").write_text("format: 1\nid: abcdefgh\ntasks:\n  gold: {pool: p}\n")
    with pytest.raises(ConfigError, match="cannot name a task"):
        find_project(tmp_path)


def test_no_waivers_file_is_no_waivers(project):
    assert load_waivers(project) == ()


def test_a_waiver_needs_reason_approver_and_date(project):
    (project.root / "checks/waivers.yaml").write_text("- {rule: t/schema, approver: ada, until: 2026-12-31}\n")
    with pytest.raises(ConfigError, match="reason"):
        load_waivers(project)
    (project.root / "checks/waivers.yaml").write_text(
        "# why\n- {rule: t/schema, reason: known, approver: ada, until: 2026-12-31}\n"
    )
    (waiver,) = load_waivers(project)
    assert (waiver.rule, waiver.until, waiver.source.line) == ("t/schema", "2026-12-31", 2)


@pytest.mark.parametrize(
    ("tasks", "splits", "version", "says"),
    [
        ("[x]", "{train: 1.0}", "1.0.0", "no task 'x'"),
        ("[t]", "{train: 0.5, test: 0.4}", "1.0.0", "add up to 0.9"),
        ("[t]", "{train: 1.0}", "1.0", "1.0"),
        ("[]", "{train: 1.0}", "1.0.0", "/tasks"),
    ],
)
def test_a_release_that_cannot_be_built_is_refused_at_its_line(project, tasks, splits, version, says):
    (project.root / "releases/r.yaml").write_text(
        f"version: {version}\ntasks: {tasks}\nlicense: CC0-1.0\nsplits: {splits}\n"
    )
    with pytest.raises(ConfigError, match=says) as caught:
        load_release_spec(project, "r")
    assert caught.value.message.startswith("releases/r.yaml:")


SPEC = "version: 1.0.0\ntasks: [t]\nlicense: CC0-1.0\nsplits: {all: 1}\nseed: {}\n"


@pytest.mark.parametrize(
    "seed",
    ["9007199254740993", "-1", "1.5", "7.0", "1e3", "true", "'7'", "[7]", "12345678901234567890", "0xfffffffffffffff",
     "99999999999999999999999", ".inf", "seven"],
)  # fmt: skip
def test_a_seed_that_is_no_safe_whole_number_is_an_error_at_its_line(project, seed):
    (project.root / "releases/r.yaml").write_text(SPEC.replace("{}", seed, 1))
    with pytest.raises(ConfigError, match=r"releases/r\.yaml:5 /seed") as caught:
        load_release_spec(project, "r")
    assert caught.value.fix


@pytest.mark.parametrize("seed", [0, 42, 2**53])
def test_a_seed_is_any_other_whole_number(project, seed):
    (project.root / "releases/r.yaml").write_text(SPEC.replace("{}", str(seed), 1))
    assert load_release_spec(project, "r").seed == seed
