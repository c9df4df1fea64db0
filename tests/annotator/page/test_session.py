"""A session without a server: what it opens with, what it keeps of a record, and what it tells."""

import json

import pytest

from assay.annotator.page.answer import Answer, GuidelineSuggestion, Withdrawal
from assay.annotator.page.answer_store import ChangedElsewhere, Faulty, Locked, Saved
from assay.annotator.page.session import Session, make_page
from assay.annotator.page.session_context import load_session_context
from assay.errors import UsageError
from pages import planned
from projects import FILES, SCHEMA, small_project

NOW = "2026-05-01T10:00:00Z"
MINE = "labels/mood/r4/ben.jsonl"
NO_OTHER = {"labels/mood/r3/batch.yaml": FILES["labels/mood/r3/batch.yaml"].replace("open", "closed")}


def session(root, changed=None, *, purpose="label", more="", batch="r4"):
    project = small_project(root, {**NO_OTHER, **planned(purpose, more), **(changed or {})})
    return Session(load_session_context(project, "mood", "ben", batch), lambda: NOW)


def places(opened):
    return {opened.item(place)["item"]: place for place in range(opened.total)}


def record(item, **more):
    return json.dumps({"item": item, **more}, separators=(",", ":")) + "\n"


@pytest.mark.parametrize("before", [None, {"swap": True}, {"swap": False}, {"order": [1, 2], "swap": False}])
def test_of_how_an_item_was_shown_only_the_swap_is_said_anew(tmp_path, before):
    schema = "type: object\nx-swap: [a, b]\nproperties:\n  better: {enum: [a, b]}\n"
    items = "".join(f'{{"id":"i{n}","data":{{"a":"1","b":"2"}}}}\n' for n in range(1, 6))
    shown = {} if before is None else {"shown": before}
    files = {"schemas/mood.yaml": schema, "labels/items/texts/one.jsonl": items, "labels/items/texts/two.jsonl": ""}
    own = "".join(record(f"i{n}", label={"better": "a"}, **shown) for n in range(1, 6))
    opened = session(tmp_path, {**files, MINE: own})
    swaps = set()
    for place in range(opened.total):
        item = opened.item(place)
        saved = opened.answer(place, Answer(label={"better": "b"}, tag=item["tag"]))
        kept = {"order": [1, 2]} if isinstance(before, dict) and "order" in before else {}
        assert saved.record["shown"] == {**kept, "swap": item["swap"]}
        swaps.add(item["swap"])
    assert swaps == {True, False}


def test_without_swapped_pairs_a_record_says_nothing_of_how_it_was_shown(tmp_path):
    opened = session(tmp_path)
    assert "shown" not in opened.answer(0, Answer(label={"tone": "good"})).record


def test_the_states_and_the_pace_are_those_of_the_answers(tmp_path):
    returned = record("i4", annotator="ben", why="?") + record("i5", annotator="ben", why="?")
    own = (
        record("i1", label={"tone": "good"}, seconds=2)
        + record("i2", skip="odd", flags=["unsure"], seconds=5.17)
        + record("i3", label={"tone": "good"}, flags=["unsure"])
        + record("i4", label={"tone": "good"}, flags=["unsure"])
    )
    opened = session(tmp_path, {MINE: own, "labels/mood/r4/ada.returned.jsonl": returned})
    found = opened.progress()
    at = places(opened)
    assert {item: found.states[place] for item, place in at.items()} == {
        "i1": "x", "i2": "s", "i3": "f", "i4": "r", "i5": "r",
    }  # fmt: skip
    assert (found.done, found.total, found.median_seconds, found.seconds_left) == (3, 5, 3.6, 7)
    (tmp_path / MINE).write_text(record("i1", label={"tone": "good"}))
    found = opened.progress()
    assert (found.done, found.median_seconds, found.seconds_left) == (1, None, None)


GUIDE = FILES["guidelines/mood.md"] + "\n## Tone\n\n### `bad`\n\nx\n\n## Topics\n\nx\n"


