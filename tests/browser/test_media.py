import io
import wave

import pytest

from browsing import BOX, png, task_files

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
    "sound": {"sound": "media/a.wav"},
    "tiny": {"scan": "media/tiny.png"},
    "wide": {"scan": "media/wide.png"},
}
FOLDER = "labels/items/shelf/media"
OWN = "labels/shelf/round-1/ada.jsonl"


def _wav():
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8_000)
        file.writeframes(bytes(128 + at % 16 for at in range(16_000)))
    return sound.getvalue()


@pytest.fixture(scope="module")
def served(serve):
    media = {"a.wav": _wav(), "tiny.png": png(10, 10), "wide.png": png(4_000, 1_000), "broken.png": b"\x89PNG\r\n"}
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
    assert page.served.records(OWN)["sound"]["label"] == {"good": True, "seen": []}


@pytest.mark.parametrize(
    ("item", "said"), [("film", "media/none.webm: not here"), ("broken", "This image cannot be shown."), ("empty", "")]
)
def test_what_is_not_there_is_said_and_the_item_can_still_be_answered(page, item, said):
    page.find(item)
    page.says(said, "#parts") if said else None
    page.press("1")
    page.says("Saved")


def test_a_tiny_picture_is_shown_larger_and_a_click_makes_no_box_in_a_large_one(page):
    page.find("tiny")
    page.page.locator(".frame img").evaluate("(one) => one.decode()")
    assert page.page.locator(".frame img").bounding_box()["width"] == 200
    _drag(page, (20, 40), (61, 99))
    page.press("[", "1")
    page.says("Saved")
    page.idle()
    assert page.served.records(OWN)["tiny"]["label"]["seen"] == [
        {"x": 1, "y": 2, "width": 2, "height": 3, "kind": "bird"}
    ]
    page.find("wide")
    page.page.locator(".frame img").evaluate("(one) => one.decode()")
    _drag(page, (50, 50), (52, 51))
    assert page.page.locator(".frame .box").count() == 0
    _drag(page, (50, 50), (56, 56))
    assert page.page.locator(".frame .box").count() == 1
