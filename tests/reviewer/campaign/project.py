"""The project of the campaign: two tasks, closed and open batches that are planned, an import, and nothing wrong with any."""

import json
from collections.abc import Mapping

TIME = "2024-05-02T10:00:00Z"
"""When a record is made unless a case says otherwise: after every batch was created, long before any review."""

PEOPLE = {
    "ada": "{role: annotator, handle: ada-x, emails: [ada@example.org], qualified: [mood, song]}",
    "ben": "{role: annotator, handle: ben-x, emails: [ben@example.org], qualified: [mood, song]}",
    "cleo": "{role: annotator, handle: cleo-x, emails: [cleo@example.org], qualified: []}",
    "dora": "{role: annotator, status: paused, since: 2026-01-01, handle: dora-x, emails: [dora@example.org]}",
    "rei": "{role: reviewer, handle: rei-x, emails: [rei@example.org]}",
    "rex": "{role: reviewer, handle: rex-x, emails: [rex@example.org]}",
    "noor": "{role: lead, handle: noor-x, emails: [noor@example.org]}",
    "lea": "{role: lead, handle: lea-x, emails: [lea@example.org]}",
    "bot": "{kind: model}",
}
SCHEMA = """\
type: object
additionalProperties: false
required: [tone]
x-item: {type: object, required: [text], properties: {text: {type: string}}}
properties:
  tone: {enum: [good, bad, mixed]}
  score: {type: integer, minimum: 0, maximum: 5}
"""
SONG = SCHEMA.replace("tone", "mood").replace("good, bad, mixed", "glad, sad")
GUIDELINE = """\
---
task: {task}
version: 0.2.0
changes:
  - {{version: 0.1.0, date: 2024-01-01, summary: first}}
  - {{version: 0.2.0, date: 2024-02-01, summary: second}}
---
# Read it

Read it twice.

```example
text: what a day
label: {{{label}}}
why: nothing is wrong
```
"""
POLICY = """\
consensus: {method: majority}
rules:
  schema: {errors_at_most: 0}
  agreement:
    tone: {at_least: 0.6, min_units: 3}
  gold: {accuracy_at_least: 0.8, min_items: 2}
  unresolved: {at_most: 0.1}
"""
LOWERED = POLICY.replace("at_least: 0.6", "at_least: 0.1")
PROJECT = """\
format: 1
id: campaign-project
tasks: {mood: {pool: texts}, song: {pool: lines}}
review: {file_mib: 0.05, files: 30, records: 60, draw: 0.05}
releases: [set]
"""
RELEASE = "version: 1.0.0\ntasks: [mood]\nlicense: CC0-1.0\nsplits: {train: 1}\n"
CREATED = {"r1": "2024-01-02", "r2": "2024-02-02", "r3": "2024-03-02", "r4": "2024-04-02", "r5": "2024-04-20"}


