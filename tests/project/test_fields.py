"""Fields read off a schema."""

import socket

import pytest

from assay.core.values import Scale, with_attributes
from assay.errors import ConfigError
from assay.git.snapshot import WorkTree
from assay.project.config import Project, TaskEntry
from assay.project.task_schema import load_schema


def schema_of(tmp_path, properties, more=""):
    (tmp_path / "schemas").mkdir(exist_ok=True)
    text = f"type: object\n{more}properties:\n" + "".join(f"  {line}\n" for line in properties.splitlines())
    (tmp_path / "schemas" / "t.yaml").write_text(text)
    project = Project(
        snapshot=WorkTree(tmp_path),
        id="x" * 8,
        approval="forge",
        tasks={"t": TaskEntry(name="t", pool="t")},
        releases=(),
    )
    return load_schema(project, "t")


@pytest.mark.parametrize(
    ("described", "scale", "values", "textual"),
    [
        ("{enum: [a, b]}", Scale.NOMINAL, ("a", "b"), True),
        ("{const: a}", Scale.NOMINAL, ("a",), True),
        ("{oneOf: [{const: a, title: A}, {const: b}]}", Scale.NOMINAL, ("a", "b"), True),
        ("{type: boolean}", Scale.NOMINAL, (False, True), False),
        ("{enum: [1, two]}", Scale.NOMINAL, (1, "two"), False),
        ("{type: integer}", Scale.ORDINAL, None, False),
        ("{type: integer, minimum: 1, maximum: 3}", Scale.ORDINAL, (1, 2, 3), False),
        ("{enum: [low, high], x-scale: ordinal, x-order: [low, high]}", Scale.ORDINAL, ("low", "high"), True),
        ("{enum: [low, high], x-scale: ordinal}", Scale.ORDINAL, ("low", "high"), True),
        ("{type: [integer, 'null'], minimum: 1, maximum: 3}", Scale.ORDINAL, (1, 2, 3), False),
        ("{type: [string, 'null'], enum: [a, b, null]}", Scale.NOMINAL, ("a", "b"), True),
        ("{type: [boolean, 'null']}", Scale.NOMINAL, (False, True), False),
        ("{type: number}", Scale.INTERVAL, None, False),
        ("{type: number, x-scale: ratio}", Scale.RATIO, None, False),
        ("{type: array, items: {enum: [x, y]}}", Scale.SET, ("x", "y"), False),
        ("{type: array, x-scale: ranking, items: {enum: [x, y, z]}}", Scale.RANKING, ("x", "y", "z"), False),
        (
            "{type: array, x-scale: sequence, x-source: tokens, items: {enum: [DET, NOUN]}}",
            Scale.SEQUENCE,
            ("DET", "NOUN"),
            False,
        ),
        ("{type: array, x-scale: sequence, x-source: tokens, items: {type: string}}", Scale.SEQUENCE, None, False),
        ("{type: array, items: {type: string, x-scale: tree}}", Scale.SET, None, False),
        ("{type: array, x-scale: set, items: {enum: [a/b, a/c], x-scale: tree}}", Scale.SET, ("a/b", "a/c"), False),
        ("{type: array, items: {type: array, items: {type: string}, x-scale: tree}}", Scale.SET, None, False),
        ("{type: array, x-scale: tree, items: {type: string}}", Scale.TREE, None, False),
        ("{type: string}", Scale.TEXT, None, True),
        ("{type: string, x-scale: nominal}", Scale.NOMINAL, None, True),
        ("{type: string, x-scale: tree}", Scale.TREE, None, True),
        ("{$ref: '#/$defs/d'}", Scale.NOMINAL, ("a",), True),
        ("{type: array, items: {type: object, properties: {start: {}, end: {}}}}", Scale.SPANS, None, False),
        (
            "{type: array, items: {type: object, properties: {x: {}, y: {}, width: {}, height: {}}}}",
            Scale.BOXES,
            None,
            False,
        ),
    ],
)
def test_a_scale_and_its_values_follow_from_the_type(tmp_path, described, scale, values, textual):
    (field,) = schema_of(tmp_path, f"f: {described}", "$defs: {d: {enum: [a]}}\n").fields
    assert (field.scale, field.values, field.textual) == (scale, values, textual)
    assert field.paths == (scale is Scale.SET and "x-scale: tree" in described)


