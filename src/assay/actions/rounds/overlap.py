"""How many annotators an item is asked of."""

import re
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from assay.actions.rounds.spread import Counts
from assay.errors import UsageError

_MIXED = re.compile(r"(?P<share>[0-9]{1,3}(?:\.[0-9]{1,6})?)%x(?P<most>[0-9]{1,3})")
_PLAIN = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A share of the items (half up) is asked of `most` annotators each, the rest of one."""

    text: str
    share: Fraction
    most: int

    @property
    def stated(self) -> int | str:
        """What `batch.yaml` states."""
        return self.most if self.share == 1 else self.text

    def needs(self, items: int, rng: np.random.Generator) -> Counts:
        """How many annotators each item needs; chance decides which items are in the share."""
        needs = np.ones(items, dtype=np.int64)
        needs[rng.permutation(items)[: half_up(self.share * items)]] = self.most
        return needs


def parse_overlap(text: str, annotators: int) -> Overlap:
    """The overlap that `2` or `10%x3` states, for so many annotators.

    Raises:
        UsageError: it states none, or more than there are annotators.
    """
    mixed = _MIXED.fullmatch(text)
    if mixed is None and _PLAIN.fullmatch(text) is None:
        raise UsageError(
            f"--overlap {text}: no overlap", hint="--overlap 2, or 10%x3 for a tenth of the items by three"
        )
    share, most = (Fraction(mixed["share"]) / 100, int(mixed["most"])) if mixed else (Fraction(1), int(text))
    if share > 1 or most < 1:
        raise UsageError(f"--overlap {text}: at least 1 annotator, at most 100%", hint="--overlap 2, or 10%x3")
    if most > annotators:
        raise UsageError(
            f"--overlap {text}: {most} different annotators are needed, and {annotators} named",
            hint="name more with --annotators, or lower --overlap",
        )
    return Overlap(text=text, share=share, most=most)


def half_up(exact: Fraction) -> int:
    """The nearest whole number; a half goes up."""
    return int((exact + Fraction(1, 2)) // 1)
