"""Build a release: complete and from exactly what was judged, or not at all.

It is made only from what concerns its own tasks.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec
import orjson
from msgspec.structs import replace

from assay import __version__, files, gate, quality
from assay import project as projects
from assay.core import QualityReport, ReleaseVerdict, Verdict
from assay.errors import RefusedError, UsageError
from assay.release import rows
from assay.release.manifest import (
    FORMAT,
    MadeFrom,
    Manifest,
    ReleasedField,
    ReleasedTask,
    listed_files,
    release_folder,
    sealed,
    write_manifest,
)
from assay.release.records import released_before, require_same_splits

# Other people and tasks change these, too. What a release takes from them is in its tables, its reports and its verdict.
_SHARED = frozenset(
    {projects.PROJECT_FILE, projects.WAIVERS_FILE, "labels/annotators", "labels/sources", "guidelines/allowed_signers"}
)


def made_from(project: projects.Project, spec: projects.ReleaseSpec, verdict: ReleaseVerdict) -> MadeFrom:
    """What the release of `spec` is made from, as the project is now.

    Raises:
        UsageError: a stage has not run.
        ConfigError: the policy of a task cannot be read.
    """
    inputs = gate.judged_inputs(project, spec.tasks)
    reports: dict[str, str] = {}
    for task in spec.tasks:
        evidence = gate.load_evidence(project, task)
        for stage in projects.STAGES:
            measured = replace(getattr(evidence, stage), made_from={}, tables={})
            reports[projects.report_of(task, stage)] = files.digest_bytes(files.json_bytes(measured))
    return MadeFrom(
        sources=own_sources(project, spec, inputs),
        tables={name: digest for name, digest in inputs.items() if name.startswith("build/")},
        reports=reports,
        verdict=verdict,
    )


def sources_in(project: projects.Project, spec: projects.ReleaseSpec) -> dict[str, str]:
    """The digests of the release's sources in a state of the project.

    Raises:
        ConfigError: the policy of a task cannot be read.
    """
    return {
        name: digest for name, digest in gate.judged_inputs(project, spec.tasks).items() if not projects.is_made(name)
    }


def own_sources(project: projects.Project, spec: projects.ReleaseSpec, inputs: Mapping[str, str]) -> dict[str, str]:
    """Of the digests of everything that is judged, those of the sources that concern this release alone."""
    others = {f"checks/{task}.yaml" for task in project.tasks if task not in spec.tasks}
    others |= {name for name in inputs if name.startswith("releases/") and name != f"releases/{spec.name}.yaml"}
    parts = {name for name in inputs if name.startswith("checks/") and ":" in name}
    left = (name for name in inputs if not projects.is_made(name) and name not in _SHARED | others | parts)
    return {name: inputs[name] for name in left}


def build(project: projects.Project, name: str, *, today: str) -> Manifest:
    """Writes `release/<name>/`: rows by task and split as JSON Lines and Parquet, and `manifest.json`.

    An older release of that name is removed before anything else, so that nothing is left after a refusal. A refusal
    also removes every other release that the verdict blocks: DVC stops at the first one, and later ones would look
    valid. The same inputs give the same bytes. `today` is an ISO date.

    Raises:
        RefusedError: the verdict does not allow it today, no item of a task is decided, or the splits are not those
            of an earlier release of the same major version.
        UsageError: the project has no such release, or a stage has not run.
        ChecksError: the project's checks could not be run to their end.
        ConfigError: the release's specification is broken.
    """
    target = release_folder(project, name)
    files.clear_folder(target)
    spec = projects.load_release_spec(project, name)
    whole = gate.read_verdict(project)
    if problems := gate.enforced(project, whole, what="release", name=spec.name, today=today):
        clear_blocked(project, whole)
        raise RefusedError(
            f"release {spec.name} {spec.version} is refused\n" + "\n".join(f"  {problem}" for problem in problems),
            fix="`assay gate` judges again and lists every rule; fix the labels or waive the rule, "
            "then run `dvc repro`",
        )
    verdict = gate.release_part(whole, spec)
    require_same_splits(project, spec)
    with files.whole_folder(target) as folder:
        return fill(project, spec, verdict, folder)


def fill(project: projects.Project, spec: projects.ReleaseSpec, verdict: ReleaseVerdict, folder: Path) -> Manifest:
    """Writes a release into an empty folder, from the tables and reports that are here, under that verdict.

    Raises:
        RefusedError: no item of a task is decided, or a row would not be valid under the schema.
        UsageError: a stage has not run.
        ConfigError: the record of another version was changed.
    """
    pools = {task: rows.read_item_table(project, task) for task in spec.tasks}
    pooled = (item for pool in pools.values() for item in pool.values())
    members = [rows.SplitMember(id=item.id, group=item.group, content=item.content) for item in pooled]
    near = [pair for task in spec.tasks for pair in rows.read_near(project, task)]
    groups = {one.id: one.group for one in members if one.group is not None}
    places = rows.place_members(members, near, released_before(project, spec, groups), rows.splitter(spec))
    tasks = {task: _write_task(project, spec, task, folder, (pool, places)) for task, pool in pools.items()}
    manifest = sealed(
        Manifest(
            format=FORMAT,
            name=spec.name,
            version=spec.version,
            project=project.id,
            license=spec.license,
            seed=spec.seed,
            splits={name: float(share) for name, share in spec.splits},
            tasks=tasks,
            files=listed_files(folder),
            made_from=msgspec.to_builtins(made_from(project, spec, verdict)),
            assay=__version__,
        )
    )
    write_manifest(folder, manifest)
    return manifest


def clear_blocked(project: projects.Project, verdict: Verdict) -> None:
    """Removes every release that the verdict blocks, so that none of them looks valid."""
    for name in project.releases:
        if name in verdict.release and verdict.release[name].blocks:
            files.clear_folder(release_folder(project, name))


def _write_task(
    project: projects.Project,
    spec: projects.ReleaseSpec,
    task: str,
    folder: Path,
    items: tuple[Mapping[str, rows.ReleasedItem], rows.Places],
) -> ReleasedTask:
    schema = projects.load_schema(project, task)
    pool, places = items
    found = rows.sort_out(rows.read_cells(project, task), pool, schema.fields, schema.label, places)
    if not found.rows:
        undecided = ", ".join(f"{len(ids):,} {why}" for why, ids in found.left_out.items())
        raise RefusedError(
            f"task {task} has no labelled item{f' ({undecided})' if undecided else ''}", fix="label items first"
        )
    table = rows.parquet_columns(found.rows, schema.fields)
    for split, _ in spec.splits:
        lines = rows.jsonl(row for row in found.rows if row.split == split)
        _require_valid(lines, schema)
        files.write_bytes(folder / task / f"{split}.jsonl", lines)
        chosen = [row.split == split for row in found.rows]
        released = {key: column.filter(chosen) for key, column in table.items()}
        files.write_parquet(folder / task / f"{split}.parquet", released, numbered=False)
    kept = {row.item.id for row in found.rows}
    measured = files.read_json(project.root / "reports" / task / "quality.json", QualityReport)
    if measured.support is None:
        raise UsageError(f"reports/{task}/quality.json was made by an older assay", fix="`dvc repro` makes it again")
    sizes = Counter(row.split for row in found.rows)
    return ReleasedTask(
        rows={split: sizes[split] for split, _ in spec.splits},
        unlabelled=found.unlabelled,
        fields={field.name: ReleasedField(scale=field.scale.value) for field in schema.fields},
        guidelines=rows.guideline_counts(project, task),
        grandfathered=measured.outdated.grandfathered if measured.outdated else {},
        votes=quality.by_votes(Counter(row.votes for row in found.rows).items()),
        left_out=dict(found.left_out),
        open=measured.support.open,
        apart=[[*ids] for ids in places.apart if not kept.isdisjoint(ids)],
    )


def _require_valid(lines: bytes, schema: projects.TaskSchema) -> None:
    """Refuses rows, as they are about to be written, that the schema refuses."""
    for line in lines.splitlines():
        row = orjson.loads(line)
        if not schema.admits(row["label"]):
            faults = "; ".join(fault.message for fault in schema.faults(row["label"]))
            raise RefusedError(
                f"the label of {row['item']!r} is not valid under schemas/{schema.task}.yaml: {faults}",
                fix="run `dvc repro`: the tables that are here were not made with that schema",
            )
