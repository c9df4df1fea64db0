"""What a person reads."""

import pytest

from assay.core.catalogue import CATALOGUE, rule_page, rule_text
from assay.core.findings import Finding, Location, Severity
from assay.core.verdict import At, CheckResult, Outcome, RuleResult, Verdict
from assay.gate.enforce import verdict_text
from assay.render import columns
from assay.render.columns import table_text
from assay.render.styles import findings_text
from assay.render.text import count, decimal, visible


def finding(**changed):
    told = {
        "rule": "label/schema",
        "severity": Severity.ERROR,
        "message": "'x' is not one of: a, b",
        "fix": "did you mean 'a'?",
        "at": Location(path="labels/t/b/ada.jsonl", line=17, pointer="/label/f"),
        "item": "i1",
        "annotator": "ada",
    }
    return Finding(**{**told, **changed})


def test_a_finding_is_its_place_what_is_wrong_and_the_remedy():
    assert findings_text([finding()]) == (
        "labels/t/b/ada.jsonl:17 /label/f  (item i1)\n"
        "  error: 'x' is not one of: a, b  [label/schema]\n"
        "  fix: did you mean 'a'?\n"
        "\n"
        "1 error, 0 warnings in 1 file"
    )


def test_a_great_many_findings_are_counted_and_not_all_spelled_out():
    text = findings_text([finding(item=f"i{number}") for number in range(300)], limit=10)
    assert "… and 290 more findings" in text
    assert text.endswith("300 errors, 0 warnings in 1 file")


def test_no_finding_is_said():
    assert findings_text([]) == "no findings"


def test_characters_that_act_on_a_terminal_are_spelled_out():
    hostile = "a\x1b[31mb\u202ec\u200bd\r\n\u2028e\ufeff"
    assert visible(hostile) == "a\\u001b[31mb\\u202ec\\u200bd\\u000d\\u000a\\u2028e\\ufeff"
    assert visible("ordinary, العربية, 日本語, 😀") == "ordinary, العربية, 日本語, 😀"
    assert "\x1b" not in findings_text([finding(item="\x1b]0;x\x07", message="\x1b[2J")])


def test_columns_are_aligned_the_first_left_the_others_right():
    assert table_text(("name", "n"), [("a", "1"), ("bcdef", "10")]) == "name    n\na       1\nbcdef  10"


@pytest.mark.parametrize(
    ("headings", "rows"),
    [
        (("", "alpha", "n"), [("tone", "0.8", "10"), ("", "", ""), (" a b ", " -  ", "[x]")]),
        (("name", "", "n"), [("a", "", "1")]),
        (("a", "b"), []),
    ],
)
def test_a_table_is_the_same_without_rich(headings, rows):
    assert table_text(headings, rows) == columns._measured(headings, rows, 118)


def test_a_table_with_wide_letters_or_of_too_many_columns_is_measured():
    assert table_text(("name", "n"), [("漢字", "1"), ("abc", "10")]) == "name   n\n漢字   1\nabc   10"
    assert max(map(len, table_text(("name", "n"), [("a" * 30, "1" * 30)], width=40).splitlines())) <= 40


def test_numbers_are_written_for_a_reader():
    assert count(1, "item") == "1 item"
    assert count(2000, "batch", "batches") == "2,000 batches"
    assert decimal(None) == "-"
    assert decimal(0.12349) == "0.123"


def test_a_verdict_names_what_may_happen_and_what_holds_it_back():
    rule = RuleResult(
        id="t/schema",
        task="t",
        at=At.MERGE,
        outcome=Outcome.FAIL,
        value=1,
        low=None,
        high=None,
        threshold=0,
        message="t has 1 error",
    )
    verdict = Verdict(
        merge=Outcome.FAIL,
        release={"r": Outcome.FAIL},
        rules=[rule],
        checks=[CheckResult(id="checks/check_x.py::check_y", outcome=Outcome.PASS, message="")],
        waivers=[],
        inputs={},
        valid_until=None,
    )
    assert verdict_text(verdict) == (
        "merge: fail · release r: fail  (1 rule, 1 check)\nfail         t/schema: t has 1 error"
    )


def test_every_rule_has_a_page_and_a_gate_rule_is_found_by_its_path():
    for rule in CATALOGUE.values():
        assert rule.title in rule_text(rule)
    assert rule_page("triage/agreement/intent") is CATALOGUE["gate/agreement"]
    assert rule_page("nothing/here") is None
