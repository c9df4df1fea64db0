import contextlib

import pytest

from browsing import BROWSER, FLAGS, GALLERY, MISSING, USUAL, forked, make_project, png, reference_files, task_files

TRIAGE = "labels/triage/2026-11-round-3/ada.jsonl"
LONG = 60_000
CALM = """() => !document.querySelector('dialog[open], .banner') && document.querySelector('#guide').checkVisibility()
  && !window.violations.length"""
NAMES = """async () => {
  const { total } = JSON.parse(document.querySelector('#config').textContent);
  return Promise.all(Array.from({ length: total }, async (_, n) => (await (await fetch(`/items/${n}`)).json()).item));
}"""


@pytest.fixture(scope="session", autouse=True)
def _browser_here(request):
    if request.config.option.quick:
        pytest.skip("starts a browser")
    if MISSING:
        pytest.skip(f"the page is not tested in a browser: {MISSING}")


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - this folder is read without it, too

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS, timeout=LONG)
        yield browser
        browser.close()


class Tab:
    """A window on the page, with what went wrong in it."""

    def __init__(self, page):
        self.page = page
        self.errors = []
        self.dialogs = []
        self.names = []
        page.set_default_timeout(LONG)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", self.dismiss)
        page.add_init_script(
            "window.violations = [];"
            "document.addEventListener('securitypolicyviolation', (e) => window.violations.push(e.violatedDirective + ' ' + e.blockedURI));"
        )

    def dismiss(self, dialog):
        """Takes down that the browser asked something; whoever wanted to leave stays."""
        self.dialogs.append(dialog.type)
        dialog.dismiss()

    def open(self, address):
        """Opens the address that `assay annotate` printed, and waits for the first item."""
        self.page.goto(address)
        self.page.locator("#where").filter(has_text="Item").wait_for()
        return self

    def press(self, *keys):
        """Presses keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text):
        """Types text."""
        self.page.keyboard.type(text)

    def at(self, number):
        """Waits until the item with that number is shown."""
        self.page.locator("#where").filter(has_text=f"Item {number} of").wait_for()

    def says(self, text, place="#state"):
        """Waits until a place says something."""
        self.page.locator(place).filter(has_text=text).wait_for()

    def idle(self):
        """Waits until everything is on disk."""
        self.page.locator("#state[data-pending='0']").wait_for(state="attached")

    def jump(self, number):
        """Goes to the item with that number."""
        self.press("Escape", "j")
        self.type(str(number))
        self.press("Enter")
        self.at(number)

    def find(self, item):
        """Goes to the item of that name; in which order items come, the page's server decides."""
        self.names = self.names or self.page.evaluate(NAMES)
        self.jump(self.names.index(item) + 1)

    @property
    def violations(self):
        return self.page.evaluate("window.violations")


class Desktop:
    """What one person has open: windows of the usual size, each kept for the next test of its page."""

    def __init__(self, context):
        self.context = context
        self.kept = {}

    def open(self, address):
        """A window on a page: the one that is open on it already, where nothing in it waits for an answer."""
        tab = self.kept.pop(address, None)
        if tab and tab.page.evaluate(CALM):
            return tab
        if tab:
            tab.page.close()
        return Tab(self.context.new_page()).open(address)

    def keep(self, address, tab):
        """Leaves a window open for the next test; another one on the same page is closed."""
        if tab.page.is_closed():
            return
        if address in self.kept or tab.errors or tab.dialogs:
            tab.page.close()
        else:
            self.kept[address] = tab


@pytest.fixture(scope="session")
def desktop(chromium):
    """The windows that tests share."""
    with chromium.new_context(viewport=USUAL) as context:
        yield Desktop(context)


@pytest.fixture
def tab(chromium, desktop):
    """Opens windows; at the end nothing may have been thrown or refused in any of them.

    The same window serves many tests, each at items of its own. One of another kind is opened in a browser of its own.
    """
    with contextlib.ExitStack() as stack:
        tabs = []

        def _tab(address, **context):
            if context:
                window = stack.enter_context(chromium.new_context(**{"viewport": USUAL, **context}))
                tabs.append(Tab(window.new_page()).open(address))
            else:
                tabs.append(desktop.open(address))
                stack.callback(desktop.keep, address, tabs[-1])
            return tabs[-1]

        yield _tab
        assert [tab.errors for tab in tabs if tab.errors] == []
        assert [tab.violations for tab in tabs if tab.violations] == []


@pytest.fixture(scope="session")
def serve(warm, tmp_path_factory):
    """Starts the page on a project made of files, until all tests are through."""
    with contextlib.ExitStack() as stack:

        def _serve(files, *arguments, who="ada"):
            root = make_project(tmp_path_factory.mktemp("project"), files)
            return stack.enter_context(forked(warm, root, *arguments, "--as", who))

        yield _serve


@pytest.fixture(scope="session")
def triage(serve):
    """The reference project, nothing answered yet; each test that answers has items of its own, by number."""
    return serve({**reference_files(), TRIAGE: ""}, "triage", "2026-11-round-3")


@pytest.fixture(scope="session")
def garden(serve):
    """Every kind of field but a pair; each test that answers has items of its own, by number."""
    items = {f"i{n:02}": {"picture": "media/g.png", "words": ["A", "robin", "in", "Green", "Park"]} for n in range(28)}
    return serve({**task_files("garden", GALLERY, items), "labels/items/garden/media/g.png": png(120, 80)}, "garden")
