"""The stages `policy` and `gate`: what the rules are judged by, and the verdict."""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from assay import gate as gate_package
from assay import release as release_package
from assay.core import AgreementParameters, BreakdownRow, Finding, RuleSpec, Verdict
from assay.errors import ConfigError, UsageError
from assay.files import guarded, write_bytes, write_findings, write_json
from assay.guidelines import require_policy
from assay.project import Project, load_policy
from assay.render import visible

_HEADINGS = ("part", "subject", "value", "alpha", "low", "high", "units", "bound", "bound_of")
_HEADLINE = frozenset({"alpha", "alpha_token"})


def agreement_values(rows: Iterable[BreakdownRow], bounds: Mapping[tuple[str, str | None], float]) -> str:
    """A row for alpha of each whole field, and of each value against the rest; undefined ones are left out.

    `bounds` are those of rules, by field and value: "" is the whole field, `None` each of its values. A value without a
    bound of its own has the bound of its field; `bound_of` says which it is.
    """
    sink = io.StringIO()
    table = csv.writer(sink, lineterminator="\n")
    table.writerow(_HEADINGS)
    for row in rows:
        if row.breakdown in {"overall", "value"} and row.coefficient == "alpha" and row.value is not None:
            field, value = _cell(row.field), _cell(row.key)
            part = f"{field}: {value}" if row.breakdown == "value" else field
            ends = ("" if end is None else f"{end:.12g}" for end in (row.low, row.high))
            own = (row.key, None) if row.breakdown == "value" else ("",)
            bound, bound_of = bounds.get((row.field, "")), "field"
            if of_value := [bounds[row.field, key] for key in own if (row.field, key) in bounds]:
                bound, bound_of = max(of_value), "value" if row.breakdown == "value" else "field"
            stated = ("", "") if bound is None else (f"{bound:.12g}", bound_of)
            table.writerow((part, field, value, f"{row.value:.12g}", *ends, row.units, *stated))
    return sink.getvalue()


def _cell(text: str) -> str:
    """A text that no spreadsheet runs; a number stays as it is."""
    shown = visible(text)
    return shown if shown.removeprefix("-").replace(".", "", 1).isdecimal() else guarded(shown)


def gate(project: Project, *, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Verdict:
    """Judges every rule of every task, runs the project's own checks, writes `gate/verdict.json`.

    An older verdict is removed first, so that a verdict always belongs to a completed run. Releases that the verdict
    blocks are removed at once. Findings of the project itself are written to `gate/findings.jsonl` before anything is
    judged, also where policy is broken and there is no verdict. `progress` gets the numbers of done and of all check
    files.

    Raises:
        ChecksError: the project's checks could not be run to their end.
        ConfigError: policy is broken.
        UsageError: the evidence is not of the current labels, policy and tables.
    """
    (project.root / gate_package.VERDICT).unlink(missing_ok=True)
    write_findings(project.root / gate_package.FINDINGS, (*gate_package.findings_of_project(project), *_apart(project)))
    require_policy(project)
    checks = gate_package.run_checks(project, progress=progress)
    verdict = gate_package.judge_all(project, checks, gate_package.require_measured(project))
    release_package.clear_blocked(project, verdict)
    write_json(project.root / gate_package.VERDICT, verdict)
    return verdict


def _apart(project: Project) -> Iterator[Finding]:
    """Items with the same content that were released in different splits; none of a task that is not measured."""
    folders = (f"releases/{name}" for name in project.releases)
    if not any(file.endswith(".json") for folder in folders for file in project.snapshot.names(folder)):
        return
    for task in project.tasks:
        try:
            items = release_package.read_item_table(project, task).values()
        except UsageError:
            continue
        groups = {one.id: one.group for one in items if one.group is not None}
        ids, contents = [one.id for one in items], [one.content for one in items]
        yield from release_package.apart_findings(project, task, ids, contents, groups)


def policy(project: Project, task: str) -> None:
    """Writes `build/<task>/policy.json`, and the plot of alpha of each field and value with its interval and bound.

    Raises:
        ConfigError: the policy is broken.
        UsageError: the stage `agreement` has not run.
    """
    here = load_policy(project, task)
    rows = gate_package.load_alphas(project, task)
    keys = {field: {row.key for row in rows if row.field == field} for field in {row.field for row in rows}}
    plot = agreement_values(rows, dict(_bounds(here.rules, keys)))
    write_bytes(project.root / "reports" / task / "plots/agreement_values.csv", plot.encode())
    stated = {"consensus": here.consensus, "spread": dict(here.spread), "near": here.near}
    write_json(project.root / "build" / task / "policy.json", stated)


def _bounds(
    rules: Iterable[RuleSpec[Any]], keys: Mapping[str, Collection[str]]
) -> Iterator[tuple[tuple[str, str | None], float]]:
    """The bounds on alpha: by field and value, with no value those on all of a field, or with `None` on each of its values.

    `keys` are those of each field's values.
    """
    for spec in rules:
        stated = spec.parameters
        if not isinstance(stated, AgreementParameters) or stated.at_least is None:
            continue
        if stated.coefficient not in _HEADLINE:
            continue
        try:
            target = gate_package.target_of(spec, keys)
        except ConfigError:
            continue  # The gate reports it.
        if target.breakdown == gate_package.VALUE or not target.sliced:
            key = gate_package.key_among(target.key or "", keys[target.field])
            yield (target.field, None if target.sliced else key), stated.at_least
