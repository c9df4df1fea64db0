"""Versions, and the later changes that affect a label."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.guidelines.front_matter import Change, Guideline
from assay.guidelines.versions import Level, Version, level_between, ordered_changes, outdated_by, version_of

VERSIONS = st.builds(Version, *(st.integers(0, 30) for _ in range(3)))


def guideline(*changes):
    entries = tuple(
        Change(version=version, date="2026-01-01", summary="s", affects=affects) for version, affects in changes
    )
    return Guideline(task="t", version=entries[-1].version, owners=(), changes=entries)


@given(VERSIONS)
def test_a_version_is_written_as_it_was_read(version):
    assert version_of(str(version)) == version


@given(VERSIONS, st.sampled_from(Level))
def test_the_next_version_is_higher_by_what_it_says(version, level):
    assert version < version.next(level)
    assert level_between(version, version.next(level)) is level


@given(VERSIONS, VERSIONS)
def test_of_two_versions_the_higher_number_in_front_decides(one, other):
    assert (one < other) == (tuple(one) < tuple(other))


@pytest.mark.parametrize(("level", "version"), [(Level.PATCH, "1.2.4"), (Level.MINOR, "1.3.0"), (Level.MAJOR, "2.0.0")])
def test_the_version_that_is_due(level, version):
    assert str(version_of("1.2.3").next(level)) == version
    assert Level.PATCH < Level.MINOR < Level.MAJOR


@pytest.mark.parametrize(
    ("after", "level"),
    [
        ("1.2.4", Level.PATCH),
        ("1.2.9", Level.PATCH),
        ("1.3.0", Level.MINOR),
        ("1.3.9", Level.MINOR),
        ("2.0.0", Level.MAJOR),
        ("2.3.4", Level.MAJOR),
        ("10.0.0", Level.MAJOR),
    ],
)
def test_the_first_number_that_is_higher_says_how_much_changed(after, level):
    assert level_between(version_of("1.2.3"), version_of(after)) is level


def test_entries_out_of_order_are_read_in_order():
    stated = guideline(("1.10.0", ("a",)), ("1.0.0", ()), ("1.9.0", ("a",)))
    assert [change.version for change in ordered_changes(stated)] == ["1.0.0", "1.9.0", "1.10.0"]
    assert [change.version for change in outdated_by(stated, "1.0.0", {"a": 1}, {})] == ["1.9.0", "1.10.0"]


@pytest.mark.parametrize(
    ("affects", "since", "outdated"),
    [
        (("mood",), {"mood": None}, True),
        (("mood",), {"mood": version_of("1.1.0")}, True),
        (("mood",), {"mood": version_of("1.2.0")}, True),
        (("mood",), {"mood": version_of("1.0.9")}, False),
        (("mood=good",), {"mood": None}, False),
        (("mood",), {}, False),
        (("all",), {}, True),
        (("mood=good",), {"mood": version_of("1.1.0")}, False),
        ((), {"mood": None}, False),
        (("other", "mood"), {"mood": None}, True),
    ],
)
def test_a_version_that_selects_a_whole_new_field_affects_labels_without_it(affects, since, outdated):
    stated = guideline(("1.0.0", ()), ("1.1.0", affects))
    assert bool(outdated_by(stated, "1.0.0", {"intent": "refund"}, since)) is outdated
    assert not outdated_by(stated, "1.1.0", {"intent": "refund"}, since)
    assert bool(outdated_by(stated, "1.0.0", {"mood": "bad"}, since)) is (affects not in {(), ("mood=good",)})


def test_versions_order_by_number_and_not_by_text():
    assert version_of("1.9.0") < version_of("1.10.0") < version_of("2.0.0")


def test_only_later_changes_make_a_label_outdated():
    stated = guideline(("1.0.0", ("all",)), ("1.1.0", ("intent=refund",)), ("1.2.0", ("urgency",)))
    since = {"intent": version_of("1.0.0"), "urgency": version_of("1.0.0")}

    def by(made, label):
        return [change.version for change in outdated_by(stated, made, label, since)]

    assert by("1.0.0", {"intent": "refund"}) == ["1.1.0"]
    assert by("1.0.0", {"intent": "refund", "urgency": 2}) == ["1.1.0", "1.2.0"]
    assert by("1.1.0", {"intent": "refund"}) == []
    assert by("1.1.0", {"intent": "cancel", "urgency": 1}) == ["1.2.0"]
    assert by("1.2.0", {"intent": "refund", "urgency": 1}) == []


def test_a_label_without_a_field_is_outdated_by_the_version_that_adds_it():
    stated = guideline(("1.0.0", ()), ("1.1.0", ("mood",)))
    label = {"intent": "refund"}

    assert outdated_by(stated, "1.0.0", label, {"intent": version_of("1.0.0"), "mood": version_of("1.1.0")})
    assert outdated_by(stated, "1.0.0", label, {"intent": version_of("1.0.0"), "mood": None})
    assert not outdated_by(stated, "1.1.0", label, {"mood": version_of("1.1.0")})


def test_a_missing_answer_is_not_outdated_by_a_change_of_a_field_that_others_had_answered():
    stated = guideline(("1.0.0", ()), ("1.1.0", ("mood",)))
    assert not outdated_by(stated, "1.0.0", {"intent": "refund"}, {"mood": version_of("1.0.0")})


def test_a_field_that_the_schema_does_not_have_affects_nothing():
    stated = guideline(("1.0.0", ()), ("1.1.0", ("mood",)))
    assert not outdated_by(stated, "1.0.0", {"intent": "refund"}, {"intent": version_of("1.0.0")})
