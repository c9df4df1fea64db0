"""The words that people read: one word for one thing, and plain ones; `words.yaml` keeps those that were left, and better ones."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORDS = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
PAGES = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("src/assay/**/*.in"),
    *ROOT.glob("src/assay/**/*.html"),
]


def nodes():
    """Every node of the code, with its place."""
    for path in sorted(ROOT.glob("src/assay/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}", node


@cache
def texts():
    """Every text that somebody reads, with its place: strings and docstrings of the code, pages, templates."""
    return [*_texts()]


def _texts():
    for place, node in nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield place, node.value
    for path in [*PAGES, *ROOT.glob("src/assay/**/*.js")]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            yield f"{path.relative_to(ROOT)}:{number}", line


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word["not"])
def test_no_text_uses_a_word_that_was_left(word):
    pattern = re.compile(word["not"], re.IGNORECASE)
    kept = re.compile(word["except"]) if "except" in word else None
    found = [
        f"{place}: {match[0]!r}, better {word['but']!r}"
        for place, text in texts()
        for match in pattern.finditer(kept.sub("", text) if kept else text)
    ]
    assert found == []


def test_the_words_are_looked_for_where_people_read():
    assert any(place.startswith("README.md") for place, _ in texts())
    assert any(place.startswith("src/assay/cli/") for place, _ in texts())
    assert any(place.startswith("src/assay/annotator/page/static/") for place, _ in texts())


NAMES = {
    "seat": "assignment",
    "desk": "session",
    "drawer": "answer_store",
    "sitting": "session",
    "papers": "votes",
    "homeless": "unassigned",
    "mute": "undefined",
    "heard": "notes",
    "blast": "impact",
}
"""Words that names in the code do not have, and what they have instead."""


def test_no_name_has_a_word_that_was_left():
    found = []
    for place, node in nodes():
        for name in filter(None, (getattr(node, part, None) for part in ("id", "name", "attr", "arg"))):
            words = {word.lower() for word in re.findall(r"[a-z]+|[A-Z][a-z]*", str(name))}
            found += [f"{place}: {name}, better {NAMES[word]}" for word in words & NAMES.keys()]
    assert found == []
