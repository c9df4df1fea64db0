import pytest

from assay.errors import UsageError
from assay.model.schema import Scale
from assay.schemas import schema_of
from assay.schemas.draft import Drafter, example_draft
from assay.store.yaml import load_yaml

BOX = {"x": 1, "y": 2.5, "width": 3, "height": 4, "label": "n"}


def _drafter(*labels, extents=None):
    drafter = Drafter()
    for label in labels:
        drafter.add(label, extents or {})
    return drafter


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
        ([1, 2, 1, 2], {"type": "integer"}),
        ([70.0, 3, 4], {"type": "number"}),
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
        ([1, "a"], {"type": ["integer", "string"], "x-scale": "text"}),
        ([None, "a"], {"type": ["null", "string"], "x-scale": "text"}),
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
    schema, loaded = _drafted({"s": [span]}, {"s": [span]}, {"s": []}, extents={"text": 9, "title": 4})
    assert schema["properties"]["s"]["x-source"] == "text"
    element = schema["properties"]["s"]["items"]
    assert element["required"] == ["start", "end", "label"]
    assert element["properties"]["label"] == {"type": "string", "enum": ["P"]}
    assert loaded.fields[0].scale is Scale.SPANS


@pytest.mark.parametrize("extents", [{}, {"text": 5}, {"text": 9, "title": 9}])
def test_where_no_one_key_fits_the_source_is_left_out_and_said(extents):
    draft = _drafter({"s": [{"start": 1, "end": 6}]}, extents=extents).draft(title="t", origin="a.jsonl", scales={})
    assert "x-source:" not in draft.text
    assert "# s: which key" in draft.text


def test_boxes_are_told_by_their_corners():
    schema, loaded = _drafted({"b": [BOX]}, {"b": [BOX]})
    assert loaded.fields[0].scale is Scale.BOXES
    assert schema["properties"]["b"]["items"]["properties"]["y"] == {"type": "number"}


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [
        (1, Scale.NOMINAL, {"type": "integer", "x-scale": "nominal"}),
        (1, Scale.RATIO, {"type": "integer", "x-scale": "ratio"}),
        ("a", Scale.TEXT, {"type": "string", "enum": ["a"], "x-scale": "text"}),
        ("a", Scale.ORDINAL, {"type": "string", "enum": ["a"], "x-scale": "ordinal", "x-order": ["a"]}),
        (1, Scale.ORDINAL, {"type": "integer"}),
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
