from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.core.people import Purpose
from assay.errors import AssayError, ConfigError, UsageError
from assay.labels.assignment import load_batches
from assay.lead.batch_create import BatchOrder, plan_batch, write_batch
from assay.project.roster import load_roster
from fresh import examples
from projects import load


def ids(*numbers):
    return {f"i{number:05d}" for number in numbers}


def unevenness(loads, people):
    counts = [loads[who] for who in people]
    return max(counts) - min(counts)


def test_a_batch_is_two_files_that_read_back(lab, now):
    here = lab(12)
    planned = here.create(overlap="2", seed=7)
    assert here.batch_file().read_text() == (
        'purpose: label\nstatus: open\ncreated: "2026-03-14T09:00:00Z"\nguideline: "0.2.0"\n'
        "annotators: [ada, ben, chen]\noverlap: 2\nseed: 7\n"
    )
    (batch,) = load_batches(here.project, "mood", frozenset({"0.2.0"}), load_roster(here.project))
    assert (batch.name, batch.closed, batch.created, batch.seed) == ("r1", False, now, 7)
    assert sorted(planned.files) == ["labels/mood/r1/assignments.jsonl", "labels/mood/r1/batch.yaml"]
    assert load(here.project).findings == ()


def test_every_item_is_asked_of_so_many_and_loads_are_within_one(lab):
    here = lab(20, ["ada", "ben", "chen", "dana"])
    planned = here.create(overlap="3")
    asked = here.asked()
    assert all(len(set(people)) == 3 for people in asked.values())
    assert dict(planned.loads) == dict(here.loads()) == dict.fromkeys(here.people, 15)
    assert (planned.items, planned.slots) == (20, 60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(25))
@given(
    st.integers(1, 40),
    st.integers(2, 6),
    st.sampled_from(["1", "2", "10%x2", "50%x2"]),
    st.sampled_from([None, 0.1, 0.25]),
    st.integers(-5, 5),
)
def test_any_batch_is_exact_and_even_and_its_gold_too(lab, items, people, overlap, share, seed):
    here = lab(80, [f"p{number}" for number in range(people)])
    here.gold(ids(*range(40)))
    planned = here.plan(items=items, overlap=overlap, gold_share=share, seed=seed)
    rows = planned.files["labels/mood/r1/assignments.jsonl"].decode().splitlines()
    asked = {row.split('"')[3]: row.split("[")[1] for row in rows}
    assert planned.items == len(asked) == items
    assert max(planned.loads.values()) - min(planned.loads.values()) <= 1
    golden = [item for item in asked if item in ids(*range(40))]
    assert planned.gold == len(golden)
    if share is not None:
        assert len(golden) == int(items * share + 0.5)
    loads = Counter({who: sum(f'"{who}"' in asked[item] for item in golden) for who in here.people})
    assert unevenness(loads, here.people) <= 1
    if overlap.endswith("x2"):
        assert sum("," in people for people in asked.values()) == int(items * int(overlap[:2]) / 100 + 0.5)


def test_the_seed_alone_decides_whatever_the_order_of_people_and_shards(lab):
    here = lab(30)
    first = here.plan(items=10, seed=3).files
    again = plan_batch(
        here.project,
        BatchOrder(task="mood", name="r1", annotators=("chen", "ada", "ben", "ada"), items=10, seed=3),
        now="2026-03-14T09:00:00Z",
    )
    assert again.files == first
    shard = here.root / "labels/items/texts/one.jsonl"
    rows = shard.read_text().splitlines(keepends=True)
    shard.unlink()
    here.write(**{"labels/items/texts/z.jsonl": "".join(rows[:15]), "labels/items/texts/a.jsonl": "".join(rows[15:])})
    assert here.plan(items=10, seed=3).files == first
    assert here.plan(items=10, seed=4).files != first


