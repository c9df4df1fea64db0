"""What is current, against a plain recount from the records of made-up histories, and by hand."""

import json
import random
from dataclasses import replace

import numpy as np

import corpora
from assay.agreement.corpus import alpha_of
from assay.consensus.decision import compute_consensus
from assay.core.evidence import Lost
from assay.core.people import Status
from assay.core.tallies import tally
from assay.core.values import Field, Scale
from assay.guidelines.front_matter import Guideline, load_guideline
from assay.labels.current import with_current
from assay.lead.impact import current_impact
from assay.project.config import find_project
from assay.quality.measures import losses, votes_taken
from corpora import Vote, corpus_from
from projects import FILES, GUIDELINE, SCHEMA, load, write_files

SEEDS = range(8)
ITEMS = tuple(f"k{number:02}" for number in range(40))
PEOPLE = ("ada", "ben", "cem")
CROWD = ("@crowd/W 1", "@crowd/w2")
VERSIONS = ("0.1.0", "0.2.0", "0.3.0")


def project_of(folder, files):
    write_files(folder, files)
    return find_project(folder)


def lines(records):
    return "".join(f"{json.dumps(record)}\n" for record in records)


class History:
    """Batches with who is asked what, who answered what how, and what was decided; all of it by chance."""

    def __init__(self, seed):
        chance = self.chance = random.Random(seed)
        self.changes = [
            {
                "version": version,
                "policy": chance.choice(["relabel", "relabel", "sample", "grandfather"]),
                "affects": chance.sample(["all", "tone", "tone=bad", "score", "score=1"], chance.randint(1, 2)),
            }
            for version in VERSIONS[1:]
        ]
        self.batches = {name: self.batch() for name in chance.sample("abcdefg", 6)}
        order = sorted(self.batches, key=lambda name: (self.batches[name]["created"], name))
        self.counting = [name for name in order if self.batches[name]["purpose"] in ("label", "relabel")]
        self.closed = [name for name in self.counting if self.batches[name]["status"] == "closed"]
        self.opened = [name for name in self.counting if self.batches[name]["status"] == "open"]

    def batch(self):
        chance = self.chance
        imported = chance.random() < 0.25
        asked = {}
        if not imported:
            asked = {item: chance.sample(PEOPLE, chance.randint(1, 3)) for item in ITEMS if chance.random() < 0.7}
        who = dict.fromkeys(ITEMS, CROWD) if imported else asked
        votes = {(item, one): self.record() for item, people in who.items() for one in people if chance.random() < 0.75}
        held = {*asked, *(item for item, _ in votes)}
        decided = {item: {"label": self.label(), **self.version()} for item in held if chance.random() < 0.25}
        return {
            "purpose": chance.choice(["label", "relabel", "relabel", "audit"]),
            "status": "closed" if imported or chance.random() < 0.8 else "open",
            "created": f"2026-01-0{chance.randint(1, 4)}",
            "guideline": chance.choice(VERSIONS),
            "asked": asked,
            "votes": votes,
            "held": held,
            "decided": decided,
        }

    def label(self):
        score = {"score": self.chance.randint(0, 2)} if self.chance.random() < 0.4 else {}
        return {"tone": self.chance.choice(["good", "bad"]), **score}

    def record(self):
        said = {"skip": "unclear"} if self.chance.random() < 0.15 else {"label": self.label()}
        return {**said, **self.version()}

    def version(self):
        return {"guideline": self.chance.choice(VERSIONS)} if self.chance.random() < 0.2 else {}

    def files(self):
        entries = "".join(
            f"  - {{version: {one['version']}, date: 2026-01-01, summary: s, policy: {one['policy']}, "
            f"affects: [{', '.join(one['affects'])}]}}\n"
            for one in self.changes
        )
        front = "---\ntask: mood\nversion: 0.3.0\nchanges:\n  - {version: 0.1.0, date: 2026-01-01, summary: s}\n"
        yield "guidelines/mood.md", f"{front}{entries}---\nRead it.\n"
        yield "labels/annotators/cem.yaml", "kind: person\n"
        yield "labels/items/texts/one.jsonl", lines({"id": item, "data": {"text": "t"}} for item in ITEMS)
        for name, batch in self.batches.items():
            folder = f"labels/mood/{name}"
            stated = ("purpose", "status", "created", "guideline")
            yield f"{folder}/batch.yaml", "".join(f"{key}: {batch[key]}\n" for key in stated)
            if batch["asked"]:
                plan = [{"item": item, "annotators": sorted(who)} for item, who in sorted(batch["asked"].items())]
                yield f"{folder}/assignments.jsonl", lines(plan)
            given = {who for _, who in batch["votes"]}
            for who in given & set(PEOPLE):
                own = [
                    {"item": item, **said}
                    for (item, one), said in sorted(batch["votes"].items(), key=str)
                    if one == who
                ]
                yield f"{folder}/{who}.jsonl", lines(own)
            if given & set(CROWD):
                crowd = [
                    {"annotator": who.partition("/")[2], "item": item, **said}
                    for (item, who), said in sorted(batch["votes"].items(), key=str)
                ]
                yield f"{folder}/@crowd.jsonl", lines(crowd)
            decided = [{"item": item, "reason": "other", **said} for item, said in sorted(batch["decided"].items())]
            yield f"{folder}/ada.adjudicated.jsonl", lines(decided)

    def made(self, name, said):
        return said.get("guideline", self.batches[name]["guideline"])

    def carried_before(self, field, version):
        records = [(name, said) for name, batch in self.batches.items() for said in batch["votes"].values()]
        return any(field in said.get("label", {}) and self.made(name, said) < version for name, said in records)

    def affected(self, change, label, *, adds=True):
        for selector in change["affects"]:
            field, _, value = selector.partition("=")
            if selector == "all" or (field in label and (not value or value == str(label[field]))):
                return True
            if adds and not value and field not in label and not self.carried_before(field, change["version"]):
                return True
        return False

    def outdates(self, name, made, label, *, adds=True):
        """Whether a batch follows a version that makes a label of an earlier one outdated."""
        return any(
            one["policy"] != "grandfather"
            and made < one["version"] <= self.batches[name]["guideline"]
            and self.affected(one, label, adds=adds)
            for one in self.changes
        )

    def last_words(self, among):
        return {
            (item, who): name for name in among for item, who in self.batches[name]["votes"]
        }  # in the order of the batches: the newest stays

    def taker(self, item, who, name):
        said = self.batches[name]["votes"][item, who]
        for later in self.closed[self.closed.index(name) + 1 :]:
            batch = self.batches[later]
            if batch["purpose"] == "relabel" and who in batch["asked"].get(item, ()):
                return later, "silent"
            label = said.get("label")
            if item in batch["held"] and label and self.outdates(later, self.made(name, said), label):
                return later, "outdated"
        return None

    def replaced(self, gone):
        """Of the votes that a batch took those in whose place somebody new labelled the item there."""
        first = {}
        for name in reversed(self.closed):
            votes = self.batches[name]["votes"].items()
            first |= {key: name for key, said in votes if key[1] != "@crowd/w2" and "label" in said}
        for item, by in {(item, by) for (item, _), by in gone.items()}:
            new = sum(of == item and name == by for (of, _), name in first.items())
            yield from sorted(key for key, taker in gone.items() if (key[0], taker) == (item, by))[:new]

    def standing(self, item):
        """The fields for which the decision of each batch stands."""
        held = [name for name in self.closed if item in self.batches[name]["held"]]
        order = sorted(self.batches, key=lambda name: (self.batches[name]["created"], name))
        said, found = set(), {}
        for name in reversed(self.closed if held else order):
            if item in self.batches[name]["decided"]:
                decision = self.batches[name]["decided"][item]
                label, made = decision["label"], self.made(name, decision)
                later = [
                    one for one in held if name in self.closed and self.closed.index(one) > self.closed.index(name)
                ]
                found[name] = {
                    field
                    for field in label.keys() - said
                    if not any(self.outdates(one, made, {field: label[field]}, adds=False) for one in later)
                }
                said |= label.keys()
        return {name: fields for name, fields in found.items() if fields}


