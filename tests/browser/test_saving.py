import json
import re
import subprocess

import pytest

from browsing import forked, make_project, reference_files

BATCH = "labels/triage/2026-11-round-3"
OWN = f"{BATCH}/ada.jsonl"
ANSWER = ("2", "3", "1")


@pytest.fixture
def page(triage, tab):
    window = tab(triage.address)
    window.served = triage
    return window


def _record(page, item=None):
    page.idle()
    return page.served.records(OWN).get(item or page.page.inner_text("#item-id"))


def test_two_windows_that_answer_differently_ask_which_answer_stays(page, tab):
    page.jump(1)
    other = tab(page.served.address)
    other.jump(1)
    page.press(*ANSWER)
    assert _record(page)["label"]["intent"] == "problem"
    other.press("3", "1", "-")
    other.page.get_by_role("heading", name="This answer was changed elsewhere").wait_for()
    assert other.page.inner_text("#conflict-theirs").split("\n")[:2] == ["Intent", "problem"]
    assert other.page.inner_text("#conflict-mine").split("\n")[:2] == ["Intent", "billing"]
    assert _record(page)["label"]["intent"] == "problem"
    other.press("2")
    other.idle()
    assert _record(page)["label"]["intent"] == "billing"
    page.press("[", "[", "5")
    page.page.get_by_role("heading", name="This answer was changed elsewhere").wait_for()
    page.press("1")
    page.says("Saved")
    assert page.page.locator("#field-0 .chip").nth(2).locator("input").is_checked()
    assert _record(page)["label"]["intent"] == "billing"


def test_undo_takes_back_change_by_change_wherever_it_was(page):
    page.jump(2)
    item = page.page.inner_text("#item-id")
    page.press(*ANSWER, "[", "[", "4")
    assert _record(page, item)["label"]["intent"] == "refund"
    page.press("n")
    page.at(3)
    page.press("u")
    page.at(2)
    assert _record(page, item)["label"]["intent"] == "problem"
    page.press("u")
    page.says("Unfinished: 1 field needed")
    assert _record(page, item) is None
    page.press("u", "u")
    page.says("Not answered yet")


def test_a_skip_has_a_reason_goes_on_and_is_taken_back_by_an_answer(page):
    page.jump(4)
    item = page.page.inner_text("#item-id")
    page.press("s", "1")
    page.at(5)
    skip = _record(page, item)["skip"]
    page.press("p")
    page.at(4)
    page.says(skip, "#skipped")
    page.press("s")
    page.page.locator("#skip-text").fill("not-support")
    page.page.locator("#skip-text").press("Enter")
    page.at(5)
    assert _record(page, item)["skip"] == "not-support"
    page.press("p", *ANSWER)
    assert "skip" not in _record(page, item)
    assert _record(page, item)["label"]["urgency"] == 3


def test_the_server_goes_away_and_comes_back_and_nothing_is_lost(warm, tab, tmp_path):
    root = make_project(tmp_path / "project", {**reference_files(), OWN: ""})
    with forked(warm, root, "triage", "2026-11-round-3", "--as", "ada") as served:
        page = tab(served.address, locale="en")
        page.served = served
        served.stop()
        page.press(*ANSWER)
        page.says("does not answer", "#banners")
        page.says(f"assay annotate triage 2026-11-round-3 --port {served.port}", "#banners")
        page.says("Not saved yet")
        item = page.page.inner_text("#item-id")
        page.press("n")
        page.at(2)
        page.press("1", "1", "-")
        second = page.page.inner_text("#item-id")
        assert served.records(OWN) == {}
        with page.page.expect_event("dialog"):
            page.page.close(run_before_unload=True)
        assert page.dialogs == ["beforeunload"]
    with forked(warm, root, "triage", "2026-11-round-3", "--as", "ada", "--port", served.port) as again:
        page.page.context.new_page().goto(again.address)
        page.idle()
        page.page.locator("#banners .banner").wait_for(state="detached")
        records = again.records(OWN)
        assert records[item]["label"]["intent"] == "problem"
        assert records[second]["label"]["topics"] == []


def test_another_branch_a_broken_file_and_a_fault_are_said_and_lose_nothing(warm, tab, tmp_path):
    root = make_project(tmp_path / "project", {**reference_files(), OWN: ""})
    with forked(warm, root, "triage", "2026-11-round-3", "--as", "ada") as served:
        page = tab(served.address)
        page.served = served
        subprocess.run(["git", "switch", "--quiet", "main"], cwd=root, check=True)
        page.press(*ANSWER)
        page.says("opened on ada/work; the folder is now on main", "#banners")
        assert served.records(OWN) == {}
        page.page.get_by_role("button", name="Save on main").click()
        page.says("Saved")
        assert _record(page)["label"]["intent"] == "problem"
        whole = (root / OWN).read_text(encoding="utf-8")
        (root / OWN).write_text(whole + "{broken\n", encoding="utf-8")
        page.press("-")
        page.says("cannot be read, so it is not overwritten", "#banners")
        assert (root / OWN).read_text(encoding="utf-8").endswith("{broken\n")
        (root / OWN).write_text(whole, encoding="utf-8")
        page.page.get_by_role("button", name="Try again now").click()
        page.says("Saved")
        assert _record(page)["label"]["topics"] == []


