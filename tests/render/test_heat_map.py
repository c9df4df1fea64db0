"""The picture of pairs of annotators."""

import re
from xml.etree import ElementTree as ET

from assay.agreement.report import MOST_NAMES, agreement_pairs
from assay.core.agreement_result import BreakdownRow

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script>&\u202e\x1b[2J'


def rows(first, second, kappa, units=30, field="tone"):
    return [
        BreakdownRow(
            field=field, breakdown="pair", key=f"{first} \u00d7 {second}", coefficient=name, value=value,
            low=None, high=None, units=units,
        )
        for name, value in (("percent", 0.5), ("kappa", kappa))
    ]  # fmt: skip


def drawn(found, scale="nominal"):
    return ET.fromstring(agreement_pairs("t", {"tone": scale}, found))


def texts(picture):
    return [one.text for one in picture.iter(f"{SVG}text")]


def test_each_pair_stands_twice_with_its_kappa_and_says_what_it_rests_on():
    picture = drawn([*rows("ann", "bob", 0.25, 40), *rows("ann", "cid", -0.1), *rows("bob", "cid", None, 1)])
    assert [text for text in texts(picture) if re.fullmatch(r"-|-?\.\d\d", text)] == [
        ".25", "-.10", ".25", "-", "-.10", "-",
    ]  # fmt: skip
    said = [one.text for one in picture.iter(f"{SVG}title")]
    assert said[1] == "ann and bob: kappa 0.250, percent 0.500, 40 shared units"
    assert said[4] == "bob and cid: kappa -, percent 0.500, 1 shared unit"


def test_names_cannot_act_whoever_wrote_them():
    text = agreement_pairs(HOSTILE, {HOSTILE: "nominal"}, rows(HOSTILE, "bob", 0.5, field=HOSTILE))
    assert "<script" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text
    picture = ET.fromstring(text)
    kinds = {"svg", "title", "desc", "style", "rect", "text", "g"}
    assert {one.tag for one in picture.iter()} == {f"{SVG}{kind}" for kind in kinds}
    assert {name for one in picture.iter() for name in one.attrib if name.startswith("on") or "href" in name} == set()


def test_it_is_named_and_described_for_those_who_do_not_see_it():
    picture = drawn(rows("ann", "bob", 0.5))
    assert (picture.get("role"), picture.get("aria-labelledby")) == ("img", "title desc")
    assert picture.find(f"{SVG}title").text == "Agreement between annotators of t"
    assert "kappa" in picture.find(f"{SVG}desc").text


def test_of_many_annotators_those_are_shown_who_share_most_units():
    people = [f"a{n:02}" for n in range(MOST_NAMES + 5)]
    found = [row for n, name in enumerate(people) for row in rows(name, "zoe", 0.5, n + 1)]
    shown = texts(drawn(found))
    assert f"{MOST_NAMES} of {len(people) + 1} annotators, those who share most units" in shown
    assert ("a44" in shown, "zoe" in shown, "a05" in shown) == (True, True, False)


def test_where_there_is_no_pair_that_is_said():
    assert "no pair of annotators was measured" in texts(drawn([]))


def test_the_best_shared_come_first_and_a_legend_says_what_colours_mean():
    found = [*rows("ann", "bob", 0.25, 5), *rows("bob", "zoe", 1.0, 90), *rows("ann", "zoe", -1.0, 60)]
    picture = drawn(found)
    legend, names = texts(picture)[:4], [text for text in texts(picture) if text in {"ann", "bob", "zoe"}]
    assert legend == ["-1", "0", "1", "undefined"]
    assert names[::2] == ["zoe", "bob", "ann"]
    colours = [one.get("fill") for one in picture.iter(f"{SVG}rect")][1:]
    strip, cells = colours[:10], colours[10:]
    assert (strip[0], strip[8], strip[9]) == (cells[1], cells[0], "#ddd")
    assert len(set(strip)) == 10
