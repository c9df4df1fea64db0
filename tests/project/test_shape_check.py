"""What is said of a configuration file that does not fit its shape."""

import pytest

from assay.errors import ConfigError
from assay.files.artifacts import UPGRADE
from assay.files.yaml import load_yaml
from assay.project.roster import load_roster
from assay.project.shape_check import checked, shape_faults
from assay.project.shapes import ANNOTATOR, BATCH, GUIDELINE, PROJECT, RELEASE, TASK_CHECKS, WAIVERS
from projects import small_project


def faults(text, shape):
    return [(fault.at.line, fault.message, fault.fix) for fault in shape_faults(load_yaml(text.encode(), "x"), shape)]


@pytest.mark.parametrize(
    ("text", "shape", "pointer", "fix"),
    [
        ("consensus: {method: majority}\nrules: {schema: {errors_at_most: 0.0}}\n", TASK_CHECKS, "/rules/schema/errors_at_most", "write 0"),
        (
            "consensus: {method: majority}\nrules: {agreement: {tone: {at_least: 1, min_units: 50.0}}}\n",
            TASK_CHECKS, "/rules/agreement/tone/min_units", "write 50",
        ),
        ("purpose: label\nstatus: open\ncreated: 2026-01-01\nguideline: 1.0.0\noverlap: 2.0\n", BATCH, "/overlap", "write 2"),
        ("format: 1\nid: abcdefgh\nreview: {files: 1e300}\n", PROJECT, "/review/files", "write a smaller number, without a fraction"),
    ],
)  # fmt: skip
def test_a_whole_number_is_not_written_as_a_fraction(text, shape, pointer, fix):
    ((_, message, told),) = faults(text, shape)
    assert message.startswith(f"{pointer}: ")
    assert (message.endswith("is not written as a whole number"), told) == (True, fix)


@pytest.mark.parametrize("overlap", ["0", "-1", "1000", "no", "10%", "10%x0", "101%x2", "true", "x3"])
def test_an_overlap_of_nobody_is_no_overlap(overlap):
    batch = "purpose: label\nstatus: open\ncreated: 2026-01-01\nguideline: 1.0.0\noverlap: "
    ((line, message, _),) = faults(f"{batch}{overlap}\n", BATCH)
    assert (line, message.endswith("10%x3 for a tenth of the items by three")) == (5, True)
    assert all(not faults(f"{batch}{sound}\n", BATCH) for sound in ("1", "12", "'3'", "10%x3", "100%x2", "2.5%x10"))


def test_a_sound_document_has_no_fault_and_is_handed_back():
    document = load_yaml(b"format: 1\nid: abcdefgh\ntasks: {t: {pool: p}}\n", "x")
    assert checked(document, PROJECT) == {"format": 1, "id": "abcdefgh", "tasks": {"t": {"pool": "p"}}}


@pytest.mark.parametrize(
    ("text", "shape", "fault"),
    [
        ("kind: person\nrool: lead\n", ANNOTATOR, (2, "unknown key 'rool'", "did you mean 'role'?")),
        (
            "role: reviwer\n",
            ANNOTATOR,
            (1, "/role: 'reviwer' is not one of annotator, reviewer, lead", "did you mean 'reviewer'?"),
        ),
        (
            "zzz: 1\n",
            ANNOTATOR,
            (1, "unknown key 'zzz'", "available: emails, groups, handle, kind, qualified, reason, role, since, status"),
        ),
        ("status: zzz\n", ANNOTATOR, (1, "/status: 'zzz' is not one of active, trainee, paused, left, excluded", None)),
        (
            "format: 1\nid: abcdefgh\ntasks:\n  t: {pol: p, pool: p}\n",
            PROJECT,
            (4, "unknown key 'pol'", "did you mean 'pool'?"),
        ),
        (
            "format: 2\nid: abcdefgh\n",
            PROJECT,
            (1, "the file was made by a newer assay: upgrade (it has format 2, and this one knows 1)", UPGRADE),
        ),
        *(
            (
                f"format: {number}\nid: abcdefgh\n",
                PROJECT,
                (1, f"/format: {said} is not a whole number", "write `format: 1`"),
            )
            for number, said in (('"1"', "'1'"), ("1.0", "1.0"), ("true", "True"), ("one", "'one'"))
        ),
        ("format: 0\nid: abcdefgh\n", PROJECT, (1, "/format: 0 is not one of 1", "available: 1")),
        (
            "version: 1.0.0\nkind: unheard of\nformat: 3\n",
            RELEASE,
            (3, "the file was made by a newer assay: upgrade (it has format 3, and this one knows 1)", UPGRADE),
        ),
        (
            "consensus: {method: majority}\nrules:\n  agreement:\n    tone: {atleast: 0.5, at_least: 0.5}\n",
            TASK_CHECKS,
            (4, "unknown key 'atleast'", "did you mean 'at_least'?"),
        ),
        (
            "consensus: {method: majority}\nrules:\n  drift: {}\n",
            TASK_CHECKS,
            (
                3,
                "unknown key 'drift'",
                (
                    "'drift' is not available yet; available: "
                    "agreement, approved, coverage, examples, gold, guideline, outdated, schema, support, unresolved"
                ),
            ),
        ),
        (
            "consensus: {method: mace}\nrules: {}\n",
            TASK_CHECKS,
            (1, "/consensus/method: 'mace' is not one of majority", "'mace' is not available yet; available: majority"),
        ),
        (
            "- {rule: r, reason: x, approver: ada, untill: x, until: 2026-01-01}\n",
            WAIVERS,
            (1, "unknown key 'untill'", "did you mean 'until'?"),
        ),
    ],
)
def test_a_fault_names_its_line_and_the_nearest_word(text, shape, fault):
    ((line, message, fix),) = faults(text, shape)
    assert (line, message) == fault[:2]
    assert fix == (fault[2] or "available: active, trainee, paused, left, excluded")


