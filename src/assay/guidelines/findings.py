"""What is wrong with a guideline, and with the configuration of a task."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from assay import project as projects
from assay.core import Finding, Location, Severity, Where, finding
from assay.errors import ConfigError
from assay.files import Document
from assay.git import Snapshot
from assay.guidelines.examples import Example, examples_on, unexplained
from assay.guidelines.front_matter import Guideline, GuidelineSource, guideline_in, read_guideline
from assay.guidelines.links import dead_links
from assay.guidelines.markdown import body_in, parse_page
from assay.guidelines.versions import load_revision, selector_findings, version_of

DRAFT = "0."
_MAY_WAIT = frozenset({"guideline/no-heading", "guideline/no-example", "guideline/owner"})


def lint_findings(project: projects.Project, task: str) -> Iterator[Finding]:
    """What is wrong with the guideline of a task as it is written; links to other files included.

    Raises:
        ConfigError: the schema is broken.
        LimitError: the guideline is longer than assay reads.
    """
    schema = projects.load_schema(project, task)
    try:
        source = read_guideline(project, task)
    except ConfigError as error:
        yield unreadable_finding(error, f"guidelines/{task}.md", task)
        return
    yield from lint_guideline(source, schema, projects.load_roster(project).annotators, files=project.snapshot)


def links_elsewhere(project: projects.Project, task: str) -> Iterator[Finding]:
    """The links of a task's guideline to other files that lead nowhere; nothing where it cannot be read.

    Raises:
        LimitError: the guideline is longer than assay reads.
    """
    try:
        body = body_in(read_guideline(project, task))
    except ConfigError:
        return
    page = parse_page(body)
    own = frozenset(dead_links(page, body, None))
    yield from (one for one in dead_links(page, body, project.snapshot) if one not in own)


def lint_guideline(
    source: GuidelineSource, schema: projects.TaskSchema, people: Container[str], *, files: Snapshot | None = None
) -> tuple[Finding, ...]:
    """Everything wrong with a guideline by itself, by line.

    Front matter, headings and examples of declared values, links, and the form of the examples (not what they say:
    that is `assay guideline test`). `people` are the ids of the roster. `files` are the project's, for links to other
    files; without them those are not judged. What a guideline of version 0.x still lacks is a warning: it is a draft.

    Raises:
        LimitError: the page is longer than assay reads.
    """
    found = shape_findings(source)
    guideline = None if found else guideline_in(source)
    if guideline:
        document = source.document()
        found = (*front_findings(guideline, document, people), *selector_findings(guideline, document, schema))
    findings = (*found, *_body_findings(source, schema, files))
    if guideline is not None and guideline.version.startswith(DRAFT):
        findings = tuple(
            replace(found, severity=Severity.WARNING) if found.rule in _MAY_WAIT else found for found in findings
        )
    return tuple(sorted(findings, key=lambda one: one.sort_key))


def _body_findings(source: GuidelineSource, schema: projects.TaskSchema, files: Snapshot | None) -> Iterator[Finding]:
    try:
        body = body_in(source)
    except ConfigError as error:
        yield unreadable_finding(error, source.path, source.task)
        return
    page = parse_page(body)
    parts = examples_on(page, body.path)
    yield from (part for part in parts if isinstance(part, Finding))
    examples = [part for part in parts if isinstance(part, Example)]
    yield from unexplained(schema, page.headings, examples, Location(path=body.path, line=body.first_line))
    yield from dead_links(page, body, files)


def unreadable_finding(error: ConfigError, path: str, task: str) -> Finding:
    """What stops the reading of a guideline, as a finding at its line."""
    place, _, said = error.message.removeprefix(path).removeprefix(":").partition(" ")
    at = Location(path=path, line=int(place)) if place.isdigit() else Location(path=path)
    message = said if place.isdigit() else error.message.removeprefix(f"{path}: ")
    return finding("guideline/front-matter", at, message, fix=error.fix, where=Where(task=task))


def shape_findings(source: GuidelineSource) -> tuple[Finding, ...]:
    """What keeps the front matter from being read: not YAML, a key missing or of the wrong kind, another task's name."""
    where = Where(task=source.task)
    try:
        document = source.document()
    except ConfigError as error:
        return (unreadable_finding(error, source.path, source.task),)
    faults = tuple(
        finding("guideline/front-matter", fault.at, fault.message, fix=fault.fix, where=where)
        for fault in projects.shape_faults(document, projects.GUIDELINE)
    )
    stated = document.value.get("task") if isinstance(document.value, dict) else None
    if faults or stated == source.task:
        return faults
    message, fix = f"this is the guideline of {stated!r}", f"write `task: {source.task}`"
    return (finding("guideline/front-matter", document.at("/task"), message, fix=fix, where=where),)


