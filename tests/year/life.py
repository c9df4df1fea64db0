"""A year of a project: people come and go, a batch a month, the guideline changes, answers are corrected, releases leave."""

import json
from pathlib import Path

from year.hands import LEAD, REVIEWER, SECOND
from year.recount import Recount, lines
from year.releases import Releases
from year.task import CHECKS

TEAM = ("ada", "ben", "cleo", "dana", "eli")
JOINS = "fay"
ROLES = {LEAD: "lead", SECOND: "lead", REVIEWER: "reviewer"}


class Life(Releases):
    """A project of a seed, lived month by month.

    Raises:
        WrongError: a command ended otherwise than it should, or two counts differ.
    """

    def __init__(self, place: Path, seed: int, months: int, items: int) -> None:
        super().__init__(place, seed, short=months < 6)
        self.months, self.items = months, items
        self.gone: set[str] = set()
        self.team = TEAM[:2] if self.short else TEAM
        self.there = [*self.team, REVIEWER]
        self.closed: list[str] = []
        self.plan = self._planned()

    def _planned(self) -> dict[int, list[str]]:
        """Which events come in which month: a year's, or the fewer ones of some months."""
        chance, plan = self.chance, {month: [] for month in range(1, self.months + 1)}
        changes = ["affected", "renamed", "split"]
        chance.shuffle(changes)
        if self.short:
            plan[1] += ["gold", "split"]
            plan[(self.months + 1) // 2] += [f"join {JOINS}", "crowd", "reopen"]
            plan[self.months] += [f"leave {chance.choice(self.team)}", "affected", "release"]
            return plan
        gone = chance.sample(TEAM, 3)
        year = {
            "gold": 1, "crowd": chance.randint(2, 6), f"join {JOINS}": chance.randint(2, 6),
            f"pause {gone[0]}": chance.randint(2, 4), f"back {gone[0]}": chance.randint(6, 8),
            f"leave {gone[1]}": chance.randint(3, 8), f"leave {gone[2]}": chance.randint(7, 11),
            changes[0]: chance.randint(2, 4), changes[1]: chance.randint(5, 8), changes[2]: chance.randint(9, 11),
            "reopen": chance.randint(5, 11), "again": chance.randint(5, 11),
        }  # fmt: skip
        for event, month in year.items():
            plan[-(-month * self.months // 12)].append(event)
        for third in (4, 8, 12):
            plan[third * self.months // 12].append("release")
        return plan

    def live(self) -> None:
        """Lives all months, and builds every release again from a fresh clone at its tag."""
        self.begin()
        for month in range(1, self.months + 1):
            self.month(month)
        for version in self.released:
            self.rebuild(version)
        self.hold_what_was_typed()

    def begin(self) -> None:
        world = self.world
        world.assay(LEAD, "init", ".")
        world.assay(LEAD, "task", "add", "mood")
        day = world.clock.today
        front = f"---\ntask: mood\nversion: 0.1.0\nowners: [{LEAD}]\nchanges:\n  - {{version: 0.1.0, date: {day}, summary: first draft}}\n---\n"
        world.write(LEAD, "schemas/mood.yaml", self.task.schema())
        world.write(LEAD, "guidelines/mood.md", f"{front}\n{self.task.page()}")
        world.write(LEAD, "checks/mood.yaml", CHECKS)
        for who in (LEAD, SECOND, REVIEWER, *self.team):
            self._known(who, "annotator", "add", who, "--role", ROLES.get(who, "annotator"))
        world.assay(LEAD, "release", "add", "mood", "--task", "mood")
        world.typed_git(LEAD, "add", "-A")
        world.typed_git(LEAD, "commit", "-q", "-m", "The project")
        world.typed_git(LEAD, "push", "-q", "-u", "origin", "main")
        world.typed_git(LEAD, "remote", "set-head", "origin", "main")
        self.propose(LEAD, "The first version.", "--affects", "all", "--bump", "major")

    def _known(self, who, *command):
        self.world.assay(LEAD, *command, "--handle", f"{who}-x", "--email", f"{who}@example.org")

    def month(self, month: int) -> None:
        """One month, from new items to figures that are counted again."""
        world, events, batch = self.world, self.plan[month], f"m{month:02}"
        world.clock.at(month, 1)
        self.roster(events, ("join", "back"))
        new = self.grow(month, gold="gold" in events)
        self.hand_out(batch, new)
        if "crowd" in events:
            self.crowd(month)
        world.clock.at(month, 4)
        self.first_pass(batch, events)
        world.clock.at(month, 12)
        self.roster(events, ("pause", "leave"))
        self.second_pass(batch)
        self.corrections(batch)
        self.close(batch)
        world.clock.at(month, 20)
        for event in events:
            if event in {"affected", "renamed", "split"}:
                self.change(event, month)
        if "again" in events:
            self.again_by_hand(month)
        if "reopen" in events and self.closed:
            self.reopen()
        self.adjudicate(everything="release" in events)
        self.hold(month)
        if "release" in events:
            self.release(month)

    def roster(self, events, kinds) -> None:
        """Who joins, comes back, pauses or leaves, by one pull request each."""
        for event in events:
            kind, _, who = event.partition(" ")
            if kind not in kinds:
                continue
            if kind == "join":
                self._known_sent(who)
                self.there.append(who)
                self.team = (*self.team, who)
            elif kind == "back":
                self.lead("annotator", "set", who, "--status", "active")
                self.gone.discard(who)
            else:
                status = "left" if kind == "leave" else "paused"
                self.lead("annotator", "set", who, "--status", status, "--since", self.world.clock.today)
                self.gone.add(who)
            self.world.counts[kind] += 1

    def _known_sent(self, who):
        self.lead("annotator", "add", who, "--handle", f"{who}-x", "--email", f"{who}@example.org")

    @property
    def active(self) -> list[str]:
        """Who labels at present."""
        return [who for who in self.there if who not in self.gone]

    def grow(self, month: int, *, gold: bool) -> list[str]:
        """New items in the pool, now and then in one pull request with their batch; gold before anybody labels them."""
        ids = [f"i{month:02}-{number:02}" for number in range(self.items)]
        rows = "".join(f"{json.dumps({'id': one, 'text': f'message {one}'})}\n" for one in ids)
        path = self.world.beside(f"items-{month:02}.jsonl", rows)
        self.world.assay(LEAD, "import", "items", path, "--pool", "mood", "--submit")
        if gold or self.chance.random() < 0.3:
            self.forge.request(LEAD, SECOND)
        if gold:
            self.add_gold(ids[:3])
        return ids

    def add_gold(self, items) -> None:
        records = [
            {"item": item, "label": self.task.answer(item, self.seed, self.chance, 0.0), "guideline": "1.0.0",
             "at": self.world.clock.tick()}
            for item in items
        ]  # fmt: skip
        self.by_hand(REVIEWER, "gold", f"labels/mood/gold/{REVIEWER}.jsonl", records)

    def hand_out(self, batch, items) -> None:
        chosen = self.world.beside(f"{batch}.txt", "".join(f"{item}\n" for item in items))
        people = ",".join(self.active)
        self.lead("batch", "create", "mood", batch, "--annotators", people, "--items", chosen, "--overlap", "3")

    def crowd(self, month) -> None:
        """Votes of three people on a platform, on items of their own."""
        rows = [
            {"item": item, "annotator": f"W {worker}", "label": self.task.answer(item, self.seed, self.chance),
             "data": {"text": f"message {item}"}}
            for item in (f"c{month:02}-{number}" for number in range(4)) for worker in range(3)
        ]  # fmt: skip
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        self.lead("import", "long", self.world.beside("crowd.jsonl", text), "--task", "mood")
        self.world.counts["crowd votes"] += len(rows)

    def first_pass(self, batch, events) -> None:
        """Everybody answers what is theirs, but who is about to go, or late: they answer half."""
        asked = self.asked(batch)
        going = {event.partition(" ")[2] for event in events if event.startswith(("leave", "pause"))}
        late = {self.chance.choice(sorted(asked))}
        for who in self.chance.sample(sorted(asked), len(asked)):
            items = self.chance.sample(asked[who], len(asked[who]))
            self.label(who, batch, items[: len(items) // 2] if who in going | late else items)

    def second_pass(self, batch) -> None:
        """The open slots of who is gone go to others; whoever is late answers, or hands on what another can take."""
        if self.gone & self.pending(batch).keys():
            self.lead("batch", "reassign", "mood", batch)
        late = sorted(self.pending(batch))
        if late and self.chance.random() < 0.5:
            self.world.assay(LEAD, "batch", "reassign", "mood", batch, "--from", late[0], "--submit", code=(0, 1))
            if not self.forge.has(LEAD):
                self.forge.request(LEAD, SECOND)
        for who, items in sorted(self.pending(batch).items()):
            self.label(who, batch, items)

    def corrections(self, batch) -> None:
        """The reviewer sends some answers back; each is changed or stood by, on the page or in a sheet."""
        self.ci()
        given = [
            (one["item"], who)
            for who in sorted(self.asked(batch))
            if who in self.active and who != REVIEWER
            for one in lines(self.world.clone("ci") / f"labels/mood/{batch}/{who}.jsonl")
            if "label" in one
        ]
        self.send_back(batch, self.chance.sample(given, 1 if self.short else 3), may_stand=True)

    def close(self, batch, *how) -> None:
        self.lead("batch", "close", "mood", batch, *how)
        if batch not in self.closed:
            self.closed.append(batch)

    def reopen(self) -> None:
        """A closed batch is opened again for an answer in it, and closed anew."""
        self.ci()
        for batch in self.chance.sample(self.closed, len(self.closed)):
            folder = self.world.clone("ci") / f"labels/mood/{batch}"
            given = [
                (one["item"], who)
                for who in self.active if who != REVIEWER
                for one in lines(folder / f"{who}.jsonl") if "label" in one and "first" not in one
            ]  # fmt: skip
            if given:
                self.lead("batch", "reopen", "mood", batch, "--why", "an answer came back")
                self.send_back(batch, [self.chance.choice(given)], may_stand=False)
                self.close(batch, "--anyway")
                self.world.counts["reopened"] += 1
                return

    def again_by_hand(self, month) -> None:
        """Some items of closed batches are labelled again by those who can still be asked."""
        self.ci()
        count = Recount(self.world.clone("ci"))
        items = sorted({vote.item for vote in count.voting() if vote.who in self.active})
        chosen = self.world.beside("again.txt", "".join(f"{one}\n" for one in self.chance.sample(items, 4)))
        batch = f"again-{month:02}"
        self.lead("batch", "create", "mood", batch, "--purpose", "relabel", "--items", chosen)
        self.relabel(batch)

    def relabel(self, batch) -> None:
        """Everybody answers a batch that labels again; one person leaves an item open, where there are few months or by chance."""
        pending = self.pending(batch)
        somebody = len(pending) > 1 and (self.short or self.chance.random() < 0.5)
        silent = self.chance.choice(sorted(pending)) if somebody else ""
        for who, items in sorted(pending.items()):
            self.label(who, batch, items[1:] if who == silent else items)
        self.close(batch, *(["--anyway"] if silent else []))
        self.world.counts["relabelled"] += sum(map(len, pending.values()))

    def adjudicate(self, *, everything) -> None:
        """The reviewer decides what is undecided: all of it before a release."""
        self.ci()
        count = Recount(self.world.clone("ci"))
        open_ones = [item for item, one in count.standings().items() if one.why and count.round(item)]
        if not everything:
            open_ones = [item for item in open_ones if self.chance.random() < 0.7]
        by_batch: dict[str, list[dict[str, object]]] = {}
        for item in open_ones:
            label = self.task.answer(item, self.seed, self.chance, 0.0)
            record = {"item": item, "label": label, "reason": "ambiguous-item", "at": self.world.clock.tick(),
                      "guideline": Recount.version_of(self.world.clone("ci"))}  # fmt: skip
            by_batch.setdefault(count.round(item), []).append(record)
        for batch, records in by_batch.items():
            self.by_hand(REVIEWER, f"decided-{batch}", f"labels/mood/{batch}/{REVIEWER}.adjudicated.jsonl", records)
            self.world.counts["decisions"] += len(records)

    def change(self, kind, month) -> None:
        """A change of the guideline, proposed by somebody with all that it needs, and the batch that it brings."""
        world, batch = self.world, f"{kind}-{month:02}"
        who = self.chance.choice(self.active)
        others = ["--annotators", ",".join(self.active)]
        if kind == "affected":
            said = self.chance.choice(("tone=praise", f"tone={self.task.word('feedback')}", "urgency=3", "area=login"))
            self.task.notes.append(f"Mind {said} in month {month}.")
            self.propose(who, f"Says more of {said}.", "--affects", said, "--batch", batch, *others)
        else:
            old, new = ("feedback", "comment") if kind == "renamed" else ("problem", "bug,outage")
            self.task.renamed |= kind == "renamed"
            self.task.split |= kind == "split"
            world.assay(who, "start", "mood", self.closed[-1], code=(0, 2))
            world.write(who, "schemas/mood.yaml", self.task.schema())
            how = ("--rename" if kind == "renamed" else "--split", f"tone={old}:{new}")
            brings = f"{int(Recount.version_of(world.clone(who)).split('.')[0]) + 1}.0.0"
            world.assay(who, "migrate", "add", "mood", kind, *how, "--reason", "clearer", "--guideline", brings)
            again = ["--batch", batch, *others] if kind == "split" else []
            self.propose(who, f"The value {old} is {new}.", *again)
        self.world.counts[kind] += 1
        if (world.clone("ci") / f"labels/mood/{batch}").exists():
            self.relabel(batch)

    def propose(self, who, summary, *more) -> None:
        """A pull request with a new version, approved by a lead who wrote none of it, and the record of that."""
        world = self.world
        text = (world.clone(who) / "guidelines/mood.md").read_text(encoding="utf-8")
        front = text.split("---\n")[1]
        self.task.notes.append(summary)
        path = world.beside("new.md", f"---\n{front}---\n\n{self.task.page()}")
        world.assay(who, "guideline", "propose", "mood", "--file", path, "--summary", summary, *more, "--submit")
        merged = self.forge.request(who, SECOND)
        said = ("--reviews", merged.reviews, "--pull-request", str(merged.number), "--head", merged.head)
        self.lead("guideline", "record", "mood", *said, "--base", merged.base, "--author", f"{who}-x")
        self.ci()
