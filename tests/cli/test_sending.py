"""`--submit`: every command that writes also commits just its files on a branch of mine, pushes and proposes them."""

import json
import shutil

import click
import pytest

from assay.annotator.submission import unsent_commands
from assay.cli.app import app
from clones import answer, branch, clone, commit, git, known_as, lead_changes, squash_merge, vote
from projects import GUIDELINE
from stopping import killed_in, program, typed

WRITES_ELSEWHERE = {
    "annotate": "answers, which `submit` hands in",
    "git merge": "what git itself calls",
    "guideline keygen": "a key, outside the project",
    "guideline render": "a page, outside what is committed",
    "init": "the project, before there is anything to send it to",
    "sheet in": "answers, which `submit` hands in",
    "sheet out": "a spreadsheet, outside what is committed",
    "start": "a branch",
    "submit": "it sends by itself",
    "whoami": "a setting of this clone",
}
STAGES = {"schema", "agreement", "policy", "consensus", "quality", "gate", "release build"}
READ_ONLY = {
    "batch list", "check", "diff", "doctor", "explain", "git textconv", "guideline gaps", "guideline lint",
    "guideline log", "guideline test", "guideline verify", "log", "release verify", "report", "review", "team", "todo",
}  # fmt: skip
BATCH = ("batch", "create", "mood", "r5", "--annotators", "ada,ben", "--purpose", "audit", "--items", "2", "--submit")
PLAN = ["labels/mood/r5/assignments.jsonl", "labels/mood/r5/batch.yaml"]
MINE = "noor/batch-mood-r5"


def commands(group, context, name=""):
    """Every command of the tree by the words that are typed for it; a group that works by itself is one too."""
    for word in group.list_commands(context):
        one = group.get_command(context, word)
        full = f"{name} {word}".strip()
        if isinstance(one, click.Group):
            yield from commands(one, context, full)
        if not isinstance(one, click.Group) or one.invoke_without_command:
            yield full, one


def test_every_command_that_writes_takes_submit_and_shows_it():
    context = click.Context(app)
    found = dict(commands(app, context))
    takes = {name for name, one in found.items() if any("--submit" in option.opts for option in one.params)}
    assert found.keys() - takes == WRITES_ELSEWHERE.keys() | STAGES | READ_ONLY
    assert [name for name in sorted(takes) if "--submit" not in (found[name].callback.__doc__ or "")] == []


@pytest.fixture
def noor(assay, bare, tmp_path, monkeypatch):  # noqa: ARG001 - it changes the folder first
    """The lead's clone, and the working folder in it."""
    monkeypatch.chdir(clone(bare, tmp_path / "noor", "noor"))
    return tmp_path / "noor"


def sent(bare, name):
    """The paths that the one commit of a branch changes on the remote, and its first line."""
    assert git(bare, "rev-list", "--count", f"main..{name}") == "1"
    listed = git(bare, "diff", "--name-only", "--no-renames", f"main...{name}").splitlines()
    return listed, git(bare, "log", "-1", "--format=%s", name)


