"""The examples of a guideline, and what keeps a block from being one."""

import pytest

from assay.core.findings import Severity
from assay.guidelines.examples import Example, examples_of
from assay.guidelines.markdown import Body


def parts(*lines, first_line=1):
    return examples_of(Body(text="\n".join([*lines, ""]), first_line=first_line, path="guidelines/mood.md"))


def test_an_example_knows_its_item_its_label_and_the_lines_of_both():
    (example,) = parts(
        "text", "```example", "text: hi", "n: 2", "label:", "  tone: good", "why: so", "```", first_line=9
    )
    assert isinstance(example, Example)
    assert (example.task, example.path, example.line) == ("mood", "guidelines/mood.md", 10)
    assert (example.data, example.label, example.refused, example.why) == (
        {"text": "hi", "n": 2},
        {"tone": "good"},
        None,
        "so",
    )
    assert example.at("/label/tone").line == 14
    assert example.at("/label/other/0").line == 13
    assert str(example.at("/text")) == "guidelines/mood.md:11 /text"


def test_an_example_may_refuse_a_label_and_may_do_both():
    refusing, both = parts(
        *("```example", "text: hi", "not: {tone: good}", "why: so", "```"),
        *("~~~ example", "text: hi", "not: {tone: good}", "label: {tone: bad}", "why: so", "~~~"),
    )
    assert (refusing.label, refusing.refused) == (None, {"tone": "good"})
    assert (both.label, both.refused) == ({"tone": "bad"}, {"tone": "good"})


def test_an_example_without_a_reason_runs_and_is_a_warning():
    example, found = parts("```example", "text: hi", "label: {tone: good}", "```")
    assert isinstance(example, Example)
    assert (found.rule, found.severity, found.at.line) == ("example/why", Severity.WARNING, 1)


@pytest.mark.parametrize(
    ("lines", "line", "says"),
    [
        (("text: [1", "label: {}"), 3, "the block is not YAML"),
        (("text: a", "text: b", "label: {}"), 3, "duplicate key 'text'"),
        (("text: &a a", "label: {}"), 2, "anchors and aliases"),
        (("- a",), 1, "has no keys"),
        ((), 1, "has no keys"),
        (("label: {tone: good}",), 1, "has no item"),
        (("text: a",), 1, "no `label:` and no `not:`"),
        (("text: a", "label: good"), 3, "`label:` has no fields"),
        (("text: a", "not: {}"), 3, "`not:` has no fields"),
        (("text: a", "label: {}", "why: 3"), 4, "`why:` must be a sentence"),
    ],
)
def test_a_block_that_is_no_example_says_why_at_its_line(lines, line, says):
    found, *rest = parts("```example", *lines, "```")
    assert (found.rule, found.severity, found.at.line, rest) == ("example/form", Severity.ERROR, line, [])
    assert says in found.message
    assert found.fix
    assert found.task == "mood"


@pytest.mark.parametrize("tag", ["Example", "examples", "EXAMPLES title"])
def test_a_mistyped_tag_is_said_for_the_block_would_never_run(tag):
    (found,) = parts(f"```{tag}", "text: a", "label: {}", "```")
    assert (found.rule, found.at.line) == ("example/form", 1)
    assert "is not run" in found.message


def test_every_fault_of_a_block_is_told_and_what_is_well_formed_beside_it_is_read():
    found = parts(
        *("```example", "label: x", "not: {}", "why: 3", "```"),
        *("```example it", "text: a", "label: {}", "why: w", "```"),
    )
    assert [(one.rule, one.at.line, one.message) for one in found[:-1]] == [
        ("example/form", 1, "the block has no item"),
        ("example/form", 2, "`label:` has no fields"),
        ("example/form", 3, "`not:` has no fields"),
        ("example/form", 4, "`why:` must be a sentence"),
    ]
    assert (found[-1].line, found[-1].label, found[-1].refused) == (6, {}, None)


@pytest.mark.parametrize(("why", "told"), [("why: ' '", True), ("why: ''", True), ("why: so", False)])
def test_a_reason_is_words(why, told):
    example, *rest = parts("```example", "text: a", "not: {tone: good}", why, "```")
    assert (isinstance(example, Example), [one.rule for one in rest]) == (True, ["example/why"] * told)


@pytest.mark.parametrize(
    ("tag", "closing", "found"),
    [
        ("example", True, "run"),
        ("example  and more", True, "run"),
        ("Example", True, "a block tagged 'Example' is not run"),
        ("eXamples", True, "a block tagged 'eXamples' is not run"),
        ("examples", False, "a block tagged 'examples' is not run"),
        ("example", False, "the block is not closed"),
        ("exampl", True, ""),
        ("sample", False, ""),
        ("", True, ""),
    ],
)
def test_only_a_closed_block_with_the_tag_is_run(tag, closing, found):
    made = parts(f"```{tag}", "text: a", "label: {}", "why: w", *(["```"] if closing else []))
    assert ["run" if isinstance(one, Example) else one.message for one in made] == [found] * bool(found)


def test_other_blocks_are_no_examples():
    assert parts("```yaml", "text: a", "```", "", "```", "example", "```", "", "    ```example") == ()


def test_a_block_without_an_end_is_said_and_not_run():
    (found,) = parts("```example", "text: a", "label: {tone: good}")
    assert (found.rule, found.at.line) == ("example/form", 1)
    assert "not closed" in found.message
