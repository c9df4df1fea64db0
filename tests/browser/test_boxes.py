import re

import pytest

from browsing import GALLERY, USUAL, plain_png, png, task_files

OWN = "labels/garden/round-1/ada.jsonl"
SIZE = (1600, 1000)
HUGE = (8000, 6000)
TARGETS = [(1003, 2005, 1007, 2008), (0, 0, 1, 1), (7999, 5998, 8000, 6000)]


@pytest.fixture(scope="module")
def served(serve):
    schema = GALLERY.replace("required: [seen, count, clear]", "required: [seen]")
    files = task_files("garden", schema, {f"i{n}": {"picture": "media/a b.png", "words": ["x"]} for n in range(5)})
    files["labels/items/garden/one.jsonl"] += '{"data":{"picture":"media/huge.png"},"id":"vast"}\n'
    files["labels/garden/round-1/assignments.jsonl"] += '{"annotators":["ada"],"item":"vast"}\n'
    media = {"a b.png": png(*SIZE), "huge.png": plain_png(*HUGE)}
    return serve({**files, **{f"labels/items/garden/media/{name}": data for name, data in media.items()}}, "garden")


@pytest.fixture
def page(served, tab, request):
    place, context, size = getattr(request, "param", (4, {}, None))
    window = tab(served.address, **context)
    if size:
        window.page.set_viewport_size(size)
    window.find(f"i{place if request.node.name.startswith('test_boxes') else place - 1}")
    window.served = served
    window.page.locator(".frame img").evaluate("(image) => image.decode()")
    yield window
    window.page.set_viewport_size(USUAL)


def _at(page, x, y):
    rect = page.page.locator(".frame img").bounding_box()
    return rect["x"] + x / SIZE[0] * rect["width"], rect["y"] + y / SIZE[1] * rect["height"]