def test_each_command_sends_the_files_that_it_wrote_and_nothing_else(assay, noor, bare, tmp_path):
    (tmp_path / "more.jsonl").write_text('{"id":"i9","data":{"text":"ninth"}}\n')
    (tmp_path / "votes.jsonl").write_text(json.dumps({"item": "i1", "annotator": "W 9", "label": {"tone": "good"}}))
    untidy = {f"labels/items/texts/n{n:02}.jsonl": f'{{"id":"n{n}", "data":{{"text":"t"}}}}\n' for n in range(20)}
    untidy["labels/mood/r4/ben.jsonl"] = '{"item":"i1", "label":{"tone":"bad"}}\n'
    lead_changes(bare, tmp_path, untidy)
    typed_by_hand = "guidelines/notes.md"
    (noor / typed_by_hand).write_text("mine")
    entry = "labels/annotators/dana.yaml"
    r4 = ["labels/mood/r4/assignments.jsonl", "labels/mood/r4/batch.yaml"]
    cases = [
        ("import items ../more.jsonl --pool texts", "items-texts", ["labels/items/texts/more.jsonl"]),
        ("import long ../votes.jsonl --task mood --source w", "import-mood-w", None),
        ("batch reassign mood r4 --from ada --to noor", "reassign-mood-r4-ada", r4),
        ("batch close mood r4 --anyway", "close-mood-r4", r4[1:]),
        ("annotator add dana", "annotator-dana", [entry]),
        ("annotator rename ben zed", "annotator-zed", None),
        ("annotator erase ben", "annotator-erased", None),
        ("task add tone", "task-tone", None),
        ("release add support --task mood", "release-support", ["checks/project.yaml", "releases/support.yaml"]),
        ("return i1 --why again --batch r4", "return-i1", ["labels/mood/r4/noor.returned.jsonl"]),
        ("fmt labels/mood/r4 labels/items", "fmt", sorted(untidy)),
        ("install --forge github", "forge-github", None),
    ]
    for words, name, paths in cases:
        git(noor, "switch", "-q", "main")
        said = assay(*words.split(), "--submit")
        assert said.code == 0, (words, said.err)
        assert branch(noor) == f"noor/{name}"
        listed, first = sent(bare, f"noor/{name}")
        assert listed == paths or (paths is None and len(listed) > 2 and typed_by_hand not in listed), listed
        assert first.endswith(" by noor")
        *told, last = git(bare, "log", "-1", "--format=%b", f"noor/{name}").splitlines()
        whole = sorted([*told, last]) == [f"- {path}" for path in sorted(listed)]
        assert whole or (last, len(told), len(listed)) == ("- and 1 more", 20, 21)
        assert "next: a second person approves the pull request" in said.err
        assert git(noor, "status", "--porcelain") == f"?? {typed_by_hand}"
        assert unsent_commands(noor, "noor") == ()
    git(noor, "switch", "-q", "main")
    for place in (noor, bare):
        git(place, "branch", "-q", "-D", "noor/fmt")
    git(noor, "fetch", "-q", "--prune")
    assert assay("fmt", "labels/items", "--submit").code == 0
    told = git(bare, "log", "-1", "--format=%b", "noor/fmt").splitlines()
    assert told == [f"- {path}" for path in sorted(untidy)[:20]]
    for words in ("batch close mood r4 --anyway", "task add tone", "release add support --task mood"):
        git(noor, "switch", "-q", "main")
        said = assay(*words.split(), "--submit")
        assert (said.code, "has everything on branch" in said.err) == (0, True), (words, said.err)


def test_a_lead_who_types_no_git_goes_from_batch_to_batch_and_annotators_find_them(assay, noor, bare, tmp_path):
    assert assay(*BATCH).code == 0
    assert sent(bare, MINE) == (PLAN, "mood/r5: batch created by noor")
    said = assay("annotator", "add", "dana", "--submit")
    assert (said.code, branch(noor)) == (0, MINE), "what is not merged yet is gone on with"
    assert git(bare, "rev-list", "--count", f"main..{MINE}") == "2"
    (tmp_path / "more.jsonl").write_text('{"id":"i9","data":{"text":"ninth"}}\n')
    items = assay("import", "items", "../more.jsonl", "--pool", "texts", "--submit")
    assert (items.code, branch(noor)) == (0, "noor/items-texts"), "a review refuses items and roster in one"
    assert sent(bare, "noor/items-texts")[0] == ["labels/items/texts/more.jsonl"]
    records = noor / ".assay/sending"
    assert len(list(records.iterdir())) == 3
    for name in (MINE, "noor/items-texts"):
        squash_merge(bare, tmp_path, name)
    lead_changes(bare, tmp_path, {"labels/annotators/dana.yaml": "kind: person\nstatus: trainee\n"})
    closed = assay("batch", "close", "mood", "r5", "--anyway", "--submit")
    assert (closed.code, branch(noor)) == (0, "noor/close-mood-r5"), closed.err
    assert sent(bare, "noor/close-mood-r5")[0] == PLAN[1:]
    assert len(list(records.iterdir())) == 1, "what was sent and is merged is kept no longer"
    git(bare, "branch", "-D", "noor/close-mood-r5")
    ada = known_as(clone(bare, tmp_path / "annotator", "ada"), "ada")
    started = typed(ada, "assay", "start", "mood", "r5")
    assert "mood/r5: new branch ada/mood/r5-1, from origin/main\n" in started.stdout, started.stderr


