"""`assay task add` and `assay release add`: everything that a new labelling task or dataset needs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.clone import checked_name, refuse_existing, templates, write_with_release, write_with_task
from assay.core import Finding, JsonObject, Scale, is_name, is_task_name, value_text, with_attributes
from assay.errors import UsageError
from assay.files import ABSENT, write_all, yaml_block, yaml_scalar
from assay.lead.schema_decisions import Decided
from assay.lead.schema_draft import Draft, DraftOf, drafted_from, example_draft
from assay.project import PROJECT_FILE, Project, load_schema
from assay.render import count, findings_text, visible

_BY_ALPHA = {
    Scale.NOMINAL,
    Scale.ORDINAL,
    Scale.INTERVAL,
    Scale.RATIO,
    Scale.SET,
    Scale.SEQUENCE,
    Scale.TREE,
    Scale.SPANS,
}
_BOUND: JsonObject = {"at_least": 0.667, "test": "low", "min_units": 50}
_VERSION = "0.1.0"
_HEADINGS = 50
_APPROVALS = frozenset({"guidelines/allowed_signers", "guidelines/approvals/README.md"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedTask:
    """The paths written, what was decided of each field, and what is wrong with the file it was decided from."""

    written: tuple[str, ...]
    fields: tuple[Decided, ...]
    findings: tuple[Finding, ...]


def add_task(
    project: Project,
    name: str,
    *,
    today: str,
    scales: Mapping[str, Scale],
    pool: str | None = None,
    source: Path | None = None,
) -> AddedTask:
    """Drafts schema, guideline and checks of a task, makes its folders and lists it.

    `source` is a long-format file from which the schema is drafted (else an example is written), `pool` the pool its
    items come from (else one of the task's name), `today` an ISO date. Of a task that is there, and whose checks alone are
    not, these are drafted from its schema.

    Raises:
        UsageError: a name cannot be used, the task or a file of it exists, or a scale does not fit its field.
    """
    checked_name(name, "task", is_task_name)
    pool = checked_name(pool or name, "pool", is_name)
    if name in project.tasks and not source and not scales and not (project.root / f"checks/{name}.yaml").exists():
        return _checks_again(project, name)
    if name in project.tasks:
        raise UsageError(f"there is a task {name!r} already", fix=f"edit schemas/{name}.yaml, or choose another name")
    drafts = [f"schemas/{name}.yaml", f"guidelines/{name}.md", f"checks/{name}.yaml"]
    refuse_existing(project, drafts)
    made = drafted_from(source, name, scales) if source else DraftOf(draft=example_draft(title=name, scales=scales))
    draft = made.draft
    scales_of_draft = {**draft.scales, **{one.name: one.scale for one in draft.attributes}}
    texts = (draft.text, guideline_text(name, draft, today), checks_text(name, scales_of_draft))
    files = {path: text.encode() for path, text in zip(drafts, texts, strict=True)}
    files.update(_folders(project, name, pool))
    write_with_task(project, name, pool, files)
    return AddedTask(written=(*files, PROJECT_FILE), fields=draft.fields, findings=made.findings)


def _checks_again(project: Project, name: str) -> AddedTask:
    """Drafts the checks of a task that lost them."""
    path = f"checks/{name}.yaml"
    fields = load_schema(project, name).fields
    text = checks_text(name, {field.name: field.scale for field in with_attributes(fields)})
    write_all(project.root, {path: text.encode()}, was={path: ABSENT})
    return AddedTask(written=(path,), fields=(), findings=())


def checks_text(name: str, scales: Mapping[str, Scale]) -> str:
    """`checks/<task>.yaml`: no fault, reliable agreement on every field and attribute that an alpha judges by itself, two votes a row, few items undecided."""
    bounds: JsonObject = {
        name: {"coefficient": "alpha", **_BOUND} for name, scale in scales.items() if scale in _BY_ALPHA
    }
    rules: JsonObject = {
        "schema": {"errors_at_most": 0},
        **({"agreement": bounds} if bounds else {}),
        "support": {"votes_at_least": 2, "share_at_least": 0.95},
        "unresolved": {"at_most": 0.05},
    }
    heading = (
        f"# What must hold of {name}. The low end of the 95% interval of alpha is judged (test: low); at 0.667 and\n"
    )
    reason = (
        "# above, Krippendorff (2004) draws tentative conclusions. Of the rows that votes decide, 95% must rest on two votes\n"
        "# or more; of all items, at most 5% may be undecided (nobody answered, a tie, a value that waits after a migration).\n"
        "# Edit the bounds to what the data are for.\n"
    )
    return heading + reason + yaml_block({"consensus": {"method": "majority"}, "rules": rules})


def guideline_text(name: str, draft: Draft, today: str) -> str:
    """`guidelines/<task>.md`: front matter and a heading for every field, attribute and value, to be filled in."""
    front = (
        f"---\ntask: {yaml_scalar(name)}\nversion: {_VERSION}\nowners: []\nchanges:\n"
        f"  - version: {_VERSION}\n    date: {yaml_scalar(today)}\n    summary: first draft\n---\n"
    )
    opening = f"# {name}\n\nWhat is asked, of what, and why it matters: write it in a few sentences.\n"
    of_fields = (_section(name, scale, draft.values.get(name, ())) for name, scale in draft.scales.items())
    said = (
        _section(one.name, one.scale, [value_text(value, one) for value in one.values or ()])
        for one in draft.attributes
    )
    return "\n".join([front + f"\n{opening}", *of_fields, *said])


def _section(name: str, scale: Scale, values: Sequence[str]) -> str:
    parts = [f"## {_heading(name)}\n\nMeasured as {scale.value}. How to decide:\n"]
    headings = (f"### {_heading(value)}\n\nWhen to choose it, and when not:\n" for value in values[:_HEADINGS])
    return "\n".join([*parts, *headings])


def _heading(text: str) -> str:
    return f"`{' '.join(text.split()).replace('`', '')}`"


def _folders(project: Project, name: str, pool: str) -> dict[str, bytes]:
    """DVC needs the folders its stages depend on, and git keeps no empty one."""
    templated = {name: text for name, text in templates() if name in _APPROVALS}
    readmes = {
        **templated,
        f"labels/{name}/README.md": f"# labels/{name}: the answers\n\nOne folder for each batch; `gold/` holds expert answers.\n",
        f"labels/items/{pool}/README.md": f"# labels/items/{pool}: a pool\n\nItems, in any number of `<shard>.jsonl`.\n",
    }
    return {path: text.encode() for path, text in readmes.items() if not (project.root / path).exists()}


_LISTED = 200


def drafted_text(task: str, fields: Sequence[Decided], findings: Sequence[Finding]) -> str:
    """Each field's scale, what was seen of it, what to write where that is needed, and what would change it."""
    parts = [line for field in fields for line in _field(task, field)]
    if findings:
        told = f"{count(len(findings), 'error')} in the file itself, which `assay check` tells of what the import takes in:"
        parts += ["", told, findings_text(findings[:_LISTED])]
    if len(findings) > _LISTED:
        parts.append(
            f"… and {len(findings) - _LISTED:,} more, which `assay check --all --format json` lists after the import"
        )
    return "\n".join(parts)


def _field(task: str, field: Decided) -> Iterator[str]:
    source = f", of {field.source}" if field.source else ""
    yield visible(f"{field.name}: {field.scale}{source}{' · NO ALPHA' if field.lacks else ''}")
    yield visible(f"  saw: {field.saw}")
    if field.attributes:
        said = ", ".join(f"{one.name} ({one.scale})" for one in field.attributes)
        yield visible(f"  its elements also say: {said}")
    if field.lacks:
        yield visible(f"  no alpha: {field.lacks} (in schemas/{task}.yaml)")
    yield visible(f"  to change it: {field.change}")


_SPLITS: JsonObject = {"train": 0.8, "validation": 0.1, "test": 0.1}


def add_release(project: Project, name: str, tasks: Sequence[str]) -> tuple[str, ...]:
    """Writes `releases/<name>.yaml` and lists it; the paths written.

    Raises:
        UsageError: the name cannot be used or is taken, or there is no such task, or none is named.
    """
    checked_name(name, "release", is_name)
    held = [project.task(task).name for task in dict.fromkeys(tasks)]
    if not held:
        raise UsageError("a release holds at least one task", fix=f"assay release add {name} --task TASK")
    if name in project.releases:
        raise UsageError(f"there is a release {name!r} already", fix=f"edit releases/{name}.yaml")
    spec = f"releases/{name}.yaml"
    refuse_existing(project, [spec])
    text = yaml_block({"version": "0.1.0", "tasks": [*held], "license": "UNLICENSED", "splits": _SPLITS})
    heading = "# Ratios and seed of the splits are fixed for a major version. License: an SPDX identifier.\n"
    write_with_release(project, name, {spec: f"{heading}{text}".encode()})
    return (spec, PROJECT_FILE)
