import json

import pytest

from assay.annotator.page.item_view import LIMIT
from pages import planned
from pictures import png
from projects import FILES, SCHEMA, write_files

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
BOXES = """
  places:
    type: array
    x-scale: boxes
    x-source: scan
    items: {type: object, required: [x, y, width, height], properties: {x: {type: number}}}
"""
SCHEMA_OF_MEDIA = (
    SCHEMA.rstrip().replace(
        "required: [text], properties: {text: {type: string}}",
        "properties: {text: {type: string}, scan: {type: string, contentMediaType: image/png, title: Scan}, "
        "talk: {type: array, items: {$ref: '#/$defs/turn'}}}, $defs: {turn: {properties: {who: {}, says: {}}}}",
    )
    + BOXES
)
WORDS = {
    "https://example.org/cat.png": "not a file of the pool, and the page loads nothing from elsewhere",
    "data:image/png;base64,AAAA": "not a file of the pool, and the page loads nothing from elsewhere",
    "../cat.png": "not the name of a file below `media/`",
    "media/.hidden.png": "not the name of a file below `media/`",
    "media/scan.TIF": "a browser does not show files that end in .tif here; the lead converts it to PNG or JPEG",
    "media/gone": "a browser does not show files without an ending here",
    "media/gone.png": "not here; the lead or `dvc pull` provides it",
    "media/CAT.png": "not here; `cat.png` is, with other capitals or accents",
    "media/ka\u0308se.png": "not here; `k\u00e4se.png` is, with other capitals or accents",
    "media/link.png": "a symbolic link, which is not followed",
    "media/folder.png": "no readable file",
    "media/huge.png": "larger than 256 MiB",
    "media/empty.png": "the file is empty",
    "media/pointer.png": "only a Git LFS pointer is here; `git lfs pull` fetches the file",
    f"media/{'x' * 300}.png": "not here; the lead or `dvc pull` provides it",
}
ITEM = '{"id":"i1","data":{"clip":"media/a b/c.mp3","note":"media/x.txt","scan":"media/cat.png","talk":[{"a":1,"says":"hi","who":"x"}],"text":"t"}}\n'
MEDIA = "labels/items/texts/media"


@pytest.fixture(scope="module")
def media(start_once, tmp_path_factory):
    files = {
        "schemas/mood.yaml": SCHEMA_OF_MEDIA,
        "labels/items/texts/one.jsonl": ITEM
        + '{"id":"i3","data":{}}\n{"id":"j1","data":{"scan":"media/turned.png","text":"t"}}\n'
        + "".join(
            f"{json.dumps({'id': f'w{n:02}', 'data': {'scan': name, 'text': 't'}})}\n" for n, name in enumerate(WORDS)
        ),
        f"{MEDIA}/cat.png": PNG,
        f"{MEDIA}/turned.png": png(40, 20, orientation=6),
        f"{MEDIA}/a b/c.mp3": b"ID3" + bytes(2000),
        f"{MEDIA}/evil.svg": "<svg onload='alert(1)'/>",
        f"{MEDIA}/k\u00e4se.png": PNG,
        f"{MEDIA}/scan.TIF": b"II*\0",
        f"{MEDIA}/empty.png": b"",
        f"{MEDIA}/pointer.png": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
        f"{MEDIA}/evil.html": "<script>alert(1)</script>",
        f"{MEDIA}/.hidden.png": PNG,
        "secret.png": PNG,
    }
    root = tmp_path_factory.mktemp("media")
    items = ("i1", "i3", "j1", *(f"w{n:02}" for n in range(len(WORDS))))
    write_files(root, {**FILES, **planned(items=items), **files})
    (root / MEDIA / "link.png").symlink_to(root / "secret.png")
    (root / MEDIA / "linked").symlink_to(root)
    (root / MEDIA / "folder.png").mkdir()
    with (root / MEDIA / "huge.png").open("wb") as huge:
        huge.truncate(LIMIT + 1)
    return start_once(root, "mood", "r4", "--as", "ben").enter()


