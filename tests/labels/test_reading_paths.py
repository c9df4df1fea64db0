"""The fast way and the strict way of reading give the same records, and order of files and lines never matters."""

import json
import os
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.files.json import LINE_LIMIT, parse_strict
from assay.labels.assignments import dump_plan
from assay.labels.judge import Judge
from assay.labels.reader import read_lines
from assay.labels.records import ANNOTATION, GOLD, ITEM, SOURCED_ANNOTATION, dump_record, dump_records
from fresh import examples
from projects import FILES, load, plain, saved, schema_of, small_project

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
LABELS = st.fixed_dictionaries(
    {"tone": st.sampled_from(["good", "bad"])},
    optional={
        "score": st.integers(0, 5),
        "share": st.floats(-1e20, 1e20) | st.integers(-5, 5),
        "topics": st.lists(st.sampled_from(["a", "b", "c"]), max_size=3),
    },
)
CONFIDENCE = st.floats(0, 1) | st.integers(0, 1) | st.dictionaries(st.sampled_from(["tone", "score"]), st.floats(0, 1))
ANSWER = st.fixed_dictionaries({"label": LABELS}) | st.fixed_dictionaries({"skip": TEXT})
MORE = st.fixed_dictionaries(
    {},
    optional={
        "guideline": st.sampled_from(["0.1.0", "0.2.0"]),
        "at": st.datetimes(allow_imaginary=False).map(lambda at: f"{at.year:04}{at.isoformat()[4:]}Z"),
        "seconds": st.floats(0, 1e6) | st.integers(0, 1000),
        "confidence": CONFIDENCE,
        "probs": st.fixed_dictionaries({"tone": st.dictionaries(TEXT, st.floats(0, 1), max_size=2)}),
        "shown": st.dictionaries(TEXT, st.booleans() | TEXT | st.integers(-(2**53), 2**53), max_size=2),
        "first": LABELS,
        "suggestion": st.fixed_dictionaries({"by": TEXT, "shown": st.booleans()}),
        "flags": st.lists(st.sampled_from(["rude", "unsure"]), max_size=2),
        "note": TEXT,
    },
)
VOTES = st.tuples(ANSWER, MORE).map(lambda pair: {**pair[0], **pair[1]})
ITEMS = ["i1", "i2", "i3", "i4", "i5"]
SHEETS = st.dictionaries(st.sampled_from(ITEMS), VOTES, max_size=5).map(
    lambda votes: [{"item": item, **vote} for item, vote in votes.items()]
)
CROWDS = st.dictionaries(st.tuples(st.sampled_from(["W 1", "w2"]), st.sampled_from(ITEMS)), VOTES, max_size=6).map(
    lambda votes: [{"annotator": annotator, "item": item, **vote} for (annotator, item), vote in votes.items()]
)
SEVERAL = settings(max_examples=examples(40), deadline=None)
FEW = settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def spaced(records):
    """The same records, as another program would write them."""
    return "".join(f"{json.dumps(record, ensure_ascii=True)}\n" for record in records)


def sheet(records):
    return {"labels/mood/r1/ben.jsonl": dump_records(ANNOTATION, records)}


@SEVERAL
@given(records=SHEETS)
def test_a_canonical_file_is_read_at_once(records):
    data = dump_records(ANNOTATION, records)
    read = read_lines(data, ANNOTATION)
    assert isinstance(read.numbers, range)
    assert not read.faults
    assert (read.informal, read.total) == ((), len(records))


@SEVERAL
@given(records=SHEETS)
def test_another_spelling_gives_the_same_records_and_is_told(records):
    ordered = sorted(records, key=lambda record: record["item"])
    fast = read_lines(dump_records(ANNOTATION, ordered), ANNOTATION)
    slow = read_lines(spaced(ordered).encode(), ANNOTATION)
    assert not slow.faults
    assert slow.informal == tuple(range(1, len(records) + 1))
    encode = ANNOTATION.encoder.encode
    assert [encode(record) for record in slow.records] == [encode(record) for record in fast.records]


@SEVERAL
@given(records=CROWDS)
def test_each_line_alone_is_canonical_exactly_if_the_file_is(records):
    lines = dump_records(SOURCED_ANNOTATION, records).split(b"\n")[:-1]
    for line in lines:
        assert dump_record(SOURCED_ANNOTATION, parse_strict(line)) == line
        alone = read_lines(b"broken\n%s\n" % line, SOURCED_ANNOTATION)
        assert (alone.numbers, alone.informal) == ([2], ())


@FEW
@given(own=SHEETS, crowd=CROWDS, order=st.randoms(use_true_random=False))
def test_spelling_and_line_order_change_no_measured_value(tmp_path_factory, own, crowd, order):
    crowd_file = "labels/mood/r2/@crowd.jsonl"
    canonical = {**sheet(own), crowd_file: dump_records(SOURCED_ANNOTATION, crowd)}
    order.shuffle(own)
    order.shuffle(crowd)
    loose = {"labels/mood/r1/ben.jsonl": spaced(own), crowd_file: spaced(crowd)}
    tidy = load(small_project(tmp_path_factory.mktemp("tidy"), canonical))
    messy = load(small_project(tmp_path_factory.mktemp("messy"), loose))
    assert told(tidy) == told(messy)
    assert without_lines(tidy.corpus) == without_lines(messy.corpus)


