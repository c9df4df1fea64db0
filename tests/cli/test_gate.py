"""`assay gate` on a small measured project: every way it can end."""

import json

import pytest

from gated import alpha, evidence, write, write_reports, write_tables

LOW = evidence(intent=alpha(0.5, 0.4, 0.6))
FEW = evidence(units=3)
WAIVER = "- {{rule: triage/agreement/intent, reason: new team, approver: noor, until: {}}}\n"


def test_the_gate_prints_its_verdict_writes_it_and_ends_well(assay, root):
    said = assay("gate")
    assert (said.code, said.out, said.err) == (0, "merge: pass · release support: pass  (3 rules, 0 checks)\n", "")
    assert {"format": 1, **assay("gate", "--format", "json").json} == json.loads(
        (root / "gate/verdict.json").read_bytes()
    )


def test_the_gate_ends_well_on_a_verdict_that_does_not_pass(assay, root):
    write_reports(root, LOW)
    said = assay("gate")
    assert said.code == 0
    head, line = said.out.splitlines()
    assert head == "merge: pass · release support: fail  (3 rules, 0 checks)"
    assert line.startswith("fail         triage/agreement/intent: alpha of intent is 0.50")


@pytest.mark.parametrize("what", ["merge", "release", "release:support"])
@pytest.mark.usefixtures("root")
def test_a_verdict_that_passes_is_enforced_with_a_word(assay, what):
    assay("gate")
    said = assay("gate", "--enforce", what)
    assert (said.code, said.out, said.err) == (0, f"{what}: passes\n", "")
    assert assay("gate", "--enforce", what, "--format", "json").json == {"problems": []}


@pytest.mark.usefixtures("root")
def test_an_unknown_release_is_a_usage_error_also_before_the_first_verdict(assay):
    said = assay("gate", "--enforce", "release:nosuch")
    assert said.code == 2
    assert "unknown release 'nosuch'" in said.err


@pytest.mark.parametrize(("measured", "outcome"), [(LOW, "fail"), (FEW, "insufficient")])
@pytest.mark.parametrize("what", ["release", "release:support"])
def test_a_rule_of_the_release_holds_the_release_back_and_no_merge(assay, root, measured, outcome, what):
    write_reports(root, measured)
    assay("gate")
    said = assay("gate", "--enforce", what)
    assert (said.code, said.err) == (1, "")
    assert said.out.startswith(f"triage/agreement/intent ({outcome}): ")
    assert assay("gate", "--enforce", what, "--format", "json").json == {"problems": said.out.splitlines()}
    assert assay("gate", "--enforce", "merge").code == 0


def test_a_rule_of_the_merge_holds_both_back(assay, root):
    write_reports(root, evidence(errors=2))
    assay("gate")
    for what in ("merge", "release"):
        said = assay("gate", "--enforce", what)
        assert (said.code, said.out) == (
            1,
            "triage/schema (fail): triage has 20 records with 2 errors; at most 0 errors are allowed\n",
        )


def test_a_warning_and_a_waiver_let_pass_what_they_name(assay, root):
    write_reports(root, LOW)
    write(root, {"checks/waivers.yaml": WAIVER.format("9999-12-31")})
    waived = assay("gate").out
    assert "release support: waived  (3 rules, 0 checks; waivers hold until 9999-12-31)" in waived
    assert "(waived until 9999-12-31 by noor: new team)" in waived
    assert assay("gate", "--enforce", "release").code == 0
    (root / "checks/waivers.yaml").unlink()
    rules = (root / "checks/triage.yaml").read_text()
    write(root, {"checks/triage.yaml": rules.replace("0.667}", "0.667, severity: warn}")})
    assert "release support: warn" in assay("gate").out
    assert assay("gate", "--enforce", "release").code == 0


def test_a_waiver_of_yesterday_lets_nothing_pass(assay, root):
    write_reports(root, LOW)
    write(root, {"checks/waivers.yaml": WAIVER.format("2020-01-01")})
    assay("gate")
    said = assay("gate", "--enforce", "release:support")
    assert said.code == 1
    assert said.out.endswith("was valid until 2020-01-01: a waiver it rests on has expired\n")


def test_a_verdict_on_what_has_changed_since_is_not_enforced(assay, root):
    assay("gate")
    write_tables(root, ["i0"])
    for what in ("merge", "release"):
        said = assay("gate", "--enforce", what)
        assert said.code == 1
        assert said.out.startswith("changed since the verdict: build/triage/annotations.parquet")


@pytest.mark.usefixtures("root")
def test_without_a_verdict_nothing_is_enforced(assay):
    said = assay("gate", "--enforce", "merge")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("assay: no verdict: ")


def test_a_gate_before_the_stages_says_what_to_run(assay, root):
    (root / "reports/triage/quality.json").unlink()
    said = assay("gate")
    assert (said.code, said.out) == (2, "")
    assert "reports/triage/quality.json does not exist yet" in said.err
    assert not (root / "gate/verdict.json").exists()


def test_a_check_that_cannot_be_run_here_leaves_no_verdict_and_takes_the_old_one_away(assay, root):
    assert assay("gate").code == 0
    write(root, {"checks/check_words.py": "import nosuch_module\n"})
    said = assay("gate")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(
        "assay: 1 of 1 check files could not be run, so nothing is judged\n"
        "  checks/check_words.py: ModuleNotFoundError: No module named 'nosuch_module' (checks/check_words.py:1)\n"
        "  fix: install its package where assay runs (`"
    )
    assert not (root / "gate/verdict.json").exists()
    assert assay("gate", "--enforce", "merge").code == 1


def test_the_last_words_of_a_check_do_not_act_on_a_terminal(assay, root):
    write(root, {"checks/check_x.py": "import os\nprint('\\x1b[2J\\x9b2J\\u202eend')\nos._exit(3)\n"})
    said = assay("gate")
    assert (said.code, said.out) == (2, "")
    assert "    | \\u001b[2J\\u009b2J\\u202eend\n" in said.err


def test_a_check_that_fails_is_a_verdict(assay, root):
    write(root, {"checks/check_x.py": "def check_():\n    assert False, 'no'\n"})
    said = assay("gate")
    assert (said.code, said.err) == (0, "")
    assert "merge: fail" in said.out
    assert "checks/check_x.py::check_: checks/check_x.py:2 AssertionError: no" in said.out
