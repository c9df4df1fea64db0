"""Examples run against the schema, against each other, and against experts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.files.yaml import load_yaml
from assay.guidelines.examples import examples_of
from assay.guidelines.front_matter import Guideline, load_guideline
from assay.guidelines.markdown import Body
from assay.labels.whole import load_corpus
from assay.project.config import find_project
from assay.project.task_schema import load_schema, schema_of
from assay.quality.conflicts import run_examples
from corpora import corpus_from
from guideline_pages import FILES, SCHEMA
from projects import write_files


def page(*blocks):
    text = "".join(f"```example\n{block}\nwhy: so\n```\n" for block in blocks)
    return examples_of(Body(text=text, first_line=1, path="guidelines/mood.md"))


def ran(*blocks, schema=SCHEMA, corpus=None):
    """The report, and rule, line and message of every finding."""
    known = schema_of(load_yaml(schema.encode(), "schemas/mood.yaml"), "mood")
    run = run_examples(page(*blocks), known, corpus or corpus_from([], known.fields))
    return run.report, [(found.rule, found.at.line, found.message) for found in run.findings]


GOOD = "text: I like Ann\nlabel: {tone: good}"


def test_right_examples_run_and_say_nothing():
    report, found = ran(GOOD, "text: no\nlabel: {tone: bad}", "text: hm\nnot: {tone: bad}")
    assert (report.run, report.wrong, report.errors, found) == (3, 0, 0, [])


@pytest.mark.parametrize(
    ("block", "line", "says"),
    [
        ("text: a\nlabel: {tone: god}", 3, "label/tone: "),
        ("text: a\nlabel: {tone: good, tune: 1}", 3, "tune"),
        ("text: a\nlabel: {names: []}", 3, "tone"),
        ("text: a\nlabel:\n  tone: good\n  names: [{start: 0, end: 2, label: person}]", 5, "ends at 1"),
        ("text: a\nlabel: {tone: good, names: [{start: 1, end: 1, label: person}]}", 3, "is empty"),
        ("text: 1\nlabel: {tone: good}", 2, "text: "),
        ("txt: a\nlabel: {tone: good}", 2, "txt"),
        ("text: a\nnot: {tone: god}", 3, "not/tone: "),
        ("text: a\nnot: {tune: good}", 3, "tune"),
        ("text: [\nlabel: {tone: good}", 4, "not YAML"),
    ],
)
def test_an_example_that_the_task_does_not_allow_is_wrong_at_its_line(block, line, says):
    report, found = ran(block)
    assert [at for _, at, message in found if says in message] == [line]
    assert report.errors == len(found)
    assert report.wrong == report.run


def test_a_refused_label_may_leave_required_fields_out():
    assert ran("text: a\nnot: {names: [{start: 0, end: 1, label: person}]}")[1] == []


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("text: a b\nlabel: {tone: good}", "text: '  a  b'\nlabel: {tone: bad}", 'tone is "bad" here'),
        ("text: caf\u00e9\nlabel: {tone: good}", "text: cafe\u0301\nlabel: {tone: bad}", 'has "good"'),
        ("text: a\nlabel: {tone: good}", "text: a\nnot: {tone: good}", "this refused label"),
        (
            "text: a b\nlabel: {tone: good, names: [{start: 2, end: 3, label: person}]}",
            "text: a b\nlabel: {tone: good, names: [{start: 0, end: 1, label: person}]}",
            "names is",
        ),
    ],
)
def test_the_same_content_has_one_label(first, second, says):
    report, found = ran(first, second)
    ((rule, line, message),) = found
    assert (rule, line) == ("example/contradiction", 8)
    assert says in message
    assert "the example on line 1" in message
    assert (report.run, report.wrong) == (2, 1)


def test_a_label_that_holds_more_than_a_refused_one_is_refused():
    _, found = ran("text: a\nlabel: {tone: good, names: []}", "text: a\nnot: {tone: good}")
    assert [(rule, line) for rule, line, _ in found] == [("example/contradiction", 8)]


def test_an_example_that_refuses_the_label_it_gives_contradicts_itself():
    _, found = ran("text: a\nlabel: {tone: good}\nnot: {tone: good}")
    assert [(rule, line) for rule, line, _ in found] == [("example/contradiction", 4)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("text: a\nlabel: {tone: good}", "text: A\nlabel: {tone: bad}"),
        ("text: a\nlabel: {tone: good}", "text: a\nlabel: {tone: good, names: []}"),
        ("text: a\nlabel: {tone: good}", "text: a\nnot: {tone: bad}"),
        ("text: a\nlabel: {tone: good}", "text: a\nnot: {tone: good, names: []}"),
        (
            "text: a b\nlabel: {tone: good, names: [{start: 2, end: 3, label: person}]}",
            "text: ' a   b'\nlabel: {tone: good, names: [{end: 6, start: 5, label: person}]}",
        ),
    ],
)
def test_what_is_not_the_same_content_or_no_other_answer_is_no_contradiction(first, second):
    assert ran(first, second)[1] == []


@given(st.permutations(["good", "good", "bad"]))
def test_every_answer_that_differs_from_the_first_one_is_said(tones):
    report, found = ran(*(f"text: a\nlabel: {{tone: {tone}}}" for tone in tones))
    assert len(found) == report.wrong == sum(tone != tones[0] for tone in tones)


VOTED = {
    "labels/mood/r1/batch.yaml": "purpose: label\nstatus: closed\ncreated: 2026-01-02\nguideline: 1.0.0\n",
    "labels/mood/r1/assignments.jsonl": '{"item":"i1","annotators":["ada"]}\n{"item":"i2","annotators":["ada"]}\n',
    "labels/mood/r1/ada.jsonl": '{"item":"i1","label":{"tone":"bad"}}\n{"item":"i2","label":{"tone":"good"}}\n',
    "labels/mood/r2/batch.yaml": "purpose: relabel\nstatus: closed\ncreated: 2026-02-02\nguideline: 1.1.0\n",
    "labels/mood/r2/assignments.jsonl": '{"item":"i2","annotators":["ada"]}\n',
    "labels/mood/r2/ada.jsonl": '{"item":"i2","label":{"tone":"good"}}\n',
}


LATER = Guideline(task="mood", version="1.1.0", owners=(), changes=())


def on_disk(root, changed, *blocks):
    write_files(root, {**FILES, **VOTED, **changed})
    project = find_project(root)
    schema = load_schema(project, "mood")
    loaded = load_corpus(project, schema, load_guideline(project, "mood").with_versions_of(LATER))
    assert [found for found in loaded.findings if found.severity == "error"] == []
    run = run_examples(page(*blocks), schema, loaded.corpus)
    return run.report, [(found.rule, found.at.path, found.at.line, found.message) for found in run.findings]


def test_an_example_that_gold_contradicts_is_said_at_the_example(tmp_path):
    report, ((rule, path, line, message),) = on_disk(tmp_path, {}, "text: I hate  it.\nlabel: {tone: good}")
    assert (rule, path, line) == ("example/contradiction", "guidelines/mood.md", 3)
    assert "the gold answer of item 'i1' by ada has \"bad\"" in message
    assert (report.run, report.wrong, report.errors) == (1, 1, 1)
    assert on_disk(tmp_path, {}, "text: I hate it.\nnot: {tone: bad}")[0].wrong == 1
    assert on_disk(tmp_path, {}, "text: I hate it.\nlabel: {tone: bad}")[0].wrong == 0


def test_an_adjudication_speaks_until_a_newer_one_does(tmp_path):
    decided = '{"item":"i2","label":{"tone":"bad"},"reason":"edge-case"}\n'
    example = "text: I like it, said Ann.\nlabel: {tone: good}"
    older = {"labels/mood/r1/ada.adjudicated.jsonl": decided}
    report, ((_, _, _, message),) = on_disk(tmp_path, older, example)
    assert report.wrong == 1
    assert "the adjudication of item 'i2' by ada" in message
    newer = {"labels/mood/r2/ada.adjudicated.jsonl": decided.replace("bad", "good")}
    assert on_disk(tmp_path, {**older, **newer}, example)[0].wrong == 0


def test_experts_who_differ_on_the_same_content_are_said_at_the_later_answer(tmp_path):
    changed = {
        "labels/items/texts/two.jsonl": '{"id":"i3","data":{"text":"I hate it. "}}\n',
        "labels/mood/gold/ada.jsonl": '{"item":"i2","label":{"tone":"good"}}\n{"item":"i3","label":{"tone":"good"}}\n',
        "labels/mood/r1/ada.adjudicated.jsonl": '{"item":"i1","label":{"tone":"bad"},"reason":"other"}\n',
    }
    report, ((rule, path, line, message),) = on_disk(tmp_path, changed, GOOD)
    assert (rule, path, line) == ("example/experts", "labels/mood/r1/ada.adjudicated.jsonl", 1)
    assert "the gold answer of item 'i3' by ada" in message
    assert (report.run, report.wrong, report.errors) == (1, 0, 1)


def test_items_that_show_nothing_have_no_content_to_differ_on(tmp_path):
    changed = {
        "schemas/mood.yaml": SCHEMA.replace(SCHEMA[SCHEMA.index("x-item") : SCHEMA.index("properties:\n")], ""),
        "labels/items/texts/one.jsonl": '{"id":"i1","data":{}}\n{"id":"i2","data":{}}\n',
        "labels/mood/gold/ada.jsonl": '{"item":"i1","label":{"tone":"bad"}}\n{"item":"i2","label":{"tone":"good"}}\n',
    }
    report, found = on_disk(tmp_path, changed)
    assert (report.errors, found) == (0, [])
