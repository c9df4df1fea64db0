"""`assay team`: text, JSON and CSV."""

import csv
import io

import pytest


@pytest.mark.usefixtures("mood")
def test_a_lead_reads_a_table_a_program_json_and_a_spreadsheet_csv(assay):
    said = assay("team")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("mood: 5 annotators, 10 records\n")
    assert "small n, weak evidence" in said.out

    said = assay("team", "mood", "--format", "json")
    assert [one["task"] for one in said.json] == ["mood"]
    assert [one["annotator"] for one in said.json[0]["annotators"]] == ["@crowd/W 1", "@crowd/w2", "ada", "ben", "bot"]
    assert [one["batch"] for one in said.json[0]["batches"]] == ["r1", "r2", "r3"]

    rows = list(csv.DictReader(io.StringIO(assay("team", "--format", "csv").out)))
    assert [row["annotator"] for row in rows][:3] == ["'@crowd/W 1", "'@crowd/w2", "ada"]


def test_it_says_who_it_is_for_and_writes_nothing(assay, mood):
    before = {path: path.read_bytes() for path in mood.rglob("*") if path.is_file()}
    assert assay("team").code == 0
    assert {path: path.read_bytes() for path in mood.rglob("*") if path.is_file()} == before
    help_text = " ".join(assay("team", "--help").out.split())
    assert "For leads" in help_text
    assert "Small numbers are weak evidence" in help_text


@pytest.mark.usefixtures("mood")
def test_a_task_that_is_none_ends_with_two(assay):
    assert assay("team", "mod").code == 2
