"""`assay guideline propose`, in a clone of a real bare remote."""

import io
import json
import shlex
import sys

import pytest

from clones import branch, git, lead_changes, vote
from projects import GUIDELINE, SCHEMA

PAGE = "guidelines/mood.md"
EDITED = GUIDELINE.replace("Read it.", "Read it twice.")
EXPLAINED = (
    EDITED.replace("version: 0.2.0\nc", "version: 0.2.0\nowners: [ada]\nc")
    + """
## tone
### good
## topics
### a
### b
### c
```example
text: Fine.
label: {tone: good, topics: [a, b, c]}
why: All of it.
```
"""
)
SAID = ("--summary", "Read it: twice.", "--affects", "tone=good")
SUGGESTIONS = ".assay/suggestions/mood.jsonl"


@pytest.fixture
def text(tmp_path):
    """Writes an edited guideline beside the clone: its path."""

    def _text(text=EDITED):
        (tmp_path / "new.md").write_text(text)
        return tmp_path / "new.md"

    return _text


@pytest.fixture
def editor(monkeypatch, tmp_path):
    """Makes `$VISUAL` a program that replaces a text in what it is given; what it was given is kept in `seen`."""

    def _editor(old, new, code=0):
        program = tmp_path / "editor.py"
        program.write_text(
            "import pathlib, sys\n"
            "path = pathlib.Path(sys.argv[1])\n"
            "text = path.read_text()\n"
            f"pathlib.Path({str(tmp_path / 'seen')!r}).write_text(text)\n"
            f"if {old!r}: path.write_text(text.replace({old!r}, {new!r}))\n"
            f"sys.exit({code})\n"
        )
        monkeypatch.setenv("VISUAL", f"{shlex.quote(sys.executable)} {shlex.quote(str(program))}")
        return tmp_path / "seen"

    return _editor


def untouched(ada):
    return branch(ada) == "main" and not git(ada, "status", "--porcelain")


def suggest(ada, *texts):
    lines = [
        {"at": "2026-03-01T00:00:00Z", "by": "ada", "section": "g-tone", "item": "i1", "text": text} for text in texts
    ]
    (ada / SUGGESTIONS).parent.mkdir(parents=True)
    (ada / SUGGESTIONS).write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def test_a_text_becomes_the_next_version_alone_on_a_branch_of_mine(assay, ada, text):
    said = assay("guideline", "propose", "mood", "--file", text(), *SAID)

    assert said.code == 0, said.err
    assert branch(ada) == "ada/guideline-mood-0.3.0"
    assert git(ada, "diff", "--name-only", "main").splitlines() == [PAGE]
    assert git(ada, "rev-parse", "HEAD~1") == git(ada, "rev-parse", "main")
    assert not git(ada, "status", "--porcelain")
    assert "mood 0.2.0 to 0.3.0: Read it: twice." in said.out
    assert "affects tone=good (policy: relabel)" in said.out
    assert "next: assay guideline propose mood --push" in said.out
    assert not (ada / ".assay/proposals/mood.md").exists()


def test_only_version_and_entry_are_added_to_what_was_edited(assay, ada, text):
    assert assay("guideline", "propose", "mood", "--file", text(), *SAID).code == 0

    added = [line[1:] for line in git(ada, "diff", "-U0", "main").splitlines() if line[:1] == "+" != line[1:2]]
    date = next(line for line in added if "date:" in line)
    assert added == [
        "version: 0.3.0",
        "  - version: 0.3.0",
        date,
        '    summary: "Read it: twice."',
        '    affects: ["tone=good"]',
        "    policy: relabel",
        "Read it twice.",
    ]


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("more", "version"),
    [
        ((), "0.2.1"),
        (("--affects", "all"), "0.3.0"),
        (("--affects", "tone", "--policy", "grandfather", "--bump", "minor"), "0.3.0"),
    ],
)
def test_the_version_is_the_least_that_is_due_or_the_one_asked_for(assay, text, more, version):
    said = assay("guideline", "propose", "mood", "--file", text(), "--summary", "x", *more, "--format", "json")

    assert said.code == 0, said.err
    assert said.json["version"] == version


