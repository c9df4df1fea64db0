"""What is wrong with a guideline, all of it, each fault at its line."""

from collections.abc import Container, Iterator
from dataclasses import replace

from assay.errors import ConfigError
from assay.git.snapshot import Snapshot
from assay.guidelines.affects import selector_findings
from assay.guidelines.body import body_in
from assay.guidelines.examples import Example, examples_on
from assay.guidelines.front_lint import front_findings, shape_findings, unreadable
from assay.guidelines.front_matter import Guideline, Source, guideline_in, read_guideline
from assay.guidelines.links import dead_links
from assay.guidelines.page import page_of
from assay.guidelines.values import unexplained
from assay.model.finding import Finding, Location, Severity
from assay.project.find import Project
from assay.project.roster import load_roster
from assay.schemas import TaskSchema, load_schema

DRAFT = "0."
_MAY_WAIT = frozenset({"guideline/no-heading", "guideline/no-example", "guideline/owner"})


def lint_findings(project: Project, task: str) -> Iterator[Finding]:
    """What is wrong with the guideline of a task as it is written; links to other files included.

    Raises:
        ConfigError: the schema is broken.
        LimitError: the guideline is longer than assay reads.
    """
    schema = load_schema(project, task)
    try:
        source = read_guideline(project, task)
    except ConfigError as error:
        yield unreadable(error, f"guidelines/{task}.md", task)
        return
    yield from lint(source, schema, load_roster(project).annotators, files=project.snapshot)


def links_elsewhere(project: Project, task: str) -> Iterator[Finding]:
    """The links of a task's guideline to other files that lead nowhere; nothing where it cannot be read.

    Raises:
        LimitError: the guideline is longer than assay reads.
    """
    try:
        body = body_in(read_guideline(project, task))
    except ConfigError:
        return
    page = page_of(body)
    own = frozenset(dead_links(page, body, None))
    yield from (one for one in dead_links(page, body, project.snapshot) if one not in own)


def lint(
    source: Source, schema: TaskSchema, people: Container[str], *, files: Snapshot | None = None
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
    front = _front(guideline, source, schema, people) if guideline else found
    findings = (*front, *_body_findings(source, schema, files))
    if guideline is not None and guideline.version.startswith(DRAFT):
        findings = tuple(map(_eased, findings))
    return tuple(sorted(findings, key=lambda one: one.sort_key))


def _front(guideline: Guideline, source: Source, schema: TaskSchema, people: Container[str]) -> Iterator[Finding]:
    document = source.document()
    yield from front_findings(guideline, document, people)
    yield from selector_findings(guideline, document, schema)


def _body_findings(source: Source, schema: TaskSchema, files: Snapshot | None) -> Iterator[Finding]:
    try:
        body = body_in(source)
    except ConfigError as error:
        yield unreadable(error, source.path, source.task)
        return
    page = page_of(body)
    parts = examples_on(page, body.path)
    yield from (part for part in parts if isinstance(part, Finding))
    examples = [part for part in parts if isinstance(part, Example)]
    yield from unexplained(schema, page.headings, examples, Location(path=body.path, line=body.first_line))
    yield from dead_links(page, body, files)


def _eased(found: Finding) -> Finding:
    return replace(found, severity=Severity.WARNING) if found.rule in _MAY_WAIT else found
