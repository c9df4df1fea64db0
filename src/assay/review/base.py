"""Read policy from one revision and the change from another, out of git's objects alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from assay.errors import ConfigError, UsageError
from assay.guidelines.revisions import Revision, revision_of
from assay.labels.batches import parse_batch
from assay.labels.layout import LabelFile, Role
from assay.model.project import Annotator, Batch
from assay.project.find import PROJECT_FILE, Project, project_of
from assay.project.roster import ANNOTATORS, SOURCES, Roster, roster_of
from assay.review.policy import BasePolicy
from assay.schemas.migrations import migrations_folder, migrations_of
from assay.store.repository import prefix
from assay.store.trees import Entry, TreeChange, blobs, tree_at, tree_changes
from assay.store.yaml import load_yaml


@dataclass(frozen=True, eq=False)
class Tree:
    """The files of the project as one commit has them, by path below the project's root."""

    root: Path
    commit: str
    entries: Mapping[str, Entry]

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of those of the paths that are plain files here."""
        wanted = {path: entry.object for path in paths if (entry := self.entries.get(path)) and entry.mode[:3] == "100"}
        found = blobs(self.root, wanted.values())
        return {path: found[name] for path, name in wanted.items() if name in found}

    def under(self, folder: str) -> tuple[str, ...]:
        """The paths below a folder, sorted."""
        return tuple(sorted(path for path in self.entries if path.startswith(f"{folder}/")))

    @cached_property
    def _stated(self) -> Mapping[str, bytes]:
        """Roster, project file and rounds, fetched at once."""
        rounds = (path for path in self.entries if path.startswith("labels/") and path.endswith("/batch.yaml"))
        return self.read((PROJECT_FILE, *self.under(ANNOTATORS), *self.under(SOURCES), *rounds))

    @cached_property
    def roster(self) -> Roster:
        """Everybody, as this commit says."""
        return roster_of(self._stated)

    @cached_property
    def people(self) -> Mapping[str, Annotator]:
        """The entries of people and models that are files of their own."""
        return {who: one for who, one in self.roster.annotators.items() if not who.startswith("@")}

    @cached_property
    def project(self) -> Project:
        """The project that this commit describes.

        Raises:
            UsageError: it has none.
            ConfigError: its project file is broken.
        """
        stated = self._stated.get(PROJECT_FILE)
        if stated is None:
            raise UsageError(
                f"{self.commit[:12]} has no {PROJECT_FILE}, so nothing says what a change may do",
                hint="give a base that is a labelling project: assay review BASE HEAD",
            )
        return project_of(self.root, stated)

    @cached_property
    def batches(self) -> Mapping[tuple[str, str], Batch]:
        """Every round that can be used, by task and name."""
        found = ((path.split("/"), data) for path, data in self._stated.items() if path.endswith("/batch.yaml"))
        parsed = {(parts[1], parts[2]): _batch("/".join(parts), data) for parts, data in found if len(parts) == 4}
        return {key: batch for key, batch in parsed.items() if batch is not None}

    def revision(self, task: str) -> Revision | None:
        """Guideline and schema of a task; None where they cannot be used."""
        names = f"guidelines/{task}.md", f"schemas/{task}.yaml"
        folder = migrations_folder(task)
        steps = [
            path for path in self.under(folder) if path.endswith(".yaml") and path.count("/") == folder.count("/") + 1
        ]
        found = self.read((*names, *steps))
        try:
            migrations = migrations_of(load_yaml(found[path], path) for path in steps if path in found)
            return revision_of(task, found[names[0]], found[names[1]], migrations)
        except (ConfigError, KeyError):
            return None

    @property
    def policy(self) -> BasePolicy:
        """What a change is judged by."""
        return BasePolicy(
            people=self.people,
            tasks=frozenset(self.project.tasks),
            batches=self.batches,
            limits=self.project.review,
        )


@lru_cache(maxsize=4)
def tree_of(root: Path, commit: str) -> Tree:
    """The project's files in a commit, by its full name; read once, for a commit never changes."""
    below = _prefix(root)
    entries = (replace(one, path=_below(one.path, below)) for one in tree_at(root, commit))
    return Tree(root=root, commit=commit, entries={one.path: one for one in entries})


def changes_between(root: Path, base: str, head: str) -> tuple[TreeChange, ...]:
    """What differs between two commits, by path below the project's root; a path outside it starts with `:/`."""
    below = _prefix(root)
    return tuple(_moved(change, below) for change in tree_changes(root, base, head))


@lru_cache(maxsize=4)
def _prefix(root: Path) -> str:
    return prefix(root)


def _moved(change: TreeChange, below: str) -> TreeChange:
    path = _below(change.path, below)
    before, after = (entry and replace(entry, path=path) for entry in (change.before, change.after))
    return TreeChange(path=path, before=before, after=after)


def _below(path: str, below: str) -> str:
    return path.removeprefix(below) if path.startswith(below) else f":/{path}"


@lru_cache(maxsize=4096)
def _batch(path: str, data: bytes) -> Batch | None:
    _, task, name, _ = path.split("/")
    file = LabelFile(path=path, role=Role.BATCH, task=task, batch=name)
    batch, _ = parse_batch(data, file, frozenset(), _NOBODY)
    return batch


_NOBODY = Roster(annotators={}, broken=frozenset(), findings=())
