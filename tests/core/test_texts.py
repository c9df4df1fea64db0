"""Nearest names, clipped texts and JSON pointers: each rule stands in one place."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.text import clip, did_you_mean, nearest
from assay.core.values import pointer_steps, pointer_to

SOURCE = {path: path.read_text(encoding="utf-8") for path in Path(__file__).parents[2].glob("src/assay/**/*.py")}


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("Note", ["note", "tone"], "note"),
        ("NOTES", ["Note"], "Note"),
        ("goood", ["bad", "good"], "good"),
        ("x" * 200, ["x" * 80], "x" * 80),
        ("bill", ["billing"], "billing"),
        ("tune", ["tone"], "tone"),
        ("rust", ["trust fund"], ""),
        ("word", [], ""),
        ("name", [f"names{number}" for number in range(1025)], ""),
        ("NAMES7", [f"names{number}" for number in range(1025)], "names7"),
    ],
)
def test_the_nearest_name_is_like_the_word_in_any_case(word, known, near):
    assert nearest(word, known) == nearest(word, reversed(known)) == near
    assert did_you_mean(word, known, "look") == (f"did you mean {near!r}?" if near else "look")


@given(st.text(), st.integers(min_value=1, max_value=12))
def test_a_clipped_text_is_no_wider_and_says_that_it_was_cut(text, width):
    clipped = clip(text, width)
    assert len(clipped) <= width
    assert clipped == text or (clipped.endswith("…") and text.startswith(clipped[:-1]))


@given(st.lists(st.text() | st.integers()))
def test_a_pointer_leads_back_to_its_steps(path):
    assert pointer_steps(pointer_to(path)) == [str(step) for step in path]
    assert pointer_to(["a/b", "~1", 0]) == "/a~1b/~01/0"


@pytest.mark.parametrize(
    ("rule", "home"),
    [
        ("get_close_matches", "core/text.py"),
        (r"- 1\]\}…|\[:_[A-Z]+\]\}…", "core/text.py"),
        ('"~[01]"', "core/values.py"),
        (r"int\(\w+\) for \w+ in version", "project/migration.py"),
        ('"rev-parse", "--show-prefix"', "git/commands.py"),
        (r'"no-variation"', "core/agreement_result.py"),
        ("validateLink", "guidelines/markdown.py"),
        ('b"tag"', "git/child.py"),
    ],
)
def test_a_rule_stands_in_one_module(rule, home):
    assert [path.as_posix() for path, text in SOURCE.items() if re.search(rule, text)] == [
        (Path(__file__).parents[2] / "src/assay" / home).as_posix()
    ]
