import gzip
import os
from pathlib import Path

import orjson
import pytest

from assay.consensus.decision import compute_consensus
from assay.core.table import Decision, DecisionKind
from assay.core.values import Field, Scale
from assay.project.validator import Validator
from assay.quality.measures import measure_quality
from corpora import Vote, corpus_from, decided

FIELDS = [Field(name="label", scale=Scale.NOMINAL, textual=False)]


def long_corpus(name):
    folder = os.environ.get("ASSAY_DATA")
    if not folder:
        pytest.skip("ASSAY_DATA names no folder of real data")
    with gzip.open(Path(folder) / f"{name}.jsonl.gz") as lines:
        records = [orjson.loads(line) for line in lines]
    corpus = corpus_from([Vote(one["item"], one["annotator"], one["label"]) for one in records], FIELDS)
    decisions = tuple(
        Decision(kind=DecisionKind.GOLD, item=one["item"], label=one["gold"], who="@x")
        for one in records
        if "gold" in one
    )
    return decided(corpus, decisions)


@pytest.mark.parametrize(
    ("name", "items", "accuracy", "vote_accuracy"),
    [
        ("rte", 800, 0.7291, 0.8969),
        ("temporal", 462, 0.7338, 0.9361),
        ("wsd", 177, 0.9819, 0.9944),
        ("labelme", 1000, 0.7405, 0.7660),
    ],
)
def test_votes_and_their_majority_against_gold_are_as_published(name, items, accuracy, vote_accuracy):
    corpus = long_corpus(name)
    report = measure_quality(corpus, compute_consensus(corpus, FIELDS), FIELDS, Validator({}))

    assert report.gold.items == items
    assert report.gold.accuracy == pytest.approx(accuracy, abs=1e-4)
    assert report.gold.vote_accuracy == pytest.approx(vote_accuracy, abs=1e-4)
    assert report.coverage.value is None
    assert report.unresolved.unresolved == 0


def test_without_gold_the_ties_of_rte_are_unresolved():
    corpus = decided(long_corpus("rte"), ())
    report = measure_quality(corpus, compute_consensus(corpus, FIELDS), FIELDS, Validator({}))

    assert (report.unresolved.unresolved, report.unresolved.items) == (65, 800)
