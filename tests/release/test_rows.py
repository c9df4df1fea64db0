from dataclasses import replace
from itertools import product

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.consensus.decision import compute_consensus
from assay.core.values import Scale, value_text
from assay.files.parquet import write_parquet
from assay.files.yaml import load_yaml
from assay.project.policy import ReleaseSpec
from assay.project.task_schema import schema_of
from assay.project.validator import Validator
from assay.release.rows import (
    ReleasedCell,
    ReleasedItem,
    SplitMember,
    citations,
    guideline_counts,
    jsonl,
    place_members,
    sort_out,
    splitter,
)
from corpora import Vote, corpus_from
from gated import FIELDS, coded
from projects import small_project

SPLITS = splitter(
    ReleaseSpec(name="r", version="1.0.0", tasks=("triage",), license="CC0-1.0", splits=(("test", 0.5), ("train", 0.5)))
)


def cell(item, field="intent", value="refund", source="voted", **changed):
    common = {"confidence": 2 / 3, "votes": 3, "distribution": '{"refund":2,"other":1}'} | changed
    return ReleasedCell(item=item, field=field, value=value, source=source, **common)


def item(id_, *, data='{"text":"t"}', meta="{}", group=None):
    return ReleasedItem(id=id_, data=data, meta=meta, group=group)


def sorted_out(cells, *items, **schema):
    members = [SplitMember(id=each.id, group=each.group) for each in items]
    places = place_members(members, (), {}, SPLITS)
    return sort_out(cells, {each.id: each for each in items}, FIELDS["triage"], Validator(schema), places)


def made(cells, *items):
    return sorted_out(cells, *items).rows


def test_a_row_holds_the_item_its_label_and_how_it_was_found():
    (row,) = made([cell("a"), cell("a", "urgency", "2")], item("a", meta='{"m":1}', group="g"))
    (record,) = map(orjson.loads, jsonl([row]).splitlines())
    assert list(record) == ["item", "split", "data", "label", "meta", "group", "consensus"]
    assert record["label"] == {"intent": "refund", "urgency": 2}
    assert record["data"] == {"text": "t"}
    assert record["meta"] == {"m": 1}
    assert record["consensus"]["intent"] == {
        "confidence": 0.666666666667,
        "votes": 3,
        "source": "voted",
        "distribution": {"refund": 2, "other": 1},
    }


@pytest.mark.parametrize("meta", ["{}", None])
def test_an_item_without_meta_and_group_has_neither_key(meta):
    (row,) = made([cell("a")], item("a", meta=meta))
    assert {"meta", "group"}.isdisjoint(row.as_json())


def test_attributes_that_are_open_are_listed_with_how_the_value_was_found():
    (row,) = made([cell("a")], item("a"))
    open_yet = replace(row, cells={"x": cell("a", undecided='[["it"]]', confidence=None), "y": cell("a")})
    (record,) = map(orjson.loads, jsonl([open_yet]).splitlines())
    assert record["consensus"]["x"]["undecided"] == [["it"]]
    assert record["consensus"]["x"]["confidence"] is None
    assert "undecided" not in record["consensus"]["y"]


def test_a_tied_field_is_absent_from_the_label_and_its_source_says_so():
    (row,) = made([cell("a", value=None, source="tie"), cell("a", "urgency", "1")], item("a"))
    assert row.label == {"urgency": 1}
    assert row.cells["intent"].source == "tie"


def test_what_is_not_decided_is_no_row_and_is_listed_by_why():
    silent = {"value": None, "source": "none", "votes": 0}
    then = {"if": {"properties": {"intent": {"const": "refund"}}}, "then": {"required": ["urgency"]}}
    cells = [
        *(cell("nobody", field, **silent) for field in ("intent", "urgency")),
        cell("tied", value=None, source="tie"),
        cell("waits", "urgency", "2"),
        cell("waits", **silent, waiting=True),
        cell("lacks"),
        cell("lacks", "urgency", **silent),
        cell("odd", "urgency", "9"),
        cell("odd", value="other"),
        cell("whole", value="other", votes=2),
        cell("whole", "urgency", "2", votes=1),
    ]
    rules = {"required": ["intent"], "properties": {"urgency": {"maximum": 3}}, "allOf": [then]}
    found = sorted_out(cells, item("whole"), **rules)
    assert found.left_out == {
        "refused": ["odd"], "required": ["lacks"], "skipped": ["nobody"], "tie": ["tied"], "waiting": ["waits"],
    }  # fmt: skip
    assert [*found.left_out] == sorted(found.left_out)
    assert found.unlabelled == 1
    assert [(row.item.id, row.label, row.votes) for row in found.rows] == [
        ("whole", {"intent": "other", "urgency": 2}, 2)
    ]


