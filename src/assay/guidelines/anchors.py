"""The anchors by which links name the headings of a page."""

import unicodedata
from collections import Counter


def anchor_of(title: str, taken: Counter[str]) -> str:
    """The anchor of the next heading of a page, as forges make them; `taken` is what the headings before it took.

    The second heading of a name is `name-1`.
    """
    slug = name = _slug(title) or "section"
    while name in taken:
        name = f"{slug}-{taken[slug]}"
        taken[slug] += 1
    taken[name] += 1
    return name


def _slug(title: str) -> str:
    kept = (sign for sign in title.lower() if sign in " -_" or unicodedata.category(sign)[0] in "LNM")
    return "".join(kept).replace(" ", "-")
