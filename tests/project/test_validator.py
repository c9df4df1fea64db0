"""Who decides and who explains."""

import os
from pathlib import Path

import orjson
import pytest

from assay.project.validator import Validator

SUITES = os.environ.get("ASSAY_SUITES")

SCHEMA = {
    "type": "object",
    "properties": {"intent": {"enum": ["refund", "billing"]}, "note": {"type": "string", "pattern": "^(a+)+$"}},
    "required": ["intent"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("label", "pointer", "message", "fix"),
    [
        ({"intent": "refnd"}, "/intent", "'refnd' is not one of: refund, billing", "did you mean 'refund'?"),
        ({}, "", "'intent' is missing", "add 'intent'; an answer is required"),
        ({"intent": "refund", "Note": "a"}, "/Note", "not in the schema: 'Note'", "did you mean 'note'?"),
        ({"intent": "refund", "note": 3}, "/note", "3 is not of type string", "write a text"),
    ],
)
def test_a_rejection_says_where_what_and_the_remedy(label, pointer, message, fix):
    (fault,) = Validator(SCHEMA).faults(label)
    assert (fault.pointer, fault.message, fault.fix) == (pointer, message, fix)


def test_every_fault_of_a_label_is_said():
    faults = Validator(SCHEMA).faults({"intent": "x", "note": 1})
    assert [fault.pointer for fault in faults] == ["/intent", "/note"]


def test_a_value_that_is_not_listed_is_one_fault_even_where_its_type_is_wrong_too():
    listed = Validator({"type": "object", "properties": {"f": {"type": "string", "enum": ["a", "b"]}}})
    (fault,) = listed.faults({"f": 5})
    assert (fault.pointer, fault.message) == ("/f", "5 is not one of: a, b")


def test_a_valid_label_has_no_fault():
    assert Validator(SCHEMA).faults({"intent": "refund"}) == ()


@pytest.mark.threat(14)
def test_a_hostile_pattern_holds_nobody_up():
    """The classic exponential pattern would take hours on 5,000 characters; a linear engine answers at once."""
    (fault,) = Validator(SCHEMA).faults({"intent": "refund", "note": "a" * 5000 + "!"})
    assert "does not match" in fault.message


@pytest.mark.slow
def test_a_label_too_large_to_word_is_still_rejected_with_a_pointer():
    faults = Validator({"type": "array", "items": {"type": "string"}}).faults(list(range(20_000)))
    assert faults[0].pointer == "/0"
    assert len(faults) == 20


@pytest.mark.skipif(SUITES is None, reason="ASSAY_SUITES names no folder of conformance suites")
def test_explaining_agrees_with_deciding_on_the_json_schema_suite():
    """Over the required draft 2020-12 cases without references: a rejected value has a fault, an accepted one none."""
    cases = 0
    for file in sorted(Path(SUITES, "json-schema", "draft2020-12").glob("*.json")):
        for group in orjson.loads(file.read_bytes()):
            text = orjson.dumps(group["schema"]).decode()
            if "Ref" in text or "$ref" in text or "$id" in text or "$schema" not in text:
                continue
            try:
                validator = Validator(group["schema"])
            except ValueError:
                continue
            for test in group["tests"]:
                assert bool(validator.faults(test["data"])) == (not validator.admits(test["data"]))
                cases += 1
    assert cases > 500


HOSTILE = [
    ({"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False}, {"a" * 40 + "!": 1}),
    ({"patternProperties": {"^(a+)+$": {}}, "unevaluatedProperties": False}, {"a" * 40 + "!": 1}),
    ({"properties": {"u": {"uniqueItems": True}, "n": False}}, {"n": 1, "u": [{"a": n} for n in range(4000)]}),
    ({"$ref": "#", "required": ["a"]}, {}),
]


@pytest.mark.parametrize(("schema", "label"), HOSTILE)
@pytest.mark.threat(14)
def test_no_keyword_holds_the_wording_up(schema, label):
    assert Validator(schema).faults(label)


@pytest.mark.threat(14)
def test_a_schema_that_branches_back_into_itself_holds_nobody_up():
    ways = [{"properties": {"a": {"$ref": "#/$defs/n"}}, "required": [key]} for key in ("q", "r")]
    label = {}
    for _ in range(40):
        label = {"a": label}
    assert Validator({"$defs": {"n": {"anyOf": ways}}, "$ref": "#/$defs/n"}).faults(label)


def test_a_key_that_a_pattern_allows_is_not_called_unknown():
    schema = {"patternProperties": {r"^\p{L}-x$": {}}, "additionalProperties": False}
    (fault,) = Validator(schema).faults({"é-x": 1, "y": 1})
    assert (fault.pointer, fault.message) == ("/y", "not in the schema: 'y'")