def rows_where(corpus, mask):
    rows = corpus.annotations
    return {
        (corpus.items.ids[rows.item[row]], rows.annotator.values[rows.annotator.codes[row]]): corpus.batches[
            rows.batch[row]
        ].name
        for row in np.flatnonzero(mask).tolist()
    }


def test_random_histories_are_counted_as_a_plain_recount_counts_them(tmp_path):
    lost_for, stood = set(), 0
    for seed in SEEDS:
        history = History(seed)
        kept = {name: text for name, text in FILES.items() if not name.startswith(("labels/mood/", "labels/items/"))}
        folder = tmp_path / str(seed)
        loaded = load(project_of(folder, {**kept, **dict(history.files())}))
        assert not [one for one in loaded.findings if one.severity == "error" and one.rule != "batch/emptied"], seed
        corpus, last = loaded.corpus, history.last_words(history.closed)
        taken = {key: by for key, name in last.items() if (by := history.taker(*key, name))}
        assert rows_where(corpus, corpus.annotations.current) == {k: v for k, v in last.items() if k not in taken}, seed
        assert rows_where(corpus, corpus.annotations.open) == history.last_words(history.opened), seed
        lost = {
            key: by
            for key, by in taken.items()
            if key[1] != "@crowd/w2" and "label" in history.batches[last[key]]["votes"][key]
        }
        for item, who in history.replaced({key: by for key, (by, why) in lost.items() if why == "outdated"}):
            del lost[item, who]
        found = losses(corpus)
        assert (found.votes, found.items) == (len(lost), len({item for item, _ in lost})), seed
        assert found.silent == sum(why == "silent" for _, why in lost.values()), seed
        assert found.batches == {
            name: number for name in sorted(history.batches) if (number := sum(by == name for by, _ in lost.values()))
        }, seed
        stands = {item: history.standing(item) for item in ITEMS}
        for one in corpus.decisions:
            assert set(one.stands) == stands[one.item].get(one.batch, set()), (seed, one)
            stood += bool(one.stands) and bool(corpus.items.current_batch[ITEMS.index(one.item)] >= 0)
        lost_for |= {why for _, why in lost.values()}
    assert lost_for == {"silent", "outdated"}
    assert stood > 100


