import math

import numpy as np
import pytest

from assay.consensus.decision import compute_consensus
from assay.consensus.doubt_reasons import REASONS, Reason, doubts
from assay.consensus.result import Source
from assay.core.table import Decision, DecisionKind
from assay.core.values import Scale
from assay.quality.gold import measure_gold
from corpora import corpus_of, decided


def consensus_of(*votes, told=None):
    given = {"i": {f"a{number}": None if vote is None else vote.split() for number, vote in enumerate(votes)}}
    corpus, field = corpus_of(given, scale=Scale.SEQUENCE)
    if told is not None:
        answer = Decision(kind=DecisionKind.GOLD, item="i", label={"label": told.split()}, who="lead")
        corpus = decided(corpus, (answer,))
    return compute_consensus(corpus, [field]), corpus, field


@pytest.mark.parametrize(
    ("votes", "value", "confidence", "source"),
    [
        (["D N", "D N"], "D N", 1, Source.UNANIMOUS),
        (["D N V", "D V V", "N N V"], "D N V", (2 / 3 + 2 / 3 + 1) / 3, Source.VOTED),
        (["A B", "B A", "A A"], "A A", 2 / 3, Source.VOTED),
        (["D N", "D V"], None, (1 + 1 / 2) / 2, Source.TIE),
        (["D N V", "D V N", "D A A"], None, (1 + 1 / 3 + 1 / 3) / 3, Source.TIE),
        (["D N", "N D"], None, 1 / 2, Source.TIE),
        (["D N", "D"], None, 0, Source.TIE),
        (["N", None], "N", math.nan, Source.SINGLE),
    ],
)
def test_each_element_is_voted_and_a_tie_of_one_leaves_the_field_undecided(votes, value, confidence, source):
    found, _, _ = consensus_of(*votes)
    assert found.value[0] == (None if value is None else value.split())
    assert found.confidence[0] == pytest.approx(confidence, nan_ok=True)
    assert found.source[0] is source
    assert [REASONS[why] for why in doubts(found).why] == ([Reason.TIE] if source is Source.TIE else [])


def test_gold_is_contradicted_where_most_votes_agree_on_another_tag_of_an_element():
    votes = ("D N V", "D N A", "D N N")
    against, corpus, _ = consensus_of(*votes, told="D V V")
    assert [REASONS[why] for why in doubts(against).why] == [Reason.GOLD_CONTRADICTED]
    found, corpus, field = consensus_of(*votes, told="D N X")
    assert len(doubts(found)) == 0
    report = measure_gold(corpus, [field])
    assert (report.accuracy, report.credit.value) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert np.array_equal(found.votes, [3])