def test_a_decided_null_is_a_value():
    (row,) = made([cell("a", value=None, source="unanimous")], item("a"))
    assert row.label == {"intent": None}


VOTES = [
    ("b", "ada", "x", "0.2.0", True, True),
    ("b", "ada", "y", "0.2.0", True, True),
    ("b", "ben", "x", "0.1.0", True, True),
    ("a", "ada", "x", None, True, True),
    ("a", "ben", "x", "0.2.0", True, True),
    ("c", "ada", "x", "0.3.0", False, True),
    ("c", "ben", "x", "0.4.0", True, False),
    ("a", "eva", "x", "0.2.0", True, True),
]


def test_guideline_versions_are_counted_once_an_annotation_that_counts_and_is_current(tmp_path):
    project = small_project(tmp_path)
    columns = dict(
        zip(("item", "annotator", "field", "guideline", "counts", "current"), zip(*VOTES, strict=True), strict=True)
    )
    texts = {name: coded(list(columns[name])) for name in ("item", "annotator", "field", "guideline")}
    marks = {name: pa.array(columns[name]) for name in ("counts", "current")}
    write_parquet(tmp_path / "build/mood/annotations.parquet", texts | marks)
    counted = guideline_counts(project, "mood")
    assert (counted, [*counted]) == ({"0.1.0": 1, "0.2.0": 3, "unstated": 1}, ["0.1.0", "0.2.0", "unstated"])
    assert citations(project, "mood") == {"a": ("0.2.0", "unstated"), "b": ("0.1.0", "0.2.0")}


def test_rows_stand_by_item_whatever_the_order_of_the_cells():
    cells = [cell(id_, field, value) for id_ in ("b", "a", "c") for field, value in (("urgency", "1"), ("intent", "x"))]
    items = [item(id_) for id_ in "abc"]
    assert [row.item.id for row in made(cells, *items)] == ["a", "b", "c"]
    assert jsonl(made(cells, *items)) == jsonl(made(cells[::-1], *items[::-1]))


@given(
    st.dictionaries(st.sampled_from("abcdefghij"), st.sampled_from(["g1", "g2", None]), min_size=1),
    st.dictionaries(st.sampled_from("klmnopqrst"), st.sampled_from(["g1", "g2", "g3", None])),
)
def test_adding_items_moves_no_item_and_splits_no_group(before, added):
    both = before | added
    alone = made([cell(id_) for id_ in before], *(item(id_, group=group) for id_, group in before.items()))
    together = made([cell(id_) for id_ in both], *(item(id_, group=group) for id_, group in both.items()))
    places = {row.item.id: row.split for row in together}
    assert {row.item.id: row.split for row in alone} == {id_: places[id_] for id_ in before}
    for group in ("g1", "g2", "g3"):
        assert len({places[id_] for id_ in both if both[id_] == group}) <= 1


