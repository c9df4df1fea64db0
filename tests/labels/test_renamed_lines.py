"""What the lines of a label file become under new names, and which of two records of one person is kept."""

import json

import pytest

from assay.labels.paths import label_file
from assay.labels.renamed_lines import Naming, renamed_lines, without_repeats

BEN, ZED, CROWD, OTHER = (label_file(f"labels/mood/r1/{who}.jsonl") for who in ("ben", "zed", "@crowd", "@other"))
PLAN, BACK, SOURCE, GOLD = (
    label_file(f"labels/{path}.jsonl")
    for path in ("mood/r1/assignments", "mood/r1/ada.returned", "sources/crowd", "mood/gold/ada")
)
NAMES = {"ben": "zed", "@crowd/W 1": "@crowd/w9"}


def vote(item, tone="good", **more):
    return {"item": item, "label": {"tone": tone}, **more}


def data(*records):
    return b"".join(json.dumps(one, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for one in records)


def records(text):
    return [json.loads(line) for line in text.splitlines()]


def origins(pairs):
    return [(one.item, *((end.at.path.rpartition("/")[2], end.at.line, end.who) for end in (one.stays, one.goes)),
             one.same, one.chosen) for one in pairs]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        (CROWD, {"annotator": "W 1", "item": "i"}, {"annotator": "w9", "item": "i"}),
        (CROWD, {"annotator": "ben", "item": "i"}, None),
        (OTHER, {"annotator": "W 1", "item": "i"}, None),
        (BACK, {"item": "i", "annotator": "ben", "why": "ben"}, {"item": "i", "annotator": "zed", "why": "ben"}),
        (BACK, {"item": "i", "annotator": "W 1", "why": "?"}, None),
        (BACK, {"item": "i", "annotator": ["ben"], "why": "?"}, None),
        (PLAN, {"item": "i", "annotators": ["ada", "ben", "cy"]}, {"item": "i", "annotators": ["ada", "cy", "zed"]}),
        (PLAN, {"item": "i", "annotators": ["cy", "ben", "ada"]}, {"item": "i", "annotators": ["cy", "zed", "ada"]}),
        (PLAN, {"item": "i", "annotators": ["ben", "cy", "zed"]}, {"item": "i", "annotators": ["cy", "zed"]}),
        (PLAN, {"item": "i", "annotators": ["zed", "cy", "ben"]}, {"item": "i", "annotators": ["zed", "cy"]}),
        (PLAN, {"item": "i", "annotators": ["ada", "ada"]}, None),
        (PLAN, {"item": "i", "annotators": ["ben", 7, 7]}, {"item": "i", "annotators": ["zed", 7, 7]}),
        (PLAN, {"item": "i", "annotators": ["ben", ["ben"]]}, {"item": "i", "annotators": ["zed", ["ben"]]}),
        (PLAN, {"item": "i", "annotators": "ben"}, None),
        (BEN, vote("i", suggestion={"by": "ben", "shown": {"by": "ben"}}),
         vote("i", suggestion={"by": "zed", "shown": {"by": "ben"}})),
        (BEN, vote("i", suggestion={"by": ["ben"]}), None),
        (BEN, vote("i", suggestion="ben"), None),
        (BEN, vote("ben", "ben", note="ben", flags=["ben"], skip="ben"), None),
    ],
)  # fmt: skip
def test_a_record_is_renamed_where_it_names_somebody_and_nowhere_else(file, before, after):
    kept = json.dumps(before)
    assert Naming(names=NAMES).renamed(before, file) == (after or before)
    assert json.dumps(before) == kept


@pytest.mark.parametrize("scrubbed", [frozenset(), frozenset({"reason", "since"})])
def test_what_is_told_of_an_erased_person_of_a_source_goes_with_the_name_and_of_nobody_else(scrubbed):
    naming = Naming(names=NAMES, scrubbed=scrubbed)
    told = {"kind": "person", "reason": "asked", "since": "2026-01-01"}
    left = {key: part for key, part in told.items() if key not in scrubbed}
    assert naming.renamed({"annotator": "W 1", **told}, SOURCE) == {"annotator": "w9", **left}
    assert naming.renamed({"annotator": "w2", **told}, SOURCE) == {"annotator": "w2", **told}
    assert naming.renamed({"annotator": "W 1", **told}, CROWD) == {"annotator": "w9", **told}


SPACED = b'{"item":"i2", "label":{"tone":"good"}}'


