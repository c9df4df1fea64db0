"""The annotator's day, whole: from an empty project to a closed round and a release, over a real bare remote."""

import json
import os
import signal
import subprocess

import pytest

from pages import Client
from pipelines import environment, here, repro, run

TEXTS = ("The battery died.", "أين طلبي؟", "Love it 😀", "Refund me!", "It works.", "नमस्ते", "No sound.", "Nice.")


class Person:
    """Somebody's own clone. An annotator types assay commands and nothing else."""

    def __init__(self, clone, who):
        self.clone = clone
        self.who = who

    def assay(self, *arguments, code=0):
        ran = here(self.clone, *arguments)
        assert ran.code == code, ran.said
        return ran.said

    def label(self, task, batch, answer):
        """Answers every open item over the page's HTTP interface: what was put, by item."""
        errors = self.clone.parent / f"{self.who}.err"
        with (
            errors.open("w") as said,
            subprocess.Popen(
                ["assay", "annotate", task, batch, "--no-browser"],
                cwd=self.clone,
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            ) as server,
        ):
            address = server.stdout.readline().strip()
            assert address, errors.read_text()
            page = Client(self.clone, server.pid, address, errors).enter()
            given = {}
            for n, state in enumerate(page.get("/progress").json["states"]):
                if state == ".":
                    item = page.get(f"/items/{n}").json
                    given[item["item"]] = label = answer(item)
                    reply = page.put(n, {"label": label, "tag": item["tag"], "seconds": 4})
                    assert reply.status == 200, reply.body
            page.link.close()
            os.kill(server.pid, signal.SIGINT)
            assert server.wait() == 0, errors.read_text()
        return given


@pytest.fixture
def origin(tmp_path):
    bare = tmp_path / "origin.git"
    assert run(tmp_path, "git", "init", "-q", "--bare", "-b", "main", str(bare)).code == 0
    return bare


@pytest.fixture
def clone(tmp_path, origin):
    """A person with a clone; the clone knows their e-mail from `assay whoami --set` alone."""

    def _clone(who):
        folder = tmp_path / who
        assert run(tmp_path, "git", "clone", "-q", str(origin), str(folder)).code == 0
        person = Person(folder, who)
        person.assay("whoami", "--set", who)
        return person

    return _clone


@pytest.fixture
def lead(tmp_path, origin):
    """The lead's clone, with a task, eight items and two annotators, pushed."""
    folder = tmp_path / "lead"
    assert run(tmp_path, "assay", "init", "lead").code == 0
    person = Person(folder, "noor")
    person.assay("task", "add", "mood")
    (folder / "schemas/mood.yaml").write_text(
        "type: object\nadditionalProperties: false\nrequired: [tone]\nproperties:\n  tone: {enum: [good, bad, other]}\n"
        "x-item: {type: object, required: [text], properties: {text: {type: string}}}\n"
    )
    (folder / "checks/mood.yaml").write_text(
        "consensus: {method: majority}\nrules:\n  schema: {errors_at_most: 0}\n"
        "  agreement:\n    tone: {at_least: 0.6, test: value, min_units: 4}\n  coverage: {of_assigned: 1.0}\n"
    )
    rows = "".join(f"{json.dumps({'id': f't{n}', 'text': text})}\n" for n, text in enumerate(TEXTS))
    (tmp_path / "texts.jsonl").write_text(rows, encoding="utf-8")
    person.assay("import", "items", str(tmp_path / "texts.jsonl"), "--pool", "mood")
    person.assay("annotator", "add", "noor", "--role", "lead")
    for who in ("ada", "ben"):
        person.assay("annotator", "add", who)
    person.assay("release", "add", "mood", "--task", "mood")
    hand_out(person, "r1", "t0|t1|t2|t3")
    assert run(folder, "git", "branch", "-M", "main").code == 0
    assert run(folder, "git", "remote", "add", "origin", str(origin)).code == 0
    assert run(folder, "git", "push", "-q", "-u", "origin", "main").code == 0
    assert run(folder, "git", "remote", "set-head", "origin", "main").code == 0
    return person


def hand_out(lead, batch, items):
    lead.assay("batch", "create", "mood", batch, "--where", f"id={items}", "--annotators", "ada,ben")
    keep(lead, f"round {batch}")


def keep(lead, message):
    assert run(lead.clone, "git", "add", "-A").code == 0
    assert run(lead.clone, "git", "commit", "-q", "-m", message).code == 0


def merge(lead, branch, *, squash):
    """What the forge's button does to the default branch."""
    folder = lead.clone
    assert run(folder, "git", "fetch", "-q", "origin").code == 0
    assert run(folder, "git", "merge", "-q", *(["--squash"] if squash else ["--no-edit"]), f"origin/{branch}").code == 0
    if squash:
        assert run(folder, "git", "commit", "-q", "-m", branch).code == 0
    assert run(folder, "git", "push", "-q", "origin", "main").code == 0
    assert run(folder, "git", "push", "-q", "origin", "--delete", branch).code == 0


def by_text(item):
    text = next(part["value"] for part in item["parts"] if part["key"] == "text")
    return {"tone": "good" if text in {"Love it 😀", "It works.", "Nice.", "नमस्ते"} else "bad"}


def test_two_rounds_from_an_empty_project_to_a_release_with_no_git_typed_by_an_annotator(lead, clone):
    people = [clone("ada"), clone("ben")]
    for squash, person in zip((True, False), people, strict=True):
        assert "r1" in person.assay("todo")
        person.assay("start", "mood")
        given = person.label("mood", "r1", by_text)
        assert sorted(given) == ["t0", "t1", "t2", "t3"]
        person.assay("check")
        said = person.assay("submit")
        assert f"{person.who}/mood/r1-1" in said
        merge(lead, f"{person.who}/mood/r1-1", squash=squash)
    lead.assay("batch", "close", "mood", "r1")
    keep(lead, "r1 is complete")
    hand_out(lead, "r2", "t4|t5|t6|t7")
    assert run(lead.clone, "git", "push", "-q", "origin", "main").code == 0

    for person in people:
        person.assay("start", "mood", "r2")
        assert len(person.label("mood", "r2", by_text)) == 4
        person.assay("submit")
        merge(lead, f"{person.who}/mood/r2-1", squash=True)
    lead.assay("batch", "close", "mood", "r2")
    keep(lead, "r2 is complete")

    assert repro(lead.clone).code == 0
    lead.assay("release", "verify", "mood")
    released = (file.read_text("utf-8") for file in (lead.clone / "release/mood").rglob("*.jsonl"))
    assert sum(text.count("\n") for text in released) == len(TEXTS)
    assert "ada" in lead.assay("team", "mood")
    assert "nothing" in people[0].assay("todo").lower()
