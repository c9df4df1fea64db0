"""People with a clone each around a bare remote, a forge that merges what a review lets through, and the clock of the year."""

import contextlib
import io
import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assay.annotator.page.answer import Answer
from assay.annotator.page.answer_store import Saved
from assay.annotator.page.session import Session
from assay.annotator.page.session_context import load_session_context
from assay.cli import context
from assay.cli.error_handler import run
from assay.project.config import find_project
from pipelines import environment
from surroundings import without_git

BEGUN = datetime(2024, 1, 1, 8, tzinfo=UTC)


class Clock:
    """Stands in for `datetime` where commands ask what time it is: the year that is lived."""

    def __init__(self) -> None:
        self.moment = BEGUN

    def now(self, _zone=UTC):
        return self.moment

    def at(self, month: int, day: int) -> None:
        """The morning of a day, unless it is later already."""
        years, rest = divmod(month - 1, 12)
        self.moment = max(self.moment, BEGUN.replace(year=BEGUN.year + years, month=rest + 1, day=day))

    def tick(self, seconds: int = 60) -> str:
        """Later; the moment as records state it."""
        self.moment += timedelta(seconds=seconds)
        return self.stamp

    @property
    def stamp(self) -> str:
        return self.moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def today(self) -> str:
        return self.moment.date().isoformat()


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said on both streams."""

    code: int
    text: str


class WrongError(Exception):
    """The year cannot go on: a command ended otherwise than it should, or two counts differ."""


class World:
    """Everybody's clone, and what they typed."""

    def __init__(self, place: Path, chance) -> None:
        self.place = place
        self.chance = chance
        self.clock = Clock()
        self.counts: Counter[str] = Counter()
        self.typed: Counter[str] = Counter()
        home = place / "home"
        home.mkdir(parents=True)
        surroundings = without_git(environment())
        os.environ.clear()
        os.environ.update(surroundings, HOME=str(home), XDG_CONFIG_HOME=str(home), GIT_CONFIG_NOSYSTEM="1")
        context.datetime = self.clock
        self.bare = place / "origin.git"
        self.plain_git(place, "init", "-q", "--bare", "-b", "main", str(self.bare))

    def clone(self, who: str) -> Path:
        """Where somebody's clone is; it is made when it is first asked for."""
        folder = self.place / who
        if not folder.exists():
            mail = f"user.email={who}@example.org"
            self.plain_git(self.place, "clone", "-q", "-c", f"user.name={who}", "-c", mail, str(self.bare), str(folder))
        return folder

    def assay(self, who: str, *arguments: str, code: int | tuple[int, ...] = 0) -> str:
        """One command line of somebody's, in their clone: what it said."""
        self.counts["commands"] += 1
        self.clock.tick()
        said = io.StringIO()
        with contextlib.chdir(self.clone(who)), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            ended = int(run(arguments))
        if ended not in ((code,) if isinstance(code, int) else code):
            typed = " ".join(arguments)
            raise WrongError(f"{self.clock.stamp} {who}: assay {typed}\nended with {ended}\n{said.getvalue()}")
        return said.getvalue()

    def plain_git(self, folder: Path, *arguments: str) -> str:
        """Git of the forge, or of a machine: nobody types it."""
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise WrongError(f"{folder}: git {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def typed_git(self, who: str, *arguments: str) -> str:
        """Git that somebody has to type."""
        self.typed[who] += 1
        return self.plain_git(self.clone(who), *arguments)

    def write(self, who: str, name: str, text: str) -> Path:
        """Somebody writes a file in their clone."""
        path = self.clone(who) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def beside(self, name: str, text: str) -> str:
        """A file that is in no clone: its path."""
        path = self.place / "files" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def save_on_page(self, who: str, batch: str, answers) -> None:
        """Answers items by what the page saves through: (item, label or reason to skip)."""
        folder = self.clone(who)
        with contextlib.chdir(folder):
            desk = Session(load_session_context(find_project(folder), "mood", who, batch), self.clock.tick)
            for item, said in answers:
                seen = desk.item(desk.assignment.items.index(item))
                what = {"label": said} if isinstance(said, dict) else {"skip": said}
                done = desk.answer(seen["n"], Answer(**what, tag=seen["tag"], seconds=self.chance.randint(5, 60)))
                if not isinstance(done, Saved):
                    raise WrongError(f"{who}: the page does not take {said} to {item} of {batch}: {done}")


@dataclass(frozen=True)
class Merged:
    """A pull request that was merged: its number, the reviewed head, the base before it, and who had approved it."""

    number: int
    head: str
    base: str
    reviews: str


class Forge:
    """Merges a pushed branch if the review says it may; asks people for the approval that it waits for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.number = 0
        self.known: dict[str, str] = {}

    @property
    def folder(self) -> Path:
        return self.world.clone("forge")

    def request(self, who: str, approver: str = "") -> Merged:
        """What happens to the branch that somebody has checked out and pushed; `approver` is asked where it waits."""
        branch = self.world.plain_git(self.world.clone(who), "branch", "--show-current")
        return self.merge(who, branch, approver)

    def has(self, who: str) -> bool:
        """Whether what somebody has checked out is merged already, so that there is nothing to ask for."""
        return self.world.plain_git(self.world.clone(who), "rev-parse", "HEAD") in self.known.values()

    def merge(self, who: str, branch: str, approver: str = "") -> Merged:
        """Judges a branch as the forge's job does, and merges it."""
        git = self.world.plain_git
        git(self.folder, "fetch", "-q", "origin")
        git(self.folder, "reset", "-q", "--hard", "origin/main")
        base, head = git(self.folder, "rev-parse", "HEAD"), git(self.folder, "rev-parse", f"origin/{branch}")
        self.number += 1
        found = self._judged(who, branch, base, head, [])
        reviews: list[dict[str, object]] = []
        if found["outcome"] == "needs approval" and approver:
            reviews = [_approval(approver, head, self.world.clock.tick())]
            found = self._judged(who, branch, base, head, reviews)
            self.world.counts["approvals"] += 1
        if found["outcome"] != "ok":
            raise WrongError(
                f"{self.world.clock.stamp} {branch} of {who} may not be merged: {json.dumps(found, indent=1)[:6000]}"
            )
        self._carry_out(branch)
        self.known[branch] = head
        self.world.counts["pull requests"] += 1
        return Merged(self.number, head, base, self.world.beside(f"reviews-{self.number}.json", json.dumps(reviews)))

    def tag(self, name: str) -> None:
        """Somebody makes a release on the forge's page: a tag on the default branch."""
        git = self.world.plain_git
        git(self.folder, "fetch", "-q", "origin")
        git(self.folder, "reset", "-q", "--hard", "origin/main")
        git(self.folder, "tag", name)
        git(self.folder, "push", "-q", "origin", name)

    def _judged(self, who, branch, base, head, reviews):
        pushed = [{"before": self.known.get(branch, "0" * 40), "after": head, "actor": f"{who}-x"}]
        request = {
            "number": self.number,
            "title": branch,
            "user": {"login": f"{who}-x"},
            "head": {"sha": head, "ref": branch},
            "base": {"ref": "main"},
        }
        event = {"action": "opened", "sender": {"login": f"{who}-x"}, "pull_request": request}
        files = {"event": event, "pushes": pushed, **({"reviews": [reviews]} if reviews else {})}
        said = [
            word
            for name, value in files.items()
            for word in (f"--{name}", self.world.beside(f"{name}.json", json.dumps(value)))
        ]
        return json.loads(self.world.assay("forge", "review", base, head, *said, "--format", "json", code=(0, 1)))[
            "verdict"
        ]

    def _carry_out(self, branch):
        git = self.world.plain_git
        known = ("-c", "user.name=forge", "-c", "user.email=forge@example.org")
        if self.world.chance.random() < 0.5:
            git(self.folder, "merge", "-q", "--squash", f"origin/{branch}")
            git(self.folder, *known, "commit", "-q", "-m", branch)
        else:
            git(self.folder, *known, "merge", "-q", "--no-ff", "-m", branch, f"origin/{branch}")
        git(self.folder, "push", "-q", "origin", "HEAD:main")
        if self.world.chance.random() < 0.5:
            git(self.folder, "push", "-q", "origin", "--delete", branch)


def _approval(who, head, at):
    return {
        "user": {"login": f"{who}-x", "type": "User"},
        "state": "APPROVED",
        "commit_id": head,
        "submitted_at": at,
    }