def test_data_that_names_media_comes_as_addresses_in_the_order_of_the_schema(media):
    parts = media.get(f"/items/{media.place('i1')}").json["parts"]
    assert [(part["key"], part["kind"]) for part in parts] == [
        ("text", "text"),
        ("scan", "image"),
        ("talk", "json"),
        ("clip", "audio"),
        ("note", "text"),
    ]
    assert parts[1] == {"kind": "image", "key": "scan", "title": "Scan", "url": "/media/cat.png"}
    assert [*parts[2]["value"][0]] == ["who", "says", "a"]
    assert parts[3]["url"] == "/media/a%20b/c.mp3"
    assert [media.get(part["url"]).status for part in (parts[1], parts[3])] == [200, 200]


def test_what_cannot_be_shown_is_named_with_the_remedy(media):
    total = media.get("/progress").json["total"]
    items = {item["item"]: item["parts"] for item in (media.get(f"/items/{n}").json for n in range(total))}
    for n, (name, words) in enumerate(WORDS.items()):
        part = items[f"w{n:02}"][1]
        named, _, said = part["note"].rpartition(": ")
        assert name.startswith(named.removesuffix("…"))
        assert said.startswith(words), name
        assert (part["kind"], media.get(part["url"]).status in {200, 404}) == ("image", True)


def test_a_label_of_what_cannot_be_shown_is_refused_and_a_skip_or_a_flag_is_saved(media):
    label = {"label": {"tone": "good"}}
    for item, words in (
        ("i1", "is not a readable picture"),
        *((f"w{n:02}", w) for n, w in enumerate(WORDS.values())),
    ):
        place = media.place(item)
        reply = media.put(place, label)
        assert reply.status == 422, item
        [fault] = reply.json["faults"]
        assert fault["message"].startswith("this item cannot be shown, so it can only be skipped or flagged: ")
        assert words in fault["message"]
    reply = media.put(place, {"skip": "cannot be shown", "flags": ["bad-item"]})
    assert (reply.status, reply.json["record"]["skip"]) == (200, "cannot be shown")
    assert media.put(media.place("i3"), label).status == 200


def test_a_label_of_before_the_picture_was_lost_stands_and_may_be_noted_upon(page):
    item = {
        "labels/items/texts/one.jsonl": '{"id":"i1","data":{"scan":"media/a.png","text":"t"}}\n',
        **planned(items=["i1"]),
    }
    held = '{"item":"i1","label":{"tone":"bad"},"guideline":"0.2.0"}\n'
    client = page({"schemas/mood.yaml": SCHEMA_OF_MEDIA, "labels/mood/r4/ben.jsonl": held, **item})
    tag = client.get("/items/0").json["tag"]
    assert client.put(0, {"label": {"tone": "good"}, "tag": tag}).status == 422
    assert client.put(0, {"label": {"tone": "bad"}, "note": "gone", "tag": tag}).status == 200


