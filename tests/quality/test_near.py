"""Near duplicates: all that are as near as that and nothing else, at a cost that grows with the number of items."""

import os
import random
from functools import cache
from itertools import combinations

import pytest

from assay.quality import duplicate_items
from assay.quality.duplicate_items import SHORT, near_pairs, shown_content

WORDS = [f"{one}{two}{three}" for one in "bdfgk" for two in ("am", "el", "io") for three in ("n", "st", "rka")]


def sentence(rng, words):
    return " ".join(rng.choices(WORDS, k=words))


def pairs(texts, at_least=0.9):
    return {
        (one, other): likeness
        for one, other, likeness in near_pairs(enumerate(shown_content({"t": text}, ()) for text in texts), at_least)
    }


@cache
def shingles(text):
    return frozenset(text[at : at + 5] for at in range(len(text) - 4))


def jaccard(one, other):
    mine, theirs = shingles(one), shingles(other)
    return len(mine & theirs) / len(mine | theirs)


def test_near_texts_are_found_whatever_else_there_is():
    """Against every pair by hand: each that is near is joined, directly or by others; what is joined is near to what it is joined with."""
    rng = random.Random(4)
    texts = [sentence(rng, rng.randint(4, 40)) for _ in range(180)]
    for at in range(0, 180, 3):
        words = texts[at].split()
        words[rng.randrange(len(words))] = rng.choice(WORDS)
        texts.append(" ".join(words))
        texts.append(texts[at] + "!")
    rng.shuffle(texts)
    found = pairs(texts)
    assert all(
        one < other and likeness == jaccard(texts[one], texts[other]) >= 0.9 for (one, other), likeness in found.items()
    )
    joined = {at: {at} for at in range(len(texts))}
    for one, other in found:
        together = joined[one] | joined[other]
        joined |= dict.fromkeys(together, together)
    wanted = [pair for pair in combinations(range(len(texts)), 2) if jaccard(texts[pair[0]], texts[pair[1]]) >= 0.9]
    missed = [pair for pair in wanted if pair[1] not in joined[pair[0]]]
    assert len(wanted) > 60
    assert missed == []


@pytest.mark.parametrize("parts", [{"_DENSE": 0}, {"_DENSE": 0, "_CHUNK": 700, "_BLOCK": 300}, {"_BLOCK": 300}])
def test_what_is_near_does_not_depend_on_how_many_texts_are_looked_at_at_once(parts, monkeypatch):
    rng = random.Random(6)
    texts = [sentence(rng, rng.randint(4, 40)) for _ in range(150)]
    texts += [f"{text} and more" for text in texts] + [f"{texts[0]} {'.' * at}" for at in range(20)]
    at_once = pairs(texts)
    for name, value in parts.items():
        monkeypatch.setattr(duplicate_items, name, value)
    assert len(at_once) > 50
    assert pairs(texts) == at_once


def test_case_and_forms_of_letters_make_no_difference_and_the_first_is_named():
    one = "The ﬁnal word is said Tomorrow"
    assert pairs([one, one.upper(), "something else that is long enough", one.lower().replace("ﬁ", "fi")]) == {
        (0, 1): 1.0,
        (0, 3): 1.0,
    }


LONG = "a long text that is the same in all of the items that are compared with each other here"


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({"t": LONG}, {"t": LONG + "."}, True),
        ({"t": LONG, "n": 1}, {"t": LONG + ".", "n": 2}, False),
        ({"t": LONG, "n": 1}, {"t": LONG + ".", "n": 1}, True),
        ({"t": LONG, "n": [1, {"m": -0.0}]}, {"t": LONG + ".", "n": [1.0, {"m": 0}]}, True),
        ({"t": LONG, "q": "who?"}, {"t": LONG, "q": "why?"}, False),
        ({"t": LONG, "f": "media/" + "x" * 200 + "1.png"}, {"t": LONG, "f": "media/" + "x" * 200 + "2.png"}, False),
        ({"t": LONG, "u": LONG}, {"t": LONG, "u": "a text that says something else than the other one does"}, False),
        ({"t": LONG.split()}, {"t": [*LONG.split(), "."]}, True),
        ({"t": [{"who": "a", "says": LONG}]}, {"t": [{"who": "a", "says": LONG + "."}]}, True),
        ({"t": [{"who": "a", "says": LONG}]}, {"t": [{"who": "b", "says": LONG + "."}]}, False),
        (
            {"t": "103__one-model-7b__another-model-13b-v1.2__1"},
            {"t": "103__one-model-7b__another-model-13b-v1.2__2"},
            False,
        ),
        (
            {"t": "今日はとても良い天気なので公園まで散歩に行きました"},
            {"t": "今日はとても良い天気なので公園まで散歩に行きました。"},
            True,
        ),
        ({"t": "x" * (SHORT - 1)}, {"t": "X" * (SHORT - 1)}, False),
        ({"t": LONG}, {"u": LONG}, False),
        ({"t": LONG}, {"t": [LONG]}, True),
        ({}, {}, False),
        ({"n": 1}, {"n": 1.0}, False),
    ],
)
def test_items_are_near_where_each_text_is_and_all_else_is_the_same(one, other, found):
    assert len([*near_pairs(enumerate([shown_content(one, {"f"}), shown_content(other, {"f"})]), 0.9)]) == found


def test_templates_and_copies_by_the_thousand_cost_no_more_than_their_number():
    rng = random.Random(5)
    template = [
        f"please book a table at {sentence(rng, 6)} for the evening and tell me when it is done" for _ in range(4000)
    ]
    copies = [LONG + "." * (at % 2) for at in range(4000)]
    before = os.times().user
    found = pairs([*template, *copies])
    assert os.times().user - before < 15
    assert sum(one >= 4000 for one, _ in found) == 3999
    assert all(jaccard(template[one], template[other]) >= 0.9 for one, other in found if other < 4000)
