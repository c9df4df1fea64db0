import json
from collections import Counter

import pytest

from assay.git.snapshot import WorkTree
from assay.labels.assignments import read_plan
from assay.lead.batch_create import BatchOrder, plan_batch, write_batch
from assay.project.config import find_project
from projects import GUIDELINE, write_files

NOW = "2026-03-14T09:00:00Z"
SCHEMA = """
type: object
additionalProperties: false
required: [tone]
properties:
  tone: {enum: [good, bad]}
  topics: {type: array, items: {enum: [a, b, c]}}
  note: {type: string}
"""


def lines(records):
    return "".join(f"{json.dumps(record, separators=(',', ':'))}\n" for record in records)


class Lab:
    """A project with one task, and what a lead and annotators do in it."""

    def __init__(self, root, people, items):
        self.root = root
        self.people = tuple(people)
        write_files(
            root,
            {
                "checks/project.yaml": "format: 1\nid: test-project\ntasks: {mood: {pool: texts}}\n",
                "schemas/mood.yaml": SCHEMA,
                "guidelines/mood.md": GUIDELINE,
                "labels/items/texts/one.jsonl": lines(items),
                "labels/annotators/bot.yaml": "kind: model\n",
                "labels/annotators/lead.yaml": "role: lead\n",
                **{f"labels/annotators/{who}.yaml": "kind: person\n" for who in people},
            },
        )
        self.project = find_project(root)

    def write(self, **files):
        write_files(self.root, files)

    def gold(self, items):
        records = [{"item": item, "label": {"tone": "good"}} for item in sorted(items)]
        write_files(self.root, {"labels/mood/gold/lead.jsonl": lines(records)})

    def order(self, name="r1", **more):
        return BatchOrder(**{"task": "mood", "name": name, "annotators": self.people, **more})

    def plan(self, name="r1", **more):
        return plan_batch(self.project, self.order(name, **more), now=NOW)

    def create(self, name="r1", **more):
        planned = self.plan(name, **more)
        write_batch(self.project, planned)
        return planned

    def asked(self, name="r1"):
        return dict(read_plan(WorkTree(self.root), "mood", name))

    def loads(self, name="r1", among=None):
        asked = self.asked(name)
        return Counter(who for item in (asked if among is None else among) for who in asked[item])

    def answer(self, who, labels, name="r1"):
        records = [
            {"item": item, "skip": "unclear"} if label is None else {"item": item, "label": label}
            for item, label in sorted(labels.items())
        ]
        write_files(self.root, {f"labels/mood/{name}/{who}.jsonl": lines(records)})

    def batch_file(self, name="r1"):
        return self.root / f"labels/mood/{name}/batch.yaml"

    def files(self):
        found = (path for path in (self.root / "labels").rglob("*") if path.is_file())
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in found}


def numbered(count, **more):
    return [{"id": f"i{number:05d}", "data": {"text": str(number)}, **more} for number in range(count)]


@pytest.fixture
def lab(tmp_path):
    """Makes a project of so many items and people."""

    def _lab(items=12, people=("ada", "ben", "chen")):
        return Lab(tmp_path / "lab", people, numbered(items) if isinstance(items, int) else items)

    return _lab


@pytest.fixture
def now():
    return NOW
