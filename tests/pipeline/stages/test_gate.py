"""The stage `gate`: a verdict with everything in it."""

import json

from assay.pipeline.gate_stages import gate


def test_the_gate_writes_a_verdict_with_every_rule_in_it(project, measure):
    measure(project)
    gate(project)
    told = json.loads((project.root / "gate/verdict.json").read_bytes())
    assert set(told) == {"format", "merge", "release", "rules", "checks", "waivers", "inputs", "valid_until"}
    assert (told["merge"], told["release"], told["valid_until"]) == ("pass", {"set": "pass"}, None)
    assert [(rule["id"], rule["at"], rule["outcome"]) for rule in told["rules"]] == [
        ("mood/schema", "merge", "pass"),
        ("mood/agreement/tone", "release", "pass"),
        ("mood/coverage", "release", "pass"),
    ]
    assert set(told["rules"][0]) >= {"id", "task", "at", "outcome", "value", "low", "high", "threshold", "message"}
    assert told["rules"][2]["value"] == 0.888888888889
    assert {"reports/mood/quality.json", "checks/mood.yaml", "build/mood/consensus.parquet"} <= set(told["inputs"])


def test_the_gate_judges_bad_labels_and_takes_a_refused_release_away(spoiled, measure):
    measure(spoiled)
    stale = spoiled.root / "release/set/manifest.json"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    verdict = gate(spoiled)
    assert (verdict.merge, verdict.release) == ("fail", {"set": "fail"})
    assert verdict.rules[0].message == "mood has 10 records with 1 error; at most 0 errors are allowed"
    assert not stale.exists()