def line(**record: object) -> str:
    """A record as a line."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


def vote(item: str, tone: str = "good", **more: object) -> str:
    """An answer to an item of the task `mood`."""
    return line(item=item, label={"tone": tone}, **more)


def decision(item: str, tone: str = "good", **more: object) -> str:
    """A decision on an item."""
    return line(item=item, label={"tone": tone}, reason="edge-case", **more)


def sent_back(item: str, annotator: str, **more: object) -> str:
    """An item sent back."""
    return line(item=item, annotator=annotator, why="look again", **more)


def plan(items: Mapping[str, str]) -> str:
    """Who is asked for each item; the names are parted by spaces."""
    return "".join(line(item=item, annotators=who.split()) for item, who in items.items())


def batch(
    name: str, *, purpose: str = "label", status: str = "closed", version: str = "0.2.0", created: str = ""
) -> str:
    """What a batch is for."""
    return f"purpose: {purpose}\nstatus: {status}\ncreated: {created or CREATED[name]}\nguideline: {version}\n"


R1, R2, R3, R4, R5 = (f"labels/mood/{name}" for name in CREATED)
ADAS = vote("i5") + vote("i6", "bad", at=TIME)
BENS = vote("i5", "bad")
FILES: Mapping[str, str] = {
    "checks/project.yaml": PROJECT,
    "checks/mood.yaml": POLICY,
    "checks/song.yaml": POLICY.replace("tone", "mood"),
    "checks/waivers.yaml": "[]\n",
    "schemas/mood.yaml": SCHEMA,
    "schemas/song.yaml": SONG,
    "guidelines/mood.md": GUIDELINE.format(task="mood", label="tone: good"),
    "guidelines/song.md": GUIDELINE.format(task="song", label="mood: glad"),
    "guidelines/allowed_signers": "",
    "releases/set.yaml": RELEASE,
    "dvc.yaml": "stages: {look: {cmd: assay gate}}\n",
    ".github/workflows/assay.yaml": "on: pull_request\n",
    ".gitignore": "/build/*/\n/gate/\n/release/\n/.assay/\n",
    "docs/page.md": "A page.\n",
    **{f"labels/annotators/{who}.yaml": f"{entry}\n" for who, entry in PEOPLE.items()},
    "labels/sources/crowd.jsonl": line(annotator="w1") + line(annotator="w2"),
    "labels/items/texts/one.jsonl": "".join(line(id=f"i{n}", data={"text": f"text {n}"}) for n in range(1, 6)),
    "labels/items/texts/two.jsonl": "".join(line(id=f"i{n}", data={"text": f"text {n}"}) for n in range(6, 10)),
    "labels/items/lines/one.jsonl": "".join(line(id=f"s{n}", data={"text": f"line {n}"}) for n in range(1, 4)),
    "labels/mood/gold/rei.jsonl": vote("i1"),
    # Released: closed and planned. Ada and ben differ on i2 (undecided) and i4 (decided); ben corrected i3.
    f"{R1}/batch.yaml": batch("r1", version="0.1.0"),
    f"{R1}/assignments.jsonl": plan({f"i{n}": "ada ben" for n in range(1, 5)}),
    f"{R1}/ada.jsonl": vote("i1") + vote("i2") + vote("i3") + vote("i4"),
    f"{R1}/ben.jsonl": vote("i1") + vote("i2", "bad") + vote("i3", first={"tone": "bad"}) + vote("i4", "bad"),
    f"{R1}/rei.adjudicated.jsonl": decision("i4"),
    f"{R1}/rei.returned.jsonl": sent_back("i3", "ben"),
    # Imported, so without a plan.
    f"{R2}/batch.yaml": batch("r2"),
    f"{R2}/@crowd.jsonl": line(annotator="w1", item="i9", label={"tone": "bad"})
    + line(annotator="w2", item="i9", label={"tone": "bad"}),
    # Open: ada's i6 was sent back, and the model's answers may be shown.
    f"{R3}/batch.yaml": batch("r3", status="open"),
    f"{R3}/assignments.jsonl": plan({"i5": "ada ben rei noor", "i6": "ada ben rei noor", "i7": "ada ben", "i8": "ben"}),
    f"{R3}/ada.jsonl": ADAS,
    f"{R3}/ben.jsonl": BENS,
    f"{R3}/bot.jsonl": vote("i5", confidence=0.9) + vote("i6", "mixed", confidence=0.4),
    f"{R3}/rei.returned.jsonl": sent_back("i6", "ada"),
    # Open too: labels anew what is released, and asks ben alone.
    f"{R4}/batch.yaml": batch("r4", purpose="relabel", status="open"),
    f"{R4}/assignments.jsonl": plan({"i1": "ben", "i2": "ben"}),
    # Closed since: rei voted here.
    f"{R5}/batch.yaml": batch("r5"),
    f"{R5}/assignments.jsonl": plan({"i8": "ben rei"}),
    f"{R5}/ben.jsonl": vote("i8"),
    f"{R5}/rei.jsonl": vote("i8", "bad"),
    "labels/song/r1/batch.yaml": batch("r1", status="open"),
    "labels/song/r1/assignments.jsonl": plan({"s1": "ada ben", "s2": "ada ben"}),
    "labels/song/r1/ben.jsonl": line(item="s1", label={"mood": "glad"}),
}  # fmt: skip
