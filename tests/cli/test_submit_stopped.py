"""`assay submit` stopped at each step that leaves a trace: what comes next says where things are, and again ends well."""

import shutil
import sys
from pathlib import Path

import pytest

from clones import PART, answer, branch, clone, git, lead_changes, squash_merge, vote
from stopping import KILL_ALL, KILLED, git_that, killed_in, killed_while_signing, program, typed

BRANCH = "ada/mood/r4-1"
UNSENT = "  some of your answers are not submitted yet: `assay submit`\n"
KEPT = f"committed on branch {BRANCH} and not sent; to send it: `assay submit`\n"
SAID = {"unsent": UNSENT, "kept": KEPT}
ASSAY = Path(sys.executable).parent / "assay"


def handed_in_once(ada, bare, lines):
    """Everything is on the remote, in one commit on one branch, and nothing else is left over here."""
    assert git(bare, "show", f"{BRANCH}:{PART}").splitlines() == lines
    assert git(bare, "rev-list", "--count", f"main..{BRANCH}") == "1"
    assert git(bare, "branch", "--format=%(refname:short)").splitlines() == [BRANCH, "main"]
    assert git(ada, "branch", "--format=%(refname:short)").splitlines() == [BRANCH, "main"]
    assert (branch(ada), git(ada, "status", "--porcelain")) == (BRANCH, "")


@pytest.mark.parametrize(
    ("step", "where"),
    [
        (("fetch", "after"), ["unsent"]),
        (("switch", "after"), ["unsent"]),
        (("add", "after"), ["unsent"]),
        (("commit", "before"), ["unsent"]),
        (("commit", "after"), ["kept"]),
        (("push", "before"), ["kept"]),
        (("push", "after"), []),
    ],
)
def test_killed_at_a_step_of_git_the_next_command_says_where_things_are(assay, ada, bare, tmp_path, step, where):
    answer(ada, vote("i1"), vote("i2"))
    killed_in(ada, tmp_path, *step, "assay", "submit")
    told = assay("todo")
    assert told.code == 0, told.err
    assert [name for name, line in SAID.items() if line in told.out] == where
    assert assay("check").code == 0
    said = assay("submit")
    assert said.code == 0, said.err
    handed_in_once(ada, bare, [vote("i1"), vote("i2")])
    assert assay("submit").code == 0
    handed_in_once(ada, bare, [vote("i1"), vote("i2")])


def test_git_killed_with_it_leaves_a_lock_that_is_named_and_goes_when_that_is_asked(assay, ada, bare, tmp_path):
    answer(ada, vote("i1"))
    killed_while_signing(ada, tmp_path, "assay", "submit")
    lock = ada / ".git/index.lock"
    assert lock.exists()
    for arguments in (("submit",), ("submit", "--no-push")):
        said = assay(*arguments)
        assert (said.code, lock.exists()) == (2, True)
        assert f"{lock} exists, by {lock.owner()}, since 2" in said.err
        assert "if no git command runs here any more: assay doctor --mend, then run this again" in said.err
        assert f"nothing was committed or sent; your answers stay in {PART}\n" in said.err
    examined = assay("doctor")
    assert examined.code == 1
    assert f"missing git locks: {lock} exists" in examined.out
    assert UNSENT in assay("todo").out
    mended = assay("doctor", "--mend")
    assert (mended.code, lock.exists()) == (0, False)
    assert f"removed {lock}, left 0 minutes ago by a git command that has ended" in mended.out
    assert assay("submit").code == 0
    handed_in_once(ada, bare, [vote("i1")])
    assert "ok      git locks: no git command holds one\n" in assay("doctor").out


def test_a_lock_on_what_is_checked_out_leaves_no_second_branch(assay, ada, bare):
    answer(ada, vote("i1"))
    (ada / ".git/HEAD.lock").touch()
    said = assay("submit")
    assert (said.code, f"{ada / '.git/HEAD.lock'} exists" in said.err) == (2, True)
    (ada / ".git/HEAD.lock").unlink()
    assert assay("submit").code == 0
    handed_in_once(ada, bare, [vote("i1")])


