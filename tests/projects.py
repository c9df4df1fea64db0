"""Small labelling projects on disk, and corpora as plain values, for tests of the floors that read files."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from assay import __version__
from assay.core.table import Column, Corpus
from assay.core.values import Json
from assay.files.atomic import digest_file
from assay.guidelines.front_matter import load_guideline
from assay.labels.corpus import Loaded
from assay.labels.parquet_io import read_corpus
from assay.labels.task_tables import save_task
from assay.labels.whole import load_corpus
from assay.project.config import Project, find_project
from assay.project.task_schema import TaskSchema, load_schema

SCHEMA = """
type: object
additionalProperties: false
required: [tone]
x-item: {type: object, required: [text], properties: {text: {type: string}}}
x-flags: [rude]
properties:
  tone: {enum: [good, bad]}
  score: {type: integer, minimum: 0, maximum: 5}
  share: {type: number}
  topics: {type: array, items: {enum: [a, b, c]}}
  names:
    type: array
    x-source: text
    items: {type: object, properties: {start: {type: integer}, end: {type: integer}}, required: [start, end]}
"""

GUIDELINE = """---
task: mood
version: 0.2.0
changes:
  - {version: 0.1.0, date: 2026-01-01, summary: first}
  - {version: 0.2.0, date: 2026-02-01, summary: second}
---
Read it.
"""

FILES: Mapping[str, str] = {
    "checks/project.yaml": f"format: 1\nassay: {__version__}\nid: test-project\ntasks: {{mood: {{pool: texts}}}}\n",
    "schemas/mood.yaml": SCHEMA,
    "guidelines/mood.md": GUIDELINE,
    "labels/annotators/ada.yaml": "role: lead\n",
    "labels/annotators/ben.yaml": "kind: person\n",
    "labels/annotators/bot.yaml": "kind: model\n",
    "labels/sources/crowd.jsonl": '{"annotator":"W 1"}\n{"annotator":"w2","status":"excluded"}\n',
    "labels/items/texts/one.jsonl": (
        '{"id":"i1","data":{"text":"naïve 😀 day"},"meta":{"lang":"en"},"group":"g1"}\n'
        '{"id":"i2","data":{"text":"plain"}}\n'
        '{"id":"i3","data":{"text":"third"},"group":"g1"}\n'
    ),
    "labels/items/texts/two.jsonl": '{"id":"i4","data":{"text":"fourth"}}\n{"id":"i5","data":{"text":"fifth"}}\n',
    "labels/mood/gold/ada.jsonl": '{"item":"i1","label":{"tone":"good"}}\n{"item":"i2","label":{"tone":"bad"}}\n',
    "labels/mood/gold/@crowd.jsonl": '{"item":"i3","label":{"tone":"bad"},"why":"clear"}\n',
    "labels/mood/r1/batch.yaml": "purpose: label\nstatus: closed\ncreated: 2026-01-02\nguideline: 0.1.0\nannotators: [ada, ben]\n",
    "labels/mood/r1/assignments.jsonl": (
        '{"item":"i1","annotators":["ada","ben"]}\n'
        '{"item":"i2","annotators":["ada","ben"]}\n'
        '{"item":"i3","annotators":["ben"]}\n'
    ),
    "labels/mood/r1/ada.jsonl": (
        '{"item":"i1","label":{"names":[{"end":7,"start":6}],"tone":"good","topics":["b","a"]},"guideline":"0.1.0",'
        '"at":"2026-01-03T10:00:00Z","seconds":4.5}\n'
        '{"item":"i2","skip":"unreadable","flags":["bad-item"]}\n'
    ),
    "labels/mood/r1/ben.jsonl": (
        '{"item":"i1","label":{"score":3,"tone":"bad"},"confidence":{"tone":0.5},"first":{"score":2,"tone":"good"}}\n'
        '{"item":"i2","label":{"share":1.0,"tone":"good"},"confidence":1}\n'
        '{"item":"i3","label":{"tone":"good"},"flags":["rude","unsure"],"note":"hm"}\n'
    ),
    "labels/mood/r1/bot.jsonl": '{"item":"i1","label":{"tone":"good"},"confidence":0.9,"probs":{"tone":{"bad":0.1,"good":0.9}}}\n',
    "labels/mood/r1/ada.adjudicated.jsonl": '{"item":"i1","label":{"tone":"good"},"reason":"edge-case"}\n',
    "labels/mood/r1/ada.returned.jsonl": '{"item":"i1","annotator":"ben","why":"look again"}\n',
    "labels/mood/r2/batch.yaml": "purpose: relabel\nstatus: closed\ncreated: 2026-02-02\nguideline: 0.2.0\n",
    "labels/mood/r2/@crowd.jsonl": (
        '{"annotator":"W 1","item":"i2","label":{"tone":"bad"}}\n'
        '{"annotator":"w2","item":"i2","label":{"tone":"good"}}\n'
        '{"annotator":"W 1","item":"i4","label":{"tone":"bad"}}\n'
    ),
    "labels/mood/r3/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-03-02\nguideline: 0.2.0\n",
    "labels/mood/r3/assignments.jsonl": "".join(
        f'{{"item":"i{number}","annotators":["ada","ben"]}}\n' for number in range(1, 6)
    ),
    "labels/mood/r3/ben.jsonl": '{"item":"i5","label":{"tone":"good"},"shown":{"swap":true}}\n',
}


_EXPLAINED = {"tone": ("good", "bad"), "score": range(6), "topics": "abc"}
EXPLAINED: Mapping[str, str] = {
    "guidelines/mood.md": GUIDELINE.replace("changes:", "owners: [ada]\nchanges:").replace(
        "Read it.\n",
        "".join(f"## {field}\n" + "".join(f"### {value}\n" for value in of) for field, of in _EXPLAINED.items())
        + "".join(
            f"\n```example\ntext: number {score}\nlabel: {{tone: {('good', 'bad')[score % 2]}, score: {score}, "
            f"topics: [{'abc'[score % 3]}]}}\nwhy: it is so\n```\n"
            for score in range(6)
        ),
    ),
    "labels/mood/r1/batch.yaml": FILES["labels/mood/r1/batch.yaml"].replace("closed", "open"),
}
"""A guideline that lacks nothing, and the first batch still open: what is edited there is nobody's fault by itself."""


