from hypothesis import given
from hypothesis import strategies as st

from assay.files.yaml import load_yaml, yaml_block, yaml_scalar

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["0", "70.0", "1e3", "0x1f", "no", "Null", "~", "", "- a", "a: b", "# c", "<<", "=", "\u0085", "\x7f", "😀", "a\nb"]
)
SCALARS = TEXTS | st.none() | st.booleans() | st.integers(-(2**53), 2**53)
MAPPINGS = st.dictionaries(
    TEXTS, st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
)


@given(MAPPINGS)
def test_what_is_written_is_read_back(mapping):
    assert (load_yaml(yaml_block(mapping).encode(), "x").value or {}) == mapping


def test_plain_words_stay_plain():
    assert yaml_scalar("refund") == "refund"