@pytest.mark.parametrize(
    ("gold", "label", "told"),
    [
        ({"tone": "bad"}, {"tone": "bad"}, [("tone", "bad", True, "g-bad")]),
        ({"tone": "good"}, {"tone": "bad"}, [("tone", "bad", False, "g-tone")]),
        (
            {"tone": "bad", "topics": ["b", "a"]},
            {"tone": "bad", "topics": ["a", "b"]},
            [("tone", "bad", True, "g-bad"), ("topics", ["a", "b"], True, "g-topics")],
        ),
        (
            {"tone": "bad", "share": 1, "score": 2},
            {"tone": "bad", "share": 1.0},
            [("tone", "bad", True, "g-bad"), ("score", None, False, ""), ("share", 1.0, True, "")],
        ),
        ({"tone": "bad", "score": None}, {"tone": "bad", "score": 1}, [("tone", "bad", True, "g-bad")]),
        ({"tone": "bad", "names": []}, {"tone": "bad"}, [("tone", "bad", True, "g-bad"), ("names", None, False, "")]),
    ],
)
def test_feedback_is_field_by_field_what_gold_has_and_right_where_all_of_it_is(tmp_path, gold, label, told):
    files = {"guidelines/mood.md": GUIDE, "labels/mood/gold/ada.jsonl": record("i1", label=gold)}
    files |= {"labels/mood/gold/@crowd.jsonl": "", MINE: record("i1", label=label) + record("i2", label=label)}
    opened = session(tmp_path, files, purpose="qualify")
    at = places(opened)
    feedback = opened.item(at["i1"])["feedback"]
    assert [(one["field"], one["given"], one["right"], one["anchor"]) for one in feedback["fields"]] == told
    assert [one["expected"] for one in feedback["fields"]] == [gold[one["field"]] for one in feedback["fields"]]
    assert feedback["right"] is all(right for _, _, right, _ in told)
    assert "why" not in feedback
    assert opened.item(at["i2"])["feedback"] is None


def test_the_batch_is_the_only_open_one_with_something_left_or_the_named_one(tmp_path):
    more = planned(batch="r5", items=("i1",)) | planned(batch="r6", who=("ada",))
    project = small_project(tmp_path, {**NO_OTHER, **planned(), **more})
    with pytest.raises(UsageError, match="ben has 2 open batches: r4, r5") as several:
        load_session_context(project, "mood", "ben")
    assert several.value.fix == "name one: assay annotate mood r4"
    (tmp_path / "labels/mood/r5/ben.jsonl").write_text(record("i1", label={"tone": "good"}))
    assert load_session_context(project, "mood", "ben").assignment.batch.name == "r4"
    assert load_session_context(project, "mood", "ben", "r5").assignment.batch.name == "r5"
    (tmp_path / MINE).write_text("".join(record(f"i{n}", skip="odd") for n in range(1, 6)))
    with pytest.raises(UsageError, match="nothing of mood is left for ben"):
        load_session_context(project, "mood", "ben")
    (tmp_path / "labels/mood/r4/ada.returned.jsonl").write_text(record("i1", annotator="ben", why="?"))
    assert load_session_context(project, "mood", "ben").assignment.batch.name == "r4"
    with pytest.raises(UsageError, match="mood/r3 is closed"):
        load_session_context(project, "mood", "ben", "r3")


