"""Sequences and sets of paths through the stages: what is wrong with them, how they are measured, decided and released."""

import json

import orjson

from assay.pipeline.agreement_stage import agreement
from assay.pipeline.gate_stages import gate
from assay.pipeline.schema_stage import schema
from assay.pipeline.table_stages import consensus, quality
from assay.release.builder import build
from assay.release.copy import verify_copy
from projects import write_files

SCHEMA = """
type: object
additionalProperties: false
required: [pos]
x-item: {type: object, properties: {tokens: {}, text: {type: string}}}
properties:
  pos: {type: array, x-scale: sequence, x-source: tokens, items: {enum: [D, N, V]}}
  topics: {type: array, items: {type: string, x-scale: tree}}
"""
GUIDELINE = """---
task: mood
version: 0.1.0
changes:
  - {version: 0.1.0, date: 2026-01-01, summary: first}
---
# Tags

```example
tokens: [the, mouse]
label: {pos: [D, N]}
why: a noun
```

```example
tokens: [the, dog, sleeps]
label: {pos: [D, N]}
why: one is missing
```
"""
TOKENS = (["the", "cat"], ["a", "cat", "sleeps"], ["cats"], ["the", "saw"], "no array", ["x", "y"])
VOTES = {
    "ada": ("D N", "D N V", "N", "D N", "D", "D N"),
    "ben": ("D N", "D N V", "N V", "D V", "D", "D"),
}
TOPICS = {"ada": ("c", "a/b", "c", "a/b"), "ben": ("c", "a/c", "c", "a/b c")}


def lines(votes, topics, first=1):
    labels = (
        {"pos": vote.split(), **({"topics": topics[place].split()} if place < len(topics) else {})}
        for place, vote in enumerate(votes)
    )
    records = ({"item": f"i{number}", "label": label} for number, label in enumerate(labels, start=first))
    return b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)


def test_sequences_and_sets_of_paths_are_judged_measured_decided_and_released(project, measure, report, rows):
    asked = "".join(f'{{"item":"i{number}","annotators":["ada","ben"]}}\n' for number in range(1, 6))
    items = ({"id": f"i{number}", "data": {"tokens": one}} for number, one in enumerate(TOKENS, start=1))
    rule = "{at_least: 0.3, min_units: 3, test: value}"
    write_files(
        project.root,
        {
            "schemas/mood.yaml": SCHEMA,
            "guidelines/mood.md": GUIDELINE,
            "checks/mood.yaml": "consensus: {method: majority}\nrules:\n"
            f"  agreement: {{pos: {rule}, pos/N: {rule}, topics: {rule}}}\n  unresolved: {{at_most: 0.7}}\n",
            "labels/items/texts/one.jsonl": b"".join(
                orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in items
            ),
            "labels/mood/gold/ada.jsonl": lines(("D V",), ()),
            "labels/mood/r1/assignments.jsonl": asked,
            **{f"labels/mood/r1/{who}.jsonl": lines(votes[:5], TOPICS[who]) for who, votes in VOTES.items()},
            **{f"labels/mood/r2/{who}.jsonl": lines(votes[5:], (), first=6) for who, votes in VOTES.items()},
        },
    )
    measure(project, schema, agreement, consensus, quality)
    told = [json.loads(line) for line in (project.root / "build/mood/findings.jsonl").read_text().splitlines()]
    wrong = [one for one in told if one["rule"] == "label/sequence"]
    assert [(one["path"][-14:], one["line"], one["pointer"], one["message"]) for one in wrong] == [
        ("d/r1/ada.jsonl", 5, "/label/pos", "pos: the item's 'tokens' is not an array"),
        ("d/r1/ben.jsonl", 3, "/label/pos", "pos: 2 values, and the item's 'tokens' has 1 element"),
        ("d/r1/ben.jsonl", 5, "/label/pos", "pos: the item's 'tokens' is not an array"),
        ("d/r2/ben.jsonl", 1, "/label/pos", "pos: 1 value, and the item's 'tokens' has 2 elements"),
    ]
    assert [one["fix"] for one in wrong[1::2]] == [
        "remove 1: one value for each element, in order",
        "give the last 1 a value, or find the missing element",
    ]
    made = (line for path in project.root.glob("build/mood/*.jsonl") for line in path.read_text().splitlines())
    examples = [one for one in map(json.loads, made) if one["rule"].startswith("example/")]
    assert [(one["rule"], one["line"]) for one in examples] == [("example/schema", 17)]
    assert "2 values, and the item's 'tokens' has 3" in examples[0]["message"]

    fields = report(project, "agreement")["fields"]
    pos, topics = fields["pos"], fields["topics"]
    assert (pos["scale"], pos["units"]) == ("sequence", 3)
    assert pos["percent"]["value"] == round(6 / 7, 12)
    # 14 values: D 6, N 5, V 3; one element with two different ones.
    assert pos["alpha"]["value"] == round(1 - (2 / 14) / ((196 - 36 - 25 - 9) / (14 * 13)), 12)
    assert pos["audit"]["max_abs_diff"] == 0
    # Two values are 0, 1/2 and (0 + 0 + 1) / 3 apart; the six of them 18 in all.
    assert topics["units"] == 3
    assert topics["alpha"]["value"] == round(1 - (2 * (1 / 2 + 1 / 3) / 6) / (18 / 30), 12)
    assert topics["audit"]["max_abs_diff"] == 0
    keys = {(row["field"], row["key"]) for row in rows(project, "agreement") if row["breakdown"] == "value"}
    assert keys == {
        ("pos", "D"),
        ("pos", "N"),
        ("pos", "V"),
        *(("topics", f'"{path}"') for path in ("a/b", "a/c", "c")),
    }

    decided = {(row["item"], row["field"]): (row["value"], row["source"]) for row in rows(project, "consensus")}
    assert decided["i1", "pos"] == ('["D","V"]', "gold")
    assert decided["i2", "pos"] == ('["D","N","V"]', "unanimous")
    assert decided["i3", "pos"] == ('["N"]', "single")
    assert decided["i4", "pos"] == (None, "tie")
    queued = {(row["item"], row["field"], row["reason"]) for row in rows(project, "queue")}
    assert {("i1", "pos", "gold-contradicted"), ("i4", "pos", "tie"), ("i4", "topics", "tie")} <= queued
    made = report(project, "quality")
    assert made["unresolved"]["fields"]["pos"] >= 1
    assert [made["gold"]["fields"]["pos"][figure]["value"] for figure in ("accuracy", "credit")] == [0.5, 0.5]

    verdict = gate(project)
    judged = {one.id: one for one in verdict.rules}
    assert judged["mood/agreement/pos"].value == pos["alpha"]["value"]
    assert judged["mood/agreement/pos/N"].outcome == "pass"
    build(project, "set", today="2026-11-22")
    released = (project.root / "release/set/mood/all.jsonl").read_bytes().splitlines()
    assert {row["item"]: row["label"] for row in map(orjson.loads, released)} == {
        "i1": {"pos": ["D", "V"], "topics": ["c"]},
        "i2": {"pos": ["D", "N", "V"]},
        "i3": {"pos": ["N"], "topics": ["c"]},
    }
    copy = verify_copy(project.root / "release/set", today="2026-11-22")
    assert copy.problems == ()
