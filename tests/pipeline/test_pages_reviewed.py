"""The pull requests that the pages make, each run through a review: it concludes as the page says."""

import json
import re
import shutil
from itertools import count
from pathlib import Path

import pytest

from assay.reviewer.event import ForgeEvidence, Push, ReviewRequest
from assay.reviewer.pull_request import review_pull_request
from clones import git
from pipelines import ALONE, REPOSITORY, environment, in_process, in_shell
from projects import write_files
from surroundings import without_git

pytestmark = pytest.mark.slow

PARTS = ("checks", "guidelines", "labels", "releases", "schemas", "dvc.yaml", ".dvc", ".gitignore", ".gitattributes")
PAGES = sorted(
    (*(path for path in (REPOSITORY / "docs").glob("*.md") if path.name != "guidelines.md"), REPOSITORY / "README.md")
)
PART = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$|^<!-- (?P<mark>.*?) -->$", re.DOTALL | re.MULTILINE)
SAID = re.compile(r"pull (?P<each>requests?) of (?P<who>\w+): (?P<outcome>ok|needs approval|refused)")
NO_REQUEST = {"nothing to review", "as in guidelines.md"}
TYPED = re.compile(r"(?:\$ )?(?P<command>(?:assay|sed|git) .*?)(?:\s{2,}.*)?")
WRITES = re.compile(
    r"assay (init|import|start|submit|return|fmt(?! --check)|upgrade --write|install|adjudicate|task|annotator|release (add|record)"
    r"|batch (?!list)|sheet in|migrate (?!--dry-run|$)|guideline (propose|approve|record|keygen|impact .*--batch))\b"
)
ELSEWHERE = re.compile(r"assay (init|guideline verify|install$|doctor)")
LABELLED = re.compile(r"assay batch (escalate|close) ")
HEADINGS = {"### `billing`": "### `money`", "### `refund`": ""}


def blocks(page):
    """The blocks of a page with commands, each with the marks before it and the one right after it."""
    parts = list(PART.finditer(page.read_text(encoding="utf-8")))
    for number, part in enumerate(parts):
        lines = [] if part["mark"] else [TYPED.fullmatch(line) for line in (part["text"] or "").splitlines()]
        commands = [line["command"] for line in lines if line]
        if part["info"] is not None and commands and not part["info"].startswith(("text", "yaml", "python", "json")):
            before = parts[number - 1]["mark"] if number else None
            after = parts[number + 1]["mark"] if number + 1 < len(parts) else None
            yield commands, before or "", after or ""


class World:
    """The reference project on a bare remote, and one clone in which everybody works in turn."""

    def __init__(self, place):
        self.numbers = count()
        self.bare, self.clone, seed = place / "origin.git", place / "clone", place / "seed"
        for part in PARTS:
            source = REPOSITORY / part
            if source.is_dir():
                shutil.copytree(source, seed / part, ignore=shutil.ignore_patterns("tmp", "cache", "config.local"))
            else:
                seed.mkdir(exist_ok=True)
                shutil.copy(source, seed / part)
        git(place, "init", "-q", "--bare", "-b", "main", str(self.bare))
        git(seed, "init", "-q", "-b", "main")
        self.keep(seed, "noor", "The project")
        git(seed, "push", "-q", str(self.bare), "main")
        git(place, "clone", "-q", str(self.bare), "clone")
        beside(self.clone)

    def keep(self, folder, who, message):
        """Commits whatever a person has changed and not committed."""
        git(folder, "config", "user.name", who)
        git(folder, "config", "user.email", f"{who}-at-example@users.noreply.github.com")
        git(folder, "add", "-A")
        if git(folder, "status", "--porcelain"):
            git(folder, "commit", "-q", "-m", message)

    def typed(self, who, command):
        """Runs a command as it stands on the page, but for what a person does in a browser or an editor."""
        git(self.clone, "config", "user.email", f"{who}-at-example@users.noreply.github.com")
        if command.startswith("assay annotate"):
            self.answer(who)
            return
        if command == "assay guideline propose triage":
            command += " --summary 'Said better.'"
        outside = without_git(environment())
        surroundings = {
            **outside, "EDITOR": "sed -i 's/Why we label/Why we do label/'", "HOME": str(self.bare.parent)
        }  # fmt: skip
        ran = (in_process if ALONE.match(command) else in_shell)(self.clone, surroundings, command)
        assert ran.code in {0, 1}, f"{command}\n{ran.said}"

    def answer(self, who, batch="2026-11-round-3", most=3):
        """Answers what is asked of somebody and open."""
        folder = self.clone / f"labels/triage/{batch}"
        own = folder / f"{who}.jsonl"
        there = {one["item"]: one for one in records(own)} if own.exists() else {}
        asked = [one["item"] for one in records(folder / "assignments.jsonl") if who in one["annotators"]]
        label = {
            "intent": "feedback" if who == "dana" else "problem",
            "products": [],
            "topics": ["account"],
            "urgency": 2,
        }
        for item in [item for item in asked if item not in there][:most]:
            there[item] = {"item": item, "label": label, "guideline": "1.1.0"}
        lines = (json.dumps(there[item], separators=(",", ":")) for item in sorted(there))
        own.write_text("".join(f"{line}\n" for line in lines))

    def judged(self, who):
        """What a review says of what is checked out, pushed by somebody; merged where it is not refused."""
        self.keep(self.clone, who, "A change")
        git(self.clone, "fetch", "-q")
        head = git(self.clone, "rev-parse", "HEAD")
        pushes = (Push(before="", after=head, actor=f"{who}-at-example"),)
        seen = review_pull_request(
            self.clone, ReviewRequest(base="origin/main", head=head, forge=ForgeEvidence(pushes=pushes))
        )
        if seen.verdict.outcome != "refused":
            git(self.clone, "push", "-q", "origin", f"{head}:main")
        return seen

    def begin(self):
        """A fresh branch."""
        git(self.clone, "fetch", "-q")
        git(self.clone, "switch", "-q", "--no-track", "-c", f"branch-{next(self.numbers)}", "origin/main")


