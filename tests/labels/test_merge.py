"""The three-way merge of one record, for everybody who merges records."""

import json

import pytest

from assay.annotator.own_files import merge_lines
from assay.labels.annotator_file import OnBranch, OwnFile, Unmerged
from assay.labels.merge import Side, later, merge_record

OURS, THEIRS, BOTH = Side


def line(tone, hour=None):
    made = {} if hour is None else {"at": f"2026-06-01T{hour:02}:00:00Z"}
    return json.dumps({"item": "i1", "label": {"tone": tone}, **made}, separators=(",", ":")).encode()


OLD, NEW, NEWER, SAME, UNDATED = line("a", 8), line("b", 9), line("c", 10), line("d", 10), line("e")
CASES = {  # base, ours, theirs: of two changes neither is preferred; the later one is
    "nobody changed it": (OLD, OLD, OLD, THEIRS, THEIRS),
    "they changed it": (OLD, OLD, NEW, THEIRS, THEIRS),
    "they changed it to an older one": (NEW, NEW, OLD, THEIRS, THEIRS),
    "they removed it": (OLD, OLD, None, THEIRS, THEIRS),
    "they added it": (None, None, NEW, THEIRS, THEIRS),
    "we changed it": (OLD, NEW, OLD, OURS, OURS),
    "we changed it to an older one": (NEW, OLD, NEW, OURS, OURS),
    "we removed it": (OLD, None, OLD, OURS, OURS),
    "we added it": (None, NEW, None, OURS, OURS),
    "both removed it": (OLD, None, None, OURS, OURS),
    "both made the same change": (OLD, NEW, NEW, OURS, OURS),
    "our change against a removal": (OLD, NEW, None, BOTH, BOTH),
    "a removal against their change": (OLD, None, NEW, BOTH, BOTH),
    "two changes, theirs later": (OLD, NEW, NEWER, BOTH, THEIRS),
    "two changes, ours later": (OLD, NEWER, NEW, BOTH, OURS),
    "both added it": (None, NEW, NEWER, BOTH, THEIRS),
    "two changes at one time": (OLD, NEWER, SAME, BOTH, BOTH),
    "ours has no time": (OLD, UNDATED, NEW, BOTH, BOTH),
    "theirs has no time": (OLD, NEW, UNDATED, BOTH, BOTH),
}


@pytest.mark.parametrize("case", CASES)
def test_what_one_side_changed_holds_and_two_changes_are_a_conflict_unless_one_is_preferred(case):
    base, ours, theirs, side, by_time = CASES[case]
    assert merge_record(base, ours, theirs) is side
    assert merge_record(base, ours, theirs, choose=later) is by_time


@pytest.mark.parametrize("case", CASES)
def test_two_commits_of_somebodys_own_answers_come_together_item_by_item_or_not_at_all(case):
    base, ours, theirs, _, side = CASES[case]
    states = [{"other": UNDATED, **({"i1": one} if one else {})} for one in (base, ours, theirs)]
    expected = {OURS: states[1], THEIRS: states[2], BOTH: None}[side]
    assert merge_lines(*states) == expected


def test_a_removal_against_a_change_is_a_conflict_whatever_would_be_preferred():
    for ours, theirs in ((None, NEW), (NEW, None)):
        assert merge_record(OLD, ours, theirs, choose=lambda *_: OURS) is BOTH


def test_a_line_written_in_another_way_is_the_same_record_and_the_sides_own_spelling_stands():
    spaced, other = OLD.replace(b",", b", "), OLD.replace(b'":', b'": ')

    def same(one, another):
        return json.loads(one) == json.loads(another)

    for base, ours, theirs, side in (
        (OLD, spaced, OLD, OURS),
        (OLD, OLD, spaced, THEIRS),
        (OLD, spaced, other, OURS),
        (OLD, spaced, NEW, THEIRS),
        (OLD, NEW, spaced, OURS),
        (OLD, spaced, None, THEIRS),
        (OLD, None, spaced, OURS),
        (None, OLD, spaced, OURS),
        (NEW, OLD, spaced, OURS),
    ):
        assert merge_record(base, ours, theirs, same=same) is side, (base, ours, theirs)


@pytest.mark.parametrize("case", [name for name in CASES if CASES[name][2]])
def test_an_answer_on_another_branch_is_merged_by_the_same_rule_and_never_taken_back_here(case):
    base, ours, theirs, _, side = CASES[case]
    there = OnBranch(branch="b", commit="c", lines={"i1": theirs}, parted={"i1": base} if base else {})
    own = OwnFile(path="p", lines={"i1": ours} if ours else {}, digest="d")
    together = Unmerged(elsewhere={"p": (there,)}).over(own, {"i1"})
    holds = ours if ours and side is not THEIRS else theirs
    assert together.own.lines == {"i1": holds}
    assert (together.taken, together.apart) == (
        {"i1": "b"} if holds != ours else {},
        {"i1": "b"} if side is BOTH and ours else {},
    )


def test_of_two_other_branches_the_later_answer_holds_whatever_the_second_parted_from():
    first = OnBranch(branch="one", commit="1", lines={"i1": NEWER}, parted={"i1": OLD})
    second = OnBranch(branch="two", commit="2", lines={"i1": NEW}, parted={"i1": NEWER})
    own = OwnFile(path="p", lines={"i1": OLD}, digest="d")
    together = Unmerged(elsewhere={"p": (first, second)}).over(own, {"i1"})
    assert (together.own.lines, together.taken, together.apart) == ({"i1": NEWER}, {"i1": "one"}, {})


def test_two_answers_of_one_time_are_no_longer_apart_where_a_third_is_later():
    branches = tuple(
        OnBranch(branch=name, commit=name, lines={"i1": there}, parted={"i1": OLD})
        for name, there in (("tied", SAME), ("later", line("f", 11)))
    )
    own = OwnFile(path="p", lines={"i1": NEWER}, digest="d")
    assert Unmerged(elsewhere={"p": branches[:1]}).over(own, {"i1"}).apart == {"i1": "tied"}
    together = Unmerged(elsewhere={"p": branches}).over(own, {"i1"})
    assert (together.taken, together.apart) == ({"i1": "later"}, {})
