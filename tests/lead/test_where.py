import pytest

from assay.errors import UsageError
from assay.lead.batch_state import load_batch_state, sound_pool
from assay.lead.item_filter import matching, parse_condition, texts_at

ITEMS = [
    {"id": "a", "data": {"text": "one"}, "meta": {"lang": "fr", "size": 3}, "group": "g1"},
    {"id": "b", "data": {"text": "two"}, "meta": {"lang": "de", "size": 3.5}},
    {"id": "c", "data": {"text": "x=y"}, "meta": {"lang": "fr", "ok": True}, "group": "g2"},
    {"id": "d", "data": {}},
]


@pytest.fixture
def pool(lab):
    return sound_pool(load_batch_state(lab(ITEMS).project, "mood"))


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ([], "abcd"),
        (["meta.lang=fr"], "ac"),
        (["meta.lang=fr|de"], "abc"),
        (["meta.lang=fr", "group=g2"], "c"),
        (["id=a|d|nosuch"], "ad"),
        (["meta.size=3"], "a"),
        (["meta.size=3.5"], "b"),
        (["meta.ok=true"], "c"),
        (["data.text=x=y"], "c"),
        (["meta.lang=it"], ""),
    ],
)
def test_items_that_meet_every_condition_are_meant(pool, conditions, found):
    assert matching(pool, map(parse_condition, conditions)) == frozenset(found)


@pytest.mark.parametrize("text", ["", "meta.lang", "=fr", "meta.=fr", "lang=fr", "meta=fr", "meta.lang="])
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(UsageError, match="is not a valid condition"):
        parse_condition(text)


def test_a_key_that_no_item_has_is_refused_with_the_nearest(pool):
    with pytest.raises(UsageError, match=r"no item of the pool has 'meta\.lan'") as caught:
        matching(pool, [parse_condition("meta.lan=fr")])
    assert caught.value.fix == "did you mean 'meta.lang'?"
    with pytest.raises(UsageError) as caught:
        texts_at(pool, "data.zzz")
    assert caught.value.fix == "items here have: id, group, meta.lang, meta.ok, meta.size, data.text"


def test_an_item_without_the_key_has_no_text(pool):
    assert list(texts_at(pool, "meta.size")) == ["3", "3.5", None, None]
    assert list(texts_at(pool, "group")) == ["g1", None, "g2", None]