def test_boxes_are_held_against_the_picture_as_it_is_shown_in_the_words_of_check(media):
    place, tag = media.place("j1"), ""
    for box, words in (
        ((1, 1, 0, 5), "places: box 1 is empty: its sides must be > 0"),
        ((1, 1, -1, 5), "places: box 1 is empty: its sides must be > 0"),
        ((1e308, 1, 1e308, 5), "places: box 1 has no finite corners"),
        ((25, 1, 5, 5), "places: box 1 is outside the picture of 20 x 40"),
    ):
        sides = dict(zip(("x", "y", "width", "height"), box, strict=True))
        reply = media.put(place, {"label": {"tone": "good", "places": [sides]}})
        assert (reply.status, [one["message"] for one in reply.json["faults"]]) == (422, [words])
        assert reply.json["faults"][0]["field"] == "places"
    for number in (b"NaN", b"1e999", b"-Infinity"):
        body = b'{"label":{"tone":"good","places":[{"x":%s,"y":1,"width":5,"height":5}]}}' % number
        assert media.put(place, body).status == 422
    for box, doubts in (
        ({"x": 1, "y": 30, "width": 9, "height": 10}, []),
        ({"x": 15, "y": 1, "width": 9, "height": 5}, ["places: box 1 reaches 4 beyond the picture of 20 x 40"]),
    ):
        reply = media.put(place, {"label": {"tone": "good", "places": [box]}, "tag": tag})
        tag = reply.json["tag"]
        assert (reply.status, [one["message"] for one in reply.json["doubts"]]) == (200, doubts)
    span = {"tone": "good", "names": [{"start": 0, "end": 1}, {"start": 0, "end": 1}]}
    [doubt] = media.put(place, {"label": span, "tag": tag}).json["doubts"]
    assert (doubt["pointer"], doubt["message"]) == ("/names/1", "names: element 2 is the same as element 1")


@pytest.mark.threat(20)
def test_a_file_is_served_as_what_its_ending_says_and_never_sniffed(media):
    reply = media.get("/media/cat.png")
    assert reply.body == PNG
    assert reply.headers["Content-Type"] == "image/png"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert media.get("/media/a%20b/c.mp3").headers["Content-Type"] == "audio/mpeg"


@pytest.mark.threat(20)
def test_a_drawing_is_only_ever_a_picture_of_the_page(media):
    reply = media.get("/media/evil.svg")
    assert reply.headers["Content-Type"] == "image/svg+xml"
    assert reply.headers["Content-Disposition"] == "attachment"
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'none'")
    assert reply.headers["Content-Security-Policy"].endswith("sandbox")


def test_a_part_of_a_file_is_served(media):
    parts = {"bytes=0-9": (0, 10), "bytes=10-": (10, None), "bytes=-5": (-5, None), "bytes=100-999999": (100, None)}
    for stated, (low, high) in parts.items():
        reply = media.get("/media/cat.png", range=stated)
        assert reply.status == 206
        assert reply.body == PNG[low:high]
        first = range(len(PNG))[low]
        assert reply.headers["Content-Range"] == f"bytes {first}-{first + len(reply.body) - 1}/{len(PNG)}"


def test_a_range_that_is_not_understood_gives_the_whole_file(media):
    for stated in ("bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=a-b", "bytes=1-2x"):
        reply = media.get("/media/cat.png", range=stated)
        assert (reply.status, reply.body) == (200, PNG)


def test_a_range_beyond_the_file_is_refused(media):
    for stated in ("bytes=999999-", "bytes=9-3", "bytes=-0"):
        assert media.get("/media/cat.png", range=stated).status == 416


ESCAPES = [
    f"{before}{step}{after}secret.png"
    for before in ("", "a%20b/", "linked/", "./", "%2f", "//")
    for step in ("../../../../", "%2e%2e/%2e%2e/%2e%2e/%2e%2e/", "..%2f..%2f..%2f..%2f", "..%5c..%5c", "%252e%252e/")
    for after in ("", "%00/", "./")
]


@pytest.mark.threat(6)
def test_no_address_leads_out_of_the_media_folder(media):
    wrong = [
        *ESCAPES,
        f"{media.root}/secret.png",
        "linked/secret.png",
        "link.png",
        "cat.png%00",
        "cat.png%00.png",
        "cat.png/",
        "folder.png",
        "huge.png",
        ".hidden.png",
        "evil.html",
        "",
        ".",
        "x" * 5000 + ".png",
        "%ff.png",
        "one.jsonl",
    ]
    replies = [media.get(f"/media/{name}") for name in wrong]
    assert {reply.status for reply in replies} == {404}
    assert media.get("/media/../../../../secret.png").status == 404
    assert media.errors.read_text().count("Traceback") == 0


def test_media_need_the_cookie(media):
    assert media.get("/media/cat.png", cookie="").status == 401
