"""What a batch's file states, which batch is the newer one, and which decisions of experts are used."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core import Batch, Decision, DecisionKind, Location, Purpose
from assay.labels.batches import age_key, ages, by_age, newest_batches, read_batch, reopening, unique_decisions
from assay.labels.paths import FileRole, LabelFile
from assay.project.roster import load_roster
from projects import load, small_project

PATH = "labels/mood/r1/batch.yaml"
FILE = LabelFile(path=PATH, role=FileRole.BATCH, task="mood", batch="r1")
PLAIN = "purpose: label\nstatus: open\ncreated: 2026-01-02\nguideline: 0.2.0\n"
VERSIONS = frozenset({"0.1.0", "0.2.0"})


def read(root, text):
    project = small_project(root, {PATH: text})
    return read_batch(project.snapshot, FILE, VERSIONS, load_roster(project))


def test_a_batch_is_what_its_file_states(tmp_path):
    plain = Batch(name="r1", purpose=Purpose.LABEL, closed=False, created="2026-01-02", guideline="0.2.0")
    assert read(tmp_path / "plain", PLAIN) == (plain, ())
    assert (plain.annotators, plain.overlap, plain.seed, plain.prelabels) == ((), "", None, "")
    more = "annotators: [ben, ada]\noverlap: 2\nseed: 0\nprelabels: bot\n"
    full = PLAIN.replace("open", "closed").replace("label", "audit").replace("01-02", "01-02T10:00:00Z") + more
    wanted = Batch(
        name="r1", purpose=Purpose.AUDIT, closed=True, created="2026-01-02T10:00:00Z", guideline="0.2.0",
        annotators=("ben", "ada"), overlap="2", seed=0, prelabels="bot",
    )  # fmt: skip
    assert read(tmp_path / "full", full) == (wanted, ())


@pytest.mark.parametrize(
    ("text", "places", "says", "used"),
    [
        ("purpose: [\n", [(2, "")], "", False),
        ("", [(1, "")], "", False),
        ("# x\n" * 70_000, [(0, "")], "larger than 256 KiB", False),
        (PLAIN.replace("label", "fun"), [(1, "/purpose")], "", False),
        (PLAIN.replace("status: open\n", ""), [(1, "")], "status", False),
        (PLAIN + "odd: 1\nalso: 2\n", [(5, "/odd"), (6, "/also")], "", False),
        (PLAIN.replace("01-02", "13-02"), [(3, "/created")], "created: '2026-13-02' is not a valid date", False),
        (PLAIN.replace("0.2.0", "0.3.0"), [(4, "/guideline")], "the guideline has no version '0.3.0'", True),
        (PLAIN + "annotators: [ada, eve, ben, fay]\n", [(5, "/annotators/1"), (5, "/annotators/3")], "is not in the roster", True),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_file_of_a_batch_is_told_where_it_is(tmp_path, text, places, says, used):
    batch, found = read(tmp_path, text)
    assert {(one.at.path, one.batch, one.task) for one in found} == {(PATH, "r1", "mood")}
    assert sorted((one.at.line, one.at.pointer) for one in found) == places, found
    assert all(says in one.message for one in found), found
    assert (batch is not None) is used
    if "version" in says:
        assert found[0].fix == "versions: 0.1.0, 0.2.0"


def test_a_version_is_named_where_the_guideline_has_one(tmp_path):
    project = small_project(tmp_path, {PATH: PLAIN})
    _, (found,) = read_batch(project.snapshot, FILE, frozenset(), load_roster(project))
    assert (found.rule, "versions" in found.fix) == ("label/unknown-guideline", False)
    gone = replace(FILE, path="labels/mood/r9/batch.yaml", batch="r9")
    batch, (lost,) = read_batch(project.snapshot, gone, VERSIONS, load_roster(project))
    assert (batch, lost.rule, lost.at.path, lost.batch) == (None, "batch/file", gone.path, "r9")
    assert lost.message == "batch.yaml: No such file or directory"


def test_who_reopens_a_batch_is_said():
    assert reopening("mood", "r1") == "ask a lead to reopen it: `assay batch reopen mood r1`"


def batch(name, created, *, closed=True, purpose=Purpose.LABEL):
    return Batch(name=name, purpose=purpose, closed=closed, created=created, guideline="0.1.0")


BATCHES = (
    batch("a", "2026-03-01"),
    batch("b", "2026-02-01T00:00:01Z"),
    batch("c", "2026-02-01"),
    batch("d", "2026-01-01", purpose=Purpose.AUDIT),
    batch("e", "2026-01-01", closed=False),
    batch("f", "2026-02-01"),
    batch("g", "2026-05-01", closed=False, purpose=Purpose.RELABEL),
)


def test_batches_are_older_by_their_day_and_then_by_name_and_only_those_that_count_have_an_age():
    assert sorted("abcdefg", key=lambda name: age_key(next(one for one in BATCHES if one.name == name))) == [*"decfbag"]
    closed, opened = (ages(BATCHES, closed=one) for one in (True, False))
    assert (closed.tolist(), opened.tolist()) == ([3, 2, 0, -1, -1, 1, -1], [-1, -1, -1, -1, 0, -1, 1])
    assert (by_age(closed).tolist(), by_age(opened).tolist()) == ([2, 5, 1, 0, -1], [4, 6, -1])
    assert by_age(ages((), closed=True)).tolist() == [-1]


def codes(*numbers):
    return np.array(numbers, dtype=np.int32)


def test_the_newest_batch_of_an_item_is_of_those_that_ask_for_it_or_have_an_answer():
    answered = (codes(2, 2, 5, 3, 4), codes(0, 1, 1, 2, 0))
    asked = (codes(1, 6, 0, 3), codes(0, 0, 3, 3))
    assert newest_batches(BATCHES, [answered, asked], 5, closed=True).tolist() == [1, 5, -1, 0, -1]
    assert newest_batches(BATCHES, [answered, asked], 5, closed=False).tolist() == [6, -1, -1, -1, -1]
    assert newest_batches(BATCHES, [asked, answered], 5, closed=True).tolist() == [1, 5, -1, 0, -1]
    assert newest_batches(BATCHES, [], 2, closed=True).tolist() == [-1, -1]


def ruling(who, tone, *, item="i1", batch="r1", line=1, kind=DecisionKind.ADJUDICATION):
    return Decision(kind=kind, item=item, label={"tone": tone}, who=who, batch=batch, reason="", guideline="",
                    path=f"labels/mood/{batch}/{who}.adjudicated.jsonl", line=line)  # fmt: skip


def test_of_decisions_that_differ_none_is_used_and_each_later_one_is_told():
    first, second, third, fourth = (
        ruling(who, tone) for who, tone in zip("abcd", ("good", "bad", "good", "sad"), strict=True)
    )
    decisions, found = unique_decisions([fourth, third, second, first], "mood")
    assert decisions == ()
    assert [(one.at.path, one.at.line, one.at.pointer, one.annotator) for one in found] == [
        (second.path, 1, "/label", "b"), (fourth.path, 1, "/label", "d"),
    ]  # fmt: skip
    assert found[0].rule == "adjudication/contradiction"
    assert found[0].message == f"b decides 'i1' differently from {Location(path=first.path, line=1, pointer='/label')}"
    assert (found[0].task, found[0].batch, found[0].item) == ("mood", "r1", "i1")
    gold = [ruling(who, tone, batch="", kind=DecisionKind.GOLD) for who, tone in (("a", "good"), ("b", "bad"))]
    [told] = unique_decisions(gold, "mood")[1]
    assert (told.rule, told.message[:9]) == ("gold/contradiction", "b answers")


def test_one_decision_an_item_and_batch_is_used_beside_gold_and_the_first_of_equal_ones():
    same = [ruling("b", "w"), ruling("a", "w"), ruling("a", "x", item="i0", line=2)]
    apart = [ruling("a", "y", batch="r2"), ruling("a", "z", batch="", kind=DecisionKind.GOLD)]
    decisions, found = unique_decisions([*same, *apart], "mood")
    assert found == ()
    assert [(one.kind.value, one.item, one.batch, one.who) for one in decisions] == [
        ("adjudication", "i0", "r1", "a"), ("adjudication", "i1", "r1", "a"), ("adjudication", "i1", "r2", "a"),
        ("gold", "i1", "", "a"),
    ]  # fmt: skip


ADA, BEN = (f"labels/mood/r1/{who}.adjudicated.jsonl" for who in ("ada", "ben"))


def decided(root, changed):
    loaded = load(
        small_project(root, {"labels/mood/gold/ada.jsonl": "", "labels/mood/gold/@crowd.jsonl": "", **changed})
    )
    return [(one.item, one.who, one.label, one.guideline, one.reason) for one in loaded.corpus.decisions]


def test_a_decision_has_its_values_in_canonical_form_and_the_version_that_it_states_or_its_batch_follows(tmp_path):
    lines = (
        '{"item":"i1","label":{"share":2.0,"tone":"good","topics":["b","a"]},"reason":"other"}\n'
        '{"item":"i2","label":{"tone":"bad","topics":[]},"reason":"edge-case","guideline":"0.2.0"}\n'
    )
    assert decided(tmp_path / "1", {ADA: lines}) == [
        ("i1", "ada", {"share": 2, "tone": "good", "topics": ["a", "b"]}, "0.1.0", "other"),
        ("i2", "ada", {"tone": "bad", "topics": []}, "0.2.0", "edge-case"),
    ]
    gold = '{"item":"i1","label":{"tone":"good"},"why":"?"}\n{"item":"i2","label":{"tone":"bad"},"guideline":"0.1.0"}\n'
    assert decided(tmp_path / "2", {ADA: "", "labels/mood/gold/ada.jsonl": gold}) == [
        ("i1", "ada", {"tone": "good"}, "", ""), ("i2", "ada", {"tone": "bad"}, "0.1.0", ""),
    ]  # fmt: skip


SOUND = '{"item":"i1","label":{"tone":"good"},"reason":"other"}\n'


@pytest.mark.parametrize(
    ("changed", "used"),
    [
        ({}, True),
        ({ADA: SOUND.replace("i1", "zz")}, False),
        ({ADA: SOUND.replace("good", "god")}, False),
        ({ADA: SOUND + SOUND.replace("good", "bad")}, True),
        ({ADA: SOUND.replace("}\n", ',"at":"today"}\n')}, False),
        ({ADA: SOUND.replace("}\n", ',"at":"2025-01-01T00:00:00Z"}\n')}, True),
        ({ADA: SOUND.replace("}\n", ',"guideline":"9.0.0"}\n')}, False),
        ({ADA: SOUND.replace('"good"', '"good","names":[{"end":3,"start":0,"text":"x"}]')}, False),
        ({ADA: SOUND.replace('"good"', '"good","names":[{"end":6,"start":0}]')}, True),
        ({ADA: "", BEN: SOUND}, True),
        ({ADA: "", BEN.replace("ben", "eve"): SOUND}, False),
        ({PATH: "purpose: ?\n"}, False),
    ],
)
def test_a_decision_is_used_that_has_no_error_of_somebody_known_in_a_batch_that_can_be_read(tmp_path, changed, used):
    assert [item for item, *_ in decided(tmp_path, {ADA: SOUND, **changed})] == ["i1"] * used


def test_two_who_decide_the_same_in_other_words_decide_it_once(tmp_path):
    share = SOUND.replace('"tone"', '"share":2.0,"tone"')
    assert len(decided(tmp_path / "same", {ADA: share, BEN: share.replace("2.0", "2")})) == 1
    assert decided(tmp_path / "differ", {ADA: share, BEN: share.replace("2.0", "3")}) == []


def test_gold_of_somebody_unknown_is_not_used_and_that_of_a_source_is(tmp_path):
    line = '{"item":"i1","label":{"tone":"good"}}\n'
    files = {ADA: "", **{f"labels/mood/gold/{who}.jsonl": line.replace("i1", item) for who, item in (("eve", "i1"), ("@crowd", "i2"), ("bot", "i3"))}}  # fmt: skip
    assert [(item, who) for item, who, *_ in decided(tmp_path, files)] == [("i2", "@crowd"), ("i3", "bot")]
