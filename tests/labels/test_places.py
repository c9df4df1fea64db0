"""Spans and boxes held against the text, the tokens and the picture that they mark."""

import json
import os

import pytest

from assay.core.catalogue import CATALOGUE
from assay.git.snapshot import WorkTree, commit_snapshot
from assay.labels.media import Gallery
from assay.labels.places import blank_edges, misquoted, shown, tokens_of
from assay.project.config import find_project
from assay.project.task_schema import load_schema
from clones import commit, git, repository
from pictures import AVIF, exif, gif, jpeg, png, tiff, webp
from projects import load, small_project, write_files

SCHEMA = """
type: object
x-item: {type: object, properties: {sound: {type: string, contentMediaType: audio/wav}}}
properties:
  names: {type: array, x-scale: spans, x-source: text, items: {type: object, required: [start, end]}}
  words: {type: array, x-scale: spans, x-source: tokens, items: {type: object, required: [start, end]}}
  boxes: {type: array, x-scale: boxes, x-source: picture, items: {type: object, required: [x, y, width, height]}}
"""
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n"
MEDIA = "labels/items/texts/media/"
TEXT = "Ein 😀 in Köln,\nim \u00a0Rom \n"


def span(start, end, **more):
    return {"start": start, "end": end, **more}


def box(x, y, width, height, **more):
    return {"x": x, "y": y, "width": width, "height": height, **more}


def findings(place, data, label, files=None):
    """What is found in one vote on one item of those data, and on the item."""

    def dump(record):
        return f"{json.dumps(record)}\n"

    base = {
        "schemas/mood.yaml": SCHEMA,
        "labels/items/texts/one.jsonl": dump({"id": "i1", "data": data}),
        "labels/items/texts/two.jsonl": "",
        "labels/mood/gold/ada.jsonl": "",
        "labels/mood/gold/@crowd.jsonl": "",
        **{f"labels/mood/r1/{name}.jsonl": "" for name in ("ada", "bot", "ada.adjudicated", "ada.returned")},
        "labels/mood/r1/assignments.jsonl": dump({"item": "i1", "annotators": ["ben"]}),
        "labels/mood/r1/ben.jsonl": dump({"item": "i1", "label": label}),
        "labels/mood/r2/@crowd.jsonl": "",
        "labels/mood/r3/assignments.jsonl": dump({"item": "i1", "annotators": ["ben"]}),
        "labels/mood/r3/ben.jsonl": "",
        **(files or {}),
    }
    loaded = load(small_project(place, base))
    return [one for one in loaded.findings if one.rule != "label/not-canonical"], loaded


