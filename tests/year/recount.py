"""What a project's files say, counted anew in plain Python: no code of the package, nothing but JSON, YAML and arithmetic.

It knows the one task of the year: `tone` (nominal), `urgency` (ordinal) and `area` (nominal, asked for under a condition).
"""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import krippendorff
import yaml

FIELDS = {"tone": "nominal", "urgency": "ordinal", "area": "nominal"}
COUNTING = {"label", "relabel"}


@dataclass
class Vote:
    """A record of somebody, its labels as they read today, and the fields that wait."""

    batch: str
    item: str
    who: str
    made: str
    version: tuple[int, ...]
    raw: dict | None
    label: dict
    first: dict
    waits: dict
    counts: bool = True
    taken: str = ""


@dataclass
class Decision:
    """What an expert said of an item; `stands` are the fields for which it does."""

    batch: str
    item: str
    who: str
    version: tuple[int, ...]
    raw: dict
    label: dict
    waits: dict
    stands: set = field(default_factory=set)


@dataclass
class Standing:
    """How an item stands: its label, why it is not resolved, the votes it rests on."""

    label: dict
    why: str
    complete: bool
    votes: int
    voted: int | None


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def moment(text: str) -> str:
    """A day as the moment it begins, so that days and moments compare."""
    return text if "T" in str(text) else f"{text}T00:00:00Z"


def lines(path: Path) -> list[dict]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


