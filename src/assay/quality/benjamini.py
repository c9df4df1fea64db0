"""Which of many tests to believe.

Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate: a practical and powerful approach to multiple
testing. JRSS B 57, 289-300: of m p-values reject the k smallest, k the largest i whose i-th smallest is at most i q / m.
Of what is rejected, a share of at most q is expected to be rejected wrongly, where the tests are independent or depend
on each other positively (Benjamini & Yekutieli 2001, Annals of Statistics 29).
"""

import numpy as np

from assay.table.columns import Floats, Mask

RATE = 0.05


def rejected(p_values: Floats, rate: float = RATE) -> Mask:
    """Which of the tests, (m,), are rejected at the false discovery rate; none of none."""
    order = np.argsort(p_values, kind="stable")
    ranks = np.arange(1, len(p_values) + 1)
    within = np.flatnonzero(p_values[order] <= rate * ranks / len(p_values)) if len(p_values) else order
    found = np.zeros(len(p_values), dtype=np.bool_)
    found[order[: within[-1] + 1 if len(within) else 0]] = True
    return found
