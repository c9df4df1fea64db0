import json
import re

import pytest

GOOD = {"label": {"tone": "good"}}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def faults(reply):
    assert reply.status == 422
    return [(fault["pointer"], fault["field"], fault["missing"]) for fault in reply.json["faults"]]


def test_a_saved_answer_stands_on_disk_stamped_before_it_is_acknowledged(page, records):
    client = page()
    sent = {**GOOD, "seconds": 4.26, "flags": ["unsure", "rude", "unsure"], "note": "hm"}
    reply = client.put(client.place("i2"), {**sent, "tag": ""})
    record = records()["i2"]
    assert TIME.fullmatch(record.pop("at"))
    assert record == {
        "item": "i2",
        "label": {"tone": "good"},
        "guideline": "0.2.0",
        "seconds": 4.3,
        "flags": ["unsure", "rude"],
        "note": "hm",
    }
    assert reply.json["record"]["note"] == "hm"
    assert reply.json["progress"] == {"done": 1, "total": 5}
    assert reply.json["feedback"] is None
    assert reply.json["tag"] == client.get(f"/items/{client.place('i2')}").json["tag"]


def test_the_file_is_canonical_whatever_the_order_of_answers(page, tmp_path):
    client = page()
    for n in range(5):
        assert client.put(n, {"label": {"topics": ["b", "a"], "tone": "bad"}}).status == 200
    lines = (tmp_path / "labels/mood/r4/ben.jsonl").read_text().splitlines()
    assert [json.loads(line)["item"] for line in lines] == ["i1", "i2", "i3", "i4", "i5"]
    assert lines[0].startswith('{"item":"i1","label":{"tone":"bad","topics":["b","a"]},"guideline":"0.2.0","at":"')


def test_seconds_add_up_over_the_saves_of_an_item(page, records):
    client = page()
    tag = client.put(0, {**GOOD, "seconds": 2}).json["tag"]
    tag = client.put(0, {"label": {"tone": "bad"}, "seconds": 3.5, "tag": tag}).json["tag"]
    assert client.put(0, {**GOOD, "seconds": 0.5, "tag": tag}).json["record"]["seconds"] == 6
    assert '"seconds":6}' in json.dumps(next(iter(records().values())), separators=(",", ":"))
    assert "seconds" not in client.put(1, GOOD).json["record"]


def test_the_same_answer_again_writes_nothing(page, tmp_path):
    client = page()
    first = client.put(0, {**GOOD, "seconds": 1, "note": "n"}).json
    before = (tmp_path / "labels/mood/r4/ben.jsonl").stat()
    again = client.put(0, {**GOOD, "seconds": 9, "note": "n", "tag": "stale"})
    assert (again.status, again.json["tag"], again.json["record"]) == (200, first["tag"], first["record"])
    after = (tmp_path / "labels/mood/r4/ben.jsonl").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_a_skip_replaces_a_label_and_a_label_a_skip(page, records):
    client = page()
    tag = client.put(0, {"skip": "language", "tag": ""}).json["tag"]
    tag = client.put(0, {**GOOD, "tag": tag}).json["tag"]
    assert "skip" not in next(iter(records().values()))
    client.put(0, {"skip": "unreadable", "tag": tag})
    assert "label" not in next(iter(records().values()))


def test_undo_takes_the_record_out_and_the_last_one_the_file(page, tmp_path):
    client = page()
    tags = [client.put(n, GOOD).json["tag"] for n in (0, 1)]
    assert client.ask("DELETE", "/items/0/answer", {"tag": "other"}).status == 409
    reply = client.ask("DELETE", "/items/0/answer", {"tag": tags[0]})
    assert (reply.status, reply.json["record"], reply.json["tag"]) == (200, None, "")
    assert reply.json["progress"] == {"done": 1, "total": 5}
    assert client.ask("DELETE", "/items/0/answer", {"tag": tags[0]}).status == 200
    client.ask("DELETE", "/items/1/answer", {"tag": tags[1]})
    assert not (tmp_path / "labels/mood/r4/ben.jsonl").exists()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"label": {}}, [("/tone", "tone", True)]),
        ({"label": {"tone": "ugly"}}, [("/tone", "tone", False)]),
        ({"label": {"tone": "good", "score": 9}}, [("/score", "score", False)]),
        ({"label": {"tone": "good", "other": 1}}, [("/other", "other", False)]),
        ({"label": {"tone": "good", "names": [{"start": 0, "end": 99}]}}, [("/names/0/end", "names", False)]),
        ({"label": {"tone": "good", "names": [{"start": 3, "end": 3}]}}, [("/names/0", "names", False)]),
        ({**GOOD, "flags": ["nope"]}, [("/flags", "", False)]),
        ({**GOOD, "note": "x" * 10_001}, [("/note", "", False)]),
        ({"skip": ""}, [("/skip", "", False)]),
        ({"skip": "  "}, [("/skip", "", False)]),
        ({"skip": "x" * 201}, [("/skip", "", False)]),
        ({**GOOD, "skip": "language"}, [("", "", False)]),
        ({"note": "nothing said"}, [("", "", False)]),
        ({**GOOD, "seconds": -1}, [("", "", False)]),
        ({**GOOD, "who": "ada"}, [("", "", False)]),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_written(untouched, answer, told):
    reply = untouched.put(0, answer)
    assert faults(reply) == told
    assert all(fault["message"] and fault["fix"] for fault in reply.json["faults"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"label":{"tone":"good","tone":"bad"}}',
        b'{"label":{"tone":"good","share":NaN}}',
        b'{"label":{"tone":"good","share":9007199254740993}}',
        b'{"skip":"\\ud800"}',
        b'{"skip":"\xff"}',
        b'{"label":' + b"[" * 70 + b"]" * 70 + b"}",
    ],
)
def test_what_is_not_strict_json_is_not_kept(untouched, body):
    assert faults(untouched.put(0, body)) == [("", "", False)]


