import json

from projects import write_files

SCHEMA = """
type: object
required: [better]
additionalProperties: false
properties:
  better: {enum: [a, b, tie]}
x-swap: [a, b]
x-item:
  type: object
  properties:
    a: {type: string, title: Answer A}
    question: {type: string, title: Question}
    b: {type: string, title: Answer B}
"""
PAIRS = tuple(f"p{number:03}" for number in range(60))
PAIR = {
    "checks/project.yaml": "format: 1\nid: test-project\ntasks: {which: {pool: pairs}}\n",
    "schemas/which.yaml": SCHEMA,
    "guidelines/which.md": "---\ntask: which\nversion: 0.1.0\nchanges:\n  - {version: 0.1.0, date: 2026-01-01, summary: s}\n---\n",
    "labels/annotators/ada.yaml": "role: lead\n",
    "labels/annotators/ben.yaml": "role: annotator\n",
    "labels/items/pairs/one.jsonl": "".join(
        f'{{"id":"{item}","data":{{"a":"first","b":"second","question":"q"}}}}\n' for item in PAIRS
    ),
    "labels/which/r1/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-01-01\nguideline: 0.1.0\nseed: 3\n",
    "labels/which/r1/assignments.jsonl": "".join(f'{{"item":"{item}","annotators":["ada","ben"]}}\n' for item in PAIRS),
}


def shown(client):
    items = [client.get(f"/items/{n}").json for n in range(len(PAIRS))]
    return {item["item"]: item for item in items}


def test_pairs_stand_side_by_side_half_of_them_swapped_and_always_the_same(start, tmp_path):
    write_files(tmp_path, PAIR)
    first, second = (start(tmp_path, "which", "--as", "ben").enter() for _ in range(2))
    items = shown(first)
    for item in items.values():
        left, right, question = item["parts"]
        names = ["b", "a"] if item["swap"] else ["a", "b"]
        assert [(part["side"], part["name"], part["title"]) for part in (left, right)] == [
            ("left", names[0], "Left"),
            ("right", names[1], "Right"),
        ]
        assert left["value"] == ("second" if item["swap"] else "first")
        assert question["key"] == "question"
    assert 20 < sum(item["swap"] for item in items.values()) < 40
    assert {name: item["swap"] for name, item in shown(second).items()} == {
        name: item["swap"] for name, item in items.items()
    }
    other = shown(start(tmp_path, "which", "--as", "ada").enter())
    assert {name for name in PAIRS if other[name]["swap"] != items[name]["swap"]}


def test_how_a_pair_was_shown_is_recorded_and_the_value_names_the_stored_side(start, tmp_path):
    write_files(tmp_path, PAIR)
    client = start(tmp_path, "which", "--as", "ben").enter()
    swaps = {client.put(n, {"label": {"better": "a"}}).json["record"]["shown"]["swap"] for n in range(20)}
    lines = (tmp_path / "labels/which/r1/ben.jsonl").read_text().splitlines()
    assert swaps == {True, False}
    assert {json.loads(line)["label"]["better"] for line in lines} == {"a"}
