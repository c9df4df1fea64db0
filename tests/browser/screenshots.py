"""Makes `docs/screenshots/`: `.venv/bin/python tests/browser/screenshots.py`, from the reference project's invented data."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Browser, Page, sync_playwright

from browsing import (
    BROWSER,
    FLAGS,
    GALLERY,
    REPOSITORY,
    batch_files,
    make_project,
    png,
    reference_files,
    serving,
    task_files,
)

FOLDER = REPOSITORY / "docs" / "screenshots"
TRIAGE = ("triage", "2026-11-round-3", "--as", "ada")
GUIDE = """# What is on the wall?

## What is seen

Draw a box around each animal and each leaf that you can name from the picture alone.

### `bird`

The whole bird, with its tail and its feet. A shadow is not part of it.

### `leaf`

A leaf that lies on its own. Leaves on a branch are not marked.

## How many birds

Count those that you have drawn, and no others.
"""


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    page.locator("#state[data-pending='0']").wait_for(state="attached")


def _form(page: Page) -> None:
    _press(page, "2", "3", "1")
    page.locator("#field-0 .chip").nth(1).hover()


def _spans(page: Page) -> None:
    page.evaluate("history.replaceState(null, '', '#1')")
    while "Larkspur" not in page.locator(".source").inner_text():
        _press(page, "n")
        page.wait_for_timeout(100)
    place = page.locator(".source").evaluate("(one) => one.textContent.indexOf('Larkspur')")
    page.locator(".source").focus()
    _press(page, "Control+Home", *["ArrowRight"] * place, *["Shift+ArrowRight"] * 13, "2", "]", "[")
    page.locator("#field-3 [data-kind='1']").hover()
    page.locator("#field-3").scroll_into_view_if_needed()


def _pair(page: Page) -> None:
    _press(page, "1", "4")


def _error(page: Page) -> None:
    _press(page, "]")
    page.keyboard.type("120")
    page.keyboard.press("Escape")
    _press(page, "n")
    page.locator("#field-3").scroll_into_view_if_needed()


def _boxes(page: Page) -> None:
    image = page.locator(".frame img")
    image.evaluate("(one) => one.decode()")
    box = image.bounding_box()
    assert box
    for left, top, right, bottom in ((0.2, 0.44, 0.43, 0.74), (0.56, 0.42, 0.79, 0.72)):
        page.mouse.move(box["x"] + left * box["width"], box["y"] + top * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + right * box["width"], box["y"] + bottom * box["height"])
        page.mouse.up()


def _finished(page: Page) -> None:
    for _ in range(14):
        if page.locator("#end").is_visible():
            break
        _press(page, "1", "2", "-")
        _press(page, "Enter")
        page.wait_for_timeout(100)


def _conflict(page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("#where").filter(has_text="Item").wait_for()
    _press(page, "2", "3", "1")
    for key in ("1", "2", "-"):
        other.keyboard.press(key)
    other.locator("#conflict").wait_for()
    other.screenshot(path=FOLDER / "conflict.png")
    other.close()


def _shoot(browser: Browser, root: Path, arguments: tuple[str, ...], act: Callable[[Page], None], name: str) -> None:
    with serving(root, *arguments) as served:
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(served.address)
        page.locator("#where").filter(has_text="Item").wait_for()
        act(page)
        page.wait_for_timeout(300)
        if name != "conflict":
            page.screenshot(path=FOLDER / f"{name}.png")
        page.close()


def main() -> None:
    """Makes them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    pairs = batch_files("preference", "2026-11-round-3", [f"cmp-{n:03}" for n in range(5, 20)], guideline="1.1.0")
    garden = task_files("garden", GALLERY, {"wall-1": {"picture": "media/wall.png"}}, body=GUIDE)
    shots = {
        "form": (reference_files(), TRIAGE, _form),
        "spans": ({**reference_files(), "labels/triage/2026-11-round-3/ada.jsonl": ""}, TRIAGE, _spans),
        "pairwise": ({**reference_files(), **pairs}, ("preference", "2026-11-round-3", "--as", "ada"), _pair),
        "boxes": ({**garden, "labels/items/garden/media/wall.png": png(1200, 720)}, ("garden", "--as", "ada"), _boxes),
        "error": ({**garden, "labels/items/garden/media/wall.png": png(1200, 720)}, ("garden", "--as", "ada"), _error),
        "finished": (reference_files(), TRIAGE, _finished),
        "conflict": (reference_files(), TRIAGE, _conflict),
    }
    wanted = sys.argv[1:] or list(shots)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        for name in wanted:
            files, arguments, act = shots[name]
            _shoot(browser, make_project(Path(folder) / name, files), arguments, act, name)
        browser.close()


if __name__ == "__main__":
    main()