SPLIT = {
    "schemas/mood.yaml": SCHEMA.replace("[good, bad]", "[good, mixed, awful, sad]"),
    "schemas/migrations/mood/0001-split.yaml": (
        "reason: finer\nguideline: 0.2.0\nsteps:\n  - {split_value: {field: tone, value: bad, into: [awful, sad]}}\n"
    ),
    "guidelines/mood.md": GUIDELINE.replace("summary: second}", "summary: second, affects: [tone=bad]}"),
    "labels/annotators/cem.yaml": "kind: person\n",
    "labels/items/texts/one.jsonl": lines({"id": item, "data": {"text": "t"}} for item in ITEMS),
}


def split_project(folder, answers, asked=None, silent=()):
    """The votes of the first batch, a split of `bad`, and a batch that asks some of those who said anything again."""
    again = asked or {}
    files = {name: text for name, text in FILES.items() if not name.startswith(("labels/mood/", "labels/items/"))}
    batches = {"r1": ("label", "2026-01-02", "0.1.0", dict.fromkeys(ITEMS, PEOPLE))}
    if asked is not None:
        batches["r2"] = ("relabel", "2026-02-02", "0.2.0", again)
    for name, (purpose, created, version, plan) in batches.items():
        head = f"purpose: {purpose}\nstatus: closed\ncreated: {created}\nguideline: {version}\n"
        files[f"labels/mood/{name}/batch.yaml"] = head
        files[f"labels/mood/{name}/assignments.jsonl"] = lines(
            {"item": item, "annotators": sorted(who)} for item, who in plan.items()
        )
        for who in PEOPLE:
            told = {item: answers[item, who] for item in plan if who in plan[item] and (name, item, who) not in silent}
            finer = {item: "sad" if name == "r2" and tone == "bad" else tone for item, tone in told.items()}
            said = lines({"item": item, "label": {"tone": tone}} for item, tone in finer.items())
            files[f"labels/mood/{name}/{who}.jsonl"] = said
    return load(project_of(folder, {**files, **SPLIT})).corpus


def untouched_alpha(corpus):
    """Alpha and its units over the current votes that the split leaves as they are."""
    field, column = Field(name="tone", scale=Scale.NOMINAL), corpus.annotations.fields["tone"]
    kept = np.isin(column.codes, [code for code, value in enumerate(column.values) if value in ("good", "mixed")])
    whole = tally(corpus, field, corpus.annotations.current & kept)
    return alpha_of(whole, bounded=False), whole.units


def test_a_split_that_is_labelled_again_loses_no_valid_vote(tmp_path):
    chance = random.Random(1)
    answers = {(item, who): chance.choice(["good", "mixed", "bad"]) for item in ITEMS for who in PEOPLE}
    bad = {item: [who for who in PEOPLE if answers[item, who] == "bad"] for item in ITEMS}
    some = {item: who for item, who in bad.items() if who}
    before = split_project(tmp_path / "before", answers)
    partly = split_project(tmp_path / "partly", answers, some)
    wholly = split_project(tmp_path / "wholly", answers, dict.fromkeys(some, PEOPLE))
    assert 10 < len(some) < len(ITEMS)
    assert untouched_alpha(before)[0].value == untouched_alpha(partly)[0].value == untouched_alpha(wholly)[0].value
    assert untouched_alpha(before)[1] == untouched_alpha(partly)[1] == untouched_alpha(wholly)[1] > 10
    for corpus in (before, partly, wholly):
        assert int((corpus.annotations.current & corpus.annotations.counts).sum()) == len(answers)
        assert losses(corpus) == Lost(items=0, votes=0, silent=0, outdated=0, batches={})