@pytest.mark.parametrize(
    ("field", "elements", "rule", "pointer", "fix"),
    [
        ("names", [span(3, 5)], "label/span-edge", "/names/0", "4 to 5 is without it"),
        ("names", [span(0, 3), span(9, 15)], "label/span-edge", "/names/1", "9 to 14 is without it"),
        ("names", [span(17, 19)], "label/span-edge", "/names/0", "remove it"),
        ("names", [span(9, 13, label="c"), span(9, 13, label="c", sure=1)], "label/span-twice", "/names/1", "keep one"),
        ("names", [span(9, 13, label="c"), span(9, 13, label="d")], "", "", ""),
        ("names", [span(9, 13, text="Köln")], "", "", ""),
        ("names", [span(10, 14, text="Köln")], "label/quote", "/names/0/text", "write 9 to 13"),
        ("names", [span(12, 17, text="Köln")], "label/quote", "/names/0/text", "write 9 to 13"),
        ("names", [span(9, 12, text="Köln")], "label/quote", "/names/0/text", "write 9 to 13"),
        ("names", [span(9, 13, text="Ko\u0308ln")], "label/quote", "/names/0/text", "write 'Köln', as the text has it"),
        ("words", [span(0, 2, text="a  b")], "", "", ""),
        ("words", [span(0, 2, text="b c")], "label/quote", "/words/0/text", ""),
        ("words", [span(0, 1, text="a b")], "label/quote", "/words/0/text", "write 0 to 2"),
        ("words", [span(1, 3)], "label/span-edge", "/words/0", ""),
        ("boxes", [box(0, 0, 20, 10)], "", "", ""),
        ("boxes", [box(0, 0, 20.6, 10)], "", "", ""),
        ("boxes", [box(1, 1, 0, 4)], "label/span", "/boxes/0", "draw the box again"),
        ("boxes", [box(1, 1, 4, 0.0)], "label/span", "/boxes/0", "draw the box again"),
        ("boxes", [box(1e308, 1, 1e308, 4)], "label/span", "/boxes/0", "draw the box again"),
        ("boxes", [box(1, 1, 2, 2), box(20, 1, 2, 2)], "label/span", "/boxes/1", "as it is shown"),
        ("boxes", [box(-5, 1, 5, 2)], "label/span", "/boxes/0", "as it is shown"),
        ("boxes", [box(9, 9, 2, 4)], "label/box-edge", "/boxes/0", "draw the box again"),
        ("boxes", [box(18, 4, 40, 2, rotation=90)], "label/span", "/boxes/0", "as it is shown"),
        ("boxes", [box(15, 4, 4, 2, rotation=45)], "", "", ""),
        ("boxes", [box(19, 4, 4, 2, rotation=45)], "", "", ""),
        ("boxes", [box(-3, 4, 4, 2, rotation=45)], "", "", ""),
        ("boxes", [box(4, 10, 4, 2, rotation=45)], "", "", ""),
        ("boxes", [box(4, -2, 4, 2, rotation=45)], "", "", ""),
        ("boxes", [box(21, 4, 4, 2, rotation=-45.0)], "label/span", "/boxes/0", "as it is shown"),
        ("boxes", [box(-6, 4, 4, 2, rotation=-45.0)], "label/span", "/boxes/0", "as it is shown"),
        ("boxes", [box(4, 12, 4, 2, rotation=-45.0)], "label/span", "/boxes/0", "as it is shown"),
        ("boxes", [box(4, -5, 4, 2, rotation=-45.0)], "label/span", "/boxes/0", "as it is shown"),
        ("boxes", [box(9, 9, 2, 8, rotation=0)], "label/box-edge", "/boxes/0", "draw the box again"),
        ("boxes", [box(21, -15, 2, 40, rotation=90)], "", "", ""),
        ("boxes", [box(1, 1, 2, 2, rotation="90")], "label/span", "/boxes/0/rotation", "degrees clockwise"),
        ("boxes", [box(1, 1, 2, 2, rotation=True)], "label/span", "/boxes/0/rotation", "degrees clockwise"),
        ("boxes", [box(1, 1, 2, 2, rotation=None, angles="wide", sure=1, tags=["a"])], "", "", ""),
        ("boxes", [box(1, 1, 2, 2, polygon="M0 0")], "label/span", "/boxes/0/polygon", "x-scale: text"),
        ("boxes", [box(1, 1, 2, 2, hull=[[1, 1], [3, 1], [1, 3]])], "label/span", "/boxes/0/hull", "x-scale: text"),
        ("boxes", [box(1, 1, 2, 2, z=4, depth=2)], "label/span", "/boxes/0/depth", "x-scale: text"),
        ("boxes", [box(1, 1, 2, 2, frame=7)], "label/span", "/boxes/0/frame", "x-scale: text"),
        ("names", [span(0, 2, parts=[span(0, 1)])], "label/span", "/names/0/parts", "x-scale: text"),
        ("names", [span(0, 2, frame=7)], "", "", ""),
        (
            "boxes",
            [box(1, 1, 2, 2, label="a"), box(1.0, 1, 2, 2, label="a")],
            "label/span-twice",
            "/boxes/1",
            "keep one",
        ),
    ],
)
def test_what_is_marked_is_held_against_what_it_marks(tmp_path, field, elements, rule, pointer, fix):
    data = {"text": TEXT, "tokens": ["a", "b", " "], "picture": "media/a b/ü.jpg"}
    pictures = {f"{MEDIA}a b/ü.jpg": jpeg(10, 20, orientation=6)}
    found, loaded = findings(tmp_path, data, {field: elements}, pictures)
    assert [(one.rule, one.at.pointer) for one in found] == ([(rule, f"/label{pointer}")] if rule else []), found
    assert loaded.report.valid == (0 if rule and CATALOGUE[rule].severity == "error" else 1)
    assert all(fix in one.fix for one in found)


