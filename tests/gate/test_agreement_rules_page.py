"""`docs/agreement-rules.md`: its rules load, its tables say what is built, its message is the one that is written."""

import re
from pathlib import Path
from textwrap import indent

import pytest
from msgspec.structs import replace

from assay.core.agreement_result import BreakdownRow
from assay.core.gate_rules import AgreementParameters
from assay.gate.rules import KINDS
from assay.gate.target import BREAKDOWNS, SliceRows, target_of
from assay.project.config import find_project
from assay.project.policy import load_policy
from gated import ends, evidence, measured_project, rule

PAGE = (Path(__file__).parents[2] / "docs/agreement-rules.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
MESSAGES = re.findall(r"^```text\n(.*?)\n```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_rules_of_the_page_load_and_each_is_about_what_it_says(tmp_path, example):
    measured_project(tmp_path)
    text = "consensus: {method: majority}\nrules:\n" + indent(example, "  ")
    (tmp_path / "checks/triage.yaml").write_text(text)
    rules = load_policy(find_project(tmp_path), "triage").rules
    field = evidence().agreement.fields["intent"]
    subjects = [target_of(spec, {"intent": field, "urgency": field}) for spec in rules]
    assert [(one.field, one.breakdown, one.key) for one in subjects] == [
        ("intent", "overall", None),
        ("urgency", "overall", None),
        ("intent", "value", "billing"),
        ("intent", "batch", None),
        ("intent", "meta.lang", None),
    ]


def test_the_table_names_every_breakdown_and_every_default():
    for breakdown in BREAKDOWNS:
        assert f"| `intent by {breakdown}` |" in PAGE
    for name in ("coefficient", "test", "min_units"):
        default = getattr(AgreementParameters(), name)
        assert re.search(rf"\| `{name}` \| `?{default}`? \|", PAGE)


@pytest.mark.parametrize("message", MESSAGES)
def test_the_message_of_the_page_is_what_the_rule_says(message):
    figures = {"de": (0.43, 0.31, 0.54, 100), "en": (0.8, 0.75, 0.85, 100), "nl": (0.2, 0.1, 0.3, 12)}
    rows = tuple(
        BreakdownRow(
            field="intent",
            breakdown="meta.lang",
            key=key,
            coefficient="alpha",
            value=value,
            low=low,
            high=high,
            units=units,
            **ends(value, low, high, units),
        )
        for key, (value, low, high, units) in figures.items()
    )
    told = replace(evidence(), slices={"intent by meta.lang": SliceRows(coefficients=("alpha",), rows=rows)})
    spec = rule("agreement", "intent by meta.lang", coefficient="alpha", at_least=0.5, test="low", min_units=50)
    assert KINDS["agreement"].judge(spec, told).message == message


def test_the_page_has_an_example_and_a_message():
    assert (len(EXAMPLES), len(MESSAGES)) == (1, 1)
