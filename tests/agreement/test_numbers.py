"""Numbers so large or small that their squares are none."""

import pytest

from assay.agreement.alpha import alpha
from assay.agreement.chance_corrected import ac2
from assay.agreement.corpus import measure_corpus
from assay.agreement.icc import mean_squares
from assay.core.values import Scale
from corpora import corpus_of
from estimates import point, rated_of, table, tally_of

ROWS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


@pytest.mark.parametrize("factor", [1e307, 1e-307, -1e200, 2.0**-1060])
def test_a_common_factor_changes_no_coefficient(factor):
    plain = table(ROWS)
    huge = table([[value * factor for value in row] for row in ROWS])
    for make in (alpha, ac2):
        wholes = [tally_of(votes, scale=Scale.INTERVAL) for votes in (plain, huge)]
        assert point(make, wholes[1]) == pytest.approx(point(make, wholes[0]), abs=1e-9)
    one, other = (mean_squares(rated_of(votes, scale=Scale.INTERVAL)) for votes in (plain, huge))
    assert other.agreement() == pytest.approx(one.agreement(), abs=1e-9)
    assert other.consistency() == pytest.approx(one.consistency(), abs=1e-9)


def test_the_smallest_and_the_largest_number_stand_in_one_table():
    corpus, field = corpus_of(table([[1.7e308, -1.7e308], [0, 5e-324], [1, 1]]), scale=Scale.INTERVAL)
    entry = measure_corpus(corpus, [field]).report.fields["label"]
    for name in ("alpha", "ac2", "ac2_linear", "icc", "icc_consistency"):
        assert entry.coefficient(name).value is not None, name