def test_a_number_of_items_is_drawn_from_those_in_no_counting_batch(lab):
    here = lab(12)
    here.create("r1", items=5)
    planned = here.create("r2", items=7)
    assert set(here.asked("r1")) | set(here.asked("r2")) == ids(*range(12))
    assert dict(planned.left_out) == {"already in a counting batch": 5}
    with pytest.raises(UsageError, match="items to choose from: 0, and 1 are asked for"):
        here.plan("r3", items=1)
    with pytest.raises(UsageError, match="no item is left") as caught:
        here.plan("r3")
    assert "12 matching items are left out (already in a counting batch)" in caught.value.fix


def test_without_a_number_all_that_match_and_are_due_are_asked(lab):
    here = lab([{"id": f"i{n}", "data": {}, "meta": {"lang": ("fr", "en")[n % 2]}} for n in range(10)])
    assert here.create(where=("meta.lang=fr",)).items == 5
    assert set(here.asked()) == {"i0", "i2", "i4", "i6", "i8"}
    assert here.plan("r2").items == 5


def test_to_relabel_and_to_audit_everything_that_matches_may_be_asked_again(lab):
    here = lab(6)
    here.create("r1")
    for purpose in (Purpose.RELABEL, Purpose.AUDIT):
        assert here.plan("r2", purpose=purpose, items=6, overlap="2").items == 6


def test_a_file_lists_the_items(lab, tmp_path):
    here = lab(9)
    listed = tmp_path / "some.txt"
    listed.write_text('i00001\n\n  i00003  \r\n{"id":"i00005"}\n{"item":"i00007"}\ni00001\n')
    here.create(items=listed)
    assert set(here.asked()) == ids(1, 3, 5, 7)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"i00001\nnosuch\n", ":2 item 'nosuch' is not in the pool texts"),
        (b'i00001\n{"name":"i00002"}\n', ":2 no item id"),
        (b"\xff\n", ":1 not UTF-8"),
        (b'i00001\n{"id":\n', ":2 not JSON"),
    ],
)
def test_a_file_that_lists_something_else_is_refused_by_its_line(lab, tmp_path, content, message):
    listed = tmp_path / "some.txt"
    listed.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        lab(9).plan(items=listed)
    assert f"some.txt{message}" in caught.value.message


def test_a_sample_keeps_the_shares_of_its_strata(lab):
    langs = ["fr"] * 50 + ["en"] * 30 + ["de"] * 20
    here = lab([{"id": f"i{n:03d}", "data": {}, "meta": {"lang": lang}} for n, lang in enumerate(langs)])
    planned = here.create(items=10, stratify="meta.lang")
    assert {one.name: (one.available, one.chosen) for one in planned.strata} == {
        "de": (20, 2),
        "en": (30, 3),
        "fr": (50, 5),
    }
    assert Counter(langs[int(item[1:])] for item in here.asked()) == {"fr": 5, "en": 3, "de": 2}


def test_items_without_the_key_are_a_stratum_of_their_own(lab):
    here = lab([{"id": f"i{n}", "data": {}, **({"group": "g"} if n < 4 else {})} for n in range(8)])
    assert {one.name for one in here.plan(items=4, stratify="group").strata} == {"(none)", "g"}


def test_gold_comes_from_earlier_batches_too_and_the_lead_is_told_the_total_alone(lab):
    here = lab(20, ["ada", "ben", "chen", "dana"])
    here.gold(ids(0, 1, 2, 3))
    here.create("r1", annotators=("ada", "ben"), where=("id=i00000|i00001|i00002|i00003",))
    planned = here.create("r2", annotators=("chen", "dana"), items=10, gold_share=0.2)
    assert planned.gold == len(ids(0, 1, 2, 3) & set(here.asked("r2"))) == 2
    assert "gold" not in here.batch_file("r2").read_text()


def test_gold_that_these_people_have_had_is_not_used(lab):
    here = lab(20, ["ada", "ben"])
    here.gold(ids(0, 1, 2, 3))
    here.create("r1", where=("id=i00000|i00001|i00002|i00003",))
    with pytest.raises(UsageError, match="the share needs 2, 0 can be used"):
        here.plan("r2", items=10, gold_share=0.2)


