import json

from browsing import batch_files, reference_files

OWN = "labels/garden/round-1/ada.jsonl"


def test_twenty_items_with_every_kind_of_field_are_labelled_by_keyboard_alone(garden, tab):
    page = tab(garden.address)
    page.jump(1)
    for n in range(20):
        page.at(n + 1)
        page.press("b", "2", "ArrowRight", "Shift+ArrowDown", "Enter")
        page.type(str(n))
        page.press("Enter", "1" if n % 2 else "2", "[")
        page.type(f"{n},5")
        page.press("Escape", "]", "]")
        page.type(f"V{n}")
        page.press("Escape", "]", *["ArrowRight"] * 2, *["Control+Shift+ArrowRight"] * 2, "2", "]")
        page.type(f'{{"n":{n}}}')
        page.press("Escape")
        page.press("n")
    page.idle()
    records = (record["label"] for record in garden.records(OWN).values())
    labels = sorted((label for label in records if "n" in label.get("more", {})), key=lambda label: label["count"])
    assert [label["count"] for label in labels] == list(range(20))
    for n, label in enumerate(labels):
        assert label["seen"] == [{"x": 46, "y": 30, "width": 30, "height": 21, "kind": "leaf"}]
        assert label["weight"] == n + 0.5
        assert label["clear"] is (n % 2 == 0)
        assert label["caption"] == f"V{n}"
        assert label["named"] == [{"start": 1, "end": 3, "kind": "place"}]
        assert label["more"] == {"n": n}


def test_triage_of_the_reference_project_is_labelled_by_keyboard(triage, tab):
    page = tab(triage.address)
    page.jump(11)
    item = page.page.inner_text("#item-id")
    page.press("2", "3", "1", "4", "f", "1", "m")
    page.type("not sure")
    page.press("Escape", "Enter")
    page.idle()
    record = triage.records("labels/triage/2026-11-round-3/ada.jsonl")[item]
    assert record["label"] == {"intent": "problem", "urgency": 3, "topics": ["account", "network"]}
    assert record["flags"] == ["unsure"]
    assert record["note"] == "not sure"
    assert page.page.inner_text("#item-id") != item


def test_a_pair_is_answered_as_it_is_shown_and_stored_as_it_is_named(serve, tab):
    names = [f"cmp-{n:03}" for n in range(1, 9)]
    files = {**reference_files(), **batch_files("preference", "2026-11-round-3", names, "ada", guideline="1.1.0")}
    served = serve(files, "preference", "2026-11-round-3")
    page = tab(served.address)
    seen = {}
    for n in range(8):
        page.at(n + 1)
        assert page.page.locator("#field-0 .chip").nth(0).inner_text().endswith("Left")
        seen[page.page.inner_text("#item-id")] = page.page.locator(".pair .passage").nth(0).inner_text()
        page.press("1", "4", "Enter")
    page.page.get_by_role("heading", name="All done").wait_for()
    page.idle()
    lines = (served.root / "labels/items/preference/2026-09.jsonl").read_text(encoding="utf-8").splitlines()
    items = {one["id"]: one["data"] for one in map(json.loads, lines)}
    records = served.records("labels/preference/2026-11-round-3/ada.jsonl")
    for item, text in seen.items():
        record = records[item]
        assert items[item][record["label"]["better"]] == text
        assert record["shown"]["swap"] is (record["label"]["better"] == "b")
    assert {record["shown"]["swap"] for record in records.values()} == {True, False}


def test_values_have_their_keys_on_other_keyboard_layouts_too(triage, tab):
    page = tab(triage.address)
    page.jump(14)
    page.press("[", "]")
    page.page.locator("#field-0 input").first.dispatch_event("keydown", {"key": "/", "code": "Digit2", "bubbles": True})
    assert not page.page.locator("#field-0 input:checked").count()
    page.page.locator("#field-0 input").first.dispatch_event("keydown", {"key": "é", "code": "Digit2", "bubbles": True})
    assert page.page.locator("#field-0 .chip").nth(1).locator("input").is_checked()
    page.page.locator("#field-0 input").first.dispatch_event("keydown", {"key": "з", "code": "KeyP", "bubbles": True})
    page.at(13)


def test_keys_rest_in_a_text_box_and_escape_leaves_it(garden, tab):
    page = tab(garden.address)
    page.jump(22)
    page.press("m")
    page.type("n p s 1 ?")
    assert page.page.input_value("#note") == "n p s 1 ?"
    page.at(22)
    page.press("Escape", "p")
    page.at(21)


def test_a_missing_answer_is_asked_for_once_and_kept_when_left(garden, tab):
    page = tab(garden.address)
    page.jump(21)
    item = page.page.inner_text("#item-id")
    page.press("]")
    page.type("7")
    page.says("Unfinished: 2 fields needed")
    assert page.page.locator(".fault:not([hidden])").count() == 0
    page.press("Escape", "n")
    page.at(21)
    page.says("an answer is needed here", "#fault-0")
    page.says("an answer is needed here", "#fault-3")
    page.press("n")
    page.at(22)
    page.press("p")
    page.at(21)
    assert page.page.input_value("#field-1 .entry") == "7"
    assert item not in garden.records(OWN)
