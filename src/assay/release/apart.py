"""What shows the same and was released in different splits: it stays so until the next major version, and is told."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from assay.errors import ConfigError
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.project import Project, load_release_spec
from assay.project.shape_check import located
from assay.release.records import record_path, recorded_versions, released_in


def apart_findings(
    project: Project, task: str, ids: Sequence[str], content: Sequence[str], groups: Mapping[str, str]
) -> Iterator[Finding]:
    """A finding for each item that shows what one of a smaller id shows, where the two were released in different splits.

    `content` has the digest of what each of the items shows, `groups` are theirs by id. A record that cannot be read is a
    finding, with the first task of its release; a specification that cannot be read is told elsewhere.
    """
    for name in project.releases:
        try:
            spec = load_release_spec(project, name)
        except ConfigError:
            continue
        versions = recorded_versions(project, spec)
        try:
            released = released_in(project, spec, versions, groups) if versions and task in spec.tasks else {}
        except ConfigError as error:
            for at, said in located(error) if task == spec.tasks[0] else ():
                yield finding("project/configuration", at, said, hint=error.hint)
            continue
        same: dict[str, list[str]] = defaultdict(list)
        for id_, digest in zip(ids, content, strict=True):
            if digest and id_ in released:
                same[digest].append(id_)
        for first, *others in same.values():
            for other in others:
                if released[first] != released[other]:
                    yield finding(
                        "item/duplicate-apart",
                        Location(path=record_path(name, versions[-1])),
                        f"item {other!r} was released in {released[other]!r}, and shows what item {first!r} in {released[first]!r} shows",
                        where=Where(task=task, item=other),
                    )
