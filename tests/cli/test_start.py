"""`assay start`: a clean branch for a batch, with real git and a bare remote."""

import shutil

import pytest

from clones import PART, TEAM, answer, branch, clone, commit, git, lead_changes, shared_project, squash_merge, vote
from projects import FILES


def answers(folder, reference, path=PART):
    return git(folder, "show", f"{reference}:{path}").splitlines()


def test_a_fresh_branch_begins_at_the_newest_default_branch_and_follows_nothing(assay, ada, bare, tmp_path):
    lead_changes(bare, tmp_path, {"news.txt": "new"})
    said = assay("start", "mood")
    assert said.code == 0, said.err
    assert said.out == ("mood/r4: new branch ada/mood/r4-1, from origin/main\nnext: assay annotate mood r4\n")
    assert (branch(ada), (ada / "news.txt").read_text()) == ("ada/mood/r4-1", "new")
    assert not git(ada, "for-each-ref", "--format=%(upstream)", "refs/heads/ada")


@pytest.mark.parametrize("name", ["master", "trunk", "development"])
def test_the_default_branch_may_have_any_name(assay, tmp_path, monkeypatch, name):
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = clone(shared_project(tmp_path, name), tmp_path / "ada", "ada")
    monkeypatch.chdir(folder)
    assert f"from origin/{name}" in assay("start", "mood", "r4").out


def test_started_twice_it_stays_where_it_is(assay, ada):
    assay("start", "mood", "r4")
    answer(ada, vote("i1"))
    said = assay("start", "mood", "r4")
    assert (said.code, branch(ada)) == (0, "ada/mood/r4-1")
    assert "already on branch ada/mood/r4-1\nsome of your answers are not submitted yet" in said.out


def test_a_branch_that_was_made_and_not_used_moves_on_with_the_default_branch(assay, ada, bare, tmp_path):
    assay("start", "mood")
    git(ada, "switch", "-q", "main")
    lead_changes(bare, tmp_path, {"news.txt": "new"})
    assert "back on branch ada/mood/r4-1" in assay("start", "mood").out
    assert (ada / "news.txt").exists()


def test_it_goes_back_to_the_branch_whose_answers_are_not_merged(assay, ada):
    assay("start", "mood")
    answer(ada, vote("i1"))
    assert assay("submit").code == 0
    git(ada, "switch", "-q", "main")
    said = assay("start", "mood")
    assert "back on branch ada/mood/r4-1: it has answers of yours that are not merged yet" in said.out
    assert (ada / PART).read_text() == f"{vote('i1')}\n"


def test_fresh_makes_a_new_branch_all_the_same(assay, ada):
    assay("start", "mood")
    answer(ada, vote("i1"))
    assay("submit")
    assert "new branch ada/mood/r4-2" in assay("start", "mood", "--fresh").out
    assert not (ada / PART).exists()


def test_after_a_squash_merge_the_next_start_begins_clean(assay, ada, bare, tmp_path):
    assay("start", "mood")
    answer(ada, vote("i1"))
    assay("submit")
    squash_merge(bare, tmp_path, "ada/mood/r4-1")
    assert "new branch ada/mood/r4-2" in assay("start", "mood").out
    assert answers(ada, "HEAD") == [vote("i1")]


def test_merged_answers_that_were_corrected_since_count_as_merged(assay, ada, bare, tmp_path):
    assay("start", "mood")
    answer(ada, vote("i1"))
    assay("submit")
    squash_merge(bare, tmp_path, "ada/mood/r4-1")
    lead_changes(bare, tmp_path, {PART: f"{vote('i1', 'bad')}\n"})
    assert "new branch ada/mood/r4-2" in assay("start", "mood").out


def test_a_branch_that_takes_an_answer_back_is_not_merged_by_what_it_keeps(assay, ada, bare, tmp_path):
    assay("start", "mood")
    answer(ada, vote("i1"), vote("i2"))
    assay("submit")
    squash_merge(bare, tmp_path, "ada/mood/r4-1")
    assay("start", "mood")
    answer(ada, vote("i1"))
    assay("submit")
    here = branch(ada)
    git(ada, "switch", "-q", "main")
    assay("start", "mood")
    assert (branch(ada), answers(ada, "HEAD")) == (here, [vote("i1")])


