import pytest

from assay.errors import ConfigError, UsageError
from assay.lead.batch_change import close_batch, list_batches
from projects import load

GOOD = {"tone": "good"}


def answer_all(here, *people):
    for who in people:
        here.answer(who, {item: GOOD for item, asked in here.asked().items() if who in asked})


def close(here, **more):
    lacking = close_batch(here.project, "mood", "r1", **more)
    return [(one.annotator, len(one.items), len(one.sent_back)) for one in lacking]


def test_what_is_missing_is_listed_by_annotator_and_the_batch_stays_open(lab):
    here = lab(6)
    here.create()
    answer_all(here, "ada")
    before = here.files()
    assert close(here) == [("ben", 4, 0), ("chen", 4, 0)]
    assert here.files() == before


def test_a_batch_with_every_answer_is_closed_in_place(lab):
    here = lab(6)
    here.create()
    answer_all(here, *here.people)
    text = here.batch_file().read_text().replace("status: open\n", "status: open  # since March\n")
    here.batch_file().write_text(f"# the first round\n{text}")
    assert close(here) == []
    assert here.batch_file().read_text() == f"# the first round\n{text.replace('status: open', 'status: closed')}"
    corpus = load(here.project).corpus
    assert (corpus.items.current_batch >= 0).all()


def test_anyway_closes_what_lacks_something_and_still_says_what(lab):
    here = lab(6)
    here.create()
    answer_all(here, "ada", "ben")
    assert close(here, anyway=True) == [("chen", 4, 0)]
    assert "status: closed\n" in here.batch_file().read_text()


def test_what_was_sent_back_is_missing_until_it_is_answered_again(lab):
    here = lab(6)
    here.create()
    answer_all(here, *here.people)
    item = next(item for item, people in here.asked().items() if "ben" in people)
    here.write(**{"labels/mood/r1/lead.returned.jsonl": f'{{"item":"{item}","annotator":"ben","why":"look again"}}\n'})
    assert close(here) == [("ben", 0, 1)]
    path = here.root / "labels/mood/r1/ben.jsonl"
    old = f'{{"item":"{item}","label":{{"tone":"good"}}}}'
    path.write_text(path.read_text().replace(old, old.replace("}}", '},"first":{"tone":"bad"}}')))
    assert close(here) == []


def test_a_slot_that_was_sent_back_and_has_no_answer_is_counted_once(lab):
    here = lab(2, ["ada"])
    here.create(overlap="1")
    here.write(**{"labels/mood/r1/lead.returned.jsonl": '{"item":"i00000","annotator":"ada","why":"do it"}\n'})
    assert close(here) == [("ada", 2, 0)]


def test_a_batch_that_is_closed_is_said_to_be(lab):
    here = lab(2)
    here.create()
    close(here, anyway=True)
    with pytest.raises(UsageError, match="mood/r1 is closed"):
        close(here)


def test_a_file_that_cannot_be_read_is_mended_first(lab):
    here = lab(2)
    here.create()
    answer_all(here, *here.people)
    path = here.root / "labels/mood/r1/ada.jsonl"
    path.write_text(path.read_text() + "{\n")
    with pytest.raises(ConfigError, match=r"labels/mood/r1/ada\.jsonl:"):
        close(here)


def test_batches_are_listed_with_their_progress(lab):
    here = lab(6)
    here.create("r1", items=4)
    answer_all(here, "ada")
    here.create("r2", items=2)
    here.write(
        **{
            "labels/mood/old/batch.yaml": "purpose: label\nstatus: closed\ncreated: 2026-01-01\nguideline: 0.1.0\n",
            "labels/mood/bad/batch.yaml": "purpose: lable\n",
        }
    )
    done = sum("ada" in people for people in here.asked("r1").values())
    told = [
        (one.name, one.purpose, one.status, one.guideline, one.done, one.slots) for one in list_batches(here.project)
    ]
    assert told == [
        ("bad", "", "broken", "", None, None),
        ("old", "label", "closed", "0.1.0", None, None),
        ("r1", "label", "open", "0.2.0", done, 8),
        ("r2", "label", "open", "0.2.0", 0, 4),
    ]
    with pytest.raises(UsageError, match="there is no task 'nosuch'"):
        list_batches(here.project, "nosuch")