TWO_FIELDS = SCHEMA.replace(
    "  words:", "  more: {type: array, x-scale: spans, x-source: text, items: {type: object}}\n  words:"
)


@pytest.mark.parametrize(
    ("label", "data", "pointers", "says"),
    [
        ({"names": [span(0, 3)], "more": [span(0, 2), span(1, 6)]}, {"text": "plain"}, ["/more/1/end"], "ends at 6, and the item's 'text' ends at 5"),
        ({"names": [span(0, 7)], "more": [span(1, 9)]}, {"text": "plain"}, ["/names/0/end"], "ends at 9, and the item's 'text' ends at 5"),
        ({"more": [span(0, 5)]}, {"text": "plain"}, [], ""),
        ({"more": [span(0, 1)]}, {"text": 7}, ["/more/0/end"], "ends at 1, and the item's 'text' is missing"),
        ({"names": []}, {}, [], ""),
        ({"names": [span(0, 9)], "words": [span(0, 3)]}, {"text": "plain", "tokens": ["a", "b"]}, ["/names/0/end", "/words/0/end"], "ends at"),
        ({"words": [span(0, 2)]}, {"tokens": ["a", "b"]}, [], ""),
        ({"words": [span(0, 3)]}, {"tokens": ["a", "b"]}, ["/words/0/end"], "ends at 3, and the item's 'tokens' ends at 2"),
    ],
)  # fmt: skip
def test_a_span_ends_where_its_source_does_at_the_latest(tmp_path, label, data, pointers, says):
    found, loaded = findings(tmp_path, data, label, {"schemas/mood.yaml": TWO_FIELDS})
    assert [one.rule for one in found] == ["label/span"] * len(pointers)
    assert [one.at.pointer for one in found] == [f"/label{pointer}" for pointer in pointers]
    assert all(says in one.message for one in found), found
    assert loaded.report.valid == (not pointers)


TAGGED = SCHEMA + "  tags: {type: array, x-scale: sequence, x-source: tokens, items: {type: string}}\n"


@pytest.mark.parametrize(
    ("label", "data", "says"),
    [
        ({"tags": ["x", "y"]}, {"tokens": ["a", "b"]}, ""),
        ({"tags": ["x"]}, {"tokens": ["a", "b"]}, "tags: 1 value, and the item's 'tokens' has 2 elements"),
        ({"tags": ["x", "y", "z"]}, {"tokens": ["a", "b"]}, "tags: 3 values, and the item's 'tokens' has 2 elements"),
        ({"tags": []}, {"tokens": ["a"]}, "tags: 0 values, and the item's 'tokens' has 1 element"),
        ({"tags": []}, {"tokens": []}, ""),
        ({"tags": []}, {}, "tags: the item's 'tokens' is not an array"),
        ({"tags": ["x", "y"]}, {"tokens": "ab"}, "tags: the item's 'tokens' is not an array"),
        ({}, {"tokens": ["a"]}, ""),
        ({}, {}, ""),
    ],
)
def test_a_sequence_has_a_value_for_each_element_of_its_source(tmp_path, label, data, says):
    found, loaded = findings(tmp_path, data, label, {"schemas/mood.yaml": TAGGED})
    assert [(one.rule, one.at.pointer, one.message) for one in found] == [
        ("label/sequence", "/label/tags", says)
    ] * bool(says)
    assert loaded.report.valid == (not says)


def test_nothing_is_said_of_the_marks_of_an_item_that_is_not_there(tmp_path):
    vote = f'{{"item":"zz","label":{json.dumps({"names": [span(0, 99)], "tags": ["x"]})}}}\n'
    found, _ = findings(tmp_path, {"text": "a"}, {}, {"labels/mood/r1/ben.jsonl": vote, "schemas/mood.yaml": TAGGED})
    assert [one.rule for one in found] == ["label/unknown-item"]


