"""Times as records state them: read at once or one by one, the answer is the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from assay.labels.times import ABSENT, WRONG, microseconds, moments

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
