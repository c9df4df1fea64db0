"""A small measured project on disk, for tests of the gate and of releases."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from scipy.stats import t as student

from assay import __version__
from assay.agreement.interval import Ends, atanh
from assay.core.agreement_result import AgreementReport, Audit, BreakdownRow, Coefficient, FieldAgreement
from assay.core.evidence import (
    ConsensusReport,
    Coverage,
    FieldConsensus,
    GoldReport,
    QualityReport,
    SchemaReport,
    Support,
    Unresolved,
)
from assay.core.findings import Location
from assay.core.gate_rules import GATE_RULES
from assay.core.values import Field, Scale
from assay.core.verdict import At, RuleSpec
from assay.files.parquet import write_parquet
from assay.gate.evidence import load_evidence
from assay.gate.target import TaskEvidence
from assay.pipeline.stage_report import save_report, to_be_read
from assay.project.config import Project, find_project
from assay.project.policy import STAGES

INTENT = Field(name="intent", scale=Scale.NOMINAL)
URGENCY = Field(name="urgency", scale=Scale.ORDINAL, values=(1, 2, 3), textual=False)
FIELDS = {"triage": (INTENT, URGENCY)}

PROJECT = f"format: 1\nassay: {__version__}\nid: 00000000-test\ntasks: {{triage: {{pool: p}}}}\nreleases: [support]\n"
RELEASE = """\
version: 1.0.0
tasks: [triage]
license: CC-BY-4.0
splits: {train: 0.5, test: 0.5}
"""
SCHEMA = """\
type: object
properties:
  intent: {enum: [other, refund]}
  urgency: {type: integer, minimum: 1, maximum: 3}
"""
GUIDELINE = """\
---
task: triage
version: 0.2.0
changes:
  - {version: 0.1.0, date: 2026-01-01, summary: first}
  - {version: 0.2.0, date: 2026-02-01, summary: second}
---
Read it.
"""
RULES = """\
consensus: {method: majority}
rules:
  schema: {errors_at_most: 0}
  agreement:
    intent: {at_least: 0.667}
  coverage: {of_assigned: 0.95}
"""


def alpha(value: float | None, low: float | None, high: float | None, reason: str | None = None) -> Coefficient:
    """A coefficient."""
    return Coefficient(value=value, low=low, high=high, reason=reason)


def evidence(
    *,
    records: int = 20,
    errors: int = 0,
    warnings: int = 0,
    intent: Coefficient | None = None,
    units: int = 72,
    gold: tuple[int, float | None] = (12, 0.9),
    coverage: tuple[int, int] = (20, 20),
    unresolved: tuple[int, int] = (0, 20),
    support: tuple[int, int] = (20, 20),
) -> TaskEvidence:
    """A task's evidence: everything passes where nothing else is said. Pairs are (part, whole)."""
    measured = intent or alpha(0.83, 0.75, 0.9)
    answered, assigned = coverage
    tied, items = unresolved
    enough, voted = support
    return TaskEvidence(
        schema=SchemaReport(
            records=records,
            valid=records - errors,
            errors=errors,
            warnings=warnings,
            items=10,
            annotators=2,
            batches=1,
            findings={},
        ),
        agreement=AgreementReport(
            fields={
                "intent": FieldAgreement(
                    scale="nominal",
                    units=units,
                    pairable=2 * units,
                    annotators=2,
                    alpha=measured,
                    ac1=measured,
                    percent=measured,
                    audit=Audit(),
                )
            },
            open={},
            confidence=0.95,
            seed=0,
        ),
        consensus=ConsensusReport(
            method="majority", items=10, fields={"intent": FieldConsensus(items=10, sources={}, values={})}
        ),
        quality=QualityReport(
            gold=GoldReport(
                items=gold[0],
                accuracy=gold[1],
                low=gold[1] and gold[1] - 0.1,
                high=gold[1] and min(1.0, gold[1] + 0.1),
                vote_accuracy=gold[1],
                fields={},
                annotators={},
            ),
            coverage=Coverage(
                assigned=assigned, answered=answered, value=answered / assigned if assigned else None, batches={}
            ),
            unresolved=Unresolved(
                items=items,
                unresolved=tied,
                value=tied / items if items else None,
                fields={},
                reasons={"tie": tied} if tied else {},
            ),
            support=Support(
                rows=voted + 3,
                votes={"0": 3, "1": voted - enough, "2": enough},
                voted={"1": voted - enough, "2": enough},
                open=[],
            ),
        ),
    )


def rule(kind: str, subject: str = "", *, at: At = At.RELEASE, severity: str = "error", **parameters) -> RuleSpec[Any]:
    """A rule of the task `triage`."""
    return RuleSpec(
        task="triage",
        kind=kind,
        subject=subject,
        at=at,
        severity=severity,
        parameters=GATE_RULES[kind].parameters(**parameters),
        source=Location(path="checks/triage.yaml", line=4),
    )