@pytest.mark.parametrize(
    ("text", "shape", "says"),
    [
        ("[]\n", ANNOTATOR, "the document: "),
        ("version: 1.0.0\ntasks: [t]\nlicense: x\nsplits: {train: 2}\n", RELEASE, "/splits/train: "),
        ("version: 1.0.0\ntasks: [t]\nlicense: x\nsplits: {train: 1}\nseed: -1\n", RELEASE, "/seed: "),
        ("purpose: label\nstatus: open\ncreated: yesterday\nguideline: 0.1.0\n", BATCH, "/created: "),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_by_its_place(text, shape, says):
    ((_, message, fix),) = faults(text, shape)
    assert message.startswith(says)
    assert fix == "write what the message asks for"


@pytest.mark.parametrize("stated", ["1.1", "one", "'1.1'", "null"])
def test_what_is_no_version_or_date_is_told_with_one_that_is(stated):
    ((_, message, fix),) = faults(f"version: {stated}\ntasks: [t]\nlicense: x\nsplits: {{train: 1}}\n", RELEASE)
    assert message.endswith("is not a version like 1.0.0")
    assert fix == "write a version like 1.0.0"
    entry = f"{{version: 1.0.0, date: {stated}, summary: s}}"
    ((_, message, fix),) = faults(f"task: t\nversion: 1.0.0\nchanges:\n  - {entry}\n", GUIDELINE)
    assert (message.partition(": ")[0], fix) == ("/changes/0/date", "write a date like 2026-01-31")


def test_all_faults_are_said_at_once_each_remedy_once_and_in_line_order():
    text = "status: opne\ncreated: 2026-01-01\nguideline: 0.1.0\npurpse: label\noverlop: 2\n"
    with pytest.raises(ConfigError) as caught:
        checked(load_yaml(text.encode(), "labels/mood/r1/batch.yaml"), BATCH)
    told = [line.split(" ", 1) for line in caught.value.message.splitlines()]
    places = [place.rpartition(":")[2] for place, _ in told]
    assert places == sorted(places)
    messages = [message for _, message in told]
    assert "/status: 'opne' is not one of open, closed" in messages
    assert "unknown key 'purpse'" in messages
    assert "unknown key 'overlop'" in messages
    assert any("purpose" in message and "required" in message for message in messages)
    for fix in ("did you mean 'open'?", "did you mean 'purpose'?", "did you mean 'overlap'?"):
        assert caught.value.fix.count(fix) == 1


def test_every_fault_of_a_roster_entry_is_a_finding_with_the_nearest_word(tmp_path):
    project = small_project(tmp_path, {"labels/annotators/ben.yaml": "kind: persn\nstatus: activ\nrool: lead\n"})
    found = load_roster(project).findings
    assert [(one.at.line, one.message, one.fix, one.annotator) for one in found] == [
        (1, "/kind: 'persn' is not one of person, model", "did you mean 'person'?", "ben"),
        (2, "/status: 'activ' is not one of active, trainee, paused, left, excluded", "did you mean 'active'?", "ben"),
        (3, "unknown key 'rool'", "did you mean 'role'?", "ben"),
    ]


def test_a_line_of_a_source_roster_is_told_by_its_own_number(tmp_path):
    text = '{"annotator":"a"}\n{"annotator":"b","status":"exclude","grups":{}}\n'
    project = small_project(tmp_path, {"labels/sources/crowd.jsonl": text})
    found = load_roster(project).findings
    assert {(one.at.line, one.annotator, one.fix) for one in found} == {
        (2, "@crowd/b", "did you mean 'excluded'?"),
        (2, "@crowd/b", "did you mean 'groups'?"),
    }
