"""Versions of a guideline: their order, their bumps, and which later changes make a label outdated."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from assay.guidelines.front_matter import Change, Guideline
from assay.guidelines.selectors import Selector, selectors_of, touches
from assay.model.json import JsonObject
from assay.model.migration import Migration, order_of


class Level(IntEnum):
    """How much a version changes; a higher one includes the lower."""

    PATCH = 1
    MINOR = 2
    MAJOR = 3


class Version(NamedTuple):
    """A semantic version; versions order by their numbers."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.major}.{self.minor}.{self.patch}"

    def next(self, level: Level) -> "Version":
        """The version after this one that changes so much."""
        if level is Level.MAJOR:
            return Version(self.major + 1, 0, 0)
        return Version(self.major, self.minor + 1, 0) if level is Level.MINOR else self._replace(patch=self.patch + 1)


Since: TypeAlias = Mapping[str, Version | None]
"""The fields that a label may have, with the earliest version under which labels carry each; None where none does."""


def version_of(text: str) -> Version:
    """The version that `1.2.3` states."""
    return Version(*order_of(text))


def level_between(before: Version, after: Version) -> Level:
    """How much a later version says that it changes."""
    if after.major > before.major:
        return Level.MAJOR
    return Level.MINOR if after.minor > before.minor else Level.PATCH


def ordered_changes(guideline: Guideline) -> tuple[Change, ...]:
    """The changes of a guideline by version, the oldest first."""
    return tuple(sorted(guideline.changes, key=lambda change: version_of(change.version)))


def outdated_by(
    guideline: Guideline, made_under: str, label: JsonObject, since: Since, migrations: Sequence[Migration] = ()
) -> tuple[Change, ...]:
    """The changes after `made_under` that affect a label, which was carried through `migrations`, the oldest first.

    A change affects a label that carries what it selects, and one that lacks a field which the change adds.
    """
    made = version_of(made_under)
    later = (change for change in ordered_changes(guideline) if made < version_of(change.version))
    return tuple(change for change in later if affects(change, label, since, migrations))


def affects(change: Change, label: JsonObject, since: Since, migrations: Sequence[Migration] = ()) -> bool:
    """Whether a change affects a label that was made before it, as it reads after `migrations`."""
    return any(
        touches(selector, label) or (adds(change, selector, since) and selector.field not in label)
        for selector in selectors_of(change, migrations)
    )


def adds(change: Change, selector: Selector, since: Since) -> bool:
    """Whether a change that selects a whole field adds it: no label made under an earlier version carries it."""
    if selector.field is None or selector.field not in since or selector.value is not None:
        return False
    first = since[selector.field]
    return first is None or first >= version_of(change.version)
