"""The walk-through of `docs/guidelines.md`: its commands, run one by one in the clones of the people it names."""

import json
import re
import shutil
from pathlib import Path

import pytest

from assay.reviewer.event import ForgeEvidence, Push, ReviewRequest
from assay.reviewer.pull_request import review_pull_request
from pipelines import ALONE, REPOSITORY, environment, in_process, in_shell

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed"),
]

PAGE = REPOSITORY / "docs/guidelines.md"
PART = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$|^<!-- (?P<event>.*?) -->$", re.DOTALL | re.MULTILINE)
REQUEST = re.compile(r"pull request of (?P<who>\w+): (?P<outcome>ok|needs approval|refused)(?P<merged>, and merged)?")
PARTING = "### With the forge's review"
EXIT = re.compile(r"\s+# exit (\d+)$")
TASK = {
    "schemas/mood.yaml": """\
type: object
additionalProperties: false
required: [tone]
x-item: {type: object, required: [text], properties: {text: {type: string}}}
properties:
  tone: {enum: [good, bad, mixed]}
""",
    "guidelines/mood.md": """\
---
task: mood
version: 1.0.0
owners: [noor]
changes:
  - version: 1.0.0
    date: 2026-01-05
    summary: first version
    affects: [all]
---

# Mood

## tone

### good

A message without praise is not good.

```example
text: Love it.
label: {tone: good}
why: Praise, and nothing else.
```

### bad

```example
text: It broke.
label: {tone: bad}
why: A complaint.
```

### mixed

```example
text: Nice, but slow.
label: {tone: mixed}
why: Both.
```
""",
    "checks/mood.yaml": (
        "consensus: {method: majority}\nrules:\n  schema: {errors_at_most: 0}\n  guideline: {}\n  examples: {}\n"
        "  outdated: {at_most: 0.0}\n  approved: {}\n"
    ),
    "labels/annotators/ada.yaml": "role: annotator\nhandle: ada-x\nemails: [ada@example.org]\n",
    "labels/annotators/chen.yaml": "role: reviewer\nhandle: chen-x\nemails: [chen@example.org]\n",
    "labels/annotators/noor.yaml": "role: lead\nhandle: noor-x\nemails: [noor@example.org]\n",
    "labels/mood/r1/batch.yaml": "purpose: label\nstatus: closed\ncreated: 2026-01-07\nguideline: 1.0.0\nannotators: [ada, chen]\n",
}
TONES = {
    "ada": ("good", "good", "good", "good", "bad", "bad", "bad", "mixed", "mixed", "mixed"),
    "chen": ("good", "good", "good", "bad", "bad", "bad", "bad", "mixed", "mixed", "bad"),
}


