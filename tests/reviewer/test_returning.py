"""What is sent back, to whom and in which file; and why some answers are not, with the way out."""

import json

import pytest

from assay.clone.project_files import who_am_i
from assay.errors import ConfigError, UsageError
from assay.reviewer.returning import Back, send_back
from projects import FILES, small_project

NOW, R3 = "2026-04-04T10:00:00Z", "labels/mood/r3"
OPEN = FILES[f"{R3}/batch.yaml"]
CLOSED = OPEN.replace("open", "closed")


def vote(*items):
    return "".join(f'{{"item":"{item}","label":{{"tone":"bad"}}}}\n' for item in items)


PEOPLE = {
    "labels/annotators/cy.yaml": "role: reviewer\n",
    "labels/annotators/dee.yaml": "{}\n",
    f"{R3}/ben.jsonl": vote("i4", "i5"),
    f"{R3}/dee.jsonl": vote("i4"),
    f"{R3}/bot.jsonl": vote("i4"),
    f"{R3}/gone.jsonl": vote("i4"),
    f"{R3}/@crowd.jsonl": '{"annotator":"W 1","item":"i4","label":{"tone":"bad"}}\n',
    "labels/mood/r2/@crowd.jsonl": "",
    "labels/mood/r5/batch.yaml": OPEN,
    "labels/mood/r5/ben.jsonl": vote("i1", "i2", "a|b"),
    "labels/calm/r1/batch.yaml": OPEN,
    "labels/calm/r1/ben.jsonl": vote("i3", "i5"),
    "checks/project.yaml": FILES["checks/project.yaml"].replace("{mood:", "{calm: {pool: texts}, mood:"),
}


@pytest.fixture
def project(tmp_path):
    return small_project(tmp_path / "project", PEOPLE)


def back(project, *items, who="cy", why="look", **more):
    return send_back(project, who_am_i(project, who), Back(items=items, why=why, **more), now=NOW)


def refused(project, *items, error=UsageError, **more):
    before = sorted(project.root.rglob("*.returned.jsonl"))
    with pytest.raises(error) as told:
        back(project, *items, **more)
    assert sorted(project.root.rglob("*.returned.jsonl")) == before
    return told.value.message, told.value.fix


@pytest.mark.parametrize(
    ("items", "more", "sent"),
    [
        (("i4",), {}, {f"{R3}/cy": ("i4 ben", "i4 dee")}),
        (("i4",), {"annotators": ("dee", "ada")}, {f"{R3}/cy": ("i4 dee",)}),
        (("i5", "i4", "i5"), {"batch": "r3"}, {f"{R3}/cy": ("i5 ben", "i4 ben", "i4 dee")}),
        (("i5",), {"task": "calm"}, {"labels/calm/r1/cy": ("i5 ben",)}),
        (("a|b", "i4"), {}, {f"{R3}/cy": ("i4 ben", "i4 dee"), "labels/mood/r5/cy": ("a|b ben",)}),
    ],
)
def test_answers_of_people_that_fit_are_sent_back_batch_by_batch(project, items, more, sent):
    files = back(project, *items, **more)
    assert [file.path for file in files] == [f"{path}.returned.jsonl" for path in sent]
    assert [tuple(map(" ".join, file.sent)) for file in files] == [*sent.values()]
    for file in files:
        task, batch = file.path.split("/")[1:3]
        assert (file.task, file.batch) == (task, batch)
        records = [json.loads(line) for line in (project.root / file.path).read_text().splitlines()]
        assert [f"{one['item']} {one['annotator']}" for one in records] == sorted(map(" ".join, file.sent))
        assert {(one["why"], one["at"]) for one in records} == {("look", NOW)}


def test_a_file_of_earlier_returns_keeps_them_in_order_and_a_broken_one_is_named(project):
    path = project.root / R3 / "cy.returned.jsonl"
    path.write_text(
        '{"item":"i1","annotator":"ben","why":"old"}\n{"item":"i4","annotator":"dee","why":"old"}\n'
        '{"item":"i9","annotator":"ben","why":"old","at":"2026-01-01T00:00:00Z"}\n'
    )
    back(project, "i4", "i5", why="  new \n", batch="r3")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(one["item"], one["annotator"], one["why"], one.get("at", "")) for one in records] == [
        ("i1", "ben", "old", ""),
        ("i4", "ben", "new", NOW),
        ("i4", "dee", "new", NOW),
        ("i5", "ben", "new", NOW),
        ("i9", "ben", "old", "2026-01-01T00:00:00Z"),
    ]
    path.write_text(path.read_text() + "{cut\n")
    assert refused(project, "i4", error=ConfigError)[0].startswith(f"{R3}/cy.returned.jsonl:6 ")


