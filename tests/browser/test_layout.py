import pytest

from browsing import SPAN, task_files

VALUES = ", ".join(f"topic number {n}" for n in range(150))
PATHS = ", ".join(f"branch/lëaf {n}" for n in range(30))
SCHEMA = f"""
type: object
additionalProperties: false
required: [topic, names]
x-item: {{type: object, properties: {{text: {{title: Text, type: string}}}}}}
properties:
  topic: {{title: Topic, enum: [{VALUES}]}}
  names: {{title: Names, type: array, x-source: text, items: {SPAN}}}
  remark: {{title: Remark, type: string}}
  sure: {{title: Sure, type: boolean}}
  kind: {{title: Kind, x-scale: tree, enum: [{PATHS}]}}
"""
OWN = "labels/tale/round-1/ada.jsonl"
TALE = "\n\n".join(" ".join(f"w{n}" for n in range(start, start + 100)) for start in range(0, 10_000, 100))
WINDOWS = [(1366, 768), (1920, 1080), (1280, 800), (1024, 640)]
SEEN = """(selector) => {
  const one = document.querySelector(selector);
  let { left, top, right, bottom } = one.getBoundingClientRect();
  for (let at = one.parentElement; at; at = at.parentElement) {
    const pane = at.getBoundingClientRect();
    if (getComputedStyle(at).overflow === 'visible' && at !== document.body) continue;
    [left, top, right, bottom] = [Math.max(left, pane.left), Math.max(top, pane.top), Math.min(right, pane.right), Math.min(bottom, pane.bottom)];
  }
  return [Math.max(0, right - left), Math.max(0, bottom - top)];
}"""
FIRST = "() => { const range = new Range(); range.setStart(document.querySelector('.source').firstChild, 0); return range.getBoundingClientRect().top - document.querySelector('#item').getBoundingClientRect().top; }"
CARET = "() => { const { top, bottom } = getSelection().getRangeAt(0).getBoundingClientRect(); const pane = document.querySelector('#item').getBoundingClientRect(); return top >= pane.top - 1 && bottom <= pane.bottom + 1; }"


@pytest.fixture(scope="module")
def served(serve):
    return serve(task_files("tale", SCHEMA, {f"tale-{width}": {"text": TALE} for width, _ in WINDOWS}), "tale")


@pytest.mark.parametrize("size", WINDOWS, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_long_text_and_the_kinds_stay_in_sight_whatever_field_is_used(served, tab, size):
    page = tab(served.address, viewport={"width": size[0], "height": size[1]})
    page.find(f"tale-{size[0]}")

    def in_sight(selector):
        return page.page.evaluate(SEEN, selector)

    def both_in_sight():
        assert in_sight(".source")[1] > 120
        assert in_sight(".kinds button[data-kind='1']")[1] > 25

    assert 0 < page.page.evaluate(FIRST) < 120
    both_in_sight()
    page.press("/")
    page.type("ER 7")
    page.says("1 of 11: topic number 7", "#field-0")
    page.press("ArrowDown", "Enter")
    assert page.page.locator("#field-0 .chip:has(:checked)").inner_text() == "topic number 70"
    page.page.locator("#field-0 .chip").nth(149).click()
    assert in_sight(".source")[1] > 120
    page.page.locator("#field-4 button").focus()
    page.press("1", "/")
    page.type("leaf 29")
    page.press("Enter")
    page.page.locator(".source").focus()
    page.press("Control+End", "Control+Shift+ArrowLeft")
    both_in_sight()
    assert page.page.evaluate(CARET)
    assert page.page.evaluate("document.querySelector('#item').scrollTop") > 5_000
    page.press("2")
    both_in_sight()
    for field in ("#field-2 .entry", "#field-3 input", "#note"):
        page.page.locator(field).first.focus()
        assert in_sight(".source")[1] > 120
        assert in_sight(field)[1] > 10
    page.press("Escape")
    page.page.locator(".source").focus()
    assert page.page.evaluate(CARET)
    both_in_sight()
    page.idle()
    label = served.records(OWN)[f"tale-{size[0]}"]["label"]
    assert (label["topic"], label["kind"]) == ("topic number 149", "branch/lëaf 29")
    assert [TALE[one["start"] : one["end"]] for one in label["names"]] == ["w9999"]
