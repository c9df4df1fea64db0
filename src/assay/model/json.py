"""What a JSON value is, and the pointers into it (RFC 6901)."""

from collections.abc import Iterable
from typing import TypeAlias

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
JsonObject: TypeAlias = "dict[str, Json]"


def escape(key: object) -> str:
    """A key or index as a pointer's step."""
    return str(key).replace("~", "~0").replace("/", "~1")


def pointer_to(path: Iterable[object]) -> str:
    """The pointer that takes these steps: `/label/a~1b/0`."""
    return "".join(f"/{escape(key)}" for key in path)


def pointer_steps(pointer: str) -> list[str]:
    """The keys and indices that a pointer takes, one after the other."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