def test_a_lock_of_a_remote_is_not_looked_for_here(assay, ada, bare):
    (bare / "refs/heads/ada/mood").mkdir(parents=True)
    (bare / f"refs/heads/{BRANCH}.lock").touch()
    answer(ada, vote("i1"))
    said = assay("submit")
    assert (said.code, "running here" in said.err) == (2, False)
    assert "once the problem above is resolved" in said.err


def test_killed_while_the_remote_takes_it(assay, ada, bare):
    program(bare / "hooks/pre-receive", KILL_ALL)
    answer(ada, vote("i1"))
    assert typed(ada, "assay", "submit").returncode == KILLED
    (bare / "hooks/pre-receive").unlink()
    told = assay("todo")
    assert KEPT in told.out
    assert assay("submit").code == 0
    handed_in_once(ada, bare, [vote("i1")])


def test_what_was_sent_before_that_could_be_noted_counts_as_sent(assay, ada, bare, tmp_path):
    answer(ada, vote("i1"))
    (ada / ".git/config.lock").touch()
    assert assay("submit").code == 0
    (ada / ".git/config.lock").unlink()
    squash_merge(bare, tmp_path, BRANCH)
    answer(ada, vote("i1"), vote("i2"))
    assert "branch ada/mood/r4-2" in assay("submit").out


def test_a_signature_that_fails_leaves_the_answers_and_says_so(assay, ada, bare, tmp_path):
    git(ada, "config", "commit.gpgsign", "true")
    git(ada, "config", "gpg.program", str(program(tmp_path / "signer", "#!/bin/sh\necho no key >&2\nexit 2\n")))
    answer(ada, vote("i1"))
    for _ in range(2):
        said = assay("submit")
        assert (said.code, (ada / PART).read_text()) == (2, f"{vote('i1')}\n")
        assert f"nothing was committed or sent; your answers stay in {PART}\n" in said.err
        assert (
            "git is configured to sign every commit (commit.gpgsign), and could not\n  fix: fix the signing" in said.err
        )
    git(ada, "config", "commit.gpgsign", "false")
    assert assay("submit").code == 0
    handed_in_once(ada, bare, [vote("i1")])


def test_a_remote_that_refuses_is_quoted_and_the_commit_stands(assay, ada, bare):
    hook = program(bare / "hooks/pre-receive", "#!/bin/sh\necho no answers on sundays >&2\nexit 1\n")
    answer(ada, vote("i1"))
    for _ in range(2):
        said = assay("submit")
        assert said.code == 2
        assert "no answers on sundays" in said.err
        assert (
            f"kept in a commit here, on branch {BRANCH}; `assay submit` again sends them once the problem" in said.err
        )
        assert KEPT in assay("todo").out
    hook.unlink()
    assert assay("submit").code == 0
    handed_in_once(ada, bare, [vote("i1")])


def test_a_remote_that_cannot_be_fetched_from_is_told(assay, ada, bare):
    shutil.move(bare, bare.with_name("gone.git"))
    answer(ada, vote("i1"))
    said = assay("submit")
    assert (said.code, "does not appear to be a git repository) could not be fetched;" in said.err) == (2, True)
    assert KEPT in assay("todo").out


def test_what_is_kept_elsewhere_and_all_answered_is_told_with_the_way_there(assay, ada, bare, tmp_path):
    answer(ada, *(vote(f"i{number}") for number in range(1, 6)))
    assert assay("submit", "--no-push").code == 0
    assert assay("todo").out.endswith("\nnext: assay submit\n")
    git(ada, "switch", "-q", "main")
    way = f"committed on branch {BRANCH} and not sent; to send it: `assay start mood r4`, then `assay submit`\n"
    assert way in assay("todo").out
    batch = (ada / "labels/mood/r4/batch.yaml").read_text().replace("open", "closed")
    lead_changes(bare, tmp_path, {"labels/mood/r4/batch.yaml": batch})
    git(ada, "pull", "-q")
    assert assay("todo").out == f"ada: nothing is open for you. Thank you!\n\n{way}"
    git(ada, "push", "-q", "origin", BRANCH)
    assert assay("todo").out == "ada: nothing is open for you. Thank you!\n"