def test_a_list_gets_its_share_of_gold_besides(lab, tmp_path):
    here = lab(40)
    here.gold(ids(*range(10)))
    listed = tmp_path / "some.txt"
    listed.write_text("".join(f"{item}\n" for item in sorted(ids(*range(20, 38)))))
    planned = here.create(items=listed, gold_share=0.1)
    assert (planned.items, planned.gold) == (20, 2)
    assert ids(*range(20, 38)) < set(here.asked())


def test_a_batch_that_qualifies_asks_all_gold_of_everybody(lab):
    here = lab(12, ["ada", "ben"])
    here.write(**{"labels/annotators/ben.yaml": "status: trainee\nqualified: []\n"})
    here.gold(ids(3, 4, 5))
    planned = here.create("exam", purpose=Purpose.QUALIFY)
    assert here.asked("exam") == dict.fromkeys(sorted(ids(3, 4, 5)), ("ada", "ben"))
    assert dict(planned.left_out) == {"without gold": 9}


def test_a_list_for_a_batch_that_qualifies_must_have_gold(lab, tmp_path):
    here = lab(12)
    here.gold(ids(3))
    listed = tmp_path / "some.txt"
    listed.write_text("i00003\ni00004\n")
    with pytest.raises(UsageError, match="1 of the items listed have no gold, for example 'i00004'"):
        here.plan(items=listed, purpose=Purpose.QUALIFY)


def test_nobody_is_asked_what_they_had_in_another_batch(lab):
    here = lab(8, ["ada", "ben", "chen", "dana"])
    here.create("exam", annotators=("ada", "ben"), purpose=Purpose.AUDIT, where=("id=i00000|i00001|i00002|i00003",))
    here.create("r1")
    for item, people in here.asked("r1").items():
        assert people == ("chen", "dana") if item in ids(0, 1, 2, 3) else len(people) == 2
    assert unevenness(here.loads("r1"), here.people) == 0


def test_what_somebody_labelled_without_being_asked_counts_as_had(lab):
    here = lab(3, ["ada", "ben", "chen"])
    here.create("exam", annotators=("ben",), purpose=Purpose.AUDIT, where=("id=i00002",), overlap="1")
    here.answer("ada", {"i00000": {"tone": "nonsense"}}, "exam")
    here.create("r1", where=("id=i00000|i00001|i00002",), overlap="2")
    assert here.asked("r1")["i00000"] == ("ben", "chen")
    assert here.asked("r1")["i00002"] == ("ada", "chen")


def test_what_cannot_be_asked_of_enough_people_is_named(lab):
    here = lab(8, ["ada", "ben", "chen"])
    here.create("exam", annotators=("ada", "ben"), purpose=Purpose.AUDIT, where=("id=i00001|i00002",))
    with pytest.raises(
        UsageError, match=r"2 of 8 items have too few possible annotators, .* other batches: i00001, i00002"
    ):
        here.plan("r1")
    planned = here.plan("r1", items=6)
    assert planned.items == 6
    assert dict(planned.left_out) == {"had by too many of these annotators in other batches": 2}