@pytest.mark.parametrize(
    ("step", "moment"),
    [
        ("fetch", "after"), ("switch", "after"), ("add", "before"), ("commit", "before"), ("commit", "after"),
        ("push", "before"), ("push", "after"),
    ],
)  # fmt: skip
def test_killed_at_a_step_the_same_command_ends_it_and_nothing_is_there_twice(
    assay, noor, bare, tmp_path, step, moment
):
    killed_in(noor, tmp_path, step, moment, "assay", *BATCH)
    said = assay(*BATCH)
    assert said.code == 0, said.err
    for _ in range(2):
        assert sent(bare, MINE) == (PLAN, "mood/r5: batch created by noor")
        assert git(noor, "branch", "--format=%(refname:short)").splitlines() == ["main", MINE]
        assert (branch(noor), git(noor, "status", "--porcelain")) == (MINE, "")
        assert assay(*BATCH).code == 0


def test_what_cannot_be_typed_twice_is_gone_on_with_all_the_same(assay, noor, bare, tmp_path):
    close = ("batch", "close", "mood", "r4", "--anyway", "--submit")
    program(noor / ".git/hooks/pre-commit", "#!/bin/sh\necho not on a Monday\nexit 1\n")
    refused = assay(*close)
    assert (refused.code, "not on a Monday" in refused.err) == (2, True)
    assert "what was written stays in labels/mood/r4/batch.yaml" in refused.err
    again = "assay batch close mood r4 --anyway --submit"
    assert f"`{again}` again goes on from here" in refused.err
    assert (
        f"written, not committed, for branch noor/close-mood-r4 and not sent; to send it: `{again}`"
        in assay("todo").out
    )
    (noor / ".git/hooks/pre-commit").unlink()
    program(bare / "hooks/pre-receive", "#!/bin/sh\necho closed for today\nexit 1\n")
    refused = assay(*close)
    assert (refused.code, "closed for today" in refused.err) == (2, True)
    assert "kept in a commit here, on branch noor/close-mood-r4" in refused.err
    assert "again goes on from here once the problem above is resolved with the remote's administrator" in refused.err
    assert f"committed on branch noor/close-mood-r4 and not sent; to send it: `{again}`" in assay("todo").out
    (bare / "hooks/pre-receive").unlink()
    shutil.move(bare, tmp_path / "away.git")
    assert assay(*close).code == 2
    shutil.move(tmp_path / "away.git", bare)
    git(noor, "switch", "-q", "main")
    assert assay(*close).code == 0
    assert sent(bare, "noor/close-mood-r4") == (["labels/mood/r4/batch.yaml"], "mood/r4: batch closed by noor")
    assert "not sent" not in assay("todo").out
    squash_merge(bare, tmp_path, "noor/close-mood-r4")
    assert assay("batch", "reopen", "mood", "r4", "--submit").code == 0
    squash_merge(bare, tmp_path, "noor/reopen-mood-r4")
    said = assay(*close)
    assert (said.code, "mood/r4 is closed" in said.out) == (0, True), "opened meanwhile, so it is closed anew"


EACH = "for one in $(git diff --cached --name-only); do "
BLOB = '$( (git show :$one; echo "# tidy") | git hash-object -w --stdin)'


@pytest.mark.parametrize(
    ("hook", "ends"),
    [
        (EACH + 'echo "# tidy" >> $one; git add $one; done', "# tidy"),
        (EACH + 'echo "# tidy" >> $one; done; git add -A', "# tidy"),
        (EACH + f"git update-index --cacheinfo 100644,{BLOB},$one; done; touch made.md; git add made.md", "# tidy"),
        ("git add -u", ""),
    ],
)
def test_what_a_hook_adds_of_the_files_is_sent_and_of_others_nothing(assay, noor, bare, hook, ends):
    program(noor / ".git/hooks/pre-commit", f"#!/bin/sh\n{hook}\n")
    staged, loose = noor / "labels/annotators/ben.yaml", noor / "README.md"
    loose.write_text("one")
    git(noor, "add", "README.md")
    git(noor, "commit", "-q", "--no-verify", "-m", "readme")
    git(noor, "push", "-q", "origin", "main")
    staged.write_text("# staged\n" + staged.read_text())
    git(noor, "add", "labels/annotators/ben.yaml")
    loose.write_text("two")
    was = git(noor, "diff", "--cached"), git(noor, "diff")
    entry = "labels/annotators/dana.yaml"
    said = assay("annotator", "add", "dana", "--submit")
    assert said.code == 0, said.err
    assert sent(bare, "noor/annotator-dana")[0] == [entry]
    assert git(bare, "show", f"noor/annotator-dana:{entry}") == (noor / entry).read_text().strip()
    assert (noor / entry).read_text().strip().endswith(ends)
    assert (git(noor, "diff", "--cached"), git(noor, "diff")) == was
    assert git(noor, "log", "-1", "--format=%s%n%an") == "roster: dana added by noor\nnoor"