def test_who_is_asked_again_and_silent_loses_the_vote_and_only_once_the_batch_is_closed(tmp_path):
    answers = {(item, who): "good" for item in ITEMS for who in PEOPLE}
    silent = {("r2", ITEMS[0], "ada"), ("r2", ITEMS[0], "ben"), ("r2", ITEMS[1], "ada")}
    corpus = split_project(tmp_path, answers, dict.fromkeys(ITEMS[:5], ("ada", "ben")), silent)
    assert losses(corpus) == Lost(items=2, votes=3, silent=3, outdated=0, batches={"r2": 3})
    guideline = Guideline(task="mood", version="0.1.0", owners=(), changes=())
    reopened = tuple(replace(batch, closed=batch.name == "r1") for batch in corpus.batches)
    opened = with_current(replace(corpus, batches=reopened), guideline)
    assert losses(opened).votes == 0
    assert set(rows_where(opened, opened.annotations.current).values()) == {"r1"}
    assert set(rows_where(opened, opened.annotations.open).values()) == {"r2"}


def life(folder, migration, votes, affects=""):
    """r1 under 1.0.0, r2 under 2.0.0, which comes with a migration, r3 under 3.0.0; they ask again."""
    head = GUIDELINE.split("changes:")[0].replace("0.2.0", "3.0.0")
    changes = [("1.0.0", ""), ("1.1.0", affects), ("2.0.0", ""), ("3.0.0", "")]
    listed = "".join(
        f"  - {{version: {version}, date: 2026-01-01, summary: s, affects: [{of}]}}\n" for version, of in changes
    )
    files = {name: text for name, text in FILES.items() if not name.startswith("labels/mood/")}
    files |= {
        "schemas/mood.yaml": "type: object\nproperties:\n  tone: {enum: [good, awful, sad, low]}\n  sure: {type: boolean}\n"
        "  topics: {type: array, items: {enum: [a, b]}}\n",
        "schemas/migrations/mood/0001-m.yaml": f"reason: r\nguideline: 2.0.0\nsteps: [{migration}]\n",
        "guidelines/mood.md": f"{head}changes:\n{listed}---\nRead it.\n",
        **{f"labels/annotators/{who}.yaml": "kind: person\n" for who in ("ada", "ben", "dan")},
        "labels/annotators/lena.yaml": "role: lead\n",
        "labels/items/texts/one.jsonl": lines([{"id": "i", "data": {"text": "t"}}]),
    }
    for month, (name, said) in enumerate(votes.items(), start=1):
        purpose = "label" if name == "r1" else "relabel"
        files[f"labels/mood/{name}/batch.yaml"] = (
            f"purpose: {purpose}\nstatus: closed\ncreated: 2026-0{month}-02\nguideline: {month}.0.0\n"
        )
        asked = sorted(who for who in said if "." not in who)
        files[f"labels/mood/{name}/assignments.jsonl"] = lines([{"item": "i", "annotators": asked}])
        for who, label in said.items():
            told = {"skip": "unclear"} if label is None else {"label": label}
            also = {"reason": "other"} if who.endswith(".adjudicated") else {}
            files[f"labels/mood/{name}/{who}.jsonl"] = lines([{"item": "i", **told, **also}])
    return project_of(folder, files)


def test_what_a_version_affects_is_found_under_the_name_that_a_later_migration_gave_it(tmp_path):
    rename = "{rename_values: {field: tone, values: {bad: awful}}}"
    split = "{split_value: {field: tone, value: bad, into: [sad, low]}}"
    retire = "{retire_values: {field: topics, values: [c]}}"
    bad, good, topics = {"tone": "bad"}, {"tone": "good"}, {"topics": ["b", "c"]}
    for number, (migration, affects, label, lost) in enumerate([
        (rename, "tone=bad", bad, True),
        (rename, "tone=bad", good, False),
        ("{rename_values: {field: tone, values: {bad: good, good: low}}}", "tone=bad", good, False),
        ("{merge_values: {field: tone, values: [bad, grim], into: sad}}", "tone=bad", bad, True),
        ("{rename_field: {from: mood, to: tone}}", "mood=low", {"mood": "low"}, True),
        ("{rename_field: {from: mood, to: tone}}", "mood", {"mood": "low"}, True),
        ("{drop_field: {field: why}}", "why", {"why": "x", "tone": "good"}, False),
        (split, "tone=bad", {**bad, "sure": True}, True),
        (split, "tone", bad, True),
        (split, "tone=good", bad, False),
        (retire, "topics=c", topics, True),
        (retire, "topics=a", topics, True),
        (retire, "topics=a", {"topics": ["b"]}, False),
    ]):  # fmt: skip
        votes = {"r1": {"ada": label, "ben": label}, "r2": {"ada": {"sure": False}}}
        project = life(tmp_path / str(number), migration, votes, affects=affects)
        loaded = load(project)
        assert not [one for one in loaded.findings if one.severity == "error"]
        found = losses(loaded.corpus)
        assert (found.outdated, found.silent) == (int(lost), 0), (migration, affects, label)
        assert found.waiting == (migration == split and not lost)


