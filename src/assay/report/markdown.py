"""Untrusted text in Markdown: it stands in code spans, which it cannot leave, so it is no link, mention, image or HTML."""

from collections.abc import Sequence

from assay.model.names import clip
from assay.report.plain import visible

_APART = str.maketrans({"`": "'", "|": "\u00a6", "\n": " ", "\r": " ", "\t": " "})
_WIDTH = 120


def code(text: str, width: int = _WIDTH) -> str:
    """The text in a code span, on one line, clipped; nothing where there is none."""
    clipped = clip(visible(" ".join(text.translate(_APART).split())), width)
    return f"`{clipped}`" if clipped else ""


def row(*cells: str) -> str:
    """A row of a table; cells are trusted, or code spans."""
    return f"| {' | '.join(cells)} |"


def table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A table; nothing where it has no rows."""
    return [row(*headings), row(*("---" for _ in headings)), *(row(*cells) for cells in rows), ""] if rows else []


def folded(title: str, lines: list[str]) -> list[str]:
    """Lines below a title that opens them; nothing where there are none. The title is trusted text."""
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "</details>", ""] if lines else []