class Recount:
    """Everything counted from the files below a folder."""

    def __init__(self, root: Path) -> None:
        self.labels = root / "labels"
        self.root = root
        self._read_rules()
        self._read_people()
        self._read_batches()
        self._read_votes()
        self._read_decisions()
        self._take()
        self._let_decisions_stand()

    @staticmethod
    def version_of(root: Path) -> str:
        """The version of the guideline as it stands in a folder."""
        page = (root / "guidelines/mood.md").read_text(encoding="utf-8")
        return yaml.load(page.split("---\n")[1], yaml.BaseLoader)["version"]

    # What is read

    def _read_rules(self):
        page = (self.root / "guidelines/mood.md").read_text(encoding="utf-8")
        front = yaml.load(page.split("---\n")[1], yaml.BaseLoader)
        self.changes = sorted(
            (numbers(change["version"]), change.get("affects", []), change.get("policy", "relabel"))
            for change in front["changes"]
        )
        files = sorted((self.root / "schemas/migrations/mood").glob("*.yaml"))
        read = [yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader) for path in files]
        self.migrations = [(numbers(one["guideline"]), one["steps"]) for one in read]
        schema = yaml.safe_load((self.root / "schemas/mood.yaml").read_text(encoding="utf-8"))
        self.domain = {
            "tone": schema["properties"]["tone"]["enum"],
            "urgency": [1, 2, 3, 4],
            "area": schema["properties"]["area"]["enum"],
        }
        self.faults = schema["if"]["properties"]["tone"]["enum"]

    def _read_people(self):
        self.people = {}
        for path in (self.labels / "annotators").glob("*.yaml"):
            self.people[path.stem] = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        for path in (self.labels / "sources").glob("*.jsonl"):
            for line in lines(path):
                self.people[f"@{path.stem}/{line['annotator']}"] = line

    def _read_batches(self):
        self.batches, self.asked = {}, {}
        for path in sorted((self.labels / "mood").glob("*/batch.yaml")):
            self.batches[path.parent.name] = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
            self.asked[path.parent.name] = {
                one["item"]: one["annotators"] for one in lines(path.parent / "assignments.jsonl")
            }
        closed = [
            name
            for name, batch in self.batches.items()
            if batch["status"] == "closed" and batch.get("purpose", "label") in COUNTING
        ]
        closed.sort(key=lambda name: (moment(self.batches[name]["created"]), name))
        self.age = {name: place for place, name in enumerate(closed)}

    def _read_votes(self):
        self.votes = []
        for batch in self.batches:
            folder = self.labels / "mood" / batch
            back = {(one["item"], one["annotator"]) for path in folder.glob("*.returned.jsonl") for one in lines(path)}
            for path in sorted(folder.glob("*.jsonl")):
                if path.name.count(".") > 1 or path.name == "assignments.jsonl":
                    continue
                for record in lines(path):
                    who = f"{path.stem}/{record['annotator']}" if path.stem.startswith("@") else path.stem
                    self.votes.append(self._vote(batch, who, record, back))
        held = {(vote.batch, vote.item) for vote in self.votes}
        self.holds = held | {(batch, item) for batch, plan in self.asked.items() for item in plan}

    def _vote(self, batch, who, record, back):
        version = numbers(record.get("guideline", self.batches[batch]["guideline"]))
        raw = record.get("label")
        label, waits = self.carried(raw, version)
        first = label
        if "first" in record and ((record["item"], who) in back or who.startswith("@")):
            first, _ = self.carried(record["first"], version)
        made = moment(record.get("at", self.batches[batch]["created"]))
        vote = Vote(batch, record["item"], who, made, version, raw, label, first, waits)
        vote.counts = self._counts(who, made)
        return vote

    def _counts(self, who, made):
        entry = self.people[who]
        status = entry.get("status", "active")
        if entry.get("kind", "person") != "person" or status in {"trainee", "excluded"}:
            return False
        return status == "active" or made < moment(entry["since"])

    def _read_decisions(self):
        self.decisions, self.gold = [], []
        for path in sorted((self.labels / "mood/gold").glob("*.jsonl")):
            self.gold += [self._decision("", path.stem, record) for record in lines(path)]
        for batch in self.batches:
            for path in sorted((self.labels / "mood" / batch).glob("*.adjudicated.jsonl")):
                who = path.name.removesuffix(".adjudicated.jsonl")
                self.decisions += [self._decision(batch, who, record) for record in lines(path)]

    def _decision(self, batch, who, record):
        version = numbers(record.get("guideline") or self.batches[batch]["guideline"])
        label, waits = self.carried(record["label"], version)
        return Decision(batch, record["item"], who, version, record["label"], label, waits, set(label))

    def carried(self, label, version, upto=None):
        """A label made under a version as it reads today (or under `upto`), and the fields that wait, by the version since which."""
        now, waits = dict(label or {}), {}
        for brings, steps in self.migrations:
            if not version < brings or (upto is not None and brings > upto):
                continue
            for step in steps:
                ((what, said),) = step.items()
                name = said["field"]
                if what == "rename_values":
                    if now.get(name) in said["values"]:
                        now[name] = said["values"][now[name]]
                elif what == "split_value":
                    if now.get(name) == said["value"]:
                        del now[name]
                        waits[name] = brings
                else:
                    raise ValueError(what)
        return now, waits

    # What is current

    def concerned(self, raw, version, change) -> set:
        """The fields of a label that a change affects: it names values as they were called when it was made."""
        brings, affects, _ = change
        if not version < brings:
            return set()
        then, _ = self.carried(raw, version, upto=brings)
        found = set()
        for selector in affects:
            name, _, value = selector.partition("=")
            if selector == "all":
                found |= set(then)
            elif name in then and (not value or str(then[name]) == value):
                found.add(name)
        return found

    def _take(self):
        """Marks of each annotator and item the last word, and what newer closed batches took of these."""
        ever = {vote.who for vote in self.votes if vote.counts}
        last = {}
        for vote in self.votes:
            if vote.batch in self.age:
                heard = vote.counts or vote.raw is None or vote.who not in ever
                key = (vote.who, vote.item)
                rank = (heard, self.age[vote.batch])
                if key not in last or rank > last[key][0]:
                    last[key] = (rank, vote)
        self.last = [vote for _, vote in last.values()]
        for vote in self.last:
            takers = [*self._silent_in(vote), *self._outdated_in(vote)]
            vote.taken = min(takers, key=self.age.__getitem__, default="")
        self.current = [vote for vote in self.last if not vote.taken]

    def _silent_in(self, vote):
        for batch in self.age:
            newer = self.age[batch] > self.age[vote.batch]
            if (
                newer
                and self.batches[batch]["purpose"] == "relabel"
                and vote.who in self.asked[batch].get(vote.item, [])
            ):
                yield batch

    def _outdated_in(self, vote):
        for change in self.changes:
            if change[2] != "grandfather" and vote.raw is not None and self.concerned(vote.raw, vote.version, change):
                yield from self._again(vote.item, self.age[vote.batch], change)

    def _again(self, item, age, change):
        for batch in self.age:
            follows = numbers(self.batches[batch]["guideline"]) >= change[0]
            if self.age[batch] > age and follows and (batch, item) in self.holds:
                yield batch

    def _let_decisions_stand(self):
        heard = defaultdict(set)
        order = sorted(
            self.decisions,
            key=lambda one: (moment(self.batches[one.batch]["created"]), one.batch, one.who),
            reverse=True,
        )
        for one in order:
            one.stands = set()
            closed = one.batch in self.age
            if not closed and self.round(one.item):
                continue
            for name in one.label:
                gone = closed and any(
                    change[2] != "grandfather"
                    and name in self.concerned(one.raw, one.version, change)
                    and any(True for _ in self._again(one.item, self.age[one.batch], change))
                    for change in self.changes
                )
                if name not in heard[one.item] and not gone:
                    one.stands.add(name)
            heard[one.item] |= one.stands

    def round(self, item) -> str:
        """The newest closed counting batch that holds an item; empty: none does."""
        return max((batch for batch in self.age if (batch, item) in self.holds), key=self.age.get, default="")

    # What comes of it

    def voting(self) -> list[Vote]:
        """The current votes that count, skips left out."""
        return [vote for vote in self.current if vote.counts and vote.raw is not None]

    def agreement(self, name) -> dict:
        """Units, percent agreement and alpha of a field, of what was said first."""
        units = defaultdict(dict)
        for vote in self.voting():
            if name in vote.first:
                units[vote.item][vote.who] = vote.first[name]
        units = {item: given for item, given in units.items() if len(given) >= 2}
        shares = [
            sum(a == b for a, b in combinations(given.values(), 2)) / (len(given) * (len(given) - 1) / 2)
            for given in units.values()
        ]
        return {
            "units": len(units),
            "percent": sum(shares) / len(shares) if shares else None,
            "alpha": self._alpha(units, name),
        }

    def _alpha(self, units, name):
        values = {value for given in units.values() for value in given.values()}
        if len(values) < 2:
            return None
        domain = self.domain[name]
        table = [[list(given.values()).count(value) for value in domain] for given in units.values()]
        return float(
            krippendorff.alpha(
                value_counts=table, value_domain=list(range(len(domain))), level_of_measurement=FIELDS[name]
            )
        )

    def standings(self) -> dict[str, Standing]:
        """How each item stands that a closed counting batch holds or an expert answered."""
        items = {item for batch, item in self.holds if batch in self.age}
        items |= {one.item for one in (*self.gold, *self.decisions)}
        votes = defaultdict(list)
        for vote in self.voting():
            votes[vote.item].append(vote)
        return {item: self._standing(item, votes[item]) for item in sorted(items)}

    def _standing(self, item, votes):
        experts = [one for one in (*self.decisions, *self.gold) if one.item == item]
        label, open_yet, waiting, many, by_votes = {}, {"tie": set(), "apart": set()}, set(), {}, set()
        for name in FIELDS:
            said = [vote.label[name] for vote in votes if name in vote.label]
            many[name] = len(said)
            value, why = self._decided(name, said)
            ruled = [one.label[name] for one in experts if name in one.stands]
            if ruled:
                label[name] = ruled[-1]
            elif why:
                open_yet[why].add(name)
            elif value is not None:
                label[name] = value
                by_votes.add(name)
            elif any(name in one.waits and not self.ended(one, name) for one in (*votes, *experts)):
                waiting.add(name)
        needed = {"tone", "urgency"} | ({"area"} if label.get("tone") in self.faults else set())
        lacking = needed - set(label)
        reasons = (("waiting", waiting), *open_yet.items(), ("skipped", not label), ("required", lacking))
        return Standing(
            label=label,
            why=next((why for why, there in reasons if there), ""),
            complete=bool(label) and not lacking and not waiting,
            votes=min((many[name] for name in needed & set(label)), default=0),
            voted=min((many[name] for name in needed & by_votes), default=None),
        )

    def _decided(self, name, said):
        if not said:
            return None, ""
        if name == "urgency":
            lower, upper = sorted(said)[(len(said) - 1) // 2], sorted(said)[len(said) // 2]
            return (None, "apart") if upper - lower >= 2 else (lower, "")
        counts = Counter(said).most_common()
        return (None, "tie") if len(counts) > 1 and counts[0][1] == counts[1][1] else (counts[0][0], "")

    def coverage(self) -> tuple[int, int]:
        """What closed counting batches ask, and what of it was answered."""
        given = {(vote.batch, vote.item, vote.who) for vote in self.votes}
        due = [(batch, item, who) for batch in self.age for item, people in self.asked[batch].items() for who in people]
        return len(due), sum(one in given for one in due)

    def outdated(self) -> tuple[int, int]:
        """The current labels that count, and those of them that a later version made outdated."""
        current = self.voting()
        stale = [
            vote
            for vote in current
            if any(change[2] == "relabel" and self.concerned(vote.raw, vote.version, change) for change in self.changes)
        ]
        return len(current), len(stale)

    def ended(self, one, name) -> str:
        """The batch by which a field of a vote or a decision waits no longer; empty: it still does."""
        newest = max((self.age[vote.batch] for vote in self.voting() if vote.item == one.item), default=-1)
        own = self.age.get(one.batch, -1)
        for batch in self.age:  # the oldest first
            follows = numbers(self.batches[batch]["guideline"]) >= one.waits[name]
            if own < self.age[batch] <= newest and follows and (batch, one.item) in self.holds:
                return batch
        return ""

    def lost(self) -> tuple[int, int]:
        """The votes that newer batches took or gave up, nobody gave anew and nobody new gave instead, and their items."""
        gone = defaultdict(list)
        lost = []
        for vote in self.last:
            if vote.counts and vote.raw is not None:
                if vote.taken in self._silent_in(vote):
                    lost.append(vote)
                elif batch := vote.taken or max((self.ended(vote, name) for name in vote.waits), default=""):
                    gone[batch, vote.item].append(vote)
        said = [vote for vote in self.votes if vote.counts and vote.raw is not None and vote.batch in self.age]
        first = {(vote.who, vote.item): vote.batch for vote in sorted(said, key=lambda one: -self.age[one.batch])}
        for (batch, item), votes in gone.items():
            lost += votes[sum(of == item and begun == batch for (_, of), begun in first.items()) :]
        return len(lost), len({vote.item for vote in lost})

    def figures(self) -> dict[str, object]:
        """Everything that a report says too, by name."""
        standings = self.standings()
        rows = [one for one in standings.values() if one.complete]
        return {
            **{f"{name} {what}": value for name in FIELDS for what, value in self.agreement(name).items()},
            "items": len(standings),
            "unresolved": sum(bool(one.why) for one in standings.values()),
            "reasons": dict(Counter(one.why for one in standings.values() if one.why)),
            "rows": len(rows),
            "rows by votes": dict(Counter(str(one.votes) for one in rows)),
            "rows by votes alone": dict(Counter(str(one.voted) for one in rows if one.voted is not None)),
            "coverage": self.coverage(),
            "outdated": self.outdated(),
            "lost": self.lost(),
        }


def reported(root: Path) -> dict[str, object]:
    """The same figures as the reports of the pipeline state them."""
    agreement = json.loads((root / "reports/mood/agreement.json").read_text(encoding="utf-8"))
    quality = json.loads((root / "reports/mood/quality.json").read_text(encoding="utf-8"))
    fields = agreement["fields"]
    support, undecided, lost = quality["support"], quality["unresolved"], quality["lost"]
    return {
        **{
            f"{name} {what}": fields[name]["units"] if what == "units" else fields[name][what].get("value")
            for name in FIELDS
            for what in ("units", "percent", "alpha")
        },
        "items": undecided["items"],
        "unresolved": undecided["unresolved"],
        "reasons": undecided["reasons"],
        "rows": support["rows"],
        "rows by votes": support["votes"],
        "rows by votes alone": support["voted"],
        "coverage": (quality["coverage"]["assigned"], quality["coverage"]["answered"]),
        "outdated": (quality["outdated"]["annotations"], quality["outdated"]["outdated"]),
        "lost": (lost["votes"], lost["items"]),
    }


def differences(counted: dict[str, object], told: dict[str, object]) -> list[str]:
    """Where the two differ, both printed."""
    return [
        f"{name}: counted {counted[name]}, reported {told[name]}"
        for name in counted
        if not _same(counted[name], told[name])
    ]


def _same(one, other) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9
    return one == other
