from collections import Counter

import pytest

from assay.core.people import Purpose
from assay.errors import ConfigError, UsageError
from assay.lead.batch_change import close_batch, reassign_batch
from projects import load


def reassign(here, leaver="ada", **more):
    return reassign_batch(here.project, "mood", "r1", leaver=leaver, **more)


def answer(here, who, count, name="r1"):
    mine = [item for item, people in here.asked(name).items() if who in people][:count]
    here.answer(who, {item: {"tone": "good"} for item in mine}, name)
    return set(mine)


def test_only_the_open_slots_of_the_one_who_leaves_move(lab):
    here = lab(30, ["ada", "ben", "chen", "dana"])
    here.create()
    before, done = here.asked(), answer(here, "ada", 5)
    handed = reassign(here)
    after = here.asked()
    assert after.keys() == before.keys()
    for item, people in after.items():
        if "ada" not in before[item] or item in done:
            assert people == before[item]
        else:
            assert len(people) == len(set(people)) == 2
            assert "ada" not in people
            assert set(before[item]) - {"ada"} < set(people)
    assert (handed.items, sum(handed.loads.values()), handed.stuck) == (10, 10, ())
    assert load(here.project).findings == ()


def test_what_moves_is_levelled_on_what_is_still_open(lab):
    here = lab(60, ["ada", "ben", "chen", "dana"])
    here.create()
    for who, count in (("ben", 30), ("chen", 20), ("dana", 10)):
        answer(here, who, count)
    handed = reassign(here)
    left = {"ben": 0, "chen": 10, "dana": 20}
    assert {who: left[who] + handed.loads.get(who, 0) for who in left} == {"ben": 20, "chen": 20, "dana": 20}


def test_somebody_who_has_answers_stays_named_and_somebody_new_is_added(lab):
    here = lab(12, ["ada", "ben", "chen"])
    here.write(**{"labels/annotators/dana.yaml": "kind: person\n"})
    here.create()
    text = here.batch_file().read_text().replace("seed: 42\n", "seed: 42  # by lot\n")
    here.batch_file().write_text(text)
    answer(here, "ada", 2)
    handed = reassign(here, to=("dana",))
    assert set(handed.loads) == {"dana"}
    named = "annotators: [ada, ben, chen, dana]"
    assert here.batch_file().read_text() == text.replace("annotators: [ada, ben, chen]", named)


def test_somebody_without_answers_is_no_longer_named(lab):
    here = lab(12, ["ada", "ben", "chen"])
    here.create()
    reassign(here)
    assert "annotators: [ben, chen]\n" in here.batch_file().read_text()
    assert "ada" not in here.loads()


def test_a_batch_that_names_nobody_is_told_who_is_asked(lab):
    here = lab(12, ["ada", "ben", "chen"])
    here.create()
    text = here.batch_file().read_text()
    here.batch_file().write_text(text.replace("annotators: [ada, ben, chen]\n", ""))
    reassign(here)
    assert here.batch_file().read_text().endswith("annotators:\n  - ben\n  - chen\n")
    assert load(here.project).findings == ()


def test_an_answer_that_is_not_sound_stays_its_annotators(lab):
    here = lab(12, ["ada", "ben", "chen"])
    here.create()
    mine = [item for item, people in here.asked().items() if "ada" in people]
    here.answer("ada", {mine[0]: {"tone": "nonsense"}, mine[1]: None})
    path = here.root / "labels/mood/r1/ada.jsonl"
    path.write_text(path.read_text() + f'{{"item":"{mine[2]}","label":\n')
    reassign(here)
    assert [item for item, people in here.asked().items() if "ada" in people] == mine[:3]


def test_an_item_that_nobody_else_may_take_stays(lab):
    here = lab(4, ["ada", "ben", "chen"])
    here.create(annotators=("ada", "ben"))
    before = here.files()
    handed = reassign(here)
    assert (handed.items, handed.loads, handed.stuck) == (0, {}, tuple(here.asked()))
    assert here.files() == before
    here.create("exam", annotators=("chen",), purpose=Purpose.AUDIT, overlap="1", where=("id=i00001",))
    partly = reassign(here, to=("chen",))
    assert (partly.items, partly.stuck) == (3, ("i00001",))
    assert here.asked()["i00001"] == ("ada", "ben")
    assert "annotators: [ada, ben, chen]\n" in here.batch_file().read_text()


def test_the_others_who_are_away_take_nothing(lab):
    here = lab(12, ["ada", "ben", "chen", "dana"])
    here.create(overlap="1")
    here.write(**{"labels/annotators/ben.yaml": "status: paused\n"})
    assert set(reassign(here).loads) == {"chen", "dana"}


