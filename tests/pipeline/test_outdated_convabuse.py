"""Three guideline versions over real labels and a re-label round: what is outdated, against a count with pandas."""

import gzip
import hashlib
import json
import os
import shutil
from math import ceil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from msgspec import to_builtins

from assay.clone.project_files import init_project
from assay.guidelines.front_matter import load_guideline
from assay.labels.whole import load_corpus
from assay.lead.long_import import import_long
from assay.lead.task_add import add_task
from assay.pipeline.agreement_stage import agreement
from assay.pipeline.schema_stage import schema
from assay.pipeline.table_stages import consensus, quality
from assay.project.config import find_project
from assay.project.task_schema import load_schema
from assay.quality.outdated import measure_outdated

DATA = os.environ.get("ASSAY_DATA")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(DATA is None, reason="ASSAY_DATA does not name the folder of real corpora"),
]
TASK = "conv"
ITEMS = 300
DAYS = {"a": "2026-01-10", "b": "2026-02-10", "c": "2026-03-10"}
VERSIONS = {"a": "1.0.0", "b": "1.1.0", "c": "1.2.0"}
CHANGES = {"1.1.0": ["severity=-1", "type=sexist"], "1.2.0": ["target", "direction=implicit"]}


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """Three imported batches of 300 items, each made under the guideline's version of its day; tests change a copy."""
    place = tmp_path_factory.mktemp("imported")
    folder = place / "demo"
    init_project(folder, project_id="0b9ffe5c-1111")
    source = Path(DATA or "") / "convabuse.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(source.read_bytes()).splitlines()]
    ids = list(dict.fromkeys(row["item"] for row in rows))
    add_task(find_project(folder), TASK, today=DAYS["a"], scales={}, source=source)
    for number, (name, day) in enumerate(DAYS.items()):
        write_guideline(folder, VERSIONS[name])
        chosen = set(ids[number * ITEMS : (number + 1) * ITEMS])
        file = place / f"{name}.jsonl"
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows if row["item"] in chosen))
        report = import_long(find_project(folder), file, task=TASK, today=day)
        assert report.refused == ()
    return folder


@pytest.fixture
def root(imported, tmp_path):
    return shutil.copytree(imported, tmp_path / "demo")


def write_guideline(root, version, more=""):
    """The guideline as it stood at a version; `more` is the policy of the last change."""
    entries = [("1.0.0", ["all"]), *CHANGES.items()]
    text = f"---\ntask: {TASK}\nversion: {version}\nchanges:\n"
    for number, (name, affects) in enumerate(entries):
        if name <= version:
            stated = f"version: {name}, date: 2026-0{number + 1}-01, summary: s, affects: [{', '.join(affects)}]"
            text += f"  - {{{stated}{more if name == '1.2.0' else ''}}}\n"
    (root / f"guidelines/{TASK}.md").write_text(f"{text}---\nRead it.\n")


def votes(root):
    """Every vote of the current rounds, read off the files alone."""
    rows = []
    for path in sorted((root / "labels" / TASK).glob("*/@*.jsonl")):
        batch = yaml.safe_load((path.parent / "batch.yaml").read_text())
        for line in path.read_text().splitlines():
            record = json.loads(line)
            rows.append(
                {
                    "batch": path.parent.name,
                    "created": str(batch["created"]),
                    "made": record.get("guideline", batch["guideline"]),
                    "source": path.stem,
                    "annotator": f"{path.stem}/{record['annotator']}",
                    "item": record["item"],
                    "label": record["label"],
                }
            )
    frame = pd.DataFrame(rows)
    return frame[frame["created"] == frame.groupby("item")["created"].transform("max")].reset_index(drop=True)


def carries(label, selector):
    field, _, value = selector.partition("=")
    given = label.get(field)
    members = given if isinstance(given, list) else [given]
    return field in label and (not value or value in map(str, members))


def affected(frame, version):
    touched = frame["label"].map(lambda label: any(carries(label, selector) for selector in CHANGES[version]))
    return touched & (frame["made"] < version)


def sample(items, share):
    ordered = sorted(set(items), key=lambda item: hashlib.sha256(f"{TASK}\n1.2.0\n{item}".encode()).digest())
    return set(ordered[: ceil(len(ordered) * share)])


def relabel(root, rows, *, change=0):
    """A closed round over the items of some votes: every vote on them again, the first `change` with other answers."""
    frame = votes(root)
    again = frame[frame["item"].isin(set(rows["item"]))]
    folder = root / "labels" / TASK / "again"
    folder.mkdir()
    stated = "purpose: relabel\nstatus: closed\ncreated: 2026-04-10\nguideline: 1.2.0\n"
    (folder / "batch.yaml").write_text(stated)
    for source, group in again.groupby("source"):
        lines = []
        for number, vote in enumerate(group.sort_values(["item", "annotator"]).to_dict("records")):
            label = {"severity": -3, "target": ["generalised"]} if number < change else vote["label"]
            lines.append({"annotator": vote["annotator"].partition("/")[2], "item": vote["item"], "label": label})
        lines.sort(key=lambda line: (line["item"], line["annotator"]))
        text = "".join(f"{json.dumps(line, separators=(',', ':'), ensure_ascii=False)}\n" for line in lines)
        (folder / f"{source}.jsonl").write_text(text)
    return set(again["item"])


