"""Options whose values are the words of an enumeration, or lists of names."""

from enum import StrEnum
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


OTHERS = click.option(
    "--annotators",
    "others",
    type=Names(),
    default=(),
    help="Of these, one is asked for each who answered an item and cannot be asked.",
)