def front_findings(guideline: Guideline, document: Document, people: Container[str]) -> Iterator[Finding]:
    """What is wrong with a front matter that can be read: owners who are not in the roster, versions out of order.

    `people` are those of the roster.
    """
    where = Where(task=guideline.task)
    if not guideline.owners:
        fix = "write `owners: [<annotator>]`"
        yield finding("guideline/owner", document.at("/owners"), "the guideline has no owner", fix=fix, where=where)
    for place, owner in enumerate(guideline.owners):
        if owner not in people:
            at, fix = document.at(f"/owners/{place}"), f"add labels/annotators/{owner}.yaml, or correct the name"
            yield finding("guideline/owner", at, f"{owner} is not in the roster", fix=fix, where=where)
    for pointer, message, fix in _change_faults(guideline):
        yield finding("guideline/changes", document.at(pointer), message, fix=fix, where=where)


def _change_faults(guideline: Guideline) -> Iterator[tuple[str, str, str]]:
    for place, change in enumerate(guideline.changes):
        if not projects.is_day(change.date):
            yield f"/changes/{place}/date", f"{change.date} is not a calendar date", "write YYYY-MM-DD"
    for place, (before, after) in enumerate(pairwise(guideline.changes), start=1):
        earlier, later = version_of(before.version), version_of(after.version)
        if later == earlier:
            yield f"/changes/{place}/version", f"duplicate version {after.version}", "give each version one entry"
        elif later < earlier:
            message = f"version {after.version} comes after {before.version}"
            yield f"/changes/{place}/version", message, "list the versions in ascending order"
        if after.date < before.date:
            message = f"version {after.version} is of {after.date}, before {before.version} of {before.date}"
            yield f"/changes/{place}/date", message, "correct the date: a later version cannot have an earlier date"
    last = guideline.changes[-1].version
    if all(change.version != guideline.version for change in guideline.changes):
        fix = "add an entry for it at the end of `changes`: version, date, summary, affects"
        yield "/version", f"version {guideline.version} has no entry under `changes`", fix
    elif guideline.version != last:
        yield "/version", f"the version is {guideline.version}, and the last entry of `changes` is {last}", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A file of the configuration that cannot be used, and the task that it is about; empty where it is about none."""

    task: str
    error: ConfigError


def require_configuration(project: projects.Project, tasks: Iterable[str]) -> None:
    """Reads schemas, guidelines and checks of the tasks, releases and waivers.

    Raises:
        ConfigError: with the faults of all that cannot be used.
    """
    require_none(configuration_faults(project, tasks))


def require_policy(project: projects.Project) -> None:
    """Reads what the gate judges by: the checks of every task, releases and waivers.

    Raises:
        ConfigError: with the faults of all that cannot be used.
    """
    require_none(policy_faults(project, project.tasks))


def require_none(faults: Iterable[Broken]) -> None:
    """Raises what is wrong as one error.

    Raises:
        ConfigError: with all faults, where there are any.
    """
    if errors := [fault.error for fault in faults]:
        fix = "; ".join(dict.fromkeys(error.fix for error in errors))
        raise ConfigError("\n".join(error.message for error in errors), fix=fix)


def configuration_faults(project: projects.Project, tasks: Iterable[str]) -> Iterator[Broken]:
    """Why files of the configuration cannot be used."""
    names = tuple(tasks)
    yield from (Broken(task=task, error=error) for task, error in unusable(project, names).items())
    yield from policy_faults(project, names)


def policy_faults(project: projects.Project, tasks: Iterable[str]) -> Iterator[Broken]:
    """Why checks of these tasks, releases and waivers cannot be used."""
    readers = [
        *((projects.load_policy, task, task) for task in tasks),
        *((projects.load_release_spec, name, "") for name in project.releases),
    ]
    for read, name, task in readers:
        try:
            read(project, name)
        except ConfigError as error:
            yield Broken(task=task, error=error)
    try:
        projects.load_waivers(project)
    except ConfigError as error:
        yield Broken(task="", error=error)


def unusable(project: projects.Project, tasks: Iterable[str]) -> Mapping[str, ConfigError]:
    """The tasks whose labels nothing can judge, as schema, guideline or migrations are broken, with what is wrong."""
    found: dict[str, ConfigError] = {}
    for task in tasks:
        try:
            load_revision(project, task)
        except ConfigError as error:
            found[task] = error
    return found


def configuration_findings(faults: Iterable[Broken]) -> Iterator[Finding]:
    """What is wrong with files of the configuration, a finding a line."""
    for fault in faults:
        for at, said in projects.located(fault.error):
            yield finding("project/configuration", at, said, fix=fault.error.fix, where=Where(task=fault.task))