def test_a_branch_that_is_only_on_the_remote_is_fetched(assay, ada, bare, tmp_path, monkeypatch):
    assay("start", "mood")
    answer(ada, vote("i1"))
    assay("submit")
    second = clone(bare, tmp_path / "laptop", "ada")
    monkeypatch.chdir(second)
    assert "branch ada/mood/r4-1 fetched" in assay("start", "mood").out
    assert (second / PART).read_text() == f"{vote('i1')}\n"


def test_a_number_taken_on_the_remote_is_not_taken_again(assay, ada):
    git(ada, "push", "-q", "origin", "main:refs/heads/ada/mood/r4-1")
    assert "new branch ada/mood/r4-2" in assay("start", "mood").out


def test_a_batch_whose_name_ends_like_a_number_has_branches_of_its_own(assay, ada, bare, tmp_path):
    batch = {
        name.replace("r4", "r4-1"): (ada / name).read_text()
        for name in ("labels/mood/r4/batch.yaml", "labels/mood/r4/assignments.jsonl")
    }
    lead_changes(bare, tmp_path, batch)
    assert "new branch ada/mood/r4-1," in assay("start", "mood", "r4").out
    assert "new branch ada/mood/r4-1-1," in assay("start", "mood", "r4-1").out
    git(ada, "switch", "-q", "main")
    listed = assay("start", "mood")
    assert listed.code == 2
    assert "several batches of mood are open for ada: r4, r4-1" in listed.err


def test_a_batch_without_a_plan_asks_nobody_not_even_whom_it_names(assay, ada, bare, tmp_path):
    lead_changes(bare, tmp_path, {"labels/mood/r5/batch.yaml": (ada / "labels/mood/r4/batch.yaml").read_text()})
    said = assay("start", "mood", "r5")
    assert (said.code, branch(ada)) == (2, "main")
    assert "nothing in mood/r5 is assigned to ada" in said.err
    assert "new branch ada/mood/r4-1," in assay("start", "mood").out


def test_answers_not_handed_in_are_neither_lost_nor_carried(assay, ada):
    answer(ada, vote("i1"))
    said = assay("start", "mood")
    assert (said.code, branch(ada)) == (2, "main")
    assert "unsubmitted answers of yours: mood/r4" in said.err
    assert "`assay submit` hands them in" in said.err


def test_other_changes_are_refused_and_unrelated_new_files_stay(assay, ada):
    (ada / "notes.txt").write_text("mine")
    assert assay("start", "mood").code == 0
    git(ada, "switch", "-q", "main")
    (ada / "guidelines/mood.md").write_text("changed")
    said = assay("start", "mood", "--fresh")
    assert (said.code, branch(ada)) == (2, "main")
    assert "guidelines/mood.md" in said.err
    assert ((ada / "notes.txt").read_text(), (ada / "guidelines/mood.md").read_text()) == ("mine", "changed")


def test_an_unreachable_remote_is_a_warning(assay, ada, bare):
    shutil.move(bare, bare.with_name("gone.git"))
    said = assay("start", "mood")
    assert (said.code, branch(ada)) == (0, "ada/mood/r4-1")
    assert said.err == (
        f"warning: origin ('{bare}' does not appear to be a git repository) could not be reached; "
        "using what was fetched last\n"
    )


def test_a_fetch_that_fails_in_this_clone_is_no_remote_out_of_reach(assay, ada, bare, tmp_path):
    lead_changes(bare, tmp_path, {"news.txt": "new"})
    (ada / ".git/refs/remotes/origin/main.lock").write_text("")
    said = assay("start", "mood")
    assert (said.code, branch(ada)) == (2, "main")
    assert "could not be reached" not in said.err


def test_offline_asks_no_remote(assay, ada, bare, tmp_path):
    lead_changes(bare, tmp_path, {"news.txt": "new"})
    said = assay("start", "mood", "--offline")
    assert (said.code, said.err, (ada / "news.txt").exists()) == (0, "", False)


def test_the_batch_is_judged_as_the_default_branch_has_it(assay, ada, bare, tmp_path):
    closed = (ada / "labels/mood/r4/batch.yaml").read_text().replace("open", "closed")
    lead_changes(bare, tmp_path, {"labels/mood/r4/batch.yaml": closed})
    said = assay("start", "mood", "r4")
    assert (said.code, branch(ada)) == (2, "main")
    assert "mood/r4 is closed" in said.err


