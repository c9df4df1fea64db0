import pytest

from assay.core.values import Scale
from assay.errors import UsageError
from assay.files.yaml import load_yaml
from assay.lead.schema_draft import Drafter, Extent, example_draft
from assay.project.task_schema import schema_of

BOX = {"x": 1, "y": 2.5, "width": 3, "height": 4, "label": "n"}


def _drafter(*labels, extents=None):
    drafter = Drafter()
    for label in labels:
        drafter.add(label)
        drafter.add_extents(label, {key: Extent(*extent) for key, extent in (extents or {}).items()})
    return drafter


def _decided(*labels, scales=None, extents=None):
    draft = _drafter(*labels, extents=extents).draft(title="t", origin="a.jsonl", scales=scales or {})
    return draft.fields[0], draft.text


def _drafted(*labels, scales=None, extents=None):
    draft = _drafter(*labels, extents=extents).draft(title="t", origin="a.jsonl", scales=scales or {})
    document = load_yaml(draft.text.encode(), "schemas/t.yaml")
    loaded = schema_of(document, "t")
    assert {field.name: field.scale for field in loaded.fields} == dict(draft.scales)
    assert all(loaded.admits(label) for label in labels)
    return document.value, loaded


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 1, 2], {"type": "integer", "minimum": 1, "maximum": 2}),
        ([1.0, 2.0, 3, 3, 2, 1, 0, 0], {"type": "integer", "minimum": 0, "maximum": 3}),
        ([0, 10, 30] * 2, {"type": "integer", "enum": [0, 10, 30], "x-scale": "ordinal"}),
        ([3, 90, 1500], {"type": "integer"}),
        ([None, 1, 2, 1, 2], {"type": ["integer", "null"], "minimum": 1, "maximum": 2}),
        ([70.0, 3, 4], {"type": "number"}),
        ([0.5, 1, 0.5, 1], {"type": "number"}),
        ([True, None, False], {"type": ["boolean", "null"]}),
        ([True, False], {"type": "boolean"}),
        (["b", "a", "b", "a"], {"type": "string", "enum": ["a", "b"]}),
        (["no", "1e3", "no", "1e3"], {"type": "string", "enum": ["1e3", "no"]}),
        (["a", "b", "c"], {"type": "string"}),
        ([f"v{n % 51}" for n in range(999)], {"type": "string"}),
        (["long " * 30] * 4, {"type": "string"}),
        (
            [["b"], ["a", "b"], [], ["a"]],
            {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "uniqueItems": True},
        ),
        ([[], []], {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "x-scale": "set"}),
        ([["a"], ["b"]], {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "x-scale": "set"}),
        ([[3, 1], [1], [3]], {"type": "array", "items": {"type": "integer", "enum": [1, 3]}, "uniqueItems": True}),
        (
            [["a", "a"], ["b"], ["a", "b"]],
            {"type": "array", "items": {"type": "string"}, "x-scale": "text"},
        ),
        (
            [["a", "a"], *[["b", "a"]] * 9],
            {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
        ),
        ([1, "a"], {"type": ["integer", "string"], "x-scale": "text"}),
        ([None, "b", "a", "b", "a"], {"type": ["string", "null"], "enum": ["a", "b", None]}),
        (
            [None, ["a"], ["a"]],
            {"type": ["array", "null"], "items": {"type": "string", "enum": ["a"]}, "uniqueItems": True},
        ),
        ([None, None], {"type": ["string", "null"], "x-scale": "text"}),
        ([{"a": 1}], {"type": "object", "x-scale": "text"}),
        ([[[1]], [[2]]], {"type": "array", "items": {"type": "array"}, "x-scale": "text"}),
    ],
)
def test_a_field_is_drafted_from_its_values(values, expected):
    schema, _ = _drafted(*({"f": value} for value in values))
    assert schema["properties"]["f"] == expected


def test_a_ranking_is_drafted_where_it_is_asked_for():
    labels = [{"f": ["b", "a", "c"]}, {"f": ["a", "b", "c"]}]
    schema, loaded = _drafted(*labels, scales={"f": Scale.RANKING})
    options = {"type": "string", "enum": ["a", "b", "c"]}
    assert schema["properties"]["f"] == {
        "type": "array", "items": options, "uniqueItems": True, "minItems": 3, "x-scale": "ranking",
    }  # fmt: skip
    assert loaded.fields[0].values == ("a", "b", "c")
    with pytest.raises(UsageError, match="does not measure"):
        _drafted({"f": ["a"]}, {"f": ["b"]}, scales={"f": Scale.RANKING})


