import pytest

from browsing import png, task_files

MORE = "strength: {title: Strength, type: integer, maximum: 5}, sure: {type: boolean}, by: {const: hand}, why: {type: string}"
SPAN = (
    "{type: object, additionalProperties: false, required: [start, end, kind, strength, sure, by], properties: "
    f"{{start: {{type: integer}}, end: {{type: integer}}, kind: {{oneOf: [{{const: n, title: Name}}]}}, {MORE}}}}}"
)
SIDES = ", ".join(f"{side}: {{type: number}}" for side in ("x", "y", "width", "height"))
BOX = f"{{type: object, required: [x, y, width, height, seen], properties: {{{SIDES}, seen: {{type: number}}}}}}"
SCHEMA = f"""
type: object
required: [parts]
x-item: {{type: object, properties: {{text: {{type: string}}, scan: {{type: string, contentMediaType: image/png}}}}}}
properties:
  parts: {{title: Parts, type: array, x-source: text, items: {SPAN}}}
  places: {{title: Places, type: array, x-source: scan, items: {BOX}}}
"""
OWN = "labels/more/round-1/ada.jsonl"


@pytest.fixture(scope="module")
def served(serve):
    items = {f"i{n}": {"text": "The robin sings", "scan": "media/s.png"} for n in range(3)}
    return serve({**task_files("more", SCHEMA, items), "labels/items/more/media/s.png": png(400, 300)}, "more")


@pytest.fixture
def page(served, tab):
    window = tab(served.address)
    window.served = served
    return window


def _label(page):
    page.idle()
    return page.served.records(OWN)[page.page.inner_text("#item-id")]["label"]


def test_what_a_span_or_a_box_needs_besides_its_kind_is_filled_by_keyboard(page):
    page.jump(1)
    page.press("Control+Home", *["Shift+ArrowRight"] * 3, "1")
    page.says("Strength, sure: still needed for Name: “The”", "#fault-0")
    page.type("4")
    page.press("Enter", "y", "Enter")
    page.says("Saved")
    span = {"start": 0, "end": 3, "kind": "n", "strength": 4, "sure": True, "by": "hand"}
    assert _label(page) == {"parts": [span]}
    page.press("]", "b")
    page.type("0,75")
    page.press("Enter", "ArrowRight")
    [box] = _label(page)["places"]
    assert box == {"x": 151, "y": 112.5, "width": 100, "height": 75, "seen": 0.75}
    page.press("[")
    page.page.get_by_label("why").fill("a bird")
    assert _label(page)["parts"] == [{**span, "why": "a bird"}]
    page.page.get_by_label("why").fill("")
    assert _label(page)["parts"] == [span]


def test_a_fault_of_one_of_many_says_which_one_is_meant(page):
    page.jump(2)
    page.press("Control+Home", *["Shift+ArrowRight"] * 3, "1")
    page.type("9")
    page.press("Enter", "y", "Enter")
    page.says("Name: “The”: 9 is greater than the maximum of 5", "#fault-0")


def test_a_typed_number_keeps_the_box_inside_the_picture(page):
    page.jump(3)
    page.press("-", "]", "b")
    page.type("1")
    page.press("Enter")
    x = page.page.get_by_label("x", exact=True)
    x.fill("9999")
    x.press("Tab")
    assert x.input_value() == "300"
    assert _label(page)["places"][0]["x"] == 300
