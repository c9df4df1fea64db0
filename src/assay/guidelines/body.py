"""What stands below a guideline's front matter."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from assay.errors import ConfigError
from assay.guidelines.front_matter import Source, read_guideline, source_of
from assay.project.find import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The Markdown of a guideline, the line of the file on which it starts, and the file's path below the root."""

    text: str
    first_line: int
    path: str = ""

    @property
    def task(self) -> str:
        """The task whose guideline has this name."""
        return PurePosixPath(self.path).stem


def guideline_body(project: Project, task: str) -> Body:
    """The body of a task's guideline.

    Raises:
        ConfigError: the file is absent, has no front matter, or is not UTF-8.
    """
    return body_in(read_guideline(project, task))


def body_of(data: bytes, name: str = "guidelines/guideline.md") -> Body:
    """The body that a file's bytes hold, of the work tree or of a revision; `name` ends in `<task>.md`.

    Raises:
        ConfigError: there is no front matter, or the body is not UTF-8.
    """
    return body_in(source_of(data, name))


def body_in(source: Source) -> Body:
    """The body of a guideline that was read.

    Raises:
        ConfigError: it is not UTF-8.
    """
    try:
        text = source.body.decode()
    except UnicodeDecodeError as error:
        line = source.body_line + source.body[: error.start].count(b"\n")
        raise ConfigError(f"{source.path}:{line} is not UTF-8", hint="save the file as UTF-8") from error
    return Body(text=text, first_line=source.body_line, path=source.path)
