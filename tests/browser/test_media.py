import base64
import io
import struct
import wave
import zlib

import pytest

from assay.git.snapshot import WorkTree
from assay.labels.media import Gallery
from assay.project.config import find_project
from assay.project.task_schema import load_schema
from browsing import BOX, USUAL, plain_png, png, task_files
from pictures import AVIF, exif

SCHEMA = f"""
type: object
required: [good]
x-item:
  type: object
  properties:
    scan: {{title: Scan, type: string, contentMediaType: image/png}}
    sound: {{title: Sound, type: string, contentMediaType: audio/wav}}
    film: {{title: Film, type: string, contentMediaType: video/webm}}
properties:
  good: {{title: Good, type: boolean}}
  seen: {{title: Seen, type: array, x-source: scan, items: {BOX}}}
"""
ITEMS = {
    "broken": {"scan": "media/broken.png"},
    "empty": {},
    "film": {"film": "media/none.webm"},
    "late-broken": {"scan": "media/late-broken.png"},
    "late-whole": {"scan": "media/late-whole.png"},
    "sound": {"sound": "media/a.wav"},
    "tiny": {"scan": "media/tiny.png"},
    "wide": {"scan": "media/wide.png"},
}
WINDOW = {"width": 1366, "height": 768}
FOLDER = "labels/items/shelf/media"
OWN = "labels/shelf/round-1/ada.jsonl"
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg"{} onload="alert(1)"><script>alert(2)</script><style>circle {{fill: teal}}</style>'
    '<image href="http://127.0.0.1:9/x.png" width="9" height="9"/><foreignObject width="9" height="9">'
    '<img xmlns="http://www.w3.org/1999/xhtml" src="x" onerror="alert(3)"/></foreignObject><circle cx="60" cy="40" r="30"/></svg>'
)
PAINTED = """([kind, width, height]) => {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  canvas.getContext('2d').fillRect(0, 0, width / 4, height / 4);
  return canvas.toDataURL(kind).split(',')[1];
}"""
# what is shown: the picture's size, or what is said in its place
SHOWN = {
    "huge.png": "8000 \u00d7 6000",
    "tiny.png": "3 \u00d7 2",
    "tall.png": "40 \u00d7 4000",
    "photo.jpg": "300 \u00d7 200",
    "turned.jpg": "200 \u00d7 300",
    "turned.png": "80 \u00d7 120",
    "turned.webp": "300 \u00d7 200",
    "turned.avif": "40 \u00d7 60",
    "turned-once.jpg": "300 \u00d7 200",
    "dense.jpg": "300 \u00d7 200",
    "see-through.png": "90 \u00d7 60",
    "web.webp": "300 \u00d7 200",
    "drawing.svg": "120 \u00d7 80",
    "two words (1) #2 50%.png": "120 \u00d7 80",
    "Stra\u00dfe \u00fcber K\u00f6ln.png": "120 \u00d7 80",
    "wrongly-named.png": "300 \u00d7 200",
    "cut-off.jpg": "cannot be shown; the file is broken or truncated",
    "changed.png": "cannot be shown; the file is broken or truncated",
    "unsized.svg": "this SVG has no width and height",
    "missing.png": "not here; the lead or `dvc pull` provides it",
    "scan.tiff": "a browser does not show files that end in .tiff",
}


def _wav():
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8_000)
        file.writeframes(bytes(128 + at % 16 for at in range(16_000)))
    return sound.getvalue()


