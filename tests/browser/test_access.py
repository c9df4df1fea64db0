import pytest

NAMELESS = """[...document.querySelectorAll('button, input, textarea, [tabindex="0"], audio, img')].filter((one) => {
  const name = one.getAttribute('aria-label') || one.alt || [...(one.labels ?? [])].map((label) => label.textContent).join('')
    || (one.matches('button') ? one.textContent : '');
  return !name.trim();
}).map((one) => one.outerHTML)"""
WIDE = """[...document.querySelectorAll('body *')].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width > 0 && box.right > innerWidth + 1 && !one.closest('.skip-link');
}).map((one) => one.outerHTML.slice(0, 120))"""
FAINT = """(() => {
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (one) => { for (let at = one; at; at = at.parentElement) { const c = rgb(getComputedStyle(at).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  return [...document.querySelectorAll('body *')].filter((one) => one.checkVisibility() && !one.matches(':disabled')
    && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())).map((one) => {
    const [high, low] = [light(rgb(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => b - a);
    return [(high + 0.05) / (low + 0.05), one.outerHTML.slice(0, 120)];
  }).filter(([ratio]) => ratio < 4.5);
})()"""


WINDOWS = {"phone": (400, 800), "200 % zoom": (640, 400), "small laptop": (1024, 640)}


@pytest.fixture(params=["triage", "garden"])
def served(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def page(served, garden, tab):
    """A window on an item of its own, which is answered in part and never saved."""
    window = tab(served.address)
    window.jump(27 if served is garden else 9)
    return window


def test_every_control_has_a_name(page, served, garden):
    page.press("b", "-") if served is garden else page.press("1")
    assert page.page.evaluate(NAMELESS) == []


def test_wherever_tab_leads_the_focus_is_seen(triage, tab):
    page = tab(triage.address)
    page.jump(9)
    seen = set()
    for _ in range(40):
        page.press("Tab")
        place, visible = page.page.evaluate(
            """(() => { const one = document.activeElement; const shown = one.closest('.chip') ?? one;
            return [one.outerHTML.slice(0, 80), one === document.body || getComputedStyle(shown).outlineStyle !== 'none']; })()"""
        )
        assert visible, place
        seen.add(place)
    assert len(seen) > 20


def test_nothing_is_wider_than_the_window(served, tab):
    page = tab(served.address, viewport={"width": 400, "height": 800}, device_scale_factor=2)
    for name, (width, height) in WINDOWS.items():
        page.page.set_viewport_size({"width": width, "height": height})
        if width < 900 and page.page.locator("#guide").is_visible():
            page.press("g")
        for key in ("?", "Escape"):
            assert page.page.evaluate(WIDE) == [], name
            assert page.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), name
            page.press(key)


def test_text_stands_out_from_what_is_behind_it(page):
    page.press("2", "?", "Escape")
    for scheme in ("dark", "light"):
        page.page.emulate_media(color_scheme=scheme)
        assert page.page.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
        assert page.page.evaluate(FAINT) == []


def test_the_value_in_hand_has_its_section_marked_without_losing_the_focus(triage, tab):
    page = tab(triage.address)
    page.jump(9)
    page.page.locator("#field-0 .chip").nth(3).hover()
    assert page.page.locator(".guide-text .in-hand").first.inner_text() == "refund"
    page.page.locator("#field-0 input").nth(1).focus()
    page.press("ArrowRight")
    assert page.page.locator(".guide-text .in-hand").first.inner_text() == "billing"
    assert page.page.evaluate("document.activeElement.name") == "field-0"


def test_the_guideline_is_a_drawer_on_a_narrow_window(triage, tab):
    page = tab(triage.address, viewport={"width": 800, "height": 640})
    assert not page.page.locator("#guide").is_visible()
    page.press("g")
    assert page.page.locator("#guide").is_visible()
    page.page.get_by_role("button", name="Close", exact=True).click()
    assert not page.page.locator("#guide").is_visible()