def test_a_field_of_every_label_is_required_and_no_other_is_allowed():
    schema, _ = _drafted({"a": 1, "b": 1}, {"a": 2})
    assert schema["required"] == ["a"]
    assert schema["additionalProperties"] is False


def test_spans_refer_to_the_one_key_that_is_long_enough():
    span = {"start": 1, "end": 6, "label": "P"}
    texts = {"text": (9, False), "title": (4, False)}
    schema, loaded = _drafted({"s": [span]}, {"s": [span]}, {"s": []}, extents=texts)
    assert schema["properties"]["s"]["x-source"] == "text"
    element = schema["properties"]["s"]["items"]
    assert element["required"] == ["start", "end", "label"]
    assert element["properties"]["label"] == {"type": "string", "enum": ["P"]}
    assert loaded.fields[0].scale is Scale.SPANS


@pytest.mark.parametrize(
    ("good", "extents", "source"),
    [
        (9, {"text": (6, False)}, "text"),
        (8, {"text": (6, False)}, None),
        (99, {"text": (6, False), "id": (2, False)}, "text"),
        (98, {"text": (6, False), "id": (2, False)}, None),
        (9, {"text": (9, False), "title": (9, False)}, None),
        (9, {}, None),
    ],
)
def test_nearly_all_offsets_fit_into_the_only_text_and_next_to_all_into_one_of_several(good, extents, source):
    many = [{"start": 1, "end": 6}] * good + [{"start": 1, "end": 9}] * ((10 if good < 10 else 100) - good)
    found, text = _decided({"s": many}, extents=extents)
    assert (found.scale, found.source) == (Scale.SPANS, source)
    assert ("write below `s`: x-source: text" in found.lacks) == (source is None and bool(extents))
    assert ("# s has no alpha: " in text) == (source is None)


@pytest.mark.parametrize("odd", [{"start": 1, "end": 3.5}, {"start": 1, "end": "6"}, {"end": 6}, "Rome", None])
def test_one_odd_span_is_a_mistake_and_keeps_the_scale(odd):
    spans = [{"start": 1, "end": 6, "label": "P"}] * 19
    found, _ = _decided({"s": [*spans, odd]}, {"s": spans}, extents={"text": (9, False)})
    assert (found.scale, found.source) == (Scale.SPANS, "text")
    element = found.schema["items"]
    assert element["required"][:2] == ["start", "end"]
    assert element["properties"]["end"] == {"type": "integer"}


def test_spans_of_seconds_mark_nothing_in_a_text_and_are_not_measured():
    found, _ = _decided({"s": [{"start": 0.5, "end": 2.25}]}, extents={"text": (9, False)})
    assert found.scale is Scale.TEXT
    assert "whole start and end" in found.lacks


TOKENS = {"tokens": (3, True), "text": (3, False)}


@pytest.mark.parametrize(
    ("values", "extents", "scale"),
    [
        ([["a", "b", "a"], ["b", "b", "b"]], TOKENS, Scale.SEQUENCE),
        ([[0, 3, 0], [3, 0, 0]], TOKENS, Scale.SEQUENCE),
        ([["a", "b", "c"], ["b", "a", "c"]], TOKENS, Scale.SET),
        ([*[["a", "b", "a"]] * 9, ["a", "b"]], TOKENS, Scale.SEQUENCE),
        ([*[["a", "b", "a"]] * 8, ["a"], ["b"]], TOKENS, Scale.TEXT),
        ([["a", "b", "a"], ["b", "b", "b"]], {"text": (3, False)}, Scale.TEXT),
        ([["a", "b", "a"], ["b", "b", "b"]], {**TOKENS, "words": (3, True)}, Scale.TEXT),
    ],
)
def test_lists_as_long_as_a_list_of_their_item_are_sequences(values, extents, scale):
    found, _ = _decided(*({"f": value} for value in values), extents=extents)
    assert (found.scale, found.source) == (scale, "tokens" if scale is Scale.SEQUENCE else None)
    assert "uniqueItems" not in found.schema or scale is Scale.SET
    assert bool(found.lacks) == (scale is Scale.TEXT)


def test_where_several_lists_are_as_long_it_is_asked_which_is_meant():
    found, _ = _decided({"f": ["a", "a"]}, {"f": ["b", "b"]}, extents={"lemma": (2, True), "word": (2, True)})
    assert "x-scale: sequence and x-source: lemma or x-source: word" in found.lacks