@pytest.mark.parametrize(
    ("file", "before", "after", "changed"),
    [
        (PLAN, b"not json\n", b"not json\n", 0),
        (PLAN, b"", b"", 0),
        (PLAN, data({"item": "i", "annotators": ["ada"]})[:-1], data({"item": "i", "annotators": ["ada"]})[:-1], 0),
        (PLAN, data({"item": "i", "annotators": ["ben"]})[:-1], data({"item": "i", "annotators": ["zed"]})[:-1], 1),
        (PLAN, b'{"item":"i","annotators":["b\\u0065n"]}\n', b'{"item":"i","annotators":["zed"]}\n', 1),
        (GOLD, SPACED + b"\n" + data(vote("ben")), SPACED + b"\n" + data(vote("ben")), 0),
        (
            PLAN,  # an item is no name: lines stay where they are
            data({"item": "i2", "annotators": ["ben"]}, {"item": "i1", "annotators": ["ben"]}),
            data({"item": "i2", "annotators": ["zed"]}, {"item": "i1", "annotators": ["zed"]}),
            2,
        ),
        (
            SOURCE,  # a name is: lines are in its order
            data({"annotator": "W 1"}, {"annotator": "w2"}),
            data({"annotator": "w2"}, {"annotator": "w9"}),
            1,
        ),
        (SOURCE, data({"annotator": "w3"}, {"annotator": "w2"}), data({"annotator": "w3"}, {"annotator": "w2"}), 0),
    ],
)  # fmt: skip
def test_a_file_keeps_every_byte_that_no_new_name_changes(file, before, after, changed):
    found = renamed_lines([(file, before)], Naming(names=NAMES))
    assert (found.data, found.changed, found.pairs, found.obstacles) == (after, changed, (), ())


def test_the_files_of_two_people_become_one_in_order_and_no_line_is_written_anew():
    mine, theirs = data(vote("i1"), vote("i4")), SPACED + b"\n" + data(vote("i3"))[:-1]
    found = renamed_lines([(BEN, theirs), (ZED, mine)], Naming(names=NAMES))
    assert found.data == data(vote("i1")) + SPACED + b"\n" + data(vote("i3"), vote("i4"))
    assert (found.changed, found.pairs, found.obstacles) == (0, (), ())
    assert renamed_lines([(BEN, b""), (ZED, b"")], Naming(names=NAMES)).data == b""


SURE = {"note": "sure"}


@pytest.mark.parametrize(
    ("ben", "zed", "keep", "stays", "same", "chosen"),
    [
        (vote("i"), vote("i"), (), "zed", True, False),
        (vote("i"), vote("i"), ("ben",), "ben", True, False),
        (vote("i", at="2026-01-02T00:00:00Z", seconds=3), vote("i", seconds=9), (), "zed", True, False),
        (vote("i", **SURE), vote("i", at="2026-01-02T00:00:00Z"), (), "ben", True, False),
        (vote("i"), vote("i", **SURE), (), "zed", True, False),
        (vote("i"), vote("i", **SURE), ("ben",), "zed", True, False),
        (vote("i", **SURE), vote("i", flags=["x"]), (), "zed", False, False),
        (vote("i", **SURE), vote("i", note="no"), (), "zed", False, False),
        (vote("i", 1), vote("i", 1.0), (), "zed", False, False),
        (vote("i"), vote("i", "bad"), (), "zed", False, False),
        (vote("i"), vote("i", "bad"), ("cy",), "zed", False, False),
        (vote("i"), vote("i", "bad"), ("zed",), "zed", False, True),
        (vote("i"), vote("i", "bad"), ("ben",), "ben", False, True),
        (vote("i"), vote("i", "bad"), ("ben", "zed"), "ben", False, True),
        (vote("i"), vote("i", "bad"), ("zed", "ben"), "zed", False, True),
    ],
)
def test_of_two_records_the_one_that_says_more_stays_and_of_two_that_differ_whose_is_kept(
    ben, zed, keep, stays, same, chosen
):
    ends = [("ben.jsonl", 2, "ben"), ("zed.jsonl", 1, "zed")]
    wanted = [("i", *(ends if stays == "ben" else reversed(ends)), same, chosen)]
    held = [(BEN, data(vote("h"), ben)), (ZED, data(zed))]
    for files in (held, held[::-1]):
        found = renamed_lines(files, Naming(names=NAMES, keep=keep))
        assert origins(found.pairs) == wanted
        assert found.data == data(vote("h"), ben if stays == "ben" else zed)