def write_files(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Writes files below a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def small_project(root: Path, changed: Mapping[str, str | bytes] | None = None) -> Project:
    """The sound project above, with some files changed."""
    write_files(root, {**FILES, **(changed or {})})
    return find_project(root)


def schema_of(project: Project, task: str = "mood") -> TaskSchema:
    """The schema of its task."""
    return load_schema(project, task)


def load(project: Project, task: str = "mood", *, only: frozenset[str] | None = None, now: str | None = None) -> Loaded:
    """Its labels."""
    return load_corpus(project, load_schema(project, task), load_guideline(project, task), only=only, now=now)


def saved(project: Project, task: str = "mood") -> Corpus:
    """Its labels after they were saved and read back."""
    schema = load_schema(project, task)
    save_task(project, schema, load_guideline(project, task))
    return read_corpus(project, task, schema.fields)


def digest_tree(folder: Path) -> dict[str, str]:
    """The digest of every regular file below a folder, by its path there."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): digest_file(path) for path in files}


def texts(column: Column) -> list[str | None]:
    """A column as its texts."""
    return [column.values[code] if code >= 0 else None for code in column.codes.tolist()]


def plain(corpus: Corpus) -> dict[str, Json]:
    """Everything a corpus holds as values that compare, arrays with their types."""
    rows, items, asked = corpus.annotations, corpus.items, corpus.assignments
    return {
        "task": corpus.task,
        "batches": [repr(batch) for batch in corpus.batches],
        "annotators": [repr(entry) for entry in corpus.annotators.items()],
        "decisions": [repr(decision) for decision in corpus.decisions],
        "ids": [
            items.ids,
            items.data,
            items.meta,
            _array(items.current_batch),
            _array(items.open_batch),
            _column(items.group),
        ],
        "assigned": [_array(asked.batch), _array(asked.item), _column(asked.annotator)],
        "columns": [_column(one) for one in (rows.annotator, rows.guideline, rows.skip, rows.path, rows.flags)],
        "arrays": [_array(one) for one in (rows.batch, rows.item, rows.counts, rows.at, rows.seconds, rows.line)],
        "current": [_array(one) for one in (rows.current, rows.open, rows.taken)],
        "fields": {
            name: [
                repr(field.values),
                *map(_array, (field.codes, field.first, field.confidence, field.waiting.rows, field.waiting.answered)),
                _column(field.waiting.since),
            ]
            for name, field in rows.fields.items()
        },
    }


def _array(array: np.ndarray) -> list[str]:
    return [str(array.dtype), *map(str, array.tolist())]


def _column(column: Column) -> list[object]:
    return [column.values, _array(column.codes)]
