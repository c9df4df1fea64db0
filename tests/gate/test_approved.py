"""The rule `approved`."""

import pytest
from msgspec.structs import replace

from assay.core.evidence import ApprovalStatus
from assay.core.verdict import Outcome
from assay.gate.rules.labels import judge_approved
from gated import evidence, rule

SIGNED = ApprovalStatus(state="approved", by=("chen",), way="signed")
FORGE = ApprovalStatus(state="approved", by=("noor",), way="forge")
HELD = ApprovalStatus(state="held", reason="there is no approval record")


def judged(approved, way="forge"):
    whole = evidence()
    return judge_approved(rule("approved", way=way), replace(whole, quality=replace(whole.quality, approved=approved)))


@pytest.mark.parametrize("way", ["forge", "signed"])
def test_signed_approvals_pass_everywhere(way):
    assert judged({"1.0.0": SIGNED}, way).outcome is Outcome.PASS


def test_a_record_of_the_forge_passes_where_the_project_asks_for_no_more():
    passed = judged({"1.0.0": replace(FORGE, by=("noor", "rei")), "1.1.0": SIGNED})
    assert (passed.outcome, passed.value, passed.threshold) == (Outcome.PASS, 0, 0)
    assert (
        passed.message == "2 guideline versions cited, none held: 1.0.0 by noor and rei (forge), 1.1.0 by chen (signed)"
    )
    held = judged({"1.0.0": FORGE, "1.1.0": SIGNED}, "signed")
    assert held.outcome is Outcome.FAIL
    assert "1.0.0: approved by forge" in held.message


def test_a_held_version_fails_by_name_and_reason():
    result = judged({"1.0.0": SIGNED, "1.1.0": HELD})
    assert (result.outcome, result.value) == (Outcome.FAIL, 1)
    assert result.message == "1 guideline version of 2 not approved: 1.1.0: there is no approval record"
    silent = judged({"1.0.0": replace(HELD, reason=""), "1.1.0": HELD})
    assert (silent.value, silent.threshold) == (2, 0)
    assert silent.message.endswith(" of 2 not approved: 1.0.0: held; 1.1.0: there is no approval record")


@pytest.mark.parametrize("approved", [None, {}])
def test_where_no_version_is_cited_nothing_is_approved(approved):
    assert judged(approved).outcome is Outcome.INSUFFICIENT