def test_two_lines_of_one_file_that_become_one_are_a_pair_of_the_people_that_they_were():
    asked = [{"item": "i", "annotator": who, "why": "?"} for who in ("ben", "zed")]
    found = renamed_lines([(BACK, data(*asked))], Naming(names=NAMES))
    assert records(found.data) == [asked[1]]
    assert (found.changed, origins(found.pairs)) == (
        1, [("i", ("ada.returned.jsonl", 2, "zed"), ("ada.returned.jsonl", 1, "ben"), True, False)],
    )  # fmt: skip
    other = renamed_lines([(BACK, data({**asked[0], "why": "!"}, asked[1]))], Naming(names=NAMES, keep=("ben",)))
    assert records(other.data) == [{"item": "i", "annotator": "zed", "why": "!"}]
    assert [(one.same, one.chosen) for one in other.pairs] == [(False, True)]
    crowd = data({"annotator": "W 1", **vote("i")}, {"annotator": "w9", **vote("i", "bad")})
    [pair] = renamed_lines([(CROWD, crowd)], Naming(names=NAMES)).pairs
    assert (pair.stays.who, pair.goes.who) == ("@crowd/w9", "@crowd/W 1")
    ours, theirs = (label_file(f"labels/mood/r1/{who}.returned.jsonl") for who in ("zed", "ben"))
    several = renamed_lines([(ours, data({**asked[1], "annotator": "cy"})), (theirs, data({**asked[0], "annotator": "cy"}))],
                            Naming(names=NAMES))  # fmt: skip
    assert [(one.stays.who, one.goes.who) for one in several.pairs] == [("zed", "ben")], "who sent it back"
    # A file in which nothing is renamed is left as it is, also with a line twice.
    twice = data(*[{"item": "W 1", "annotator": "cy", "why": "?"}] * 2, {"item": "ben", "annotator": "cy", "why": "?"})
    assert renamed_lines([(BACK, twice)], Naming(names=NAMES)).data == twice


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"item":"ben"', "not JSON"),
        (b'{"item":"i","annotator":"ben","odd":1,"also":2}', "unknown key: 'also'"),
        (b'{"annotator":"ben","why":"?"}', "missing item or annotator"),
        (b"\xffben", "UTF-8"),
    ],
)
def test_a_line_that_cannot_be_read_stands_in_the_way_where_it_may_name_somebody(line, says):
    spaced = b'{"item": "i", "annotator": "cy"}\n'
    found = renamed_lines(
        [(BACK, spaced + line.replace(b"ben", b'"ben"', line.count(b"\xff")) + b"\n")], Naming(names=NAMES)
    )
    [met] = found.obstacles
    assert ((met.path, met.line), says in met.message) == ((BACK.path, 2), True), met
    assert found.pairs == ()


def test_a_line_that_names_nobody_stands_in_the_way_only_where_it_could_be_of_the_same_person():
    asked = data({"item": "i", "annotators": ["ben"]})
    found = renamed_lines([(PLAN, b"oops\n" + asked)], Naming(names=NAMES))
    assert (found.data, found.obstacles) == (b"oops\n" + asked.replace(b"ben", b"zed"), ())
    back = data({"item": "i", "annotator": "ben", "why": "?"}) + b"oops\n"
    assert [one.line for one in renamed_lines([(BACK, back)], Naming(names=NAMES)).obstacles] == [2]
    assert renamed_lines([(BACK, back)], Naming(names={"zed": "ben"})).obstacles == ()


def test_every_line_is_read_where_two_files_become_one():
    files = [(BEN, data(vote("i1")) + b"oops\n"), (ZED, b'{"item":"i2","odd":1}\n' + data(vote("i1")))]
    found = renamed_lines(files, Naming(names=NAMES))
    assert [(one.path, one.line) for one in found.obstacles] == [(BEN.path, 2), (ZED.path, 1)]
    assert found.pairs == ()


def crowd_vote(who, item, tone="good", **more):
    return {"annotator": who, **vote(item, tone, **more)}


def test_of_what_a_person_says_under_several_names_one_record_an_item_is_left():
    naming = Naming(names={"@crowd/W 1": "ben", "@crowd/w2": "ben", "@other/B": "ben"}, keep=("@other/B",))
    own = data(vote("i1"), vote("i2"), vote("i5"))
    crowd = data(
        crowd_vote("W 1", "i1", **SURE), crowd_vote("W 1", "i3"), crowd_vote("w2", "i3", "bad"), crowd_vote("w3", "i2")
    )
    other = data(crowd_vote("B", "i2", "bad"), crowd_vote("B", "i3"), crowd_vote("B", "i4"))
    left, pairs, obstacles = without_repeats([(BEN, own), (CROWD, crowd), (OTHER, other)], naming)
    assert obstacles == ()
    assert origins(pairs) == [
        ("i1", ("@crowd.jsonl", 1, "@crowd/W 1"), ("ben.jsonl", 1, "ben"), True, False),
        ("i3", ("@crowd.jsonl", 2, "@crowd/W 1"), ("@crowd.jsonl", 3, "@crowd/w2"), False, False),
        ("i2", ("@other.jsonl", 1, "@other/B"), ("ben.jsonl", 2, "ben"), False, True),
        ("i3", ("@other.jsonl", 2, "@other/B"), ("@crowd.jsonl", 2, "@crowd/W 1"), True, False),
    ]
    assert {path: records(text) for path, text in left.items()} == {
        BEN.path: [vote("i5")],
        CROWD.path: [crowd_vote("W 1", "i1", **SURE), crowd_vote("w3", "i2")],
    }
    assert without_repeats([(BEN, own), (CROWD, data(crowd_vote("w3", "i1")))], naming) == ({}, (), ())
    met = without_repeats([(BEN, b"oops\n" + own), (CROWD, b"\noops\n" + crowd)], naming)[2]
    assert [(one.path, one.line) for one in met] == [(BEN.path, 1), (CROWD.path, 1), (CROWD.path, 2)]
