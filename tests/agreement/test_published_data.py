import gzip
import json
import os
from pathlib import Path

import pytest

from assay.agreement.corpus import measure_corpus
from assay.core.values import Field, Scale
from corpora import Vote, corpus_from

pytestmark = pytest.mark.skipif("ASSAY_DATA" not in os.environ, reason="ASSAY_DATA names no folder of data sets")


def corpus_in(name: str, field: Field):
    """A data set in the `long` format, in rounds of 500 items."""
    seen: dict[str, int] = {}
    votes = []
    with gzip.open(Path(os.environ["ASSAY_DATA"]) / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            number = seen.setdefault(record["item"], len(seen))
            votes.append(Vote(record["item"], record["annotator"], record["label"], f"b{number // 500:03}"))
    return corpus_from(votes, [field])


@pytest.mark.parametrize(
    ("name", "field", "scale", "values", "alpha"),
    [
        ("rte", "label", Scale.NOMINAL, None, 0.2415),
        ("temporal", "label", Scale.NOMINAL, None, 0.2234),
        ("wsd", "label", Scale.NOMINAL, None, 0.9372),
        ("labelme", "label", Scale.NOMINAL, None, 0.6774),
        ("convabuse", "severity", Scale.ORDINAL, (1, 0, -1, -2, -3), 0.6584),
        ("convabuse", "type", Scale.SET, None, 0.7251),
        ("mlqe_ro_en", "label", Scale.INTERVAL, None, 0.8056),
        ("lidc", "malignancy", Scale.ORDINAL, (1, 2, 3, 4, 5), 0.4285),
        ("lidc", "calcification", Scale.NOMINAL, None, 0.6569),
    ],
)
@pytest.mark.slow
def test_real_data_has_the_alpha_known_of_it(name, field, scale, values, alpha):
    asked = Field(name=field, scale=scale, values=values, textual=False)
    measured = measure_corpus(corpus_in(name, asked), [asked]).report.fields[field]
    assert measured.alpha.value == pytest.approx(alpha, abs=1e-4)
    assert measured.alpha.low < measured.alpha.value < measured.alpha.high
    assert measured.audit.max_abs_diff < 1e-9
