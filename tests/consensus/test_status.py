"""Whether an item is resolved, why not, and how many votes stand behind its label."""

import pytest

from assay.consensus.result import Source
from assay.consensus.status import CellResult, StatusRules, Undecided
from assay.project.validator import Validator

PROPERTIES = {"mood": {"enum": ["good", "bad"]}, "tone": {"enum": ["x", "y"]}, "why": {"type": "string"}}
BAD = {"required": ["why"], "properties": {"tone": False}}
RULES = {
    "type": "object",
    "required": ["mood"],
    "properties": PROPERTIES,
    "if": {"required": ["mood"], "properties": {"mood": {"const": "bad"}}},
    "then": BAD,
}
BOTH = {"type": "object", "required": ["mood", "tone"], "properties": PROPERTIES}
FREE = {"type": "object", "properties": PROPERTIES}


def cell(value, source, votes, **of):
    return CellResult(value, source, votes, **{"waiting": False, **of})


def voted(value, votes=2, **of):
    return cell(value, Source.VOTED, votes, **of)


def gold(value, votes=0):
    return cell(value, Source.GOLD, votes)


def tied(*given, votes=2, **of):
    return cell(None, Source.TIE, votes, given=given, **of)


def apart(*given, votes=2):
    return cell(None, Source.APART, votes, given=given)


NONE = cell(None, Source.NONE, 0)
WAITS = cell(None, Source.NONE, 0, waiting=True)
GOOD = voted("good", 3)


def status(rules=RULES, **cells):
    return StatusRules(Validator(rules)).of(cells)


@pytest.mark.parametrize(
    ("cells", "why", "fields", "complete"),
    [
        ({"mood": GOOD, "tone": NONE}, None, "", True),
        ({"mood": GOOD, "tone": voted("x")}, None, "", True),
        ({"mood": NONE, "tone": NONE}, Undecided.SKIPPED, "mood", False),
        ({"mood": NONE, "tone": voted("x")}, Undecided.REQUIRED, "mood", False),
        ({"mood": voted("bad"), "why": NONE}, Undecided.REQUIRED, "why", False),
        ({"mood": voted("odd")}, Undecided.REFUSED, "", False),
        ({"mood": tied("good", "bad"), "tone": NONE}, Undecided.TIE, "mood", False),
        ({"mood": GOOD, "tone": tied("x", "y")}, Undecided.TIE, "tone", True),
        ({"mood": apart("good", "bad")}, Undecided.APART, "mood", False),
        ({"mood": GOOD, "tone": apart("x", "y")}, Undecided.APART, "tone", True),
        ({"mood": apart("good", "bad"), "tone": tied("x", "y")}, Undecided.TIE, "mood tone", False),
        ({"mood": WAITS, "tone": tied("x", "y")}, Undecided.WAITING, "mood tone", False),
        ({"mood": GOOD, "tone": WAITS}, Undecided.WAITING, "tone", False),
        ({"mood": voted("good", undecided=True)}, Undecided.TIE, "mood", True),
        ({"mood": GOOD, "tone": tied("x", undecided=True)}, Undecided.TIE, "tone", False),
        ({"mood": GOOD, "tone": cell(None, Source.NONE, 0, undecided=True)}, None, "", True),
    ],
)
def test_an_item_is_unresolved_for_the_first_reason_that_holds_and_names_the_fields(cells, why, fields, complete):
    found = status(**cells)
    assert (found.why, found.fields, found.complete) == (why, frozenset(fields.split()), complete)


@pytest.mark.parametrize(
    ("cells", "why", "label"),
    [
        ({"mood": gold("bad"), "why": gold("w"), "tone": tied("x", "y")}, None, "mood why"),
        ({"mood": gold("bad"), "why": gold("w"), "tone": apart("x", "y")}, None, "mood why"),
        ({"mood": gold("bad"), "why": voted("w"), "tone": tied("x", "y")}, None, "mood why"),
        ({"mood": gold("bad"), "why": gold("w"), "tone": tied()}, Undecided.TIE, "mood why"),
        ({"mood": voted("bad"), "why": voted("w"), "tone": tied("x", "y")}, Undecided.TIE, "mood why"),
        ({"mood": gold("good"), "tone": tied("x", "z")}, Undecided.TIE, "mood"),
        ({"mood": gold("good"), "tone": tied("q", "z")}, None, "mood"),
        ({"mood": gold("bad"), "why": gold("w"), "tone": voted("x")}, None, "mood why"),
        ({"mood": gold("bad"), "why": NONE, "tone": tied("x", "y")}, Undecided.TIE, "mood"),
    ],
)
def test_votes_that_an_experts_label_rules_out_keep_nothing_open(cells, why, label):
    found = status(**cells)
    assert (found.why, found.label.keys()) == (why, set(label.split()))


@pytest.mark.parametrize(
    ("rules", "cells", "votes", "by_votes"),
    [
        (RULES, {"mood": GOOD, "tone": voted("x", 1)}, 3, 3),
        (RULES, {"mood": voted("good", 2), "tone": voted("x", 5)}, 2, 2),
        (RULES, {"mood": gold("good", 1), "tone": voted("x", 5)}, 1, None),
        (BOTH, {"mood": GOOD, "tone": voted("x", 2), "why": voted("w", 1)}, 2, 2),
        (BOTH, {"mood": gold("good", 1), "tone": voted("x", 4)}, 1, 4),
        (BOTH, {"mood": gold("good", 1), "tone": gold("x", 4)}, 1, None),
        (FREE, {"mood": GOOD, "tone": voted("x", 5)}, 5, 5),
        (FREE, {"mood": gold("good", 6), "tone": voted("x", 5)}, 6, 5),
        (FREE, {"mood": gold("good", 6)}, 6, None),
        (FREE, {"mood": cell("good", Source.SINGLE, 1), "tone": tied("x", "y", votes=4)}, 1, 1),
        (FREE, {"mood": cell("good", Source.UNANIMOUS, 2), "tone": NONE}, 2, 2),
        (FREE, {"mood": NONE}, 0, None),
    ],
)
def test_the_votes_are_the_fewest_on_what_is_required_else_the_most(rules, cells, votes, by_votes):
    found = status(rules, **cells)
    assert (found.votes, found.voted) == (votes, by_votes)