def test_time_in_which_nobody_did_anything_is_not_counted(triage, tab):
    page = tab(triage.address, locale="en")
    page.served = triage
    page.page.clock.install()
    page.page.reload()
    page.jump(7)
    page.press("1")
    page.page.clock.fast_forward("10:00")
    page.press("2", "-")
    page.says("Saved")
    assert 30 <= _record(page)["seconds"] < 60


def test_an_item_sent_back_shows_the_words_of_the_reviewer_and_keeps_the_first_answer(serve, tab):
    returned = (
        '{"item":"msg-082","annotator":"ada","why":"look at the <b>wish</b> again","at":"2026-11-18T08:00:00Z"}\n'
    )
    served = serve({**reference_files(), f"{BATCH}/noor.returned.jsonl": returned}, "triage", "2026-11-round-3")
    page = tab(served.address)
    page.served = served
    assert page.page.inner_text("#item-id") == "msg-082"
    page.says("look at the <b>wish</b> again", "#returned")
    page.press("2")
    record = _record(page, "msg-082")
    assert record["first"]["intent"] == "how-to"
    assert record["label"]["intent"] == "problem"


def test_enter_stands_by_an_answer_that_came_back(serve, tab):
    returned = '{"item":"msg-082","annotator":"ada","why":"look again","at":"2026-11-18T08:00:00Z"}\n'
    served = serve({**reference_files(), f"{BATCH}/noor.returned.jsonl": returned}, "triage", "2026-11-round-3")
    page = tab(served.address)
    page.served = served
    page.says("or keep it with Enter", "#returned")
    before = _record(page, "msg-082")
    page.press("Enter")
    page.says("Saved")
    after = _record(page, "msg-082")
    assert (after["label"], "first" in after) == (before["label"], False)
    assert after["at"] > "2026-11-18T08:00:00Z" > before["at"]


def test_a_suggestion_for_the_guideline_is_kept_with_its_section(page):
    page.jump(6)
    page.press("1", "i")
    page.says("Urgency", "#suggest-section")
    page.type("Say what 2 is on a Sunday.")
    page.page.get_by_role("button", name="Save the suggestion").click()
    page.page.locator("#suggest").wait_for(state="hidden")
    kept = (page.served.root / ".assay/suggestions/triage.jsonl").read_text(encoding="utf-8")
    assert "Say what 2 is on a Sunday." in kept
    assert re.search(r'"section": ?"g-urgency"', kept)


def test_a_suggested_label_is_accepted_with_one_key_and_recorded(serve, tab):
    batch = reference_files()[f"{BATCH}/batch.yaml"] + b"prelabels: sorter-1\n"
    served = serve({**reference_files(), f"{BATCH}/batch.yaml": batch}, "triage", "2026-11-round-3")
    page = tab(served.address)
    page.served = served
    page.says("sorter-1 suggests", "#suggestion")
    page.press("a")
    page.says("Saved")
    record = _record(page)
    assert record["suggestion"]["by"] == "sorter-1"
    assert record["label"]["intent"] == record["suggestion"]["shown"]["intent"]


def test_a_qualifying_batch_tells_after_each_answer_what_was_expected_and_locks_it(serve, tab):
    gold = {one: line for one, line in _gold().items() if line["label"]["intent"] != "feedback"}
    items = sorted(gold)[:3]
    plan = "".join(f'{{"item":"{item}","annotators":["ada"]}}\n' for item in items)
    files = {
        **reference_files(),
        "labels/triage/trial/batch.yaml": "purpose: qualify\nstatus: open\ncreated: 2026-11-20\nguideline: 1.1.0\nseed: 3\n",
        "labels/triage/trial/assignments.jsonl": plan,
    }
    served = serve(files, "triage", "trial")
    page = tab(served.address)
    item = page.page.inner_text("#item-id")
    page.press("6", "1", "-")
    page.says("Ready to hand in")
    assert served.records("labels/triage/trial/ada.jsonl") == {}
    page.press("Enter")
    page.says("Not as expected", "#feedback")
    page.says(f"Expected: {gold[item]['label']['intent']}", "#field-0 + .verdict")
    page.page.locator("#field-0 + .verdict button").click()
    assert gold[item]["label"]["intent"] in page.page.locator(".guide-text .in-hand").first.inner_text()
    page.press("1")
    assert served.records("labels/triage/trial/ada.jsonl")[item]["label"]["intent"] == "feedback"
    assert page.page.locator("#field-0 input").first.is_disabled()
    page.press("n")
    page.at(2)


def _gold():
    lines = reference_files()["labels/triage/gold/noor.jsonl"].decode().splitlines()
    return {record["item"]: record for record in map(json.loads, lines)}