def _exif(photo, *entries):
    """A photograph in which its camera has written more; the offset of a value beside the entries is 100."""
    rows = b"".join(struct.pack(">HHI", tag, kind, 1) + value for tag, kind, value in entries)
    head = b"MM\0*" + struct.pack(">IH", 8, len(entries)) + rows + bytes(4)
    beside = struct.pack(">II", 144, 1) + struct.pack(">HHHIIHHIII", 2, 0xA002, 4, 1, 150, 0xA003, 4, 1, 100, 0)
    block = b"Exif\0\0" + head.ljust(100, b"\0") + beside
    return photo[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + photo[2:]


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _with_exif(web):
    """A WebP in which its camera has written that it lies on its side, which browsers pass over."""
    assert web[12:16] == b"VP8X"
    data = exif(6)
    body = web[8:20] + bytes([web[20] | 8]) + web[21:] + b"EXIF" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.fixture(scope="module")
def pictures(chromium):
    """Pictures of every kind, by name; the browser itself makes what takes a codec."""
    with chromium.new_page() as page:
        photo, web, clear = (
            base64.b64decode(page.evaluate(PAINTED, [kind, *size]))
            for kind, size in (
                ("image/jpeg", (300, 200)),
                ("image/webp", (300, 200)),
                ("image/png", (90, 60)),
            )
        )
    turned = (0x112, 3, struct.pack(">HH", 6, 0))
    places = [(tag, kind, struct.pack(">I", at)) for tag, kind, at in ((0x11A, 5, 100), (0x11B, 5, 100))]
    dense = [*places, (0x128, 3, struct.pack(">HH", 2, 0)), (0x8769, 4, struct.pack(">I", 108))]
    whole = png(120, 80)
    return {
        "huge.png": plain_png(8000, 6000),
        "tiny.png": png(3, 2),
        "tall.png": png(40, 4000),
        "photo.jpg": photo,
        "turned.jpg": _exif(photo, turned),
        "turned.png": whole[:33] + _chunk(b"eXIf", exif(6)) + whole[33:],
        "turned.webp": _with_exif(web),
        "turned.avif": AVIF,
        "turned-once.jpg": _exif(_exif(photo, turned), (0x112, 3, struct.pack(">HH", 1, 0))),
        "dense.jpg": _exif(photo, *dense),
        "see-through.png": clear,
        "web.webp": web,
        "drawing.svg": DRAWING.format(' width="120" height="80"').encode(),
        "two words (1) #2 50%.png": whole,
        "Stra\u00dfe \u00fcber K\u00f6ln.png": whole,
        "wrongly-named.png": photo,
        "cut-off.jpg": photo[: len(photo) // 2],
        "changed.png": whole[:200] + bytes([whole[200] ^ 255]) + whole[201:],
        "unsized.svg": DRAWING.format(' viewBox="0 0 120 80"').encode(),
        "scan.tiff": b"II*\0" + bytes(60),
    }


@pytest.fixture(scope="module")
def served(serve):
    media = {"a.wav": _wav(), "tiny.png": png(10, 10), "wide.png": png(4_000, 1_000), "broken.png": b"\x89PNG\r\n"}
    media |= {"late-whole.png": png(60, 40), "late-broken.png": png(600, 400)[:-40]}
    files = {f"{FOLDER}/{name}": data for name, data in media.items()}
    return serve({**task_files("shelf", SCHEMA, ITEMS), **files}, "shelf")


@pytest.fixture
def page(served, tab):
    window = tab(served.address)
    window.served = served
    return window


def _drag(page, start, end):
    box = page.page.locator(".frame img").bounding_box()
    page.page.mouse.move(box["x"] + start[0], box["y"] + start[1])
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + end[0], box["y"] + end[1])
    page.page.mouse.up()


def test_a_sound_is_played_by_keyboard_and_answered(page):
    page.find("sound")
    sound = page.page.locator("audio")
    assert sound.get_attribute("aria-label") == "Sound"
    until = "(one, event) => new Promise((done) => { one.addEventListener(event, () => done(one.currentTime)); one.load(); })"
    sound.evaluate(until, "loadedmetadata")
    assert sound.evaluate("(one) => one.duration") == 2
    sound.focus()
    sound.evaluate(
        "(one) => { window.playing = new Promise((done) => one.addEventListener('playing', () => done(true))); }"
    )
    page.press("Space")
    assert page.page.evaluate("window.playing")
    page.press("2")
    page.says("Saved")
    page.idle()
    assert page.served.records(OWN)["sound"]["label"] == {"good": True}


def test_a_picture_of_any_kind_is_shown_in_its_own_pixels_or_named_with_what_is_wrong(serve, tab, pictures):
    items = {f"i{n:02}": {"scan": f"media/{name}"} for n, name in enumerate(SHOWN)}
    files = {f"{FOLDER}/{name}": data for name, data in pictures.items()}
    served = serve({**task_files("shelf", SCHEMA, items), **files}, "shelf")
    schema = load_schema(find_project(served.root), "shelf")
    gallery = Gallery(WorkTree(served.root), "shelf", schema)
    page = tab(served.address, viewport=WINDOW)
    # A byte changed among the pixels is found by whoever decodes them, and the findings read headers.
    changed = f"i{[*SHOWN].index('changed.png'):02}"
    for item, words in zip(items, SHOWN.values(), strict=True):
        page.find(item)
        page.says(words, "#parts")
        shown = "\u00d7" in words
        found = [seen.rule for _, seen in gallery.faults(items[item])]
        assert (found == []) == (shown or item == changed), items[item]
        size = gallery.size(schema.field("seen"), items[item])
        assert not shown or "{} \u00d7 {}".format(*size) == words
        page.says("Not answered yet" if shown else "Cannot be shown: skip or flag it")
        if shown:
            frame, stage = (page.page.locator(one).bounding_box() for one in (".frame", ".stage"))
            width, height = (int(one) for one in words.split(" \u00d7 "))
            assert frame["width"] / frame["height"] == pytest.approx(width / height, rel=0.02)
            room = min(stage["width"] - frame["width"], stage["height"] - frame["height"])
            assert 0 < room < 40 or frame["width"] == 32 * width
    assert page.dialogs == []


@pytest.mark.parametrize(("item", "said"), [("film", "not here"), ("broken", "cannot be shown; the file")])
def test_what_cannot_be_shown_is_said_and_can_only_be_skipped_or_flagged(page, item, said):
    page.find(item)
    page.says(said, "#parts")
    page.says("This item cannot be shown", "#unshown")
    page.press("1", "[", "2", "b", "1")
    page.page.locator("#field-0 .chip").first.click(force=True)
    page.says("Cannot be shown: skip or flag it")
    assert page.page.locator("#field-0 :checked").count() == 0
    if item == "film":
        page.press("f", "3")
    else:
        page.press("s")
        assert page.page.input_value("#skip-text") == "cannot be shown"
        page.page.locator("#skip-go").click()
    page.idle()
    record = page.served.records(OWN)[item]
    assert (record["skip"], record.get("label")) == ("cannot be shown", None)
    assert record.get("flags") == (["bad-item"] if item == "film" else None)


def test_an_answer_given_before_the_picture_has_come_counts_only_if_it_comes_whole(served, tab):
    page = tab(served.address, viewport=USUAL)
    page.served = served
    held = []

    def hold(route):
        held.append(route)

    page.page.route("**/media/late-*.png", hold)
    for item in ("late-broken", "late-whole"):
        page.find(item)
        page.press("2", "[", "-", "Enter")
    page.find("late-whole")
    page.says("Saving")
    assert len(held) >= 2
    for route in held:
        route.continue_()
    page.says("Saved")
    page.says("cannot be shown, so it can only be skipped or flagged", "#banners")
    page.idle()
    records = page.served.records(OWN)
    assert records["late-whole"]["label"]["good"] is True
    assert "late-broken" not in records
    page.page.get_by_role("button", name="Go to it").click()
    page.says("Cannot be shown: skip or flag it")
    assert page.page.locator("#field-0 :checked").count() == 0


def test_a_picture_takes_the_room_there_is_and_a_click_makes_no_box_in_a_large_one(page):
    page.find("tiny")
    page.says("10 \u00d7 10", ".zoom")
    stage, frame = (page.page.locator(one).bounding_box() for one in (".stage", ".frame"))
    assert min(stage["width"] - frame["width"], stage["height"] - frame["height"]) < 40 or frame["width"] == 320
    each = frame["width"] / 10
    _drag(page, (1.1 * each, 2.1 * each), (3.1 * each, 4.9 * each))
    page.press("[", "1")
    page.says("Saved")
    page.idle()
    assert page.served.records(OWN)["tiny"]["label"]["seen"] == [
        {"x": 1, "y": 2, "width": 2, "height": 3, "kind": "bird"}
    ]
    page.find("wide")
    page.says("4000 \u00d7 1000", ".zoom")
    _drag(page, (50, 50), (52, 51))
    assert page.page.locator(".frame .box").count() == 0
    _drag(page, (50, 50), (56, 56))
    assert page.page.locator(".frame .box").count() == 1
