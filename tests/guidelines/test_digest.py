"""What an approval binds, and what it leaves free."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import ConfigError
from assay.files.yaml import load_yaml
from assay.guidelines.edits import as_approved, content_of, guideline_digest, without_prose

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


def test_a_body_that_is_no_text_has_no_digest():
    with pytest.raises(ConfigError):
        digest(GUIDELINE + b"\xff")


@pytest.mark.slow
@given(st.integers(min_value=GUIDELINE.index(b"Read"), max_value=len(GUIDELINE) - 1), st.integers(0, 6))
def test_one_bit_of_the_body_voids_the_digest(place, bit):
    data = bytearray(GUIDELINE)
    data[place] ^= 1 << bit
    assert digest(bytes(data)) != digest()
