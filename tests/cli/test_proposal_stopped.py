"""`assay guideline propose` stopped at each step that leaves a trace, and typed again."""

import re
import sys
from pathlib import Path

import pytest

from clones import branch, clone, git, lead_changes, squash_merge
from projects import GUIDELINE, SCHEMA
from stopping import git_that, killed_in, killed_while_signing, program, typed

ASSAY = Path(sys.executable).parent / "assay"
BRANCH = "ada/guideline-mood-0.3.0"
PAGE = "guidelines/mood.md"
DRAFT = ".assay/proposals/mood.md"
EDITED = GUIDELINE.replace("Read it.", "Read it twice.")
KEPT = f"committed on branch {BRANCH} and not sent; to send it: "


@pytest.fixture
def command(tmp_path):
    """The command, with the edited guideline beside the clone."""
    (tmp_path / "new.md").write_text(EDITED)
    said = ("--summary", "Read it: twice.", "--affects", "tone=good")
    return ("guideline", "propose", "mood", "--file", tmp_path / "new.md", *said)


def proposed_once(ada):
    """The proposal is one commit on one branch, which is checked out, and nothing else is left over."""
    assert git(ada, "branch", "--format=%(refname:short)").splitlines() == [BRANCH, "main"]
    assert git(ada, "rev-list", "--count", f"main..{BRANCH}") == "1"
    assert git(ada, "diff", "--name-only", "main", BRANCH) == PAGE
    assert (branch(ada), git(ada, "status", "--porcelain")) == (BRANCH, "")
    assert not (ada / DRAFT).exists()


@pytest.mark.parametrize(
    ("step", "kept", "sent"),
    [
        (("switch", "after"), False, False),
        (("add", "after"), False, False),
        (("commit", "before"), False, False),
        (("commit", "after"), True, False),
        (("push", "before"), True, False),
        (("push", "after"), False, True),
    ],
)
def test_killed_at_a_step_of_git_the_same_again_ends_well(assay, ada, bare, tmp_path, command, step, kept, sent):  # noqa: PLR0917
    killed_in(ada, tmp_path, *step, "assay", *command, "--push")
    told = assay("todo")
    assert told.code == 0, told.err
    assert (f"{KEPT}`assay guideline propose mood --push`\n" in told.out) is kept
    assert bool(git(bare, "branch", "--list", BRANCH)) is sent
    for _ in range(2):
        said = assay(*command, "--push")
        assert said.code == 0, said.err
        assert "sent to origin" in said.out
        proposed_once(ada)
        assert git(bare, "rev-parse", BRANCH) == git(ada, "rev-parse", "HEAD")


def test_typed_again_it_stands_whatever_day_it_was_made_and_wherever_one_is(assay, ada, command):
    assert assay(*command).code == 0
    made = (ada / PAGE).read_text()
    (ada / PAGE).write_text(re.sub(r"(\n    date: \D?)[0-9-]+", r"\g<1>2026-03-05", made))
    assert (ada / PAGE).read_text() != made
    git(ada, "commit", "-q", "--amend", "-a", "--no-edit")
    head = git(ada, "rev-parse", "HEAD")
    git(ada, "switch", "-q", "main")
    assert KEPT + f"`git switch {BRANCH}`, then `assay guideline propose mood --push`\n" in assay("todo").out
    said = assay(*command)
    assert (said.code, git(ada, "rev-parse", "HEAD")) == (0, head), said.err
    assert f"kept on branch {BRANCH} in commit {head[:10]}" in said.out
    proposed_once(ada)


def test_a_schema_that_went_along_belongs_to_it_when_it_is_typed_again(assay, ada, tmp_path, command):
    (ada / "schemas/mood.yaml").write_text(SCHEMA.replace("maximum: 5", "maximum: 6"))
    killed_in(ada, tmp_path, "commit", "after", "assay", *command)
    assert git(ada, "diff", "--name-only", "main").splitlines() == [PAGE, "schemas/mood.yaml"]
    head = git(ada, "rev-parse", "HEAD")
    said = assay(*command)
    assert (said.code, git(ada, "rev-parse", "HEAD")) == (0, head), said.err
    assert git(ada, "branch", "--list", "ada/*").split()[1:] == [BRANCH]


