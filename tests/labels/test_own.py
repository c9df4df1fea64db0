from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import ConfigError, UsageError
from assay.labels.annotator_file import (
    NOTHING_UNMERGED,
    OnBranch,
    OwnFile,
    Unmerged,
    UnreadBranch,
    clear_unfinished,
    own_path,
    read_own,
    reread_own,
    write_own,
)
from assay.labels.records import ANNOTATION, dump_record
from projects import small_project

PATH = own_path("mood", "r1", "ben")


@pytest.fixture
def root(tmp_path):
    return small_project(tmp_path).root


def test_a_canonical_file_is_given_back_byte_for_byte(root):
    before = (root / PATH).read_bytes()
    own = read_own(root, PATH)
    assert own.data == before
    assert write_own(root, own) == own
    assert (root / PATH).read_bytes() == before


def test_lines_out_of_form_are_read_and_written_canonically(root):
    (root / PATH).write_text('{"label":{"tone":"bad"},"item":"i2"}\n{"item": "i1", "skip": "no"}')
    own = read_own(root, PATH)
    assert own.data == b'{"item":"i1","skip":"no"}\n{"item":"i2","label":{"tone":"bad"}}\n'


def test_a_file_that_is_not_there_has_no_annotations(root):
    own = read_own(root, own_path("mood", "r1", "chen"))
    assert (own.lines, own.digest, own.data, own.tag("i1")) == ({}, "", b"", "")


def test_a_record_is_put_in_replaced_and_taken_out(root):
    own = read_own(root, own_path("mood", "r1", "chen"))
    added = own.with_record("i3", {"item": "i3", "label": {"tone": "bad"}}).with_record(
        "i1", {"note": "é", "item": "i1", "skip": "later"}
    )
    assert added.data == '{"item":"i1","skip":"later","note":"é"}\n{"item":"i3","label":{"tone":"bad"}}\n'.encode()
    assert added.record("i3") == {"item": "i3", "label": {"tone": "bad"}}
    assert write_own(root, added.with_record("i1", None)).record("i1") is None
    assert read_own(root, added.path).data == b'{"item":"i3","label":{"tone":"bad"}}\n'


def test_the_last_annotation_taken_out_removes_the_file(root):
    own = read_own(root, PATH)
    for item in tuple(own.lines):
        own = own.with_record(item, None)
    assert write_own(root, own).digest == ""
    assert not (root / PATH).exists()


def test_the_tag_of_an_item_changes_exactly_with_its_annotation(root):
    own = read_own(root, PATH)
    record = own.record("i1")
    assert own.with_record("i1", record).tag("i1") == own.tag("i1")
    assert own.with_record("i1", {**record, "note": "?"}).tag("i1") != own.tag("i1")
    assert own.with_record("i2", None).tag("i1") == own.tag("i1")


@pytest.mark.parametrize(
    "content", ['{"item":"i1"', '{"item":"i1","skip":"a"}\n{"item":"i1","skip":"b"}\n', "<<<<<<< ours\n{}\n"]
)
def test_nothing_is_read_from_a_file_that_holds_what_cannot_be_kept(root, content):
    (root / PATH).write_text(content)
    with pytest.raises(ConfigError, match=r"ben\.jsonl"):
        read_own(root, PATH)


def test_a_symbolic_link_is_not_followed(root):
    (root / PATH).unlink()
    (root / PATH).symlink_to(root / own_path("mood", "r1", "ada"))
    with pytest.raises(UsageError):
        read_own(root, PATH)


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), max_size=8))
def test_any_texts_come_back_as_they_were_put_in(tmp_path_factory, skips):
    root = tmp_path_factory.mktemp("own")
    own = read_own(root, PATH)
    for item, reason in skips.items():
        own = own.with_record(item, {"item": item, "skip": reason})
    write_own(root, own)
    assert {item: read_own(root, PATH).record(item)["skip"] for item in skips} == skips


def test_a_file_is_read_again_only_where_it_changed(root):
    own = read_own(root, PATH)
    assert reread_own(root, own) is own
    (root / PATH).write_text('{"item":"i1","skip":"no"}\n')
    assert reread_own(root, own) == read_own(root, PATH) != own
    (root / PATH).unlink()
    assert reread_own(root, own) == read_own(root, PATH)


def test_nothing_is_written_over_what_changed_since_it_was_read(root):
    own = read_own(root, PATH)
    none = replace(own, lines={})
    for now in ('{"item":"i1","skip":"no"}\n', ""):
        (root / PATH).write_text(now)
        for file in (own, none):
            with pytest.raises(UsageError, match=r"ben\.jsonl changed since it was read"):
                write_own(root, file)
        assert (root / PATH).read_text() == now
    (root / PATH).unlink()
    with pytest.raises(UsageError, match="changed since"):
        write_own(root, own)
    new = read_own(root, own_path("mood", "r1", "chen"))
    assert write_own(root, new) == new
    assert not (root / new.path).exists()
    written = write_own(root, new.with_record("i1", {"item": "i1", "skip": "no"}))
    assert write_own(root, written.with_record("i1", None)).digest == ""


