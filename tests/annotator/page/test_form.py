import pytest
import yaml

from assay.annotator.page.form import form_of
from assay.annotator.page.item_view import KEYS
from assay.guidelines.html import guideline_html
from assay.project.task_schema import load_schema
from projects import small_project

GUIDE = """
# Mood
## Tone
### `good`
It praises.

Further words.
### bad
It complains.
## How strong
### 1
Weak.
"""
SPAN = {"type": "object", "required": ["start", "end", "kind", "sure"]}
BOX = {name: {"type": "number"} for name in ("x", "y", "width", "height")}
GLOBAL_KEYS = set("npjksfugaimbh?/[]-")


@pytest.fixture
def form(tmp_path):
    """The form of a schema's properties: its fields by name."""

    def _form(properties, *, guide=GUIDE, sample=None, **more):
        schema = {"type": "object", "properties": properties, **more}
        project = small_project(tmp_path, {"schemas/mood.yaml": yaml.safe_dump(schema, sort_keys=False)})
        made = form_of(load_schema(project, "mood"), guideline_html(guide), sample or {"text": "t"})
        return {field.name: field for field in made}

    return _form


@pytest.mark.parametrize(
    ("part", "widget"),
    [
        ({"enum": ["a", "b"]}, "choice"),
        ({"const": "a"}, "choice"),
        ({"type": "boolean"}, "choice"),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "choice"),
        ({"$ref": "#/$defs/tone"}, "choice"),
        ({"type": "integer", "minimum": 1, "maximum": 5}, "rating"),
        ({"enum": [1, 2, 3], "x-scale": "ordinal"}, "rating"),
        ({"enum": ["low", "high"], "x-scale": "ordinal", "x-order": ["low", "high"]}, "rating"),
        ({"type": "integer", "minimum": 0, "maximum": 50}, "number"),
        ({"type": "integer"}, "number"),
        ({"type": ["number", "null"]}, "number"),
        ({"type": "string"}, "text"),
        ({"type": "string", "x-scale": "tree"}, "text"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "choices"),
        ({"enum": ["a/b", "a/c"], "x-scale": "tree"}, "tree"),
        ({"enum": [["a", "b"], ["a"]], "x-scale": "tree"}, "tree"),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "x-scale": "tree"}, "order"),
        ({"type": "array", "items": {"type": "string"}, "x-scale": "tree"}, "list"),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "x-scale": "ranking"}, "order"),
        ({"type": "array", "items": {"enum": ["N", "V"]}, "x-scale": "sequence", "x-source": "words"}, "sequence"),
        ({"type": "array", "items": {"type": "number"}, "x-scale": "sequence", "x-source": "words"}, "sequence"),
        ({"type": "array", "items": {"type": "string"}, "x-scale": "set"}, "list"),
        ({"type": "array", "items": {"type": "string"}, "x-scale": "nominal"}, "list"),
        ({"type": "array", "items": {"type": "array", "x-scale": "tree"}}, "list"),
        ({"type": "array", "items": {"enum": ["a/b", "c"], "x-scale": "tree"}}, "choices"),
        ({"type": "array", "items": {"type": "object"}, "x-scale": "set"}, "json"),
        ({"type": "array", "x-source": "text", "items": {"properties": {"start": {}, "end": {}}}}, "spans"),
        ({"type": "array", "x-source": "scan", "items": {"properties": BOX}}, "boxes"),
        ({"type": "object", "x-scale": "tree"}, "json"),
    ],
)
def test_every_kind_of_field_has_its_widget(form, part, widget):
    assert form({"field": part}, **{"$defs": {"tone": {"enum": ["good"]}}})["field"].widget == widget


def test_values_have_keys_that_no_other_command_uses(form):
    field = form({"field": {"enum": [f"v{number}" for number in range(30)]}})["field"]
    keys = [value.key for value in field.values]
    assert keys[:10] == list("1234567890")
    assert "".join(keys) == KEYS
    assert len(set(KEYS)) == len(KEYS)
    assert not GLOBAL_KEYS & set(KEYS)


def test_a_taxonomy_is_offered_level_by_level_with_keys_of_its_own_in_each(form):
    field = form({"kind": {"enum": ["animal/bird", "animal/fish", "plant", "animal"], "x-scale": "tree"}})["kind"]
    animal, plant = field.nodes
    assert [(one.text, one.key, one.at) for one in (animal, plant)] == [("animal", "1", 3), ("plant", "2", 2)]
    assert [(one.text, one.key, one.at, one.below) for one in animal.below] == [
        ("bird", "1", 0, ()),
        ("fish", "2", 1, ()),
    ]
    options = [{"const": "a/x", "title": "The first"}, {"const": "a/y"}]
    titled = form({"kind": {"oneOf": options, "x-scale": "tree"}})["kind"]
    assert [(one.text, one.at) for one in titled.nodes] == [("a", -1)]
    assert [one.text for one in titled.nodes[0].below] == ["The first", "y"]


def test_members_know_how_they_are_typed_and_how_many_make_an_answer(form):
    fields = form(
        {
            "order": {"type": "array", "x-scale": "ranking", "items": {"enum": ["a", "b", "c"]}},
            "words": {"type": "array", "x-scale": "set", "items": {"type": "string"}},
            "sizes": {"type": "array", "x-scale": "nominal", "items": {"type": "integer"}},
            "paths": {"type": "array", "items": {"type": "array", "items": {"type": "string"}, "x-scale": "tree"}},
            "path": {"type": "string", "x-scale": "tree"},
        }
    )
    assert (fields["order"].least, [one.key for one in fields["order"].values]) == (3, ["1", "2", "3"])
    told = {name: (fields[name].member, fields[name].once) for name in ("words", "sizes", "paths")}
    assert told == {"words": ("text", True), "sizes": ("number", False), "paths": ("path", True)}
    assert fields["path"].multiline is False