def told(loaded):
    """What is found but for the form, which alone differs, and the lines."""
    found = ((one.rule, one.at.path, one.item, one.annotator) for one in loaded.findings)
    return sorted(one for one in found if one[0] != "label/not-canonical")


def without_lines(corpus):
    values = plain(corpus)
    return {**values, "arrays": values["arrays"][:-1]}


@FEW
@given(own=SHEETS, crowd=CROWDS)
def test_saving_and_reading_back_is_exact(tmp_path_factory, own, crowd):
    changed = {**sheet(own), "labels/mood/r2/@crowd.jsonl": dump_records(SOURCED_ANNOTATION, crowd)}
    project = small_project(tmp_path_factory.mktemp("saved"), changed)
    assert plain(saved(project)) == plain(load(project).corpus)


@given(line=st.binary(max_size=60))
@settings(max_examples=examples(150), deadline=None)
def test_no_bytes_stop_the_reading(line):
    read = read_lines(line.replace(b"\n", b" ") + b"\n", ANNOTATION)
    assert len(read.records) + len(read.faults) >= read.total


@given(cut=st.integers(0, 400), byte=st.integers(0, 255))
@settings(max_examples=examples(150), deadline=None)
def test_no_changed_byte_is_read_two_ways(cut, byte):
    whole = FILES["labels/mood/r1/ada.jsonl"].encode()
    data = whole[:cut] + bytes([byte]) + whole[cut + 1 :]
    read = read_lines(data, ANNOTATION)
    alone = [(number, read_lines(line + b"\n", ANNOTATION)) for number, line in enumerate(data.split(b"\n"), start=1)]
    encode = ANNOTATION.encoder.encode
    one_by_one = [(number, encode(record)) for number, lines in alone for record in lines.records]
    assert list(zip(read.numbers, map(encode, read.records), strict=True)) == one_by_one


def test_the_memo_is_given_up_where_labels_are_distinct_and_nothing_changes(tmp_path):
    judge = Judge(schema_of(small_project(tmp_path)))
    raws = [b'{"share":%d,"tone":"good"}' % number for number in range(9000)]
    remembered = judge.indices(raws[:1000])
    judge.indices(raws)
    assert judge._memo is None
    shares = judge.vocabularies[2]
    for indices in (remembered, judge.indices(raws[:1000])):
        assert [shares.values[code] for code in shares.of(indices)] == list(range(1000))


def test_the_order_of_directory_entries_does_not_matter(tmp_path):
    there = load(small_project(tmp_path / "there"))
    for name, content in reversed(FILES.items()):
        path = tmp_path / "back" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    back = load(small_project(tmp_path / "back"))
    assert plain(there.corpus) == plain(back.corpus)


def test_naughty_strings_survive_as_notes_and_items(tmp_path):
    if "ASSAY_SUITES" not in os.environ:
        pytest.skip("ASSAY_SUITES is not set")
    [path] = sorted((Path(os.environ["ASSAY_SUITES"]) / "naughty-strings").glob("**/blns.json"))
    naughty = sorted({text for text in json.loads(path.read_text(encoding="utf-8")) if text})
    items = dump_records(ITEM, [{"id": text, "data": {"text": text}} for text in naughty])
    votes = [{"item": text, "label": {"tone": "good"}, "note": text} for text in naughty]
    files = {
        "labels/items/texts/three.jsonl": items,
        "labels/mood/r3/assignments.jsonl": dump_plan(dict.fromkeys(naughty, ("ben",))),
        "labels/mood/r3/ben.jsonl": dump_records(ANNOTATION, votes),
    }
    loaded = load(small_project(tmp_path, files))
    assert {found.rule for found in loaded.findings} == {"item/look-alike"}
    assert loaded.report.records == 9 + len(naughty)


def test_records_are_written_in_key_order_with_sorted_insides():
    record = {"label": {"b": {"z": 1, "a": 2}, "a": 1.0}, "item": "i", "annotator": "w", "flags": ["z", "a"]}
    line = dump_record(SOURCED_ANNOTATION, record)
    assert line == b'{"annotator":"w","item":"i","label":{"a":1.0,"b":{"a":2,"z":1}},"flags":["z","a"]}'
    assert orjson.loads(line) == record


def test_a_canonical_file_is_read_at_once_also_where_it_is_longer_than_a_line_may_be():
    data = dump_records(ANNOTATION, [{"item": f"i{number:05}", "skip": "x" * 60} for number in range(13_000)])
    assert len(data) > LINE_LIMIT
    assert isinstance(read_lines(data, ANNOTATION).numbers, range)
    longest = dump_records(ANNOTATION, [{"item": "i", "skip": ""}])
    for more, read in ((LINE_LIMIT + 1 - len(longest), 1), (LINE_LIMIT + 2 - len(longest), 0)):
        lines = read_lines(dump_records(ANNOTATION, [{"item": "i", "skip": "x" * more}]), ANNOTATION)
        assert (len(lines.records), [fault.rule for fault in lines.faults]) == (
            read,
            ["label/line-too-long"] * (1 - read),
        )


def test_no_records_are_no_bytes():
    assert dump_records(GOLD, []) == b""
