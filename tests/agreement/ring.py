"""Spans marked by chance: what each coefficient of spans comes to where annotators mark independently of each other.

`PYTHONPATH=tests python -m agreement.ring [SEEDS]` prints, of each setting, the mean over that many corpora (20).
A text taken as a ring has no place that is likelier to be marked than another: a span over its end becomes two. On a
text with ends spans stay inside, and cover its middle more often.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import Estimator
from assay.agreement.spans import alpha_any, alpha_spans, alpha_u
from assay.core.agreement_result import Undefined
from assay.core.tallies import Tally
from assay.core.values import Json
from estimates import point
from marking import marked, span

TEXTS, RATERS = 300, 3
BOUND = 0.03
COEFFICIENTS: dict[str, Callable[[Tally], Estimator | Undefined]] = {
    "alpha": alpha_spans,
    "alpha_any": alpha_any,
    "alpha_u": alpha_u,
}


@dataclass(frozen=True)
class Setting:
    """Texts of a `length`; each annotator marks `least` to `most` spans of a `size`, each of one of `kinds`."""

    length: int
    size: int
    least: int
    most: int
    kinds: str = "k"

    def __str__(self) -> str:
        number = f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"
        return f"{number} of {self.size} in {self.length}, kinds: {len(self.kinds)}"


SETTINGS = tuple(
    Setting(length, size, *number, kinds)
    for kinds in ("k", "abc")
    for length, size, number in ((100, 5, (0, 4)), (100, 20, (0, 3)), (30, 3, (0, 3)), (100, 50, (1, 1)))
)


def means(setting: Setting, seeds: int, *, ring: bool = True) -> dict[str, float]:
    """Each coefficient's mean over corpora of the seeds from 0 on."""
    corpora = [_corpus(np.random.default_rng(seed), setting, ring=ring) for seed in range(seeds)]
    return {name: float(np.mean([point(make, one) for one in corpora])) for name, make in COEFFICIENTS.items()}


def _corpus(rng: np.random.Generator, setting: Setting, *, ring: bool) -> Tally:
    units = [{f"a{who}": list(_marks(rng, setting, ring=ring)) for who in range(RATERS)} for _ in range(TEXTS)]
    return marked(units, [setting.length] * TEXTS)


def _marks(rng: np.random.Generator, setting: Setting, *, ring: bool) -> Iterator[dict[str, Json]]:
    for _ in range(rng.integers(setting.least, setting.most + 1)):
        kind = setting.kinds[rng.integers(0, len(setting.kinds))]
        start = int(rng.integers(0, setting.length if ring else setting.length - setting.size + 1))
        end = start + setting.size
        yield span(start, min(end, setting.length), kind)
        if end > setting.length:
            yield span(0, end - setting.length, kind)


def main(seeds: int) -> int:
    """Prints the table; 1 where alpha on a ring is farther from 0 than the bound."""
    print(f"{TEXTS} texts marked by chance by {RATERS} annotators, mean of {seeds} corpora")
    print(f"{'spans':<30}{'':<8}{'alpha':>10}{'alpha_any':>11}{'alpha_u':>10}")
    worst = 0.0
    for setting in SETTINGS:
        for ring in (True, False):
            found = means(setting, seeds, ring=ring)
            figures = f"{found['alpha']:10.3f}{found['alpha_any']:11.3f}{found['alpha_u']:10.3f}"
            print(f"{setting!s:<30}{'ring' if ring else 'ends':<8}{figures}")
            worst = max(worst, abs(found["alpha"]), abs(found["alpha_any"])) if ring else worst
    print(f"on a ring no farther from 0 than {worst:.3f}; the bound is {BOUND}")
    return int(worst > BOUND)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
