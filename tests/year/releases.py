"""What is held after each month, and the releases: built, recorded, tagged, and made again from their tags."""

import hashlib
import json
from collections import Counter
from pathlib import Path

import pipelines
from year.hands import LEAD, SECOND, Hands
from year.recount import Recount, differences, lines, reported
from year.world import WrongError

LEAD_TYPES_AT_MOST = 20


class Releases(Hands):
    """Holds the project against a plain count of its files; `short`: what a release needs is run in this process."""

    def __init__(self, place: Path, seed: int, *, short: bool) -> None:
        super().__init__(place, seed)
        self.short = short
        self.team: tuple[str, ...] = ()
        self.released: list[str] = []

    def hold(self, month) -> None:
        """Everything is clean, and the figures are those of a plain count."""
        folder = self.ci()
        self.world.assay("ci", "check", "--all")
        self.measure("ci")
        wrong = differences(Recount(folder).figures(), reported(folder))
        if wrong:
            raise WrongError("\n".join([f"month {month}: the figures differ", *wrong]))
        self.world.counts["months held"] += 1

    def measure(self, who) -> None:
        """The stages of the pipeline in this process, up to the verdict."""
        for stage in ("schema", "agreement", "consensus", "quality"):
            self.world.assay(who, stage, "mood")
        self.world.assay(who, "gate")

    def release(self, month) -> None:
        """The lead builds and records a release; somebody tags it on the forge."""
        world, folder = self.world, self.world.clone(LEAD)
        version = f"0.{len(self.released) + 1}.0"
        if self.released:
            self.raise_version(version)
        world.typed_git(LEAD, "switch", "-q", "main")
        world.typed_git(LEAD, "pull", "-q")
        ran = pipelines.repro(folder)
        if ran.code != 0:
            raise WrongError(f"month {month}: dvc repro\n{ran.said}")
        self.hold_rows(folder)
        self.lead("release", "record", "mood")
        self.forge.tag(f"mood@{version}")
        self.released.append(version)

    def raise_version(self, version) -> None:
        world = self.world
        world.typed_git(LEAD, "switch", "-q", "--no-track", "-c", f"{LEAD}/raise-{version}", "origin/main")
        path = world.clone(LEAD) / "releases/mood.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace(self.released[-1], version), encoding="utf-8")
        world.typed_git(LEAD, "commit", "-q", "-a", "-m", f"Version {version}")
        world.typed_git(LEAD, "push", "-q", "-u", "origin", "HEAD")
        self.forge.request(LEAD, SECOND)

    def hold_rows(self, folder) -> None:
        """The rows are the items that a plain count calls complete, with its labels, and rest on as many votes."""
        rows = {row["item"]: row["label"] for path in (folder / "release/mood").rglob("*.jsonl") for row in lines(path)}
        standings = Recount(folder).standings()
        expected = {item: one.label for item, one in standings.items() if one.complete}
        if rows != expected:
            odd = {
                item: (expected.get(item), rows.get(item))
                for item in rows.keys() | expected.keys()
                if rows.get(item) != expected.get(item)
            }
            raise WrongError(f"rows that differ (counted, released): {odd}")
        manifest = json.loads((folder / "release/mood/manifest.json").read_text(encoding="utf-8"))
        votes = dict(Counter(str(one.votes) for one in standings.values() if one.complete))
        if manifest["tasks"]["mood"]["votes"] != votes:
            raise WrongError(f"rows by votes: counted {votes}, manifest {manifest['tasks']['mood']['votes']}")
        self.world.counts["rows released"] += len(rows)

    def rebuild(self, version) -> None:
        """A fresh clone at the tag makes the recorded release, byte for byte."""
        who = f"fresh-{version}"
        folder = self.world.clone(who)
        self.world.plain_git(folder, "switch", "-q", "--detach", f"mood@{version}")
        if self.short:
            self.measure(who)
            self.world.assay(who, "release", "build", "mood")
        elif (ran := pipelines.repro(folder, afresh=True)).code != 0:
            raise WrongError(f"release {version} from its tag: dvc repro\n{ran.said}")
        record = json.loads((folder / f"releases/mood/{version}.json").read_text(encoding="utf-8"))
        made = (folder / "release/mood/manifest.json").read_bytes()
        if hashlib.sha256(made).hexdigest() != record["sha256"]:
            raise WrongError(f"release {version} is another one from its tag")
        self.world.assay(who, "release", "verify", "mood")
        self.world.counts["rebuilt"] += 1

    def hold_what_was_typed(self) -> None:
        """The lead types little git, annotators none."""
        typed = self.world.typed
        if typed[LEAD] > LEAD_TYPES_AT_MOST or any(typed[who] for who in self.team):
            raise WrongError(f"git was typed: {dict(typed)}")
