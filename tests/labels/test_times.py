"""Times as records state them: read at once or one by one, the answer is the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from assay.core import Batch, Purpose
from assay.labels.times import (
    ABSENT,
    WRONG,
    created_of,
    day_or_moment,
    in_utc,
    latest_past,
    made_at,
    microseconds,
    moments,
)

USUAL = "2026-01-02T03:04:05Z"
TEXTS = [
    USUAL,
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2024-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-06-30T23:59:60Z",
    "2026-01-02T03:04:05.678Z",
    "2026-01-02T03:04:05+00:00",
    "2026-01-02t03:04:05z",
    "2026-01-02 03:04:05Z",
    "2026-01-02",
    "today",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_time_among_usual_ones_is_what_it_is_alone(text):
    alone = microseconds(text)
    assert moments([USUAL, text, USUAL]).tolist()[1] == (WRONG if alone is None else alone)


@given(st.lists(st.sampled_from([*TEXTS, UNSET]), max_size=5))
def test_many_times_are_each_time(texts):
    each = [ABSENT if text is UNSET else microseconds(text) for text in texts]
    assert moments(texts).tolist() == [WRONG if at is None else at for at in each]


def test_a_time_is_microseconds_since_1970():
    assert moments(["1970-01-01T00:00:01Z"]).tolist() == [1_000_000]
    assert moments([]).dtype == np.int64


HOUR = 3_600_000_000
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("1970-01-01", 0),
        ("1970-01-02", DAY),
        ("1969-12-31", -DAY),
        ("1970-01-01T01:00:00Z", HOUR),
        ("1970-01-01T00:00:00.5Z", 500_000),
        ("1970-01-01T00:00:00.000001999Z", 1),
        ("1970-02-30", None),
        ("1970-01-01T01:00:00", None),
        ("1970-01-01T01:00Z", None),
        ("1970-01-01T00:00:00.1234567891Z", None),
        (" 1970-01-01", None),
        ("1970-01-01Z", None),
        ("", None),
    ],
)
def test_a_batch_may_state_a_day_and_a_record_only_a_moment(text, passed):
    assert day_or_moment(text) == passed
    assert microseconds(text) == (passed if "T" in text else None)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
        ("2026-01-01t10:00:00z", "2026-01-01T10:00:00Z"),
        ("2026-01-01 10:00:00.25+02:30", "2026-01-01T07:30:00.25Z"),
        ("2026-01-01T10:00:00-0230", "2026-01-01T12:30:00Z"),
        ("2026-01-01T23:00:00-01:00", "2026-01-02T00:00:00Z"),
        ("2026-01-01T10:00:00.1234567899+00:00", "2026-01-01T10:00:00.123456789Z"),
        ("9999-12-31T23:00:00-01:00", None),
        ("0001-01-01T00:00:00+00:01", None),
        ("2026-02-30T10:00:00Z", None),
        ("2026-01-01T10:00:00", None),
        ("2026-01-01T10:00:00+24:00", None),
        ("2026-01-01T10:00:00+01:60", None),
        ("2026-01-01", None),
        ("today", None),
    ],
)
def test_a_time_with_an_offset_has_one_in_utc(text, utc):
    assert in_utc(text) == utc


def test_a_clock_may_be_five_minutes_ahead():
    assert latest_past("1970-01-01T00:00:00Z") == 300_000_000
    assert latest_past(None) is None
    for text in ("1970-01-01", "", "now"):
        with pytest.raises(ValueError, match="is not an RFC 3339 time in UTC"):
            latest_past(text)


def test_a_row_without_a_sound_time_is_as_old_as_its_batch():
    at = np.array([ABSENT, WRONG, WRONG + 1, 0, 7], dtype=np.int64)
    assert made_at(at, 3).tolist() == [3, 3, WRONG + 1, 0, 7]
    assert made_at(at, None).tolist() == [ABSENT, ABSENT, WRONG + 1, 0, 7]
    batches = [
        Batch(name=str(day), purpose=Purpose.LABEL, closed=True, created=created, guideline="")
        for day, created in enumerate(("1970-01-02", "soon", "1970-01-01T01:00:00Z"))
    ]
    assert created_of(batches, np.array([2, 0, 1, -1], dtype=np.int32)).tolist() == [HOUR, DAY, ABSENT, ABSENT]
