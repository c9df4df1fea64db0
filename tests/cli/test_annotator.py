"""`assay annotator add`: a roster entry from the command line."""

import pytest


def test_an_entry_is_written_with_everything_that_was_said(assay, mood):
    said = assay(
        *("annotator", "add", "dana", "--role", "reviewer", "--status", "trainee", "--handle", "dana-x"),
        *("--email", "d@example.org", "--email", "e@example.org", "--group", "dialect=north", "--qualified", "mood"),
    )
    assert (said.code, said.out, said.err) == (0, "wrote labels/annotators/dana.yaml\n", "")
    assert (mood / "labels/annotators/dana.yaml").read_text() == (
        "kind: person\nrole: reviewer\nstatus: trainee\nhandle: dana-x\n"
        'emails: ["d@example.org", "e@example.org"]\ngroups:\n  dialect: north\nqualified: [mood]\n'
    )
    assert assay("check", "--all").code == 0


@pytest.mark.usefixtures("mood")
def test_a_person_whom_git_cannot_know_is_told_how_to_say_who_they_are(assay):
    said = assay("annotator", "add", "dana")
    assert "`assay whoami --set dana`" in said.err
    assert assay("annotator", "add", "bot-2", "--kind", "model").err == ""


@pytest.mark.usefixtures("mood")
def test_what_cannot_be_added_ends_it_with_a_remedy(assay):
    for arguments, message in (
        (("ada",), "ada is in the roster already"),
        (("Dana",), "'Dana' cannot name an annotator"),
        (("dana", "--group", "north"), "--group north: no group"),
        (("dana", "--qualified", "mood,nosuch"), "there is no task 'nosuch'"),
    ):
        said = assay("annotator", "add", *arguments)
        assert (said.code, said.out) == (2, "")
        assert message in said.err
        assert "\n  remedy: " in said.err
