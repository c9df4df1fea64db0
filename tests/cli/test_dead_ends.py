"""Each state that people get stuck in, made on purpose: what stops says so, one printed command ends it, no answer is lost."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from assay.git import git_folder
from clones import PART, answer, clone, commit, git, lead_changes, vote
from projects import write_files

BRANCH = "ada/mood/r4-1"
ANSWERS = (vote("i1"), vote("i2"))
PEER = "labels/mood/r4/ben.jsonl"
PRINTED = re.compile(r"assay doctor --[a-z]+")


@dataclass(frozen=True)
class Place:
    """Ada's clone, the shared repository, and a folder for what else is needed."""

    ada: Path
    bare: Path
    beside: Path

    @property
    def own(self):
        """Git's folder of the clone."""
        return self.ada / ".git"


def cut(path):
    """What a power cut leaves of a file."""
    path.chmod(0o644)
    path.write_bytes(b"")


def fails(folder, *arguments):
    """A git command that stops in the middle, as it was to."""
    with pytest.raises(AssertionError):
        git(folder, *arguments)


def locked(name):
    """A lock file that a killed git command left."""

    def make(place):
        (place.own / name).parent.mkdir(parents=True, exist_ok=True)
        (place.own / name).touch()

    return make


def side(place, text, path=PART):
    """A branch `side` with another state of a file, and that file committed here, too: the two clash."""
    git(place.ada, "switch", "-q", "-c", "side")
    commit(place.ada, "side", {path: text})
    git(place.ada, "switch", "-q", "-c", BRANCH, "origin/main")
    commit(place.ada, "here", {path: "".join(f"{line}\n" for line in ANSWERS)})


def merging(place):
    side(place, vote("i1", "bad") + "\n")
    fails(place.ada, "merge", "side")


def rebasing_and_saving(place):
    """The answers were saved while git was rebasing something else."""
    answer(place.ada, vote("i3"))
    git(place.ada, "switch", "-q", "-c", BRANCH)
    commit(place.ada, "first")
    git(place.ada, "switch", "-q", "-c", "side")
    commit(place.ada, "side", {"notes": "theirs\n"})
    git(place.ada, "switch", "-q", BRANCH)
    commit(place.ada, "here", {"notes": "mine\n"})
    commit(place.ada, "more", {PART: f"{vote('i3')}\n{vote('i4')}\n"})
    fails(place.ada, "rebase", "side")
    answer(place.ada, *ANSWERS, vote("i3"))


def picking(place):
    side(place, vote("i1", "bad") + "\n")
    fails(place.ada, "cherry-pick", "side")


def reverting(place):
    side(place, vote("i1", "bad") + "\n")
    write_files(place.ada, {PART: "".join(f"{line}\n" for line in (*ANSWERS, vote("i3")))})
    git(place.ada, "commit", "-q", "-a", "-m", "more")
    fails(place.ada, "revert", "--no-edit", "HEAD~1")


def applying(place):
    side(place, vote("i1", "bad") + "\n")
    (place.beside / "one.patch").write_text(git(place.ada, "format-patch", "-1", "--stdout", "side") + "\n")
    fails(place.ada, "am", str(place.beside / "one.patch"))


def bisecting(place):
    git(place.ada, "stash", "-q", "-u")
    commit(place.ada, "later", {"notes": "x\n"})
    commit(place.ada, "latest", {"notes": "y\n"})
    git(place.ada, "bisect", "start", "HEAD", "origin/main")
    git(place.ada, "stash", "pop", "-q")


def stashing(place):
    """The answers of a stash clash with what was committed since."""
    git(place.ada, "stash", "-q", "-u")
    commit(place.ada, "other", {PART: f"{vote('i1', 'bad')}\n"})
    answer(place.ada, vote("i1", "bad"), vote("i3"))
    git(place.ada, "stash", "-q")
    answer(place.ada, *ANSWERS)
    git(place.ada, "commit", "-q", "-a", "-m", "answers")
    fails(place.ada, "stash", "pop")


def committed(place):
    git(place.ada, "switch", "-q", "-c", BRANCH)
    commit(place.ada, "answers")


def lost_commit(place):
    """The objects of the last commit never reached the disk; the commit before did."""
    git(place.ada, "switch", "-q", "-c", BRANCH)
    for name in git(place.ada, "rev-list", "--objects", commit(place.ada, "answers"), "^origin/main").split():
        if len(name) == 40:
            cut(place.own / "objects" / name[:2] / name[2:])


def lost_history(place):
    """An object that the remote has, too."""
    tree = git(place.ada, "rev-parse", "origin/main^{tree}")
    cut(place.own / "objects" / tree[:2] / tree[2:])


def object_of(place, name):
    """The file of an object of git's."""
    commit = git(place.ada, "rev-parse", name)
    return place.own / "objects" / commit[:2] / commit[2:]


