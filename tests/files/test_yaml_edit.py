import pytest

from assay.errors import ConfigError
from assay.files.yaml import load_yaml
from assay.files.yaml_edit import add_entry, add_member, add_record, remove_key, remove_member, set_entry, set_scalar

PATH = "checks/project.yaml"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tasks: {}\n", "tasks:\n  b: {pool: p}\n"),
        ("tasks: {}  # mine\nid: x\n", "tasks:  # mine\n  b: {pool: p}\nid: x\n"),
        ("tasks:\nid: x\n", "tasks:\n  b: {pool: p}\nid: x\n"),
        ("# top\nid: x", "# top\nid: x\ntasks:\n  b: {pool: p}\n"),
        ("tasks: {a: {pool: q}}\n", "tasks: {a: {pool: q}, b: {pool: p}}\n"),
        (
            "tasks:\n    a: {pool: q}  # first\n# next\nid: x\n",
            "tasks:\n    a: {pool: q}  # first\n    b: {pool: p}\n# next\nid: x\n",
        ),
        ("tasks:\n  a:\n    pool: q\n\nid: x\n", "tasks:\n  a:\n    pool: q\n  b: {pool: p}\n\nid: x\n"),
        ("id: x\ntasks:\n  a: {pool: q}", "id: x\ntasks:\n  a: {pool: q}\n  b: {pool: p}\n"),
    ],
)
def test_an_entry_is_added_where_the_mapping_ends_and_nothing_else_changes(before, after):
    assert add_entry(before, PATH, "tasks", "b", {"pool": "p"}) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("releases: []\n", "releases:\n  - v\n"),
        ("releases: [a]\n", "releases: [a, v]\n"),
        ("releases:\n- a\nid: x\n", "releases:\n- a\n- v\nid: x\n"),
        ("releases:\n  - a # one\n", "releases:\n  - a # one\n  - v\n"),
    ],
)
def test_a_member_is_added_where_the_list_ends(before, after):
    assert add_member(before, PATH, "releases", "v") == after


def test_a_word_that_could_be_a_number_or_a_truth_is_quoted():
    edited = add_member("releases: []\n", PATH, "releases", "1e3")
    edited = add_member(edited, PATH, "releases", "no")
    assert load_yaml(edited.encode(), PATH).value == {"releases": ["1e3", "no"]}
    assert '"no"' in edited


def test_what_cannot_be_extended_is_said_and_left():
    with pytest.raises(ConfigError, match="tasks cannot be extended"):
        add_entry("tasks: nonsense\n", PATH, "tasks", "b", {"pool": "p"})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("status: open\n", "status: closed\n"),
        ("# top\nstatus:   open  # since March\nid: x\n", "# top\nstatus: closed  # since March\nid: x\n"),
        ('status: "open"\nid: x', "status: closed\nid: x"),
        ("status:\nid: x\n", "status: closed\nid: x\n"),
        ("id: x", "id: x\nstatus: closed\n"),
        ("", "status: closed\n"),
        ("status: closed\n", "status: closed\n"),
        ("a: {status: open}\nstatus: open\n", "a: {status: open}\nstatus: closed\n"),
    ],
)
def test_a_scalar_is_set_in_its_place_and_nothing_else_changes(before, after):
    assert set_scalar(before, PATH, "status", "closed") == after


@pytest.mark.parametrize("value", ["1.10.0", "no", "2026-01-02", "a: b # c", 7, True, None])
def test_a_scalar_that_is_set_reads_back(value):
    edited = set_scalar("x: 1\nkey: old # why\n", PATH, "key", value)
    assert load_yaml(edited.encode(), PATH).value == {"x": 1, "key": value}
    assert edited.endswith(" # why\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("people: [a, b, c]  # all\n", "people: [a, c]  # all\n"),
        ("people: [b, c]\n", "people: [c]\n"),
        ("people: [a, b]\n", "people: [a]\n"),
        ("people: [b]\n", "people: []\n"),
        ("people: [a]\n", "people: [a]\n"),
        ("people:\n  - a  # one\n  - b  # two\n  - c\nid: x\n", "people:\n  - a  # one\n  - c\nid: x\n"),
        ("people:\n- a\n- b", "people:\n- a\n"),
        ('people: [a, "b"]\n', "people: [a]\n"),
    ],
)
def test_a_member_is_removed_and_nothing_else_changes(before, after):
    assert remove_member(before, PATH, "people", "b") == after


