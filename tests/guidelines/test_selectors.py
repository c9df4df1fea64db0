"""What a change affects."""

import json

import pytest

from assay.files.yaml import load_yaml
from assay.guidelines.examples import Selector, parts, selector_of, selectors_of, selects
from assay.guidelines.front_matter import Change
from assay.project.migration_files import migrations_of

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
    assert selects(selector_of(text), LABEL) is touched


def test_all_touches_a_label_without_fields():
    assert selects(Selector(), {})


MIGRATIONS = """
2.0.0: {rename_values: {field: tone, values: {bad: awful, "1": low}}}
2.1.0: {rename_field: {from: tone, to: mood}}
3.0.0: {merge_values: {field: mood, values: [awful, sad], into: down}}
3.1.0: {split_value: {field: mood, value: down, into: [low, blue]}}
4.0.0: {drop_field: {field: why}}
4.1.0: {rename_values: {field: sign, values: {up: down, down: up}}}
4.2.0: {retype_field: {field: size, to: integer}}
"""


@pytest.mark.parametrize(
    ("version", "text", "today"),
    [
        ("3.1.0", "mood=good", [Selector(field="mood", value="good")]),
        ("3.0.0", "mood=good", [Selector(field="mood", value="good", waits=True)]),
        ("1.1.0", "tone=good", [Selector(field="mood", value="good", waits=True)]),
        ("1.1.0", "tone=bad", [Selector(field="mood", value="down", waits=True, gone=True)]),
        ("2.0.0", "tone=bad", ["bad", "down"]),
        ("1.1.0", "tone", [Selector(field="mood", waits=True)]),
        ("2.1.0", "tone", [Selector(field="tone"), Selector(field="mood", waits=True)]),
        ("3.1.0", "mood=down", [Selector(field="mood", value="down")]),
        ("1.1.0", "why=x", []),
        ("1.1.0", "sign=up", [Selector(field="sign", value="down")]),
        ("1.1.0", "size=1.0", [Selector(field="size", value="1", waits=True)]),
        ("1.1.0", "size=big", [Selector(field="size", value="big", waits=True, gone=True)]),
        ("1.1.0", "all", [Selector()]),
    ],
)
def test_a_selector_goes_through_the_migrations_as_labels_do(version, text, today):
    stated = load_yaml(MIGRATIONS.encode(), "m").value
    documents = (json.dumps({"reason": "r", "guideline": of, "steps": [step]}) for of, step in stated.items())
    migrations = migrations_of(load_yaml(one.encode(), f"000{n}-m.yaml") for n, one in enumerate(documents))
    found = selectors_of(Change(version=version, date="", summary="", affects=(text,)), migrations)
    assert [one.value if isinstance(today[0], str) else one for one in found] == today


TOGETHER = (
    "reason: r\nguideline: 2.0.0\nsteps:\n"
    "  - retire_values: {field: tone, values: [odd]}\n  - rename_values: {field: tone, values: {bad: awful, '1': low}}\n"
    "  - merge_values: {field: tone, values: [sad, blue], into: down}\n  - rename_field: {from: tone, to: mood}\n"
    "  - drop_field: {field: why}\n  - retype_field: {field: size, to: integer}\n"
    "  - merge_values: {field: score, values: [1, 2], into: 3}\n  - merge_values: {field: share, values: [0.5], into: 1}\n"
    "  - merge_values: {field: sure, values: [true], into: false}\n"
)


@pytest.mark.parametrize(
    ("affects", "today"),
    [
        (("all",), ["all"]),
        (("tone",), ["tone", "mood"]),
        (("mood",), ["mood"]),
        (("tone=bad",), ["tone=bad", "mood=awful"]),
        (("tone=good", "tone=good"), ["tone=good", "mood=good"]),
        (("mood=awful",), ["mood=awful"]),
        (("tone=sad", "tone=blue"), ["tone=sad", "tone=blue", "mood=down"]),
        (("tone=1",), ["tone=1", "mood=low"]),
        (("tone=odd",), ["tone=odd"]),
        (("why",), ["why"]),
        (("size=1.0",), ["size=1.0", "size=1"]),
        (("size=big",), ["size=big"]),
        (("score=1", "score=2"), ["score=1", "score=2", "score=3"]),
        (("score=4",), ["score=4"]),
        (("share=0.5",), ["share=0.5", "share=1"]),
        (("sure=true",), ["sure=true", "sure=false"]),
        (("other",), ["other"]),
    ],
)
def test_a_change_may_speak_by_the_names_before_and_after_the_migration_that_comes_with_it(affects, today):
    migrations = migrations_of([load_yaml(TOGETHER.encode(), "0001-m.yaml")])
    for version, said in (("2.0.0", today), ("2.1.0", [*dict.fromkeys(affects)])):
        found = selectors_of(Change(version=version, date="", summary="", affects=affects), migrations)
        assert [str(one) for one in found] == said
        assert not any(one.waits or one.gone for one in found)


def test_what_was_taken_of_a_label_is_selected_where_it_may_have_been_that():
    gone, other = (
        Selector(field="tone", value="bad", waits=True, gone=True),
        Selector(field="tone", value="good", waits=True),
    )
    assert selects(gone, {}, ["tone"])
    assert selects(Selector(field="tone", waits=True), {}, ["tone"])
    assert not selects(gone, {}, ["sure"])
    assert not selects(gone, {"tone": "bad"})
    assert not selects(other, {}, ["tone"])


@pytest.mark.parametrize("text", ["all", "intent", "intent=refund", "formula=a=b"])
def test_a_selector_is_written_as_it_was_read(text):
    change = Change(version="1.0.0", date="2026-01-01", summary="s", affects=(text,))
    assert [str(one) for one in selectors_of(change)] == [text]


def test_only_the_first_equals_sign_divides():
    assert selector_of("formula=a=b") == Selector(field="formula", value="a=b")


def test_a_whole_number_is_one_value_however_it_is_written():
    assert parts(4.0) == parts(4) == {"4"}
