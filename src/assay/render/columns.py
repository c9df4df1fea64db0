"""Rows in columns, for a terminal.

ASCII that fits is laid out here. What does not fit, and what holds letters of other widths, rich measures and shortens: it
takes longer to load than most commands to write their table.
"""

import io

from assay.extras import load
from assay.render.text import WIDTH, visible

_BETWEEN = "  "


def table_text(headings: tuple[str, ...], rows: list[tuple[str, ...]], *, width: int = WIDTH) -> str:
    """Rows in columns within `width`, the first column left-aligned, the others right-aligned."""
    shown = [headings, *(tuple(map(visible, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    if sum(widths) + len(_BETWEEN) * (len(widths) - 1) > width or not _plain(shown):
        return _measured(headings, shown[1:], width)
    return "\n".join(_BETWEEN.join(_aligned(row, widths)).rstrip() for row in shown)


def _plain(shown: list[tuple[str, ...]]) -> bool:
    """Whether every letter is one column wide."""
    return all(text.isascii() and text.isprintable() for row in shown for text in row)


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    return [
        text.rstrip().rjust(width) if number else text.ljust(width)
        for number, (text, width) in enumerate(zip(row, widths, strict=True))
    ]


def _measured(headings: tuple[str, ...], rows: list[tuple[str, ...]], width: int) -> str:
    table = load("rich.table").Table(box=None, pad_edge=False, header_style="")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    sink = io.StringIO()
    console = load("rich.console").Console
    console(file=sink, width=width, color_system=None, markup=False, highlight=False, emoji=False).print(table)
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines())
