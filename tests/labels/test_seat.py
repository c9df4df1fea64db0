import pytest

from assay.errors import ConfigError, UsageError
from assay.guidelines import load_guideline
from assay.labels.seat import load_batches, load_seat
from assay.project.roster import load_roster
from projects import schema_of, small_project

OPEN = "purpose: {purpose}\nstatus: open\ncreated: 2026-04-02\nguideline: 0.2.0\nseed: 7\n{more}"


def seat(tmp_path, changed=None, batch="r1", who="ben"):
    project = small_project(tmp_path, changed)
    versions = load_guideline(project, "mood").versions
    return load_seat(project, schema_of(project), versions, load_roster(project), batch, who)


def planned(purpose="label", more="", items=("i1", "i2", "i3", "i4", "i5"), who=("ada", "ben")):
    names = ",".join(f'"{one}"' for one in who)
    return {
        "labels/mood/r4/batch.yaml": OPEN.format(purpose=purpose, more=more),
        "labels/mood/r4/assignments.jsonl": "".join(f'{{"item":"{item}","annotators":[{names}]}}\n' for item in items),
    }


def test_a_seat_holds_what_is_asked_of_one_annotator_and_its_data(tmp_path):
    mine = seat(tmp_path, who="ada")
    assert sorted(mine.items) == ["i1", "i2"]
    assert mine.data["i2"] == b'{"text":"plain"}'
    assert mine.path == "labels/mood/r1/ada.jsonl"


def test_a_batch_without_a_plan_has_no_seat_not_even_for_whom_it_names(tmp_path):
    batch = planned(more="annotators: [ben]\n")
    del batch["labels/mood/r4/assignments.jsonl"]
    with pytest.raises(UsageError, match="nothing in mood/r4 is asked of ben"):
        seat(tmp_path, batch, "r4")


def test_the_order_is_shuffled_by_annotator_and_always_the_same(tmp_path):
    many = [f"n{number:03}" for number in range(60)]
    pool = "".join(f'{{"id":"{item}","data":{{"text":"t"}}}}\n' for item in many)
    files = {**planned(items=many), "labels/items/texts/three.jsonl": pool}
    ada, ben = (seat(tmp_path, files, "r4", who).items for who in ("ada", "ben"))
    assert sorted(ada) == sorted(ben) == many
    assert len({ada, ben, tuple(many)}) == 3
    assert seat(tmp_path, files, "r4", "ada").items == ada


def test_gold_is_at_hand_only_where_the_batch_qualifies(tmp_path):
    assert seat(tmp_path, planned("label"), "r4").gold == {}
    gold = seat(tmp_path, planned("qualify", items=("i1", "i4")), "r4").gold
    assert gold == {"i1": {"tone": "good"}}


def test_suggestions_are_at_hand_only_where_the_batch_names_a_model(tmp_path):
    bot = {"labels/mood/r4/bot.jsonl": '{"item":"i1","label":{"tone":"good"},"confidence":0.9}\n'}
    assert seat(tmp_path / "a", {**planned(), **bot}, "r4").suggested == {}
    named = seat(tmp_path / "b", {**planned(more="prelabels: bot\n"), **bot}, "r4")
    assert named.suggested == {"i1": {"tone": "good"}}


def test_what_was_sent_back_stands_until_it_was_answered(tmp_path):
    returned = {
        "labels/mood/r1/ada.returned.jsonl": '{"item":"i2","annotator":"ben","why":"look again","at":"2026-05-01T10:00:00Z"}\n'
    }
    assert {one.why for one in seat(tmp_path / "a", returned).returned.values()} == {"look again"}
    answered = {"labels/mood/r1/ben.jsonl": '{"item":"i2","label":{"tone":"bad"},"at":"2026-05-02T10:00:00Z"}\n'}
    assert seat(tmp_path / "b", {**returned, **answered}).returned == {}
    assert seat(tmp_path / "c", returned, who="ada").returned == {}


@pytest.mark.parametrize(
    ("changed", "batch", "who", "error"),
    [
        ({}, "nothing", "ben", UsageError),
        ({}, "r1", "chen", UsageError),
        ({"labels/mood/r1/batch.yaml": "purpose: label\n"}, "r1", "ben", ConfigError),
        ({"labels/mood/r1/assignments.jsonl": '{"item":"lost","annotators":["ben"]}\n'}, "r1", "ben", ConfigError),
        ({"labels/items/texts/one.jsonl": "{\n"}, "r1", "ben", ConfigError),
    ],
)
def test_a_seat_that_cannot_be_taken_says_why(tmp_path, changed, batch, who, error):
    with pytest.raises(error) as told:
        seat(tmp_path, changed, batch, who)
    assert told.value.hint


def test_batches_are_listed_and_a_broken_one_is_left_out(tmp_path):
    project = small_project(tmp_path, {"labels/mood/r2/batch.yaml": "purpose: ?\n"})
    found = load_batches(project, "mood", load_guideline(project, "mood").versions, load_roster(project))
    assert [batch.name for batch in found] == ["r1", "r3"]
