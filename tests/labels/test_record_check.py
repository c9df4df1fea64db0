"""One label or one record held against its item, as the check of its file would."""

import pytest

from assay.labels.assignment import load_assignment
from assay.labels.judge import Judge
from assay.labels.media import Gallery
from assay.labels.record_check import judged_record, label_faults
from assay.project.roster import load_roster
from projects import schema_of, small_project

SCHEMA = """
type: object
required: [tone]
properties:
  tone: {enum: [good, bad]}
  names: {type: array, x-scale: spans, x-source: text, items: {type: object, required: [start, end]}}
  words: {type: array, x-scale: spans, x-source: tokens, items: {type: object, required: [start, end]}}
  tags: {type: array, x-scale: sequence, x-source: tokens, items: {type: string}}
  marks: {type: array, x-scale: spans, items: {type: object, required: [start, end]}}
  boxes: {type: array, x-scale: boxes, x-source: picture, items: {type: object, required: [x, y, width, height]}}
"""
DATA = {"text": "plain", "tokens": ["a", "b"], "picture": "a.png"}
BEYOND = "positions count Unicode characters (or tokens) from 0"


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    return schema_of(small_project(tmp_path_factory.mktemp("p"), {"schemas/mood.yaml": SCHEMA}))


def span(start, end, **more):
    return {"start": start, "end": end, **more}


@pytest.mark.parametrize(
    ("label", "data", "pointers", "says", "fix"),
    [
        ({}, DATA, [""], "", ""),
        ({"names": [span(0, 5), span(1, 3)], "words": [span(0, 2)], "tags": ["x", "y"]}, DATA, [], "", ""),
        ({"names": [span(0, 5), span(3, 6)]}, DATA, ["/names/1/end"], "names: a span ends at 6, and the item's 'text' ends at 5", BEYOND),
        ({"words": [span(0, 3)]}, DATA, ["/words/0/end"], "words: a span ends at 3, and the item's 'tokens' ends at 2", BEYOND),
        ({"names": [span(0, 1)]}, {}, ["/names/0/end"], "names: a span ends at 1, and the item's 'text' is missing", BEYOND),
        ({"names": [span(0, 1)]}, {"text": 7}, ["/names/0/end"], "is missing", BEYOND),
        ({"names": [span(0, 1)]}, {"text": ""}, ["/names/0/end"], "ends at 0", BEYOND),
        ({"names": [span(0, 9)], "words": [span(0, 9)]}, DATA, ["/names/0/end", "/words/0/end"], "a span ends at 9", BEYOND),
        ({"names": []}, {}, [], "", ""),
        ({"names": [span(0, 2, text="pl")]}, DATA, [], "", ""),
        ({"names": [span(0, 1), span(0, 2, text="la")]}, DATA, ["/names/1/text"], "quotes 'la'", "write 1 to 3"),
        ({"words": [span(0, 1, text="b")]}, DATA, ["/words/0/text"], "quotes 'b'", "write 1 to 2"),
        ({"names": [span(0, 2), span(0, 2)]}, DATA, [], "", ""),  # a slip, which is no fault of a label
        ({"names": [span(0, 1)]}, {"text": " "}, [], "", ""),
        ({"tags": ["x"]}, DATA, ["/tags"], "tags: 1 value, and the item's 'tokens' has 2 elements", "give the last 1 a value"),
        ({"tags": ["x"] * 3}, DATA, ["/tags"], "tags: 3 values, and the item's 'tokens' has 2 elements", "remove 1: "),
        ({"tags": []}, {"tokens": ["a"]}, ["/tags"], "tags: 0 values, and the item's 'tokens' has 1 element", "give the last 1"),
        ({"tags": []}, {"tokens": []}, [], "", ""),
        ({"tags": []}, {"tokens": "ab"}, ["/tags"], "tags: the item's 'tokens' is not an array", "x-source"),
        ({"tags": ["x"]}, {}, ["/tags"], "is not an array", "x-source"),
        ({"marks": [span(0, 9)], "boxes": [{"x": 1, "y": 1, "width": 1, "height": 1}]}, DATA, [], "", ""),
        ({"names": [span(2, 2)]}, DATA, ["/names/0"], "is empty", ""),
        ({"names": [span(0, 9), span(True, 2)]}, DATA, ["/names/1"], "needs whole numbers", ""),
        ({"boxes": [{"x": 1, "y": 1, "width": 0, "height": 1}]}, DATA, ["/boxes/0"], "is empty", "draw the box again"),
    ],
)  # fmt: skip
def test_a_label_has_the_faults_that_a_record_with_it_would_have(schema, label, data, pointers, says, fix):
    whole = {"tone": "good", **label} if label else {"tone": "god"}
    judge = Judge(schema)
    judge.indices([b'{"tone":"worse"}', b'{"tone":"good"}'])
    found = label_faults(schema, whole, data)
    assert [fault.pointer for fault in found] == (pointers if label else ["/tone"])
    assert all(says in fault.message and fix in fault.fix for fault in found), found
    assert label_faults(schema, whole, data, judge) == label_faults(schema, whole, data, judge) == found


def test_a_valid_record_has_the_slips_of_its_marks_alone_and_an_invalid_one_its_errors(tmp_path):
    batch = "purpose: label\nstatus: open\ncreated: 2026-01-02\nguideline: 0.2.0\n"
    project = small_project(tmp_path, {"labels/mood/r1/batch.yaml": batch})
    schema, roster, versions = schema_of(project), load_roster(project), frozenset({"0.1.0", "0.2.0"})
    assignment = load_assignment(project, schema, versions, roster, "r1", "ben")
    gallery = Gallery(project.snapshot, "texts", schema)
    spaced = [span(4, 6), span(4, 6)]
    record = {
        "item": "i1",
        "label": {"tone": "good", "names": spaced},
        "guideline": "0.1.0",
        "at": "2025-01-01T00:00:00Z",
    }

    def judged(**more):
        return [
            [(fault.rule, fault.pointer) for fault in faults]
            for faults in judged_record({**record, **more}, assignment, schema, versions, roster, gallery)
        ]

    slips = [
        ("label/span-twice", "/label/names/1"),
        *(("label/span-edge", f"/label/names/{place}") for place in (0, 1)),
    ]
    assert judged() == [[], slips]
    assert judged(label={"tone": "good"}) == [[], []]
    for more, rule, pointer in (
        ({"label": {"tone": "good", "names": [*spaced, span(0, 99)]}}, "label/span", "/label/names/2/end"),
        ({"label": {"tone": "god", "names": spaced}}, "label/schema", "/label/tone"),
        ({"guideline": "9.0.0"}, "label/unknown-guideline", "/guideline"),
        ({"flags": ["odd"]}, "label/record", "/flags"),
        ({"at": "today"}, "label/bad-time", "/at"),
        ({"skip": "why"}, "label/label-or-skip", ""),
        ({"seconds": -1}, "label/record", "/seconds"),
    ):
        assert judged(**more) == [[(rule, pointer)], []], more