def test_another_text_does_not_take_its_place(assay, ada, tmp_path, command):
    assert assay(*command).code == 0
    (tmp_path / "new.md").write_text(EDITED.replace("twice", "thrice"))
    said = assay(*command)
    assert (said.code, f"branch {BRANCH} already exists, with another proposal" in said.err) == (2, True)
    assert "twice" in git(ada, "show", f"{BRANCH}:{PAGE}")


def test_a_branch_that_was_made_and_not_used_moves_on_with_the_default_branch(assay, ada, bare, tmp_path, command):
    killed_in(ada, tmp_path, "switch", "after", "assay", *command)
    lead_changes(bare, tmp_path, {"news.txt": "new\n"})
    assert assay(*command).code == 0
    assert git(ada, "merge-base", BRANCH, "origin/main") == git(bare, "rev-parse", "main")


def test_git_killed_with_it_leaves_a_lock_that_is_named(assay, ada, tmp_path, command):
    killed_while_signing(ada, tmp_path, "assay", *command)
    said = assay(*command)
    assert (said.code, f"{ada / '.git/index.lock'} exists" in said.err) == (2, True)
    assert f"the text is kept in {DRAFT}" in said.err
    for left in (ada / ".git").glob("*.lock"):
        left.unlink()
    assert assay(*command).code == 0
    proposed_once(ada)


def test_a_signature_that_fails_keeps_the_text(assay, ada, tmp_path, command):
    git(ada, "config", "commit.gpgsign", "true")
    git(ada, "config", "gpg.program", str(program(tmp_path / "signer", "#!/bin/sh\nexit 2\n")))
    said = assay(*command)
    assert said.code == 2
    assert f"nothing was committed; the text is kept in {DRAFT}\n  fix: fix the signing" in said.err
    assert (ada / DRAFT).read_text() == EDITED
    git(ada, "config", "commit.gpgsign", "false")
    assert assay(*command).code == 0
    proposed_once(ada)


def test_a_remote_that_refuses_it_is_quoted(assay, ada, bare, command):
    hook = program(bare / "hooks/pre-receive", "#!/bin/sh\necho not today >&2\nexit 1\n")
    said = assay(*command, "--push")
    assert (said.code, "not today" in said.err) == (2, True)
    hook.unlink()
    assert assay(*command, "--push").code == 0
    proposed_once(ada)


def test_two_at_once_are_one(assay, ada, tmp_path, command):
    heard = tmp_path / "heard"
    words = " ".join(f"'{word}'" for word in command)
    other = f'"{ASSAY}" {words} > "{heard}" 2>&1; echo "code $?" >> "{heard}"'
    first = typed(ada, "assay", *command, tools=git_that(tmp_path / "racing", "commit", before=other))
    assert first.returncode == 0, first.stderr
    assert "another assay command is committing or pushing from this clone" in heard.read_text()
    assert assay(*command).code == 0
    proposed_once(ada)


def next_version(text, old="Read it.", new="Read it slowly."):
    """The guideline of the lead's own change, which takes the version 0.3.0."""
    entry = "  - {version: 0.3.0, date: 2026-03-01, summary: slowly, affects: [tone]}\n"
    return text.replace("version: 0.2.0\nc", "version: 0.3.0\nc").replace("\n---\nRead", f"\n{entry}---\nRead").replace(
        old, new
    )  # fmt: skip


LONG = GUIDELINE + "".join(f"\nLine {number}.\n" for number in range(9))


