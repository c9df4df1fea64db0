"""Every case of the campaign."""

import random
from collections.abc import Sequence

from review.campaign.approvals import APPROVALS
from review.campaign.case import Case
from review.campaign.claims import CLAIMS, FIRST, UNASSIGNED
from review.campaign.clones import CLONES
from review.campaign.configuration import CONFIGURATION, THRESHOLDS
from review.campaign.merges import CRISS_CROSS, MERGES
from review.campaign.own import HONEST, PUSHED
from review.campaign.paths import PATHS

CASES: Sequence[Case] = (
    *HONEST,
    *PUSHED,
    *UNASSIGNED,
    *FIRST,
    *CLAIMS,
    *CONFIGURATION,
    *THRESHOLDS,
    *PATHS,
    *CRISS_CROSS,
    *MERGES,
    *CLONES,
    *APPROVALS,
)


def sample(seed: int) -> Sequence[Case]:
    """One case of each kind and outcome, by chance."""
    chance = random.Random(seed)
    groups = dict.fromkeys((case.kind, case.outcome) for case in CASES)
    return [chance.choice([case for case in CASES if (case.kind, case.outcome) == group]) for group in groups]
