"""What an approval binds, and what it leaves free."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import ConfigError
from assay.files.yaml import load_yaml
from assay.guidelines.edits import as_approved, content_of, guideline_digest, trust_content, without_prose

pytestmark = pytest.mark.threat(5)

NAME = "guidelines/mood.md"
GUIDELINE = b"""---
task: mood
version: 0.2.0
owners: [ada]
changes:
  - {version: 0.1.0, date: 2026-01-01, summary: first}
  - {version: 0.2.0, date: 2026-02-01, summary: second, affects: [tone=bad], policy: sample}
---
Read it.
"""
SCHEMA = b"""\
title: Mood
$comment: none
type: object
properties:
  title: {title: T, description: D, enum: [good, {title: kept}]}
  description: {type: string, default: {description: kept}}
items: {$comment: gone}
anyOf: [{title: gone}]
x-item: {title: gone, properties: {title: {title: gone, const: {title: kept}}}}
x-other: {title: kept}
"""


def digest(guideline=GUIDELINE, schema=SCHEMA):
    return guideline_digest(guideline, load_yaml(schema, "s").value, name=NAME)


def test_prose_is_left_out_where_it_is_a_keyword_and_nowhere_else():
    assert without_prose(load_yaml(SCHEMA, "s").value) == {
        "type": "object",
        "properties": {
            "title": {"enum": ["good", {"title": "kept"}]},
            "description": {"type": "string", "default": {"description": "kept"}},
        },
        "items": {},
        "anyOf": [{}],
        "x-item": {"properties": {"title": {"const": {"title": "kept"}}}},
        "x-other": {"title": "kept"},
    }


def test_what_is_approved_keeps_descriptions_which_define_the_scale():
    schema = load_yaml(SCHEMA, "s").value
    kept = without_prose(schema)
    kept["properties"]["title"]["description"] = "D"
    assert as_approved(schema) == kept


PROSE = {"title": "T", "$comment": "C", "description": "D", "type": "string"}
BARE, APPROVED = {"type": "string"}, {"description": "D", "type": "string"}
ONE = ["additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then"]
ONE += ["unevaluatedItems", "unevaluatedProperties", "x-item"]
NAMED = ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"]
LISTED = ["allOf", "anyOf", "oneOf", "prefixItems"]


@pytest.mark.parametrize(
    "around",
    [
        *(lambda schema, key=key: {key: schema} for key in ONE),
        *(lambda schema, key=key: {key: {"title": schema, "$comment": schema}} for key in NAMED),
        *(lambda schema, key=key: {key: [schema, schema]} for key in LISTED),
    ],
    ids=[*ONE, *NAMED, *LISTED],
)
def test_prose_is_left_out_wherever_json_schema_expects_a_schema(around):
    assert without_prose(around(PROSE)) == around(BARE)
    assert as_approved(around(PROSE)) == around(APPROVED)


@pytest.mark.parametrize(
    "schema",
    [
        *({key: PROSE} for key in ("const", "default", "x-other", "enum", "dependentRequired")),
        *({key: [PROSE]} for key in ("enum", "examples", "x-other", *NAMED, *ONE)),
        *({key: {"a": PROSE}} for key in ("const", "default", "x-other", "enum", *LISTED)),
        *({key: PROSE} for key in LISTED),
        {"title": ["T"], "$comment": {"title": "T"}, "description": 3},
        True,
        [PROSE],
        "title",
    ],
)
def test_everything_else_counts_as_it_is_written(schema):
    assert without_prose(schema) == as_approved(schema) == schema


def test_a_trust_is_approved_under_a_name_made_of_all_that_it_says():
    people = {"ada": {"role": "lead"}, "ben": {"role": "reviewer"}}
    content = trust_content(b"ada x\n", people, "@trust")
    assert (content.task, content.date, content.version) == ("@trust", "", content.digest[:16])
    assert trust_content(b"ada x\n", dict(reversed(people.items())), "@trust") == content
    for other in (
        trust_content(b"ada y\n", people, "@trust"),
        trust_content(b"ada x\n", {"ada": people["ada"]}, "@trust"),
    ):
        assert other.digest != content.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Read it.", b"Read It."),
        (b"Read it.\n", b"Read it.\n\n"),
        (b"Read it.\n", b"Read it.\r\n"),
        (b"summary: first", b"summary: First"),
        (b"date: 2026-01-01", b"date: 2026-01-02"),
        (b"affects: [tone=bad]", b"affects: [tone]"),
        (b"policy: sample", b"policy: grandfather"),
        (b"task: mood", b"task: moods"),
        (b"version: 0.2.0\nowners", b"version: 0.2.1\nowners"),
    ],
)
def test_every_byte_of_content_counts(old, new):
    assert old in GUIDELINE
    assert digest(GUIDELINE.replace(old, new)) != digest()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"enum: [good", b"enum: [Good"),
        (b"title: kept", b"title: Kept"),
        (b"type: object", b"type: array"),
        (b"description: D, ", b""),
        (b"description: D,", b"description: d,"),
    ],
)
def test_what_the_schema_demands_counts(old, new):
    assert old in SCHEMA
    assert digest(schema=SCHEMA.replace(old, new)) != digest()


@pytest.mark.parametrize(
    ("guideline", "schema"),
    [
        (GUIDELINE.replace(b"owners: [ada]", b"owners: [ada, ben]"), SCHEMA),
        (GUIDELINE.replace(b"task: mood", b"task:   mood  # ours"), SCHEMA),
        (GUIDELINE, SCHEMA.replace(b"title: Mood", b"title: Moods")),
        (GUIDELINE, b"# told\n" + SCHEMA.replace(b"$comment: none", b"$comment: some")),
    ],
)
def test_owners_comments_and_titles_do_not_count(guideline, schema):
    assert digest(guideline, schema) == digest()


def test_the_content_knows_its_version_and_date():
    content = content_of("mood", GUIDELINE, SCHEMA)
    assert (content.task, content.version, content.date, content.digest) == ("mood", "0.2.0", "2026-02-01", digest())


def test_the_date_is_that_of_the_version_and_none_where_no_entry_states_it():
    back = GUIDELINE.replace(b"version: 0.2.0\nowners", b"version: 0.1.0\nowners")
    assert content_of("mood", back, SCHEMA).date == "2026-01-01"
    ahead = GUIDELINE.replace(b"version: 0.2.0\nowners", b"version: 0.3.0\nowners")
    assert (content_of("mood", ahead, SCHEMA).version, content_of("mood", ahead, SCHEMA).date) == ("0.3.0", "")


def test_the_order_of_keys_does_not_count_and_a_line_more_before_the_body_does():
    turned = GUIDELINE.replace(b"task: mood\nversion: 0.2.0\n", b"version: 0.2.0\ntask: mood\n")
    assert digest(turned) == digest()
    assert digest(schema=b"type: object\n" + SCHEMA.replace(b"type: object\n", b"")) == digest()
    assert digest(GUIDELINE.replace(b"---\nRead", b"---\n\nRead")) != digest()


@pytest.mark.parametrize(
    ("guideline", "says"),
    [
        (GUIDELINE + b"\xff", "guidelines/mood.md: not UTF-8"),
        (b"Read it.\n", "guidelines/mood.md:1 no front matter"),
        (GUIDELINE.replace(b"task: mood", b"task: ["), "guidelines/mood.md:[0-9]+ "),
    ],
)
def test_what_cannot_be_read_has_no_digest(guideline, says):
    with pytest.raises(ConfigError, match=says):
        digest(guideline)


@pytest.mark.slow
@given(st.integers(min_value=GUIDELINE.index(b"Read"), max_value=len(GUIDELINE) - 1), st.integers(0, 6))
def test_one_bit_of_the_body_voids_the_digest(place, bit):
    data = bytearray(GUIDELINE)
    data[place] ^= 1 << bit
    assert digest(bytes(data)) != digest()
