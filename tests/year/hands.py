"""What people do with their hands: answer on the page, in a sheet or an editor, hand in, send back, correct."""

import csv
import json
import random
from pathlib import Path

from year.recount import Recount, lines
from year.task import Task
from year.world import Forge, Merged, World

LEAD, SECOND, REVIEWER = "noor", "sol", "chen"


class Hands:
    """A project of a seed and the people in it."""

    def __init__(self, place: Path, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.world = World(place, self.chance)
        self.forge = Forge(self.world)
        self.task = Task()

    def lead(self, *command: str, code: int | tuple[int, ...] = 0) -> Merged:
        """A command of the lead's that sends what it writes, merged with the second lead's approval."""
        self.world.assay(LEAD, *command, "--submit", code=code)
        return self.forge.request(LEAD, SECOND)

    def by_hand(self, who, branch, name, records) -> None:
        """What no command writes: a file of one's own, with git typed."""
        world, number = self.world, self.forge.number
        world.typed_git(who, "fetch", "-q")
        world.typed_git(who, "switch", "-q", "--no-track", "-c", f"{who}/{branch}-{number}", "origin/main")
        kept = {one["item"]: one for one in lines(world.clone(who) / name)}
        kept.update((one["item"], one) for one in records)
        world.write(who, name, _jsonl(kept))
        world.typed_git(who, "add", "labels")
        world.typed_git(who, "commit", "-q", "-m", branch)
        world.typed_git(who, "push", "-q", "-u", "origin", "HEAD")
        self.forge.request(who, SECOND)

    def asked(self, batch) -> dict[str, list[str]]:
        """By annotator, what the plan on the default branch asks."""
        self.ci()
        found: dict[str, list[str]] = {}
        for one in lines(self.world.clone("ci") / f"labels/mood/{batch}/assignments.jsonl"):
            for who in one["annotators"]:
                found.setdefault(who, []).append(one["item"])
        return found

    def pending(self, batch) -> dict[str, list[str]]:
        """The same, less what was answered."""
        found = {}
        for who, items in self.asked(batch).items():
            done = {one["item"] for one in lines(self.world.clone("ci") / f"labels/mood/{batch}/{who}.jsonl")}
            if left := [item for item in items if item not in done]:
                found[who] = left
        return found

    def label(self, who, batch, items) -> None:
        """Somebody starts, answers some items on the page, in a sheet or in an editor, and hands in."""
        if not items:
            return
        world = self.world
        world.assay(who, "start", "mood", batch)
        answers = [(item, self.said(item)) for item in items]
        self.chance.choice((world.save_on_page, self.in_sheet, self.in_editor))(who, batch, answers)
        world.assay(who, "check")
        self.hand_in(who)
        world.counts["answers"] += len(answers)

    def said(self, item) -> dict[str, object] | str:
        """A label, or the reason to skip."""
        return "unreadable" if self.chance.random() < 0.04 else self.task.answer(item, self.seed, self.chance)

    def hand_in(self, who) -> None:
        self.world.assay(who, "submit")
        self.forge.request(who, SECOND)

    def in_sheet(self, who, batch, answers) -> None:
        """Answers in a spreadsheet; `keep` stands by what came back."""
        sheet = self.world.place / "files" / f"{who}.csv"
        self.world.assay(who, "sheet", "out", "mood", batch, str(sheet), "--overwrite")
        with sheet.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        said = dict(answers)
        for row in rows:
            answer = said.get(row["item"])
            if answer == "keep":
                row["keep"] = "x"
            elif isinstance(answer, str):
                row["skip"] = answer
            elif answer is not None:
                row.update(dict.fromkeys(("tone", "urgency", "area", "skip"), ""), **answer)
        with sheet.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        self.world.assay(who, "sheet", "in", "mood", batch, str(sheet))

    def in_editor(self, who, batch, answers) -> None:
        """Answers typed into the file itself."""
        name, clone = f"labels/mood/{batch}/{who}.jsonl", self.world.clone(who)
        kept = {one["item"]: one for one in lines(clone / name)}
        version = Recount.version_of(clone)
        for item, said in answers:
            what = {"label": said} if isinstance(said, dict) else {"skip": said}
            kept[item] = {"item": item, **what, "guideline": version, "at": self.world.clock.tick(7), "seconds": 7}
        self.world.write(who, name, _jsonl(kept))

    def send_back(self, batch, answers, *, may_stand) -> None:
        world = self.world
        for item, who in answers:
            world.assay(
                REVIEWER, "return", item, "--annotator", who, "--batch", batch, "--why", "look again", "--submit"
            )
        if answers:
            self.forge.request(REVIEWER, SECOND)
        for who in sorted({who for _, who in answers}):
            world.assay(who, "start", "mood", batch)
            standing = {
                one["item"]: one["label"]
                for one in lines(world.clone(who) / f"labels/mood/{batch}/{who}.jsonl")
                if "label" in one
            }
            mine = [item for item, one in answers if one == who]
            stand = may_stand and self.chance.random() < 0.5
            if self.chance.random() < 0.5:
                world.save_on_page(
                    who, batch, [(one, standing[one] if stand else self.other(one, standing[one])) for one in mine]
                )
            else:
                self.in_sheet(who, batch, [(one, "keep" if stand else self.other(one, standing[one])) for one in mine])
            self.hand_in(who)
            world.counts["stood by" if stand else "changed"] += len(mine)

    def other(self, item, label) -> dict[str, object]:
        """Another label than the one that stands."""
        while (said := self.task.answer(item, self.seed, self.chance, 0.6)) == label:
            pass
        return said

    def ci(self) -> Path:
        """A clone that stands on the default branch as it is now."""
        folder = self.world.clone("ci")
        self.world.plain_git(folder, "fetch", "-q", "origin")
        self.world.plain_git(folder, "reset", "-q", "--hard", "origin/main")
        return folder


def _jsonl(records) -> str:
    return "".join(f"{json.dumps(records[item], separators=(',', ':'))}\n" for item in sorted(records))
