"""`assay import items`: what it prints, and how it ends."""

import pytest


@pytest.fixture
def some(mood):
    (mood / "some.csv").write_text("ticket,text,meta.lang\n7,seven,en\n8,eight,fr\n")
    return mood / "some.csv"


def test_items_come_in_and_again_they_are_there_already(assay, mood, some):
    said = assay("import", "items", some, "--pool", "texts", "--id", "ticket", "--shard", "2026-12")
    assert said.code == 0
    assert "some.csv: read as CSV separated by commas, UTF-8; columns: 'ticket', 'text', 'meta.lang'\n" in said.err
    assert said.out == "texts: 2 items added, 0 already there\nwrote labels/items/texts/2026-12.jsonl\n"
    assert (mood / "labels/items/texts/2026-12.jsonl").read_text() == (
        '{"id":"7","data":{"text":"seven"},"meta":{"lang":"en"}}\n{"id":"8","data":{"text":"eight"},"meta":{"lang":"fr"}}\n'
    )
    again = assay("import", "items", some, "--pool", "texts", "--id", "ticket")
    assert (again.code, again.out) == (0, "texts: 0 items added, 2 already there\n")
    assert assay("check", "--all").code == 0


def test_a_pool_that_no_task_uses_is_said(assay, some):
    said = assay("import", "items", some, "--pool", "other", "--id", "ticket")
    assert said.code == 0
    assert "no task uses the pool other yet" in said.err


def test_lines_that_cannot_be_taken_are_listed_and_nothing_is_written(assay, mood, long):
    file = long({"id": "i1", "text": "new"}, {"id": "x", "words": "y"}, '{"id":', name="new.jsonl")
    said = assay("import", "items", file, "--pool", "texts")
    assert (said.code, said.out) == (2, "")
    assert "new.jsonl:1 item 'i1' has other content in labels/items/texts/one.jsonl" in said.err
    assert "new.jsonl:2 item 'x'" in said.err
    assert "new.jsonl:3 not JSON" in said.err
    assert not (mood / "labels/items/texts/new.jsonl").exists()
