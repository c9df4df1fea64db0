import fcntl
import subprocess

import pytest

from pipelines import run

GOOD, BAD = {"label": {"tone": "good"}}, {"label": {"tone": "bad"}}
OWN = "labels/mood/r4/ben.jsonl"


def line(item, tone):
    return f'{{"item":"{item}","label":{{"tone":"{tone}"}}}}\n'


@pytest.fixture
def git(tmp_path):
    """A repository around the project of the test: runs git in it."""
    assert run(tmp_path, "git", "init", "-q", "-b", "main").code == 0

    def _git(*arguments, folder=tmp_path):
        ran = run(folder, "git", *arguments)
        assert ran.code == 0, ran.said
        return ran.said

    return _git


def test_of_two_clients_on_one_item_the_second_is_shown_what_the_first_saved(page, start, records):
    one = page()
    other = start(one.root, "mood", "r4", "--as", "ben").enter()
    n = one.place("i3")
    assert one.get(f"/items/{n}").json["tag"] == other.get(f"/items/{n}").json["tag"] == ""
    saved = one.put(n, GOOD).json
    reply = other.put(n, BAD)
    assert reply.status == 409
    assert reply.json == {"conflict": "record", "tag": saved["tag"], "record": saved["record"]}
    assert records()["i3"]["label"] == {"tone": "good"}
    assert other.put(n, {**BAD, "tag": saved["tag"]}).status == 200
    assert one.put(n, {**GOOD, "tag": saved["tag"]}).status == 409


def test_lines_that_an_editor_adds_meanwhile_are_kept(page, records):
    client = page()
    client.put(client.place("i3"), GOOD)
    file = client.root / OWN
    file.write_text(line("i1", "bad") + file.read_text() + line("i5", "bad"))
    assert client.put(client.place("i2"), GOOD).status == 200
    assert {item: record["label"]["tone"] for item, record in records().items()} == {
        "i1": "bad",
        "i2": "good",
        "i3": "good",
        "i5": "bad",
    }
    assert client.get("/progress").json["done"] == 4


def test_a_line_that_an_editor_changes_in_place_is_a_conflict_and_stays(page, records):
    client = page()
    n = client.place("i1")
    tag = client.put(n, GOOD).json["tag"]
    file = client.root / OWN
    with file.open("r+") as opened:
        text = opened.read().replace("good", "evil").replace("evil", "bad")
        opened.seek(0)
        opened.write(text)
        opened.truncate()
    reply = client.put(n, {"label": {"tone": "good", "score": 1}, "tag": tag})
    assert reply.status == 409
    assert reply.json["record"]["label"] == records()["i1"]["label"] == {"tone": "bad"}
    assert client.get(f"/items/{n}").json["tag"] == reply.json["tag"]


def test_a_file_that_was_removed_is_a_conflict_for_what_was_in_it(page):
    client = page()
    tag = client.put(0, GOOD).json["tag"]
    (client.root / OWN).unlink()
    reply = client.put(0, {**BAD, "tag": tag})
    assert (reply.status, reply.json["record"], reply.json["tag"]) == (409, None, "")


@pytest.mark.parametrize("broken", [b"{\n", b"\xff\n", b"<<<<<<< ours\n", line("i1", "good").encode() * 2])
def test_a_broken_file_is_told_with_its_place_and_not_touched(page, broken):
    client = page()
    tag = client.put(client.place("i1"), GOOD).json["tag"]
    file = client.root / OWN
    file.write_bytes(broken)
    for method in ("PUT", "DELETE"):
        reply = client.ask(method, "/items/0/answer", {"tag": tag, **(GOOD if method == "PUT" else {})})
        assert reply.status == 423
        assert OWN in reply.json["fault"]
        assert "assay check" in reply.json["fix"]
    assert [client.get(path).status for path in ("/progress", "/items/0", "/label")] == [423, 423, 200]
    assert file.read_bytes() == broken
    file.write_text(line("i1", "good"))
    assert client.get("/progress").json["done"] == 1


def test_a_symbolic_link_in_the_place_of_the_file_is_not_followed(page, tmp_path):
    client = page()
    target = tmp_path / "elsewhere"
    target.write_text(line("i1", "good"))
    (client.root / OWN).symlink_to(target)
    assert client.put(0, BAD).status == 423
    assert target.read_text() == line("i1", "good")


def test_on_another_branch_nothing_is_saved_until_that_is_accepted(git, page, records):
    client = page()
    git("add", "-A")
    git("commit", "-qm", "project")
    tag = client.put(0, GOOD).json["tag"]
    git("checkout", "-q", "-b", "other")
    reply = client.put(1, GOOD)
    assert (reply.status, reply.json) == (409, {"conflict": "branch", "branch": "other", "was": "main"})
    assert client.ask("DELETE", "/items/0/answer", {"tag": tag}).json["conflict"] == "branch"
    assert client.ask("POST", "/branch", {"branch": "main"}).status == 409
    assert len(records()) == 1
    assert client.ask("POST", "/branch", {"branch": "other"}).status == 204
    assert client.put(1, GOOD).status == 200
    git("checkout", "-q", "--detach")
    assert client.put(2, GOOD).json["branch"].startswith("detached at ")


def test_on_an_accepted_branch_the_answers_of_the_other_one_are_not_missed(git, page, records):
    client = page()
    git("add", "-A")
    git("commit", "-qm", "project")
    git("branch", "other")
    client.put(0, GOOD)
    git("add", "-A")
    git("commit", "-qm", "one answer")
    git("checkout", "-q", "other")
    assert client.ask("POST", "/branch", {"branch": "other"}).status == 204
    assert client.put(1, GOOD).status == 200
    assert len(records()) == 1


