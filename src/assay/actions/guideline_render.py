"""`assay guideline render`: style guides as pages for readers."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from assay.actions.guideline_lint import tasks_named
from assay.errors import ConfigError
from assay.extras import load
from assay.guidelines import body_of, load_guideline
from assay.guidelines.authors import past_versions
from assay.guidelines.body import body_in
from assay.guidelines.front_matter import read_guideline
from assay.guidelines.versions import ordered_changes
from assay.project import Project
from assay.schemas import load_schema
from assay.store.files import write_bytes

if TYPE_CHECKING:
    from assay.report.guideline_page import GuidelineText


def render_guidelines(project: Project, task: str | None, folder: Path) -> tuple[Path, ...]:
    """Writes `<task>.html` into a folder for a task, or for every task: the files.

    A page holds the guideline of the work tree and the earlier versions that git's history has.

    Raises:
        UsageError: there is no such task.
        ConfigError: a guideline cannot be read.
        MissingExtraError: the library that makes pages is not installed.
    """
    pages = {folder / f"{name}.html": _page(project, name) for name in tasks_named(project, task)}
    for path, page in pages.items():
        write_bytes(path, page.encode())
    return tuple(pages)


def _page(project: Project, task: str) -> str:
    pages = load("assay.report.guideline_page")
    title = load_schema(project, task).label.schema.get("title")
    page: str = pages.guideline_page(title if isinstance(title, str) else task, tuple(_versions(project, task, pages)))
    return page


def _versions(project: Project, task: str, pages: ModuleType) -> "Iterator[GuidelineText]":
    guideline, body = load_guideline(project, task), body_in(read_guideline(project, task))
    texts = {version: _text(one.data) for version, one in past_versions(project.root, task).items()}
    texts[guideline.version] = body.text
    for change in reversed(ordered_changes(guideline)):
        yield pages.GuidelineText(
            version=change.version,
            date=change.date,
            summary=change.summary,
            affects=change.affects,
            policy=change.policy,
            text=texts.get(change.version),
        )


def _text(data: bytes) -> str | None:
    try:
        return body_of(data).text
    except ConfigError:
        return None
