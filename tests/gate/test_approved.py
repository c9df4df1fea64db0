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
    assert judged({"1.0.0": FORGE, "1.1.0": SIGNED}).outcome is Outcome.PASS
    held = judged({"1.0.0": FORGE, "1.1.0": SIGNED}, "signed")
    assert held.outcome is Outcome.FAIL
    assert "1.0.0: approved by forge" in held.message


def test_a_held_version_fails_by_name_and_reason():
    result = judged({"1.0.0": SIGNED, "1.1.0": HELD})
    assert (result.outcome, result.value) == (Outcome.FAIL, 1)
    assert "1 guideline version of 2 not approved: 1.1.0: there is no approval record" in result.message


@pytest.mark.parametrize("approved", [None, {}])
def test_where_no_version_is_cited_nothing_is_approved(approved):
    assert judged(approved).outcome is Outcome.INSUFFICIENT
