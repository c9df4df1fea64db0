"""Rankings: who stands where."""

from collections.abc import Mapping

from assay.model.json import Json
from assay.model.values import canonical_text


def standing(ranking: Json) -> Mapping[str, tuple[Json, float]]:
    """By its text each option of a ranking and its rank: 1 the first, and of tied ones, in a list of their own, the mean.

    Empty where it is no ranking, or an option stands in it twice.
    """
    found: dict[str, tuple[Json, float]] = {}
    behind = 0
    for place in ranking if isinstance(ranking, list) else ():
        tied = place if isinstance(place, list) else [place]
        rank = behind + (len(tied) + 1) / 2
        found.update({canonical_text(option): (option, rank) for option in tied})
        behind += len(tied)
    return found if len(found) == behind else {}
