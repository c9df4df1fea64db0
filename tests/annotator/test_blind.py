"""Which work a commit assigns to whom."""

import pytest

from assay.annotator.blind import NothingOpenError, asked_items, open_part, stated_batch
from assay.annotator.own_files import Part
from assay.errors import UsageError
from projects import FILES, small_project

OPEN = FILES["labels/mood/r3/batch.yaml"]
PLAN = '{"item":"i1","annotators":["ada"]}\n'


def part(batch="", task="mood", who="ada"):
    return Part(task=task, batch=batch, who=who)


@pytest.fixture
def snapshot(tmp_path):
    """The project, with closed r1 and r2, open r3 of ada and ben, and r4 of ada that is open or not readable."""
    files = {
        "labels/mood/r4/batch.yaml": OPEN,
        "labels/mood/r4/assignments.jsonl": PLAN,
        "labels/mood/r5/batch.yaml": "{broken",
        "labels/mood/r5/assignments.jsonl": PLAN,
        "labels/mood/r6/batch.yaml": OPEN,
        "labels/calm/b1/batch.yaml": OPEN,
        "labels/calm/b1/assignments.jsonl": PLAN,
        "labels/calm/b2/batch.yaml": OPEN,
        "labels/calm/b2/assignments.jsonl": PLAN.replace("ada", "ben"),
    }
    return small_project(tmp_path, files).snapshot


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (part("r3"), "r3"),
        (part("r4"), "r4"),
        (part(who="ben"), "r3"),
        (part(task="calm"), "b1"),
        (part(task="calm", who="ben"), "b2"),
    ],
)
def test_the_part_to_start_is_the_named_one_or_the_only_open_one(snapshot, wanted, found):
    assert open_part(snapshot, wanted) == Part(task=wanted.task, batch=found, who=wanted.who)


@pytest.mark.parametrize(
    ("wanted", "kind", "message", "fix"),
    [
        (part(), UsageError, "several batches of mood are open for ada: r3, r4", "name one: assay start mood r3"),
        (part(who="cyd"), NothingOpenError, "no open batch of mood has anything assigned to cyd", "assay todo"),
        (part("r1"), NothingOpenError, "mood/r1 is closed", "assay batch reopen mood r1"),
        (part("r9"), UsageError, "there is no batch mood/r9", "batches of the task: r1, r2, r3, r4, r5, r6"),
        (part("r5"), UsageError, "there is no batch mood/r5", "batches of the task: "),
        (part("r6"), UsageError, "nothing in mood/r6 is assigned to ada", "a lead assigns work"),
        (part("r4", who="ben"), UsageError, "nothing in mood/r4 is assigned to ben", "a lead assigns work"),
        (part("r1", task="odd"), UsageError, "there is no task 'odd' with batches", "tasks with labels: calm, mood"),
        (part(task="items"), UsageError, "there is no task 'items' with batches", "tasks with labels: calm, mood"),
        (part("gold"), UsageError, "there is no batch mood/gold", "batches of the task: r1"),
    ],
)
def test_where_nothing_can_be_started_it_is_said_why(snapshot, wanted, kind, message, fix):
    with pytest.raises(UsageError) as told:
        open_part(snapshot, wanted)
    assert type(told.value) is kind
    assert told.value.message == message
    assert fix in told.value.fix


def test_a_batch_states_its_items_or_asks_nobody(snapshot):
    assert asked_items(snapshot, part("r3")) == {"i1", "i2", "i3", "i4", "i5"}
    assert asked_items(snapshot, part("r4", who="ben")) == frozenset()
    assert asked_items(snapshot, part("r6")) is None
    assert (stated_batch(snapshot, part("r1")).closed, stated_batch(snapshot, part("r3")).closed) == (True, False)
    assert (stated_batch(snapshot, part("r5")), stated_batch(snapshot, part("r9"))) == (None, None)
