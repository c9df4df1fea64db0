import json

from projects import FILES

GUIDE = FILES["guidelines/mood.md"] + "\n## Tone\n\n### `bad`\n\nIt complains.\n\n### `good`\n\nIt praises.\n"
GOLD = '{"item":"i1","label":{"score":3,"tone":"bad"},"why":"The smile is ironic."}\n'
RIGHT = {"label": {"score": 3, "share": 0.5, "tone": "bad"}}


def qualifying(page):
    files = {"guidelines/mood.md": GUIDE, "labels/mood/gold/ada.jsonl": GOLD, "labels/mood/gold/@crowd.jsonl": ""}
    return page(files, purpose="qualify")


def test_the_experts_answer_is_told_only_after_the_own_one(page):
    client = qualifying(page)
    n = client.place("i1")
    before = client.get(f"/items/{n}")
    assert before.json["feedback"] is None
    assert b"ironic" not in before.body + client.get("/label").body
    assert b"ironic" not in client.put(n, {"skip": "language"}).body
    tag = client.get(f"/items/{n}").json["tag"]
    assert b"ironic" not in client.put(n, {"label": {"tone": "none"}, "tag": tag}).body
    reply = client.put(n, {"label": {"tone": "good"}, "tag": tag})
    assert reply.json["feedback"] == {
        "right": False,
        "fields": [
            {"field": "tone", "given": "good", "expected": "bad", "right": False, "anchor": "g-bad"},
            {"field": "score", "given": None, "expected": 3, "right": False, "anchor": ""},
        ],
        "why": "The smile is ironic.",
    }
    assert client.get(f"/items/{n}").json["feedback"] == reply.json["feedback"]


def test_an_answer_then_stands_for_good_also_after_a_restart(page, start, records):
    client = qualifying(page)
    n = client.place("i1")
    saved = client.put(n, RIGHT).json
    assert saved["feedback"]["right"]
    again = start(client.root, "mood", "r4", "--as", "ben").enter()
    for one in (client, again):
        assert one.get(f"/items/{n}").json["locked"]
        assert one.put(n, {"label": {"tone": "good"}, "tag": saved["tag"]}).status == 410
        assert one.ask("DELETE", f"/items/{n}/answer", {"tag": saved["tag"]}).status == 410
        assert one.put(n, RIGHT).json["feedback"] == saved["feedback"]
    assert records()["i1"] == json.loads(json.dumps(saved["record"]))


def test_a_skipped_item_may_still_be_answered(page):
    client = qualifying(page)
    n = client.place("i1")
    tag = client.put(n, {"skip": "language"}).json["tag"]
    assert not client.get(f"/items/{n}").json["locked"]
    assert client.put(n, {**RIGHT, "tag": tag}).json["feedback"]["right"]


def test_in_other_batches_gold_is_never_told(page):
    client = page({"labels/mood/gold/ada.jsonl": GOLD}, purpose="audit")
    n = client.place("i1")
    reply = client.put(n, RIGHT)
    assert reply.json["feedback"] is None
    assert not client.get(f"/items/{n}").json["locked"]
