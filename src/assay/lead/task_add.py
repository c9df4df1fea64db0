"""`assay task add` and `assay release add`: the files of a new labelling task or dataset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.clone import checked_name, project_templates, refuse_existing, write_with_release, write_with_task
from assay.core import Finding, JsonObject, Scale, is_name, is_task_name, value_text, with_attributes
from assay.errors import UsageError
from assay.files import ABSENT, write_all, yaml_block, yaml_scalar
from assay.lead.schema_decisions import FieldDraft
from assay.lead.schema_draft import Draft, drafted_from, example_draft
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
    """The paths written, the draft of each field, and findings on the file that it was drafted from."""

    written: tuple[str, ...]
    fields: tuple[FieldDraft, ...]
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
    """Drafts schema, guideline and checks of a task, creates its folders and adds it to the project file.

    `source` is a long-format file from which the schema is drafted (default: an example), `pool` the pool of its items
    (default: the task's name), `today` an ISO date. If only the checks of an existing task are missing, they are drafted
    from its schema.

    Raises:
        UsageError: a name cannot be used, the task or a file of it exists, or a scale does not fit its field.
    """
    checked_name(name, "task", is_task_name)
    pool = checked_name(pool or name, "pool", is_name)
    if name in project.tasks and not source and not scales and not (project.root / f"checks/{name}.yaml").exists():
        place = f"checks/{name}.yaml"
        fields = load_schema(project, name).fields
        checks = checks_text(name, {field.name: field.scale for field in with_attributes(fields)})
        write_all(project.root, {place: checks.encode()}, was={place: ABSENT})
        return AddedTask(written=(place,), fields=(), findings=())
    if name in project.tasks:
        raise UsageError(f"task {name!r} already exists", fix=f"edit schemas/{name}.yaml, or choose another name")
    drafts = [f"schemas/{name}.yaml", f"guidelines/{name}.md", f"checks/{name}.yaml"]
    refuse_existing(project, drafts)
    draft, findings = drafted_from(source, name, scales) if source else (example_draft(title=name, scales=scales), ())
    scales_of_draft = {**draft.scales, **{attribute.name: attribute.scale for attribute in draft.attributes}}
    texts = (draft.text, guideline_text(name, draft, today), checks_text(name, scales_of_draft))
    files = {path: text.encode() for path, text in zip(drafts, texts, strict=True)}
    templated = {name: content for name, content in project_templates() if name in _APPROVALS}
    readmes = {
        **templated,
        f"labels/{name}/README.md": f"# labels/{name}: the answers\n\nOne folder for each batch; `gold/` holds expert answers.\n",
        f"labels/items/{pool}/README.md": f"# labels/items/{pool}: a pool\n\nItems, in any number of `<shard>.jsonl`.\n",
    }
    files.update({at: content.encode() for at, content in readmes.items() if not (project.root / at).exists()})
    write_with_task(project, name, pool, files)
    return AddedTask(written=(*files, PROJECT_FILE), fields=draft.fields, findings=findings)


def checks_text(name: str, scales: Mapping[str, Scale]) -> str:
    """`checks/<task>.yaml`: no errors, reliable agreement on each field and attribute with an alpha, two votes a row, few undecided items."""
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
        "# above, Krippendorff (2004) draws tentative conclusions. Of the rows that votes decide, 95% must rest on two votes\n"
        "# or more; of all items, at most 5% may be undecided (nobody answered, a tie, a value that waits after a migration).\n"
        "# Edit the bounds to what the data are for.\n"
    )
    return heading + yaml_block({"consensus": {"method": "majority"}, "rules": rules})


def guideline_text(name: str, draft: Draft, today: str) -> str:
    """`guidelines/<task>.md`: front matter and a heading for every field, attribute and value, to be filled in."""
    front = (
        f"---\ntask: {yaml_scalar(name)}\nversion: {_VERSION}\nowners: []\nchanges:\n"
        f"  - version: {_VERSION}\n    date: {yaml_scalar(today)}\n    summary: first draft\n---\n"
    )
    opening = f"# {name}\n\nWhat is asked, of what, and why it matters: write it in a few sentences.\n"
    of_fields = (_section(name, scale, draft.values.get(name, ())) for name, scale in draft.scales.items())
    of_attributes = (
        _section(attribute.name, attribute.scale, [value_text(value, attribute) for value in attribute.values or ()])
        for attribute in draft.attributes
    )
    return "\n".join([front + f"\n{opening}", *of_fields, *of_attributes])


def _section(name: str, scale: Scale, values: Sequence[str]) -> str:
    parts = [f"## {_heading(name)}\n\nMeasured as {scale.value}. How to decide:\n"]
    headings = (f"### {_heading(value)}\n\nWhen to choose it, and when not:\n" for value in values[:_HEADINGS])
    return "\n".join([*parts, *headings])


def _heading(text: str) -> str:
    return f"`{' '.join(text.split()).replace('`', '')}`"


_LISTED = 200


def drafted_text(task: str, fields: Sequence[FieldDraft], findings: Sequence[Finding]) -> str:
    """Each field's scale, what was seen of it, what is missing, and how to change it."""
    parts = []
    for field in fields:
        source = f", of {field.source}" if field.source else ""
        parts += [f"{field.name}: {field.scale}{source}{' · NO ALPHA' if field.lacks else ''}", f"  saw: {field.saw}"]
        if field.attributes:
            attributes = ", ".join(f"{attribute.name} ({attribute.scale})" for attribute in field.attributes)
            parts.append(f"  its elements also say: {attributes}")
        if field.lacks:
            parts.append(f"  no alpha: {field.lacks} (in schemas/{task}.yaml)")
        parts.append(f"  to change it: {field.change}")
    parts = [*map(visible, parts)]
    if findings:
        errors = count(len(findings), "error")
        heading = f"{errors} in the file itself; `assay check` reports those of imported records:"
        parts += ["", heading, findings_text(findings[:_LISTED])]
    if more := len(findings[_LISTED:]):
        parts.append(f"… and {more:,} more, which `assay check --all --format json` lists after the import")
    return "\n".join(parts)


_SPLITS: JsonObject = {"train": 0.8, "validation": 0.1, "test": 0.1}


def add_release(project: Project, name: str, tasks: Sequence[str]) -> tuple[str, ...]:
    """Writes `releases/<name>.yaml` and adds it to the project file; returns the paths written.

    Raises:
        UsageError: the name is not valid or taken, a task is unknown, or none is named.
    """
    checked_name(name, "release", is_name)
    included = [project.task(task).name for task in dict.fromkeys(tasks)]
    if not included:
        raise UsageError("a release needs at least one task", fix=f"assay release add {name} --task TASK")
    if name in project.releases:
        raise UsageError(f"release {name!r} already exists", fix=f"edit releases/{name}.yaml")
    spec = f"releases/{name}.yaml"
    refuse_existing(project, [spec])
    text = yaml_block({"version": "0.1.0", "tasks": [*included], "license": "UNLICENSED", "splits": _SPLITS})
    heading = "# Ratios and seed of the splits are fixed for a major version. License: an SPDX identifier.\n"
    write_with_release(project, name, {spec: f"{heading}{text}".encode()})
    return (spec, PROJECT_FILE)
