"""Keywords of a schema that do nothing: misspelt, misplaced, or of what is not there; and circular references."""

import re
from pathlib import Path

import pytest

from assay.core.findings import Severity
from assay.errors import ConfigError
from assay.files.yaml import load_yaml
from assay.project.schema_keywords import WrittenSchema, keyword_findings
from assay.project.task_schema import circle, schema_of
from projects import SCHEMA

TREE = """\
type: object
properties: {parse: {x-scale: tree, $ref: "#/$defs/node"}}
$defs:
  node: {type: object, properties: {label: {enum: [s, np]}, below: {type: array, items: {$ref: "#/$defs/node"}}}}
"""
SWAP = "x-item: {{type: object, properties: {{a: {{type: string}}, b: {{type: string}}}}}}\nx-swap: [{}]\n"
MARKS = "  names: {{type: array, items: {{type: object, properties: {{start: {{}}, end: {{}}, {}}}}}}}\n"
PAGE = Path(__file__).parents[2] / "docs" / "schemas.md"
KEYWORDS = {"x-flags", "x-item", "x-order", "x-scale", "x-source", "x-swap"}
PLAIN = "type: object\nproperties:\n  tone: {enum: [good, bad]}\n"


def told(text, items=()):
    stated = WrittenSchema(task="mood", document=load_yaml(text.encode(), "schemas/mood.yaml"))
    return [(one.at.line, one.at.pointer, one.severity, one.fix) for one in keyword_findings(stated, items)]


def test_the_page_on_schemas_shows_a_sound_one_and_every_keyword():
    page = PAGE.read_text()
    text = re.search(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)[1]
    fields = schema_of(load_yaml(text.encode(), "schemas/birds.yaml"), "birds").fields
    assert told(text) == []
    assert {one.name: str(one.scale) for one in fields} == {
        "seen": "boxes", "light": "ordinal", "names": "spans", "remark": "text",
    }  # fmt: skip
    assert [[one.name for one in field.attributes] for field in fields if field.attributes] == [["hidden"]]
    assert {*re.findall(r"^\| `(x-[a-z]+)`", page, re.MULTILINE)} == KEYWORDS


@pytest.mark.parametrize("text", [SCHEMA, TREE, PLAIN, PLAIN + SWAP.format("a, b")])
def test_a_sound_schema_has_no_finding(text):
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "line", "pointer", "fix"),
    [
        (PLAIN + "requierd: [tone]\n", 4, "/requierd", "did you mean 'required'?"),
        (PLAIN + "Required: [tone]\n", 4, "/Required", "did you mean 'required'?"),
        (PLAIN.replace("enum", "x-scael: nominal, enum"), 3, "/properties/tone/x-scael", "did you mean 'x-scale'?"),
        (PLAIN.replace("enum", "enmu: [a], enum"), 3, "/properties/tone/enmu", "did you mean 'enum'?"),
        (PLAIN.replace("enum", "x-scale: ordinal, enum"), 3, "/properties/tone", "write under tone: x-order: [LOWEST, …, HIGHEST], each once of good, bad"),
        (PLAIN + MARKS.format("grade: {x-scale: ordinal, enum: [low, high]}"), 4, "/properties/names/items/properties/grade", "write under names.grade: x-order: [LOWEST, …, HIGHEST], each once of low, high"),
        (PLAIN.replace("enum", "order: [bad, good], enum"), 3, "/properties/tone/order", "did you mean 'x-order'?"),
        (PLAIN + "x-colour: red\n", 4, "/x-colour", "there are: x-flags, x-item, x-order, x-scale, x-source, x-swap"),
        (PLAIN + "$defs: {a: {anyOf: [{minimun: 3}]}}\n", 4, "/$defs/a/anyOf/0/minimun", "did you mean 'minimum'?"),
        (PLAIN + "x-item: {type: object, propertys: {}}\n", 4, "/x-item/propertys", "did you mean 'properties'?"),
        (PLAIN + "x-scale: nominal\n", 4, "/x-scale", "write it below the field's name in `properties`"),
        (PLAIN.replace("enum", "x-flags: [rude], enum"), 3, "/properties/tone/x-flags", "write it at the top"),
        (PLAIN + "required: [tune]\n", 4, "/required/0", "did you mean 'tone'?"),
        (PLAIN + SWAP.format("a, c"), 5, "/x-swap/1", "did you mean 'a'?"),
        (PLAIN.replace("enum", "x-source: test, enum") + SWAP.format("a, b"), 3, "/properties/tone/x-source", "there are: a, b"),
    ],
)  # fmt: skip
def test_a_keyword_that_does_nothing_is_an_error_at_its_line(text, line, pointer, fix):
    (found,) = told(text)
    assert found[:3] == (line, pointer, Severity.ERROR)
    assert found[3] == fix or found[3].startswith("there are: a, b")


