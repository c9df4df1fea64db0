"""Every case of the campaign."""

import random
from collections.abc import Sequence

from reviewer.campaign.approvals import APPROVALS
from reviewer.campaign.case import Case
from reviewer.campaign.claims import CLAIMS, FIRST, UNASSIGNED
from reviewer.campaign.clones import CLONES
from reviewer.campaign.configuration import CONFIGURATION, THRESHOLDS
from reviewer.campaign.merges import CRISS_CROSS, MERGES
from reviewer.campaign.own import HONEST, PUSHED
from reviewer.campaign.paths import PATHS

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
