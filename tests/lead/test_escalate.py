import pytest

from assay.errors import UsageError
from assay.lead.batch_change import close_batch, escalate_batch

GOOD, BAD = {"tone": "good"}, {"tone": "bad"}


def escalate(here, to=3, **more):
    return escalate_batch(here.project, "mood", "r1", to=to, **more)


@pytest.fixture
def here(lab):
    """Two people have six items; four more are in the roster."""
    here = lab(6, ["ada", "ben", "chen", "dana", "eli", "fay"])
    here.create(annotators=("ada", "ben"))
    return here


def votes(here, ada, ben):
    items = sorted(here.asked())
    here.answer("ada", dict(zip(items, ada, strict=False)))
    here.answer("ben", dict(zip(items, ben, strict=False)))
    return items


def test_only_where_votes_differ_is_somebody_asked_further(here):
    items = votes(here, [GOOD, GOOD, BAD, None, GOOD], [GOOD, BAD, BAD, BAD])
    handed = escalate(here, annotators=("chen",))
    assert (handed.items, dict(handed.loads), handed.stuck) == (1, {"chen": 1}, ())
    assert here.asked() == {item: ("ada", "ben", "chen") if item == items[1] else ("ada", "ben") for item in items}
    assert "annotators: [ada, ben, chen]\n" in here.batch_file().read_text()


def test_any_measured_field_counts_by_its_canonical_value_and_free_text_does_not(here):
    ada = [{**GOOD, "topics": ["a", "b"]}, {**GOOD, "topics": ["a"]}, {**GOOD, "note": "x"}, {**GOOD, "topics": []}]
    ben = [{**GOOD, "topics": ["b", "a"]}, {**GOOD, "topics": ["b"]}, {**GOOD, "note": "y"}, GOOD]
    items = votes(here, ada, ben)
    escalate(here, annotators=("chen",))
    assert [item for item, people in here.asked().items() if "chen" in people] == [items[1]]


def test_votes_that_are_invalid_or_do_not_count_say_nothing(here):
    votes(here, [GOOD, GOOD], [BAD, {"tone": "nonsense"}])
    here.write(**{"labels/annotators/ben.yaml": "status: excluded\n"})
    before = here.files()
    assert escalate(here, annotators=("chen",)).items == 0
    assert here.files() == before


def test_further_slots_are_even_and_never_somebodys_who_has_the_item(here):
    votes(here, [GOOD] * 6, [BAD] * 6)
    handed = escalate(here, to=4, annotators=("ada", "chen", "dana", "eli", "fay"))
    assert dict(handed.loads) == dict.fromkeys(("chen", "dana", "eli", "fay"), 3)
    assert all(len(people) == len(set(people)) == 4 for people in here.asked().values())


def test_an_item_that_has_enough_is_left(here):
    votes(here, [GOOD] * 6, [BAD] * 6)
    escalate(here, annotators=("chen",))
    again = here.files()
    assert escalate(here, annotators=("dana",)).items == 0
    assert here.files() == again


def test_without_names_the_people_of_the_batch_are_asked_and_what_nobody_can_take_is_said(lab):
    here = lab(3, ["ada", "ben", "chen"])
    here.create(overlap="2")
    for who, label in (("ada", GOOD), ("ben", BAD), ("chen", GOOD)):
        here.answer(who, {item: label for item, people in here.asked().items() if who in people})
    disputed = {item for item, people in here.asked().items() if "ben" in people}
    handed = escalate(here, to=4)
    assert set(handed.stuck) == disputed
    assert {item for item, people in here.asked().items() if len(people) == 3} == disputed


def test_who_or_what_cannot_be_asked_is_said(here):
    with pytest.raises(UsageError, match="bot is a model"):
        escalate(here, annotators=("bot",))
    for who in ("ada", "ben"):
        here.write(**{f"labels/annotators/{who}.yaml": "status: paused\n"})
    with pytest.raises(UsageError, match="no annotator of mood/r1 can be asked"):
        escalate(here)
    close_batch(here.project, "mood", "r1", anyway=True)
    with pytest.raises(UsageError, match="mood/r1 is closed"):
        escalate(here, annotators=("chen",))


def test_a_task_that_measures_nothing_has_no_disagreement_to_find(here):
    here.write(**{"schemas/mood.yaml": "type: object\nproperties: {tone: {type: string}}\n"})
    with pytest.raises(UsageError, match="no field of mood has a scale"):
        escalate(here, annotators=("chen",))