def test_what_may_be_withdrawn_and_what_is_told_where_it_may_not(tmp_path):
    own = "".join(record(f"i{n}", label={"tone": "good"}) for n in (1, 2))
    opened = session(tmp_path, {MINE: own, "labels/mood/r4/ada.returned.jsonl": record("i2", annotator="ben", why="?")})
    at = places(opened)
    tags = {item: opened.item(place)["tag"] for item, place in at.items()}
    assert isinstance(opened.withdraw(at["i3"], Withdrawal(tag="x")), Saved)
    other = opened.withdraw(at["i1"], Withdrawal(tag=tags["i2"]))
    assert isinstance(other, ChangedElsewhere)
    assert (other.tag, other.record["item"]) == (tags["i1"], "i1")
    refused = opened.withdraw(at["i2"], Withdrawal(tag=tags["i2"]))
    assert isinstance(refused, Faulty)
    assert refused.faults[0].message == "an answer that was sent back cannot be withdrawn"
    assert (tmp_path / MINE).read_text() == own
    assert opened.saved == 0
    gone = opened.withdraw(at["i1"], Withdrawal(tag=tags["i1"]))
    assert (gone.tag, gone.record, gone.progress.done) == ("", None, 0)
    assert (tmp_path / MINE).read_text() == own.splitlines(keepends=True)[1]
    assert opened.saved == 1
    final = session(tmp_path, {MINE: own}, purpose="qualify")
    assert isinstance(final.withdraw(places(final)["i1"], Withdrawal(tag=tags["i1"])), Locked)


def test_a_suggestion_names_the_item_that_it_is_about_or_none(tmp_path):
    opened = session(tmp_path)
    for place in (-1, 0, opened.total - 1, opened.total):
        opened.propose(GuidelineSuggestion(text="t", section="s", n=place))
    kept = [json.loads(line)["item"] for line in (tmp_path / ".assay/suggestions/mood.jsonl").read_text().splitlines()]
    assert kept == ["", opened.item(0)["item"], opened.item(opened.total - 1)["item"], ""]


def test_the_page_offers_the_own_reasons_most_used_first_and_says_what_is_new(tmp_path):
    reasons = ["c", "language", "b", "b", "c", "c"] + [f"r{n}" for n in range(4)]
    items = "".join(record(f"j{n}", data={"text": "t"}).replace('"item"', '"id"') for n in range(len(reasons)))
    asked = "".join(f'{{"item":"j{n}","annotators":["ben"]}}\n' for n in range(len(reasons)))
    dated = record("i1", label={"tone": "good"}, guideline="0.2.0", at="2026-02-01T00:00:00Z")
    older = record("i2", label={"tone": "good"}, guideline="0.1.0", at="2026-03-01T00:00:00Z")
    files = {
        "labels/items/texts/three.jsonl": items,
        "labels/mood/r5/batch.yaml": NO_OTHER["labels/mood/r3/batch.yaml"],
        "labels/mood/r5/assignments.jsonl": asked,
        "labels/mood/r5/ben.jsonl": "".join(record(f"j{n}", skip=why) for n, why in enumerate(reasons)),
        "labels/mood/r5/ada.jsonl": record("j0", skip="not mine"),
        "labels/mood/r1/ben.jsonl": dated + older,
        "labels/mood/r3/ben.jsonl": "{broken\n",
        "schemas/mood.yaml": SCHEMA.replace("x-flags: [rude]", "x-flags: [zeal, rude, unsure]"),
    }
    told = make_page(session(tmp_path, files))
    assert told.skip_reasons == ("c", "b", "language", "r0", "r1", "r2", "r3", "unreadable", "off-topic")
    assert told.flags == ("unsure", "guideline-gap", "bad-item", "rude", "zeal")
    assert [version for version, *_ in told.changes] == ["0.2.0"]
    assert (told.title, told.description, told.first, told.total, told.swap) == ("mood", "", 0, 5, False)


@pytest.mark.parametrize(
    ("answered", "back", "first"), [("", "", 0), ("0", "", 1), ("01", "", 2), ("0134", "3", 3), ("01234", "", 0)]
)
def test_the_page_opens_at_what_came_back_else_at_the_first_open_item(tmp_path, answered, back, first):
    opened = session(tmp_path)
    order = {place: item for item, place in places(opened).items()}
    own = "".join(record(item, label={"tone": "bad"}) for item in sorted(order[int(place)] for place in answered))
    sent = "".join(record(order[int(place)], annotator="ben", why="?") for place in back)
    files = {MINE: own, "labels/mood/r4/ada.returned.jsonl": sent}
    assert make_page(session(tmp_path, files)).first == first
