"""A state of a clone in which commands stop: what is the case, and the way out."""

from collections.abc import Callable
from dataclasses import dataclass

from assay.store.aside import Aside

MEND = "assay doctor --mend"
ABORT = "assay doctor --abort"

Mend = Callable[[Aside], str]
"""Puts a state right, keeping what it takes away; says what it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A state by name, with the one command that ends it; `mend` is what `assay doctor --mend` does about it.

    `stops` says that no command that commits or sends can go on in it.
    """

    name: str
    said: str
    remedy: str
    mend: Mend | None = None
    stops: bool = True