def test_a_box_left_of_or_above_a_picture_of_no_known_size_is_found(tmp_path):
    missing = {"text": TEXT, "picture": "media/gone.jpg"}
    for number, (sides, rule) in enumerate(
        (
            ((-9, 1, 9, 2), "label/span"),
            ((1, -9, 2, 5), "label/span"),
            ((-3, 1, 9, 2), "label/box-edge"),
            ((-1, 1, 9, 2), ""),
            ((900, 900, 9, 9), ""),
        )
    ):
        found, _ = findings(tmp_path / str(number), missing, {"boxes": [box(*sides)]})
        assert [one.rule for one in found if one.rule != "item/no-media"] == ([rule] if rule else []), sides


def test_the_cause_of_wrong_offsets_is_named_with_the_right_ones():
    text = "😀 né\r\nRom, Rom"
    for start, end, quote, cause, right in (
        (3, 5, "né", "UTF-16 units", (2, 4)),
        (5, 8, "né", "bytes of UTF-8", (2, 4)),
        (2, 3, "né", "`end` is the last character", (2, 4)),
        (3, 5, "é\r", "", None),
        (1, 2, "n", "another place", (2, 3)),
        (5, 8, "Rom", "line ends as one character", (6, 9)),
        (9, 12, "Rom", "several times", (None, None)),
        (0, 2, "Rum", "does not have", (None, None)),
    ):
        found = misquoted(text, start, end, quote)
        assert found is None if right is None else cause in found.cause, (quote, found)
        assert right is None or (found.start, found.end) == right
    found = misquoted("Zoéx b", 0, 5, "Zoe\u0301x")
    assert ("another Unicode normal form" in found.cause, found.start, found.end) == (True, 0, 4)
    assert misquoted("Zoéx Zoéx", 0, 5, "Zoe\u0301x").start is None
    assert misquoted("a\n\nbc", 5, 7, "bc").cause == "the offsets count line ends as two characters"
    assert misquoted("a bc", 3, 5, "bc").cause == "the offsets count from 1"
    assert misquoted("a bc", 3, 4, "bc").cause == "the offsets count from 1, and `end` is the last character"


@pytest.mark.parametrize(
    ("text", "start", "end", "quote", "cause", "right"),
    [
        ("ab c", 0, 2, "ab", None, None),
        ("ab c", 1, 3, "ab", "the offsets count from 1", (0, 2)),
        ("ab c", 1, 2, "ab", "the offsets count from 1, and `end` is the last character", (0, 2)),
        ("ab", 0, 2, "b", "the offsets are those of another place", (1, 2)),
        ("ab", 0, 1, "b", "the offsets are those of another place", (1, 2)),
        ("ab", 0, 1, "ab", "`end` is the last character, not the one after it", (0, 2)),
        ("😀b", 2, 3, "b", "the offsets count UTF-16 units", (1, 2)),
        ("😀b", 4, 5, "b", "the offsets count bytes of UTF-8", (1, 2)),
        ("é é b", 2, 4, "b", "the offsets are those of another place", (4, 5)),
        ("\ud800b\ud800c", 7, 8, "c", "the offsets count bytes of UTF-8", (3, 4)),
        ("a\r\nb\r\nab", 3, 4, "b", None, None),
        ("\r\nab ab", 1, 3, "ab", "the offsets count line ends as one character", (2, 4)),
        ("\r\nab ab", 1, 9, "ab", "the text has the quote several times", (None, None)),
        ("\r\nab ab", 4, 6, "ab", "the offsets count line ends as one character", (5, 7)),
        ("\rx ab ab", 9, 8, "ab", "the text has the quote several times", (None, None)),
        ("\nab ab", 2, 4, "ab", "the offsets count from 1", (1, 3)),
        ("\n\nab ab", 4, 6, "ab", "the offsets count line ends as two characters", (2, 4)),
        ("aaa", 7, 9, "aa", "the text has the quote several times", (None, None)),
        ("ab", 5, 6, "", None, None),
        ("ab", 0, 1, "", "the text does not have the quote", (None, None)),
        ("Zoe\u0301", 0, 4, "Zoé", "the quote is written in another Unicode normal form", (0, 4)),
        ("xx Zoe\u0301", 0, 3, "Zoé", "the quote, and so the offsets, are of another Unicode normal form", (3, 7)),
        ("Zoe\u0301 Zoé Zoé", 1, 3, "Zoé", "the text has the quote several times", (None, None)),
    ],
)  # fmt: skip
def test_each_way_to_count_is_told_apart_and_none_leads_out_of_the_text(text, start, end, quote, cause, right):
    found = misquoted(text, start, end, quote)
    assert (found and found.cause, found and (found.start, found.end)) == (cause, right)


