"""`assay submit`: hand in what is mine, with real git, a bare remote and stand-ins for the forges' tools."""

import json
import shutil
import signal
import subprocess
import sys

import pytest

from clones import PART, answer, branch, clone, git, lead_changes, squash_merge, vote
from pipelines import environment
from stopping import program
from surroundings import without_git

HOOK = """#!/bin/sh
kill -INT "$(cat {pid})"
exit 1
"""
TOOL = """#!{python}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "asked.jsonl").open("a") as log:
    log.write(json.dumps(sys.argv) + "\\n")
answer = json.loads((here / "answers.json").read_text())[sys.argv[2]]
print(answer["out"])
print(answer.get("err", ""), file=sys.stderr)
sys.exit(answer["code"])
"""
NONE_YET = {"code": 1, "out": "", "err": "no pull requests found"}
BRANCH = "ada/mood/r4-1"
TITLE = "mood/r4: 1 label by ada (1 added, 0 changed)"


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """Puts a stand-in for `gh` or `glab` on the path: what it was asked can be read back."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{shutil.which('git').rpartition('/')[0]}")

    def _tool(name, view, create):
        (folder / "answers.json").write_text(json.dumps({"view": view, "create": create}))
        (folder / name).write_text(TOOL.format(python=sys.executable))
        (folder / name).chmod(0o755)

        def _asked():
            return [json.loads(line)[1:] for line in (folder / "asked.jsonl").read_text().splitlines()]

        return _asked

    return _tool


@pytest.fixture
def hosted(ada, bare):
    """Makes the remotes look as if they were on a host, though git reaches the folder."""

    def _hosted(url, remote="origin", place=bare):
        git(ada, "config", f"remote.{remote}.url", url)
        git(ada, "config", f"url.{place}.insteadOf", url)

    return _hosted


def on(bare, name=BRANCH, path=PART):
    return git(bare, "show", f"{name}:{path}").splitlines()


def test_my_answers_are_committed_alone_and_pushed_on_a_branch_of_mine(assay, ada, bare):
    answer(ada, vote("i2"), vote("i1"))
    (ada / "labels/mood/r4/ben.jsonl").write_text("{broken\n")
    git(ada, "add", "labels/mood/r4/ben.jsonl")
    (ada / "labels/mood/r4/Ada.jsonl").write_text(vote("i3"))
    said = assay("submit")
    assert said.code == 0, said.err
    assert said.out == (
        "mood/r4: 2 new, 0 changed; 2 of 5 answered, 3 left\n"
        f"sent to origin, branch {BRANCH}\n"
        f"ask for a review of branch {BRANCH}\n"
        "  (origin is not on a known forge)\n"
    )
    assert "not submitted, 2 other changed files: labels/mood/r4/Ada.jsonl, labels/mood/r4/ben.jsonl" in said.err
    assert on(bare) == [vote("i1"), vote("i2")]
    assert (ada / PART).read_text() == f"{vote('i1')}\n{vote('i2')}\n"
    assert git(ada, "log", "--format=%s", "--name-only", "-1").split("\n\n") == [
        "mood/r4: 2 labels by ada (2 added, 0 changed)",
        PART,
    ]
    assert (branch(ada), git(ada, "diff", "--cached", "--name-only")) == (BRANCH, "labels/mood/r4/ben.jsonl")


def test_errors_are_explained_and_nothing_is_committed(assay, ada):
    assay("start", "mood")
    head = git(ada, "rev-parse", "HEAD")
    answer(ada, vote("i1"), vote("i2", "goood"))
    said = assay("submit")
    assert said.code == 1
    assert said.out == (
        f"{PART}:2 /label/tone  (item i2)\n"
        "  error: tone: 'goood' is not one of: good, bad  [label/schema]\n"
        "  fix: did you mean 'good'?\n"
        "to answer these items again: assay annotate mood r4\n"
        "\n"
        "1 error, 0 warnings in 1 file\n"
        "nothing was committed or sent: fix this, then `assay submit` again\n"
    )
    assert git(ada, "rev-parse", "HEAD") == head
    assert (ada / PART).read_text() == f"{vote('i1')}\n{vote('i2', 'goood')}\n"


def test_a_file_that_cannot_be_read_is_explained_too(assay, ada):
    (ada / PART).write_text(f"{vote('i1')}\n{{cut off\n")
    said = assay("submit")
    assert (said.code, branch(ada)) == (1, "main")
    assert f"{PART}:2\n  error: " in said.out
    assert "delete it and answer the item again with `assay annotate`" in said.out


def test_what_others_did_wrong_does_not_hold_me_back(assay, ada, bare, tmp_path):
    lead_changes(bare, tmp_path, {"labels/mood/r4/ben.jsonl": "{broken\n"})
    assay("start", "mood")
    answer(ada, vote("i1"))
    assert assay("submit").code == 0


def test_files_are_written_canonically_first(assay, ada, bare):
    (ada / PART).write_text('{"guideline":"0.2.0", "label":{"tone":"good"}, "item":"i1"}')
    said = assay("submit")
    assert (said.code, on(bare)) == (0, [vote("i1")])
    assert "canonical" not in said.err


def test_an_answer_that_is_no_longer_asked_for_is_held_back(assay, ada, bare, tmp_path):
    plan = (
        (ada / "labels/mood/r4/assignments.jsonl")
        .read_text()
        .replace('"i5","annotators":["ada","ben"]', '"i5","annotators":["ben"]')
    )
    lead_changes(bare, tmp_path, {"labels/mood/r4/assignments.jsonl": plan})
    assay("start", "mood")
    answer(ada, vote("i5"))
    said = assay("submit")
    assert said.code == 1
    assert "[label/not-assigned]" in said.out
    assert git(bare, "branch", "--list", BRANCH) == ""


def test_a_warning_is_told_and_does_not_hold_back(assay, ada):
    answer(ada, vote("i5", at="2026-01-01T00:00:00Z"))
    said = assay("submit")
    assert said.code == 0
    assert "[label/before-batch]" in said.err
    assert "mood/r4: 1 new, 0 changed" in said.out


def test_a_second_submit_adds_to_the_same_branch(assay, ada, bare):
    answer(ada, vote("i1"))
    assay("submit")
    answer(ada, vote("i1", "bad"), vote("i2"))
    assert "mood/r4: 1 new, 1 changed; 2 of 5 answered" in assay("submit").out
    assert on(bare) == [vote("i1", "bad"), vote("i2")]
    assert git(bare, "rev-list", "--count", f"main..{BRANCH}") == "2"


def test_an_answer_taken_back_is_handed_in_too(assay, ada, bare):
    answer(ada, vote("i1"), vote("i2"))
    assay("submit")
    answer(ada, vote("i2"))
    assert "0 new, 0 changed, 1 removed; 1 of 5 answered" in assay("submit").out
    (ada / PART).unlink()
    assert "1 removed; 0 of 5 answered" in assay("submit").out
    assert PART not in git(bare, "ls-tree", "-r", "--name-only", BRANCH)


def test_nothing_new_says_so(assay, ada):
    assert (assay("submit").out, assay("submit").code) == ("ada: nothing new to submit.\n", 0)
    assay("start", "mood")
    assert assay("submit").out == "ada: nothing new to submit.\n"
    assert branch(ada) == BRANCH


def test_only_the_batch_named_is_handed_in(assay, ada, bare):
    answer(ada, vote("i1"))
    changed = (ada / "labels/mood/r1/ada.jsonl").read_text().replace("unreadable", "blurred")
    (ada / "labels/mood/r1/ada.jsonl").write_text(changed)
    assert assay("submit", "mood", "r4").code == 0
    assert git(ada, "status", "--porcelain") == "M labels/mood/r1/ada.jsonl"
    said = assay("submit", "-m", "round 1 again")
    assert "mood/r1: 0 new, 1 changed; 2 of 2 answered" in said.out
    assert git(ada, "log", "-1", "--format=%B") == "round 1 again\n\nmood/r1: 1 label by ada (0 added, 1 changed)"
    assert "blurred" in "".join(on(bare, path="labels/mood/r1/ada.jsonl"))


def test_several_batches_make_one_commit(assay, ada):
    answer(ada, vote("i1"))
    (ada / "labels/mood/r1/ada.jsonl").unlink()
    assert assay("submit").code == 0
    assert git(ada, "log", "-1", "--format=%B") == (
        "1 label by ada in 2 batches\n\nmood/r1: 0 added, 0 changed, 2 removed\nmood/r4: 1 added, 0 changed"
    )


def test_kept_here_first_and_sent_later(assay, ada, bare):
    answer(ada, vote("i1"))
    assert f"kept on branch {BRANCH} here; not sent" in assay("submit", "--no-push").out
    assert git(bare, "branch", "--list", "ada/*") == ""
    assert f"sent to origin, branch {BRANCH}" in assay("submit").out
    assert on(bare) == [vote("i1")]


def test_what_was_only_taken_back_is_sent_later_too(assay, ada, bare):
    first = "labels/mood/r1/ada.jsonl"
    kept = git(ada, "show", f"HEAD:{first}").splitlines()[:1]
    (ada / first).write_text("".join(f"{line}\n" for line in kept))
    assert "not sent" in assay("submit", "--no-push").out
    branch = git(ada, "branch", "--show-current")
    assert f"sent to origin, branch {branch}" in assay("submit").out
    assert "".join(on(bare, branch, first)).splitlines() == kept
    assert "has everything on branch" in assay("submit").out


def test_without_a_remote_the_commit_stands(assay, ada):
    git(ada, "remote", "remove", "origin")
    answer(ada, vote("i1"))
    said = assay("submit")
    assert (said.code, git(ada, "show", f"HEAD:{PART}")) == (0, vote("i1"))
    assert "not sent" in said.out


def test_an_unreachable_remote_leaves_the_commit_and_says_so(assay, ada, bare):
    shutil.move(bare, bare.with_name("gone.git"))
    answer(ada, vote("i1"))
    said = assay("submit")
    assert (said.code, git(ada, "show", f"{BRANCH}:{PART}")) == (2, vote("i1"))
    assert "your answers are kept in a commit here" in said.err
    shutil.move(bare.with_name("gone.git"), bare)
    assert (assay("submit").code, on(bare)) == (0, [vote("i1")])


def test_answers_from_my_other_computer_are_taken_in(assay, ada, bare, tmp_path, monkeypatch):
    assay("start", "mood")
    answer(ada, vote("i1"), vote("i2"), vote("i3"), vote("i4"))
    assay("submit")
    laptop = clone(bare, tmp_path / "laptop", "ada")
    monkeypatch.chdir(laptop)
    assay("start", "mood")
    answer(laptop, vote("i1", "bad"), vote("i2"), vote("i3"), vote("i4"))
    assert assay("submit").code == 0
    monkeypatch.chdir(ada)
    answer(ada, vote("i1"), vote("i2"), vote("i3"), vote("i4", "bad"))
    said = assay("submit")
    assert said.code == 0, said.err
    assert "your answers from another clone were merged" in said.out
    assert on(bare) == [vote("i1", "bad"), vote("i2"), vote("i3"), vote("i4", "bad")]


def test_answers_that_clash_with_my_other_computer_are_refused_and_nothing_is_lost(
    assay, ada, bare, tmp_path, monkeypatch
):
    assay("start", "mood")
    answer(ada, vote("i1"))
    assay("submit")
    laptop = clone(bare, tmp_path / "laptop", "ada")
    monkeypatch.chdir(laptop)
    assay("start", "mood")
    answer(laptop, vote("i1", "bad"))
    assay("submit")
    monkeypatch.chdir(ada)
    answer(ada, vote("i1", note="sure"))
    said = assay("submit")
    assert said.code == 2
    assert "ask a lead to merge the two" in said.err
    assert (on(bare), on(ada)) == ([vote("i1", "bad")], [vote("i1", note="sure")])
    assert git(ada, "status", "--porcelain") == ""


def test_after_a_squash_merge_later_answers_go_to_a_new_branch(assay, ada, bare, tmp_path):
    answer(ada, vote("i1"))
    assay("submit")
    squash_merge(bare, tmp_path, BRANCH)
    answer(ada, vote("i1"), vote("i2"))
    assert "sent to origin, branch ada/mood/r4-2" in assay("submit").out
    assert git(bare, "rev-list", "--count", "main..ada/mood/r4-2") == "1"
    squash_merge(bare, tmp_path, "ada/mood/r4-2")
    assert on(bare, "main") == [vote("i1"), vote("i2")]
    assert assay("submit").out == "ada: nothing new to submit.\n"


def test_a_detached_head_gets_a_branch(assay, ada, bare):
    git(ada, "switch", "-q", "--detach")
    answer(ada, vote("i1"))
    assert (assay("submit").code, on(bare)) == (0, [vote("i1")])


def test_a_branch_of_my_own_naming_is_kept(assay, ada, bare):
    git(ada, "switch", "-q", "-c", "evening")
    answer(ada, vote("i1"))
    assert "sent to origin, branch evening" in assay("submit").out
    assert on(bare, "evening") == [vote("i1")]


def test_my_hooks_run_at_commit_and_push_wherever_git_looks_for_them_and_no_others(assay, ada, bare, tmp_path):
    git(ada, "config", "core.hooksPath", str(tmp_path / "mine"))
    for name in ("pre-commit", "commit-msg", "pre-push", "post-checkout"):
        program(tmp_path / "mine" / name, f"#!/bin/sh\necho {name} will not have it\nexit 1\n")
    program(ada / ".git/hooks/pre-commit", f"#!/bin/sh\ntouch {tmp_path}/elsewhere\n")
    answer(ada, vote("i1"))
    for name in ("pre-commit", "commit-msg"):
        refused = assay("submit")
        assert (refused.code, f"{name} will not have it" in refused.err) == (2, True), refused.err
        assert f"nothing was committed or sent; your answers stay in {PART}" in refused.err
        (tmp_path / "mine" / name).unlink()
    refused = assay("submit")
    assert (refused.code, "pre-push will not have it" in refused.err) == (2, True), refused.err
    assert f"on branch {BRANCH}; `assay submit` again sends them once your pre-push hook passes" in refused.err
    (tmp_path / "mine/pre-push").unlink()
    assert assay("submit").code == 0
    assert on(bare, BRANCH) == [vote("i1")]
    assert not (tmp_path / "elsewhere").exists()


def test_the_hook_that_assay_installs_stands_aside_for_what_assay_has_checked(assay, ada, bare):
    assert assay("install").code == 0
    (ada / "labels/mood/r4/ben.jsonl").write_text('{"item":"i2" ,"label":{"tone":"bad"}}\n')
    answer(ada, vote("i1"))
    said = assay("submit")
    assert (said.code, on(bare, BRANCH)) == (0, [vote("i1")]), said.err


def test_git_that_knows_nobody_is_said_before_anything_happens(assay, ada):
    git(ada, "config", "--unset", "user.email")
    git(ada, "config", "user.useConfigOnly", "true")
    answer(ada, vote("i1"))
    said = assay("submit", "--as", "ada")
    assert (said.code, branch(ada)) == (2, "main")
    assert "assay whoami --set ada --email" in said.err


def test_the_result_as_json(assay, ada):
    answer(ada, vote("i1", flags=["unsure"]))
    told = assay("submit", "--format", "json").json
    assert (told["branch"], told["pushed"], told["refused"], told["findings"]) == (BRANCH, True, False, [])
    assert told["batches"] == [
        {
            "task": "mood", "batch": "r4", "added": 1, "changed": 0, "removed": 0, "asked": 5, "done": 1,
            "skips": {}, "flags": {"unsure": 1}, "guidelines": {"0.2.0": 1},
        }
    ]  # fmt: skip
    (ada / PART).write_text("{\n")
    refused = assay("submit", "--format", "json")
    assert (refused.code, refused.json["findings"][0]["path"]) == (1, PART)


def test_on_github_the_pull_request_is_opened_with_gh(assay, ada, hosted, tool):
    hosted("git@github.com:lab/moods.git")
    asked = tool("gh", NONE_YET, {"code": 0, "out": "https://github.com/lab/moods/pull/7"})
    answer(ada, vote("i1", flags=["unsure"]))
    said = assay("submit")
    assert said.out.endswith("pull request opened: https://github.com/lab/moods/pull/7\n")
    view, create = asked()
    assert view == ["pr", "view", BRANCH, "--repo", "github.com/lab/moods", "--json", "url,state"]
    assert create == [
        "pr", "create", "--repo", "github.com/lab/moods", "--base", "main", "--head", BRANCH, "--title", TITLE, "--body",
        "**mood/r4** by ada: 1 of 5 answered, 4 left (1 added, 0 changed)\n- guideline: `0.2.0` 1\n- flagged: `unsure` 1",
    ]  # fmt: skip


def test_a_pull_request_that_is_open_is_not_opened_again(assay, ada, hosted, tool):
    hosted("https://github.com/lab/moods")
    url = "https://github.com/lab/moods/pull/7"
    asked = tool("gh", {"code": 0, "out": json.dumps({"url": url, "state": "OPEN"})}, {"code": 1, "out": ""})
    answer(ada, vote("i1"))
    assert assay("submit").out.endswith(f"the pull request is open and updated: {url}\n")
    assert [command[1] for command in asked()] == ["view"]


def test_a_pull_request_that_was_closed_is_opened_anew(assay, ada, hosted, tool):
    hosted("https://github.com/lab/moods")
    closed = {"code": 0, "out": json.dumps({"url": "https://github.com/lab/moods/pull/7", "state": "CLOSED"})}
    asked = tool("gh", closed, {"code": 0, "out": "https://github.com/lab/moods/pull/8"})
    answer(ada, vote("i1"))
    assert "pull/8" in assay("submit").out
    assert [command[1] for command in asked()] == ["view", "create"]


def test_a_tool_that_fails_leaves_the_push_and_gives_the_address(assay, ada, bare, hosted, tool):
    hosted("https://ada:sesame@github.com/lab/moods.git")
    tool("gh", NONE_YET, {"code": 4, "out": "", "err": "gh: please run gh auth login"})
    answer(ada, vote("i1"))
    said = assay("submit")
    assert (said.code, on(bare)) == (0, [vote("i1")])
    assert f"open the pull request here: https://github.com/lab/moods/compare/main...{BRANCH}?quick_pull=1&" in said.out
    assert "(gh: gh: please run gh auth login)" in said.out
    assert "sesame" not in said.out + said.err


def test_submitting_again_looks_for_the_pull_request_again(assay, ada, hosted, tool):
    hosted("https://github.com/lab/moods.git")
    tool("gh", NONE_YET, {"code": 4, "out": ""})
    answer(ada, vote("i1"))
    assay("submit")
    tool("gh", NONE_YET, {"code": 0, "out": "https://github.com/lab/moods/pull/7"})
    assert assay("submit").out == (
        f"origin has everything on branch {BRANCH} already\npull request opened: https://github.com/lab/moods/pull/7\n"
    )


@pytest.mark.usefixtures("tool")
def test_a_missing_tool_gives_the_address(assay, ada, hosted):
    hosted("git@gitlab.com:lab/deep/moods.git")
    answer(ada, vote("i1"))
    said = assay("submit")
    assert (
        "https://gitlab.com/lab/deep/moods/-/merge_requests/new?merge_request%5Bsource_branch%5D=ada%2Fmood%2Fr4-1"
        in said.out
    )
    assert "(glab is not installed)" in said.out


def test_from_a_fork_it_is_proposed_to_upstream(assay, ada, bare, tmp_path, hosted, tool):
    fork = tmp_path / "fork.git"
    git(tmp_path, "clone", "-q", "--bare", str(bare), str(fork))
    git(ada, "remote", "rename", "origin", "upstream")
    git(ada, "remote", "add", "origin", "placeholder")
    hosted("git@github.com:lab/moods.git", "upstream")
    hosted("git@github.com:ada-k/moods.git", "origin", fork)
    asked = tool("gh", NONE_YET, {"code": 0, "out": "https://github.com/lab/moods/pull/9"})
    assay("start", "mood")
    answer(ada, vote("i1"))
    assert "sent to origin" in assay("submit").out
    assert (on(fork), git(bare, "branch", "--list", "ada/*")) == ([vote("i1")], "")
    view, create = asked()
    assert view[2] == f"ada-k:{BRANCH}"
    assert create[2:8] == ["--repo", "github.com/lab/moods", "--base", "main", "--head", f"ada-k:{BRANCH}"]


def test_on_gitlab_the_merge_request_is_opened_with_glab(assay, ada, hosted, tool):
    hosted("ssh://git@gitlab.example.org:2222/lab/moods.git")
    asked = tool("glab", NONE_YET, {"code": 0, "out": "!3\n https://gitlab.example.org/lab/moods/-/merge_requests/3"})
    answer(ada, vote("i1"))
    assert "opened: https://gitlab.example.org/lab/moods/-/merge_requests/3" in assay("submit").out
    _, create = asked()
    where = ["--repo", "https://gitlab.example.org/lab/moods", "--target-branch", "main", "--source-branch", BRANCH]
    assert create[:8] == ["mr", "create", *where]


def test_interrupted_while_sending_says_what_stands(ada, bare, tmp_path):
    pid = tmp_path / "pid"
    hook = bare / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(pid=pid))
    hook.chmod(0o755)
    answer(ada, vote("i1"))
    clean = without_git(environment())
    running = f'echo $$ > "{pid}"; exec assay submit'
    ended = subprocess.run(["sh", "-c", running], cwd=ada, env=clean, capture_output=True, text=True, check=False)
    assert ended.returncode in {130, -signal.SIGINT}, ended.stderr
    assert f"your answers are kept in a commit here, on branch {BRANCH}" in ended.stderr
    assert git(ada, "show", f"{BRANCH}:{PART}") == vote("i1")


def test_different_items_labelled_on_two_computers_come_together_item_by_item(assay, ada, bare, tmp_path, monkeypatch):
    assay("start", "mood")
    answer(ada, vote("i1"))
    assay("submit")
    laptop = clone(bare, tmp_path / "laptop", "ada")
    monkeypatch.chdir(laptop)
    assay("start", "mood")
    answer(laptop, vote("i1"), vote("i2"))
    assert assay("submit").code == 0
    monkeypatch.chdir(ada)
    answer(ada, vote("i1", "bad"), vote("i3"))
    said = assay("submit")
    assert said.code == 0, said.err
    assert on(bare) == [vote("i1", "bad"), vote("i2"), vote("i3")]
    assert git(ada, "status", "--porcelain") == ""


def test_answers_committed_by_hand_on_the_default_branch_are_handed_in_on_one_of_mine(assay, ada, bare):
    answer(ada, vote("i1"))
    git(ada, "add", "-A")
    git(ada, "commit", "-q", "-m", "by hand")
    refused = assay("start", "mood")
    assert (refused.code, branch(ada)) == (2, "main")
    assert "unsubmitted answers of yours: mood/r4" in refused.err
    assert "sent to origin, branch ada/mood/r4-1" in assay("submit").out
    assert on(bare) == [vote("i1")]
    git(ada, "switch", "-q", "main")
    assert assay("submit").out == "ada: nothing new to submit.\n"
    assert (assay("start", "mood").code, branch(ada)) == (0, BRANCH)
