"""From tallies of a table to coefficients with intervals, or the reason why there is none.

In a notebook: `assay.agreement.measure(frame, "ordinal")`, see `assay.agreement.api`; for spans also `gamma` and
`u_alpha`, see `assay.agreement.continua`.
"""

from assay.extras import face

__all__, __getattr__ = face(__name__)
