"""What belongs to a guideline change: its schema, its migrations, and the batch that labels again what it concerns."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from assay.errors import ConfigError, LimitError
from assay.git.snapshot import Snapshot
from assay.git.tree import TreeChange
from assay.guidelines.approval import approval_of, approval_path, signature_path
from assay.guidelines.front_matter import load_guideline
from assay.labels.batches import read_batch
from assay.labels.paths import LabelFile, Role
from assay.model.project import Batch, Purpose
from assay.model.quality import SIGNED
from assay.project.find import Project, configuration_bytes
from assay.project.roster import Roster
from assay.review.kinds import Place, place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineChange:
    """The guideline versions that the merge result has and the base has not, by task of the base, and its new batches.

    `batches` are those of which the base has nothing at all, by (task, batch). `signed` are the paths of signed records of
    these versions, with their signatures, that the base has not: whether they hold is a matter of findings.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    batches: Mapping[tuple[str, str], Batch] = field(default_factory=dict)
    signed: frozenset[str] = frozenset()

    def why_not(self, change: TreeChange, place: Place) -> str:
        """Why a file is no part of a guideline change; empty where it is one."""
        version = self.versions.get(place.task)
        if not place.kind.goes_along:
            return "it is no part of a guideline"
        if version is None:
            return f"no new version of the guideline of {place.task} comes with it"
        if change.after is None:
            return "it is taken away"
        if place.kind.name == "approval":
            return "" if change.path in self.signed else "it is no signed record of the new version, with its signature"
        if place.batch:
            return self._why_not_batch(place, version)
        return "the base has this migration already" if place.kind.name == "migration" and change.before else ""

    def _why_not_batch(self, place: Place, version: str) -> str:
        batch = self.batches.get((place.task, place.batch))
        if batch is None:
            return f"the base has the batch {place.batch} already, or its batch.yaml cannot be read"
        if batch.purpose is not Purpose.RELABEL:
            return f"the purpose of the batch is {batch.purpose}, not {Purpose.RELABEL}"
        if batch.closed:
            return "the batch is closed"
        return "" if batch.guideline == version else f"the batch follows {batch.guideline}, not {version}"


def guideline_change(
    before: Project, after: Snapshot, changes: Iterable[TreeChange], roster: Roster
) -> GuidelineChange:
    """What a merge result has of guidelines and batches that the base has not; what cannot be read is no part of it."""
    paths = {change.path for change in changes}
    merged = replace(before, snapshot=after)
    edited = (task for task in before.tasks if f"guidelines/{task}.md" in paths)
    versions = {task: version for task in edited if (version := _new_version(before, merged, task))}
    signed = (path for task, version in versions.items() for path in _signed(before, merged, task, version))
    return GuidelineChange(
        versions=versions, batches=dict(_new_batches(before, merged, paths, roster)), signed=frozenset(signed)
    )


def _new_version(before: Project, merged: Project, task: str) -> str:
    try:
        known, stated = load_guideline(before, task), load_guideline(merged, task)
    except (ConfigError, LimitError):
        return ""
    return "" if stated.version in known.versions else stated.version


def _signed(before: Project, merged: Project, task: str, version: str) -> tuple[str, ...]:
    """A signed record of a version and its signature, where the merge result has both and the base neither."""
    paths = (approval_path(task, version), signature_path(task, version))
    if any(before.snapshot.has(path) for path in paths) or not all(merged.snapshot.has(path) for path in paths):
        return ()
    try:
        record = approval_of(configuration_bytes(merged.snapshot, paths[0]), paths[0])
    except (ConfigError, LimitError):
        return ()
    return paths if record.way == SIGNED else ()


def _new_batches(
    before: Project, merged: Project, paths: Iterable[str], roster: Roster
) -> Iterator[tuple[tuple[str, str], Batch]]:
    places = (place_of(path, before.code) for path in paths)
    for task, name in sorted({(place.task, place.batch) for place in places if place.batch}):
        file = LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=Role.BATCH, task=task, batch=name)
        if merged.snapshot.has(file.path) and not before.snapshot.under(f"labels/{task}/{name}"):
            batch = _batch(merged, file, roster)
            if batch is not None:
                yield (task, name), batch


def _batch(merged: Project, file: LabelFile, roster: Roster) -> Batch | None:
    try:
        return read_batch(merged.snapshot, file, frozenset(), roster)[0]
    except LimitError:
        return None