def test_without_a_name_the_open_slots_of_all_who_are_gone_move(lab):
    here = lab(30, ["ada", "ben", "chen", "dana", "eli"])
    here.create(overlap="3")
    before, done = here.asked(), answer(here, "ada", 2)
    assert reassign(here, None).leavers == ()
    entries = {"ada": "{status: left, since: 2126-01-01}", "ben": "{status: paused, since: 2026-01-01}"}
    here.write(**{f"labels/annotators/{who}.yaml": f"{entry}\n" for who, entry in entries.items()})
    handed = reassign(here, None)
    after, gone = here.asked(), {"ada", "ben"}
    assert (handed.leavers, handed.stuck) == (("ada", "ben"), ())
    for item, people in after.items():
        kept = set(before[item]) - (gone - {"ada"} if item in done else gone)
        assert kept <= set(people)
        assert len(set(people)) == 3
        assert not (set(people) - kept) & gone
    assert load(here.project).findings == ()


def test_where_some_of_the_slots_are_taken_over_the_others_stay(lab):
    here = lab(4, ["ada", "ben", "chen"])
    here.create(overlap="2")
    here.write(**{f"labels/annotators/{who}.yaml": "status: excluded\n" for who in ("ada", "ben")})
    before = here.asked()
    handed = reassign(here, None, to=("chen",))
    after = here.asked()
    assert set(handed.stuck) == {
        item
        for item, people in before.items()
        if set(people) & {"ada", "ben"} and ("chen" in people or len(set(people) & {"ada", "ben"}) == 2)
    }
    assert all(len(people) == 2 for people in after.values())
    assert all("chen" in people for people in after.values())


def test_the_seed_decides(lab):
    here = lab(30, ["ada", "ben", "chen", "dana"])
    here.create()
    plan = here.files()
    found = []
    for seed in (1, 1, 2):
        for name, data in plan.items():
            (here.root / name).write_bytes(data)
        reassign(here, seed=seed)
        found.append(here.asked())
    assert found[0] == found[1] != found[2]


def test_with_nothing_open_nothing_is_written(lab):
    here = lab(6, ["ada", "ben", "chen"])
    here.create()
    answer(here, "ada", 99)
    before = here.files()
    assert reassign(here).items == 0
    assert here.files() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"leaver": "nobody"}, "nobody has no slots in mood/r1"),
        ({"to": ("ada",)}, "--to names ada, whose slots are to be moved"),
        ({"to": ("nobody",)}, "'nobody' is not in the roster"),
        ({"to": ("bot",)}, "bot is a model"),
    ],
)
def test_what_cannot_be_moved_is_said(lab, arguments, message):
    here = lab(6)
    here.create()
    with pytest.raises(UsageError, match=message):
        reassign(here, **arguments)


def test_a_batch_of_one_has_nobody_to_take_over(lab):
    here = lab(6)
    here.create(annotators=("ada",), overlap="1")
    with pytest.raises(UsageError, match="no other annotator of mood/r1 can take over"):
        reassign(here)


def test_a_batch_that_is_closed_absent_broken_or_without_a_plan_is_not_changed(lab):
    here = lab(6)
    with pytest.raises(UsageError, match="mood has no batch 'r1'"):
        reassign(here)
    here.create()
    (here.root / "labels/mood/r1/assignments.jsonl").rename(here.root / "plan")
    with pytest.raises(UsageError, match=r"mood/r1 has no assignments\.jsonl"):
        reassign(here)
    (here.root / "plan").rename(here.root / "labels/mood/r1/assignments.jsonl")
    close_batch(here.project, "mood", "r1", anyway=True)
    with pytest.raises(UsageError, match="mood/r1 is closed"):
        reassign(here)
    here.batch_file().write_text("purpose: label\n")
    with pytest.raises(ConfigError, match=r"labels/mood/r1/batch\.yaml:1 .*required"):
        reassign(here)


@pytest.mark.slow
def test_when_one_of_twenty_leaves_ten_thousand_items_only_their_open_slots_move(lab):
    people = [f"p{number:02d}" for number in range(20)]
    here = lab(10_000, people)
    here.create(overlap="3")
    before, done = here.asked(), answer(here, "p07", 400)
    handed = reassign(here, "p07")
    after = here.asked()
    moved = {item for item in before if before[item] != after[item]}
    assert moved == {item for item, asked in before.items() if "p07" in asked} - done
    assert all(set(before[item]) - {"p07"} < set(after[item]) for item in moved)
    assert all(len(set(asked)) == 3 for asked in after.values())
    assert (handed.items, handed.stuck) == (1100, ())
    loads = Counter(who for asked in after.values() for who in asked)
    assert max(loads[who] for who in people if who != "p07") - min(loads[who] for who in people if who != "p07") <= 1
    assert loads["p07"] == 400
