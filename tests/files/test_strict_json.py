import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.files.json import DEPTH_LIMIT, LINE_LIMIT, JsonFault, JsonFaultKind, parse_record, parse_strict
from assay.labels.records import dump_value

DUPLICATE_KEYS = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    SCALARS | TEXTS, lambda below: st.lists(below, max_size=4) | st.dictionaries(TEXTS, below, max_size=4)
)


def kind_of(line: bytes) -> JsonFaultKind:
    with pytest.raises(JsonFault) as caught:
        parse_strict(line)
    return caught.value.kind


def suite() -> list[Path]:
    if "ASSAY_SUITES" not in os.environ:
        pytest.skip("ASSAY_SUITES is not set")
    return sorted((Path(os.environ["ASSAY_SUITES"]) / "json" / "test_parsing").glob("*.json"))


@pytest.mark.threat(9)
def test_the_json_suite_is_judged_as_it_asks_but_duplicate_keys_are_refused():
    for path in suite():
        try:
            parse_strict(path.read_bytes())
            accepted = True
        except JsonFault:
            accepted = False
        if path.name.startswith("n_") or path.name in DUPLICATE_KEYS:
            assert not accepted, path.name
        elif path.name.startswith("y_"):
            assert accepted, path.name


@given(VALUES)
@pytest.mark.threat(9)
def test_what_is_written_canonically_is_read_back(value):
    assert parse_strict(dump_value(value)) == value


@given(st.binary(max_size=80))
@pytest.mark.threat(8)
def test_no_bytes_raise_anything_but_a_fault(line):
    try:
        parse_strict(line)
    except JsonFault as fault:
        assert fault.message  # noqa: PT017 - a fault is one of the two right answers


THREATS = {
    JsonFaultKind.NOT_JSON: pytest.mark.threat(9),
    JsonFaultKind.DUPLICATE_KEY: pytest.mark.threat(9),
    JsonFaultKind.NOT_A_NUMBER: pytest.mark.threat(9),
    JsonFaultKind.NUMBER_RANGE: pytest.mark.threat(9),
    JsonFaultKind.NOT_UTF8: pytest.mark.threat(10),
    JsonFaultKind.BOM: pytest.mark.threat(10),
    JsonFaultKind.CARRIAGE_RETURN: pytest.mark.threat(10),
    JsonFaultKind.DEPTH: pytest.mark.threat(8),
    JsonFaultKind.LINE_TOO_LONG: pytest.mark.threat(7),
}
LENIENT = [
    (b"", JsonFaultKind.NOT_JSON),
    (b"{", JsonFaultKind.NOT_JSON),
    (b"[1,]", JsonFaultKind.NOT_JSON),
    (b'"a\x1fb"', JsonFaultKind.NOT_JSON),
    (b"'a'", JsonFaultKind.NOT_JSON),
    (b"1 2", JsonFaultKind.NOT_JSON),
    ("\u0661".encode(), JsonFaultKind.NOT_JSON),
    (b"[\xff]", JsonFaultKind.NOT_UTF8),
    (b'"\\ud800"', JsonFaultKind.NOT_UTF8),
    (b'{"\\uDFFF":1}', JsonFaultKind.NOT_UTF8),
    (b"\xef\xbb\xbf{}", JsonFaultKind.BOM),
    (b"{}\r", JsonFaultKind.CARRIAGE_RETURN),
    (b'{"a":1,"a":1}', JsonFaultKind.DUPLICATE_KEY),
    (b'[{"b":{"a":1,"\\u0061":2}}]', JsonFaultKind.DUPLICATE_KEY),
    (b"[NaN]", JsonFaultKind.NOT_A_NUMBER),
    (b"-Infinity", JsonFaultKind.NOT_A_NUMBER),
    (b"9007199254740993", JsonFaultKind.NUMBER_RANGE),
    (b"1" * 5000, JsonFaultKind.NUMBER_RANGE),
    (b"-1e999", JsonFaultKind.NUMBER_RANGE),
    (b"[" * (DEPTH_LIMIT + 1) + b"]" * (DEPTH_LIMIT + 1), JsonFaultKind.DEPTH),
    (b'{"a":' * 100_000, JsonFaultKind.DEPTH),
    (b'"' + b"a" * LINE_LIMIT + b'"', JsonFaultKind.LINE_TOO_LONG),
]