def test_where_there_is_no_remote_nothing_waits_to_be_sent(assay, ada):
    git(ada, "remote", "remove", "origin")
    answer(ada, vote("i1"))
    assert assay("submit").code == 0
    assert "not sent; to send it" not in assay("todo").out


def test_answers_changed_in_form_alone_are_no_commit_and_no_branch(assay, ada):
    path = ada / "labels/mood/r1/ada.jsonl"
    canonical = path.read_text()
    path.write_text(canonical.replace('","', '", "'))
    said = assay("submit")
    assert (said.code, said.out) == (0, "ada: nothing new to submit.\n"), said.err
    assert (path.read_text(), branch(ada), git(ada, "branch", "--list", "ada/*")) == (canonical, "main", "")


def test_two_at_once_in_one_clone(assay, ada, bare, tmp_path):
    answer(ada, vote("i1"))
    heard = tmp_path / "heard"
    other = f'"{ASSAY}" submit > "{heard}" 2>&1; echo "code $?" >> "{heard}"'
    first = typed(ada, "assay", "submit", tools=git_that(tmp_path / "racing", "push", before=other))
    assert first.returncode == 0, first.stderr
    assert "another assay command is committing or pushing from this clone" in heard.read_text()
    assert "code 2\n" in heard.read_text()
    assert f"origin has everything on branch {BRANCH} already" in assay("submit").out
    handed_in_once(ada, bare, [vote("i1")])


def test_two_at_once_in_two_clones_of_mine(assay, ada, bare, tmp_path):
    laptop = clone(bare, tmp_path / "laptop", "ada")
    for folder in (ada, laptop):
        git(folder, "switch", "-q", "-c", BRANCH)
    answer(ada, vote("i1"))
    answer(laptop, vote("i2"))
    other = f'(cd "{laptop}" && "{ASSAY}" submit)'
    first = typed(ada, "assay", "submit", tools=git_that(tmp_path / "racing", "push", before=other))
    assert first.returncode == 2
    assert "`assay submit` again sends them and includes what was pushed in the meantime" in first.stderr
    said = assay("submit")
    assert said.code == 0, said.err
    assert git(bare, "show", f"{BRANCH}:{PART}").splitlines() == [vote("i1"), vote("i2")]


def test_killed_while_bringing_two_together_says_how_to_go_on(assay, ada, bare, tmp_path):
    answer(ada, vote("i1"))
    assert assay("submit").code == 0
    laptop = clone(bare, tmp_path / "laptop", "ada")
    git(laptop, "switch", "-q", BRANCH)
    answer(laptop, vote("i1"), vote("i2"))
    assert typed(laptop, "assay", "submit").returncode == 0
    answer(ada, vote("i1"), vote("i3"))
    killed_in(ada, tmp_path, "commit", "before", "assay", "submit", nth=2)
    assert "git is in the middle of a merge here" in assay("todo").out
    said = assay("submit")
    assert (said.code, "or drop it: assay doctor --abort (" in said.err) == (2, True)
    assert assay("doctor", "--abort").code == 0
    assert assay("submit").code == 0
    assert git(bare, "show", f"{BRANCH}:{PART}").splitlines() == [vote("i1"), vote("i2"), vote("i3")]


def test_a_changed_file_in_the_way_of_what_came_from_elsewhere_is_no_clash_of_answers(assay, ada, bare, tmp_path):
    answer(ada, vote("i1"))
    assert assay("submit").code == 0
    laptop = clone(bare, tmp_path / "laptop", "ada")
    git(laptop, "switch", "-q", BRANCH)
    (laptop / "README.md").write_text("theirs\n")
    git(laptop, "add", "-A")
    git(laptop, "commit", "-q", "-m", "notes")
    git(laptop, "push", "-q")
    (ada / "README.md").write_text("mine\n")
    answer(ada, vote("i1"), vote("i2"))
    said = assay("submit")
    assert (said.code, "clash" in said.err, "README.md" in said.err) == (2, False, True)
    assert (ada / "README.md").read_text() == "mine\n"
    (ada / "README.md").unlink()
    assert assay("submit").code == 0
    assert git(bare, "show", f"{BRANCH}:{PART}").splitlines() == [vote("i1"), vote("i2")]