class World:
    """People with a clone and a home each, around a bare remote."""

    def __init__(self, place, way=""):
        self.place = place
        self.way = way

    def clone(self, who):
        return self.place / who

    def run(self, who, command, code=0):
        named = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", who), ("EMAIL", f"{who}@example.org"))
        }
        home = self.place / "homes" / who
        home.mkdir(parents=True, exist_ok=True)
        inherited = {name: value for name, value in environment().items() if name not in {"XDG_CONFIG_HOME", "VISUAL"}}
        surroundings = {**inherited, **named, "HOME": str(home)}
        alone = ALONE.match(command)
        ran = (in_process if alone else in_shell)(self.clone(who), surroundings, command)
        assert (ran.code != 0) == (code != 0), f"{who}: {command}\n{ran.said}"
        if alone:
            assert ran.code == code, f"{who}: {command}\n{ran.said}"
        return ran.said

    def write(self, who, files):
        for name, text in files.items():
            path = self.clone(who) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def follow(self, text):
        """Runs the page's parts in order; what a `text` block shows must have been said by the block before it."""
        said = None
        for part in PART.finditer(text):
            kind, who, way = (*(part["info"] or "").split(), "", "", "")[:3]
            if part["event"]:
                self.happens(part["event"])
            elif kind == "sh" and who and way in {"", self.way}:
                said = "".join(self.typed(who, line) for line in part["text"].splitlines())
            elif kind == "sh":
                said = None
            elif kind == "text" and said is not None:
                assert not [line for line in part["text"].splitlines() if line not in said], said

    def happens(self, event):
        """What nobody types: somebody answers or reviews, or a pull request is judged and perhaps merged."""
        if said := REQUEST.fullmatch(event):
            assert self.judged(said["who"]) == said["outcome"], event
            if said["merged"]:
                head = self.run(said["who"], "git rev-parse HEAD").strip()
                self.run("noor", f"git fetch -q {self.clone(said['who'])} {head} && git switch -q main")
                self.run("noor", f"git merge -q --no-ff --no-edit {head} && git push -q origin main")
        else:
            only, _, event = event.rpartition(": ")
            if only in {"", self.way}:
                EVENTS[event](self)

    def judged(self, who):
        """What a review says of the branch that somebody has checked out and pushed."""
        self.run(who, "git fetch -q")
        head = self.run(who, "git rev-parse HEAD").strip()
        forge = ForgeEvidence(pushes=(Push(before="", after=head, actor=f"{who}-x"),))
        seen = review_pull_request(
            self.clone(who), ReviewRequest(base="origin/main", head=head, forge=forge, now="2026-12-01T00:00:00Z")
        )
        return str(seen.verdict.outcome)

    def typed(self, who, line):
        stated = EXIT.search(line)
        said = self.run(who, EXIT.sub("", line), int(stated[1]) if stated else 0)
        if line == "assay guideline impact mood":
            self.hold_impact(who)
        if line.startswith("dvc repro"):
            assert (self.clone(who) / "release/mood").exists() == (stated is None)
        return said

    def hold_impact(self, who):
        """The impact is what counting the files line by line gives."""
        told = json.loads(self.run(who, "assay guideline impact mood --format json"))
        votes = {one: records(self.clone(who) / f"labels/mood/r1/{one}.jsonl") for one in TONES}
        good = {one: [vote for vote in own if vote["label"]["tone"] == "good"] for one, own in votes.items()}
        seconds = sorted(vote["seconds"] for own in votes.values() for vote in own)
        number = sum(map(len, good.values()))
        assert told["annotations"]["annotations"] == number
        assert {one: part["annotations"] for one, part in told["annotators"].items()} == {
            one: len(own) for one, own in good.items()
        }
        touched = {vote["item"] for own in good.values() for vote in own}
        redone = sum(vote["item"] in touched for own in votes.values() for vote in own)
        assert told["redo"]["annotations"] == redone
        median = (seconds[len(seconds) // 2 - 1] + seconds[len(seconds) // 2]) / 2
        assert told["redo"]["seconds"] == median
        assert told["redo"]["hours"] == pytest.approx(redone * median / 3600)


def records(path: Path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def votes_of(who, version, items):
    """A file of votes."""
    lines = [
        {"item": f"m{n}", "label": {"tone": TONES[who][n]}, "guideline": version, "seconds": 30 + n}
        for n in sorted(items)
    ]
    return "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines)


def answer(world):
    """ada and chen answer what the drafted batch asks of each, each in a clone of their own."""
    for who in TONES:
        plan = records(world.clone(who) / "labels/mood/again/assignments.jsonl")
        asked = [int(line["item"][1:]) for line in plan if who in line["annotators"]]
        world.write(who, {f"labels/mood/again/{who}.jsonl": votes_of(who, "1.1.0", asked)})
        world.run(who, "assay check")


def review_by(who):
    def review(world):
        head = world.run("noor", "git rev-parse HEAD").strip()
        given = {
            "user": {"login": f"{who}-x", "type": "User"},
            "state": "APPROVED",
            "commit_id": head,
            "submitted_at": "2026-03-02T10:00:00Z",
        }
        world.write("noor", {"reviews.json": json.dumps([given])})

    return review


EVENTS = {
    "they answer": answer,
    "chen reviews": review_by("chen"),
    "noor reviews": review_by("noor"),
}


def begin(world):
    """Version 1.0.0, labelled and approved by chen; everybody has a clone."""
    seed, bare = world.clone("noor"), world.place / "origin.git"
    seed.mkdir(parents=True)
    world.run("noor", f"git init -q --bare -b main {bare}")
    world.run("noor", "assay init .")
    world.run("noor", "git branch -M main")
    world.run("noor", "assay task add mood")
    world.run("noor", "assay release add mood --task mood")
    world.write("noor", TASK)
    items = "".join(f'{{"id":"m{n}","data":{{"text":"message {n}"}}}}\n' for n in range(10))
    plan = "".join(f'{{"item":"m{n}","annotators":["ada","chen"]}}\n' for n in range(10))
    votes = {f"labels/mood/r1/{who}.jsonl": votes_of(who, "1.0.0", range(10)) for who in TONES}
    world.write("noor", {"labels/items/mood/one.jsonl": items, "labels/mood/r1/assignments.jsonl": plan, **votes})
    keys = world.run("noor", f"assay guideline keygen --as noor 2> {world.place}/said")
    world.run(
        "noor", f"git add -A && git commit -q -m first && git remote add origin {bare} && git push -q -u origin main"
    )
    world.run("noor", f"git clone -q {bare} {world.clone('chen')} && git remote set-head origin main")
    world.run("noor", f"git clone -q {bare} {world.clone('ada')}")
    keys += world.run("chen", f"assay guideline keygen 2> {world.place}/said")
    world.write("noor", {"guidelines/allowed_signers": keys})
    world.run("noor", "git commit -q -a -m signers && git push -q")
    world.run("chen", "git pull -q")
    world.run("chen", "assay guideline approve mood")
    world.run("chen", "git add -A && git commit -q -m approved && git push -q")
    world.run("noor", "git pull -q")


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """The walk up to where its two ways part: the release is held."""
    world = World(tmp_path_factory.mktemp("walk"))
    begin(world)
    world.follow(PAGE.read_text(encoding="utf-8").partition(PARTING)[0])
    return world


@pytest.mark.parametrize("way", ["forge", "signed"])
def test_the_walk_from_a_proposal_to_the_release_is_as_the_page_says(held, tmp_path, way):
    world = World(tmp_path / "walk", way)
    shutil.copytree(held.place, world.place, symlinks=True)
    for who in ("noor", "chen", "ada"):
        world.run(who, f"git remote set-url origin {world.place}/origin.git")
    world.follow(PAGE.read_text(encoding="utf-8").partition(PARTING)[2])
    released = (world.clone("noor") / "release/mood").rglob("*.jsonl")
    assert (
        sum(path.read_text(encoding="utf-8").count("\n") for path in released) == 8
    )  # two items tie on the field, and are left out