@pytest.mark.parametrize(
    ("described", "ordered"),
    [
        ("{enum: [low, high], x-scale: ordinal}", False),
        ("{enum: [1, high], x-scale: ordinal}", False),
        ("{type: string, x-scale: ordinal}", False),
        ("{enum: [low, high], x-scale: ordinal, x-order: [low, high]}", True),
        ("{enum: [1, 2], x-scale: ordinal}", True),
        ("{type: [integer, 'null']}", True),
        ("{enum: [low, high]}", True),
    ],
)
def test_words_on_an_ordinal_scale_have_the_order_that_is_stated_or_none(tmp_path, described, ordered):
    (field,) = schema_of(tmp_path, f"f: {described}").fields
    assert field.ordered is ordered


@pytest.mark.parametrize(
    ("described", "says"),
    [
        ("{}", "cannot be inferred"),
        ("{type: object}", "cannot be inferred"),
        ("{type: string, x-scale: colour}", "is not a scale"),
        ("{enum: [low, high], x-scale: interval}", "must hold numbers"),
        ("{type: string, x-scale: set}", "must be an array"),
        ("{enum: [a, b], x-order: [a]}", "x-order"),
        ("{type: string, x-scale: ranking}", "must be an array"),
        ("{type: array, x-scale: ranking, items: {type: string}}", "at least two options"),
        ("{type: array, x-scale: ranking, items: {enum: [a]}}", "at least two options"),
        ("{type: string, x-scale: sequence, x-source: tokens}", "must be an array"),
        ("{type: array, x-scale: sequence, items: {enum: [A, B]}}", "does not name the array"),
        (
            "{type: array, x-scale: sequence, x-source: tokens, uniqueItems: true, items: {enum: [A]}}",
            "and may repeat",
        ),
        ("{type: array, x-scale: sequence, x-source: tokens, items: {type: object}}", "texts, numbers"),
        ("{type: array, x-scale: sequence, x-source: tokens, items: {type: [string, 'null']}}", "texts, numbers"),
        ("{type: array, x-source: tokens, items: {enum: [A, B]}}", "a set cannot have an x-source"),
        ("{type: array, items: {type: string, x-scale: nominal}, x-scale: set}", "of its elements has no effect"),
        ("{type: array, x-scale: ranking, items: {enum: [a/b, a/c], x-scale: tree}}", "has no effect"),
        ("{type: array, x-scale: tree, items: {type: array}}", "an array of paths"),
        ("{$ref: 'https://example.org/x.json'}", "follows only references inside"),
        ("{$ref: 'file:///etc/passwd'}", "follows only references inside"),
        ("{type: strin}", "not a JSON Schema"),
        ("{type: string, pattern: '(?=x)'}", "not a JSON Schema"),
    ],
)
def test_a_field_that_cannot_be_measured_is_refused_at_its_line(tmp_path, described, says):
    with pytest.raises(ConfigError, match=says) as caught:
        schema_of(tmp_path, f"f: {described}")
    assert caught.value.message.startswith("schemas/t.yaml:3 ")
    assert caught.value.fix


@pytest.mark.parametrize("migrated", [False, True])
def test_a_ranking_holds_each_of_its_options_once(tmp_path, migrated):
    if migrated:
        (tmp_path / "schemas/migrations/t").mkdir(parents=True)
        (tmp_path / "schemas/migrations/t/0001-old.yaml").write_text(
            "guideline: 1.0.0\nreason: clearer\nsteps: [{rename_values: {field: f, values: {old: x}}}]\n"
        )
    more = "allOf: [{required: [f]}]\n$defs: {options: {type: array, x-scale: ranking, items: {enum: [x, y, z]}}}\n"
    loaded = schema_of(tmp_path, "f: {$ref: '#/$defs/options'}", more)
    rules = loaded.waiting if migrated else loaded.label
    assert loaded.label.schema["allOf"] == [{"required": ["f"]}]
    assert rules.admits({"f": ["z", "x", "y"]})
    assert loaded.label.admits({}) is False
    said = {
        ("z", "x"): "['z', 'x'] has 2 elements, and 3 are required",
        ("z", "x", "x"): "duplicate element",
        ("z", "x", "w"): "'w' is not one of: x, y, z",
        ("z", "x", "y", "z"): "duplicate element",
    }
    for ranking, message in said.items():
        assert [fault.message for fault in rules.faults({"f": list(ranking)})] == [message]