def test_on_the_default_branch_a_branch_of_ones_own_is_advised(git, page):
    git("commit", "-q", "--allow-empty", "-m", "one")
    assert "`assay start mood r4`" in page().errors.read_text()
    git("checkout", "-q", "-b", "ben/mood/r4-1")
    assert "assay start" not in page().errors.read_text()


def test_a_linked_work_tree_has_a_branch_of_its_own(git, page, start, tmp_path):
    page()
    git("add", "-A")
    git("commit", "-qm", "project")
    linked = tmp_path / "linked"
    git("worktree", "add", "-q", "-b", "side", str(linked))
    client = start(linked, "mood", "r4", "--as", "ben").enter()
    assert client.put(0, GOOD).status == 200
    git("checkout", "-q", "-b", "third", folder=linked)
    assert client.put(1, GOOD).json == {"conflict": "branch", "branch": "third", "was": "side"}


def test_a_changed_schema_stops_the_saving_and_says_what_to_do(page):
    client = page()
    schema = client.root / "schemas/mood.yaml"
    schema.write_text(schema.read_text().replace("[good, bad]", "[good, bad, mixed]"))
    reply = client.put(0, GOOD)
    assert reply.status == 423
    assert "has changed" in reply.json["fault"]
    assert "assay annotate mood r4" in reply.json["fix"]


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("labels/mood/r4/batch.yaml", "status: open", "status: closed", "has been closed"),
        ("labels/mood/r4/batch.yaml", None, None, "is missing"),
        (
            "labels/mood/r4/assignments.jsonl",
            '"i1","annotators":["ada","ben"',
            '"i1","annotators":["ada"',
            "'i1' is no longer assigned",
        ),
        ("labels/annotators/ben.yaml", None, None, "ben is no longer in the roster"),
        ("labels/items/texts/one.jsonl", "naïve", "native", "'i1' has changed"),
    ],
)
def test_a_batch_that_does_not_ask_for_the_item_as_shown_any_more_takes_no_answer(page, path, old, new, said):
    client = page()
    n, file = client.place("i1"), client.root / path
    before = file.read_text(encoding="utf-8")
    if old:
        assert old in before
        file.write_text(before.replace(old, new), encoding="utf-8")
    else:
        file.unlink()
    for reply in (client.put(n, GOOD), client.ask("DELETE", f"/items/{n}/answer", {"tag": ""})):
        assert reply.status == 423
        assert said in reply.json["fault"]
        assert reply.json["fix"]
    assert not (client.root / OWN).exists()
    file.write_text(before, encoding="utf-8")
    assert client.put(n, GOOD).status == 200


def test_what_is_added_to_the_pool_and_the_plan_meanwhile_stops_nothing(page):
    client = page()
    with (client.root / "labels/items/texts/two.jsonl").open("a") as pool:
        pool.write('{"id":"i6","data":{"text":"sixth"}}\n')
    with (client.root / "labels/mood/r4/assignments.jsonl").open("a") as plan:
        plan.write('{"item":"i6","annotators":["ben"]}\n')
    assert client.put(0, GOOD).status == 200


def test_answers_that_left_the_file_are_missed_before_the_next_one_is_saved(git, page, records):
    client = page()
    git("add", "-A")
    git("commit", "-qm", "project")
    first = client.put(0, GOOD).json
    git("add", "-A")
    git("commit", "-qm", "one answer")
    client.put(1, GOOD)
    git("stash", "-q")
    before = records()
    reply = client.put(2, GOOD)
    assert reply.status == 423
    assert "1 of the answers saved here" in reply.json["fault"]
    assert "git stash pop" in reply.json["fix"]
    assert records() == before
    git("stash", "pop", "-q")
    assert client.put(2, GOOD).status == 200
    assert client.ask("DELETE", "/items/0/answer", {"tag": first["tag"]}).status == 200
    assert client.put(3, GOOD).json["progress"]["done"] == 3


def test_a_folder_in_the_place_of_the_file_is_told_by_its_name(page):
    client = page()
    (client.root / OWN).mkdir()
    for reply in (client.get("/progress"), client.get("/items/0"), client.put(0, GOOD)):
        assert reply.status == 423
        assert reply.json["fault"].startswith(f"{OWN}: ")
    assert client.get("/label").status == 200


def test_a_save_waits_for_another_command_that_writes_and_gives_up_in_words(page):
    client = page()
    with (client.root / ".assay/lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        reply = client.put(0, GOOD)
    assert reply.status == 423
    assert "writing" in reply.json["fault"]
    assert client.put(0, GOOD).status == 200


def test_a_folder_that_may_not_be_written_is_told_and_the_page_lives_on(page):
    client = page()
    folder = client.root / "labels/mood/r4"
    subprocess.run(["mv", folder, f"{folder}-away"], check=True)
    folder.write_text("a file in its place")
    reply = client.put(0, GOOD)
    assert reply.status == 423
    assert reply.json["fix"]
    folder.unlink()
    subprocess.run(["mv", f"{folder}-away", folder], check=True)
    assert client.put(0, GOOD).status == 200


def test_what_a_killed_server_left_half_written_is_removed(page):
    leftover = "labels/mood/r4/.ben.jsonl.tmp4711"
    other = "labels/mood/r4/.ada.jsonl.tmp4711"
    client = page({leftover: '{"item":"i1"', other: "ada's own matter"})
    assert not (client.root / leftover).exists()
    assert (client.root / other).exists()