@pytest.mark.parametrize("stopped", [("commit", "before"), ("push", "before"), None])
def test_a_version_that_was_taken_meanwhile_is_left_to_its_owner(assay, ada, bare, tmp_path, stopped):
    lead_changes(bare, tmp_path, {PAGE: LONG})
    (tmp_path / "new.md").write_text(LONG.replace("Line 8.", "Line 8 counts."))
    said = ("--summary", "Line 8.", "--affects", "tone=good", "--push")
    if stopped:
        killed_in(
            ada, tmp_path, *stopped, "assay", "guideline", "propose", "mood", "--file", tmp_path / "new.md", *said
        )
    lead_changes(bare, tmp_path, {PAGE: next_version(LONG)})
    again = ("--push",) if stopped == ("push", "before") else ("--file", tmp_path / "new.md", *said)
    if stopped == ("push", "before"):
        git(ada, "fetch", "-q")
    done = assay("guideline", "propose", "mood", *again)
    assert done.code == 0, done.err
    assert "mood 0.3.0 to 0.4.0: Line 8." in done.out
    text = git(bare, "show", f"ada/guideline-mood-0.4.0:{PAGE}")
    assert ("Line 8 counts." in text, "Read it slowly." in text, text.count("summary: ")) == (True, True, 4)
    assert git(ada, "diff", "--name-only", "origin/main") == PAGE
    assert git(ada, "status", "--porcelain") == ""
    assert "guideline-mood-0.3.0" not in assay("todo").out


@pytest.mark.parametrize("taken", ["0.3.0", "0.4.0"])
def test_what_was_sent_under_a_version_that_was_overtaken_is_named(assay, ada, bare, tmp_path, taken):
    lead_changes(bare, tmp_path, {PAGE: LONG})
    (tmp_path / "new.md").write_text(LONG.replace("Line 8.", "Line 8 counts."))
    command = ("guideline", "propose", "mood", "--summary", "Line 8.", "--affects", "tone=good", "--push")
    said = assay(*command, "--file", tmp_path / "new.md")
    assert (said.code, "--delete" in said.out) == (0, False), said.err
    lead_changes(bare, tmp_path, {PAGE: next_version(LONG).replace("0.3.0", taken)})
    for again in ((*command, "--file", tmp_path / "new.md"), (*command[:3], "--push")):
        said = assay(*again)
        assert said.code == 0, said.err
        assert "git push origin --delete ada/guideline-mood-0.3.0" in said.out
        assert said.out.count("--delete") == 1
    anew = branch(ada)
    git(ada, "switch", "-q", "ada/guideline-mood-0.3.0")
    said = assay(*command[:3], "--push")
    assert (said.code, branch(ada)) == (0, anew), said.err

    squash_merge(bare, tmp_path, anew)
    git(bare, "branch", "-q", "-D", "ada/guideline-mood-0.3.0")
    (tmp_path / "more.md").write_text(git(bare, "show", f"main:{PAGE}").replace("Line 7.", "Line 7 counts.") + "\n")
    said = assay(*command, "--file", tmp_path / "more.md")
    assert (said.code, "--delete" in said.out) == (0, False), said.err


def test_two_edits_of_one_line_are_settled_by_a_person_and_no_text_is_lost(assay, ada, bare, tmp_path, command):
    killed_in(ada, tmp_path, "commit", "before", "assay", *command)
    lead_changes(bare, tmp_path, {PAGE: next_version(GUIDELINE)})
    said = assay(*command)
    assert (said.code, "both edits change the same lines" in said.err) == (2, True)
    kept = re.search(r"your text is kept in (\S+)", said.err)[1]
    assert (ada / kept).read_text() == EDITED
    draft = (ada / DRAFT).read_text()
    assert "Read it twice." in draft
    assert "Read it slowly." in draft
    again = ("guideline", "propose", "mood", "--file", DRAFT, *command[5:])
    assert "unresolved conflict markers" in assay(*again).err
    lines = [
        line for line in draft.splitlines() if not line.startswith(("<<<", "===", ">>>")) and "slowly." not in line
    ]
    (ada / DRAFT).write_text("".join(f"{line}\n" for line in lines))
    said = assay(*again)
    assert said.code == 0, said.err
    assert branch(ada) == "ada/guideline-mood-0.4.0"


