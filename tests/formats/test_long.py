import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.findings import Finding
from assay.files.lines import NumberedLine
from assay.formats.export import gather
from assay.formats.long import LongRow, _Reader, read_long, sourced_line
from assay.labels.records import ANNOTATION, SOURCED_ANNOTATION, dump_record

GOOD = {"item": "i", "annotator": "a", "label": {"x": 1}}


def _file(tmp_path, *lines):
    path = tmp_path / "in.jsonl"
    path.write_bytes(
        b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    )
    return path


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"", "label/not-json"),
        (b"{", "label/not-json"),
        (b"[1]", "label/record"),
        (b'{"item":"\xff","annotator":"a","label":{}}', "label/not-utf8"),
        (b'\xef\xbb\xbf{"item":"i","annotator":"a","label":{}}', "label/bom"),
        (b'{"item":"i","item":"i","annotator":"a","label":{}}', "label/duplicate-key"),
        (b'{"item":"i","annotator":"a","label":{"x":1,"x":1}}', "label/duplicate-key"),
        (b'{"item":"i","annotator":"a","label":{"x":NaN}}', "label/not-a-number"),
        (b'{"item":"i","annotator":"a","label":{"x":1e999}}', "label/number-range"),
        (b'{"item":"i","annotator":"a","label":{"x":' + b"[" * 70 + b"]" * 70 + b"}}", "label/depth"),
        (b'{"item":"i","annotator":"a","label":{"x":"' + b"y" * 2**20 + b'"}}', "label/line-too-long"),
        ({**GOOD, "labell": {}}, "label/unknown-key"),
        ({**GOOD, "labell": None}, "label/unknown-key"),
        ({**GOOD, "skip": "no"}, "label/label-or-skip"),
        ({"item": "i", "annotator": "a"}, "label/label-or-skip"),
        ({**GOOD, "item": 25.0}, "label/record"),
        ({**GOOD, "item": True}, "label/record"),
        ({**GOOD, "annotator": None}, "label/record"),
        (b'{"item":9007199254740993,"annotator":"a","label":{}}', "label/number-range"),
        ({**GOOD, "item": ""}, "label/record"),
        ({**GOOD, "annotator": ""}, "label/record"),
        ({**GOOD, "label": "yes"}, "label/record"),
        ({"item": "i", "label": {}}, "label/record"),
        ({**GOOD, "confidence": 2}, "label/record"),
        ({**GOOD, "data": "text"}, "label/record"),
        ({**GOOD, "at": "yesterday"}, "label/bad-time"),
        ({**GOOD, "at": "2026-13-01T00:00:00Z"}, "label/bad-time"),
        ({**GOOD, "at": "2026-06-30T23:59:60Z"}, "label/bad-time"),
        ({**GOOD, "at": "2026-06-30T23:59:06"}, "label/bad-time"),
        ({**GOOD, "at": "2026-06-30T23:59:06+24:00"}, "label/bad-time"),
        ({**GOOD, "at": "0001-01-01T00:00:00+02:00"}, "label/bad-time"),
        ({**GOOD, "seconds": 2e9}, "label/record"),
    ],
)
def test_a_line_that_cannot_be_taken_is_one_finding_and_hides_no_other_line(tmp_path, line, rule):
    before, found, after = read_long(_file(tmp_path, GOOD, line, {**GOOD, "annotator": "b"}))
    assert isinstance(found, Finding)
    assert (found.rule, found.at.line) == (rule, 2)
    assert found.message
    assert found.fix
    assert isinstance(before, LongRow)
    assert isinstance(after, LongRow)


def test_a_known_fault_names_item_and_annotator(tmp_path):
    (found,) = read_long(_file(tmp_path, {**GOOD, "confidence": 2}))
    assert (found.item, found.annotator, found.at.pointer) == ("i", "a", "/confidence")


def test_a_null_is_a_key_that_a_line_does_not_have(tmp_path):
    nothing = dict.fromkeys(
        ["skip", "at", "seconds", "flags", "note", "data", "meta", "group", "gold", "annotator_kind"]
    )
    rows = [*read_long(_file(tmp_path, {**GOOD, **nothing}, GOOD, {**GOOD, "label": None}))]
    assert rows[0][1:] == rows[1][1:]
    assert (rows[2].rule, rows[2].message) == ("label/label-or-skip", "neither a label and a skip")


