"""A rule on slices in the reference project, through a real DVC: the gate rests on the table that the slices stand in."""

import json

import pytest

from pipelines import repro

ID = "triage/agreement/intent by batch"
RULE = "    intent by batch: {at_least: 0.2, gap_at_most: 1, test: value, min_units: 10}\n"


def told(folder):
    verdict = json.loads((folder / "gate/verdict.json").read_text())
    (rule,) = (rule for rule in verdict["rules"] if rule["id"] == ID)
    return rule, verdict["inputs"]["build/triage/agreement.parquet"]


@pytest.mark.slow
def test_a_rule_on_slices_measures_nothing_again_and_is_judged_again_when_a_round_changes(project):
    policy = project / "checks/triage.yaml"
    policy.write_text(policy.read_text().replace("  agreement:\n", f"  agreement:\n{RULE}"))

    ran = repro(project, "gate")
    assert ran.code == 0, ran.said
    assert ran.stages == ["policy@triage", "gate"]
    rule, digest = told(project)
    assert rule["outcome"] == "pass"
    assert "is the worst of 2 slices" in rule["message"]

    votes = project / "labels/triage/2026-09-round-1/ada.jsonl"
    values = sorted({json.loads(line)["label"]["intent"] for line in votes.read_text().splitlines()})
    turned = dict(zip(values, [*values[1:], values[0]], strict=True))
    lines = [json.loads(line) for line in votes.read_text().splitlines()]
    for line in lines:
        line["label"]["intent"] = turned[line["label"]["intent"]]
    votes.write_text("".join(f"{json.dumps(line, separators=(',', ':'), ensure_ascii=False)}\n" for line in lines))

    ran = repro(project, "gate")
    assert ran.code == 0, ran.said
    assert {"agreement@triage", "gate"} <= set(ran.stages)
    assert not any("preference" in stage for stage in ran.stages)
    after, changed = told(project)
    assert (after["outcome"], digest == changed) == ("fail", False)
    assert "'2026-09-round-1'" in after["message"]
    assert repro(project, "gate").stages == []
