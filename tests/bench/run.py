"""`make bench`: how fast assay is against what people would otherwise use, as ratios from one run.

Every pair is run in turn, three times; the median of each is compared. Data are synthetic and seeded. Ratios travel
between machines better than seconds do.
"""

import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import jsonschema
import numpy as np
import orjson
import pandas as pd
import yaml

from assay.consensus.decision import compute_consensus
from assay.core.table import Corpus
from assay.core.values import Field, Scale
from assay.guidelines.front_matter import Guideline
from assay.labels.assignments import dump_plan
from assay.labels.whole import load_corpus
from assay.project.config import find_project
from assay.project.task_schema import load_schema

GUIDELINE = Guideline(task="t", version="1.0.0", owners=(), changes=())
RECORDS, ITEMS, ANNOTATORS, PER_ITEM = 99_990, 33_330, 20, 3
INTENTS = ["angry", "calm", "glad", "sad", "unsure"]
ASPECTS = ["delivery", "design", "price", "quality", "service", "support"]
SCHEMA = {
    "type": "object",
    "required": ["feeling", "aspects"],
    "additionalProperties": False,
    "properties": {
        "feeling": {"type": "string", "enum": INTENTS},
        "aspects": {"type": "array", "uniqueItems": True, "items": {"enum": ASPECTS}},
        "rating": {"type": "integer", "minimum": 1, "maximum": 5},
    },
}
RECORD = {
    "type": "object",
    "required": ["item", "label"],
    "additionalProperties": False,
    "properties": {
        "item": {"type": "string", "minLength": 1},
        "label": SCHEMA,
        "guideline": {"type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"},
        "at": {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$"},
        "seconds": {"type": "number", "minimum": 0},
    },
}


def main() -> None:
    """Makes the data, runs every pair, prints the table."""
    print(f"Python {platform.python_version()}, {platform.machine()}; " + ", ".join(map(_named, LIBRARIES)))
    print(f"{RECORDS:,} records of {ITEMS:,} items by {ANNOTATORS} annotators, {PER_ITEM} each; medians of 3\n")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write_project(root)
        _reading(root)
        corpus = load_corpus(find_project(root), load_schema(find_project(root), "t"), GUIDELINE).corpus
        _consensus(corpus)


LIBRARIES = ("msgspec", "jsonschema", "jsonschema-rs", "pandas", "numpy")


def _named(library: str) -> str:
    return f"{library} {version(library)}"


def _reading(root: Path) -> None:
    project = find_project(root)
    schema = load_schema(project, "t")
    _compare(
        "read, validate, make columns",
        lambda: load_corpus(project, schema, GUIDELINE),
        "json + jsonschema (validator reused), labels and records, no columns",
        lambda: _naive_validate(root),
    )


def _naive_validate(root: Path) -> int:
    validator = jsonschema.Draft202012Validator(RECORD)
    files = sorted((root / "labels/t").glob("*/w*.jsonl"))
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return sum(validator.is_valid(json.loads(line)) for line in lines)


def _consensus(corpus: Corpus) -> None:
    field = Field(name="feeling", scale=Scale.NOMINAL, values=tuple(INTENTS))
    column = corpus.annotations.fields["feeling"]
    frame = pd.DataFrame({"item": corpus.annotations.item, "value": np.array(column.values)[column.codes]})
    _compare(
        "consensus by majority, with ties and distributions",
        lambda: compute_consensus(corpus, [field]),
        "pandas groupby + mode",
        lambda: frame.groupby("item")["value"].agg(lambda votes: votes.mode().iloc[0]),
    )


def _compare(ours: str, run: Callable[[], object], theirs: str, other: Callable[[], object]) -> None:
    timed = [(_seconds(run), _seconds(other)) for _ in range(3)]
    own, baseline = (statistics.median(column) for column in zip(*timed, strict=True))
    print(f"{ours}: {own:.3f} s\n    {theirs}: {baseline:.3f} s → {baseline / own:,.0f} times faster")
    sys.stdout.flush()


def _seconds(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def _write_project(root: Path) -> None:
    rng = np.random.default_rng(20_260_101)
    files = {
        "checks/project.yaml": "format: 1\nid: 00000000-bench\ntasks:\n  t: {pool: t}\n",
        "schemas/t.yaml": yaml.safe_dump(SCHEMA, sort_keys=False),
        **{f"labels/annotators/w{who:02}.yaml": "kind: person\n" for who in range(ANNOTATORS)},
    }
    ids = [f"item-{number:06}" for number in range(ITEMS)]
    files["labels/items/t/all.jsonl"] = "".join(f'{{"id":"{item}","data":{{}}}}\n' for item in ids)
    truth = rng.integers(0, len(INTENTS), ITEMS)
    for number in range(10):
        batch = f"labels/t/b{number}"
        files[f"{batch}/batch.yaml"] = "purpose: label\nstatus: closed\ncreated: 2026-01-01\nguideline: 1.0.0\n"
        chosen = range(number * ITEMS // 10, (number + 1) * ITEMS // 10)
        lines: dict[int, list[str]] = {who: [] for who in range(ANNOTATORS)}
        plan = {}
        for item in chosen:
            asked = rng.choice(ANNOTATORS, PER_ITEM, replace=False)
            plan[ids[item]] = tuple(f"w{who:02}" for who in sorted(asked))
            for who in asked:
                lines[int(who)].append(_line(rng, ids[item], int(truth[item])))
        files[f"{batch}/assignments.jsonl"] = dump_plan(plan).decode()
        files |= {f"{batch}/w{who:02}.jsonl": "".join(sorted(given)) for who, given in lines.items()}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def _line(rng: np.random.Generator, item: str, truth: int) -> str:
    feeling = truth if rng.random() < 0.8 else int(rng.integers(0, len(INTENTS)))
    aspects = [aspect for aspect in ASPECTS if rng.random() < 0.3]
    label = {"aspects": aspects, "feeling": INTENTS[feeling], "rating": 1 + (feeling + int(rng.integers(0, 2))) % 5}
    seconds = int(rng.integers(3, 90))
    at = f"2026-01-{1 + seconds % 28:02}T10:{seconds % 60:02}:{int(rng.integers(0, 60)):02}Z"
    record = {"item": item, "label": label, "guideline": "1.0.0", "at": at, "seconds": seconds}
    return orjson.dumps(record).decode() + "\n"


if __name__ == "__main__":
    main()