def test_a_bump_that_is_too_small_is_refused_with_its_reason(assay, ada, text):
    said = assay("guideline", "propose", "mood", "--file", text(), *SAID, "--bump", "patch")

    assert said.code == 2
    assert "affects tone=good" in said.err
    assert "--bump minor" in said.err
    assert untouched(ada)


@pytest.fixture
def narrower(ada):
    """The clone with a schema that no longer has the value bad."""
    (ada / "schemas/mood.yaml").write_text(
        SCHEMA.replace("[good, bad]", "[good]").replace(", minimum: 0, maximum: 5", "")
    )
    return ada


def test_an_edited_schema_goes_along_with_its_migration_and_a_value_taken_away_is_major(assay, narrower, text):
    retire = ("--retire", "tone=bad", "--reason", "nobody is", "--guideline", "1.0.0")
    assert assay("migrate", "add", "mood", "no-bad", *retire).code == 0
    said = assay("guideline", "propose", "mood", "--file", text(EXPLAINED), *SAID, "--format", "json")

    assert said.code == 0, said.out
    assert said.json["version"] == "1.0.0"
    changed = git(narrower, "diff", "--name-only", "main").splitlines()
    assert changed == [PAGE, "schemas/migrations/mood/0001-no-bad.yaml", "schemas/mood.yaml"]


@pytest.mark.parametrize("migrate", [(), ("migrate", "add", "mood", "no-bad", "--retire", "tone=bad", "--reason", "x")])
def test_a_value_taken_away_without_a_migration_for_labels_of_the_base_is_refused(assay, narrower, text, migrate):
    assert not migrate or assay(*migrate).code == 0
    said = assay("guideline", "propose", "mood", "--file", text(EXPLAINED), *SAID, "--format", "json")

    assert said.code == 1
    (refused,) = (one for one in said.json["findings"] if one["severity"] == "error")
    assert refused["rule"] == "schema/no-migration"
    assert "--guideline 1.0.0" in refused["fix"]
    assert git(narrower, "log", "--format=%s", "main..HEAD") == ""


def test_a_first_major_version_must_explain_every_value(assay, ada, text):
    said = assay("guideline", "propose", "mood", "--file", text(), *SAID, "--bump", "major")

    assert said.code == 1
    assert "guideline/no-example" in said.out
    assert untouched(ada)


def test_an_edit_in_the_work_tree_is_proposed_as_it_stands(assay, ada, editor):
    (ada / PAGE).write_text(EDITED)
    seen = editor("twice", "thrice")
    said = assay("guideline", "propose", "mood", *SAID)

    assert said.code == 0, said.err
    assert "Read it twice." in seen.read_text()
    assert (ada / PAGE).read_text().endswith("Read it thrice.\n")
    assert not git(ada, "status", "--porcelain")


def test_the_editor_shows_what_was_suggested_and_none_of_it_stays(assay, ada, editor):
    suggest(ada, "Say more.\n---\n\x1b[31mred", "And this.")
    seen = editor("Read it.", "Read it well.")
    said = assay("guideline", "propose", "mood", *SAID)

    assert said.code == 0, said.err
    head = seen.read_text().partition("---\n")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert (
        "# suggested by ada 2026-03-01 on #g-tone i1:\n#   Say more.\n#   ---\n#   \\u001b[31mred\n" in seen.read_text()
    )
    assert (ada / PAGE).read_text().startswith("---\ntask: mood\n")
    assert len((ada / SUGGESTIONS).read_text().splitlines()) == 2


def test_suggestions_are_forgotten_on_request_once_it_is_committed(assay, ada, text):
    suggest(ada, "Say more.")
    assert assay("guideline", "propose", "mood", "--file", text("nothing"), *SAID, "--clear-suggestions").code == 2
    assert (ada / SUGGESTIONS).read_text()
    assert assay("guideline", "propose", "mood", "--file", text(), *SAID, "--clear-suggestions").code == 0
    assert not (ada / SUGGESTIONS).read_text()