@pytest.mark.parametrize(
    ("text", "start", "end", "wanted"),
    [
        ("a b c", 2, 3, None),
        ("a b c", 1, 3, (2, 3)),
        ("a b c", 2, 4, (2, 3)),
        ("a b c", 1, 4, (2, 3)),
        ("a b c", 0, 5, None),
        ("a  c", 1, 3, (3, 3)),
        ("ab ", 2, 9, (3, 3)),
        ("ab ", 1, 9, (1, 2)),
        ("ab", 0, 9, None),
        ("\u200ba\u2060\ufeff", 0, 4, (1, 2)),
        ("\u00a0\ta\u3000", 0, 4, (2, 3)),
        ("-a_", 0, 3, None),
    ],
)
def test_a_span_has_no_white_space_at_its_edges(text, start, end, wanted):
    assert blank_edges(text, start, end) == wanted


@pytest.mark.parametrize(
    ("words", "quote", "wanted"),
    [
        (["a", "b", "c"], "b", (1, 2)),
        (["a", "b", "c"], "b c", (1, 3)),
        (["a", "b", "c"], " a\tbc ", (0, 3)),
        (["a", "b", "a"], "a", None),
        (["ab", "c"], "b", None),
        (["ab", "c"], "a", None),
        (["a", " ", "b"], "a", (0, 1)),
        (["a", " ", "b"], "b", (2, 3)),
        (["a", " ", "b"], "ab", (0, 3)),
        (["a b", "c"], "abc", (0, 2)),
        (["a", "b"], "", None),
        (["a", " "], " ", None),
        ([], "a", None),
    ],
)
def test_a_quote_of_tokens_is_found_where_one_range_makes_it_up(words, quote, wanted):
    assert tokens_of(words, quote) == wanted


def test_a_long_quote_is_shown_shortened():
    assert shown("a\n'b'") == repr("a\n'b'")
    assert shown("x" * 40) == repr("x" * 40)
    assert len(shown("x" * 41)) < 45
    assert shown("x" * 41) != repr("x" * 41)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" %s><rect width="3" height="3"/></svg>'