def test_what_was_merged_meanwhile_is_not_proposed_again(assay, ada, bare, tmp_path, command):
    assert assay(*command, "--push").code == 0
    squash_merge(bare, tmp_path, BRANCH)
    for again in (command, ("guideline", "propose", "mood", "--push")):
        git(ada, "fetch", "-q")
        said = assay(*again)
        assert (said.code, "nothing to propose" in said.err) == (0, True), said.err


def test_the_same_made_in_another_clone_is_gone_on_with_and_another_is_sent_beside_it(
    assay, ada, bare, tmp_path, command
):
    assert assay(*command, "--push").code == 0
    git(ada, "switch", "-q", "main")
    git(ada, "branch", "-q", "-D", BRANCH)
    said = assay(*command, "--push")
    assert said.code == 0, said.err
    proposed_once(ada)
    other = clone(bare, tmp_path / "other", "ada")
    git(other, "switch", "-q", BRANCH)
    git(other, "commit", "-q", "--amend", "-m", "another")
    git(other, "push", "-q", "-f")
    git(ada, "commit", "-q", "--amend", "-m", "mine")
    said = assay("guideline", "propose", "mood", "--push")
    assert (said.code, f"origin has another branch {BRANCH}" in said.err) == (2, True)
    printed = re.search(r"fix: (git branch .*?)    ", said.err)[1]
    assert typed(ada, "sh", "-c", printed).returncode == 0
    assert git(bare, "rev-parse", f"{BRANCH}-2") == git(ada, "rev-parse", "HEAD")


def test_another_text_goes_on_top_with_the_command_that_is_printed(assay, ada, tmp_path, command):
    assert assay(*command).code == 0
    (tmp_path / "new.md").write_text(EDITED.replace("twice", "thrice"))
    said = assay(*command)
    printed = re.search(r"fix: (git switch .*?)    puts", said.err)[1]
    done = typed(ada, "sh", "-c", printed)
    assert done.returncode == 0, done.stderr
    assert "thrice" in git(ada, "show", f"{BRANCH}:{PAGE}")
    assert git(ada, "rev-list", "--count", f"main..{BRANCH}") == "2"


def test_a_schema_that_changed_on_both_sides_is_brought_together_first(assay, ada, bare, tmp_path, command):
    wide = SCHEMA.replace("maximum: 5", "maximum: 6")
    (ada / "schemas/mood.yaml").write_text(wide)
    lead_changes(bare, tmp_path, {"schemas/mood.yaml": SCHEMA.replace("[rude]", "[rude, odd]")})
    said = assay(*command)
    assert said.code == 2
    printed = re.search(r"fix: (git merge [^,]*),", said.err)[1]
    assert typed(ada, "sh", "-c", printed).returncode == 0
    done = assay(*command)
    assert done.code == 0, done.err
    schema = git(ada, "show", "HEAD:schemas/mood.yaml")
    assert ("maximum: 6" in schema, "[rude, odd]" in schema) == (True, True)


def test_the_batch_goes_with_the_proposal_wherever_it_is_stopped(assay, ada, bare, tmp_path, command):
    wanted = (*command, "--batch", "again", "--push")
    for nth in (1, 2):
        killed_in(ada, tmp_path, "commit", "before", "assay", *wanted, nth=nth)
    for _ in range(2):
        said = assay(*wanted)
        assert said.code == 0, said.err
        files = git(bare, "diff", "--name-only", "main", BRANCH).splitlines()
        assert files == [PAGE, "labels/mood/again/assignments.jsonl", "labels/mood/again/batch.yaml"]
    assert 'guideline: "0.3.0"' in git(bare, "show", f"{BRANCH}:labels/mood/again/batch.yaml")
    assert git(ada, "status", "--porcelain") == ""
    said = assay(*command, "--batch", "r1")
    assert (said.code, "already has a batch 'r1', which follows 0.1.0, not 0.3.0" in said.err) == (2, True)
