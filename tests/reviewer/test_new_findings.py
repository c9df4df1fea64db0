"""What one state has and the other has not, however many findings stand behind those that are listed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.catalogue import Where, finding
from assay.core.findings import Location, digests_of, fold_findings, number_of, with_rest
from assay.reviewer.effects import difference


def found(item, line=1, rule="label/schema", path="labels/t/b/ada.jsonl"):
    return finding(rule, Location(path=path, line=line, pointer="/label/x"), f"about {item}", where=Where(item=item))


def listed(items, most):
    """The findings on these items, all of one rule in one file, with at most so many listed."""
    every = [found(item, line) for line, item in enumerate(items, start=1)]
    return tuple(with_rest(every[:most], every[most:]))


def test_what_is_folded_is_counted_and_not_lost():
    every = [found(f"i{n}", n, path=f"labels/t/b/p{n % 3}.jsonl") for n in range(90)]
    few = fold_findings(every, most=12)
    assert len(few) <= 12
    assert number_of(few) == 90
    assert number_of(fold_findings(few, most=3)) == 90
    assert sorted(b"".join(map(digests_of, fold_findings(few, most=3)))) == sorted(b"".join(map(digests_of, every)))


def test_one_of_each_rule_in_each_file_is_always_listed():
    every = [found("i", path=f"labels/t/b/p{n}.jsonl") for n in range(30)]
    assert len(fold_findings(every, most=5)) == 30


def test_a_new_fault_behind_the_listed_ones_is_new():
    old = [f"i{n}" for n in range(50)]
    (new,) = difference(listed(old, 5), listed([*old, "another"], 5))
    assert (new.at.path, new.rule, new.more) == ("labels/t/b/ada.jsonl", "label/schema", 0)


def test_one_mended_and_another_made_is_new_though_the_number_is_the_same():
    old = [f"i{n}" for n in range(50)]
    assert number_of(difference(listed(old, 5), listed([*old[:30], "another", *old[31:]], 5))) == 1


def test_mending_some_is_no_fault_though_others_are_listed_now():
    old = [f"i{n}" for n in range(50)]
    assert difference(listed(old, 5), listed(old[3:], 5)) == ()
    assert difference(listed(old, 5), listed(old[47:], 5)) == ()


ITEMS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=12)


@given(ITEMS, ITEMS, st.integers(1, 12), st.integers(1, 12))
def test_the_number_of_new_ones_does_not_depend_on_how_many_are_listed(before, after, few, fewer):
    whole = difference(listed(before, 99), listed(after, 99))
    capped = difference(listed(before, few), listed(after, fewer))
    assert number_of(capped) == len(whole)
    told = {one.item for one in capped if one.item}
    assert told <= {one.item for one in whole}


def test_other_rules_and_files_are_compared_beside():
    old = listed([f"i{n}" for n in range(20)], 5)
    beside = found("i1", rule="label/record")
    assert difference(old, (*old, beside)) == (beside,)
    assert difference((*old, beside), old) == ()
    assert replace(beside, rest=b"").more == 0


OLD = finding(
    "label/schema",
    Location(path="labels/t/b/@src.jsonl", line=3, pointer="/label/x"),
    "wrong",
    where=Where(task="t", batch="b", item="i1", annotator="a"),
)


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (OLD, False),
        (replace(OLD, at=replace(OLD.at, line=9)), False),
        (replace(OLD, message="wrong in another way"), False),
        (replace(OLD, rule="label/span"), True),
        (replace(OLD, at=replace(OLD.at, path="labels/t/c/@src.jsonl")), True),
        (replace(OLD, at=replace(OLD.at, pointer="/label/y")), True),
        (replace(OLD, item="i2"), True),
        (replace(OLD, annotator="b"), True),
    ],
)
def test_a_finding_is_new_by_rule_file_item_annotator_and_field_not_by_line_or_words(new, told):
    assert difference((OLD,), (new,)) == ((new,) if told else ())
    assert difference((OLD, new), (OLD, new)) == ()
