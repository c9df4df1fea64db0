"""`assay gate` with rules on slices: what is printed, waived, enforced and refused."""

import pytest

from assay.core.agreement_result import BreakdownRow
from gated import RULES, ends, write, write_slices

ID = "triage/agreement/intent by meta.lang"
RULE = RULES.replace("  coverage", "    intent by meta.lang: {at_least: 0.6, gap_at_most: 0.1}\n  coverage")
WAIVER = f"- {{rule: {ID}, reason: new team, approver: noor, until: 2999-01-01}}\n"
HOSTILE = "de\n::error file=x::you\u202e\x1b[2J<b>`|@all [a](http://b) {0} %s"


def rows(**figures):
    return [
        BreakdownRow(
            field="intent", breakdown="meta.lang", key=key, coefficient="alpha",
            value=value, low=value - 0.05, high=value + 0.05, units=80, **ends(value, value - 0.05, value + 0.05, 80),
        )
        for key, value in figures.items()
    ]  # fmt: skip


@pytest.fixture
def sliced(root):
    """A measured project with a rule on slices that fails."""
    write(root, {"checks/triage.yaml": RULE})
    write_slices(root, rows(en=0.9, **{HOSTILE: 0.4}))
    return root


def test_a_hostile_slice_stays_on_the_line_of_its_rule(assay, sliced):  # noqa: ARG001 - the folder is made by it
    said = assay("gate")
    head, line = said.out.splitlines()
    assert head == "merge: pass · release support: fail  (4 rules, 0 checks)"
    assert line.startswith(
        f"fail         {ID}: alpha of intent by meta.lang: 'de\\n::error file=x::you\\u202e\\x1b[2J<b>`"
    )
    enforced = assay("gate", "--enforce", "release")
    assert enforced.code == 1
    assert enforced.out.splitlines() == [line.removeprefix("fail").strip().replace(ID, f"{ID} (fail)", 1)]


def test_a_rule_on_slices_is_waived_by_its_path(assay, sliced):
    write(sliced, {"checks/waivers.yaml": WAIVER})
    assert "release support: waived" in assay("gate").out
    assert assay("gate", "--enforce", "release").code == 0


def test_a_verdict_rests_on_the_slices_it_judged(assay, sliced):
    write_slices(sliced, rows(en=0.9, de=0.85))
    assert "release support: insufficient" in assay("gate").out
    write(sliced, {"checks/triage.yaml": RULE.replace("gap_at_most: 0.1", "gap_at_most: 0.3")})
    assert "release support: pass" in assay("gate").out
    assert assay("gate", "--enforce", "release").code == 0
    write_slices(sliced, rows(en=0.9, de=0.87))
    stale = assay("gate", "--enforce", "release")
    assert stale.code == 1
    assert "changed since the verdict: build/triage/agreement.parquet" in stale.out


@pytest.mark.parametrize(
    ("rule", "says", "fix"),
    [
        ("intent: {at_least: 0.6, coefficient: alhpa}", "'alhpa' is not one of", "did you mean 'alpha'?"),
        (
            "intent: {at_least: 0.6, coefficient: f1_strict}",
            "f1_strict of intent, whose scale is nominal,",
            "alpha, ac1",
        ),
        ("intnet by batch: {at_least: 0.6}", "task triage has no field 'intnet'", "did you mean 'intent'?"),
        ("intent by vresion: {at_least: 0.6}", "unknown breakdown 'vresion'", "did you mean 'version'?"),
        ("intent: {gap_at_most: 0.6}", "gap_at_most compares slices", "`intent by …`"),
    ],
)
def test_a_rule_that_cannot_be_judged_is_refused_at_its_line(assay, root, rule, says, fix):
    write(root, {"checks/triage.yaml": RULES.replace("    intent: {at_least: 0.667}", f"    {rule}")})
    said = assay("gate")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("assay: checks/triage.yaml:5 ")
    assert says in said.err
    assert fix in said.err
    assert not (root / "gate/verdict.json").exists()


def test_a_rule_on_slices_has_the_page_of_agreement(assay):
    for rule in (ID, "triage/agreement/intent/billing"):
        assert "Annotators agree too little" in assay("explain", rule).out
