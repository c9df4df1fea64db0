"""The files of a project that are no labels, read all of them: each must be usable before anything is judged by it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from assay.errors import ConfigError
from assay.guidelines.revisions import load_revision
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding
from assay.project import Project, load_policy, load_release_spec, load_waivers
from assay.project.shape_check import located


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A file of the configuration that cannot be used, and the task that it is about; empty where it is about none."""

    task: str
    error: ConfigError


def require_configuration(project: Project, tasks: Iterable[str]) -> None:
    """Reads schemas, guidelines and checks of the tasks, releases and waivers.

    Raises:
        ConfigError: with the faults of all that cannot be used.
    """
    require_none(configuration_faults(project, tasks))


def require_policy(project: Project) -> None:
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
    errors = [fault.error for fault in faults]
    if errors:
        raise ConfigError(
            "\n".join(error.message for error in errors), hint="; ".join(dict.fromkeys(error.hint for error in errors))
        )


def configuration_faults(project: Project, tasks: Iterable[str]) -> Iterator[Broken]:
    """Why files of the configuration cannot be used."""
    names = tuple(tasks)
    yield from (Broken(task=task, error=error) for task, error in unusable(project, names).items())
    yield from policy_faults(project, names)


def policy_faults(project: Project, tasks: Iterable[str]) -> Iterator[Broken]:
    """Why checks of these tasks, releases and waivers cannot be used."""
    readers = [
        *((load_policy, task, task) for task in tasks),
        *((load_release_spec, name, "") for name in project.releases),
    ]
    for read, name, task in readers:
        try:
            read(project, name)
        except ConfigError as error:
            yield Broken(task=task, error=error)
    try:
        load_waivers(project)
    except ConfigError as error:
        yield Broken(task="", error=error)


def unusable(project: Project, tasks: Iterable[str]) -> Mapping[str, ConfigError]:
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
        for at, said in located(fault.error):
            yield finding("project/configuration", at, said, hint=fault.error.hint, where=Where(task=fault.task))
