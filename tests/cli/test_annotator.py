"""`assay annotator add` and `set`: roster entries from the command line."""

import pytest

from assay.cli.context import today
from projects import FILES, write_files

BEN = "labels/annotators/ben.yaml"
CROWD = "labels/sources/crowd.jsonl"


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
        (("ada",), "ada is already in the roster"),
        (("Dana",), "'Dana' cannot name an annotator"),
        (("dana", "--group", "north"), "--group north is not KEY=VALUE"),
        (("dana", "--qualified", "mood,nosuch"), "there is no task 'nosuch'"),
        (("dana", "--status", "left", "--since", "2026-01-01"), "a new annotator cannot have the status `left`"),
        (("dana", "--status", "paused"), "the status `paused` needs a date"),
        (("dana", "--status", "paused", "--since", "2026-02-30"), "--since 2026-02-30 is not a valid date"),
        (("dana", "--status", "excluded", "--since", "2026-01-01"), "`excluded` removes every vote"),
    ):
        said = assay("annotator", "add", *arguments)
        assert (said.code, said.out) == (2, "")
        assert message in said.err
        assert "\n  fix: " in said.err


def test_an_entry_is_set_in_its_place_with_its_comments_and_a_second_run_writes_nothing(assay, mood):
    write_files(
        mood, {BEN: "# since the first batch\nkind: person  # of us\ngroups:\n  dialect: north  # as he says\n"}
    )
    words = ("annotator", "set", "ben", "--status", "left", "--since", "2026-01-02", "--role", "reviewer")
    words += ("--email", "b@example.org", "--handle", "ben-x", "--group", "dialect=south", "--group", "year=2")
    dry = assay(*words, "--dry-run")
    assert dry.out.endswith("would write labels/annotators/ben.yaml\n")
    assert "left" not in (mood / BEN).read_text()
    said = assay(*words)
    assert (said.code, said.out) == (0, dry.out.replace("would write", "wrote"))
    text = (
        "# since the first batch\nkind: person  # of us\ngroups:\n  dialect: south  # as he says\n"
        '  year: "2"\nstatus: left\nsince: "2026-01-02"\nrole: reviewer\nhandle: ben-x\nemails:\n  - "b@example.org"\n'
    )
    assert (mood / BEN).read_text() == text
    again = assay(*words)
    assert (again.code, again.out) == (0, f"{BEN} is up to date: nothing was written\n")
    assert (mood / BEN).read_text() == text
    assert assay("annotator", "set", "ben", "--status", "active", "--handle", "").code == 0
    assert (mood / BEN).read_text() == text.replace("left", "active").replace('since: "2026-01-02"\n', "").replace(
        "handle: ben-x\n", ""
    )


def test_what_an_entry_does_to_votes_is_said_before_it_is_written(assay, mood):
    out = assay("annotator", "set", "ben", "--status", "excluded", "--dry-run")
    assert (
        out.out.splitlines()[0]
        == "ben (excluded): 4 votes on 4 items of mood no longer count; 3 of them then rest on one vote or none"
    )
    assert "next: assay batch reassign mood r3 --from ben  (4 open slots)" in out.err
    left = assay("annotator", "set", "ben", "--status", "left", "--since", "2026-03-02")
    assert left.out.splitlines()[0] == "ben (left since 2026-03-02): 1 vote on 1 item of mood no longer count"
    paused = assay("annotator", "set", "ben", "--status", "paused")
    assert (paused.code, "since 2026-03-02 is kept" in paused.err) == (0, True)
    assert paused.out == f"wrote {BEN}\n"
    earlier = assay("annotator", "set", "ben", "--since", "2026-01-02")
    assert (
        earlier.out.splitlines()[0]
        == "ben (paused since 2026-01-02): 3 votes on 3 items of mood no longer count; 3 of them then rest on one vote or none"
    )
    back = assay("annotator", "set", "ben", "--status", "active")
    assert back.out.splitlines()[0] == "ben (active): 4 votes on 4 items of mood count again"
    assert (mood / BEN).read_text() == "kind: person\nstatus: active\n"
    now = assay("annotator", "set", "ada", "--status", "left")
    assert f"no --since: since {today()}, today in UTC" in now.err
    assert "the roster would have no active lead" in now.err
    assert "votes on" not in now.out


def test_somebody_of_a_source_is_set_on_their_line(assay, mood):
    line = '{"annotator":"W 1","groups":{"team":"a"},"status":"left","since":"2026-02-02"}\n'
    words = ("annotator", "set", "@crowd/W 1", "--status", "left", "--since", "2026-02-02", "--group", "team=a")
    said = assay(*words)
    told = "2 votes on 2 items of mood no longer count; 2 of them then rest on one vote or none"
    assert (said.code, said.out.splitlines()[0]) == (0, f"@crowd/W 1 (left since 2026-02-02): {told}")
    assert (mood / CROWD).read_text() == FILES[CROWD].replace('{"annotator":"W 1"}\n', line)
    assert assay(*words).out == f"{CROWD} is up to date: nothing was written\n"
    refused = assay("annotator", "set", "@crowd/W 1", "--role", "lead")
    assert (refused.code, "is of a source" in refused.err) == (2, True)


@pytest.mark.usefixtures("mood")
def test_what_cannot_be_set_ends_it_with_a_remedy_and_writes_nothing(assay, mood):
    write_files(mood, {"labels/annotators/eve.yaml": "role: boss\n", "labels/annotators/odd.yaml": "{handle: odd-x}\n"})
    before = {path: path.read_bytes() for path in (mood / "labels").rglob("*") if path.is_file()}
    for arguments, message in (
        (("nobody", "--status", "left"), "'nobody' is not in the roster"),
        (
            ("@crowd/w9", "--status", "left"),
            "'@crowd/w9' is not in the roster\n  fix: names of sources come with an import",
        ),
        (("eve", "--status", "left"), "labels/annotators/eve.yaml:1 /role: 'boss'"),
        (("ben", "--status", "excluded", "--since", "2026-01-01"), "so --since does not apply"),
        (("ben", "--status", "left", "--since", "2026-02-30"), "--since 2026-02-30 is not a valid date"),
        (("ben", "--handle", "ODD-x"), "odd already has odd-x"),
        (("ben", "--email", "nonsense"), "is not a valid e-mail address"),
    ):
        said = assay("annotator", "set", *arguments)
        assert (said.code, said.out) == (2, "")
        assert message in said.err
        assert "\n  fix: " in said.err
    assert before == {path: path.read_bytes() for path in (mood / "labels").rglob("*") if path.is_file()}
    words = ("annotator", "set", "odd", "--status", "left", "--since", "2026-01-01", "--email", "o@example.org")
    assert assay(*words, "--group", "a=b").code == 0
    more = 'emails: ["o@example.org"], groups: {a: b}'
    assert (mood / "labels/annotators/odd.yaml").read_text() == (
        f'{{handle: odd-x, status: left, since: "2026-01-01", {more}}}\n'
    )
    assert assay("annotator", "set", "odd", "--status", "excluded", "--handle", "").code == 0
    assert (mood / "labels/annotators/odd.yaml").read_text() == f"{{status: excluded, {more}}}\n"