PLACES = {
    "spans": [{"start": start, "end": start + size} for start, size in ((0, 4), (0, 5), (2, 4), (9, 3))],
    "boxes": [
        {"x": x, "y": 0, "width": width, "height": 4, "rotation": turn} for x, width, turn in ((0, 9, 0), (1, 9, 0), (0, 9, 40), (30, 5, 90))
    ],
}  # fmt: skip
ELEMENT = "{{type: array, items: {{type: object, additionalProperties: false, required: [{asked}], properties: {{{properties}}}}}}}"
NUMBERS = {"spans": ("start", "end"), "boxes": ("x", "y", "width", "height", "rotation")}
PLAIN = {
    "nominal": ("{enum: [a, b, c]}", ["a", "b", "c"]),
    "ordinal": ("{type: integer, minimum: 1, maximum: 5}", [1, 2, 5]),
    "interval": ("{type: number}", [0.5, 2, 7]),
    "ratio": ("{type: integer, x-scale: ratio, minimum: 0}", [0, 3, 8]),
    "set": ("{type: array, items: {enum: [a, b, c]}}", [[], ["a"], ["b", "c"]]),
    "ranking": (
        "{type: array, x-scale: ranking, items: {enum: [a, b, c]}}",
        [["a", "b", "c"], ["b", "a", "c"], ["c", "b", "a"]],
    ),
    "tree": ("{type: string, x-scale: tree}", ["a/b", "a/c", "d"]),
    "text": ("{type: string}", ["one", "two", "two "]),
}


SEQUENCE = (
    "{type: array, x-scale: sequence, x-source: words, items: {enum: [a, b, c]}}",
    [["a", "b"], ["b", "b"], ["c", "a"]],
)


def elements(scale, attribute):
    """A field of spans or boxes whose elements must say one thing more, of a plain scale."""
    part, values = PLAIN[attribute]
    numbers = "".join(f"{name}: {{type: number}}, " for name in NUMBERS[scale])
    asked = ", ".join((*NUMBERS[scale], "label", "it"))
    schema = ELEMENT.format(asked=asked, properties=f"{numbers}label: {{enum: [p, q]}}, it: {part}")
    several = [place | {"label": kind, "it": value} for place, kind, value in product(PLACES[scale], "ppq", values)]
    return schema, several


def cases():
    yield from ((name, "", part, values) for name, (part, values) in PLAIN.items())
    yield "sequence", "", *SEQUENCE
    for scale, attribute in product(("spans", "boxes"), PLAIN):
        yield scale, attribute, *elements(scale, attribute)


def test_every_scale_has_its_case():
    assert {scale for scale, *_ in cases()} == set(Scale)


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(("scale", "attribute", "part", "values"), [*cases()])
def test_no_row_lacks_what_the_schema_asks_for_whatever_the_votes(scale, attribute, part, values, required):
    text = f"type: object\nrequired: [{'f, ' if required else ''}other]\nproperties: {{f: {part}, other: {{type: boolean}}}}\n"
    schema = schema_of(load_yaml(text.encode(), "schemas/t.yaml"), "t")
    assert schema.fields[0].scale == scale
    rng = np.random.default_rng(3)

    def vote():
        if not attribute:
            return values[rng.integers(len(values))]
        return [values[at] for at in np.unique(rng.integers(len(values) // 2, size=rng.integers(0, 3)))]

    votes = [
        Vote(f"i{item:02}", who, {"f": vote(), "other": bool(rng.integers(2)) if item % 5 == 0 else True})
        for item in range(60)
        for who in "abcd"[: 1 + item % 4]
    ]
    assert all(schema.admits(one.label) for one in votes)
    corpus = corpus_from(votes, schema.fields)
    found = compute_consensus(corpus, schema.fields)
    cells = [
        ReleasedCell(
            item=corpus.items.ids[code], field=schema.fields[of].name, votes=number, distribution=said, source=source, undecided=left,
            value=None if value is None else value_text(value, schema.fields[of]), confidence=None if np.isnan(sure) else sure,
        )
        for code, of, value, sure, number, said, source, left in zip(
            found.item, found.field, found.value, found.confidence, found.votes.tolist(), found.distribution, found.source, found.undecided, strict=True
        )
    ]  # fmt: skip
    items = {name: item(name) for name in corpus.items.ids}
    told = sort_out(cells, items, schema.fields, schema.label, place_members((), (), {}, SPLITS))

    assert [row.item.id for row in told.rows if not schema.admits(orjson.loads(orjson.dumps(row.label)))] == []
    left = [name for names in told.left_out.values() for name in names]
    assert sorted([*left, *(row.item.id for row in told.rows)]) == list(corpus.items.ids)
    open_yet = {cell.item for cell in cells if cell.undecided}
    assert bool(open_yet) is (attribute not in {"", "interval", "ratio"})
    assert open_yet <= set(left)