@pytest.mark.parametrize(
    ("items", "more", "message", "fix"),
    [
        (("i4",), {"who": "ben"}, "ben is an annotator; only a reviewer sends answers back", "ask a reviewer or a lead"),
        (("i4",), {"why": " \n"}, "the reason is empty", "say what to look at again: --why TEXT"),
        (("i4", "i77"), {}, "no answer to 'i77' found", "`assay diff` names the items of a change"),
        (("i4",), {"annotators": ("bot", "@crowd", "gone")}, "no answer to 'i4' found", "`assay diff` names"),
        (("i4",), {"task": "calm"}, "no answer to 'i4' found", "`assay diff` names"),
        (("i2", "i4"), {"batch": "r5"}, "no answer to 'i4' found", "`assay diff` names"),
        (
            ("i4", "i5"), {}, "'i5' has answers in several batches: calm/r1, mood/r3",
            "say which: --task NAME --batch NAME",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_back_is_said(project, items, more, message, fix):
    told = refused(project, *items, **more)
    assert told[0] == message
    assert told[1].startswith(fix)


def test_of_many_batches_with_an_answer_five_are_named(tmp_path):
    batches = {f"labels/mood/b{n}/{name}": text for n in range(6)
               for name, text in (("batch.yaml", OPEN), ("ben.jsonl", vote("i7")))}  # fmt: skip
    project = small_project(tmp_path, batches)
    message, _ = refused(project, "i7", who="ada")
    assert message == "'i7' has answers in several batches: mood/b0, mood/b1, mood/b2, mood/b3, mood/b4"


LONG = "b" * 45
WAY = "or ask for them again: `assay batch create mood {} --purpose relabel {} --annotators {}`"
SIX = tuple(f"i{n}" for n in range(1, 7))


def closed(name, *taken, answers=()):
    return {
        f"labels/mood/{name}/batch.yaml": CLOSED,
        **{f"labels/mood/{name}/{who}.jsonl": vote(*items) for who, items in dict(answers).items()},
        **{f"labels/mood/{other}/batch.yaml": OPEN for other in taken},
    }


@pytest.mark.parametrize(
    ("files", "name", "items", "way"),
    [
        (closed("c", answers={"ben": ("i4",)}), "c", ("i4",), WAY.format("c-again", "--where id=i4", "ben --overlap 1")),
        (
            closed("c", "c-again", answers={"dee": ("i4", "i5"), "ben": ("i5",)}), "c", ("i5", "i4"),
            WAY.format("c-again-2", "--where 'id=i5|i4'", "ben,dee --overlap 2"),
        ),
        (
            closed(LONG, answers={"ben": SIX}), LONG, SIX[:5],
            WAY.format(f"{'b' * 40}-again", "--where 'id=i1|i2|i3|i4|i5'", "ben --overlap 1"),
        ),
        (
            closed("c", answers={"ben": SIX}), "c", SIX,
            WAY.format("c-again", "--items FILE", "ben --overlap 1") + ", where FILE lists them, one per line",
        ),
        (
            closed("c", answers={"ben": ("a|b",)}), "c", ("a|b",),
            WAY.format("c-again", "--items FILE", "ben --overlap 1") + ", where FILE lists them, one per line",
        ),
        (
            {**closed("c", answers={"ben": ("i4",)}), "labels/annotators/ben.yaml": "status: left\n"}, "c", ("i4",),
            WAY.format("c-again", "--where id=i4", "ID,ID --overlap 2"),
        ),
    ],
)  # fmt: skip
def test_answers_of_a_closed_batch_are_asked_for_again(tmp_path, files, name, items, way):
    project = small_project(tmp_path, {**PEOPLE, f"{R3}/ben.jsonl": "", **files})
    message, fix = refused(project, *items, task="mood", batch=name)
    more = f" and {len(items) - 1} more" if len(items) > 1 else ""
    assert message == f"{items[0]!r}{more}: answered in mood/{name}, which is closed"
    assert fix == f"ask a lead to reopen it: `assay batch reopen mood {name}`; {way}"


def test_of_two_batches_neither_gets_a_file_where_one_is_closed(tmp_path):
    project = small_project(tmp_path, {**PEOPLE, **closed("c", answers={"ben": ("i7",)})})
    for items in (("i4", "i7"), ("i7", "a|b")):
        assert refused(project, *items)[0] == "'i7': answered in mood/c, which is closed"


@pytest.mark.parametrize(
    ("away", "who", "fix"),
    [
        (
            ("ben",),
            "ben is excluded",
            "send it back to the others only (--annotator dee), or ask for them again: `assay",
        ),
        (("ben", "dee"), "ben is excluded", "ask for them again: `assay batch create mood r3-again --purpose relabel"),
        (
            ("dee",),
            "dee is excluded",
            "send it back to the others only (--annotator ben), or ask for them again: `assay",
        ),
    ],
)
def test_nothing_is_sent_back_to_whoever_takes_no_part(tmp_path, away, who, fix):
    entries = {f"labels/annotators/{one}.yaml": "status: excluded\n" for one in away}
    message, told = refused(small_project(tmp_path, {**PEOPLE, **entries}), "i4", batch="r3")
    assert message == f"{who} and cannot answer again"
    assert told.startswith(fix)
    assert told.endswith("--where id=i4 --annotators ID,ID --overlap 2`")


def test_answers_that_qualify_are_final_even_in_a_closed_batch(tmp_path):
    for number, text in enumerate((OPEN, CLOSED)):
        stated = {f"{R3}/batch.yaml": text.replace("purpose: label", "purpose: qualify")}
        project = small_project(tmp_path / str(number), {**PEOPLE, **stated})
        message, fix = refused(project, "i5", "i4", batch="r3")
        assert message == "'i5' and 1 more: mood/r3 qualifies annotators, and its answers are final"
        assert fix == "discuss it with the annotator instead of sending it back"
