"""Which texts look alike, and which do not."""

import pytest

from assay.core.text import how_alike, lookalikes, quoted_text, yaml_text
from assay.files.yaml import load_yaml

MANY = 100_000


@pytest.mark.parametrize(
    ("one", "other", "differing"),
    [
        ("Ada", "ada", "case"),
        ("ada", "ada ", "white space"),
        ("a  b", "a b", "white space"),
        ("a\u00a0b", "a b", "white space"),
        ("STRASSE", "stra\u00dfe", "case"),
        ("Ren\u00e9", "Rene\u0301", "Unicode form"),
        ("Ada", "\uff21da", "Unicode form"),
        ("\ufb01x", "fix", "Unicode form"),
        ("ada", "ad\u200ba", "Unicode form"),
        ("ADA", "\uff21da", "case and Unicode form"),
        ("\u212a1", "k1", "case"),
        ("Ada", "\u0410d\u0430", "letters that look the same"),
        ("BOB", "\u0412\u041e\u0412", "letters that look the same"),
        ("ivan", "\u0406van", "letters that look the same"),
        ("Bill", "\u0412\u0406ll", "letters that look the same"),
        ("item-1", "item\u20131", "letters that look the same"),
        ("o'brien", "O\u2019Brien", "letters that look the same"),
        ("\u4e00", "\u30fc", "letters that look the same"),
        ("\u0430\u0440", "\u03b1\u03c1", "letters that look the same"),
    ],
)
def test_two_that_look_alike_are_a_group_and_it_is_said_in_what_they_differ(one, other, differing):
    assert lookalikes([one, other]) == (tuple(sorted((one, other))),)
    assert how_alike(one, other) == how_alike(other, one) == differing


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("item-1", "item-l"),
        ("i10", "il0"),
        ("A0", "AO"),
        ("rn", "m"),
        ("ada", "adaa"),
        ("a b", "ab"),
        ("Rene", "Ren\u00e9"),
        ("m\u00fcnchen-1", "m\u00fcnchen-l"),
        ("\u0442\u0435\u043a\u0441\u0442-10", "\u0442\u0435\u043a\u0441\u0442-1o"),
        ("\u6771\u4eac", "\u4eac\u90fd"),
        ("7", "07"),
    ],
)
def test_what_differs_for_a_reader_or_in_ascii_alone_does_not_look_alike(one, other):
    assert lookalikes([one, other]) == ()


def test_a_group_has_all_that_look_alike_whatever_their_order():
    names = ["ada ", "\u0410da", "Ada", "ben", "BEN", "\uff21da", "zoe"]
    wanted = (("Ada", "ada ", "\u0410da", "\uff21da"), ("BEN", "ben"))
    assert lookalikes(names) == lookalikes(names[::-1]) == wanted


def test_many_plain_ids_need_no_list_of_letters_and_one_odd_one_is_found_among_them(monkeypatch):
    monkeypatch.setattr("assay.core.text.load", lambda name: pytest.fail(f"{name} was loaded"))
    ids = [f"item-{number:06d}" for number in range(MANY)]
    assert lookalikes(ids) == ()
    assert lookalikes([*ids, "Item-000007", "item 1"]) == (("Item-000007", "item-000007"),)
    assert lookalikes([one.upper() for one in ids]) == ()


def test_a_name_in_a_message_survives_being_copied():
    assert quoted_text("Ada") == "'Ada'"
    assert quoted_text("\uff21da") == "'\uff21da' (\\uff21da)"
    for name in ('a"b\\c', "Rene\u0301", "\U0001f600", "tab\t", "\u200b"):
        quoted = yaml_text(name)
        assert quoted.isascii()
        assert load_yaml(f"{quoted}: x\n".encode(), "x.yaml").value == {name: "x"}