def zeros(name):
    """An object as long as it was, and nothing in it."""

    def make(place):
        file = object_of(place, name)
        file.chmod(0o644)
        file.write_bytes(b"\0" * file.stat().st_size)

    return make


def packed(place):
    """Everything that was committed here is in one pack, also answers that are nowhere else: the pack."""
    committed(place)
    git(place.ada, "repack", "-a", "-d", "-q")
    git(place.ada, "prune-packed")
    (pack,) = (place.own / "objects/pack").glob("*.pack")
    pack.chmod(0o644)
    return pack


def short_pack(place):
    pack = packed(place)
    pack.write_bytes(pack.read_bytes()[:900])


def unlisted_pack(place):
    packed(place).with_suffix(".idx").unlink()


def torn_references(place):
    git(place.ada, "pack-refs", "--all")
    with (place.own / "packed-refs").open("ab") as file:
        file.write(b"\0" * 30 + b"\n")


def pipeline_is(text):
    """A state of the pipeline that is YAML, and none that dvc reads."""
    return lambda place: (place.ada / "dvc.lock").write_text(text)


def lost_ref(place):
    committed(place)
    cut(place.own / f"refs/heads/{BRANCH}")


def gone_ref(place):
    committed(place)
    (place.own / f"refs/heads/{BRANCH}").unlink()


def garbage_head(place):
    committed(place)
    (place.own / "HEAD").write_bytes(b"\0" * 41)


def short_index(place):
    (place.own / "index").write_bytes((place.own / "index").read_bytes()[:60])


def detached(place):
    git(place.ada, "switch", "-q", "--detach")
    commit(place.ada, "a note of mine", {"notes": "x\n"})
    git(place.ada, "rm", "-q", "--cached", PART)
    git(place.ada, "commit", "-q", "--amend", "-m", "a note of mine")
    (place.ada / PART).rename(place.beside / "kept.jsonl")


def rewritten(place):
    """The default branch was pushed by force, and what it was is checked out."""
    (place.ada / PART).rename(place.beside / "kept.jsonl")
    lead = clone(place.bare, place.beside / "lead", "noor")
    commit(place.ada, "a note", {"notes": "x\n"})
    git(lead, "commit", "-q", "--amend", "-m", "rewritten")
    git(lead, "push", "-q", "--force")
    git(place.ada, "fetch", "-q")


def peers_file_in_the_way(place):
    (place.ada / PART).rename(place.beside / "kept.jsonl")
    write_files(place.ada, {"labels/mood/r4/cyd.jsonl": f"{vote('i4')}\n"})
    lead_changes(place.bare, place.beside, {"labels/mood/r4/cyd.jsonl": f"{vote('i5')}\n"})


def two_states_of_the_pipeline(place):
    answer(place.ada, *ANSWERS)
    (place.ada / "dvc.lock").write_text("<<<<<<< HEAD\nschema: '2.0'\n=======\nschema: '1.0'\n>>>>>>> other\n")


def half_a_pipeline(place):
    (place.ada / "dvc.lock").write_text("schema: '2.0'\nstages:\n  gate:\n    cmd: [\n")


def left_by_dvc(place):
    held = {"write": {"/x": {"pid": os.getpid(), "cmd": "dvc repro"}}}
    write_files(place.ada, {".dvc/tmp/rwlock": json.dumps(held)})


def torn_by_dvc(place):
    write_files(place.ada, {".dvc/tmp/rwlock": '{"/x": {"wri'})


def without_references(place):
    git(place.ada, "pack-refs", "--all")
    shutil.rmtree(place.own / "refs")


def torn_settings(place):
    with (place.own / "config").open("a") as file:
        file.write("[remote \n\turl = x\n")


def windows_line_ends(place):
    (place.ada / PART).write_bytes((place.ada / PART).read_bytes().replace(b"\n", b"\r\n"))


def outputs_in_the_way(place):
    (place.ada / PART).rename(place.beside / "kept.jsonl")
    write_files(place.ada, {"reports/mood/metrics.json": "{}\n", "reports/mood/schema.json/x": "x"})
    lead_changes(place.bare, place.beside, {"reports/mood/metrics.json": "[]\n", "reports/mood/schema.json": "[]\n"})


MARKS = "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> side\n"


def marked(name):
    """Both sides of a merge stand in a file, and git knows of no merge."""

    def make(place):
        with (place.ada / name).open("a") as file:
            file.write(MARKS)

    return make


def marks_committed(place):
    """The same, committed here by hand; the shared branch has the file whole."""
    marked("schemas/mood.yaml")(place)
    git(place.ada, "switch", "-q", "-c", BRANCH)
    git(place.ada, "commit", "-q", "-m", "by hand", "schemas/mood.yaml")


def a_folder(name):
    """A folder with something in it, where git keeps a file."""

    def make(place):
        (place.own / name).unlink(missing_ok=True)
        write_files(place.own, {f"{name}/x": ""})

    return make


def a_file_for_logs(place):
    shutil.rmtree(place.own / "logs")
    (place.own / "logs").touch()