def _drag(page, start, end):
    page.page.mouse.move(*_at(page, *start))
    page.page.mouse.down()
    page.page.mouse.move(*_at(page, (start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
    page.page.mouse.move(*_at(page, *end))
    page.page.mouse.up()


def _boxes(page):
    page.idle()
    return page.served.records(OWN)[page.page.inner_text("#item-id")]["label"]["seen"]


def _edges(box):
    return (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])


@pytest.mark.parametrize(
    "page",
    [(1, {}, None), (2, {"device_scale_factor": 2}, None), (3, {}, {"width": 1024, "height": 640})],
    ids=["plain", "scale factor 2", "small window"],
    indirect=True,
)
def test_a_box_that_is_drawn_lies_within_one_pixel_of_the_pointer(page):
    assert page.page.locator(".frame img").bounding_box()["width"] < SIZE[0]
    for start, end in [((203, 151), (700, 480)), ((1500, 900), (1201, 601)), ((40, 40), (90, 77))]:
        _drag(page, start, end)
        low, high = (
            [min(a, b) for a, b in zip(start, end, strict=True)],
            [max(a, b) for a, b in zip(start, end, strict=True)],
        )
        found = _edges(_boxes(page)[-1])
        assert max(abs(a - b) for a, b in zip(found, (*low, *high), strict=True)) <= 1
        assert all(isinstance(one, int) for one in found)


def test_a_box_stays_inside_the_image_and_is_moved_and_stretched_by_its_handles(page):
    _drag(page, (1400, 800), (1900, 1300))
    assert _edges(_boxes(page)[0])[2:] == SIZE
    _drag(page, (1500, 900), (1300, 500))
    left, top, right, bottom = _edges(_boxes(page)[0])
    assert (left, top, right - left, bottom - top) == pytest.approx((1200, 400, 200, 200), abs=1)
    handle = page.page.locator(".handle.nw").bounding_box()
    page.page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    page.page.mouse.down()
    page.page.mouse.move(*_at(page, 1000, 300))
    page.page.mouse.up()
    assert _edges(_boxes(page)[0]) == pytest.approx((1000, 300, 1400, 600), abs=3)


def test_boxes_are_made_moved_stretched_and_removed_by_keyboard_and_by_their_numbers(page):
    page.press("b")
    assert _boxes(page) == [{"x": 600, "y": 375, "width": 400, "height": 250, "kind": "bird"}]
    page.press("2", "ArrowLeft", "Control+ArrowDown", "Shift+ArrowLeft", "Control+Shift+ArrowDown")
    assert _boxes(page) == [{"x": 599, "y": 385, "width": 399, "height": 260, "kind": "leaf"}]
    page.press("b", "Tab", "Shift+Tab", "Delete")
    assert len(_boxes(page)) == 1
    x = page.page.get_by_label("x", exact=True)
    x.fill("17")
    x.press("Tab")
    assert _boxes(page)[0]["x"] == 17
    x.fill("18")
    page.press("Enter", "ArrowLeft")
    assert _boxes(page)[0]["x"] == 17
    x.fill("nonsense")
    x.press("Tab")
    assert x.input_value() == "17"
    page.page.get_by_role("button", name="Remove box 1").click()
    page.press("-")
    assert _boxes(page) == []


def _scale(page):
    return page.page.locator(".frame").bounding_box()["width"] / HUGE[0]


def _pointer(page, x, y):
    """Where a pixel's corner is on the page."""
    rect = page.page.locator(".frame").bounding_box()
    return rect["x"] + x * _scale(page), rect["y"] + y * _scale(page)


def _closer(page, x, y, scale):
    """Turns the wheel over a place until it is that large."""
    while (before := _scale(page)) < scale:
        page.page.mouse.move(*_pointer(page, x, y))
        page.page.mouse.wheel(0, -200)
        page.page.wait_for_function(
            "(before) => document.querySelector('.frame').getBoundingClientRect().width > before * 1.3",
            arg=before * HUGE[0],
        )


def test_a_huge_picture_is_marked_to_the_pixel_at_any_zoom(served, tab):
    page = tab(served.address, viewport={"width": 1366, "height": 768})
    page.served = served
    page.find("vast")
    page.says("8000 \u00d7 6000", ".zoom")
    stage = page.page.locator(".stage").bounding_box()
    frame = page.page.locator(".frame").bounding_box()
    assert stage["width"] - frame["width"] < 40
    for left, top, right, bottom in TARGETS:
        _closer(page, left, top, 7)
        page.page.mouse.move(*_pointer(page, left, top))
        page.page.mouse.down()
        page.page.mouse.move(*_pointer(page, right, bottom), steps=3)
        page.page.mouse.up()
        page.page.get_by_role("button", name="Fit the picture").click()
    assert [_edges(box) for box in _boxes(page)] == TARGETS
    _closer(page, 4000, 3000, 2)
    before = page.page.locator(".frame").bounding_box()
    page.press("Escape")
    page.page.mouse.move(*_pointer(page, 4000, 3000))
    page.page.keyboard.down("Space")
    page.page.mouse.down()
    page.page.mouse.move(*_pointer(page, 4040, 3025), steps=3)
    page.page.mouse.up()
    page.page.keyboard.up("Space")
    after = page.page.locator(".frame").bounding_box()
    moved = (after["x"] - before["x"]) / _scale(page), (after["y"] - before["y"]) / _scale(page)
    assert moved == pytest.approx((40, 25), abs=1)
    assert page.page.locator(".frame .box").count() == len(TARGETS)
    page.page.mouse.move(*_pointer(page, 4000, 3000))
    page.page.mouse.down()
    for _ in range(12):
        page.page.mouse.wheel(0, 200)
    page.says(re.compile(r"· \d\.\d %"), ".zoom")
    page.page.mouse.move(*_pointer(page, 7000, 5000), steps=2)
    _closer(page, 7000, 5000, 4)
    page.page.mouse.move(*_pointer(page, 7000, 5000))
    page.page.mouse.up()
    assert _edges(_boxes(page)[-1]) == (4000, 3000, 7000, 5000)


def test_a_box_by_key_has_an_area_on_a_picture_of_few_pixels_too(serve, tab):
    sizes = {"i0": (2, 2_000), "i1": (1, 1), "i2": (400, 3)}
    items = {item: {"picture": f"media/{item}.png", "words": ["A"]} for item in sizes}
    media = {f"labels/items/garden/media/{item}.png": plain_png(*size) for item, size in sizes.items()}
    window = tab(serve({**task_files("garden", GALLERY, items), **media}, "garden").address)
    for item in sizes:
        window.find(item)
        window.page.locator(".frame img").evaluate("(image) => image.decode()")
        window.press("b")
        window.page.locator("#field-0 .elements li").wait_for()