def test_what_is_edited_while_a_hook_changes_the_commit_stays_as_it_was_edited(assay, noor, bare):
    hook = EACH + f'git update-index --cacheinfo 100644,{BLOB},$one; echo "# mine" >> $one; done'
    program(noor / ".git/hooks/pre-commit", f"#!/bin/sh\n{hook}\n")
    entry = "labels/annotators/dana.yaml"
    said = assay("annotator", "add", "dana", "--submit")
    assert said.code == 0, said.err
    assert git(bare, "show", f"noor/annotator-dana:{entry}").endswith("# tidy")
    assert (noor / entry).read_text().endswith("# mine\n")


def test_a_new_file_that_the_default_branch_has_as_well_keeps_the_branch_where_it_is(assay, noor, bare, tmp_path):
    git(noor, "switch", "-q", "-c", "noor/own")
    lead_changes(bare, tmp_path, {"news.txt": "theirs"})
    git(noor, "fetch", "-q")
    (noor / "news.txt").write_text("mine")
    said = assay("annotator", "add", "dana", "--submit")
    assert (said.code, (noor / "news.txt").read_text()) == (0, "mine"), said.err


@pytest.mark.parametrize(
    "words",
    [
        "batch close mood r4 --anyway",
        "annotator set ada --status paused --since 2026-05-01",
        "annotator rename ben zed",
        "release add support --task mood",
    ],
)
def test_submit_forgotten_the_same_with_it_sends_what_was_written(assay, noor, bare, words):
    assert assay(*words.split()).code == 0
    written = git(noor, "status", "--porcelain", "-uall").split()[1::2]
    said = assay(*words.split(), "--submit")
    assert said.code == 0, said.err
    assert sent(bare, branch(noor))[0] == sorted(written)
    assert git(noor, "status", "--porcelain") == ""
    assert unsent_commands(noor, "noor") == ()


def test_what_went_into_a_file_changed_by_hand_is_not_kept_to_be_sent(assay, noor):
    entry = noor / "labels/annotators/ada.yaml"
    entry.write_bytes(entry.read_bytes() + b"# mine\n")
    pause = ("annotator", "set", "ada", "--status", "paused", "--since", "2026-05-01")
    assert assay(*pause).code == 0
    assert not (noor / ".assay/sending").exists()
    git(noor, "restore", ".")
    assert assay(*pause).code == 0
    git(noor, "restore", ".")
    assert assay(*pause, "--submit").code == 0, "what was put back is written anew"
    assert 'since: "2026-05-01"' in git(noor, "show", "HEAD:labels/annotators/ada.yaml")


def test_what_rests_on_files_that_are_not_sent_waits_for_them(assay, noor, bare):
    dana = ("annotator", "add", "dana", "--handle", "dana")
    assert assay(*dana).code == 0
    asked = (*(word.replace("ada,ben", "ada,dana") for word in BATCH),)
    refused = assay(*asked)
    assert (refused.code, "'dana' is not in the roster" in refused.err) == (1, True), refused.err
    assert "is not valid without files that are changed here and not sent" in refused.err
    assert "labels/annotators/dana.yaml" in refused.err
    assert git(noor, "log", "--format=%s", "main..HEAD") == ""
    assert assay(*dana, "--submit").code == 0
    assert assay(*asked).code == 0
    assert git(bare, "log", "--format=%s", f"main..{MINE}").splitlines() == [
        "mood/r5: batch created by noor",
        "roster: dana added by noor",
    ]


