"""Options whose values are the words of an enumeration, lists of names, or numbers in a range."""

from enum import StrEnum
from math import isnan
from typing import TypeVar

import click

W = TypeVar("W", bound=StrEnum)


class Word(click.Choice[W]):
    """One word of an enumeration, as project files spell it."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """The word that is typed for a member."""
        return str(choice)


class Names(click.ParamType[tuple[str, ...]]):
    """Names with commas between them."""

    name = "A,B,…"

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The names, without spaces; empty ones left out."""
        if isinstance(value, tuple):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())


class Within(click.FloatRange):
    """A number in a range; `nan`, which no bound holds, is none."""

    def convert(self, value: float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        found = float(super().convert(value, param, ctx))
        if isnan(found):
            self.fail(f"{value!r} is no number.", param, ctx)
        return found


OTHERS = click.option(
    "--annotators",
    "others",
    type=Names(),
    default=(),
    help="Of these, one is asked for each who answered an item and cannot be asked.",
)
