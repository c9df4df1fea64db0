import pytest

from browsing import task_files

MORE = ", ".join(f"k{number}" for number in range(4, 29))
SCHEMA = f"""
type: object
additionalProperties: false
required: [parts]
x-item: {{type: object, required: [text], properties: {{text: {{title: Text, type: string}}}}}}
properties:
  parts:
    title: Parts
    type: array
    x-source: text
    items:
      type: object
      additionalProperties: false
      required: [start, end, kind, text]
      properties: {{start: {{type: integer}}, end: {{type: integer}}, text: {{type: string}}, kind: {{enum: [one, two, three, {MORE}]}}}}
"""
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
TEXTS = {
    "i0": "😀😀 Bob met \U0001d49cda 🎉 in the park",
    "i1": f"The {FAMILY} family and {FAMILY} again 🇫🇷 done",
    "i2": "ذهبت ليلى إلى السوق 🍎 في الصباح",
    "i3": "דוד הלך אל הגן 🌳 עם שרה",
    "i4": "e\u0301te\u0301 naïve\tcol\rumn\u0000 zero\u200b width \u202eevil\u202c end",
    "i5": "line one\nline 😀 two\n\n  three  \n",
}
RIGHT_TO_LEFT = ("i2", "i3")
TESTS = ("keys", "shown", "pair", "overlap", "list", "fixed", "twin")
OWN = "labels/parts/round-1/ada.jsonl"


@pytest.fixture(scope="module")
def served(serve):
    texts = {f"{item}-{test}": text for item, text in TEXTS.items() for test in TESTS}
    return serve(task_files("parts", SCHEMA, {item: {"text": text} for item, text in texts.items()}), "parts")


@pytest.fixture
def page(served, tab):
    window = tab(served.address)
    window.served = served
    return window


def _select(page, start, end):
    """Selects UTF-16 units of the source, as a drag of the mouse would."""
    page.page.evaluate(
        """([start, end]) => {
            const walker = document.createTreeWalker(document.querySelector('.source'), NodeFilter.SHOW_TEXT);
            const points = [];
            let left = [start, end];
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                left = left.map((one) => { if (one === null) return null; if (one <= node.length) { points.push([node, one]); return null; } return one - node.length; });
            }
            document.querySelector('.source').focus();
            getSelection().setBaseAndExtent(points[0][0], points[0][1], points[1][0], points[1][1]);
        }""",
        [start, end],
    )


def _selected(page):
    return page.page.evaluate("getSelection().getRangeAt(0).toString()")


def test_what_is_selected_with_the_keyboard_is_the_python_slice_that_is_stored(page):
    wanted = {}
    for item in TEXTS:
        page.find(f"{item}-keys")
        forward = "ArrowLeft" if item in RIGHT_TO_LEFT else "ArrowRight"
        wanted[item] = []
        for kind, (skip, take) in enumerate([(0, 3), (2, 5), (3, 4)]):
            page.page.locator(".source").focus()
            page.press("Control+Home", *[forward] * skip, *[f"Shift+{forward}"] * take)
            wanted[item].append((_selected(page), ["one", "two", "three"][kind]))
            page.press(str(kind + 1))
    page.idle()
    records = page.served.records(OWN)
    for item, text in TEXTS.items():
        spans = records[f"{item}-keys"]["label"]["parts"]
        assert sorted((text[one["start"] : one["end"]], one["kind"]) for one in spans) == sorted(wanted[item])
        assert all(words for words, _ in wanted[item])
        assert [one["text"] for one in spans] == [text[one["start"] : one["end"]] for one in spans]
    assert page.page.locator("[data-extra]").count() == 0


def test_the_text_is_shown_character_for_character(page):
    for item, text in TEXTS.items():
        page.find(f"{item}-shown")
        _select(page, 1, 7)
        page.press("1")
        assert page.page.evaluate("document.querySelector('.source').textContent") == text


def test_a_selection_never_splits_a_character(page):
    page.find("i0-pair")
    _select(page, 1, 3)
    page.press("2")
    page.idle()
    assert page.served.records(OWN)["i0-pair"]["label"]["parts"] == [
        {"start": 0, "end": 2, "kind": "two", "text": "😀😀"}
    ]


def test_a_double_click_marks_a_word_and_overlaps_show_both_kinds(page):
    page.find("i0-overlap")
    _select(page, 5, 12)
    page.press("1")
    _select(page, 9, 12)
    page.press("/")
    page.type("K28")
    page.press("Enter")
    page.idle()
    assert page.page.locator("mark.overlap").inner_text() == "met"
    assert page.page.locator("mark.overlap").get_attribute("title") == "one + k28"
    parts = page.served.records(OWN)["i0-overlap"]["label"]["parts"]
    assert [TEXTS["i0"][one["start"] : one["end"]] for one in parts] == ["Bob met", "met"]
    box = page.page.locator("mark").first.bounding_box()
    page.page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] - 8)
    assert _selected(page).strip() in {"Bob", "met"}


def test_spans_are_changed_and_removed_in_the_list_by_keyboard(page):
    item = "i2-list"
    page.find(item)
    _select(page, 0, 4)
    page.press("1")
    _select(page, 5, 7)
    page.press("2")
    page.page.locator(".elements .element").first.focus()
    page.press("/")
    page.type("thr")
    page.press("Enter")
    page.idle()
    assert [one["kind"] for one in page.served.records(OWN)[item]["label"]["parts"]] == ["three", "two"]
    page.press("Delete")
    page.idle()
    assert [one["kind"] for one in page.served.records(OWN)[item]["label"]["parts"]] == ["two"]
    page.press("Delete")
    page.press("-")
    page.idle()
    assert page.served.records(OWN)[item]["label"]["parts"] == []


def test_the_same_part_is_marked_once_and_a_kind_without_a_selection_says_what_to_do(page):
    page.find("i3-twin")
    page.press("1")
    page.says("first select a part of the text", "#fault-0")
    _select(page, 0, 4)
    page.press("1")
    page.says("span 0 to 4 ends in white space", "#fault-0")
    _select(page, 0, 4)
    page.press("1")
    page.says("this part is already marked", "#fault-0")
    page.idle()
    assert page.served.records(OWN)["i3-twin"]["label"]["parts"] == [
        {"start": 0, "end": 4, "kind": "one", "text": TEXTS["i3"][:4]}
    ]


def test_the_text_cannot_be_changed_by_typing_pasting_dropping_or_composing(page):
    page.find("i3-fixed")
    source = page.page.locator(".source")
    source.focus()
    page.press("Control+a", "x", "Delete", "Backspace", "Control+x", "Control+v")
    page.page.keyboard.insert_text("愛")
    session = page.page.context.new_cdp_session(page.page)
    session.send("Input.imeSetComposition", {"text": "かな", "selectionStart": 2, "selectionEnd": 2})
    session.send("Input.insertText", {"text": "仮名"})
    assert source.evaluate("(one) => one.textContent") == TEXTS["i3"]
