"""What a change affects."""

import pytest

from assay.guidelines.front_matter import Change
from assay.guidelines.selectors import Selector, parts, selector_of, selectors_of, touches

LABEL = {
    "intent": "refund",
    "urgency": 4,
    "sure": True,
    "topics": ["sync", "sharing"],
    "none": [],
    "products": [{"start": 0, "end": 3, "label": "inkfern"}, {"start": 5, "end": 9}],
}


@pytest.mark.parametrize(
    ("text", "touched"),
    [
        ("all", True),
        ("intent", True),
        ("intent=refund", True),
        ("intent=refun", False),
        ("intent=", False),
        ("urgency=4", True),
        ("urgency=4.0", False),
        ("sure=true", True),
        ("topics=sync", True),
        ("topics=editing", False),
        ("none", True),
        ("none=sync", False),
        ("products=inkfern", True),
        ("products=tern-router", False),
        ("tone", False),
        ("tone=good", False),
    ],
)
def test_a_selector_touches_the_labels_that_carry_what_it_names(text, touched):
    assert touches(selector_of(text), LABEL) is touched


def test_all_touches_a_label_without_fields():
    assert touches(Selector(), {})


@pytest.mark.parametrize("text", ["all", "intent", "intent=refund", "formula=a=b"])
def test_a_selector_is_written_as_it_was_read(text):
    change = Change(version="1.0.0", date="2026-01-01", summary="s", affects=(text,))
    assert [str(one) for one in selectors_of(change)] == [text]


def test_only_the_first_equals_sign_divides():
    assert selector_of("formula=a=b") == Selector(field="formula", value="a=b")


def test_a_whole_number_is_one_value_however_it_is_written():
    assert parts(4.0) == parts(4) == {"4"}
