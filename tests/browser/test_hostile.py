import html
import itertools
import json
import os
from pathlib import Path

import pytest

from browsing import png, task_files

pytestmark = pytest.mark.threat(20)

CALL = "alert(1)"
TAGS = ("script", "img", "svg", "iframe", "object", "embed", "video", "math", "style", "base", "form", "details")
HANDLERS = ("onerror", "onload", "ontoggle", "onfocus", "onpointerover", "onbegin")
PROTOCOLS = ("javascript:", "java\tscript:", "JaVaScRiPt:", "data:text/html,", "vbscript:", "&#106;avascript:")


def _vectors():
    for tag, handler in itertools.product(TAGS, HANDLERS):
        yield f"<{tag} src=x {handler}={CALL} autofocus tabindex=0 open>"
    for protocol in PROTOCOLS:
        link = f"{protocol}{CALL}"
        yield from (
            f'<a href="{link}">x</a>',
            f"[x]({link})",
            f"![x]({link})",
            f'<iframe src="{link}">',
            f"<{link}>",
            f'<form action="{link}"><button>x</button></form>',
        )
    for close, payload in itertools.product(
        ("</script>", "</textarea>", "</style>", "</title>", '">', "'>", "-->", "]]>", "</dialog>"),
        (
            f"<script>{CALL}</script>",
            f"<img src=x onerror={CALL}>",
            f"<svg onload={CALL}>",
            f"${{{CALL}}}{{{{{CALL}}}}}",
        ),
    ):
        yield close + payload
    yield from (
        html.escape(f"<img src=x onerror={CALL}>"),
        f"<svg><script href='data:,{CALL}'/>",
        f"<math><mtext><table><mglyph><style><img src=x onerror={CALL}>",
        f"%3Cscript%3E{CALL}%3C/script%3E",
        f"\u2028<img src=x onerror={CALL}>\u2029",
        f"\uff1cscript\uff1e{CALL}\uff1c/script\uff1e",
    )


VECTORS = tuple(_vectors())
SCHEMA = {
    "title": f"<img src=x onerror={CALL}>",
    "description": f"<script>{CALL}</script>",
    "type": "object",
    "additionalProperties": False,
    "required": ["pick"],
    "x-flags": ["</script><script>alert(1)</script>"],
    "properties": {
        "pick": {"title": f'"><img src=x onerror={CALL}>', "description": VECTORS[0], "enum": list(VECTORS[:40])},
        "words": {"title": f"</legend><svg onload={CALL}>", "type": "string"},
    },
}
OWN = "labels/hostile/round-1/ada.jsonl"


def _naughty():
    if "ASSAY_SUITES" not in os.environ:
        return ()
    [path] = sorted((Path(os.environ["ASSAY_SUITES"]) / "naughty-strings").glob("**/blns.json"))
    return tuple(json.loads(path.read_text(encoding="utf-8")))


def _project(texts):
    items = {
        f"i{place:03}": {f"{at:02}": text for at, text in enumerate(part)}
        for place, part in enumerate(itertools.batched(texts, 12) if hasattr(itertools, "batched") else _batched(texts))
    }
    body = "".join(
        f"### {text}\n\n{text}\n\n- {text}\n\n```example\nwords: {json.dumps(text)}\n```\n\n" for text in VECTORS
    )
    files = task_files("hostile", json.dumps(SCHEMA), items, body=body)
    notes = [
        {"item": item, "label": {"pick": VECTORS[0], "words": data["00"]}, "guideline": "1.0.0", "note": data["00"]}
        for item, data in items.items()
        if data["00"]
    ]
    lines = "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in notes)
    why = json.dumps({"item": "i000", "annotator": "ada", "why": VECTORS[1]}, separators=(",", ":"))
    return items, {**files, OWN: lines, "labels/hostile/round-1/noor.returned.jsonl": f"{why}\n"}


def _batched(texts):
    return (texts[start : start + 12] for start in range(0, len(texts), 12))


@pytest.mark.parametrize("texts", [VECTORS, _naughty()], ids=["150 attacks", "naughty strings"])
def test_no_text_runs_and_all_are_shown_as_they_are(serve, tab, texts):
    if not texts:
        pytest.skip("ASSAY_SUITES is not set")
    items, files = _project(texts)
    page = tab(serve(files, "hostile").address)
    for n in range(len(items)):
        page.jump(n + 1)
        data = items[page.page.inner_text("#item-id")]
        shown = page.page.evaluate("[...document.querySelectorAll('.part .passage')].map((one) => one.textContent)")
        assert shown == list(data.values())
        if data["00"]:
            assert page.page.input_value("#note") == data["00"].replace("\r\n", "\n").replace("\r", "\n")
    captions = page.page.evaluate("[...document.querySelectorAll('#field-0 .caption')].map((one) => one.textContent)")
    assert captions == list(VECTORS[:40])
    assert page.page.locator("h1").first.inner_text() == SCHEMA["title"]
    strange = "script, img, svg, iframe, object, embed, video, math, style, base, form, details"
    assert (
        page.page.evaluate(f"document.querySelectorAll('.guide-text :is({strange}), .work :is({strange})').length") == 0
    )
    loose = "[...document.querySelectorAll('*')].filter((one) => [...one.attributes].some((each) => each.name.startsWith('on'))).length"
    assert page.page.evaluate(loose) == 0
    schemes = page.page.evaluate("[...document.querySelectorAll('.guide-text a')].map((one) => one.protocol)")
    assert set(schemes) <= {"http:", "https:"}
    assert page.dialogs == []
    assert page.violations == []


def test_no_name_of_a_file_runs_whether_the_file_is_there_or_not(serve, tab):
    names = [name for name in VECTORS if "/" not in name and len(name.encode()) < 200][:96]
    keys = [f"{place:02}" for place in range(len(names))]
    stated = {key: {"type": "string", "contentMediaType": "image/png"} for key in keys}
    schema = {**SCHEMA, "x-item": {"type": "object", "properties": stated}}
    data = {key: f"media/{name}.png" for key, name in zip(keys, names, strict=True)}
    there = {f"labels/items/hostile/{path}": png(12, 12) for path in list(data.values())[::2]}
    page = tab(serve({**task_files("hostile", json.dumps(schema), {"files": data}), **there}, "hostile").address)
    page.jump(1)
    page.page.wait_for_function(
        f"() => [...document.querySelectorAll('.part img')].filter((one) => one.naturalWidth === 12).length === {len(there)}"
    )
    missing = page.page.evaluate("[...document.querySelectorAll('.part p.quiet')].map((one) => one.textContent)")
    assert [text.rpartition(": ")[0] for text in missing] == list(data.values())[1::2]
    assert page.dialogs == []
    assert page.violations == []


def test_there_are_at_least_150_attacks():
    assert len(set(VECTORS)) >= 150
