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


def test_other_blocks_are_no_examples():
    assert parts("```yaml", "text: a", "```", "", "```", "example", "```", "", "    ```example") == ()


def test_a_block_without_an_end_is_said_and_not_run():
    (found,) = parts("```example", "text: a", "label: {tone: good}")
    assert (found.rule, found.at.line) == ("example/form", 1)
    assert "not closed" in found.message