def test_a_refusal_leaves_everything_as_it_was(assay, noor, bare):
    def untouched(*arguments, code=2, says=""):
        said = assay(*arguments)
        assert (said.code, says in said.err) == (code, True), said.err
        assert (branch(noor), git(noor, "branch", "--format=%(refname:short)")) == ("main", "main")

    untouched("annotator", "add", "ada", "--submit", says="ada is already in the roster")
    untouched("batch", "close", "mood", "r4", "--submit", code=1, says="stays open")
    untouched("fmt", "--submit", code=0, says="nothing new to send")
    untouched("migrate", "--submit", "batch", "mood", "r9", says="--submit goes after batch")
    (noor / "checks/project.yaml").write_bytes((noor / "checks/project.yaml").read_bytes() + b"# mine\n")
    untouched(
        "release", "add", "support", "--task", "mood", "--submit", says="project.yaml: changed here and not committed"
    )
    git(noor, "restore", ".")
    (noor / "guidelines/mood.md").write_bytes((noor / "guidelines/mood.md").read_bytes() + b"More.\n")
    untouched(*BATCH, says="`assay guideline propose TASK --submit`")
    git(noor, "restore", ".")
    git(noor, "config", "--unset", "user.email")
    git(noor, "config", "user.useConfigOnly", "true")
    git(noor, "config", "assay.nobody.annotator", "noor")
    untouched(*BATCH, says="git does not know who you are")
    known_as(noor, "noor")
    assert git(bare, "branch", "--format=%(refname:short)") == "main"


def test_errors_in_what_was_written_are_said_and_nothing_is_committed(assay, noor, bare):
    add = ("migrate", "add", "mood", "names", "--rename", "tone=bad:poor", "--reason", "x", "--submit")
    refused = assay(*add)
    assert (refused.code, "'poor' is not one of" in refused.err) == (1, True)
    assert "nothing was committed or sent, and the files are unchanged" in refused.err
    assert git(noor, "log", "--format=%s", "main..HEAD") == ""
    written = noor / "schemas/migrations/mood/0001-names.yaml"
    written.write_text(written.read_text().replace("poor", "good"))
    (noor / "README.md").write_text("mine")
    git(noor, "add", "README.md")
    mended = assay(*add)
    assert mended.code == 0, mended.err
    assert "not submitted, 1 other changed file: README.md" in mended.err
    assert sent(bare, "noor/migration-mood-names")[0] == ["schemas/migrations/mood/0001-names.yaml"]


def test_where_it_can_not_go_from_one_command_is_named(assay, noor, bare, tmp_path):
    git(noor, "switch", "-q", "-c", "ada/guideline-mood-0.3.0")
    theirs = assay(*BATCH)
    assert (theirs.code, "a branch of ada;" in theirs.err, "git switch main" in theirs.err) == (2, True, True)
    git(noor, "switch", "-q", "--detach", "main")
    loose = assay(*BATCH)
    assert (loose.code, f"git switch -c {MINE}; it keeps your changes" in loose.err) == (2, True)
    git(noor, "switch", "-q", "main")
    commit(noor, "by hand", {"notes.md": "by hand"})
    ahead = assay(*BATCH)
    assert (ahead.code, "main has 1 commit here that the remote branch lacks" in ahead.err) == (2, True)
    git(noor, "switch", "-q", "-c", MINE)
    assert assay(*BATCH).code == 0
    assert git(bare, "log", "--format=%s", f"main..{MINE}").splitlines() == [
        "mood/r5: batch created by noor",
        "by hand",
    ]
    lead_changes(bare, tmp_path, {"labels/annotators/ben.yaml": "role: reviewer\n"})
    git(noor, "switch", "-q", "-C", "main", "origin/main")
    (noor / "labels/annotators/ben.yaml").write_text("role: lead\n")
    way = assay("annotator", "add", "dana", "--submit")
    assert (way.code, "ben.yaml: changed here and not committed, and different on" in way.err) == (2, True), way.err


def test_a_name_that_somebody_else_has_on_the_remote_is_left_to_them(noor, bare, tmp_path):
    other = clone(bare, tmp_path / "other", "noor")
    git(other, "switch", "-q", "-c", MINE)
    commit(other, "another", {"another.md": "x"})
    program(
        tmp_path / "tools/git",
        f'#!/bin/sh\ncase "$*" in *"fetch --quiet --end-of-options origin"*) ;; *) exec {shutil.which("git")} "$@";; esac\n',
    )
    git(other, "push", "-q", "origin", MINE)
    unseen = typed(noor, "assay", *BATCH, tools=tmp_path / "tools")
    assert (unseen.returncode, f"this one is named {MINE}-2" in unseen.stderr) == (0, True), unseen.stderr
    assert sent(bare, f"{MINE}-2") == (PLAN, "mood/r5: batch created by noor")
    assert git(bare, "log", "-1", "--format=%s", MINE) == "another"
    assert git(noor, "branch", "--format=%(refname:short)").splitlines() == ["main", f"{MINE}-2"]


