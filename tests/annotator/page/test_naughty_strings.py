import json
import os
from pathlib import Path

import pytest

from pages import planned
from projects import FILES, write_files

pytestmark = pytest.mark.threat(20)


@pytest.fixture(scope="module")
def naughty():
    if "ASSAY_SUITES" not in os.environ:
        pytest.skip("ASSAY_SUITES is not set")
    [path] = sorted((Path(os.environ["ASSAY_SUITES"]) / "naughty-strings").glob("**/blns.json"))
    return tuple(dict.fromkeys(text for text in json.loads(path.read_text(encoding="utf-8")) if text))


def test_naughty_strings_go_round_as_ids_data_notes_and_skips(naughty, start, tmp_path):
    pool = [json.dumps({"id": text, "data": {"text": text}}, ensure_ascii=False) for text in sorted(naughty)]
    files = {**FILES, **planned(items=naughty), "labels/items/texts/one.jsonl": "".join(f"{line}\n" for line in pool)}
    write_files(tmp_path, files)
    client = start(tmp_path, "mood", "r4", "--as", "ben").enter()
    for n in range(len(naughty)):
        item = client.get(f"/items/{n}").json
        text = item["item"]
        answer = {"label": {"tone": "good"}} if len(text) > 200 or not text.strip() else {"skip": text}
        reply = client.put(n, {**answer, "note": text})
        assert reply.status == 200, (text, reply.json)
        record = reply.json["record"]
        assert item["parts"][0]["value"] == record["note"] == record.get("skip", text) == text
    lines = (tmp_path / "labels/mood/r4/ben.jsonl").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    records = [json.loads(line) for line in lines]
    assert [(record["item"], record["note"]) for record in records] == [(text, text) for text in sorted(naughty)]
    assert client.get("/progress").json["done"] == len(naughty)