def test_a_label_must_be_an_object(tmp_path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "t.yaml").write_text("type: string\n")
    project = Project(snapshot=WorkTree(tmp_path), id="x" * 8, approval="forge", tasks={}, releases=())
    with pytest.raises(ConfigError, match="a label must be an object"):
        load_schema(project, "t")


@pytest.mark.parametrize(
    "described",
    [
        "{type: string, x-scale: [nominal]}",
        "{type: string, x-scale: ordinal, x-order: 5}",
        "{type: string, x-scale: ordinal, x-order: [low, low]}",
        "{enum: [1, 2], x-scale: ordinal, x-order: ['1', '2']}",
        "{type: array, x-scale: spans, x-source: [text]}",
    ],
)
def test_a_keyword_of_ours_that_cannot_be_read_is_said(tmp_path, described):
    with pytest.raises(ConfigError, match="field 'f'"):
        schema_of(tmp_path, f"f: {described}")


@pytest.mark.parametrize("reference", ["#kind", "#/$defs/a%20kind", "#/$defs/more/anyOf/0"])
def test_a_field_is_found_by_anchor_escape_and_index(tmp_path, reference):
    more = "$defs: {a kind: {$anchor: kind, enum: [a, b]}, more: {anyOf: [{enum: [a, b]}]}}\n"
    (field,) = schema_of(tmp_path, f"f: {{$ref: '{reference}'}}", more).fields
    assert (field.scale, field.values) == (Scale.NOMINAL, ("a", "b"))


def test_an_order_written_with_fractions_is_the_same_order(tmp_path):
    (field,) = schema_of(tmp_path, "f: {enum: [3.0, 1.0, 2], x-scale: ordinal, x-order: [3, 1.0, 2]}").fields
    assert list(map(repr, field.values)) == ["3", "1", "2"]


def test_an_order_alone_does_not_make_every_value_a_text(tmp_path):
    (field,) = schema_of(tmp_path, "f: {x-scale: ordinal, x-order: [low, high]}").fields
    assert not field.textual


def test_an_item_schema_that_is_none_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="x-item"):
        schema_of(tmp_path, "f: {enum: [a]}", "x-item: 5\n")


ELSEWHERE = [
    "http://127.0.0.1:9/x.json", "https://example.org/x", "HTTPS://example.org/x", "%68ttp://example.org/x", "//example.org/x",
    "http://[::1]/x", "http://169.254.169.254/latest", "ftp://example.org/x", "file:///etc/passwd", "/etc/passwd", "../x.yaml", "x.json",
    "urn:a:b", "data:application/json,{}", "http://example.org/x#/$defs/d", "",
]  # fmt: skip


@pytest.mark.threat(13)
@pytest.mark.parametrize(
    ("part", "more"),
    [
        *((f"{{x-scale: nominal, {key}: '{place}'}}", "") for key in ("$ref", "$dynamicRef") for place in ELSEWHERE),
        *((f"{{x-scale: nominal, items: {{anyOf: [{{not: {{$ref: '{place}'}}}}]}}}}", "") for place in ELSEWHERE),
        ("{x-scale: nominal, $id: 'http://example.org/a/', $ref: 'b'}", ""),
        ("{x-scale: nominal, $id: 'http://example.org/a/', $ref: '#/$defs/d'}", "$defs: {d: {}}\n"),
        ("{x-scale: nominal, $schema: 'http://example.org/meta'}", ""),
        ("{type: string}", "$schema: http://example.org/meta\n"),
        ("{type: string}", "x-item: {$ref: 'http://example.org/x'}\n"),
    ],
)
def test_nothing_that_lies_outside_a_schema_is_referred_to_and_nothing_is_fetched(tmp_path, monkeypatch, part, more):
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a connection was opened"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was looked up"))
    with pytest.raises(ConfigError, match=r"schemas/t\.yaml:\d+ "):
        schema_of(tmp_path, f"f: {part}", more)


ELEMENT = (
    "f: {type: array, items: {type: object, required: [negated, grade], "
    "properties: {start: {}, end: {}, label: {enum: [a]}, text: {type: string}, rotation: {type: number}, negated: {type: boolean}, "
    "grade: {type: integer, minimum: 1, maximum: 3}, odd: {type: object}, ref: {$ref: '#/$defs/d'}}, "
    "allOf: [{if: {properties: {label: {const: a}}}, then: {properties: {only: {enum: [x]}, ref: {const: q}}}}], "
    "oneOf: [{properties: {only: {enum: [y]}, size: {type: number}}}, {properties: {size: {type: [number, 'null']}}}]}}"
)


