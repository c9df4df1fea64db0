import json

import pytest

from assay.clone.project_files import who_am_i
from assay.errors import UsageError
from assay.reviewer.returning import Back, send_back
from projects import small_project

OPEN = {
    "labels/mood/r4/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-04-02\nguideline: 0.2.0\n",
    "labels/mood/r4/assignments.jsonl": '{"item":"i1","annotators":["ben"]}\n{"item":"i2","annotators":["ben"]}\n',
    "labels/mood/r4/ben.jsonl": '{"item":"i1","label":{"tone":"bad"},"at":"2026-04-03T10:00:00Z"}\n'
    '{"item":"i2","label":{"tone":"bad"}}\n',
}
NOW = "2026-04-04T10:00:00Z"


@pytest.fixture
def project(tmp_path):
    return small_project(tmp_path / "project", OPEN)


def back(project, *items, who="ada", now=NOW, **more):
    return send_back(project, who_am_i(project, who), Back(items=items, why="look again", **more), now=now)


def test_an_answer_is_sent_back_in_the_reviewers_own_file(project):
    (file,) = back(project, "i1", "i2", batch="r4")
    assert (file.path, file.sent) == ("labels/mood/r4/ada.returned.jsonl", (("i1", "ben"), ("i2", "ben")))
    lines = (project.root / file.path).read_text().splitlines()
    assert lines[0] == f'{{"item":"i1","annotator":"ben","why":"look again","at":"{NOW}"}}'


def test_what_was_sent_back_before_stays_and_is_said_anew(project):
    back(project, "i1", batch="r4")
    back(project, "i2", batch="r4")
    (file,) = back(project, "i1", batch="r4", now="2026-05-01T00:00:00Z")
    records = [json.loads(line) for line in (project.root / file.path).read_text().splitlines()]
    assert [(one["item"], one["at"][:7]) for one in records] == [("i1", "2026-05"), ("i2", "2026-04")]


def test_nothing_is_written_where_one_item_cannot_be_sent_back(project):
    for items, more in ((("i1", "i9"), {"batch": "r4"}), (("i1",), {}), (("i1",), {"who": "ben", "batch": "r4"})):
        with pytest.raises(UsageError):
            back(project, *items, **more)
    assert not (project.root / "labels/mood/r4/ada.returned.jsonl").exists()


def test_nothing_is_sent_back_in_a_closed_batch(project):
    with pytest.raises(UsageError, match="mood/r1, which is closed"):
        back(project, "i3")
    assert [path.name for path in (project.root / "labels/mood/r1").glob("*.returned.jsonl")] == ["ada.returned.jsonl"]


def test_the_page_shows_it_and_a_corrected_label_keeps_the_first(project, page, tmp_path):
    (file,) = back(project, "i1", batch="r4")
    client = page({**OPEN, file.path: (project.root / file.path).read_text()}, who="ben")
    place = client.place("i1")
    shown = client.get(f"/items/{place}").json
    assert shown["returned"]["why"] == "look again"
    assert client.put(place, {"label": {"tone": "good"}, "tag": shown["tag"]}).status == 200
    written = [json.loads(line) for line in (tmp_path / "labels/mood/r4/ben.jsonl").read_text().splitlines()]
    record = next(one for one in written if one["item"] == "i1")
    assert (record["label"], record["first"]) == ({"tone": "good"}, {"tone": "bad"})
