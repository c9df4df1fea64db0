"""The last run on one screen, word for word."""

from msgspec.structs import replace

from assay.core.agreement_result import AgreementReport, Audit, Coefficient, FieldAgreement
from assay.core.evidence import (
    ConsensusReport,
    Coverage,
    GoldReport,
    Lost,
    QualityReport,
    QueueReport,
    SchemaReport,
    Support,
    Unresolved,
)
from assay.core.verdict import At, Outcome, RuleResult, Verdict
from assay.pipeline.run_summary import ReleaseLine, RunSummary, TaskSummary, summary_text

NONE = Coefficient(value=None, reason="no-pairable-units")
VERDICT = Verdict(
    merge=Outcome.PASS,
    release={"set": Outcome.PASS},
    rules=[
        RuleResult(
            id="mood/gold",
            task="mood",
            at=At.RELEASE,
            outcome=Outcome.WARN,
            value=0.5,
            low=None,
            high=None,
            threshold=0.8,
            message="too few",
        )
    ],
    checks=[],
    waivers=[],
    inputs={},
    valid_until="2026-12-31",
)
RELEASE = ReleaseLine(name="set", path="release/set", version="1.2.0", rows=1200, problems=())


def field(scale, units, alpha, other=NONE):
    return FieldAgreement(
        scale=scale, units=units, pairable=2 * units, annotators=2, alpha=alpha, ac1=other, percent=other, audit=Audit()
    )


NOTHING = Support(rows=0, votes={}, voted={}, open=[])


def quality(*, gold=(0, None), coverage=(0, None), unresolved=None, support=NOTHING, lost=None, queue=None):
    return QualityReport(
        gold=GoldReport(
            items=gold[0],
            accuracy=gold[1],
            low=gold[1] and 0.84,
            high=gold[1] and 0.985,
            vote_accuracy=None,
            fields={},
            annotators={},
        ),
        coverage=Coverage(assigned=coverage[0], answered=0, value=coverage[1], batches={}),
        unresolved=Unresolved(items=0, unresolved=0, value=unresolved, fields={}, reasons={}),
        support=support,
        lost=lost,
        queue=queue,
    )


def task(fields, measured, name="mood", *, many=2000):
    return TaskSummary(
        name=name,
        schema=SchemaReport(
            records=many, valid=many - 1, errors=1, warnings=2, items=many // 2, annotators=3, batches=1, findings={}
        ),
        agreement=AgreementReport(fields=fields, open={}, confidence=0.95, seed=0),
        consensus=ConsensusReport(method="majority", items=1000, fields={}),
        quality=measured,
    )


MEASURED = task(
    {
        "tone": field("nominal", 1000, Coefficient(value=0.8124, low=0.7, high=0.9), Coefficient(value=0.5)),
        "score": field("ordinal", 0, NONE),
        "same": field("nominal", 5, Coefficient(value=None, reason="no-variation"), Coefficient(value=1.0)),
        "names": field("spans", 9, Coefficient(value=None, reason="scale-not-measured")),
        "odd": field("ratio", 2, Coefficient(value=None, reason="too-many-values")),
    },
    quality(
        gold=(15, 0.95),
        coverage=(10, 0.9825),
        unresolved=0.0094,
        support=Support(rows=990, votes={"0": 3, "1": 1200, "2": 787}, voted={"1": 200, "2": 787}, open=["r3", "r4"]),
        queue=QueueReport(items=1, reasons={"tie": 2}),
    ),
)


def test_the_whole_screen_is_this_text():
    summary = RunSummary(tasks=(MEASURED,), verdict=VERDICT, releases=(RELEASE,))
    assert (
        summary_text(summary)
        == """\
mood: 2,000 records (1,999 valid), 1,000 items, 3 annotators, 1 batch, 1 error, 2 warnings
  field    scale  units                   alpha    95% interval    AC1  agree
  tone   nominal  1,000                   0.812  0.700 to 0.900  0.500  0.500
  score  ordinal      0  no item with two votes               -      -      -
  same   nominal      5            all the same               -  1.000  1.000
  names    spans      9            not measured               -      -      -
  odd      ratio      2         too many values               -      -      -
  consensus by majority: 1,000 items, 1 to look at · gold accuracy 0.950 (0.840 to 0.985) on 15 items · coverage 0.983 · unresolved 0.009
  rows by votes: 3 on 0, 1,200 on 1, 787 on 2 · 10 left out · not in it: open batches r3, r4

gate
  merge: pass · release set: pass  (1 rule, 0 checks; waivers hold until 2026-12-31)
  warn         mood/gold: too few

releases
  release/set: set 1.2.0, 1,200 rows, digests match"""
    )


def test_what_a_task_has_nothing_of_is_said_and_no_release_leaves_no_heading():
    bare = task({}, quality(), many=2)
    text = summary_text(RunSummary(tasks=(bare,), verdict=replace(VERDICT, release={}), releases=()))
    assert "2 records (1 valid), 1 item, 3 annotators" in text
    assert " · no gold · nothing assigned · unresolved -\n  rows by votes: none · 1,000 left out\n" in text
    assert "releases" not in text


def test_votes_lost_are_said_with_why_and_by_which_batch():
    some = Lost(items=2, votes=3, silent=2, outdated=1, batches={"again": 1, "split": 2})
    text = summary_text(RunSummary(tasks=(task({}, quality(lost=some)),), verdict=VERDICT, releases=()))
    assert " · 3 votes lost on 2 items (2 asked again and silent, 1 outdated; by again, split)\n" in text
    none = Lost(items=0, votes=0, silent=0, outdated=0, batches={})
    assert "lost" not in summary_text(RunSummary(tasks=(task({}, quality(lost=none)),), verdict=VERDICT, releases=()))


def test_every_task_has_its_own_paragraph_in_order():
    two = (MEASURED, task({}, quality(), name="tint"))
    text = summary_text(RunSummary(tasks=two, verdict=VERDICT, releases=()))
    assert [part.partition(":")[0].partition("\n")[0] for part in text.split("\n\n")] == ["mood", "tint", "gate"]


def test_a_release_with_problems_names_all_of_them():
    broken = ReleaseLine(name="set", path="release/set", version="1.2.0", rows=1, problems=("a is missing", "b too"))
    text = summary_text(RunSummary(tasks=(), verdict=VERDICT, releases=(broken,)))
    assert text.endswith("release/set: set 1.2.0, 1 row, a is missing; b too")


def test_a_run_stands_where_no_verdict_blocks_and_every_release_is_whole():
    broken = ReleaseLine(name="set", path="release/set", version="1.2.0", rows=0, problems=("not built yet",))
    assert RunSummary(tasks=(), verdict=VERDICT, releases=(RELEASE,)).stands
    assert not RunSummary(tasks=(), verdict=VERDICT, releases=(RELEASE, broken)).stands
    for outcome, stands in [("waived", True), ("warn", True), ("insufficient", False), ("fail", False)]:
        merge = replace(VERDICT, merge=Outcome(outcome))
        release = replace(VERDICT, release={"set": Outcome(outcome)})
        assert RunSummary(tasks=(), verdict=merge, releases=()).stands is stands
        assert RunSummary(tasks=(), verdict=release, releases=()).stands is stands