@pytest.mark.parametrize(("line", "kind"), [pytest.param(line, kind, marks=THREATS[kind]) for line, kind in LENIENT])
def test_each_leniency_is_refused_by_name(line, kind):
    assert kind_of(line) is kind


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b" [1]\n", [1]),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b"9007199254740992", 2**53),
        (b"70.0", 70.0),
        (b'"' + b"[" * 200 + b'"', "[" * 200),
        ("\u2028".join('""').encode(), "\u2028"),
    ],
)
def test_what_looks_odd_but_is_sound_is_read(line, value):
    assert parse_strict(line) == value


@pytest.mark.threat(8)
def test_depth_at_the_limit_is_read():
    assert parse_strict(b"[" * DEPTH_LIMIT + b"]" * DEPTH_LIMIT)


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        (b'{"a":tru}', 6, "not JSON: a value is missing"),
        (b"1 2", 3, "not JSON: text after the end of the value"),
        (b'["a', 2, "not JSON: a string without a closing quotation mark"),
        (b"[1 2]", 4, "not JSON: a comma is missing"),
        (b'{"a" 1}', 6, "not JSON: a colon is missing"),
        (b"{a:1}", 2, "not JSON: a key in double quotation marks is missing"),
        (b'"a\x1fb"', 3, "not JSON: a control character in a string"),
        (b'"a\\qb"', 3, "not JSON: an invalid backslash escape"),
        (b"\xef\xbb\xbf{}", 1, "starts with a byte order mark"),
        (b'{"a":\r1}', 6, "contains a carriage return"),
        (b'["\xff"]', 3, "byte 3 (0xff) is not UTF-8"),
        (b'["\\udfff"]', 0, "\\udfff is a lone surrogate"),
        (b'{"a":1,"b":1,"b":2}', 0, "duplicate key 'b'"),
        (b'{"%s":1,"%s":2}' % (b"x" * 60, b"x" * 60), 0, f"duplicate key '{'x' * 60}'"),
        (b'{"%s":1,"%s":2}' % (b"x" * 61, b"x" * 61), 0, f"duplicate key '{'x' * 60}'\u2026"),
        (b"[-9007199254740993]", 0, "'-9007199254740993' is beyond 2**53, the limit of exact integers"),
        (b"[1e999]", 0, "'1e999' is too large a number"),
        (b"[-Infinity]", 0, "-Infinity is not a JSON number"),
        (b"[" * 65, 0, "nested more than 64 levels deep"),
        (b"1" * (LINE_LIMIT + 1), 0, "1,048,577 bytes long, the maximum is 1,048,576"),
    ],
)
def test_a_fault_says_what_it_is_and_its_column(line, column, message):
    with pytest.raises(JsonFault) as caught:
        parse_strict(line)
    assert (caught.value.column, caught.value.message) == (column, message)


@pytest.mark.parametrize("value", [2**53, -(2**53), 1e308, -0.5])
def test_a_number_at_the_limit_is_read_in_whatever_form(value):
    for line in (dump_value({"a": value}), b' {"a": %s}' % dump_value(value)):
        assert parse_record(line) == {"a": value}


@pytest.mark.parametrize("start", [b'{"a":"', b'{"a": "'])
def test_a_line_at_the_limit_is_read_and_a_longer_one_is_not_in_whatever_form(start):
    line = start + b"x" * (LINE_LIMIT - len(start) - 2) + b'"}'
    assert len(line) == LINE_LIMIT
    assert parse_record(line) == {"a": "x" * (LINE_LIMIT - len(start) - 2)}
    for parse in (parse_record, parse_strict):
        with pytest.raises(JsonFault) as caught:
            parse(line.replace(b"xx", b"xxx", 1))
        assert caught.value.kind is JsonFaultKind.LINE_TOO_LONG


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 65 + b'"' + b'\\"' * 300_000,
        b"{" + b",".join(b'"%d":0' % number for number in range(90_000)) + b',"89999":0}',
    ],
)
@pytest.mark.threat(7)
def test_no_line_holds_the_reading_up(line):
    with pytest.raises(JsonFault):
        parse_strict(line)
