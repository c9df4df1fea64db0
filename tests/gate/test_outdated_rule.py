"""The rule `outdated`."""

import pytest
from msgspec.structs import replace

from assay.core.evidence import OutdatedReport, SampleReport
from assay.core.verdict import Outcome
from assay.gate.rules import KINDS
from gated import evidence, rule


def judge(outdated, of, *, at_most=0.0, grandfathered=None, samples=None):
    measured = evidence()
    report = OutdatedReport(
        annotations=of,
        outdated=outdated,
        value=outdated / of if of else None,
        versions={},
        changes={"1.1.0": outdated} if outdated else {},
        values={},
        annotators={},
        batches={},
        grandfathered=grandfathered or {},
        sampled={},
        samples=samples or {},
    )
    quality = replace(measured.quality, outdated=report)
    return KINDS["outdated"].judge(rule("outdated", at_most=at_most), replace(measured, quality=quality))


@pytest.mark.parametrize(
    ("outdated", "of", "at_most", "outcome"),
    [
        (0, 100, 0.0, Outcome.PASS),
        (1, 100, 0.0, Outcome.FAIL),
        (5, 100, 0.05, Outcome.PASS),
        (6, 100, 0.05, Outcome.FAIL),
        (0, 0, 0.0, Outcome.INSUFFICIENT),
    ],
)
def test_the_share_of_outdated_labels_is_held_against_its_bound(outdated, of, at_most, outcome):
    assert judge(outdated, of, at_most=at_most).outcome is outcome


def test_the_message_says_which_version_did_it_and_what_is_kept():
    told = judge(1, 100, at_most=0.5, grandfathered={"1.0.0": 7, "1.1.0": 1200})
    assert told.message == (
        "1 of 100 current labels are outdated (0.01), by version 1.1.0, 1,207 more are grandfathered; "
        "the share must be at most 0.5"
    )
    assert (told.value, told.threshold) == (0.01, 0.5)
    assert judge(0, 1).message == "0 of 1 current label are outdated (0.00); the share must be at most 0"
    nothing = judge(0, 0, at_most=0.5)
    assert nothing.message == "0 labels are current; the share of outdated ones must be at most 0.5"
    assert (nothing.value, nothing.threshold) == (None, 0.5)


def test_the_message_says_which_samples_failed():
    sample = SampleReport(items=40, drawn=4, relabelled=4, compared=8, agreement=0.896, bound=0.9, kept=False)
    silent = replace(sample, relabelled=0, compared=0, agreement=None)
    kept = replace(sample, agreement=0.9, kept=True)
    assert judge(72, 80, samples={"1.1.0": sample, "1.2.0": kept, "1.3.0": silent}).message == (
        "72 of 80 current labels are outdated (0.90), by version 1.1.0, the sample failed of version 1.1.0 (0.896 of "
        "the relabelled items kept their label, at least 0.9 is needed) and 1.3.0 (no relabelled item was answered); "
        "the share must be at most 0"
    )


def test_a_report_that_does_not_say_is_insufficient():
    assert KINDS["outdated"].judge(rule("outdated", at_most=0.0), evidence()).outcome is Outcome.INSUFFICIENT
