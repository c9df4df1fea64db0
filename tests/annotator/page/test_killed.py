import json

import pytest

from assay.labels.annotator_file import read_own
from pages import planned
from projects import FILES, write_files

POINTS = 50
ITEMS = tuple(f"n{number:03}" for number in range(2 * POINTS))


@pytest.mark.slow
def test_no_acknowledged_answer_is_lost_when_the_server_is_killed_at_fifty_points(start, tmp_path):
    pool = "".join(f'{{"id":"{item}","data":{{"text":"a text"}}}}\n' for item in ITEMS)
    write_files(tmp_path, {**FILES, **planned(items=ITEMS), "labels/items/texts/one.jsonl": pool})
    acknowledged = {}
    for point in range(POINTS):
        client = start(tmp_path, "mood", "r4", "--as", "ben").enter()
        reply = client.put(point, {"label": {"tone": "good", "score": point % 6}}).json
        acknowledged[reply["record"]["item"]] = reply["record"]
        body = json.dumps({"label": {"tone": "bad"}}).encode()
        headers = {"Host": f"127.0.0.1:{client.port}", "Cookie": client.cookie, "Origin": client.origin}
        client.send(
            "PUT", f"/items/{POINTS + point}/answer", [*headers.items(), ("Content-Type", "application/json")], body
        )
        client.kill()
        own = read_own(tmp_path, "labels/mood/r4/ben.jsonl")
        assert (tmp_path / own.path).read_bytes() == own.data
        assert {item: own.record(item) for item in acknowledged} == acknowledged
        in_flight = [own.record(item)["label"] for item in own.lines if item not in acknowledged]
        assert in_flight == [{"tone": "bad"}] * len(in_flight)
        assert len(in_flight) <= point + 1
    start(tmp_path, "mood", "r4", "--as", "ben")
    assert [path.name for path in (tmp_path / "labels/mood/r4").glob(".*")] == []