def test_a_span_is_measured_in_code_points_of_this_item(page):
    client = page()
    n = client.place("i1")
    assert client.put(n, {"label": {"tone": "good", "names": [{"start": 6, "end": 11}]}}).status == 200
    assert faults(client.put(n, {"label": {"tone": "good", "names": [{"start": 6, "end": 12}]}}))


def test_a_changed_answer_that_was_sent_back_keeps_the_first_one(page, records):
    made = (
        '{"item":"i1","label":{"score":2,"tone":"good"},"guideline":"0.1.0","at":"2026-01-03T10:00:00Z","seconds":3}\n'
    )
    sent = '{"item":"i1","annotator":"ben","why":"look again","at":"2026-01-04T10:00:00Z"}\n'
    client = page({"labels/mood/r4/ben.jsonl": made, "labels/mood/r4/ada.returned.jsonl": sent})
    n = client.place("i1")
    item = client.get(f"/items/{n}").json
    assert item["returned"] == {"why": "look again", "at": "2026-01-04T10:00:00Z"}
    progress = client.get("/progress").json
    assert (progress["states"][n], progress["done"], progress["seconds_left"]) == ("r", 0, 3 * progress["total"])
    assert f'"first": {n},'.encode() in client.get("/label").body
    refused = client.ask("DELETE", f"/items/{n}/answer", {"tag": item["tag"]})
    assert faults(refused) == [("", "", False)]
    tag = client.put(n, {"label": {"tone": "bad"}, "tag": item["tag"], "seconds": 2}).json["tag"]
    assert client.get(f"/items/{n}").json["returned"] is None
    assert client.get("/progress").json["states"][n] == "x"
    client.put(n, {"label": {"tone": "bad", "score": 1}, "tag": tag})
    record = records()["i1"]
    assert record["first"] == {"score": 2, "tone": "good"}
    assert record["label"] == {"score": 1, "tone": "bad"}
    assert (record["guideline"], record["seconds"]) == ("0.2.0", 5)


@pytest.mark.parametrize("stated", [',"at":"2026-01-04T10:00:00Z"', ""])
def test_an_answer_that_was_sent_back_can_be_confirmed(page, stated):
    made = '{"item":"i1","label":{"tone":"good"},"guideline":"0.1.0","at":"2026-01-03T10:00:00Z"}\n'
    sent = f'{{"item":"i1","annotator":"ben","why":"sure?"{stated}}}\n'
    client = page({"labels/mood/r4/ben.jsonl": made, "labels/mood/r4/ada.returned.jsonl": sent})
    n = client.place("i1")
    reply = client.put(n, {**GOOD, "tag": client.get(f"/items/{n}").json["tag"]})
    assert reply.json["record"]["at"] > "2026-01-04"
    assert client.get(f"/items/{n}").json["returned"] is None


def test_what_a_record_says_besides_the_answer_stays(page, records):
    made = (
        '{"item":"i1","label":{"tone":"good"},"confidence":0.5,"probs":{"tone":{"bad":0.5}},"first":{"tone":"bad"}}\n'
    )
    client = page({"labels/mood/r4/ben.jsonl": made})
    n = client.place("i1")
    client.put(n, {"label": {"tone": "bad"}, "tag": client.get(f"/items/{n}").json["tag"]})
    record = records()["i1"]
    kept = {"confidence": 0.5, "probs": {"tone": {"bad": 0.5}}, "first": {"tone": "bad"}}
    assert kept.items() <= record.items()


def test_a_model_suggests_only_where_the_batch_names_it_and_that_is_recorded(page, records):
    bot = {"labels/mood/r4/bot.jsonl": '{"item":"i1","label":{"tone":"good"},"confidence":0.9}\n'}
    client = page(bot, more="prelabels: bot\n")
    one, other = client.place("i1"), client.place("i2")
    assert client.get(f"/items/{one}").json["suggestion"] == {"by": "bot", "label": {"tone": "good"}}
    assert client.get(f"/items/{other}").json["suggestion"] is None
    for n in (one, other):
        client.put(n, {"label": {"tone": "bad"}})
    assert records()["i1"]["suggestion"] == {"by": "bot", "shown": {"tone": "good"}}
    assert "suggestion" not in records()["i2"]


def test_without_being_named_a_model_suggests_nothing(page):
    client = page({"labels/mood/r4/bot.jsonl": '{"item":"i1","label":{"tone":"good"}}\n'})
    assert client.get(f"/items/{client.place('i1')}").json["suggestion"] is None


def test_the_record_cites_the_guideline_that_stands_in_the_work_tree_now(page, tmp_path):
    client = page()
    guideline = tmp_path / "guidelines/mood.md"
    change = "  - {version: 0.3.0, date: 2026-03-01, summary: third}\n---\nRead"
    text = guideline.read_text().replace("version: 0.2.0\nch", "version: 0.3.0\nch").replace("---\nRead", change)
    guideline.write_text(text)
    assert client.put(0, GOOD).json["record"]["guideline"] == "0.3.0"
    assert b'"guideline_version": "0.3.0"' in client.get("/label").body
    guideline.write_text("no front matter")
    reply = client.put(1, GOOD)
    assert reply.status == 423
    assert "no front matter" in reply.json["fault"]
    assert reply.json["fix"]