@pytest.mark.parametrize("before", ["people:\n  - b\n", "people: b\n", "other: [b]\n", "people: [1, b]\n"])
def test_a_member_that_cannot_be_removed_in_place_is_said_and_left(before):
    with pytest.raises(ConfigError, match="people cannot be changed in its current style") as caught:
        remove_member(before, PATH, "people", "b")
    assert caught.value.fix == "remove 'b' from people by hand"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n  - {v: 0.1.0}\n", 'a:\n  - {v: 0.1.0}\n  - v: 0.2.0\n    s: "x: y"\n    l: [b, "c=d"]\n'),
        ("a:\n- v: 0.1.0 # one\n# two\nb: 1\n", 'a:\n- v: 0.1.0 # one\n- v: 0.2.0\n  s: "x: y"\n  l: [b, "c=d"]\n# two\nb: 1\n'),
        ("a:\n  - s: >-\n      long\n\n# two\n", 'a:\n  - s: >-\n      long\n  - v: "0.2.0"\n    s: "x: y"\n    l: [b, "c=d"]\n\n# two\n'),
        ("a: [{v: 0.1.0}]\n", 'a: [{v: 0.1.0}, {v: "0.2.0", s: "x: y", l: [b, "c=d"]}]\n'),
        ("a: []\n", 'a:\n  - v: "0.2.0"\n    s: "x: y"\n    l: [b, "c=d"]\n'),
        ("b: 1\n", 'b: 1\na:\n  - v: "0.2.0"\n    s: "x: y"\n    l: [b, "c=d"]\n'),
    ],
)  # fmt: skip
def test_a_record_is_added_below_the_last_one_in_its_manner(before, after):
    assert add_record(before, PATH, "a", {"v": "0.2.0", "s": "x: y", "l": ["b", "c=d"]}) == after


def test_a_version_is_written_as_the_one_before_it():
    assert set_scalar("v: 0.1.0 # c\n", PATH, "v", "0.2.0") == "v: 0.2.0 # c\n"
    assert set_scalar('v: "0.1.0"\n', PATH, "v", "0.2.0") == 'v: "0.2.0"\n'
    assert set_scalar("v: text\n", PATH, "v", "no: thing") == 'v: "no: thing"\n'


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("a: 1\nb: 2  # two\nc: 3\n", "a: 1\nc: 3\n"),
        ("a: 1\nb:\n  - x\n  - y\n# of c\nc: 3\n", "a: 1\n# of c\nc: 3\n"),
        ("{a: 1, b: 2, c: 3}\n", "{a: 1, c: 3}\n"),
        ("{a: 1, b: 2}\n", "{a: 1}\n"),
        ("a: 1\n", "a: 1\n"),
    ],
)
def test_a_key_goes_with_its_lines_and_nothing_else(text, without):
    assert remove_key(text, "x.yaml", "b") == without


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("g:\n  d: north  # as said\n  y: 1\n", "g:\n  d: south  # as said\n  y: 1\n"),
        ("g: {d: north, y: 1}\n", "g: {d: south, y: 1}\n"),
        ("k: person\n", "k: person\ng:\n  d: south\n"),
        ("{k: person}\n", "{k: person, g: {d: south}}\n"),
    ],
)
def test_an_entry_of_a_mapping_is_set_in_its_place(text, after):
    assert set_entry(text, "x.yaml", "g", "d", "south") == after
