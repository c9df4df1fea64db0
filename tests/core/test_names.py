"""Names that stand in paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.text import is_batch_name, is_name, is_task_name, legible, name_from


@pytest.mark.parametrize(
    ("text", "name", "task", "batch"),
    [
        ("mood", True, True, True),
        ("2026-11-round", True, False, True),
        ("gold", True, False, False),
        ("Mood", False, False, False),
        ("a.b", False, False, False),
        ("-a", False, False, False),
        ("a" * 48, True, True, True),
        ("a" * 49, False, False, False),
        ("mood\n", False, False, False),
        ("", False, False, False),
    ],
)
def test_a_text_names_a_pool_a_task_or_a_batch(text, name, task, batch):
    assert (is_name(text), is_task_name(text), is_batch_name(text)) == (name, task, batch)


@pytest.mark.parametrize(
    ("text", "name"),
    [("Crowd v2", "crowd-v2"), ("--RTE!!", "rte"), ("naïve", "na-ve"), ("日本", ""), ("a" * 60, "a" * 48)],
)
def test_the_nearest_name_keeps_what_can_stand_in_a_path(text, name):
    assert name_from(text) == name


@given(st.text())
def test_the_nearest_name_is_a_name_or_empty(text):
    near = name_from(text)
    assert not near or is_name(near)


def test_bytes_of_a_path_that_are_no_text_are_spelled_out():
    assert legible("plain/né") == "plain/né"
    assert legible("caf\udce9.jsonl") == "caf\\xe9.jsonl"
