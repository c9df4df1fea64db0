"""The files of a project that are no labels, read all of them: each must be usable before anything is judged by it."""

from collections.abc import Iterable, Iterator

from assay.errors import ConfigError
from assay.guidelines.revisions import load_revision
from assay.model.catalogue import finding
from assay.model.finding import Finding, Location
from assay.project import Project, load_policy, load_release_spec, load_waivers


def require_configuration(project: Project, tasks: Iterable[str]) -> None:
    """Reads schemas, guidelines and checks of the tasks, releases and waivers.

    Raises:
        ConfigError: with the faults of all that cannot be used.
    """
    faults = tuple(configuration_faults(project, tasks))
    if faults:
        raise ConfigError(
            "\n".join(fault.message for fault in faults), hint="; ".join(dict.fromkeys(fault.hint for fault in faults))
        )


def configuration_faults(project: Project, tasks: Iterable[str]) -> Iterator[ConfigError]:
    """Why files of the configuration cannot be used."""
    names = tuple(tasks)
    readers = [
        *((load_revision, task) for task in names),
        *((load_policy, task) for task in names),
        *((load_release_spec, name) for name in project.releases),
    ]
    for read, name in readers:
        try:
            read(project, name)
        except ConfigError as error:
            yield error
    try:
        load_waivers(project)
    except ConfigError as error:
        yield error


def configuration_findings(faults: Iterable[ConfigError]) -> Iterator[Finding]:
    """What is wrong with files of the configuration, a finding a line."""
    for fault in faults:
        for line in fault.message.split("\n"):
            path, _, rest = line.partition(":")
            number, _, said = rest.partition(" ")
            at = Location(path=path, line=int(number) if number.isdigit() else 0)
            yield finding("project/configuration", at, said if number.isdigit() else rest.strip(), hint=fault.hint)