def test_prelabels_name_a_model_of_the_roster(lab):
    here = lab(4)
    here.create(prelabels="bot")
    assert "prelabels: bot\n" in here.batch_file().read_text()
    for name in ("ada", "nobody"):
        with pytest.raises(UsageError, match="no model of that name") as caught:
            here.plan("r2", prelabels=name)
        assert "models: bot" in caught.value.fix


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (None, "'dana' is not in the roster"),
        ("kind: model\n", "dana is a model"),
        ("status: trainee\n", "dana is a trainee"),
        ("status: paused\n", "dana is paused"),
        ("status: excluded\n", "dana is excluded"),
        ("qualified: [other]\n", "dana is not qualified for mood"),
    ],
)
def test_who_cannot_be_asked_is_said(lab, entry, message):
    here = lab(4)
    if entry:
        here.write(**{"labels/annotators/dana.yaml": entry})
    with pytest.raises(UsageError, match=message):
        here.plan(annotators=("ada", "dana"))


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"name": "Round 1"}, "cannot name a batch"),
        ({"name": "gold"}, "cannot name a batch"),
        ({"task": "nosuch"}, "there is no task"),
        ({"annotators": ()}, "no annotators named"),
        ({"items": 0}, "--items 0 is not a valid number of items"),
        ({"items": 99}, "items to choose from: 4, and 99 are asked for"),
        ({"where": ("meta.lang=fr",)}, r"no item of the pool has 'meta\.lang'"),
        ({"where": ("id=zzz",)}, "no item of the pool matches"),
        ({"purpose": Purpose.QUALIFY}, "no item that matches has gold"),
        ({"stratify": "meta.lang", "items": 2}, r"no item of the pool has 'meta\.lang'"),
        ({"items": 9, "gold_share": 0.0}, "items without gold to choose from: 4, and 9 are asked for"),
        ({"seed": 2**54}, "is larger than"),
        ({"stratify": "group"}, "--stratify needs a sample"),
        ({"stratify": "lang", "items": 2}, "unknown item key 'lang'"),
        ({"gold_share": 1.5}, "--gold-share 1.5 is not a valid share"),
        ({"gold_share": float("nan")}, "--gold-share nan is not a valid share"),
        ({"gold_share": 0.5, "items": 2}, "the share needs 1, 0 can be used"),
        ({"gold_share": 0.5, "purpose": Purpose.QUALIFY}, "every item of a qualify batch has gold"),
        ({"overlap": "4"}, "needs 4 different annotators; 3 named"),
    ],
)
def test_what_cannot_be_had_is_said_and_nothing_is_written(lab, order, message):
    here = lab(4)
    before = here.files()
    with pytest.raises(UsageError, match=message) as caught:
        here.create(**order)
    assert caught.value.fix
    assert here.files() == before


def test_a_batch_that_is_there_is_not_written_over(lab):
    here = lab(4)
    here.create(items=2)
    for other in ({"items": 3}, {"items": 2, "seed": 1}, {"items": 2, "overlap": "1"}, {"items": 5}):
        with pytest.raises(UsageError, match="mood already has a batch 'r1', with other content"):
            here.create(**other)
    (here.root / "labels/mood/r2").mkdir()
    assert here.create("r2", items=2).items == 2


def test_a_batch_ordered_again_just_so_is_there_and_stays_as_it_is(lab):
    here = lab(20)
    here.gold(ids(1, 2, 3))
    here.create("r0", items=5)
    order = {"items": 6, "overlap": "50%x2", "gold_share": 0.5}
    first = here.create(**order)
    here.answer("ada", {item: {"tone": "good"} for item in here.asked()})
    before = here.files()
    again = plan_batch(here.project, here.order(**order), now="2026-05-01T00:00:00Z")
    write_batch(here.project, again)
    assert (first.there, again.there, again.files == first.files) == (False, True, True)
    assert here.files() == before
    here.batch_file().write_text(here.batch_file().read_text().replace("open", "closed"))
    with pytest.raises(UsageError, match="already has a batch 'r1', with other content"):
        here.plan(**order)


def test_a_pool_that_cannot_be_read_is_not_handed_out(lab):
    here = lab(4)
    here.write(**{"labels/items/texts/two.jsonl": '{"id":"x"}\n'})
    with pytest.raises(ConfigError, match=r"labels/items/texts/two\.jsonl:1"):
        here.plan()


def test_a_broken_plan_of_another_batch_stops_it(lab):
    here = lab(4)
    here.create(items=2)
    here.write(**{"labels/mood/r1/assignments.jsonl": '{"item":"i00000"}\n'})
    with pytest.raises(AssayError, match=r"labels/mood/r1/assignments\.jsonl:1"):
        here.plan("r2", items=1)


def test_an_overlap_of_a_share_is_stated_as_it_was_asked(lab):
    here = lab(4)
    here.create(overlap="50%x2")
    assert 'overlap: "50%x2"\n' in here.batch_file().read_text()
    assert load(here.project).findings == ()
