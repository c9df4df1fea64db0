"""A table of numbers as a picture: SVG without script, readable as text by those who do not see it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from assay.model.names import clip
from assay.report.plain import visible

_CELL, _LINE, _MARGIN = 34, 16, 12
_ACROSS, _SLANTED = 8, 5
_NAME = 24
_DARK = 0.8
_STEPS = 4
_LOW, _MIDDLE, _HIGH = (178, 24, 43), (247, 247, 247), (33, 102, 172)
_STYLE = "text{font:12px sans-serif;fill:#222}.t{font-weight:bold;font-size:14px}.n{font-size:11px;text-anchor:middle}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A number from -1 to 1, or None, and what it says in words."""

    value: float | None
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """Names against the same names; `cells` by their positions, the row before the column. `note` stands below."""

    title: str
    names: tuple[str, ...]
    cells: dict[tuple[int, int], Cell]
    note: str = ""


def heat_maps_svg(title: str, description: str, maps: Sequence[HeatMap]) -> str:
    """Heat maps below their legend; red is below 0, blue above. Every text is escaped, whoever wrote it."""
    body = list(_legend())
    top = _CELL + _LINE + 3 * _MARGIN
    longest = max((min(len(visible(name)), _NAME) for one in maps for name in one.names), default=0)
    for one in maps:
        body += _map(one, top, longest)
        top += _height(one, longest)
    width = 3 * _MARGIN + (_ACROSS + _SLANTED) * longest + max([_CELL * len(one.names) for one in maps] + [450])
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{top}" viewBox="0 0 {width} {top}" '
        'role="img" aria-labelledby="title desc">'
    )
    return "\n".join(
        [
            head,
            f'<title id="title">{_text(title)}</title>',
            f'<desc id="desc">{_text(description)}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect width="{width}" height="{top}" fill="#fff"/>',
            *body,
            "</svg>\n",
        ]
    )


def _legend() -> Iterator[str]:
    """What the colours stand for: a strip from -1 to 1, and a grey field."""
    steps = 2 * _STEPS + 1
    for step in range(steps):
        fill = _colour(step / _STEPS - 1)
        yield f'<rect x="{_MARGIN + _CELL * step}" y="{_MARGIN}" width="{_CELL}" height="{_CELL // 2}" fill="{fill}"/>'
    undefined = _MARGIN + _CELL * (steps + 1)
    yield f'<rect x="{undefined}" y="{_MARGIN}" width="{_CELL}" height="{_CELL // 2}" fill="{_colour(None)}"/>'
    marks = [(_MARGIN + _CELL * (_STEPS * mark + _STEPS) + _CELL // 2, f"{mark}") for mark in (-1, 0, 1)]
    for place, text in (*marks, (undefined + _CELL // 2, "undefined")):
        yield f'<text class="n" x="{place}" y="{_MARGIN + _CELL // 2 + _LINE}">{text}</text>'


def _height(one: HeatMap, longest: int) -> int:
    columns = _slanted(one, longest)
    return _LINE + columns + _CELL * len(one.names) + (_LINE if one.note else 0) + 2 * _MARGIN


def _slanted(one: HeatMap, longest: int) -> int:
    """How high the names stand above the columns."""
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
    yield f"<g><title>{_text(cell.said)}</title>"
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
    """Text that no reader of XML takes for markup, control characters spelled out."""
    return escape(visible(text))