@pytest.mark.parametrize(
    ("value", "scale", "inner"),
    [
        (["Dept", "In/Out"], Scale.TREE, {"type": "string"}),
        (
            [["Dept", "In"], ["Lab"]],
            Scale.SET,
            {"type": "array", "items": {"type": "string"}, "minItems": 1, "x-scale": "tree"},
        ),
    ],
)
def test_paths_from_the_root_may_be_lists_and_several_of_them_a_set(value, scale, inner):
    found, _ = _decided({"f": value}, {"f": value}, scales={"f": Scale.TREE})
    assert (found.scale, found.schema["x-scale"], found.schema["items"]) == (scale, scale.value, inner)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["low", "medium", "high"], "x-order: [LOWEST, …, HIGHEST], each once of high, low, medium"),
        (["10", "9", "-1.5"], 'x-order: ["-1.5", "9", "10"]'),
    ],
)
def test_words_are_never_ordered_by_letter_but_asked_for(words, line):
    found, text = _decided(*({"f": word} for word in words * 2), scales={"f": Scale.ORDINAL})
    assert "x-order" not in found.schema
    assert line in found.lacks
    assert f"# f has no alpha: {found.lacks}" in text


@pytest.mark.parametrize("in_list", [False, True])
def test_texts_that_may_stand_for_no_value_are_named(in_list):
    given = ["good", "bad", "N/A", "", "none"] * 4
    found, _ = _decided(*({"f": [one] if in_list else one} for one in given))
    assert "'', 'N/A', 'none' may mean no value: if so, write null or omit the key" in found.saw


def test_boxes_are_told_by_their_corners():
    schema, loaded = _drafted({"b": [BOX]}, {"b": [BOX]})
    assert loaded.fields[0].scale is Scale.BOXES
    assert schema["properties"]["b"]["items"]["properties"]["y"] == {"type": "number"}


@pytest.mark.parametrize(
    ("more", "named"), [({"points": [[0, 0], [1, 1]]}, "points"), ({"hull": [1, 2, 3, 4]}, "hull"), ({"z": 1.5}, "z")]
)
def test_boxes_with_a_place_that_no_overlap_takes_in_are_not_measured_and_it_is_said(more, named):
    value = [BOX | more]
    found, _ = _decided({"b": value}, {"b": value})
    assert (found.scale, f"its elements have {named}, which is a place" in found.lacks) == (Scale.TEXT, True)
    _, loaded = _drafted({"b": value}, {"b": value})
    assert loaded.admits({"b": value})


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [
        (1, Scale.NOMINAL, {"type": "integer", "enum": [1], "x-scale": "nominal"}),
        (1, Scale.RATIO, {"type": "integer", "x-scale": "ratio"}),
        ("a", Scale.TEXT, {"type": "string", "x-scale": "text"}),
        ("a", Scale.ORDINAL, {"type": "string", "enum": ["a"], "x-scale": "ordinal"}),
        (1, Scale.ORDINAL, {"type": "integer", "minimum": 1, "maximum": 1}),
    ],
)
def test_a_stated_scale_is_written(value, scale, expected):
    schema, _ = _drafted({"f": value}, {"f": value}, scales={"f": scale})
    assert schema["properties"]["f"] == expected


@pytest.mark.parametrize(
    ("value", "scale"), [("a", Scale.INTERVAL), (1, Scale.SET), (["a"], Scale.NOMINAL), (True, Scale.ORDINAL)]
)
def test_a_scale_that_does_not_fit_is_refused(value, scale):
    with pytest.raises(UsageError, match="does not measure"):
        _drafter({"f": value}).draft(title="t", origin="a.jsonl", scales={"f": scale})


def test_no_label_no_draft():
    with pytest.raises(UsageError, match="no label"):
        _drafter({}).draft(title="t", origin="a.jsonl", scales={})


def test_a_draft_says_what_it_is_from_and_a_file_name_cannot_leave_the_comment():
    draft = _drafter({"f": 1}).draft(title="t", origin="a\nx: 1", scales={})
    assert draft.text.splitlines()[0] == "# A draft, made from 1 labels of a x: 1: review it before labelling starts."


def test_the_example_has_one_nominal_field():
    assert dict(example_draft(title="t", scales={}).scales) == {"label": Scale.NOMINAL}


def test_lists_of_texts_that_elements_hold_are_sets_as_those_of_a_field_are():
    def label(*tags, **more):
        return {"boxes": [{**BOX, "tags": [*tags], **more}]}

    for labels, scale in (
        ([label("a", "b"), label("b", "a"), label(), label("a")], Scale.SET),
        ([label("a", "b"), label("c")], Scale.SET),
        ([label("a", "a"), label("b", "a")], Scale.TEXT),
        ([{"boxes": [{**BOX, "tags": None}]}, label("a"), label("a")], Scale.SET),
    ):
        [field] = _drafted(*labels)[1].fields
        assert {one.name: one.scale for one in field.attributes} == {"tags": scale}, labels