TWICE = jpeg(7, 9, orientation=6)
SIZED = [
    ("b.png", png(7, 9, orientation=6), (9, 7)), ("c.png", png(7, 9, orientation=2), (7, 9)), ("a.avif", AVIF, (40, 60)),
    ("e.jpg", TWICE[:2] + b"\xff\xe1\0\x22Exif\0\0" + exif(1) + TWICE[2:], (7, 9)), ("b.gif", gif(7, 9).replace(b"\7\0\t", b"\1\0\1", 1), (7, 9)),
    ("b.svg", b'\xef\xbb\xbf<?xml version="1.0"?><!-- <svg width="1" height="1"> -->' + SVG % b"width='7.2' height='.25cm'", (7, 9)),
    ("c.svg", (SVG % b'height=" 9px "\nwidth="7"').decode().encode("utf-16"), (7, 9)), (f"{'long' * 40}.png", png(7, 9), (7, 9)),
    ("a.png", png(7, 9), (7, 9)), ("a.jpg", jpeg(7, 9), (7, 9)), ("b.JPG", jpeg(7, 9, orientation=8), (9, 7)),
    ("c.jpeg", jpeg(7, 9, orientation=3), (7, 9)), ("a.gif", gif(7, 9), (7, 9)), ("a.webp", webp(7, 9), (7, 9)),
    ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="7" height="9"/>', (7, 9)), ("d.jpg", jpeg(7, 9) + b"after" * 3000, (7, 9)),
]  # fmt: skip
BOMB = (
    b'<!DOCTYPE svg [<!ENTITY a "1111111111">%s]><svg xmlns="http://www.w3.org/2000/svg" width="&j;" height="8"/>'
    % b"".join(b'<!ENTITY %c "%s">' % (at + 1, b"&%c;" % at * 10) for at in range(97, 106))
)
FAULTY = [
    ("media/no.png", "item/no-media", "is not in labels/items/texts/media/"),
    ("https://x.example/a.png", "item/no-media", "is an address"),
    ("data:image/png;base64,AA", "item/no-media", "is an address"),
    ("media/../one.png", "item/media", "is not a file below"),
    ("media/.a.png", "item/media", "is not a file below"),
    ("", "", ""),
    ("empty.png", "item/media", "is empty"),
    ("text.png", "item/media", "is not a readable picture"),
    ("short.png", "item/media", "is not a readable picture"),
    ("cut.png", "item/media", "is cut off"),
    ("cut.jpg", "item/media", "is cut off"),
    ("cut.gif", "item/media", "is cut off"),
    ("cut.webp", "item/media", "is cut off"),
    ("bomb.png", "item/no-media", "more than a browser shows"),
    ("lfs.png", "item/no-media", "is a pointer of Git LFS"),
    ("unsized.svg", "item/no-media", "is an SVG without a size"),
    ("turned-over.svg", "item/no-media", "is an SVG without a size"),
    ("plain.svg", "item/media", "is not a readable picture"),
    ("cut.svg", "item/media", "is cut off"),
    ("cut.avif", "item/media", "is cut off"),
    ("bomb.svg", "item/media", "is not a readable picture"),
    ("a.tif", "item/no-media", "a browser does not show files that end in .tif as image"),
    ("link.png", "item/media", "is a symbolic link"),
    ("folder.png", "item/no-media", "is not in"),
]
FILES = {
    **{f"{MEDIA}{name}": data for name, data, _ in SIZED},
    f"{MEDIA}empty.png": b"",
    f"{MEDIA}text.png": b"<html>not found</html>",
    f"{MEDIA}short.png": png(7, 9)[:18],
    f"{MEDIA}cut.png": png(7, 9, end=False),
    f"{MEDIA}cut.jpg": jpeg(7, 9, end=False),
    f"{MEDIA}cut.gif": gif(7, 9, end=False),
    f"{MEDIA}cut.webp": webp(7, 9, end=False),
    f"{MEDIA}bomb.png": png(100_000, 100_000),
    f"{MEDIA}lfs.png": LFS,
    f"{MEDIA}unsized.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    f"{MEDIA}turned-over.svg": SVG % b"width='-7' height='9'",
    f"{MEDIA}plain.svg": b'<svg width="7" height="9"/>',
    f"{MEDIA}cut.svg": SVG[:-6] % b'width="7" height="9"',
    f"{MEDIA}cut.avif": AVIF[:-20],
    f"{MEDIA}bomb.svg": BOMB,
    f"{MEDIA}a.tif": tiff(7, 9),
    f"{MEDIA}folder.png/x": b"",
    f"{MEDIA}a.wav": b"RIFF....WAVE",
    f"{MEDIA}a.wma": b"x",
    "schemas/mood.yaml": SCHEMA,
}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    """The pool's media as the work tree has them, and as its commit has them."""
    project = repository(tmp_path_factory.mktemp("media") / "p", {"schemas/mood.yaml": SCHEMA})
    write_files(project.root, FILES)
    (project.root / f"{MEDIA}link.png").symlink_to("a.png")
    made = commit(project.root, "media")
    project = find_project(project.root)
    schema = load_schema(project, "mood")
    snapshots = (project.snapshot, commit_snapshot(project.root, made))
    return schema, [Gallery(one, "texts", schema) for one in snapshots]


def test_a_picture_has_the_size_that_it_is_shown_in(gallery):
    schema, galleries = gallery
    for one in galleries:
        for name, _, size in SIZED:
            assert [*one.faults({"picture": name})] == [], name
            assert one.size(schema.field("boxes"), {"picture": f"media/{name}"}) == size, name
        assert one.size(schema.field("boxes"), {"picture": "a.tif"}) == (7, 9)
        assert [*one.faults({"picture": 7, "text": "a.png", "sound": "a.wav", "more": "media/a.wav"})] == []


NAMED = {
    "picture": "a.png", "sound": "https://x.example/a.wav", "text": "b.png", "more": "media/a.wav", "plain": "media/a.txt",
    "link": "media/link.png", "lfs": "media/lfs.png", "out": "media/../a.png", "gone": "media/gone.png", "number": 3, "none": "",
}  # fmt: skip