def measured(root):
    project = find_project(root)
    rules, guideline = load_schema(project, TASK), load_guideline(project, TASK)
    loaded = load_corpus(project, rules, guideline)
    assert loaded.report.errors == 0
    return measure_outdated(loaded.corpus, rules.fields, guideline)


def assert_counts(root, expected):
    """The report and the list say what the frame of outdated votes says."""
    found = measured(root)
    everything = votes(root)
    assert (found.report.annotations, found.report.outdated) == (len(everything), len(expected))
    assert found.report.versions == expected["made"].value_counts().to_dict()
    assert found.report.batches == expected["batch"].value_counts().to_dict()
    assert found.report.annotators == expected["annotator"].value_counts().to_dict()
    listed = {(row.batch, row.item, row.annotator) for row in found.rows}
    assert listed == set(expected[["batch", "item", "annotator"]].itertuples(index=False, name=None))
    return found.report


def test_under_relabel_everything_affected_is_outdated_until_a_round_replaces_it(root):
    frame = votes(root)
    stale = frame[affected(frame, "1.1.0") | affected(frame, "1.2.0")]
    report = assert_counts(root, stale)

    assert len(stale) > 100
    assert set(report.versions) == {"1.0.0", "1.1.0"}
    assert report.changes == {version: int(affected(frame, version).sum()) for version in CHANGES}
    severe = stale["label"].map(lambda label: label.get("severity") == -1) & (stale["made"] < "1.1.0")
    by_value = to_builtins(report)["values"]
    assert by_value["severity"] == {"-1": int(severe.sum())}
    kinds = frame[affected(frame, "1.2.0")]["label"].map(lambda label: label.get("target", []))
    assert by_value["target"] == kinds.explode().dropna().value_counts().to_dict()

    relabel(root, stale)
    assert_counts(root, votes(root).iloc[:0])


def test_under_sample_the_drawn_items_are_outdated_and_then_their_agreement_decides(root):
    write_guideline(root, "1.2.0", ", policy: sample, share: 0.2, bound: 0.9")
    frame = votes(root)
    sampled, due = frame[affected(frame, "1.2.0")], affected(frame, "1.1.0")
    drawn = sample(sampled["item"], 0.2)
    stale = frame[due | (affected(frame, "1.2.0") & frame["item"].isin(drawn))]
    report = assert_counts(root, stale)
    assert report.samples["1.2.0"].items == sampled["item"].nunique()
    assert report.samples["1.2.0"].drawn == len(drawn)

    relabel(root, stale)
    report = assert_counts(root, votes(root).iloc[:0])
    assert (report.samples["1.2.0"].agreement, report.samples["1.2.0"].kept) == (1.0, True)
    assert sum(report.sampled.values()) == len(sampled[~sampled["item"].isin(set(stale["item"]))])


def test_under_sample_all_are_outdated_once_old_and_new_answers_differ_too_much(root):
    write_guideline(root, "1.2.0", ", policy: sample, share: 0.2, bound: 0.9")
    frame = votes(root)
    sampled = frame[affected(frame, "1.2.0")]
    stale = frame[
        affected(frame, "1.1.0") | (affected(frame, "1.2.0") & frame["item"].isin(sample(sampled["item"], 0.2)))
    ]
    relabel(root, stale, change=10_000)

    now = votes(root)
    report = assert_counts(root, now[affected(now, "1.1.0") | affected(now, "1.2.0")])
    assert report.samples["1.2.0"].agreement < 0.9
    assert report.samples["1.2.0"].kept is False
    assert report.outdated == len(sampled[~sampled["item"].isin(set(stale["item"]))])


def test_under_grandfather_the_rest_is_kept_and_said(root):
    write_guideline(root, "1.2.0", ", policy: grandfather")
    frame = votes(root)
    report = assert_counts(root, frame[affected(frame, "1.1.0")])

    kept = frame[affected(frame, "1.2.0") & ~affected(frame, "1.1.0")]
    assert report.grandfathered == kept["made"].value_counts().to_dict()


def test_agreement_and_consensus_use_the_new_round_alone(root):
    frame = votes(root)
    stale = frame[affected(frame, "1.1.0") | affected(frame, "1.2.0")]
    items = relabel(root, stale, change=40)
    together = stages(root)
    for path in (root / "labels" / TASK).glob("*/@*.jsonl"):
        if path.parent.name != "again":
            lines = path.read_text().splitlines(keepends=True)
            path.write_text("".join(line for line in lines if json.loads(line)["item"] not in items))

    alone = stages(root)
    assert together["outdated"].outdated == 0
    assert alone["agreement"] == together["agreement"]
    assert alone["consensus"] == together["consensus"]
    votes_of = pd.DataFrame(together["consensus"]).query("field == 'severity'").set_index("item")["votes"]
    assert votes_of[list(items)].to_dict() == frame[frame["item"].isin(items)]["item"].value_counts().to_dict()


def stages(root):
    """What the stages make of the project: agreement, consensus, and what is outdated."""
    project = find_project(root)
    schema(project, TASK)
    measured_agreement = agreement(project, TASK)
    consensus(project, TASK)
    report = quality(project, TASK)
    rows = pq.read_table(root / f"build/{TASK}/consensus.parquet").to_pylist()
    return {"agreement": measured_agreement, "consensus": rows, "outdated": report.outdated}
