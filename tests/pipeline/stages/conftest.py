import json

import pyarrow.parquet as pq
import pytest

from assay.pipeline.agreement_stage import agreement
from assay.pipeline.schema_stage import schema
from assay.pipeline.table_stages import consensus, quality
from assay.project.config import find_project
from projects import write_files

SCHEMA = "type: object\nadditionalProperties: false\nrequired: [tone]\nproperties: {tone: {enum: [good, bad]}}\n"
BATCH = "purpose: label\nstatus: {}\ncreated: {}\nguideline: 0.1.0\n"
VOTES = {"ada": ("good", "good", "bad", "good"), "ben": ("good", "good", "bad", "bad")}


def lines(values, first=1):
    return "".join(
        f'{{"item":"i{number}","label":{{"tone":"{value}"}}}}\n' for number, value in enumerate(values, start=first)
    )


@pytest.fixture
def project(tmp_path):
    """Four items with two votes each, the last one tied; a fifth that nobody answered; a sixth in an open batch."""
    asked = "".join(f'{{"item":"i{number}","annotators":["ada","ben"]}}\n' for number in range(1, 5))
    write_files(
        tmp_path,
        {
            "checks/project.yaml": "format: 1\nid: test-project\ntasks: {mood: {pool: texts}}\nreleases: [set]\n",
            "checks/mood.yaml": (
                "consensus: {method: majority}\nrules:\n  schema: {errors_at_most: 0}\n"
                "  agreement: {tone: {at_least: 0.5, min_units: 4, test: value}}\n  coverage: {of_assigned: 0.85}\n"
            ),
            "releases/set.yaml": "version: 1.0.0\ntasks: [mood]\nlicense: CC0-1.0\nsplits: {all: 1}\n",
            "schemas/mood.yaml": SCHEMA,
            "guidelines/mood.md": (
                "---\ntask: mood\nversion: 0.1.0\nchanges:\n"
                "  - {version: 0.1.0, date: 2026-01-01, summary: first}\n---\nRead it.\n"
            ),
            "labels/annotators/ada.yaml": "role: lead\n",
            "labels/annotators/ben.yaml": "kind: person\n",
            "labels/items/texts/one.jsonl": "".join(f'{{"id":"i{number}","data":{{}}}}\n' for number in range(1, 7)),
            "labels/mood/gold/ada.jsonl": lines(["good", "bad"]),
            "labels/mood/r1/batch.yaml": BATCH.format("closed", "2026-01-02"),
            "labels/mood/r1/assignments.jsonl": asked + '{"item":"i5","annotators":["ada"]}\n',
            "labels/mood/r2/batch.yaml": BATCH.format("open", "2026-02-02"),
            "labels/mood/r2/assignments.jsonl": '{"item":"i6","annotators":["ada","ben"]}\n',
            **{f"labels/mood/r1/{who}.jsonl": lines(values) for who, values in VOTES.items()},
            **{f"labels/mood/r2/{who}.jsonl": lines(["bad"], first=6) for who in VOTES},
        },
    )
    return find_project(tmp_path)


@pytest.fixture
def spoiled(project):
    """The same with a value that the schema does not know, on the second line of ben's file."""
    (project.root / "labels/mood/r1/ben.jsonl").write_text(lines(("good", "goood", "bad", "bad")))
    return project


@pytest.fixture
def measure():
    """Runs stages on the task, all that measure unless some are named."""

    def _measure(project, *stages):
        for stage in stages or (schema, agreement, consensus, quality):
            stage(project, "mood")

    return _measure


@pytest.fixture
def report():
    """Reads what a report measured."""

    def _report(project, name):
        told = json.loads((project.root / f"reports/mood/{name}.json").read_bytes())
        return {key: value for key, value in told.items() if key not in {"made_from", "tables"}}

    return _report


@pytest.fixture
def rows():
    """Reads a table."""

    def _rows(project, name):
        return pq.read_table(project.root / f"build/mood/{name}.parquet").to_pylist()

    return _rows


@pytest.fixture
def written():
    """Reads every file that the pipeline has made."""

    def _written(project):
        made = ("build", "reports", "gate", "release")
        paths = (path for name in made for path in (project.root / name).rglob("*") if path.is_file())
        return {path.relative_to(project.root).as_posix(): path.read_bytes() for path in paths}

    return _written