@pytest.mark.parametrize(
    ("low", "high", "keys"),
    [(0, 5, "012345"), (1, 10, "1234567890"), (3, 7, "34567"), (-1, 1, "123"), (0, 9, "0123456789")],
)
def test_small_numbers_are_their_own_keys(form, low, high, keys):
    field = form({"field": {"type": "integer", "minimum": low, "maximum": high}})["field"]
    assert "".join(value.key for value in field.values) == keys


def test_a_value_points_to_its_section_below_its_field_and_shows_its_first_words(form):
    field = form({"tone": {"enum": ["good", "bad", "mixed"]}})["tone"]
    assert field.anchor == "g-tone"
    assert [(value.anchor, value.tip) for value in field.values] == [
        ("g-good", "It praises."),
        ("g-bad", "It complains."),
        ("", ""),
    ]
    rating = form({"strength": {"title": "How strong", "type": "integer", "minimum": 1, "maximum": 2}})["strength"]
    assert (rating.title, rating.anchor, rating.values[0].tip) == ("How strong", "g-how-strong", "Weak.")


def test_a_constant_with_a_title_is_shown_by_it(form):
    options = [{"const": "y", "title": "Yes, surely"}, {"const": "n"}]
    field = form({"field": {"oneOf": options}, "flag": {"type": "boolean"}})
    assert [(value.value, value.text) for value in field["field"].values] == [("y", "Yes, surely"), ("n", "n")]
    assert [(value.value, value.text) for value in field["flag"].values] == [(False, "no"), (True, "yes")]


def test_numbers_know_their_bounds(form):
    fields = form(
        {
            "whole": {"type": "integer", "exclusiveMinimum": 0, "maximum": 500},
            "share": {"type": "number", "minimum": 0, "maximum": 1},
        }
    )
    whole, share = fields["whole"], fields["share"]
    assert (whole.minimum, whole.maximum, whole.whole) == (1, 500, True)
    assert (share.minimum, share.maximum, share.whole) == (0, 1, False)


def test_long_texts_get_several_lines(form):
    fields = form({"long": {"type": "string"}, "short": {"type": "string", "maxLength": 40}})
    assert (fields["long"].multiline, fields["long"].max_length) == (True, None)
    assert (fields["short"].multiline, fields["short"].max_length) == (False, 40)


def test_spans_know_their_source_their_kinds_and_what_else_they_need(form):
    below = {"start": {"type": "integer"}, "end": {"type": "integer"}, "kind": {"enum": ["who", "where"]}, "sure": {}}
    part = {
        "type": "array",
        "x-source": "words",
        "items": {**SPAN, "properties": {**below, "sure": {"type": "boolean"}}},
    }
    item = {"type": "object", "properties": {"words": {"type": "array"}}}
    field = form({"names": part}, **{"x-item": item, "required": ["names"]})["names"]
    assert (field.source, field.tokens, field.required) == ("words", True, True)
    assert (field.kind_key, [(kind.text, kind.key) for kind in field.kinds]) == ("kind", [("who", "1"), ("where", "2")])
    [sure] = field.extra
    assert (sure.name, sure.widget, sure.needed, [one.value for one in sure.values]) == (
        "sure",
        "choice",
        True,
        [False, True],
    )
    assert field.values == ()


def test_further_properties_of_a_span_are_asked_for_where_they_are_plain_or_required(form):
    below = {
        "start": {"type": "integer"},
        "end": {"type": "integer"},
        "strength": {"title": "How strong", "type": "integer"},
        "who": {"type": ["string", "null"]},
        "tone": {"enum": ["good", "bad"]},
        "list": {"type": "array"},
        "must": {"type": "object"},
    }
    items = {"type": "object", "required": ["start", "end", "must"], "properties": below}
    field = form({"names": {"type": "array", "x-source": "text", "items": items}})["names"]
    assert field.kind_key == "tone"
    assert [(one.name, one.title, one.widget, one.needed) for one in field.extra] == [
        ("strength", "How strong", "number", False),
        ("who", "who", "text", False),
        ("must", "must", "json", True),
    ]


def test_a_quote_of_a_span_is_written_by_the_page_and_of_a_box_it_is_typed(form):
    where, sides = {"start": {"type": "integer"}, "end": {"type": "integer"}}, {**BOX, "text": {"type": "string"}}
    for stated, needed, quote in (
        ({"text": {"type": "string"}}, [], True),
        ({"text": {"type": ["string", "null"]}}, ["text"], True),
        ({}, ["text"], True),
        ({"text": {"type": "integer"}}, [], False),
        ({"text": {"enum": ["a", "b"]}}, [], False),
        ({}, [], False),
    ):
        items = {"type": "object", "required": ["start", "end", *needed], "properties": {**where, **stated}}
        field = form({"names": {"type": "array", "x-source": "text", "items": items}})["names"]
        assert (field.quote, "text" in {one.name for one in field.extra} and quote) == (quote, False)
    places = form({"places": {"type": "array", "x-source": "scan", "items": {"properties": sides}}})["places"]
    assert (places.quote, [one.name for one in places.extra]) == (False, ["text"])


def test_without_a_stated_source_the_only_possible_one_is_taken(form):
    spans = {"type": "array", "items": {"properties": {"start": {}, "end": {}}}}
    boxes = {"type": "array", "items": {"properties": {name: {"type": "integer"} for name in BOX}}}
    fields = form({"names": spans, "places": boxes}, sample={"scan": "media/a.png", "words": "t"})
    assert (fields["names"].widget, fields["places"].source, fields["places"].whole) == ("json", "scan", True)
    assert form({"names": spans}, sample={"body": "t"})["names"].source == "body"
