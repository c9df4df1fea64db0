"""`assay agreement`: the table it ends in, and what --explain prints."""

import json
import re

import pytest

from assay.agreement.report import reason_words

MEG, OWEN = "0100000010", "1110010000"


@pytest.fixture
def measured(assay, demo, long, vote):
    """Makes a project of one task from `(item, annotator, value)` or whole records, its labels read."""

    def _measured(votes):
        records = [one if isinstance(one, dict) else vote(*one) for one in votes]
        path = long(*records)
        assert assay("task", "add", "t", "--from", path).code == 0
        assert assay("import", "long", path, "--task", "t").code == 0
        assert assay("schema", "t").code == 0
        return demo

    return _measured


def two_by_ten():
    """Krippendorff (2011), example A: two observers, ten articles."""
    for n, values in enumerate(zip(MEG, OWEN, strict=True)):
        data = {"text": f"article {n}"}
        yield {"item": f"i{n}", "annotator": "meg", "label": {"label": f"v{values[0]}"}, "data": data}
        yield {"item": f"i{n}", "annotator": "owen", "label": {"label": f"v{values[1]}"}}


def test_the_table_and_where_agreement_is_weakest(assay, measured):
    root = measured(two_by_ten())
    said = assay("agreement", "t")
    assert said.code == 0
    head, titles, line, *rest = said.out.splitlines()
    assert head == "t: 1 field"
    assert titles.split() == [
        "field",
        "scale",
        "units",
        "annotators",
        "alpha",
        "95%",
        "interval",
        "AC1",
        "q",
        "percent",
    ]
    assert line.split()[:5] == ["label", "nominal", "10", "2", "0.095"]
    assert line.split()[-2:] == ["2", "0.600"]
    assert any(one.strip().startswith("about ") and one.endswith(" units for an interval 0.1 wide") for one in rest)
    assert "    kappa is undefined for every pair of annotators that shares 20 units" in rest
    report = json.loads((root / "reports/t/agreement.json").read_bytes())
    assert len(report["fields"]["label"]["costliest"]) == 4


def test_json_is_the_report(assay, measured):
    root = measured(two_by_ten())
    said = assay("agreement", "t", "--format", "json")
    assert said.json["fields"]["label"]["units"] == 10
    assert {"format", *said.json} == set(json.loads((root / "reports/t/agreement.json").read_bytes()))


def test_explain_has_the_figures_of_the_paper_and_writes_nothing(assay, measured):
    root = measured(two_by_ten())
    found = assay("agreement", "t", "--explain", "label", "--format", "json").json
    assert (found["units"], found["pairable"]) == (10, 20)
    assert (found["observed"], found["expected"]) == (0.4, pytest.approx(0.442105, abs=1e-6))
    assert found["alpha"]["value"] == pytest.approx(0.095, abs=5e-4)
    assert found["coincidences"]["matrix"] == [[10.0, 4.0], [4.0, 2.0]]
    assert found["coincidences"]["totals"] == [14, 6]
    assert not (root / "reports/t").joinpath("agreement.json").exists()
    told = assay("agreement", "t", "--explain", "label").out
    for part in ("n = 20 pairable values", "Do  0.400000", "De  0.442105", "alpha = 1 - Do / De = 0.095238", "q = 2"):
        assert part in told
    assert "@crowd/meg v0, @crowd/owen v1\n    article 0\n" in told


def test_a_hostile_text_cannot_act_on_the_terminal(assay, measured):
    records = list(two_by_ten())
    records[0]["data"] = {"text": "\x1b[2Jred\u202e"}
    measured(records)
    told = assay("agreement", "t", "--explain", "label").out
    assert "\\u001b[2Jred\\u202e" in told
    assert "\x1b" not in told


@pytest.mark.usefixtures("mood")
def test_explain_before_the_labels_were_read_says_what_to_run(assay):
    said = assay("agreement", "mood", "--explain", "nosuch")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("assay: unknown field 'nosuch' of task mood\n  fix: fields of mood: ")
    name = said.err.rsplit(": ", 1)[1].split(",")[0].strip()
    said = assay("agreement", "mood", "--explain", name)
    assert (said.code, said.out) == (2, "")
    assert (
        said.err == "assay: the labels of mood have not been read yet\n  fix: run `assay schema mood`, or `dvc repro`\n"
    )


DEGENERATE = {
    "one annotator": ([("i1", "a", "yes"), ("i2", "a", "no")], "one-annotator"),
    "no overlap": ([("i1", "a", "yes"), ("i2", "b", "no")], "no-pairable-units"),
    "one value": ([("i1", "a", "yes"), ("i1", "b", "yes"), ("i2", "a", "yes"), ("i2", "b", "yes")], "no-variation"),
}


@pytest.mark.parametrize("case", DEGENERATE)
def test_what_is_undefined_is_said_in_words(assay, measured, case):
    votes, reason = DEGENERATE[case]
    measured(votes)
    said = assay("agreement", "t")
    assert said.code == 0
    assert f": {reason_words(reason)}" in said.out
    assert not re.search(r"\bnan\b", said.out)
    explained = assay("agreement", "t", "--explain", "label")
    assert explained.code == 0
    assert "alpha is undefined: " in explained.out
    assert not re.search(r"\bnan\b", explained.out)


def test_all_skipped_is_said_in_words(assay, measured, demo):
    measured([("i1", "a", "yes"), ("i1", "b", "no")])
    for path in (demo / "labels/t").rglob("*.jsonl"):
        if '"label"' in (text := path.read_text()):
            path.write_text("".join('{"item":"i1","skip":"unclear"}\n' for _ in text.splitlines()))
    assert assay("schema", "t").code == 0
    said = assay("agreement", "t")
    assert (said.code, f": {reason_words('no-values')}" in said.out) == (0, True)
    assert assay("agreement", "t", "--explain", "label").code == 0