def test_what_another_clone_of_mine_sent_is_not_sent_again(assay, noor, bare, tmp_path, monkeypatch):
    close = ("batch", "close", "mood", "r4", "--anyway", "--submit")
    dana = ("annotator", "add", "dana", "--submit")
    again = ("return", "i1", "--batch", "r4", "--annotator", "ben", "--submit", "--why")
    for words in (BATCH, dana, close, (*again, "look")):
        assert assay(*words).code == 0
        if words is not BATCH:
            git(noor, "switch", "-q", "main")
    heads = git(bare, "for-each-ref", "refs/heads")
    monkeypatch.chdir(clone(bare, tmp_path / "laptop", "noor"))
    laptop = tmp_path / "laptop"
    git(laptop, "remote", "set-head", "origin", "-a")

    def as_before():
        assert (branch(laptop), git(laptop, "status", "--porcelain", "-uall")) == ("main", "")
        assert git(laptop, "branch", "--format=%(refname:short)") == "main"
        assert git(bare, "for-each-ref", "refs/heads") == heads
        assert not any((laptop / ".assay/sending").iterdir())
        assert not (laptop / "labels/mood/r5").exists()

    for words, where in (
        (BATCH, MINE),
        (dana, MINE),
        (close, "noor/close-mood-r4"),
        ((*again, "look"), "noor/return-i1"),
    ):
        said = assay(*words)
        assert (said.code, f"origin has it on branch {where}" in said.err) == (0, True), said.err
        assert f"origin has everything on branch {where} already" in said.err
        as_before()
    for words, where in (([*BATCH[:-2], "3", "--submit"], MINE), ((*again, "look again"), "noor/return-i1")):
        said = assay(*words)
        assert (said.code, f"origin has an unmerged branch {where} with a different" in said.err) == (2, True)
        assert f"git switch {where}, then run this again" in said.err
        as_before()
    squash_merge(bare, tmp_path, "noor/return-i1")
    heads = git(bare, "for-each-ref", "refs/heads")
    said = assay(*again, "look again")
    assert (said.code, branch(laptop)) == (0, "noor/return-i1-2"), "what has landed is in nobody's way"


def test_without_a_remote_it_is_committed_and_there_is_nowhere_to_send_it(assay, noor):
    git(noor, "remote", "remove", "origin")
    said = assay(*BATCH)
    assert (said.code, f"kept on branch {MINE} here; there is no remote" in said.err) == (0, True), said.err
    assert git(noor, "diff", "--name-only", "main..HEAD").splitlines() == PLAN


def test_answers_of_mine_are_handed_in_before_another_branch_is_taken(assay, noor, bare, tmp_path):
    lead_changes(bare, tmp_path, {"labels/mood/r4/assignments.jsonl": '{"item":"i1","annotators":["noor"]}\n'})
    assert assay("start", "mood", "r4").code == 0
    answer(noor, vote("i1"), path="labels/mood/r4/noor.jsonl")
    said = assay(*BATCH)
    assert (said.code, "`assay submit` hands them in" in said.err, branch(noor)) == (2, True, "noor/mood/r4-1")
    assert assay("submit").code == 0
    assert assay(*BATCH).code == 0
    assert sent(bare, MINE)[0] == PLAN


def test_a_change_of_the_guideline_and_the_batch_that_it_needs_go_on_one_branch(assay, noor, bare, tmp_path):
    (tmp_path / "new.md").write_text(GUIDELINE.replace("Read it.", "Read it twice."))
    said = ("--file", "../new.md", "--summary", "Twice.", "--affects", "tone=good")
    assert assay("guideline", "propose", "mood", *said, "--submit").code == 0
    drafted = assay("guideline", "impact", "mood", "--batch", "r6", "--annotators", "ada,ben", "--submit")
    assert (drafted.code, branch(noor)) == (0, "noor/guideline-mood-0.3.0"), drafted.err
    listed = git(bare, "log", "--format=%s", "--name-only", f"main..{branch(noor)}").split("\n\n")
    assert listed[0].startswith("mood/r6: batch drafted of what the guideline makes outdated by noor")
    assert git(bare, "diff", "--name-only", f"main...{branch(noor)}").splitlines() == [
        "guidelines/mood.md",
        "labels/mood/r6/assignments.jsonl",
        "labels/mood/r6/batch.yaml",
    ]