def test_what_an_element_says_besides_extent_and_kind_are_its_attributes(tmp_path):
    (field,) = schema_of(tmp_path, ELEMENT, "$defs: {d: {enum: [p, q]}}\n").fields
    told = {one.name: (one.scale, one.values, one.required) for one in field.attributes}

    assert told == {
        "rotation": (Scale.INTERVAL, None, False),
        "negated": (Scale.NOMINAL, (False, True), True),
        "grade": (Scale.ORDINAL, (1, 2, 3), True),
        "odd": (Scale.TEXT, None, False),
        "ref": (Scale.NOMINAL, ("p", "q"), False),
        "only": (Scale.NOMINAL, ("x", "y"), False),
        "size": (Scale.TEXT, None, False),
    }
    assert [one.name for one in with_attributes((field,))][:3] == ["f", "f.rotation", "f.negated"]


@pytest.mark.parametrize(
    ("keys", "part"),
    [
        ("boxes", "points: {type: array, items: {type: array, items: {type: number}}}"),
        ("boxes", "hull: {type: array, items: {type: array}}"),
        ("boxes", "joints: {type: array, items: {type: object, properties: {x: {}, y: {}}}}"),
        ("boxes", "ends: {type: array, items: {$ref: '#/$defs/d'}}"),
        ("boxes", "mask: {type: string}"),
        ("boxes", "geometry: {type: object}"),
        ("boxes", "depth: {type: [number, 'null']}"),
        ("boxes", "angle: {type: number}"),
        ("boxes", "frame: {type: integer, minimum: 0}"),
        ("spans", "parts: {type: array, items: {type: object, properties: {start: {}, end: {}}}}"),
    ],
)
def test_a_place_that_no_overlap_takes_in_is_refused_unless_the_schema_says_what_it_is(tmp_path, keys, part):
    known = {"boxes": "x: {}, y: {}, width: {}, height: {}", "spans": "start: {}, end: {}"}[keys]
    name, _, said = part.partition(": ")
    for scale in ("", f"x-scale: {keys}, "):
        field = f"f: {{{scale}type: array, items: {{type: object, properties: {{{known}, {part}}}}}}}"
        with pytest.raises(ConfigError, match=rf"field '{name}': it gives the position .* alone") as told:
            schema_of(tmp_path, field, "$defs: {d: {type: number}}\n")
        assert "x-scale: text at 'f'" in told.value.fix
    as_text = field.replace(f"x-scale: {keys}", "x-scale: text")
    assert schema_of(tmp_path, as_text, "$defs: {d: {type: number}}\n").fields[0].scale is Scale.TEXT
    named = field.replace(said, f"{{x-scale: text, {said[1:]}")
    assert schema_of(tmp_path, named, "$defs: {d: {type: number}}\n").fields[0].attributes[0].name == name


def test_numbers_that_are_listed_and_words_say_something_of_a_box(tmp_path):
    said = "depth: {enum: [1, 2]}, page: {type: string}, tags: {type: array, items: {type: string}}, ids: {type: array, items: {enum: [1, 2]}}"
    sides = "x: {}, y: {}, width: {}, height: {}"
    (field,) = schema_of(
        tmp_path, f"f: {{type: array, items: {{type: object, properties: {{{sides}, {said}}}}}}}"
    ).fields
    assert [one.scale for one in field.attributes] == [Scale.NOMINAL, Scale.TEXT, Scale.TEXT, Scale.SET]


def test_of_a_box_the_rotation_is_no_attribute_and_the_text_is_one(tmp_path):
    sides = "x: {}, y: {}, width: {}, height: {}, rotation: {type: number}, text: {type: string}"
    (field,) = schema_of(tmp_path, f"f: {{type: array, items: {{type: object, properties: {{{sides}}}}}}}").fields

    assert [(one.name, one.scale) for one in field.attributes] == [("text", Scale.TEXT)]
    for said, fix in (("spans", "elements cannot hold spans"), ("fuzzy", "is not a scale")):
        with pytest.raises(ConfigError, match=fix):
            schema_of(
                tmp_path,
                f"f: {{type: array, items: {{type: object, properties: {{{sides}, it: {{type: array, x-scale: {said}}}}}}}}}",
            )
