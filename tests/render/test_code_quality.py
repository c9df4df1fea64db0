"""Findings as GitLab reads them."""

import json

from assay.core.findings import Finding, Location, Severity
from assay.render.styles import code_quality


def _finding(line=17, path="labels/t/b/ada.jsonl", **changed):
    told = {
        "rule": "label/schema",
        "severity": Severity.ERROR,
        "message": "not a label.",
        "fix": "choose one",
        "item": "i1",
    }
    return Finding(**{**told, **changed}, at=Location(path=path, line=line))


def _issues(*findings):
    return json.loads(code_quality(findings))


def test_an_issue_has_what_gitlab_asks_for():
    (issue,) = _issues(_finding())
    assert len(issue.pop("fingerprint")) == 64
    assert issue == {
        "description": "not a label. Fix: choose one",
        "check_name": "label/schema",
        "severity": "major",
        "location": {"path": "labels/t/b/ada.jsonl", "lines": {"begin": 17}},
    }


def test_a_finding_of_a_whole_file_stands_on_its_first_line_and_a_warning_is_minor():
    (issue,) = _issues(_finding(line=0, severity=Severity.WARNING))
    assert (issue["location"]["lines"]["begin"], issue["severity"]) == (1, "minor")


def test_a_fingerprint_outlives_a_moved_line_and_no_two_are_the_same():
    one = _issues(_finding(17), _finding(18), _finding(item="i2"))
    moved = _issues(_finding(20), _finding(21), _finding(item="i2"))
    prints = [issue["fingerprint"] for issue in one]
    assert prints == [issue["fingerprint"] for issue in moved]
    assert len(set(prints)) == 3


def test_no_sign_that_acts_on_a_page_is_left_as_it_is():
    (issue,) = _issues(_finding(message="a\u202eb\x1b", path="labels/\ud800.jsonl"))
    assert issue["description"].startswith("a\\u202eb\\u001b")
    assert issue["location"]["path"] == "labels/\\ud800.jsonl"


def test_no_findings_are_an_empty_report():
    assert _issues() == []
