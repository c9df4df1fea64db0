"""When two contents are the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.elements import content_key, place_in_content


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"text": "caf\u00e9"}, {"text": "cafe\u0301"}),
        ({"text": "  a\n b\u00a0c "}, {"text": "a b c"}),
        ({"a": 1, "b": [1.0]}, {"b": [1], "a": 1}),
        ({"words": ["a ", "b"]}, {"words": ["a", "b"]}),
    ],
)
def test_unicode_form_white_space_and_key_order_make_no_difference(one, other):
    assert content_key(one) == content_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"text": "A"}, {"text": "a"}),
        ({"text": "ab"}, {"text": "a b"}),
        ({"text": "1"}, {"text": 1}),
        ({"text": "a"}, {"words": "a"}),
        ({"words": ["a", "b"]}, {"words": ["b", "a"]}),
        ({"text": "a", "more": None}, {"text": "a"}),
    ],
)
def test_anything_else_does(one, other):
    assert content_key(one) != content_key(other)


def test_showing_nothing_is_no_content():
    assert content_key({}) == ""
    assert content_key({"text": ""}) != ""


WORDS = st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=5), min_size=1, max_size=5)


@given(WORDS, st.data())
def test_a_word_has_the_same_place_however_it_is_spaced_and_composed(words, data):
    spaces = [data.draw(st.sampled_from([" ", "\n ", "\t\t"])) for _ in words]
    marked = data.draw(st.integers(0, len(words) - 1))
    one, other = (
        "".join(space + unicodedata.normalize(form, word) for space, word in zip(given, words, strict=True))
        for form, given in (("NFC", [" "] * len(words)), ("NFD", spaces))
    )
    starts = [
        sum(
            len(space + unicodedata.normalize(form, word))
            for space, word in zip(given[:marked], words[:marked], strict=True)
        )
        + len(given[marked])
        for form, given in (("NFC", [" "] * len(words)), ("NFD", spaces))
    ]
    assert content_key({"text": one}) == content_key({"text": other})
    assert place_in_content(one, starts[0]) == place_in_content(other, starts[1])
