import pytest

from browser.rhythm import LOOK, WORDS, Task, campaign, project
from browsing import forked, task_files

SEED, SAMPLE = 20261130, 6
BLIND = {
    "line-after-choice": (("choice", "line"), "1 Enter 2 Enter", [{"f": "a"}, {"f": "b"}]),
    "text-after-choice": (("choice", "text"), "1 Enter 2 Enter", [{"f": "a"}, {"f": "b"}]),
    "whole-after-rating": (("rating", "number"), "4 Enter 0 Enter", [{"f": 4}, {"f": 0}]),
    "text-after-number": (("number", "text"), "6 4 Enter 7 0 Enter", [{"f": 64}, {"f": 70}]),
    "list-after-ranking": (("ranking", "list"), "2 1 3 Enter 1 2 3 Enter", [{"f": ["y", "x", "z"]}, {"f": ["x", "y", "z"]}]),
    "line-before-tree": (("line", "tree"), "1 2 Enter 2 Enter", [{"g": "animal/fish"}, {"g": "plant"}]),
}  # fmt: skip
DEMANDING = Task("demanding", ("spans", "choices"), (True, True))
WORDY = Task("wordy", ("choice", "text"), (True, True))
SHARED = Task("shared", ("spans", "spans"), (True, True))
HELD = Task("held", ("rating", "rating"), (True, True))
LEANING = Task("leaning", ("choice", "number"), (True, True))
LISTED = Task("listed", ("list", "choice"), (True, False))
STEPS = """
type: object
required: [tags]
properties:
  tags: {type: array, x-scale: sequence, x-source: words, items: {enum: [N, V]}}
  lemmas: {type: array, x-scale: sequence, x-source: words, items: {type: string}}
  path: {type: array, x-scale: tree, items: {type: string}}
  sizes: {type: array, x-scale: set, items: {type: number}}
  order: {type: array, x-scale: ranking, items: {enum: [x, y]}}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    tasks = [Task(name, kinds, (kinds[0] != "line", kinds[0] == "line")) for name, (kinds, *_) in BLIND.items()]
    return project(
        tmp_path_factory.mktemp("rhythm") / "project", [*tasks, DEMANDING, WORDY, SHARED, HELD, LEANING, LISTED]
    )


@pytest.fixture
def page(root, warm, tab):
    """Opens a task of the project."""
    opened = []

    def _page(name):
        opened.append(forked(warm, root, name, "--as", "ada"))
        served = opened[-1].__enter__()
        window = tab(served.address)
        window.records = lambda: served.records(f"labels/{name}/round-1/ada.jsonl")
        return window

    yield _page
    for one in opened:
        one.__exit__(None, None, None)


def test_a_sample_of_pairs_of_fields_is_labelled_by_keys_as_it_was_meant(chromium, warm, tmp_path):
    typed, found = campaign(tmp_path / "project", warm, chromium.new_page(), SEED, SAMPLE)
    assert (typed, found) == (3 * SAMPLE, [])


@pytest.mark.parametrize("name", BLIND)
def test_keys_that_are_typed_blindly_never_land_in_a_field_that_was_not_chosen(page, name):
    _, keys, meant = BLIND[name]
    window = page(name)
    items = []
    for key in keys.split():
        if len(items) == len(window.records()):
            items.append(window.page.inner_text("#item-id"))
        window.press(key)
        window.idle()
    assert [window.records()[item]["label"] for item in dict.fromkeys(items) if item in window.records()] == meant
    window.at(3)


def test_a_digit_begins_no_text_in_a_box_that_was_not_chosen_and_the_page_says_so(page):
    window = page("wordy")
    window.press("1", "2")
    window.says("a digit is a key of other fields", "#fault-1")
    window.type("x2")
    window.idle()
    assert [one["label"] for one in window.records().values()] == [{"f": "a", "g": "x2"}]
    window.press("Control+Enter", "1", "Escape", "Tab", "2")
    window.idle()
    assert sorted(one["label"]["g"] for one in window.records().values()) == ["2", "x2"]


def test_what_is_needed_is_an_act_of_its_own_and_enter_says_once_what_is_open(page):
    window = page("demanding")
    for _ in range(2):
        assert window.page.evaluate(LOOK)["marked"] == 0
        window.press("Enter")
        window.at(1)
        window.says("an answer is needed here", "#fault-0")
        window.says("an answer is needed here", "#fault-1")
        window.press("Enter")
        window.at(2)
        window.press("p")
        window.at(1)
    window.press("Control+Home", "Shift+ArrowRight", "1", "Delete", "]", "1", "1", "-", "Enter")
    window.at(1)
    window.says("Unfinished: 1 field needed")
    assert window.page.evaluate(LOOK)["marked"] == 0
    assert window.records() == {}
    window.page.locator("#field-0 [data-none]").focus()
    window.press("Space", "Enter")
    window.at(2)
    window.idle()
    assert [one["label"] for one in window.records().values()] == [{"f": [], "g": []}]
    window.press("-", "]", "1")
    window.page.locator("#field-0 [data-kind='1']").focus()
    window.press("Enter")
    window.at(3)


def test_two_fields_of_marks_share_a_text_and_each_gets_its_own(page):
    window = page("shared")
    marks = ("Control+Home", *["Shift+ArrowRight"] * 3)
    window.press(*marks, "1", "Enter", *marks, "2", "Enter")
    window.at(2)
    window.idle()
    [label] = [one["label"] for one in window.records().values()]
    assert [[one["kind"] for one in label[name]] for name in "fg"] == [["name"], ["place"]]
    window.press("n")
    window.at(3)


def test_a_key_that_is_held_down_counts_once(page):
    window = page("held")
    for key in "2" * 3 + "3" + "\n" * 3:
        window.page.keyboard.down(key)
    window.at(2)
    window.idle()
    assert [one["label"] for one in window.records().values()] == [{"f": 2, "g": 3}]


def test_a_key_that_is_held_down_types_into_no_box_but_the_one_it_was_pressed_in(page):
    window = page("leaning")
    for key in "111":
        window.page.keyboard.down(key)
    window.page.keyboard.up("1")
    for key in "77":
        window.page.keyboard.down(key)
    window.idle()
    assert [one["label"] for one in window.records().values()] == [{"f": "a", "g": 77}]


def test_emptying_a_box_by_a_key_that_is_held_down_takes_no_member_out_of_the_list(page):
    window = page("listed")
    window.press("o", "n", "e", "Enter", "t", "w")
    for _ in range(4):
        window.page.keyboard.down("Backspace")
    window.idle()
    assert window.page.locator("#field-0 .elements li").count() == 1


def test_sequences_rankings_paths_and_lists_are_made_step_by_step_and_kept_while_one_looks_elsewhere(serve, tab):
    served = serve(task_files("steps", STEPS, {f"i{n}": {"words": WORDS} for n in range(3)}), "steps")
    window = tab(served.address)
    item = window.page.inner_text("#item-id")
    window.press("1", "2", "n", "n")
    window.at(2)
    window.press("p")
    window.at(1)
    window.press("1", "Backspace", "2", "ArrowLeft", "2", "1")
    window.idle()
    assert served.records("labels/steps/round-1/ada.jsonl")[item]["label"] == {"tags": ["N", "V", "N"]}
    window.press("ArrowLeft", "ArrowLeft", "2", "]")
    for word in ("rain", "fall", "soon"):
        window.type(word)
        window.press("Enter") if word != "soon" else None
    window.press("Escape", "]")
    for step in ("Dept", "In/Out", "no"):
        window.type(step)
        window.press("Enter")
    window.press("Backspace", "Escape", "]")
    window.type("1,5")
    window.press("Enter")
    window.type("1.5")
    window.press("Tab", "Escape", "]", "2")
    window.press("Tab", "Tab")
    window.says("1 still has no place", "#fault-4")
    window.press("[", "Escape", "]", "1")
    window.says("Saved")
    window.idle()
    label = served.records("labels/steps/round-1/ada.jsonl")[item]["label"]
    assert label == {
        "tags": ["V", "V", "N"],
        "lemmas": ["rain", "fall", "soon"],
        "path": ["Dept", "In/Out"],
        "sizes": [1.5],
        "order": ["y", "x"],
    }
