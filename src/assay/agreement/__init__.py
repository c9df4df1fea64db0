"""From tallies of a table to coefficients with intervals, or the reason why there is none.

In a notebook: `assay.agreement.measure(frame, "ordinal")`; see `assay.agreement.api`. Of spans also `gamma` and
`u_alpha`; see `assay.agreement.continua`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.agreement.api import Agreement, measure
    from assay.agreement.continua import gamma, u_alpha

__all__ = ["Agreement", "gamma", "measure", "u_alpha"]


def __getattr__(name: str) -> Any:
    """What notebooks use is loaded when it is asked for; stages and reviews load the parts they need."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from assay.agreement import api, continua  # noqa: PLC0415 - see above

    return getattr(continua if name in {"gamma", "u_alpha"} else api, name)
