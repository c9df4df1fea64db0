import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import ConfigError, UsageError
from assay.labels.annotator_file import own_path, read_own, write_own
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