def test_where_nothing_is_open_any_more_the_clone_comes_to_the_default_branch_unless_something_is_unsaved(
    assay, ada, bare, tmp_path
):
    assay("start", "mood")
    answer(ada, vote("i1"))
    assay("submit")
    squash_merge(bare, tmp_path, "ada/mood/r4-1")
    closed = (ada / "labels/mood/r4/batch.yaml").read_text().replace("open", "closed")
    lead_changes(bare, tmp_path, {"labels/mood/r4/batch.yaml": closed, "news.txt": "new"})

    (ada / "schemas/mood.yaml").write_text("edited")
    said = assay("start", "mood", "r4")
    assert (said.code, branch(ada)) == (2, "ada/mood/r4-1")
    assert "mood/r4 is closed; this clone stays on ada/mood/r4-1, as it is: changes here are not committed" in said.err
    git(ada, "restore", "schemas/mood.yaml")
    answer(ada, vote("i1"), vote("i2"))
    assert "stays on ada/mood/r4-1, as it is: unsubmitted answers of yours: mood/r4" in assay("start", "mood").err
    commit(ada, "kept here alone")
    assert "ada/mood/r4-1 has commits that no remote has" in assay("start", "mood").err
    assert branch(ada) == "ada/mood/r4-1"

    git(ada, "push", "-q", "origin", "HEAD")
    said = assay("start", "mood")
    assert (said.code, branch(ada), (ada / "news.txt").exists()) == (2, "main", True)
    assert "no open batch of mood has anything assigned to ada; this clone is on main now, as last fetched" in said.err
    assert "this clone" not in assay("start", "mood", "r4").err
    git(ada, "switch", "-q", "--detach", "HEAD~1")
    git(ada, "branch", "-q", "-D", "main")
    assert "is on main now" in assay("start", "mood", "r4").err
    assert git(ada, "rev-parse", "main") == git(ada, "rev-parse", "origin/main")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("mood", "r4", "--as", "noor"), "nothing in mood/r4 is assigned to noor"),
        (("mood", "--as", "noor"), "no open batch of mood has anything assigned to noor"),
        (("mood", "nosuch"), "there is no batch mood/nosuch"),
        (("mood", "../../x"), "there is no batch mood/../../x"),
        (("nosuch",), "there is no task 'nosuch'"),
        (("--upload-pack=x",), "No such option"),
    ],
)
def test_what_cannot_be_begun_is_said(assay, ada, arguments, told):
    said = assay("start", *arguments)
    assert (said.code, branch(ada)) == (2, "main")
    assert told in said.err


def test_a_detached_head_is_left_for_the_branch(assay, ada):
    git(ada, "switch", "-q", "--detach")
    assert "new branch ada/mood/r4-1, from origin/main" in assay("start", "mood").out


def test_without_a_remote_it_begins_at_the_local_default_branch(assay, ada):
    git(ada, "remote", "remove", "origin")
    git(ada, "switch", "-q", "-c", "elsewhere")
    assert "new branch ada/mood/r4-1, from main" in assay("start", "mood").out


def test_a_fork_begins_at_upstream_and_takes_its_default_branch(assay, bare, tmp_path, monkeypatch):
    fork = tmp_path / "fork.git"
    git(tmp_path, "clone", "-q", "--bare", str(bare), str(fork))
    lead_changes(bare, tmp_path, {"news.txt": "new"})
    folder = clone(fork, tmp_path / "ada", "ada")
    git(folder, "remote", "add", "upstream", str(bare))
    monkeypatch.chdir(folder)
    assert "from upstream/main" in assay("start", "mood").out
    assert (folder / "news.txt").exists()
    assert git(folder, "symbolic-ref", "refs/remotes/upstream/HEAD") == "refs/remotes/upstream/main"


def test_a_branch_in_the_way_of_the_name_is_said(assay, ada):
    git(ada, "branch", "ada")
    said = assay("start", "mood")
    assert said.code == 2
    assert "git branch -m ada ada-old" in said.err


def test_a_merge_left_half_done_is_said(assay, ada):
    (ada / ".git/MERGE_HEAD").write_text(f"{git(ada, 'rev-parse', 'HEAD')}\n")
    said = assay("start", "mood")
    assert said.code == 2
    assert "git is in the middle of a merge" in said.err


def shown(folder):
    files = {path.relative_to(folder).as_posix() for path in (folder / "labels/mood").rglob("*") if path.is_file()}
    return {name.removeprefix("labels/mood/") for name in files}


