"""From tallies of a table to coefficients with intervals, or the reason why there is none."""

from assay.agreement.measure import SEED, Measured, measure

__all__ = ["SEED", "Measured", "measure"]
