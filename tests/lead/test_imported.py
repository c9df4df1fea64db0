"""What an import did, word for word."""

import json

from assay.core.findings import Finding, Location, Severity
from assay.lead.existing_source import ImportReport, import_text
from assay.render.styles import as_json


def report(**changed):
    plain = {
        "source": "crowd",
        "task": "mood",
        "new": 8000,
        "same": 0,
        "changed": 1,
        "gone": 0,
        "gone_rows": (),
        "pruned": False,
        "gold_new": 2,
        "gold_changed": 0,
        "gold_gone": 0,
        "items": 1,
        "annotators": 2,
        "batches": ("crowd-001", "crowd-002"),
        "written": ("a", "b", "c"),
        "refused": (),
    }
    return ImportReport(**{**plain, **changed})


REFUSED = Finding(
    rule="label/not-json",
    severity=Severity.ERROR,
    message="not JSON",
    fix="mend it",
    at=Location(path="crowd.jsonl", line=3),
)


def test_an_import_is_told_in_two_lines():
    assert import_text(report()) == (
        "@crowd → mood: 8,000 new, 0 same, 1 changed, 0 gone\n"
        "1 new item, 2 new annotators, 2 new batches; gold: 2 new, 0 changed, 0 gone; 3 files written"
    )


def test_what_is_gone_is_kept_unless_pruned_and_named_either_way():
    gone = {"gone": 1, "gone_rows": (("i\x1b1", "w1"),)}
    kept, pruned = import_text(report(**gone)), import_text(report(**gone, pruned=True))
    assert "1 gone (kept; --prune removes them)\n" in kept
    assert "1 gone (removed)\n" in pruned
    assert kept.splitlines()[-1] == pruned.splitlines()[-1] == "  gone: i\\u001b1 by w1"


def test_of_many_gone_twenty_are_named_and_the_rest_counted():
    rows = tuple((f"i{number}", "w1") for number in range(23))
    text = import_text(report(gone=23, gone_rows=rows)).splitlines()
    assert text[-2:] == ["  gone: i19 by w1", "  … and 3 more; --format json lists all"]


def test_what_could_not_be_taken_stands_last_with_its_line():
    assert import_text(report(refused=(REFUSED,))).splitlines()[2:] == [
        "could not be imported:",
        "crowd.jsonl:3",
        "  error: not JSON  [label/not-json]",
        "  fix: mend it",
        "",
        "1 error, 0 warnings in 1 file",
    ]


def test_the_json_of_an_import_holds_the_same_counts_and_the_findings():
    told = json.loads(as_json(report(gone=1, gone_rows=(("i1", "w1"),), refused=(REFUSED,)).as_json()))
    assert told["annotations"] == {"new": 8000, "same": 0, "changed": 1, "gone": 1}
    assert told["gone"] == [{"item": "i1", "annotator": "w1"}]
    assert told["gold"] == {"new": 2, "changed": 0, "gone": 0}
    assert told["batches"] == ["crowd-001", "crowd-002"]
    assert [(one["rule"], one["line"]) for one in told["refused"]] == [("label/not-json", 3)]