def records(path: Path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def beside(clone):
    """The files that the pages speak of: a list of messages, and an edited guideline."""
    rows = "".join(f"t{number},message {number},{('mail', 'chat')[number % 2]}\n" for number in range(40))
    (clone / ".git/info/exclude").write_text("/new.csv\n/money.md\n/mine.csv\n")
    text = (REPOSITORY / "guidelines/triage.md").read_text(encoding="utf-8")
    front, body = text.partition("\n# ")[::2]
    for old, new in HEADINGS.items():
        body = body.replace(f"{old}\n", f"{new}\n")
    body = re.sub(r"intent: (billing|refund)\b", "intent: money", body)
    body = re.sub(r"\[`(billing|refund)`\]\(#\w+\)", "[`money`](#money)", body)
    write_files(clone, {"new.csv": f"ticket,text,meta.channel\n{rows}", "money.md": f"{front}\n# {body}"})


def split(world):
    """A value is split on the default branch, by a lead, without a batch."""
    world.begin()
    front, body = (world.clone / "guidelines/triage.md").read_text().partition("\n# ")[::2]
    major = int(front.partition("\nversion: ")[2].partition(".")[0]) + 1
    example = "label: {intent: broken, urgency: 2, topics: [account], products: []}\nwhy: It is.\n```"
    body = body.replace("### `problem`\n", f"### `broken`\n\n```example\ntext: It broke.\n{example}\n\n### `unclear`\n")
    body = re.sub(r"intent: problem\b", "intent: unclear", body)
    (world.clone / "money.md").write_text(f"{front}\n# {re.sub(r'[(]#problem[)]', '(#unclear)', body)}")
    world.typed("noor", "sed -i 's/problem,/broken, unclear,/' schemas/triage.yaml")
    why = f"--split intent=problem:broken,unclear --guideline {major}.0.0 --reason finer"
    world.typed("noor", f"assay migrate add triage finer {why}")
    world.typed("noor", "assay guideline propose triage --file money.md --summary Finer.")
    assert world.judged("noor").verdict.outcome == "needs approval"


def label_all(world, batch):
    """Everybody hands in what a batch asks of them, before a lead looks at it."""
    for who in ("ada", "ben", "dana"):
        world.begin()
        world.answer(who, batch, most=100)
        seen = world.judged(who)
        assert not seen.verdict.files or seen.verdict.outcome == "ok", seen.verdict.reasons
    world.begin()


@pytest.mark.parametrize("page", PAGES, ids=[path.stem for path in PAGES])
def test_what_the_page_sends_is_reviewed_as_it_says(page, tmp_path):
    found = list(blocks(page))
    for commands, _, mark in found:
        writing = [command for command in commands if WRITES.match(command)]
        assert not writing or mark in NO_REQUEST or SAID.fullmatch(mark), f"{writing}: says no conclusion"
    sent = [(commands, before, said) for commands, before, mark in found if (said := SAID.fullmatch(mark))]
    world = World(tmp_path) if sent else None
    for commands, before, said in sent:
        if before == "a value is split":
            split(world)
        for several in [[command] for command in commands] if said["each"] == "requests" else [commands]:
            send(world, said["who"], several, said["outcome"])


def send(world, who, commands, outcome):
    """Types the commands on a branch of their own; where they changed something the review concludes as it is said."""
    world.begin()
    for command in commands:
        if LABELLED.match(command):
            label_all(world, command.split()[4])
        if not ELSEWHERE.match(command):
            world.typed(who, command)
    seen = world.judged(who)
    assert not seen.verdict.files or seen.verdict.outcome == outcome, (commands, seen.verdict.reasons)