def test_what_an_items_data_name_is_known_by_the_schema_or_by_its_place_among_the_media(gallery):
    _, (here, there) = gallery
    keys = {"picture", "sound", "more", "link", "lfs", "out", "gone"}
    for one in (here, there):
        assert one.keys(NAMED) == keys
        assert dict(one.files(NAMED)) == {
            key: f"{MEDIA}{NAMED[key].removeprefix('media/')}" for key in keys - {"sound", "out"}
        }
        assert (one.keys([NAMED]), [*one.files(None)]) == (frozenset(), [])
        found = {key: one.source(path) for key, path in one.files(NAMED)}
        assert {key for key, of in found.items() if of} == {"picture", "more"}
        assert (found["more"].size, found["more"].part(4, 6)) == (12, b"....WA")


def test_a_pool_without_media_has_no_files(tmp_path):
    project = small_project(tmp_path, {"schemas/mood.yaml": SCHEMA})
    assert [*Gallery(project.snapshot, "texts", load_schema(project, "mood")).files(NAMED)] == []


def test_what_is_wrong_with_a_file_is_said_of_the_item_that_names_it(gallery):
    _, (here, there) = gallery
    for name, rule, message in FAULTY:
        found = [*here.faults({"picture": name})]
        assert [(key, seen.rule) for key, seen in found] == ([("picture", rule)] if rule else []), (name, found)
        assert all(message in seen.message for _, seen in found), (name, found)
        of_commit = [*there.faults({"picture": name})]
        # What git has of a file in LFS is a pointer in every commit, and no fault of it.
        assert of_commit == ([] if name == "lfs.png" else found), name
    [(_, sound)] = here.faults({"sound": "media/a.wma"})
    assert (sound.rule, "convert it to WAV or MP3" in sound.fix) == ("item/no-media", True)


def test_what_dvc_keeps_is_missing_only_where_it_is_not_fetched(gallery, tmp_path):
    schema, _ = gallery
    project = repository(tmp_path / "p", {"schemas/mood.yaml": SCHEMA, f"{MEDIA[:-1]}.dvc": "outs: []\n"})
    made = git(project.root, "rev-parse", "HEAD")
    there = Gallery(commit_snapshot(project.root, made), "texts", schema)
    assert [*there.faults({"picture": "a.png"})] == []
    assert there.size(schema.field("boxes"), {"picture": "a.png"}) is None
    [(_, seen)] = Gallery(WorkTree(project.root), "texts", schema).faults({"picture": "a.png"})
    assert seen.rule == "item/no-media"


@pytest.mark.threat(7)
def test_no_more_than_a_header_is_read_of_a_large_file(gallery, tmp_path):
    schema, _ = gallery
    project = small_project(tmp_path, {"schemas/mood.yaml": SCHEMA, f"{MEDIA}a.png": png(5, 5)})
    with (tmp_path / f"{MEDIA}a.png").open("r+b") as file:
        file.truncate(2**36)
    jumps = b"\xff\xd8" + b"\xff\xe1\x00\x02" * 100_000
    (tmp_path / f"{MEDIA}b.jpg").write_bytes(jumps)
    there = Gallery(project.snapshot, "texts", schema)
    before = os.times().user
    assert there.seen("a.png", "image").rule == "item/media"
    assert there.seen("b.jpg", "image").message == "'b.jpg' is not a readable picture"
    assert os.times().user - before < 2


def test_a_lone_picture_is_what_boxes_mark_where_the_schema_names_none(tmp_path):
    schema = {"schemas/mood.yaml": SCHEMA.replace("x-source: picture, ", "")}
    pictures = {f"{MEDIA}a.png": png(10, 10), f"{MEDIA}b.png": png(99, 99)}
    label = {"boxes": [box(50, 50, 4, 4)]}
    one, _ = findings(tmp_path / "one", {"shot": "a.png"}, label, {**schema, **pictures})
    assert [found.rule for found in one] == ["label/span"]
    for number, data in enumerate(({"shot": "a.png", "other": "b.png"}, {"shot": "b.png", "other": "a.png"})):
        assert findings(tmp_path / f"two{number}", data, label, {**schema, **pictures})[0] == []
