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
from typing import Any

import jsonschema
import krippendorff
import numpy as np
import orjson
import pandas as pd
import yaml

from assay.agreement.alpha import alpha
from assay.agreement.bootstrap import intervals
from assay.agreement.coefficient import Undefined
from assay.consensus import decide
from assay.labels import load_corpus
from assay.model.schema import Field, Scale
from assay.project import find_project
from assay.schemas import load_schema
from assay.table import Corpus
from assay.table.tally import tally

RECORDS, ITEMS, ANNOTATORS, PER_ITEM = 99_990, 33_330, 20, 3
INTENTS = ["angry", "calm", "glad", "sad", "unsure"]
ASPECTS = ["delivery", "design", "price", "quality", "service", "support"]
REPLICATES = 20
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
        corpus = load_corpus(find_project(root), load_schema(find_project(root), "t"), frozenset({"1.0.0"})).corpus
        _agreement(corpus)
        _consensus(corpus)


LIBRARIES = ("msgspec", "jsonschema", "jsonschema-rs", "krippendorff", "pandas", "numpy")


def _named(library: str) -> str:
    return f"{library} {version(library)}"


def _reading(root: Path) -> None:
    project = find_project(root)
    schema = load_schema(project, "t")
    _compare(
        "read, validate, make columns",
        lambda: load_corpus(project, schema, frozenset({"1.0.0"})),
        "json + jsonschema (validator reused), labels and records, no columns",
        lambda: _naive_validate(root),
    )


def _naive_validate(root: Path) -> int:
    validator = jsonschema.Draft202012Validator(RECORD)
    files = sorted((root / "labels/t").glob("*/w*.jsonl"))
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return sum(validator.is_valid(json.loads(line)) for line in lines)


def _agreement(corpus: Corpus) -> None:
    rows = corpus.in_current_round()
    fields = [
        Field(name="rating", scale=scale, textual=False) for scale in (Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL)
    ]
    frame = pd.DataFrame(
        {
            "item": corpus.annotations.item,
            "annotator": corpus.annotations.annotator.codes,
            "value": np.array(corpus.annotations.fields["rating"].values)[corpus.annotations.fields["rating"].codes],
        }
    )
    _compare(
        "alpha on 3 scales",
        lambda: [_estimate(corpus, field, rows) for field in fields],
        "pandas pivot + krippendorff",
        lambda: [_naive_alpha(frame, level) for level in ("nominal", "ordinal", "interval")],
    )
    _compare(
        "alpha and its interval, 1,000 samples",
        lambda: _interval(corpus, fields[1], rows),
        f"resample + krippendorff, {REPLICATES} samples times {1000 // REPLICATES}",
        lambda: _naive_interval(frame),
        scaled=1000 / REPLICATES,
    )


def _estimate(corpus: Corpus, field: Field, rows: Any) -> Any:
    return alpha(tally(corpus, field, rows))


def _interval(corpus: Corpus, field: Field, rows: Any) -> Any:
    counted = tally(corpus, field, rows)
    estimator = alpha(counted)
    assert not isinstance(estimator, Undefined)
    return intervals(counted, [estimator], np.random.default_rng(0))


def _naive_alpha(frame: pd.DataFrame, level: str) -> float:
    table = frame.pivot_table(index="annotator", columns="item", values="value")
    return float(krippendorff.alpha(reliability_data=table.to_numpy(), level_of_measurement=level))


def _naive_interval(frame: pd.DataFrame) -> list[float]:
    rng = np.random.default_rng(0)
    table = frame.pivot_table(index="annotator", columns="item", values="value").to_numpy()
    draws = (rng.integers(0, table.shape[1], table.shape[1]) for _ in range(REPLICATES))
    return [
        float(krippendorff.alpha(reliability_data=table[:, draw], level_of_measurement="ordinal")) for draw in draws
    ]


def _consensus(corpus: Corpus) -> None:
    field = Field(name="feeling", scale=Scale.NOMINAL, values=tuple(INTENTS))
    column = corpus.annotations.fields["feeling"]
    frame = pd.DataFrame({"item": corpus.annotations.item, "value": np.array(column.values)[column.codes]})
    _compare(
        "consensus by majority, with ties and distributions",
        lambda: decide(corpus, [field]),
        "pandas groupby + mode",
        lambda: frame.groupby("item")["value"].agg(lambda votes: votes.mode().iloc[0]),
    )


def _compare(
    ours: str, run: Callable[[], object], theirs: str, other: Callable[[], object], *, scaled: float = 1.0
) -> None:
    timed = [(_seconds(run), _seconds(other) * scaled) for _ in range(3)]
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
        for item in chosen:
            for who in rng.choice(ANNOTATORS, PER_ITEM, replace=False):
                lines[int(who)].append(_line(rng, ids[item], int(truth[item])))
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