def test_a_field_waits_no_longer_once_others_labelled_the_item_again(tmp_path):
    retire = "{retire_values: {field: tone, values: [bad]}}"
    bad, sure, good = {"tone": "bad", "sure": True}, {"sure": True}, {"tone": "good"}
    three = dict.fromkeys(("ada", "ben", "dan"), bad)
    fields = [Field(name="tone", scale=Scale.NOMINAL), Field(name="sure", scale=Scale.NOMINAL)]
    cases = {
        "nobody asked": ({"r1": three}, True, 0, 3),
        "the others leave it out": ({"r1": three, "r2": {"ada": sure, "ben": sure}}, False, 1, 3),
        "the others say it": ({"r1": three, "r2": {"ada": good, "ben": good}}, False, 1, 1),
        "the others skip": ({"r1": three, "r2": {"ada": None, "ben": None}}, True, 0, 1),
        "who waits is asked too": ({"r1": three, "r2": dict.fromkeys(three, sure)}, False, 0, 3),
        "skipped, and said later": (
            {"r1": three, "r2": {"ada": None, "ben": None}, "r3": {"ada": sure}}, False, 1, 2,
        ),
        "said, and skipped later": (
            {"r1": three, "r2": {"ada": sure}, "r3": {"ada": None, "ben": None}}, True, 0, 1,
        ),
        "a decision": ({"r1": {"ada": bad, "lena.adjudicated": bad}, "r2": {"ada": sure}}, False, 0, 1),
        "a decision, and skipped": ({"r1": {"ada": bad, "lena.adjudicated": bad}, "r2": {"ada": None}}, True, 0, 0),
    }  # fmt: skip
    for name, (votes, waits, lost, said) in cases.items():
        project = life(tmp_path / name.replace(" ", "-"), retire, votes)
        corpus = load(project).corpus
        decided = compute_consensus(corpus, fields)
        assert decided.waiting.tolist() == [waits, False], name
        assert decided.votes.tolist()[1] == said, name
        found = losses(corpus)
        assert (found.waiting, found.votes, sum(found.batches.values())) == (lost, lost, lost), name
        assert bool(current_impact(project, "mood").plan) is (waits and "decision" not in name), name


def test_who_leaves_takes_no_vote_along_where_an_older_one_of_theirs_counts_again(tmp_path):
    project = life(
        tmp_path, "{drop_field: {field: why}}", {"r1": {"ada": {"tone": "good"}}, "r2": {"ada": {"tone": "low"}}}
    )
    path = project.root / "labels/mood/r2/batch.yaml"
    for purpose, since, votes in (
        ("label", "2026-02-01", []),
        ("relabel", "2026-02-01", [1]),
        ("label", "2026-01-01", [1]),
    ):
        path.write_text(
            path.read_text()
            .replace("purpose: relabel", f"purpose: {purpose}")
            .replace("purpose: label", f"purpose: {purpose}")
        )
        corpus, guideline = load(project).corpus, load_guideline(project, "mood")
        people = {"ada": replace(corpus.annotators["ada"], status=Status.LEFT, since=since)}
        assert [one.votes for one in votes_taken(corpus, people, guideline, ())] == votes


def test_a_label_that_does_not_count_replaces_none_that_does():
    """As of somebody whose answers after a day do not count; of somebody whose answers never do, the newest stands."""
    rows = [Vote("i", who, {}, batch) for who in ("ada", "bot") for batch in ("b1", "b2")]
    corpus = corpus_from(rows, [], excluded=["bot"])
    late = corpus.annotations.batch == 1
    some = replace(corpus.annotations, counts=corpus.annotations.counts & ~late)
    found = with_current(replace(corpus, annotations=some), corpora.GUIDELINE)
    assert rows_where(found, found.annotations.current) == {("i", "ada"): "b1", ("i", "bot"): "b2"}
    assert rows_where(corpus, corpus.annotations.current) == {("i", "ada"): "b2", ("i", "bot"): "b2"}