def work_link(name):
    """A link to nothing, where assay keeps its own."""

    def make(place):
        (place.ada / name).parent.mkdir(exist_ok=True)
        (place.ada / name).symlink_to("nowhere")

    return make


def set_to(key, value):
    """A line of the clone's settings that git reads, and stops at."""
    return lambda place: git(place.ada, "config", key, value)


STATES = {
    "index.lock": (locked("index.lock"), "submit", "index.lock exists"),
    "HEAD.lock": (locked("HEAD.lock"), "submit", "HEAD.lock exists"),
    "branch.lock": (locked(f"refs/heads/{BRANCH}.lock"), "submit", f"{BRANCH}.lock exists"),
    "remote-tracking.lock": (locked("refs/remotes/origin/main.lock"), "start moved", "origin/main.lock exists"),
    "config.lock": (locked("config.lock"), "whoami", "config.lock exists"),
    "packed-refs.lock": (locked("packed-refs.lock"), "doctor", "packed-refs.lock exists"),
    "shallow.lock": (locked("shallow.lock"), "doctor", "shallow.lock exists"),
    "commit-graph.lock": (locked("objects/info/commit-graph.lock"), "doctor", "commit-graph.lock exists"),
    "merge": (merging, "submit", f"in the middle of a merge here; in conflict: {PART}"),
    "rebase": (rebasing_and_saving, "submit", "in the middle of a rebase"),
    "cherry-pick": (picking, "start", "in the middle of a cherry-pick"),
    "revert": (reverting, "start", "in the middle of a revert"),
    "am": (applying, "submit", "in the middle of an am"),
    "bisect": (bisecting, "submit", "in the middle of a bisect"),
    "stash in conflict": (
        stashing,
        "submit",
        f"files are in conflict, without a merge in progress; in conflict: {PART}",
    ),
    "HEAD empty": (lambda place: cut(place.own / "HEAD"), "check", "HEAD is not valid, as after a power failure"),
    "HEAD of zeros": (garbage_head, "todo", "HEAD is not valid, as after a power failure"),
    "HEAD gone": (lambda place: (place.own / "HEAD").unlink(), "submit", "HEAD is not valid"),
    "references gone": (without_references, "check", "refs is missing"),
    "branch empty": (lost_ref, "check", f"{BRANCH}, has lost its commit"),
    "branch gone": (gone_ref, "todo", f"{BRANCH}, has lost its commit"),
    "remote-tracking empty": (
        lambda place: (place.own / "refs/remotes/origin/main").write_bytes(b""),
        "submit",
        "origin/main has no valid commit",
    ),
    "index empty": (lambda place: cut(place.own / "index"), "submit", "index is damaged"),
    "index cut short": (short_index, "check", "index is damaged"),
    "index gone": (lambda place: (place.own / "index").unlink(), "submit", "index is gone"),
    "last commit lost": (lost_commit, "submit", "as after a power failure"),
    "history lost": (lost_history, "check", "as after a power failure"),
    "object of zeros": (zeros("HEAD:schemas/mood.yaml"), "submit", "as after a power failure"),
    "commit of zeros": (zeros("HEAD"), "submit", "cannot be read, as after a power failure"),
    "object gone": (
        lambda place: object_of(place, "HEAD:labels/mood").unlink(),
        "submit",
        "as after a power failure",
    ),
    "pack cut short": (short_pack, "check", "as after a power failure"),
    "pack's list gone": (unlisted_pack, "submit", "cannot be read, as after a power failure"),
    "packed references torn": (torn_references, "submit", "packed-refs has 1 line that git cannot read"),
    "end of the history torn": (
        lambda place: (place.own / "shallow").write_text("x\n"),
        "submit",
        "shallow has 1 line that git cannot read",
    ),
    "lock a dangling link": (
        lambda place: (place.own / "index.lock").symlink_to("nowhere"),
        "submit",
        "index.lock exists",
    ),
    "lock a folder": (lambda place: (place.own / "index.lock").mkdir(), "submit", "index.lock exists"),
    "detached": (detached, "start", "no branch is checked out, and 1 commit made here"),
    "rewritten": (rewritten, "doctor", "main here has 2 commits that origin/main lacks"),
    "peer's file in the way": (peers_file_in_the_way, "start", "labels/mood/r4/cyd.jsonl"),
    "outputs in the way": (
        outputs_in_the_way,
        "start",
        "files of origin/main: reports/mood/metrics.json, reports/mood/schema.json/x",
    ),
    "settings torn": (torn_settings, "submit", "and stops at it"),
    "line ends": (windows_line_ends, "submit", "contains a carriage return"),
    "dvc.lock of two": (two_states_of_the_pipeline, "doctor", "dvc.lock cannot be read: it has conflict markers"),
    "dvc.lock torn": (half_a_pipeline, "check", "dvc.lock cannot be read"),
    "dvc.lock a list": (pipeline_is("- a\n"), "doctor", "dvc.lock cannot be read: it is not in the format of dvc"),
    "dvc.lock cut in a path": (
        pipeline_is("schema: '2.0'\nstages:\n  gate:\n    cmd: x\n    deps:\n    - path:\n"),
        "check",
        "dvc.lock cannot be read: it is not in the format of dvc",
    ),
    "dvc.lock a folder": (lambda place: (place.ada / "dvc.lock").mkdir(), "doctor", "dvc.lock cannot be read"),
    "rwlock empty": (lambda place: write_files(place.ada, {".dvc/tmp/rwlock": ""}), "doctor", "rwlock is damaged"),
    "rwlock": (left_by_dvc, "doctor", "rwlock names process"),
    "marks in a schema": (marked("schemas/mood.yaml"), "submit", "schemas/mood.yaml:16 an unresolved merge conflict"),
    "marks in a batch": (marked("labels/mood/r4/batch.yaml"), "doctor", "batch.yaml:6 an unresolved merge conflict"),
    "marks in a plan": (
        marked("labels/mood/r4/assignments.jsonl"),
        "todo",
        "assignments.jsonl:6 an unresolved merge conflict",
    ),
    "marks in the roster": (marked("labels/annotators/ada.yaml"), "submit", "ada.yaml:3 an unresolved merge conflict"),
    "marks in a policy": (marked("checks/mood.yaml"), "check", "an unresolved merge conflict"),
    "marks committed": (marks_committed, "submit", "schemas/mood.yaml:16 an unresolved merge conflict"),
    "FETCH_HEAD a folder": (a_folder("FETCH_HEAD"), "submit all", "FETCH_HEAD is a folder, and git needs a file"),
    "COMMIT_EDITMSG a folder": (a_folder("COMMIT_EDITMSG"), "submit", "COMMIT_EDITMSG is a folder"),
    "log of HEAD a folder": (a_folder("logs/HEAD"), "submit", "logs/HEAD is a folder"),
    "logs a file": (a_file_for_logs, "submit", "logs is a file, and git needs a folder"),
    "work folder a link": (work_link(".assay"), "submit", ".assay is a symbolic link"),
    "turn a link": (work_link(".assay/turn"), "doctor", ".assay/turn is a symbolic link"),
    "setting of no such kind": (set_to("core.bare", "perhaps"), "submit", "core.bare = perhaps: git cannot use"),
    "set to have no work tree": (
        set_to("core.bare", "true"),
        "todo",
        "core.bare = true: git treats this repository as bare",
    ),
    "work tree elsewhere": (set_to("core.worktree", "/nowhere"), "check", "core.worktree = /nowhere: git looks"),
    "rwlock torn": (torn_by_dvc, "doctor", "rwlock is damaged"),
}
COMMANDS = {
    "submit": ("submit", "--no-push"), "submit all": ("submit",), "start": ("start", "mood"), "start moved": ("start", "mood"), "check": ("check",),
    "todo": ("todo",), "doctor": ("doctor",), "whoami": ("whoami", "--set", "ada", "--email", "ada@example.org"),
}  # fmt: skip


