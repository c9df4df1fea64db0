import pytest

from browsing import task_files

SCHEMA = """
type: object
required: [size]
properties:
  size: {title: Size, type: number}
  count: {title: Count, type: integer}
  words: {title: Words, type: string}
"""
OWN = "labels/sizes/round-1/ada.jsonl"
READ = {
    "1.5": 1.5,
    "1,5": 1.5,
    "0,125": 0.125,
    "1e3": 1000,
    "-5": -5,
    "\u22125": -5,
    "12 000": 12000,
    "1\u202f234\u202f567,5": 1234567.5,
    "\u0663\u066b\u0665": 3.5,
    "\u0967\u0968": 12,
    "\uff11\uff12": 12,
    " +2. ": 2,
}
REFUSED = {
    "1,000": "is ambiguous: write 1000 or 1.000",
    "9007199254740993": "too large to be kept exactly",
    "1e400": "too large to be kept exactly",
    "0x10": "not a number",
    "12 00": "not a number",
    "1.000,5": "not a number",
    "five": "not a number",
}


@pytest.fixture(scope="module")
def sizes(serve):
    return serve(task_files("sizes", SCHEMA, {f"i{n}": {} for n in range(3)}), "sizes")


def test_numbers_are_read_in_the_ways_in_which_people_type_them_and_never_guessed(sizes, tab):
    page = tab(sizes.address).page
    ask = "async (all) => { const m = await import('/static/numbers.js'); return all.map((one) => [m.readNumber(one) ?? null, m.numberFault(one)]); }"
    assert page.evaluate(ask, list(READ)) == [[value, ""] for value in READ.values()]
    for (value, fault), said in zip(page.evaluate(ask, list(REFUSED)), REFUSED.values(), strict=True):
        assert value is None
        assert said in fault


def test_words_that_are_no_number_are_marked_when_one_leaves_the_box(sizes, tab):
    page = tab(sizes.address)
    page.jump(1)
    page.type("1,000")
    assert page.page.locator("#fault-0").is_hidden()
    page.press("Tab")
    page.says("write 1000 or 1.000", "#fault-0")
    assert page.page.locator("#field-0 .entry").get_attribute("aria-invalid") == "true"


def test_optional_answers_that_are_emptied_are_absent_and_a_needed_one_is_asked_for_again(sizes, tab):
    page = tab(sizes.address)
    page.jump(2)
    item = page.page.inner_text("#item-id")
    page.type("7")
    page.page.locator("#field-1 .entry").fill("3")
    page.page.locator("#field-2 .entry").fill("two\nlines")
    page.idle()
    assert sizes.records(OWN)[item]["label"] == {"size": 7, "count": 3, "words": "two\nlines"}
    page.page.locator("#field-1 .entry").fill("")
    page.page.locator("#field-2 .entry").fill("")
    page.idle()
    assert sizes.records(OWN)[item]["label"] == {"size": 7}
    page.page.locator("#field-0 .entry").fill("")
    page.says("1 field needed; the earlier answer is kept")
    page.press("Escape", "n")
    page.says("an answer is needed here", "#fault-0")
    page.at(2)


def test_an_answer_that_is_too_long_is_refused_at_its_item_and_holds_up_no_other(sizes, tab):
    page = tab(sizes.address)
    page.jump(3)
    item = page.page.inner_text("#item-id")
    page.type("1")
    page.idle()
    page.page.evaluate(
        """() => { const box = document.querySelector('#field-2 .entry'); box.style.display = 'none';
        box.value = 'x'.repeat(1_100_000); box.dispatchEvent(new Event('input', { bubbles: true })); }"""
    )
    page.says("the request is larger than 1 MiB", "#banners")
    page.says("Not saved")
    page.page.evaluate(
        """() => { const box = document.querySelector('#field-2 .entry'); box.style.display = '';
        box.value = 'short'; box.dispatchEvent(new Event('input', { bubbles: true })); }"""
    )
    page.says("Saved")
    page.idle()
    assert sizes.records(OWN)[item]["label"]["words"] == "short"
    assert page.page.locator("#banners .banner").count() == 0
