"""What is wrong with the parts of a task in a tree, each judged once and remembered."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from assay.core import Finding
from assay.files import digest_of_code, digest_of_parts
from assay.git import TreeSnapshot
from assay.guidelines import APPROVALS, SIGNERS
from assay.labels import FileRole, Gallery, Layout, Pool, label_file, lay_out, load_corpus, read_pool
from assay.project import ANNOTATORS, PROJECT_FILE, SOURCES, Project, Roster
from assay.reviewer.batches import gold_files, load_batch_labels, load_some
from assay.reviewer.cache import Kept, Memory
from assay.reviewer.figures import note_all, sharing
from assay.reviewer.policy import Rules, rules_of
from assay.reviewer.project_check import (
    ProjectFindings,
    apart_findings,
    approvals_findings,
    examples_findings,
    guideline_findings,
    schema_findings,
)

_MANY = 8
"""So many batches that are not remembered are read at once with all others: the pool is then read once, too."""


def remembered_findings(
    project: Project, task: str, roster: Roster, tree: TreeSnapshot, memory: Memory
) -> ProjectFindings:
    """What is wrong with a task in a tree; what the memory does not know yet is judged and noted in it."""
    return _Parts(project, rules_of(project, task, roster), tree, memory).findings()


@dataclass(frozen=True)
class _Parts:
    """The parts of a task in a tree, each judged once and remembered."""

    project: Project
    rules: Rules
    tree: TreeSnapshot
    memory: Memory

    def findings(self) -> ProjectFindings:
        """What is wrong with all of them."""
        task, keys = self.rules.task, {batch: self._batch_key(batch) for batch in self._batches}
        if len([batch for batch, key in keys.items() if self.memory.get(key) is None]) > _MANY:
            self._read_all(keys)
        found = [*self.layout.findings]
        found += self._part(self._pool_key, lambda: self._read_pool[1])
        if self._records:
            found += self._part(self._apart_key, lambda: apart_findings(self.project, task, self._read_pool[0]))
        found += self._part(
            self._gold_key, lambda: load_some(self.tree, self.rules, [*gold_files(self.tree, task)]).findings
        )
        for batch, key in keys.items():
            found += self._part(key, partial(self._batch, batch))
        found += self._part(self._schema_key, lambda: schema_findings(self.project, task, self._read_pool[0].data))
        found += self._part(self._guideline_key, lambda: guideline_findings(self.project, task))
        found += self._part(self._approvals_key, lambda: approvals_findings(self.project, task))
        found += self._part(self._examples_key, self._examples)
        return ProjectFindings(findings=tuple(found), records=None)

    def _part(self, key: str, judge: Callable[[], Iterable[Finding]]) -> Sequence[Finding]:
        known = self.memory.get(key) or Kept(findings=list(judge()))
        self.memory.put(key, known)
        return known.findings

    def _read_all(self, keys: Mapping[str, str]) -> None:
        """Reads the whole task and takes its findings apart: cheaper than part by part where much is new."""
        revision = self.rules.revision
        loaded = load_corpus(self.project, revision.schema, revision.guideline)
        by_folder: dict[str, list[Finding]] = {batch: [] for batch in (*keys, "gold")}
        skipped = {*self.layout.findings, *self.rules.roster.findings}
        for one in loaded.findings:
            parts = one.at.path.split("/")
            if parts[:2] == ["labels", self.rules.task] and one not in skipped:
                by_folder[parts[2]].append(one)
        self.memory.put(self._gold_key, Kept(findings=by_folder["gold"]))
        for batch, key in keys.items():
            self.memory.put(key, Kept(findings=by_folder[batch]))
        note_all(self.tree, self.rules, loaded.corpus, self.memory)
        found = list(examples_findings(self.project, self.rules.task, loaded.corpus))
        self.memory.put(self._examples_key, Kept(findings=found))

    @cached_property
    def _read_pool(self) -> tuple[Pool, tuple[Finding, ...]]:
        schema = self.rules.revision.schema
        return read_pool(self.tree, self.layout.of(FileRole.ITEMS), schema, Gallery(self.tree, self.rules.pool, schema))

    def _batch(self, batch: str) -> Iterator[Finding]:
        yield from load_batch_labels(self.tree, self.rules, [batch], gold=False).findings

    def _examples(self) -> Iterator[Finding]:
        corpus = load_batch_labels(self.tree, self.rules, self._decided).corpus
        yield from examples_findings(self.project, self.rules.task, corpus)

    @cached_property
    def _decided(self) -> tuple[str, ...]:
        """The batches with decisions, and those that share items with them: a newer one replaces a decision."""
        decided = {file.batch for file in self.layout.of(FileRole.ADJUDICATIONS)}
        return sharing(self.tree, self.rules, decided, self.memory) if decided else ()

    @cached_property
    def layout(self) -> Layout:
        """The task's label files."""
        return lay_out(self.tree, self.rules.task, self.rules.pool)

    @cached_property
    def _batches(self) -> tuple[str, ...]:
        folder = f"labels/{self.rules.task}"
        names = (name for name in self.tree.names(folder) if name != "gold")
        return tuple(name for name in names if self.tree.is_folder(f"{folder}/{name}"))

    @cached_property
    def _common(self) -> str:
        """What every label of the task is read by."""
        task = self.rules.task
        stated = repr(sorted(self.rules.revision.guideline.versions)).encode()
        pool = self.tree.under(f"labels/items/{self.rules.pool}")
        folders = (f"schemas/migrations/{task}", ANNOTATORS, SOURCES)
        paths = (f"schemas/{task}.yaml", *pool, *(path for folder in folders for path in self.tree.under(folder)))
        return digest_of_parts([stated, *self._objects(paths)])

    @property
    def _pool_paths(self) -> tuple[str, ...]:
        paths = self.tree.under(f"labels/items/{self.rules.pool}")
        return tuple(path for path in paths if label_file(path) is not None)

    @property
    def _pool_key(self) -> str:
        paths = (f"schemas/{self.rules.task}.yaml", *self.tree.under(f"labels/items/{self.rules.pool}"))
        return self._key("pool", self._objects(paths))

    @cached_property
    def _records(self) -> tuple[str, ...]:
        """The records of releases, beside which their specifications stand."""
        return tuple(path for path in self.tree.under("releases") if path.endswith(".json"))

    @property
    def _apart_key(self) -> str:
        """What was released in which split, and what shows the same."""
        paths = (PROJECT_FILE, *self.tree.under("releases"))
        return self._key("apart", [self._pool_key.encode(), *self._objects(paths)])

    @property
    def _gold_key(self) -> str:
        paths = self.tree.under(f"labels/{self.rules.task}/gold")
        return self._key("gold", [self._common.encode(), *self._objects(paths)])

    def _batch_key(self, batch: str) -> str:
        folder = f"labels/{self.rules.task}/{batch}"
        return self._key("batch", [self._common.encode(), batch.encode(), self.tree.folders[folder].encode()])

    @property
    def _schema_key(self) -> str:
        return self._key("schema", self._objects((f"schemas/{self.rules.task}.yaml", *self._pool_paths)))

    @property
    def _approvals_key(self) -> str:
        """A record is compared with the project's id and way, the roster, the keys, and what it approves."""
        task = self.rules.task
        content = (f"guidelines/{task}.md", f"schemas/{task}.yaml", PROJECT_FILE, SIGNERS)
        folders = (f"{APPROVALS}/{task}", f"schemas/migrations/{task}", ANNOTATORS, SOURCES)
        paths = (path for folder in folders for path in self.tree.under(folder))
        return self._key("approvals", self._objects([*content, *paths]))

    @property
    def _guideline_key(self) -> str:
        """A guideline may link to any page, so every file that is no label is in its key; of others, that they are there."""
        pages = [path for path in self.tree.entries if not path.startswith("labels/")]
        labels = [path.encode(errors="surrogateescape") for path in self.tree.under("labels")]
        return self._key("guideline", [*self._objects(pages), *self._objects(self.tree.under(ANNOTATORS)), *labels])

    @property
    def _examples_key(self) -> str:
        folders = (f"labels/{self.rules.task}/{name}" for name in ("gold", *self._decided))
        files = (path for folder in folders for path in self.tree.under(folder))
        objects = self._objects([f"guidelines/{self.rules.task}.md", *files])
        return self._key("examples", [self._common.encode(), *objects])

    def _key(self, what: str, parts: Iterable[bytes]) -> str:
        return f"{what}:{digest_of_parts([digest_of_code().encode(), self.rules.task.encode(), *parts])}"

    def _objects(self, paths: Iterable[str]) -> Iterator[bytes]:
        entries = ((path, self.tree.entries.get(path)) for path in sorted(paths))
        return (
            f"{path} {entry.mode} {entry.object}".encode(errors="surrogateescape") for path, entry in entries if entry
        )