def write(root: Path, files: Mapping[str, str]) -> None:
    """Writes text files below a root."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def measured_project(root: Path, items: int = 8, **files: str) -> Project:
    """A project whose task `triage` is measured and passes: two votes an item, the last item tied on `intent`."""
    write(
        root,
        {
            "checks/project.yaml": PROJECT,
            "checks/triage.yaml": RULES,
            "releases/support.yaml": RELEASE,
            "schemas/triage.yaml": SCHEMA,
            "guidelines/triage.md": GUIDELINE,
            "labels/annotators/noor.yaml": "role: lead\n",
            **files,
        },
    )
    write_reports(root, evidence())
    write_tables(root, [f"i{number}" for number in range(items)])
    return find_project(root)


def write_reports(root: Path, measured: TaskEvidence) -> None:
    """Writes the reports of `triage`, as made from what is there."""
    project = find_project(root)
    for stage in STAGES:
        made_from = to_be_read(project, "triage", stage)
        save_report(project, "triage", stage, getattr(measured, stage), made_from)


def remeasure(root: Path) -> None:
    """Writes the reports again as they are, as made from what is there now."""
    write_reports(root, load_evidence(find_project(root), "triage"))


def write_tables(root: Path, ids: Sequence[str], tied: str = "") -> None:
    """Writes the tables of `triage`: labelled items, and one item that nobody labelled."""
    folder = root / "build" / "triage"
    pool = [*ids, "zz-unlabelled"]
    write_parquet(
        folder / "items.parquet",
        {
            "id": pa.array(pool),
            "data": pa.array([f'{{"text":"about {item}"}}' for item in pool]),
            "meta": pa.array(['{"source":"mail"}' if item == "i0" else "{}" for item in pool]),
            "group": coded(["g" if item in {"i1", "i2"} else None for item in pool]),
            "round": coded(["b1" for _ in pool]),
            "open_round": coded([None for _ in pool]),
            "content": pa.array(["" for _ in pool]),
        },
    )
    write_parquet(folder / "duplicates.parquet", {name: pa.array([], pa.string()) for name in ("item", "other", "how")})
    votes = [(item, who) for item in ids for who in ("ada", "ben")]
    write_parquet(
        folder / "annotations.parquet",
        {
            "batch": coded(["b1" for _ in votes]),
            "item": coded([item for item, _ in votes]),
            "annotator": coded([who for _, who in votes]),
            "field": coded(["intent" for _ in votes]),
            "value": coded(["refund" for _ in votes]),
            "guideline": coded(["0.2.0" if item == "i0" and who == "ben" else "0.1.0" for item, who in votes]),
            "counts": pa.array([True for _ in votes]),
            "current": pa.array([True for _ in votes]),
        },
    )
    cells = [(item, field) for item in pool for field in ("intent", "urgency")]
    sources = [
        "none" if item not in ids else "tie" if (item, field) == (tied, "intent") else "unanimous"
        for item, field in cells
    ]
    values = [
        {"intent": "refund", "urgency": "2"}[field] if source == "unanimous" else None
        for (_, field), source in zip(cells, sources, strict=True)
    ]
    write_parquet(
        folder / "consensus.parquet",
        {
            "item": coded([item for item, _ in cells]),
            "field": coded([field for _, field in cells]),
            "value": coded(values),
            "confidence": pa.array([0.0 if value is None else 1.0 for value in values]),
            "votes": pa.array([0 if source == "none" else 2 for source in sources], pa.int32()),
            "distribution": pa.array(["{}" if value is None else f'{{"{value}":2}}' for value in values]),
            "method": coded(["majority" for _ in cells]),
            "source": coded(sources),
            "waiting": pa.array([False for _ in cells]),
        },
    )
    remeasure(root)


def write_slices(root: Path, rows: Sequence[BreakdownRow]) -> None:
    """Writes `agreement.parquet` of `triage`."""
    columns = {name: [getattr(row, name) for row in rows] for name in BreakdownRow.__struct_fields__}
    write_parquet(
        root / "build/triage/agreement.parquet",
        {name: coded(values) if name in _TEXTS else pa.array(values) for name, values in columns.items()},
    )
    remeasure(root)


_TEXTS = {"field", "breakdown", "key", "coefficient"}


def coded(texts: Sequence[str | None]) -> pa.Array:
    """A dictionary-encoded text column."""
    return pa.array(texts, pa.string()).dictionary_encode()


def ends(value, low, high, units):
    """The stored ends of an interval as Student's t would have it around a value; nothing where there is none."""
    if value is None or low is None or high is None:
        return {}
    at, lower, upper = (float(atanh(one, share=False)) for one in (value, low, high))
    sure = student.ppf(0.975, units - 1)
    return Ends(at, (at - lower) / sure, at, (upper - at) / sure, units - 1.0).stored()
