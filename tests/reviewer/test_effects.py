"""What findings do to a verdict: every rule has its line, errors refuse, and the reasons say where."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from assay.core.catalogue import CATALOGUE, finding
from assay.core.findings import Location, Severity
from assay.reviewer.effects import EFFECTS, NAMED, NEEDS_BASE, NEEDS_CLOCK, Effect, effect_of, with_findings
from assay.reviewer.event import ForgeEvidence, ReviewRequest
from assay.reviewer.pull_request import review_pull_request
from assay.reviewer.result import ChangeVerdict, ReviewOutcome
from proposing import BASE, Edit, commit_all, prepared, pushed

PAGE = Path(__file__).parents[2] / "docs/reviewing.md"
OK, APPROVAL, REFUSED = ReviewOutcome.OK, ReviewOutcome.APPROVAL, ReviewOutcome.REFUSED
REFUSES, ASKS, SHOWN = "label/schema", "gate/approved", "label/not-canonical"
MINE = "labels/mood/r3/ada.jsonl"


def verdict(outcome, *reasons):
    return ChangeVerdict(outcome=outcome, reasons=reasons, policy_change=False, people=(), files=())


def found(*rules):
    return [finding(rule, Location(path=MINE, line=line), "x") for line, rule in enumerate(rules, 1)]


def test_every_rule_of_the_catalogue_has_an_effect_and_no_other_has_one():
    assert set(CATALOGUE) - set(EFFECTS) == set(), "rules without a line in EFFECTS of src/assay/reviewer/effects.py"
    assert set(EFFECTS) - set(CATALOGUE) == set(), "effects of rules that no catalogue has (src/assay/core/rules.py)"


def test_every_error_refuses_but_the_one_that_waits_for_a_reviewer():
    errors = {rule.id for rule in CATALOGUE.values() if rule.severity is Severity.ERROR}
    assert {rule for rule in errors if EFFECTS[rule] is not Effect.REFUSE} == {"gate/approved"}


def test_what_no_page_tells_of_refuses():
    assert effect_of("label/of-tomorrow") is Effect.REFUSE
    assert effect_of("x") is Effect.REFUSE


def test_a_gate_rules_path_counts_as_its_page():
    assert effect_of("mood/approved") is Effect.APPROVAL
    assert effect_of("mood/agreement/tone") is Effect.REFUSE


@pytest.mark.parametrize(("before", "rules", "after"), [
    (OK, [], OK),
    (OK, [SHOWN], OK),
    (OK, [ASKS], APPROVAL),
    (OK, [REFUSES], REFUSED),
    (OK, [ASKS, REFUSES, SHOWN], REFUSED),
    (APPROVAL, [SHOWN], APPROVAL),
    (APPROVAL, [ASKS], APPROVAL),
    (APPROVAL, [REFUSES], REFUSED),
    (REFUSED, [ASKS], REFUSED),
    (REFUSED, [REFUSES], REFUSED),
])  # fmt: skip
def test_findings_make_a_verdict_worse_and_never_better(before, rules, after):
    assert with_findings(verdict(before), found(*rules)).outcome is after


def test_reasons_are_those_of_the_outcome():
    refuses, asks = f"{MINE}:1 {REFUSES}: {CATALOGUE[REFUSES].title}", f"{MINE}:1 {ASKS}: {CATALOGUE[ASKS].title}"
    assert with_findings(verdict(REFUSED, "first"), found(REFUSES)).reasons == ("first", refuses)
    assert with_findings(verdict(APPROVAL, "first"), found(REFUSES)).reasons == (refuses,)
    assert with_findings(verdict(APPROVAL, "first"), found(ASKS)).reasons == ("first", asks)
    assert with_findings(verdict(REFUSED, "first"), found(ASKS)).reasons == ("first",)
    assert with_findings(verdict(OK), found(SHOWN)).reasons == ()


def test_the_first_few_are_named_and_the_rest_is_counted():
    assert NAMED == 3
    for many, last in ((3, None), (4, "and 1 more finding"), (2003, "and 2,000 more findings")):
        reasons = with_findings(verdict(OK), list(reversed(found(*[REFUSES] * many)))).reasons
        assert [reason.split()[0] for reason in reasons[:NAMED]] == [f"{MINE}:{line}" for line in (1, 2, 3)]
        assert reasons[NAMED:] == ((last,) if last else ())


def test_a_finding_on_a_whole_file_has_no_line_and_an_odd_path_is_spelled_out():
    of_file = finding(REFUSES, Location(path="labels/\udcff"), "words of a label")
    (reason,) = with_findings(verdict(OK), [of_file]).reasons
    assert reason == f"labels/\\xff {REFUSES}: {CATALOGUE[REFUSES].title}"


def test_the_page_shows_the_table():
    _, _, table = PAGE.read_text(encoding="utf-8").partition("| effect | findings |")
    lines = [line for line in table.partition("\n\n")[0].splitlines() if line.count("|") == 3][1:]
    shown = {effect: re.findall(r"`([^`]+)`", rules) for effect, rules in (line.split("|")[1:3] for line in lines)}
    stated = {rule: effect.strip() for effect, rules in shown.items() for rule in rules}
    differing = stated.items() ^ {rule: effect.value for rule, effect in EFFECTS.items()}.items()
    assert differing == set(), "list them under 'What a finding does' in docs/reviewing.md as EFFECTS has them"


def test_the_page_marks_what_needs_a_base_or_a_clock():
    page = PAGE.read_text(encoding="utf-8").partition("| effect | findings |")[2].partition("\n\n")[0]
    marked = {mark: set(re.findall(rf"`([^`]+)` {mark}", page)) for mark in "ᵇᶜ"}
    assert marked == {"ᵇ": NEEDS_BASE, "ᶜ": NEEDS_CLOCK}


def test_a_warning_of_a_rule_that_refuses_is_only_shown():
    eased = [replace(one, severity=Severity.WARNING) for one in found("guideline/no-example", REFUSES)]
    assert with_findings(verdict(OK), eased).outcome is OK
    assert with_findings(verdict(OK), found("label/future-time")).outcome is APPROVAL


PLANNED = {
    **BASE,
    "labels/mood/r3/assignments.jsonl": '{"item":"i4","annotators":["ada"]}\n{"item":"i5","annotators":["ada","ben"]}\n',
}
VOTES = {
    "written in another way": (OK, '{"item": "i4", "label": {"tone": "bad"}}\n'),
    "not asked": (REFUSED, '{"item":"i1","label":{"tone":"bad"}}\n{"item":"i4","label":{"tone":"bad"}}\n'),
    "does not match the task's schema": (REFUSED, '{"item":"i4","label":{"tone":"loud"}}\n'),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = prepared(tmp_path_factory.mktemp("effects") / "clone", PLANNED)
    commit_all(root, {name.replace(" ", "-"): [Edit(files={MINE: text})] for name, (_, text) in VOTES.items()})
    return root


@pytest.mark.parametrize("name", VOTES)
def test_a_review_goes_by_the_table(root, name):
    branch = name.replace(" ", "-")
    forge = ForgeEvidence(pushes=(pushed(root, branch, "Ada-X"),))
    seen = review_pull_request(root, ReviewRequest(base="main", head=branch, forge=forge))
    assert seen.findings
    assert seen.verdict.outcome is VOTES[name][0]
    assert (f"{MINE}:1 " in "".join(seen.verdict.reasons)) is (seen.verdict.outcome is REFUSED)