@pytest.mark.parametrize(("old", "new", "code"), [("", "", 0), ("x-nowhere", "", 0), ("Read it.", "Gone", 1)])
def test_closing_the_editor_without_a_change_or_with_a_failure_changes_nothing(assay, ada, editor, old, new, code):
    editor(old, new, code)
    said = assay("guideline", "propose", "mood", *SAID)

    assert said.code == (2 if code else 0)
    assert code or "nothing to propose" in said.err
    assert untouched(ada)
    assert not (ada / ".assay/proposals").exists()


def test_what_is_not_said_is_asked_at_a_terminal(assay, ada, editor, monkeypatch):
    editor("Read it.", "Read it all.")
    monkeypatch.setattr("assay.cli.propose._asks", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("Read it all.\ntone=good, topics\n"))
    said = assay("guideline", "propose", "mood")

    assert said.code == 0, said.err
    assert "affects tone=good, topics (policy: relabel)" in said.out
    assert "fields: tone, score, share, topics, names" in said.err
    assert branch(ada) == "ada/guideline-mood-0.3.0"


def test_a_text_that_was_stopped_on_its_way_is_gone_on_with(assay, ada, editor):
    editor("---\ntask", "--\ntask")
    stopped = assay("guideline", "propose", "mood", *SAID)
    assert stopped.code == 2
    assert "the text is kept in .assay/proposals/mood.md" in stopped.err
    assert untouched(ada)

    seen = editor("--\ntask: mood\n", "---\ntask: mood\n# mended\n")
    again = assay("guideline", "propose", "mood", *SAID)
    assert again.code == 0, again.err
    assert "continuing with the text kept" in again.err
    assert "\n--\ntask: mood" in seen.read_text()
    assert not (ada / ".assay/proposals/mood.md").exists()


def test_without_a_terminal_or_editor_a_file_is_asked_for(assay, ada, monkeypatch):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    said = assay("guideline", "propose", "mood", *SAID)
    assert said.code == 2
    assert "--file FILE" in said.err
    assert untouched(ada)


def test_a_proposal_says_what_it_changes(assay, ada, text):
    said = assay("guideline", "propose", "mood", "--file", text())
    assert said.code == 2
    assert "--summary" in said.err
    assert untouched(ada)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("Read it.", "```example\ntext: hm\nlabel: {tone: god}\nwhy: no\n```", "example/schema"),
        ("Read it.", "[there](#nowhere)", "guideline/link"),
    ],
)
def test_what_is_wrong_is_said_and_the_text_is_kept(assay, ada, text, old, new, rule):
    wrong = GUIDELINE.replace(old, new)
    said = assay(
        "guideline", "propose", "mood", "--file", text(wrong), *SAID, "--batch", "again", "--annotators", "ada"
    )

    assert said.code == 1
    assert rule in said.out
    assert untouched(ada)
    draft = ada / ".assay/proposals/mood.md"
    assert draft.read_text() == wrong
    command = shlex.split(said.out.rpartition("fix it, then: assay ")[2])
    assert command[:5] == ["guideline", "propose", "mood", "--file", ".assay/proposals/mood.md"]
    again = assay(*command)
    assert (again.code, again.out) == (1, said.out)
    draft.write_text(text().read_text())
    assert assay(*command).code == 0
    assert (ada / "labels/mood/again/assignments.jsonl").is_file()


def test_an_unknown_selector_is_a_finding(assay, ada, text):
    said = assay("guideline", "propose", "mood", "--file", text(), "--summary", "x", "--affects", "tone=god")
    assert said.code == 1
    assert "guideline/unknown-selector" in said.out
    assert untouched(ada)


