import pytest

from assay.agreement.pairwise import chrf, edit_similarity
from assay.core.agreement_result import Undefined
from assay.core.values import Scale
from estimates import point, table, tally_of


def of(*rows):
    return tally_of(table(rows), scale=Scale.TEXT)


def test_the_edit_distance_is_by_the_longer_text_and_the_mean_over_pairs():
    assert point(edit_similarity, of(["kitten", "sitting"])) == pytest.approx(1 - 3 / 7)
    assert point(edit_similarity, of(["kitten", "sitting", "kitten"])) == pytest.approx((1 + 2 * (1 - 3 / 7)) / 3)


def test_chrf_is_the_same_both_ways_and_1_for_one_text():
    there, back = of(["a small dog", "the small dogs"]), of(["the small dogs", "a small dog"])
    assert point(chrf, there) == point(chrf, back)
    assert 0.3 < point(chrf, there) < 0.9
    assert point(chrf, of(["a small dog", "a small dog"])) == pytest.approx(1)


@pytest.mark.parametrize("make", [edit_similarity, chrf])
def test_two_spellings_of_one_character_are_one(make):
    assert point(make, of(["caf\u00e9 noir", "cafe\u0301 noir"])) == pytest.approx(1)


@pytest.mark.parametrize("make", [edit_similarity, chrf])
def test_only_texts_are_similar(make):
    assert make(tally_of(table([["a", "b"]]))) is Undefined.SCALE_NOT_MEASURED
    assert make(of(["a", None])) is Undefined.NO_PAIRABLE_UNITS


@pytest.mark.parametrize(("missing", "make"), [("rapidfuzz", edit_similarity), ("sacrebleu", chrf)])
def test_without_the_package_the_answer_says_so(monkeypatch, missing, make):
    monkeypatch.setitem(__import__("sys").modules, missing, None)
    for name in [name for name in __import__("sys").modules if name.startswith(f"{missing}.")]:
        monkeypatch.delitem(__import__("sys").modules, name)
    assert make(of(["a", "b"])) is Undefined.NOT_INSTALLED
