"""Findings, made from the pages of their rules."""

from assay.core.catalogue import CATALOGUE, Where, finding, rule_page
from assay.core.findings import Location, Severity

AT = Location(path="labels/t/b/ada.jsonl", line=7, pointer="/label/f")


def test_a_finding_takes_severity_and_remedy_from_its_page():
    found = finding("label/schema", AT, "no")
    assert (found.severity, found.fix) == (Severity.ERROR, CATALOGUE["label/schema"].fix)
    assert finding("label/not-canonical", AT, "no").severity is Severity.WARNING
    assert finding("label/schema", AT, "no", fix="mend").fix == "mend"


def test_a_finding_as_json_holds_these_keys():
    found = finding("label/schema", AT, "no", fix="mend", where=Where(task="t", batch="b", item="i", annotator="ada"))
    assert found.as_json() == {
        "rule": "label/schema",
        "severity": "error",
        "message": "no",
        "fix": "mend",
        "path": "labels/t/b/ada.jsonl",
        "line": 7,
        "pointer": "/label/f",
        "task": "t",
        "batch": "b",
        "item": "i",
        "annotator": "ada",
    }


def test_a_place_is_written_as_editors_read_it():
    assert str(AT) == "labels/t/b/ada.jsonl:7 /label/f"
    assert str(Location(path="a")) == "a"
    assert str(Location(path="a", line=2)) == "a:2"


def test_findings_stand_by_path_line_and_rule():
    first = finding("label/schema", Location(path="a", line=9), "no")
    second = finding("label/not-json", Location(path="a", line=10), "no")
    third = finding("label/schema", Location(path="a", line=10), "no")
    assert sorted([third, second, first], key=lambda one: one.sort_key) == [first, second, third]


def test_every_page_says_why_and_what_to_do_and_is_found_by_its_name():
    for name, page in CATALOGUE.items():
        assert rule_page(name) is page
        assert all((page.title, page.why, page.fix))
