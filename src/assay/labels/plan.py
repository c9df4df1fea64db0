"""The plan of a batch as it is written: which items, and who is asked to label each."""

from collections.abc import Mapping
from typing import TypeAlias

from assay.errors import ConfigError
from assay.git.snapshot import Snapshot
from assay.labels.canonical import RecordKind, dump_records
from assay.labels.envelope import ASSIGNMENT
from assay.labels.lines import read_lines
from assay.store.plain_text import SETTLE

Plan: TypeAlias = Mapping[str, tuple[str, ...]]
"""Annotators by item."""


def plan_path(task: str, batch: str) -> str:
    """Where the plan of a batch stands, below the project's root."""
    return f"labels/{task}/{batch}/assignments.jsonl"


def read_plan(snapshot: Snapshot, task: str, batch: str) -> Plan | None:
    """The plan of a batch, by item in canonical order; None where it has none: it asks nobody anything (an import).

    Raises:
        ConfigError: a line of it cannot be read, or an item stands twice.
    """
    path = plan_path(task, batch)
    try:
        data = snapshot.read(path)
    except FileNotFoundError:
        return None
    lines = read_lines(data, ASSIGNMENT)
    plan = {record.item: record.annotators for record in lines.records}
    if lines.faults:
        fault = min(lines.faults, key=lambda one: one.line)
        hint = SETTLE if fault.rule == "label/conflict-marker" else "run `assay check` and mend what it lists"
        raise ConfigError(f"{path}:{fault.line} {fault.message}", hint=hint)
    if len(plan) < len(lines.records):
        raise ConfigError(f"{path}: an item stands twice", hint="keep one line an item")
    return dict(sorted(plan.items()))


def dump_plan(plan: Plan) -> bytes:
    """The canonical bytes of `assignments.jsonl`."""
    return dump_records(RecordKind.ASSIGNMENT, [{"item": item, "annotators": list(who)} for item, who in plan.items()])