def test_blind_takes_others_answers_off_the_disk_and_the_day_goes_on(assay, ada):
    assert "blind: the votes of others" in assay("start", "mood", "--blind").out
    assert shown(ada) == {
        "r1/batch.yaml",
        "r1/assignments.jsonl",
        "r1/ada.jsonl",
        "r1/ada.returned.jsonl",
        "r1/ada.adjudicated.jsonl",
        "r2/batch.yaml",
        "r4/batch.yaml",
        "r4/assignments.jsonl",
    }
    answer(ada, vote("i1"))
    assert assay("check").out == "no findings\n"
    assert "1 of 5 done" in assay("todo").out
    assert assay("submit").code == 0
    assert answers(ada, "origin/ada/mood/r4-1") == [vote("i1")]
    assert answers(ada, "HEAD", "labels/mood/r4/ben.jsonl")
    assert "already on" in assay("start", "mood", "--no-blind").out
    assert {"gold/ada.jsonl", "r4/ben.jsonl", "r1/ben.jsonl"} <= shown(ada)


def test_blind_stays_until_it_is_ended(assay, ada):
    assay("start", "mood", "--blind")
    answer(ada, vote("i1"))
    assay("submit")
    assay("start", "mood", "--fresh")
    assert "r4/ben.jsonl" not in shown(ada)


def test_ones_own_answers_in_the_making_are_no_obstacle_and_any_other_change_is(assay, ada):
    assay("start", "mood")
    answer(ada, vote("i1"))
    assay("submit")
    answer(ada, vote("i1"), vote("i2"))
    other = ada / "labels/mood/r1/ben.jsonl"
    before = other.read_text()
    other.write_text(before.replace("good", "bad"))
    said = assay("start", "mood", "--blind")
    assert (said.code, "labels/mood/r1/ben.jsonl is changed and not committed" in said.err) == (2, True)
    other.write_text(before)
    assert assay("start", "mood", "--blind").code == 0
    assert "r4/ben.jsonl" not in shown(ada)
    assert (ada / "labels/mood/r4/ada.jsonl").read_text().splitlines() == [vote("i1"), vote("i2")]


def test_what_one_blind_task_hides_stays_hidden_where_another_one_begins(assay, ada, bare, tmp_path):
    own = {name: text for name, text in {**FILES, **TEAM}.items() if "mood" in name and "/r3/" not in name}
    tasks = FILES["checks/project.yaml"].replace("tasks: {", "tasks: {tone: {pool: texts}, ")
    second = {name.replace("mood", "tone"): text.replace("task: mood", "task: tone") for name, text in own.items()}
    lead_changes(bare, tmp_path, {**second, "checks/project.yaml": tasks})
    assert assay("start", "mood", "--blind").code == 0
    assert assay("start", "tone", "--blind").code == 0
    assert [(ada / f"labels/{task}/r4/ben.jsonl").exists() for task in ("mood", "tone")] == [False, False]


def test_a_blind_batch_shows_its_suggestions_and_one_that_qualifies_its_gold(assay, ada, bare, tmp_path):
    batch = (ada / "labels/mood/r4/batch.yaml").read_text().replace("purpose: label", "purpose: qualify")
    lead_changes(
        bare,
        tmp_path,
        {"labels/mood/r4/batch.yaml": f"{batch}prelabels: bot\n", "labels/mood/r4/bot.jsonl": vote("i1")},
    )
    assay("start", "mood", "--blind")
    assert {"r4/bot.jsonl", "gold/ada.jsonl", "gold/@crowd.jsonl"} <= shown(ada)
    assert "r1/bot.jsonl" not in shown(ada)


def test_a_project_in_a_folder_of_its_repository_can_be_blind(assay, bare, tmp_path, monkeypatch):
    folder = clone(bare, tmp_path / "mono", "ada")
    git(folder, "switch", "-q", "--orphan", "fresh")
    shutil.copytree(tmp_path / "seed", folder / "project", ignore=shutil.ignore_patterns(".git"))
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "in a folder")
    git(folder, "remote", "remove", "origin")
    git(folder, "branch", "-q", "-M", "main")
    monkeypatch.chdir(folder / "project")
    assert assay("start", "mood", "--blind").code == 0
    assert "r4/ben.jsonl" not in shown(folder / "project")
    answer(folder / "project", vote("i1"))
    assert "mood/r4: 1 new, 0 changed; 1 of 5 answered, 4 left" in assay("submit").out


def test_a_sparse_checkout_of_another_kind_is_not_touched(assay, ada):
    git(ada, "sparse-checkout", "set", "--no-cone", "/*", "!/.gitattributes")
    said = assay("start", "mood", "--blind")
    assert said.code == 2
    assert "a sparse checkout of its own" in said.err
    assert (ada / "labels/mood/r4/ben.jsonl").exists()
