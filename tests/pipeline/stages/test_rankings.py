"""A field that orders its options, through the stages."""

import json

from assay.pipeline.gate_stages import gate
from projects import write_files

SCHEMA = (
    "type: object\nadditionalProperties: false\nrequired: [order]\n"
    "properties: {order: {type: array, x-scale: ranking, items: {enum: [a, b, c]}}}\n"
)


RULES = (
    "consensus: {method: majority}\nrules:\n"
    "  agreement: {order: {coefficient: tau_b, at_least: 0.1, min_units: 3, test: value}}\n"
)


def lines(*rankings, first=1):
    return "".join(
        json.dumps({"item": f"i{number}", "label": {"order": list(ranking)}}, separators=(",", ":")) + "\n"
        for number, ranking in enumerate(rankings, start=first)
    )


def test_rankings_are_judged_measured_and_decided(project, measure, report, rows):
    write_files(
        project.root,
        {
            "schemas/mood.yaml": SCHEMA,
            "checks/mood.yaml": RULES,
            "labels/mood/gold/ada.jsonl": lines("abc"),
            "labels/mood/r1/ada.jsonl": lines("abc", "abc", "cab", "abc"),
            "labels/mood/r1/ben.jsonl": lines("abc", "acb", "ab", "cba"),
            **{f"labels/mood/r2/{who}.jsonl": lines("bca", first=6) for who in ("ada", "ben")},
        },
    )
    measure(project)
    told = report(project, "schema")
    assert (told["errors"], told["valid"]) == (1, told["records"] - 1)
    (fault,) = map(json.loads, (project.root / "build/mood/findings.jsonl").read_text().splitlines())
    assert (fault["rule"], fault["item"], fault["pointer"]) == ("label/schema", "i3", "/label/order")
    assert "has 2 elements, and 3 are required" in fault["message"]
    order = report(project, "agreement")["fields"]["order"]
    assert order["alpha"] == {"value": None, "reason": "scale-not-measured"}
    assert (order["units"], order["percent"]["value"]) == (3, 0.333333333333)
    assert order["tau_b"]["value"] == 0.111111111111
    assert order["kendall_w"]["value"] == round((1 + 0.75 + 0) / 3, 12)
    pairs = {row["coefficient"]: row["value"] for row in rows(project, "agreement") if row["breakdown"] == "pair"}
    assert pairs["tau_b"] == order["tau_b"]["value"]
    decided = {row["item"]: (row["value"], row["source"]) for row in rows(project, "consensus")}
    assert decided["i1"] == ('["a","b","c"]', "gold")
    assert decided["i2"] == (None, "tie")
    assert decided["i3"] == ('["c","a","b"]', "single")
    assert decided["i4"] == (None, "tie")
    (rule,) = (one for one in gate(project).rules if one.id == "mood/agreement/order")
    assert (rule.outcome, rule.value, rule.message.split(" (")[0]) == ("pass", 0.111111111111, "tau_b of order is 0.11")
