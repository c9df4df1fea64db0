"""Agreement under each version of a guideline."""

from collections.abc import Sequence

import numpy as np

from assay.agreement.corpus import alpha_of
from assay.model.guideline_log import VersionAgreement
from assay.model.schema import Field
from assay.table import Column, Corpus
from assay.table.columns import Mask
from assay.table.made_under import undivided
from assay.table.tally import tally


def agreement_under(
    corpus: Corpus, fields: Sequence[Field], made_under: Column
) -> dict[str, dict[str, VersionAgreement]]:
    """Alpha by version and field, over the items whose current counting votes share one version.

    `made_under` has the version of each annotation. Without intervals; a version without such an item has no entry.
    """
    current = corpus.annotations.current & corpus.annotations.counts
    alone = current & undivided(corpus, made_under, current)[corpus.annotations.item]
    return {
        made_under.values[code]: {
            field.name: _alpha(corpus, field, alone & (made_under.codes == code)) for field in fields
        }
        for code in np.unique(made_under.codes[alone]).tolist()
    }


def _alpha(corpus: Corpus, field: Field, rows: Mask) -> VersionAgreement:
    whole = tally(corpus, field, rows)
    return VersionAgreement(units=whole.units, alpha=alpha_of(whole, bounded=False))
