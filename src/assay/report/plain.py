"""Text for a terminal."""

import io
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from assay.model.hidden import is_hidden
from assay.model.names import clip

WIDTH = 118
_VALUE = 64


def visible(text: str) -> str:
    """The text with control, bidirectional and zero-width characters spelled out, so that none acts on a terminal."""
    return "".join(f"\\u{ord(sign):04x}" if is_hidden(sign) else sign for sign in text)


def clipped(text: str) -> str:
    """A value on one line, shortened."""
    return clip(" ".join(text.split()), _VALUE)


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 finding`, `2,000 findings`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def decimal(value: float | None, digits: int = 3) -> str:
    """A figure, or a dash where there is none."""
    return "-" if value is None else f"{value:.{digits}f}"


def some(texts: Sequence[str], most: int = 20) -> list[str]:
    """The first of some texts, and how many more there are."""
    return [*texts[:most], *([f"and {len(texts) - most:,} more"] if len(texts) > most else [])]


def table_text(headings: tuple[str, ...], rows: list[tuple[str, ...]], *, width: int = WIDTH) -> str:
    """Rows in aligned columns within `width`, the first one left, the others right."""
    table = Table(box=None, pad_edge=False, header_style="")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(visible, row))
    sink = io.StringIO()
    Console(file=sink, width=width, color_system=None, markup=False, highlight=False, emoji=False).print(table)
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines())


def indented(text: str, by: int = 2) -> str:
    """Every line moved to the right."""
    return "\n".join(f"{' ' * by}{line}" if line else line for line in text.splitlines())