def test_the_first_line_that_cannot_be_read_is_named(root):
    (root / PATH).write_text('{"item":"i1","skip":"a"}\noops\r\n{"item":"i1","secs":1}\n{"skip":"b"}\n')
    with pytest.raises(ConfigError, match=r"ben\.jsonl:2 "):
        read_own(root, PATH)


def test_what_a_killed_process_left_beside_the_file_goes_and_nothing_else(root):
    own, other = root / PATH, root / own_path("mood", "r1", "ada")
    left, kept = own.with_name(f".{own.name}.tmp-1"), other.with_name(f".{other.name}.tmp-1")
    left.touch(), kept.touch()
    clear_unfinished(root, PATH)
    assert (own.exists(), left.exists(), kept.exists()) == (True, False, True)


def line(item, at="", **more):
    made = {"at": f"2026-06-01T{at}:00:00Z"} if at else {}
    return dump_record(ANNOTATION, {"item": item, "label": {"tone": "good"}, **made, **more})


def branch(name, lines, invalid=(), *, merged=False):
    return OnBranch(branch=name, commit="c", lines=lines, parted={}, invalid=invalid, merged=merged)


ASKED = [f"i{number}" for number in range(20)]


def test_the_annotator_is_told_of_answers_on_other_branches_by_branch():
    own = OwnFile(path="p", lines={"i1": line("i1", "10")}, digest="d")
    elsewhere = (
        branch("z", {"i2": line("i2"), "i3": line("i3"), "i1": line("i1", "09")}),
        branch("main", {"i1": line("i1", "11"), "not-asked": line("x")}, merged=True),
        branch("none", {"i1": line("i1", "08")}),
    )
    found = Unmerged(
        elsewhere={"p": elsewhere, "q": (branch("q", {"i4": line("i4")}),)},
        unread=(UnreadBranch(branch="w", why="it is gone"),),
    )
    assert [*found.messages(own, ASKED)] == [
        "1 of your answers is on branch main, merged, and not in this folder yet",
        "2 of your answers are on branch z, not merged yet",
        "warning: branch w may have answers of yours that are not here: it is gone",
    ]
    assert [found.branch_of("p", item) for item in ("i1", "i2", "i4", "i5")] == ["z", "z", "", ""]
    assert found.branch_of("q", "i4") == "q"
    assert [*NOTHING_UNMERGED.messages(own, ASKED)] == []


@pytest.mark.parametrize(("many", "listed", "more"), [(4, 4, None), (5, 5, None), (6, 5, 1), (8, 5, 3)])
def test_of_answers_that_may_not_count_the_first_are_listed_and_the_rest_counted(many, listed, more):
    own = OwnFile(path="p", lines={item: line(item) for item in ASKED[:many]}, digest="d")
    apart = branch("b", {item: line(item, note="n") for item in ASKED[:many]})
    invalid = branch("c", {}, tuple(ASKED[10 : 10 + many]))
    for other, first in ((apart, "i0"), (invalid, "i10")):
        told = [*Unmerged(elsewhere={"p": (other,)}).doubts(own, ASKED)]
        assert told[0].startswith(f"warning: item {first}: branch {other.branch} has a")
        assert len(told) == listed + bool(more)
        assert ("more items" in told[-1]) == bool(more)
        assert more is None or told[-1] == f"warning: the same for {more} more items"


def test_an_answer_that_the_schema_refuses_is_told_where_the_item_has_no_other():
    own = OwnFile(path="p", lines={"i1": line("i1")}, digest="d")
    refused = branch("b", {}, ("i1", "i2", "i3", "not-asked"))
    sound = branch("c", {"i2": line("i2")})
    for elsewhere in ((refused, sound), (sound, refused)):
        assert Unmerged(elsewhere={"p": elsewhere}).over(own, ASKED).invalid == {"i3": "b"}


def test_an_answer_waits_for_its_merge_as_long_as_it_is_the_one_that_was_submitted():
    lines = {item: line(item, at) for item, at in (("i1", "10"), ("i2", "11"), ("i3", ""))}
    own = OwnFile(path="p", lines=lines, digest="d")
    found = Unmerged(handed={"p": frozenset({lines["i1"], line("i2", "10")}), "q": frozenset({lines["i3"]})})
    assert found.waiting(own) == {"i1"}
    assert found.waiting(replace(own, path="r")) == frozenset()