@pytest.mark.parametrize("note", ["owner", "comment", "exampel", "descripton"])
def test_what_may_be_meant_as_a_note_is_a_warning(note):
    (found,) = told(PLAIN + f"{note}: noor\n")
    assert found[2] is Severity.WARNING


def test_names_of_fields_and_values_are_no_keywords():
    assert told("type: object\nproperties:\n  enmu: {enum: [x-scael], default: {requierd: 1}, const: {typ: 2}}\n") == []


@pytest.mark.parametrize(
    ("items", "many"), [([b'{"a":1,"b":2}'], 0), ([b'{"a":1}', b"{"], 1), ([b'{"c":1}'], 2), ([], 0)]
)
def test_without_x_item_the_items_say_which_keys_there_are(items, many):
    assert len(told(PLAIN + "x-swap: [a, b]\n", items)) == many


@pytest.mark.parametrize("pair", ["[a]", "[a, a]", "[a, b, c]", "[]", "a", "[a, 2]", "{a: b}"])
def test_a_swap_of_no_pair_is_a_broken_schema(pair):
    with pytest.raises(ConfigError, match=r"^schemas/mood.yaml:4 "):
        schema_of(load_yaml((PLAIN + f"x-swap: {pair}\n").encode(), "schemas/mood.yaml"), "mood")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("type: object\nproperties: {tone: {$ref: '#/properties/tone'}}\n", 2),
        (("type: object\nproperties: {tone: {$ref: '#/$defs/a'}}\n$defs:\n  a: {allOf: [{$ref: '#/$defs/b'}]}\n"
         "  b: {not: {$ref: '#/$defs/a'}}\n"), 4),
        ("type: object\nproperties: {tone: {enum: [a]}}\nanyOf: [{$ref: '#'}]\n", 1),
        ("type: object\nproperties: {tone: {$anchor: t, x-scale: text, anyOf: [{$dynamicRef: '#t'}]}}\n", 2),
        ("type: object\nproperties: {tone: {enum: [a]}}\nx-item: {$defs: {a: {$ref: '#/$defs/a'}}, $ref: '#/$defs/a'}\n", 3),
        ("type: object\nproperties: {tone: {enum: [a]}}\ndependentSchemas: {tone: {if: {$ref: '#'}}}\n", 1),
    ],
)  # fmt: skip
def test_references_in_a_circle_are_said_at_their_line(text, line):
    with pytest.raises(ConfigError, match=rf"^schemas/mood.yaml:{line} .*circular"):
        schema_of(load_yaml(text.encode(), "schemas/mood.yaml"), "mood")


def test_a_tree_is_no_circle_and_a_long_chain_is_followed_to_its_end():
    assert schema_of(load_yaml(TREE.encode(), "schemas/mood.yaml"), "mood").fields[0].name == "parse"
    many = 20_000
    chain = {f"d{number}": {"$ref": f"#/$defs/d{number + 1}"} for number in range(many)}
    assert circle({"$defs": {**chain, f"d{many}": {"type": "string"}}}) == ()
    assert len(circle({"$defs": {**chain, f"d{many}": {"$ref": "#/$defs/d0"}}})) == many + 1
