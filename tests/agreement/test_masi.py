import pytest

from assay.agreement.sets import as_bits, masi


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        pytest.param([1, 2], [1, 2, 3, 4], 2 / 3, id="subset"),
        pytest.param([1], [1, 2], 2 / 3, id="small subset"),
        pytest.param([1, 2], [2, 3], 8 / 9, id="overlap"),
        pytest.param([1], [2], 1, id="disjoint"),
        pytest.param([1, 2], [1, 2], 0, id="equal"),
        pytest.param([], [], 0, id="both empty"),
        pytest.param([], [1], 1, id="one empty"),
    ],
)
def test_masi_is_passonneau_2006(a, b, distance):
    one, other = as_bits([a, b])
    assert float(masi(one, other)) == pytest.approx(distance, abs=1e-15)
    assert float(masi(other, one)) == float(masi(one, other))


def test_more_than_64_members_need_a_second_word():
    many, half = as_bits([list(range(100)), list(range(50))])
    assert many.shape == (2,)
    assert float(masi(many, half)) == pytest.approx(1 - 1 / 2 * 2 / 3)


def test_members_are_told_apart_by_kind():
    assert float(masi(*as_bits([[1], ["1"]]))) == 1
