"""Untrusted text made safe for terminals and Markdown, and heat maps as SVG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from assay.core import clip, is_hidden

WIDTH = 118
_VALUE = 64


def visible(text: str) -> str:
    """The text with control, bidirectional and zero-width characters escaped, so that none affects a terminal."""
    return "".join(f"\\u{ord(sign):04x}" if is_hidden(sign) else sign for sign in text)


def clipped(text: str) -> str:
    """A value on one line, shortened."""
    return clip(" ".join(text.split()), _VALUE)


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 finding`, `2,000 findings`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def decimal(value: float | None, digits: int = 3) -> str:
    """A figure, or a dash for None."""
    return "-" if value is None else f"{value:.{digits}f}"


def some(texts: Sequence[str], limit: int = 20) -> list[str]:
    """The first of some texts, and the number of further ones."""
    return [*texts[:limit], *([f"and {len(texts) - limit:,} more"] if len(texts) > limit else [])]


def indented(text: str, by: int = 2) -> str:
    """Every line indented."""
    return "\n".join(f"{' ' * by}{line}" if line else line for line in text.splitlines())


_APART = str.maketrans({"`": "'", "|": "\u00a6", "\n": " ", "\r": " ", "\t": " "})
_WIDTH = 120


def code(text: str, width: int = _WIDTH) -> str:
    """The text in a code span, on one line, clipped; empty for an empty text."""
    clipped = clip(visible(" ".join(text.translate(_APART).split())), width)
    return f"`{clipped}`" if clipped else ""


def row(*cells: str) -> str:
    """A row of a Markdown table; cells are trusted text or code spans."""
    return f"| {' | '.join(cells)} |"


def table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A Markdown table; empty without rows."""
    return [row(*headings), row(*("---" for _ in headings)), *(row(*cells) for cells in rows), ""] if rows else []


def collapsible(title: str, lines: list[str]) -> list[str]:
    """Lines in a collapsible section; empty without lines. The title is trusted text."""
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "</details>", ""] if lines else []


_CELL, _LINE, _MARGIN = 34, 16, 12
_ACROSS, _SLANTED = 8, 5
_NAME = 24
_DARK = 0.8
_STEPS = 4
_LOW, _MIDDLE, _HIGH = (178, 24, 43), (247, 247, 247), (33, 102, 172)
_STYLE = "text{font:12px sans-serif;fill:#222}.t{font-weight:bold;font-size:14px}.n{font-size:11px;text-anchor:middle}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A number from -1 to 1, or None, and its tooltip."""

    value: float | None
    tooltip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """Names by the same names; `cells` by (row, column). `note` is below."""

    title: str
    names: tuple[str, ...]
    cells: dict[tuple[int, int], Cell]
    note: str = ""


def heat_maps_svg(title: str, description: str, maps: Sequence[HeatMap]) -> str:
    """Heat maps below their legend; red is below 0, blue above. All text is escaped."""
    body = list(_legend())
    top = _CELL + _LINE + 3 * _MARGIN
    longest = max((min(len(visible(name)), _NAME) for one in maps for name in one.names), default=0)
    for one in maps:
        body += _map(one, top, longest)
        top += _LINE + _slanted(one, longest) + _CELL * len(one.names) + (_LINE if one.note else 0) + 2 * _MARGIN
    width = 3 * _MARGIN + (_ACROSS + _SLANTED) * longest + max([_CELL * len(one.names) for one in maps] + [450])
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{top}" viewBox="0 0 {width} {top}" '
        'role="img" aria-labelledby="title desc">'
    )
    about = f'<title id="title">{_text(title)}</title>\n<desc id="desc">{_text(description)}</desc>'
    ground = f'<style>{_STYLE}</style>\n<rect width="{width}" height="{top}" fill="#fff"/>'
    return "\n".join([head, about, ground, *body, "</svg>\n"])


def _legend() -> Iterator[str]:
    """The legend: a strip from -1 to 1, and a grey field."""
    steps = 2 * _STEPS + 1
    for step in range(steps):
        fill = _colour(step / _STEPS - 1)
        yield f'<rect x="{_MARGIN + _CELL * step}" y="{_MARGIN}" width="{_CELL}" height="{_CELL // 2}" fill="{fill}"/>'
    undefined = _MARGIN + _CELL * (steps + 1)
    yield f'<rect x="{undefined}" y="{_MARGIN}" width="{_CELL}" height="{_CELL // 2}" fill="{_colour(None)}"/>'
    marks = [(_MARGIN + _CELL * (_STEPS * mark + _STEPS) + _CELL // 2, f"{mark}") for mark in (-1, 0, 1)]
    for place, text in (*marks, (undefined + _CELL // 2, "undefined")):
        yield f'<text class="n" x="{place}" y="{_MARGIN + _CELL // 2 + _LINE}">{text}</text>'


def _slanted(one: HeatMap, longest: int) -> int:
    """The height of the names above the columns."""
    return _LINE + _SLANTED * longest if one.names else 0


def _map(one: HeatMap, top: int, longest: int) -> Iterator[str]:
    yield f'<text class="t" x="{_MARGIN}" y="{top + _LINE}">{_text(one.title)}</text>'
    left = 2 * _MARGIN + _ACROSS * longest
    first = top + _LINE + _slanted(one, longest) + _MARGIN
    for place, name in enumerate(one.names):
        x, y = left + _CELL * place + _CELL // 2, first - 6
        yield f'<text transform="translate({x + 4} {y}) rotate(-45)">{_short(name)}</text>'
        row = first + _CELL * place + _CELL // 2 + 4
        yield f'<text x="{left - 6}" y="{row}" text-anchor="end">{_short(name)}</text>'
    for (row, column), cell in sorted(one.cells.items()):
        yield from _cell(cell, left + _CELL * column, first + _CELL * row)
    if one.note:
        yield f'<text x="{_MARGIN}" y="{first + _CELL * len(one.names) + _LINE}">{_text(one.note)}</text>'


def _cell(cell: Cell, x: int, y: int) -> Iterator[str]:
    shown = "-" if cell.value is None else f"{round(cell.value, 2) + 0.0:.2f}".replace("0.", ".")
    dark = cell.value is not None and abs(cell.value) > _DARK
    fill = ' style="fill:#fff"' if dark else ""
    yield f"<g><title>{_text(cell.tooltip)}</title>"
    yield f'<rect x="{x}" y="{y}" width="{_CELL - 1}" height="{_CELL - 1}" fill="{_colour(cell.value)}"/>'
    yield f'<text class="n" x="{x + _CELL // 2}" y="{y + _CELL // 2 + 4}"{fill}>{shown}</text></g>'


def _colour(value: float | None) -> str:
    if value is None:
        return "#ddd"
    end, share = (_HIGH if value >= 0 else _LOW), min(abs(value), 1.0)
    return "#" + "".join(
        f"{round(middle + (far - middle) * share):02x}" for middle, far in zip(_MIDDLE, end, strict=True)
    )


def _short(name: str) -> str:
    return _text(clip(visible(name), _NAME))


def _text(text: str) -> str:
    """Text escaped for XML, with control characters spelled out."""
    return escape(visible(text))
