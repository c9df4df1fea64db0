"""Intervals of shares, and which of many tests to believe.

The interval of a share is the score interval (Wilson 1927, "Probable inference, the law of succession, and statistical
inference"). Of things that are counted in clusters, such as the votes on an item, it is that of an effective number of independent
ones, and of Student's t: Rao, J. & Scott, A. 1992, "A simple method for the analysis of clustered binary data"; Korn, E.
& Graubard, B. 1998, "Confidence intervals for proportions with small expected number of positive counts". Few clusters
say little about how much alike the votes in one are, and clusters that are all right say nothing; so the estimate counts
as that of so many clusters, beside `ALIKE` more in which all say the same.

Which of many tests to believe: Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate: a practical and powerful approach to multiple
testing. JRSS B 57, 289-300: of m p-values reject the k smallest, k the largest i whose i-th smallest is at most i q / m.
Of what is rejected, a share of at most q is expected to be rejected wrongly, where the tests are independent or depend
on each other positively (Benjamini & Yekutieli 2001, Annals of Statistics 29).
"""

from math import sqrt

import numpy as np

from assay.extras import load
from assay.model.quality import Share
from assay.table.columns import Floats, Mask

Z95 = 1.959963984540054
ALIKE = 3
"""Chosen by the error rates that `make fuzz` measures."""
RATE = 0.05


def wilson(hits: float, of: float, z: float = Z95) -> tuple[float, float]:
    """The interval of the true share after `hits` of `of` > 0 independent trials; `z` = 1.96 for 95%.

    It is (p + z²/2n ± z·√(p·(1-p)/n + z²/4n²)) / (1 + z²/n), so unlike the textbook interval it stays inside 0..1
    and keeps a width when all or none are hits.
    """
    share = hits / of
    centre = share + z * z / (2 * of)
    margin = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return max(0.0, (centre - margin) / scale), min(1.0, (centre + margin) / scale)


def share(hits: float, of: int) -> Share:
    """A share with its 95% interval; without value where nothing was counted."""
    if of == 0:
        return Share(hits=hits, of=0, value=None)
    low, high = wilson(hits, of)
    return Share(hits=hits, of=of, value=hits / of, low=low, high=high)


def clustered(hits: Floats, of: Floats) -> Share:
    """A share of things counted in clusters, by cluster (N,): hits, which may be parts of one, and how many there are.

    Its 95% interval takes clusters as independent of each other; with fewer than two of them there is none.
    """
    some = of > 0
    hits, of, clusters = hits[some], of[some], int(some.sum())
    right, many = float(hits.sum()), round(float(of.sum()))
    if clusters < 2:
        return Share(hits=right, of=many, value=right / many if many else None)
    effective = many / _design_effect(hits, of)
    quantile = float(load("scipy.special").stdtrit(clusters - 1, 0.975))
    low, high = wilson(right / many * effective, effective, quantile)
    return Share(hits=right, of=many, value=right / many, low=low, high=high)


def _design_effect(hits: Floats, of: Floats) -> float:
    """By how much the variance of a share exceeds that of independent things: from 1 to that of clusters that are all alike."""
    clusters, many = len(of), of.sum()
    mean = hits.sum() / many
    most = float((of**2).sum() / many)
    alone = mean * (1 - mean) * many
    found = ((hits - mean * of) ** 2).sum() * clusters / (clusters - 1) / alone if alone > 0 else most
    return float((clusters * np.clip(found, 1, most) + ALIKE * most) / (clusters + ALIKE))


def rejected(p_values: Floats, rate: float = RATE) -> Mask:
    """Which of the tests, (m,), are rejected at the false discovery rate; none of none."""
    order = np.argsort(p_values, kind="stable")
    ranks = np.arange(1, len(p_values) + 1)
    within = np.flatnonzero(p_values[order] <= rate * ranks / len(p_values)) if len(p_values) else order
    found = np.zeros(len(p_values), dtype=np.bool_)
    found[order[: within[-1] + 1 if len(within) else 0]] = True
    return found
