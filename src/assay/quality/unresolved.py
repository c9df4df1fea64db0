"""How much is left undecided."""

from collections import Counter
from collections.abc import Sequence

from assay.consensus import Standing, Undecided
from assay.model.quality import Unresolved
from assay.model.schema import Field


def measure(items: Sequence[Standing], fields: Sequence[Field]) -> Unresolved:
    """The items that are not resolved, once each, of all that stand in a closed counting batch or that an expert answered."""
    reasons = Counter(item.why for item in items)
    lacking = Counter(name for item in items for name in item.fields)
    unresolved = len(items) - reasons[None]
    return Unresolved(
        items=len(items),
        unresolved=unresolved,
        value=unresolved / len(items) if items else None,
        fields={field.name: lacking[field.name] for field in fields},
        reasons={why.value: reasons[why] for why in Undecided if reasons[why]},
    )