def everything(place):
    """All that is written anywhere a person finds it: in the folders, in a stash, on any branch."""
    found = [file.read_bytes() for file in (place.ada / "labels").rglob("*.jsonl")]
    found += [file.read_bytes() for file in place.beside.glob("kept.jsonl")]
    for name in git(place.ada, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/stash").split():
        done = subprocess.run(["git", "show", f"{name}:{PART}"], cwd=place.ada, capture_output=True, check=False)
        found.append(done.stdout)
    return b"".join(found).decode()


@pytest.mark.parametrize("state", STATES)
def test_what_stops_is_named_and_the_printed_command_ends_it(assay, ada, bare, tmp_path, state):
    make, command, named = STATES[state]
    place = Place(ada=ada, bare=bare, beside=tmp_path)
    if command == "start moved":
        lead_changes(bare, tmp_path, {"notes": "x\n"})
    else:
        answer(ada, *ANSWERS)
    make(place)
    said = assay(*COMMANDS[command])
    told = said.out + said.err
    assert said.code in {1, 2} or f"warning: {named}" in said.err
    assert named in told, told
    (way,) = set(PRINTED.findall(told))
    ended = assay(*way.split()[1:])
    assert ended.code == 0, ended.out + ended.err
    again = assay(*COMMANDS[command])
    assert named not in again.out + again.err
    if command != "doctor":
        assert again.code == 0 or "unsubmitted answers of yours" in again.err, again.err
    assert assay("check").code == 0
    written = everything(place)
    assert command == "start moved" or all(line in written for line in ANSWERS), written


def moved_work_tree(place):
    """The folder is a linked work tree, and its clone has another place now."""
    git(place.ada, "worktree", "add", "-q", "--detach", str(place.beside / "linked"))
    place.ada.rename(place.beside / "CLONE")
    (place.beside / "linked").rename(place.ada)
    answer(place.ada, *ANSWERS)
    (place.ada / "CLONE").symlink_to(place.beside / "CLONE")
    (place.beside / "CLONE/.git/info/exclude").write_text("CLONE\n")


def held_by_a_work_tree(place):
    (place.ada / PART).rename(place.beside / "kept.jsonl")
    git(place.ada, "branch", BRANCH, "origin/main")
    git(place.ada, "worktree", "add", "-q", str(place.beside / "linked"), BRANCH)
    commit(place.beside / "linked", "half", {PART: f"{vote('i3')}\n"})


def shallow(place):
    lead_changes(place.bare, place.beside, {"notes": "x"})
    git(place.ada, "fetch", "-q", "--depth", "1", f"file://{place.bare}", "+main:refs/remotes/origin/main")


def no_default(place):
    git(place.bare, "branch", "-m", "main", "production")
    git(place.ada, "fetch", "-q", "--prune")
    git(place.ada, "branch", "-m", "main", "work")
    git(place.ada, "remote", "set-head", "origin", "--delete")


def no_email(place):
    git(place.ada, "config", "--unset", "user.email")
    git(place.ada, "config", "--unset", "user.name")


def other_email(place):
    git(place.ada, "config", "user.email", "ada@elsewhere.example")


def gone_upstream(place):
    committed(place)
    git(place.ada, "push", "-q", "-u", "origin", BRANCH)
    git(place.bare, "branch", "-D", BRANCH)
    git(place.ada, "fetch", "-q", "--prune")


def rewritten_own(place):
    gone_upstream(place)
    other = clone(place.bare, place.beside / "other", "ada")
    git(other, "switch", "-q", "-c", BRANCH)
    commit(other, "another", {PART: f"{vote('i1', 'bad')}\n"})
    git(other, "push", "-q", "origin", BRANCH)


def own_file_in_the_way(place):
    lead_changes(place.bare, place.beside, {PART: f"{vote('i5')}\n"})
    git(place.ada, "fetch", "-q")


def of_somebody_else(place):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to somebody else")
    for folder in (place.ada, place.own):
        os.chown(folder, 12345, 12345)


def file_for_a_folder(place):
    (place.ada / ".assay").write_text("")


def branch_like_a_folder(place):
    git(place.ada, "branch", "ada/mood")


OTHERS = {
    "work tree moved": (moved_work_tree, "check", "does not exist: the clone was moved", r"git -C \S+ worktree repair [^\s,]+"),
    "held by a work tree": (held_by_a_work_tree, "start", "linked", r"git worktree remove \S+(?=;)"),
    "shallow": (shallow, "check", "it is shallow", r"git fetch --unshallow"),
    "no default branch": (no_default, "check", "the default branch of this clone is unknown", r"git fetch .*? --auto"),
    "no e-mail": (no_email, "todo", "no e-mail is set", r"assay whoami --set YOUR-ID --email YOU@EXAMPLE.ORG"),
    "another e-mail": (other_email, "submit", "no one in the roster has ada@elsewhere.example", r"assay whoami --set YOUR-ID"),
    "gone from the remote": (gone_upstream, "todo", f"committed on branch {BRANCH} and not sent", r"assay submit"),
    "own branch rewritten": (rewritten_own, "submit all", "conflict with those here", r"git branch -m \S+ [^\s;]+"),
    "own file in the way": (own_file_in_the_way, "start", "unsubmitted answers of yours: mood/r4", r"assay submit --no-push"),
    "branch never made": (
        lambda place: git(place.ada, "symbolic-ref", "HEAD", "refs/heads/nowhere"),
        "submit",
        "nowhere is checked out, and has no commit",
        r"git symbolic-ref HEAD \S+",
    ),
    "of somebody else": (of_somebody_else, "check", "dubious ownership", r"git config --global \S+ safe.directory [^\s;]+"),
    "a file for a folder": (file_for_a_folder, "submit", ".assay/turn: ", r"mv .assay .assay-old"),
    "branch like a folder": (branch_like_a_folder, "submit", "a branch is named 'ada/mood'", r"git branch -m \S+ \S+"),
}  # fmt: skip


@pytest.mark.parametrize("state", OTHERS)
def test_what_another_command_ends_is_said_with_that_command(assay, ada, bare, tmp_path, monkeypatch, state):
    make, command, named, way = OTHERS[state]
    place = Place(ada=ada, bare=bare, beside=tmp_path)
    answer(ada, *ANSWERS)
    make(place)
    monkeypatch.chdir(tmp_path)
    monkeypatch.chdir(ada)
    said = assay(*COMMANDS[command])
    told = said.out + said.err
    assert named in told, told
    found = re.search(way, told)
    assert found is not None, told
    typed_in = found[0].replace("YOUR-ID", "ada").replace("YOU@EXAMPLE.ORG", "ada@example.org")
    if typed_in.startswith("assay"):
        ended = assay(*typed_in.split()[1:])
        assert ended.code == 0, ended.err
    else:
        done = subprocess.run(typed_in, shell=True, cwd=ada, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    again = assay(*COMMANDS[command])
    assert (again.code, named in again.out + again.err) == (0, False), again.err
    assert all(line in everything(place) for line in ANSWERS)


def test_a_lock_goes_only_when_no_git_command_can_hold_it(assay, ada, monkeypatch):
    lock = ada / ".git/index.lock"
    lock.touch()
    with subprocess.Popen(["git", "hash-object", "--stdin-paths"], cwd=ada, stdin=subprocess.PIPE) as running:
        said = assay("doctor", "--mend")
        assert (said.code, lock.exists()) == (1, True)
        assert f"left: git runs here: process {running.pid}; nothing was removed" in said.out
        running.stdin.close()
    monkeypatch.setattr(git_folder, "_PROCESSES", ada / "nowhere")
    said = assay("doctor", "--mend")
    assert (said.code, lock.exists()) == (1, True)
    assert "it is unknown whether git runs here, and the lock is 0 minutes old" in said.out
    os.utime(lock, (1_600_000_000, 1_600_000_000))
    assert re.search(r"since 2020-09-13T12:26:40Z \([0-9]+ days old\)", assay("doctor").out)
    assert (assay("doctor", "--mend").code, lock.exists()) == (0, False)


def test_a_git_that_has_ended_holds_no_lock_also_where_nobody_has_waited_for_it(assay, ada):
    """Of another user's, or one's own as a user who is not root, nothing but its state can be read."""
    lock = ada / ".git/index.lock"
    lock.touch()
    ended = subprocess.Popen(["git", "hash-object", "--stdin-paths"], cwd=ada, stdin=subprocess.DEVNULL)
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert (assay("doctor", "--mend").code, lock.exists()) == (0, False)
    ended.wait()


def test_what_only_reads_holds_no_lock(assay, ada):
    lock = ada / ".git/index.lock"
    lock.touch()
    with subprocess.Popen(["git", "cat-file", "--batch"], cwd=ada, stdin=subprocess.PIPE) as running:
        assert (assay("doctor", "--mend").code, lock.exists()) == (0, False)
        running.stdin.close()


def test_locks_of_a_linked_work_tree_are_its_own_and_the_clones(assay, ada, monkeypatch):
    git(ada, "worktree", "add", "-q", "--detach", "../linked")
    monkeypatch.chdir(ada.parent / "linked")
    locks = [ada / ".git/worktrees/linked/index.lock", ada / ".git/packed-refs.lock"]
    other = ada / ".git/worktrees/linked.lock"
    for lock in (*locks, other):
        lock.touch()
    assert assay("doctor", "--mend").code == 0
    assert [lock.exists() for lock in (*locks, other)] == [False, False, True]
    assert "nothing to fix" in assay("doctor", "--mend").err


def test_what_is_dropped_is_kept_and_what_was_saved_meanwhile_stands_again(assay, ada, bare, tmp_path):
    answer(ada, *ANSWERS)
    rebasing_and_saving(Place(ada=ada, bare=bare, beside=tmp_path))
    said = assay("doctor", "--abort")
    assert (said.code, said.out) == (0, "the rebase was aborted\n")
    assert f"edited meanwhile, restored in the work tree: {PART}\n" in said.err
    (kept,) = (ada / ".assay/aside").iterdir()
    assert "<<<<<<<" in (kept / "notes").read_text()
    assert (git(ada, "branch", "--show-current"), (ada / "notes").read_text()) == (BRANCH, "mine\n")
    assert (ada / PART).read_text().splitlines() == [*ANSWERS, vote("i3"), vote("i4")]
    assert assay("doctor", "--abort").code == 2


def test_what_cannot_be_mended_keeps_nothing_else_from_being_mended(assay, ada, monkeypatch):
    (ada / ".git/index.lock").touch()
    (ada / "dvc.lock").write_text("- a\n")

    def refused(_lock):
        raise PermissionError(13, "Permission denied", "index.lock")

    monkeypatch.setattr("assay.git.remove_lock", refused)
    said = assay("doctor", "--mend")
    assert (said.code, (ada / "dvc.lock").exists()) == (1, False)
    assert "dvc.lock is moved to .assay/aside" in said.out
    assert "index.lock: Permission denied; get permission to read and write there" in said.out


def test_answers_on_a_branch_that_doctor_made_are_named_wherever_one_is(assay, ada):
    answer(ada, *ANSWERS)
    git(ada, "switch", "-q", "--detach")
    commit(ada, "answers")
    assert assay("doctor", "--mend").code == 0
    (kept,) = git(ada, "branch", "--list", "--format=%(refname:short)", "kept/*").splitlines()
    assert f"committed on branch {kept} and not sent; to send it: `assay submit`" in assay("todo").out
    assert "new branch" in assay("start", "mood").out
    assert f"to send it: `git switch {kept}`, then `assay submit`" in assay("todo").out
    git(ada, "switch", "-q", "main")
    assert "it was made for this batch, and has no answers yet" in assay("start", "mood").out


def test_what_was_committed_with_the_marks_of_a_merge_is_not_sent(assay, ada, bare):
    git(ada, "switch", "-q", "-c", BRANCH)
    marks = ("<<<<<<< HEAD", vote("i1"), "=======", vote("i1", "bad"), ">>>>>>> side")
    commit(ada, "by hand", {PART: "".join(f"{line}\n" for line in marks)})
    said = assay("submit")
    assert (said.code, "an unresolved merge conflict" in said.out) == (1, True)
    assert git(bare, "branch", "--list", BRANCH) == ""


def test_marks_in_a_commit_are_sent_by_no_command_and_mending_ends_them(assay, ada, bare):
    git(ada, "switch", "-q", "-c", BRANCH)
    commit(ada, "the pipeline", {"dvc.yaml": "stages: {}\n"})
    places = ("dvc.yaml", "schemas/mood.yaml", "labels/mood/r4/batch.yaml")
    for name in places:
        with (ada / name).open("a") as file:
            file.write(MARKS)
    (ada / PART).write_text(f"{vote('i1')}\n")
    commit(ada, "by hand")
    (ada / "schemas/mood.yaml").write_text(git(ada, "show", "HEAD~1:schemas/mood.yaml") + "\n# chosen\n")
    git(ada, "restore", "--source=HEAD~1", "labels/mood/r4/batch.yaml")
    answer(ada, *ANSWERS)
    listed = assay("doctor").out
    assert [f"{name}:" in listed for name in places] == [True, True, True]
    said = assay("submit")
    assert (said.code, git(bare, "branch", "--list", BRANCH)) == (2, "")
    assert re.search(
        r"(dvc|batch|mood).yaml:\d+ was committed with an unresolved merge conflict; nothing was sent", said.err
    )
    assert "assay doctor --mend" in said.err
    assert assay("doctor", "--mend").code == 0
    assert assay("submit").code == 0
    sent = [git(bare, "show", f"{BRANCH}:{name}") for name in places]
    assert ["<<<<" in text for text in sent] == [False, False, False]
    assert (sent[0], sent[1].endswith("# chosen")) == ("stages: {}", True)
    assert git(bare, "show", f"{BRANCH}:{PART}").splitlines() == list(ANSWERS)


def test_answers_that_a_hook_changed_are_not_sent_without_a_word(assay, ada, bare):
    answer(ada, *ANSWERS)
    hook = ada / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    rewrite = "#!/bin/sh\nsed -i '{}' {PART}\ngit add {PART}\n"
    hook.write_text(rewrite.replace("{}", '2s/"good"/"bad"/').replace("{PART}", PART))
    hook.chmod(0o755)
    said = assay("submit")
    assert (said.code, git(bare, "branch", "--list", BRANCH)) == (2, "")
    assert f"a git hook changed what was committed: {PART}:2 (1 record not as written); nothing was sent" in said.err
    way = re.search(r"To restore it: (cp .*?); then", said.err)[1]
    done = subprocess.run(way, shell=True, cwd=ada, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert assay("submit").code == 0
    assert [json.loads(line)["label"] for line in git(bare, "show", f"{BRANCH}:{PART}").splitlines()] == [
        {"tone": "good"}
    ] * 2
    hook.write_text(rewrite.replace("{}", "s/,/, /g").replace("{PART}", PART))
    answer(ada, *ANSWERS, vote("i3"))
    assert assay("submit").code == 0
    sent = git(bare, "show", f"{BRANCH}:{PART}").splitlines()
    assert ([json.loads(line)["item"] for line in sent], ", " in sent[2]) == (["i1", "i2", "i3"], True)


def test_marks_are_named_with_their_line_where_a_file_is_needed_or_changed(assay, ada):
    git(ada, "config", "user.email", "noor@example.org")
    for name in ("labels/mood/r4/batch.yaml", "pyproject.toml"):
        with (ada / name).open("a") as file:
            file.write(MARKS)
    said = assay("batch", "close", "mood", "r4")
    assert (said.code, "labels/mood/r4/batch.yaml:6 an unresolved merge conflict" in said.err) == (2, True)
    said = assay("check")
    assert "labels/mood/r4/batch.yaml:6\n" in said.out
    assert "warning: pyproject.toml:1 an unresolved merge conflict" in said.err
    assert said.err.count("an unresolved merge conflict") == 1


def test_a_remote_that_was_removed_is_said_with_the_command_that_adds_it(assay, ada, bare):
    answer(ada, *ANSWERS)
    git(ada, "remote", "remove", "origin")
    said = assay("submit")
    assert (said.code, "git remote add origin ADDRESS" in said.err, "not sent" in said.out) == (0, True, True)
    git(ada, "remote", "add", "origin", str(bare))
    said = assay("submit")
    assert (said.code, "git remote add" in said.err) == (0, False)
    assert git(bare, "show", f"{BRANCH}:{PART}").splitlines() == list(ANSWERS)


UNREADABLE = {
    "an included file": ({"include.path": "../../included"}, "bad config line 2", "fix line 2 of .git/../../included in an editor"),
    "an extension": ({"core.repositoryformatversion": "1", "extensions.unheard": "true"}, "unknown repository extension", "a newer git wrote"),
    "a version": ({"core.repositoryformatversion": "7"}, "Expected git repo version <= 1, found 7", "a newer git wrote"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNREADABLE)
def test_settings_that_git_does_not_go_by_are_a_line_of_doctors(assay, ada, what):
    settings, named, fix = UNREADABLE[what]
    before = (ada / ".git/config").read_bytes()
    (ada.parent / "included").write_text("[x]\n[torn\n")
    for key, value in settings.items():
        git(ada, "config", key, value)
    said = assay("doctor")
    assert (said.code, said.err) == (1, "")
    line = re.search(r"^missing git: (?:.*\n)(?: +fix: (.*))", said.out, re.MULTILINE)
    assert line is not None, said.out
    assert named in line[0]
    assert line[1].startswith(fix)
    (ada / ".git/config").write_bytes(before)
    assert "missing git:" not in assay("doctor").out


def test_a_git_that_was_killed_leaves_no_lock_in_the_way_of_the_same_command(assay, ada):
    answer(ada, *ANSWERS)
    typed = [sys.executable, "-m", "assay", "submit", "--no-push"]
    limited = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *typed]
    done = subprocess.run(limited, cwd=ada, capture_output=True, text=True, check=False)
    assert (done.returncode, "ulimit -f unlimited" in done.stderr) == (2, True), done.stderr
    assert not list((ada / ".git").rglob("*.lock"))
    said = assay("submit", "--no-push")
    assert said.code == 0, said.err
    assert git(ada, "show", f"HEAD:{PART}").splitlines() == list(ANSWERS)


ON_A_SMALL_DISK = """
set -e
disk=$1; from=$2; room=$3; shift 3
mount -t tmpfs -o size=3m none "$disk"
cp -a "$from/." "$disk"
cd "$disk"
head -c $(($(stat -f -c '%a*%S' .) - room)) /dev/zero > .git/filler
code=0; "$@" || code=$?
rm .git/filler
echo "first $code" >&2
git status --porcelain >&2
code=0; "$@" || code=$?
echo "again $code" >&2
test -z "$(git status --porcelain)"
"""
"""A disk that is this command's alone and goes with it."""
FULL = {
    "submit": (("submit",), "ada", PART, ANSWERS, (0, 16384)),
    "batch close": (("batch", "close", "mood", "r4", "--anyway", "--submit"), "noor", "labels/mood/r4/batch.yaml", ("status: closed",), (12288, 24576)),
    "import": (("import", "items", "../in.jsonl", "--pool", "texts", "--submit"), "noor", "labels/items/texts/in.jsonl", ('"id":"n7"',), (0, 32768)),
}  # fmt: skip


@pytest.mark.parametrize("command", FULL)
def test_a_full_disk_is_named_and_the_same_command_goes_on_once_there_is_room(ada, bare, tmp_path, command):
    words, who, path, lines, rooms = FULL[command]
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount of one's own here")
    git(ada, "config", "user.email", f"{who}@example.org")
    write_files(tmp_path, {"in.jsonl": "".join(f'{{"id":"n{number}","text":"{"t" * 50}"}}\n' for number in range(200))})
    if who == "ada":
        answer(ada, *ANSWERS)
    disk = tmp_path / "disk"
    disk.mkdir()
    for room in rooms:
        typed = [sys.executable, "-m", "assay", *words]
        script = ["unshare", "-rm", "sh", "-c", ON_A_SMALL_DISK, "sh", str(disk), str(ada), str(room), *typed]
        done = subprocess.run(script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        first, _, again = done.stderr.partition("first 2\n")
        assert re.search(r"No space left on device|Out of diskspace", first), done.stderr
        assert "free disk space" in first
        assert "again 0\n" in again, again
        (sent,) = set(git(bare, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()) - {"main"}
        written = git(bare, "show", f"{sent}:{path}")
        assert all(line in written for line in lines), written
        git(bare, "branch", "-D", sent)


def test_a_hook_that_refuses_a_commit_is_told_from_a_fault_of_gits(assay, ada):
    answer(ada, *ANSWERS)
    hook = ada / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no number of a ticket' >&2\nexit 1\n")
    hook.chmod(0o755)
    said = assay("submit", "--no-push")
    assert (said.code, "no number of a ticket\na hook of yours refused the commit" in said.err) == (2, True)
    assert "check your hooks" in said.err
    hook.unlink()
    assert assay("submit", "--no-push").code == 0