def test_every_key_of_an_annotation_is_kept(tmp_path):
    act = {
        "skip": "blurred",
        "guideline": "1.0.0",
        "at": "2026-03-14T09:26:53Z",
        "seconds": 3.5,
        "confidence": {"x": 0.5},
        "probs": {"x": {"1": 0.5}},
        "shown": {"swap": True},
        "first": {"x": 2},
        "suggestion": {"by": "m", "shown": True},
        "flags": ["unsure"],
        "note": "hm",
    }
    (row,) = read_long(_file(tmp_path, {**act, "item": "i", "annotator": "a", "group": "g"}))
    assert json.loads(row.act.text) == act
    assert row.act.label is None
    assert row.about == {"group": "g"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(
    item=st.text(max_size=4),
    annotator=st.text(max_size=4),
    label=st.dictionaries(st.text(max_size=3), JSON, max_size=3),
    escaped=st.booleans(),
    spoil=st.none() | st.tuples(st.integers(0, 60), st.sampled_from([b'"', b"\\", b"\r", b"\0", b"\xff", b",", b"1"])),
)
def test_the_short_way_never_says_otherwise_than_the_strict_one(item, annotator, label, escaped, spoil):
    data = json.dumps({"item": item, "annotator": annotator, "label": label}, ensure_ascii=escaped).encode()
    if spoil is not None:
        data = data[: spoil[0]] + spoil[1] + data[spoil[0] :]
    reader = _Reader("x")
    short, strict = reader.plain_row(NumberedLine(1, data)), reader.row(NumberedLine(1, data))
    assert short is None or short == strict


@given(st.text(min_size=1), st.text(min_size=1), st.dictionaries(st.text(max_size=3), JSON, max_size=3))
def test_a_sourced_line_is_the_canonical_record(item, annotator, label):
    act = dump_record(ANNOTATION, {"label": label})
    record = {"annotator": annotator, "item": item, "label": label}
    assert sourced_line(item, annotator, act) == dump_record(SOURCED_ANNOTATION, record) + b"\n"


def test_rows_come_together_in_order_of_first_appearance(tmp_path):
    path = _file(
        tmp_path,
        {**GOOD, "item": "z"},
        {**GOOD, "data": {"t": 1}, "annotator_groups": {"age": 3}},
        {**GOOD, "item": "z", "annotator": "b", "meta": {"m": 1}, "gold": {"x": 1}},
    )
    export = gather("in.jsonl", read_long(path))
    assert list(export.votes) == ["z", "i"]
    assert {item: stated.values for item, stated in export.items.items()} == {
        "i": {"data": {"t": 1}},
        "z": {"meta": {"m": 1}},
    }
    assert {name: stated.values for name, stated in export.groups.items()} == {
        "a": {"annotator_groups": {"age": 3}},
        "b": {},
    }
    assert export.gold == {"z": {"x": 1}}
    assert export.findings == []


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        ({"data": {"t": 1}}, {"data": {"t": 1.0}}, "item/duplicate-id"),
        ({"meta": {"t": 1}}, {"meta": {"t": 2}}, "item/duplicate-id"),
        ({"group": "g"}, {"group": "h"}, "item/duplicate-id"),
        ({"gold": {"x": 1}}, {"gold": {"x": 2}}, "gold/contradiction"),
    ],
)
def test_two_lines_that_say_different_things_of_an_item_are_a_finding(tmp_path, first, second, rule):
    path = _file(tmp_path, {**GOOD, **first}, {**GOOD, "annotator": "b", **second}, {**GOOD, "annotator": "c", **first})
    export = gather("in.jsonl", read_long(path))
    assert next((found.rule, found.at.line) for found in export.findings) == (rule, 2)
    assert len(export.votes["i"]) == 3


def test_gold_that_differs_is_left_out_and_groups_that_differ_are_a_finding(tmp_path):
    path = _file(
        tmp_path,
        {**GOOD, "gold": {"x": 1}, "annotator_groups": {"age": 3}},
        {**GOOD, "item": "j", "annotator_groups": {"age": 4}},
        {**GOOD, "annotator": "b", "gold": {"x": 2}},
    )
    export = gather("in.jsonl", read_long(path))
    assert export.gold == {}
    assert [found.rule for found in export.findings] == ["roster/entry", "gold/contradiction"]


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("2021-08-23T12:19:18Z", "2021-08-23T12:19:18Z"),
        ("2021-08-23T12:19:18+00:00", "2021-08-23T12:19:18Z"),
        ("2021-08-23T14:19:18+02:00", "2021-08-23T12:19:18Z"),
        ("2021-08-23t12:19:18z", "2021-08-23T12:19:18Z"),
        ("2021-01-01 00:10:00.123456+05:45", "2020-12-31T18:25:00.123456Z"),
        ("2020-02-28T23:30:00.1-0045", "2020-02-29T00:15:00.1Z"),
        ("2021-08-23T12:19:18.12345678901-00:00", "2021-08-23T12:19:18.123456789Z"),
    ],
)
def test_a_time_with_any_offset_is_kept_in_utc(tmp_path, stated, kept):
    (row,) = read_long(_file(tmp_path, {**GOOD, "at": stated}))
    assert json.loads(row.act.text)["at"] == kept


def test_a_whole_number_is_an_id_as_its_decimal_text(tmp_path):
    stated = {**GOOD, "item": 1, "annotator": -7, "group": 12, "data": {}}
    (one, other, wrong) = read_long(_file(tmp_path, stated, {**GOOD, "item": "01"}, {**stated, "seconds": -1}))
    assert (one.item, one.annotator, one.about["group"], other.item) == ("1", "-7", "12", "01")
    assert (wrong.item, wrong.annotator) == ("1", "-7")