def test_a_text_that_states_its_version_is_taken_as_it_is(assay, ada, text):
    own = EDITED.replace("version: 0.2.0\nc", "version: 0.3.0\nc").replace(
        "---\nRead", "  - {version: 0.3.0, date: 2026-03-01, summary: mine, affects: [tone]}\n---\nRead"
    )
    assert assay("guideline", "propose", "mood", "--file", text(own), *SAID).code == 2
    assert assay("guideline", "propose", "mood", "--file", text(own)).code == 0
    assert (ada / PAGE).read_text() == own


def test_answers_that_are_not_handed_in_are_not_carried_along(assay, ada, text):
    path = ada / "labels/mood/r4/ben.jsonl"
    path.write_text(f"{vote('i2')}\n")
    said = assay("guideline", "propose", "mood", "--file", text(), *SAID)

    assert said.code == 2
    assert "assay submit --no-push" in said.err
    assert branch(ada) == "main"
    assert path.read_text() == f"{vote('i2')}\n"


def test_it_starts_from_what_the_default_branch_is_now(assay, ada, bare, tmp_path, editor):
    git(ada, "switch", "-q", "-c", "ada/mood/r4-1")
    lead_changes(bare, tmp_path, {PAGE: GUIDELINE.replace("Read it.", "Read it now.")})
    editor("Read it now.", "Read it later.")
    assert assay("guideline", "propose", "mood", *SAID).code == 0
    assert git(ada, "diff", "--name-only", "origin/main").splitlines() == [PAGE]


def test_a_second_proposal_of_the_version_goes_on_where_the_first_one_is(assay, ada, text):
    assert assay("guideline", "propose", "mood", "--file", text(), *SAID).code == 0
    taken = assay("guideline", "propose", "mood", "--file", text(EDITED.replace("twice", "once")), *SAID)
    assert taken.code == 2
    assert "branch ada/guideline-mood-0.3.0 already exists" in taken.err

    (ada / PAGE).write_text((ada / PAGE).read_text().replace("twice", "once"))
    more = assay("guideline", "propose", "mood", "--no-branch", "--file", PAGE)
    assert more.code == 0, more.err
    assert git(ada, "rev-list", "--count", "main..HEAD") == "2"
    assert branch(ada) == "ada/guideline-mood-0.3.0"


def test_a_proposal_is_sent_with_it_or_afterwards(assay, ada, bare, text):
    assert assay("guideline", "propose", "mood", "--file", text(), *SAID).code == 0
    said = assay("guideline", "propose", "mood", "--push")

    assert said.code == 0, said.err
    assert "sent to origin" in said.out
    assert "ask for a review of branch ada/guideline-mood-0.3.0" in said.out
    assert git(bare, "rev-parse", "ada/guideline-mood-0.3.0") == git(ada, "rev-parse", "HEAD")


def test_the_page_where_the_pull_request_is_opened_is_named(assay, ada, bare, text, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    git(ada, "remote", "set-url", "origin", "https://gitea.com/team/moods.git")
    git(ada, "config", f"url.{bare}.insteadOf", "https://gitea.com/team/moods.git")
    said = assay("guideline", "propose", "mood", "--file", text(), *SAID, "--push")
    assert said.code == 0, said.err
    assert "https://gitea.com/team/moods/compare/main...ada/guideline-mood-0.3.0" in said.out


def test_a_remote_that_cannot_be_reached_leaves_the_proposal_on_its_branch(assay, ada, text):
    git(ada, "remote", "set-url", "--push", "origin", "/nowhere")
    said = assay("guideline", "propose", "mood", "--file", text(), *SAID, "--push")
    assert said.code == 2
    assert "--push` sends it once the address is right" in said.err
    assert branch(ada) == "ada/guideline-mood-0.3.0"


@pytest.mark.parametrize("arguments", [("moody",), ("mood", "--as", "nobody"), ("mood", "--bump", "tiny")])
def test_what_cannot_be_served_is_two(assay, ada, arguments):
    assert assay("guideline", "propose", *arguments).code == 2
    assert untouched(ada)


def test_help_shows_examples(assay):
    assert "Examples:" in assay("guideline", "propose", "--help").out
