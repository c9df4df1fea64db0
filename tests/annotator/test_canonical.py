"""A file's canonical form is what sorting its records and writing each would give, whatever was canonical before."""

import tracemalloc

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.annotator import fmt
from assay.annotator.fmt import Refused, canonical_form, is_canonical
from assay.core.findings import LISTED
from assay.labels.records import ANNOTATION, SOURCED_ANNOTATION, dump_record, dump_records

IDS = st.sampled_from(["a", "a\0", "a\0b", "a\x01", "ab", "é", "z", "\uffff", "\U0001d4b3", "a b"])
LABELS = st.sampled_from([{"x": 1}, {"b": [1.0, 1e-7], "a": "é"}, {}, {"t": "\u2028"}])
RECORDS = st.lists(
    st.fixed_dictionaries({"item": IDS, "annotator": IDS, "label": LABELS}), unique_by=lambda one: (one["item"], one["annotator"])
)  # fmt: skip
KIND = SOURCED_ANNOTATION


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(fmt, "_CHUNK", 64)


@given(RECORDS, st.randoms(use_true_random=False))
def test_any_order_and_spelling_gives_the_canonical_bytes(records, chance):
    expected = dump_records(KIND, records)
    lines = [orjson.dumps(one) if chance.random() < 0.5 else dump_record(KIND, one) for one in records]
    data = b"".join(line + b"\n" for line in lines)
    form = canonical_form(KIND, data)
    assert not isinstance(form, Refused)
    assert form() == expected
    assert is_canonical(KIND, expected)
    assert is_canonical(KIND, data) == (data == expected)


@pytest.mark.parametrize(
    "data",
    [
        b'{"item":"b"}\n{"item":"a"}\n',
        b'{"item":"a"}\n{"item":"a"}\n',
        b'{"item":"a"}',
        b'{"item": "a"}\n',
        b'{"label":{},"item":"a"}\n',
        b"\n",
        b'{"item":"a"}\n\n',
    ],
)
def test_what_is_not_canonical_is_seen(data):
    assert not is_canonical(ANNOTATION, data)


def test_what_holds_a_file_up_is_told_in_order_each_with_its_line():
    form = canonical_form(
        ANNOTATION,
        b'{"item":"b"}\n{"item":"a\\u0000"}\nx\n{"item":"b"}\n{"odd":1,"item":"c"}\n{"item":"b"}\n',
    )
    assert isinstance(form, Refused)
    assert [str(one) for one in form.faults] == [
        "line 3: not JSON: a value is missing",
        "line 4: duplicate record b, already on line 1",
        "line 5: unknown key 'odd'",
        "line 6: duplicate record b, already on line 1",
    ]
    assert form.more == 0


def test_a_file_full_of_faults_has_the_first_told_and_the_rest_counted():
    form = canonical_form(ANNOTATION, b"x\n" * 1_500 + b'{"item":"a"}\n' * 1_500)
    assert isinstance(form, Refused)
    assert [one.number for one in form.faults] == list(range(1, LISTED + 1))
    assert form.more == 2_999 - LISTED


def test_a_line_that_is_kept_holds_little_more_than_its_bytes():
    record = {"item": "a", "label": {"x": [1]}}
    tracemalloc.start()
    kept = [dump_record(ANNOTATION, record) for _ in range(100)]
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 100 * (len(kept[0]) + 100)


@pytest.mark.slow
def test_memory_is_a_small_multiple_of_the_file(monkeypatch):
    monkeypatch.setattr(fmt, "_CHUNK", 2**14)
    lines = [b'{"item":"item-%06d", "label":{"a":"x"}}\n' % ((n * 7919) % 10_000) for n in range(10_000)]
    data = b"".join(lines)
    tracemalloc.start()
    form = canonical_form(ANNOTATION, data)
    assert not isinstance(form, Refused)
    written = form()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert is_canonical(ANNOTATION, written)
    assert peak < 6 * len(data)
