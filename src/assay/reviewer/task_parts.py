"""What is wrong with a task at one state of the project, part by part: the pool, gold, each batch, the guideline, its examples.

What is wrong with a part depends on nothing but what its key names, so a part that did not change is judged once.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial

from msgspec import UNSET

from assay import gate, guidelines, labels, release
from assay.core import Finding, content_digest
from assay.extras import resolve
from assay.files import digest_of_code, digest_of_parts
from assay.git import Snapshot, TreeSnapshot
from assay.guidelines import APPROVALS, SIGNERS
from assay.labels import (
    BatchResults,
    FileRole,
    Gallery,
    Item,
    LabelFile,
    Layout,
    Pool,
    Rules,
    lay_out,
    load_batch_labels,
    read_pool,
)
from assay.project import ANNOTATORS, PROJECT_FILE, SOURCES, Project, stated_schema


class TaskPart(StrEnum):
    """The parts in which a task is judged."""

    LABELS = "labels"
    SCHEMA = "schema"
    GUIDELINE = "guideline"
    APPROVALS = "approvals"
    EXAMPLES = "examples"


@dataclass(frozen=True)
class TaskParts:
    """The parts of a task; what is known of them is kept in the store of `results`."""

    project: Project
    results: BatchResults

    @property
    def records(self) -> int:
        """How many annotations the task has."""
        return sum(result.records for result in self.results.all.values())

    def findings(self, parts: Collection[TaskPart]) -> Iterator[Finding]:
        """What is wrong with some of the parts."""
        judges = {
            TaskPart.LABELS: self._labels,
            TaskPart.SCHEMA: self._schema,
            TaskPart.GUIDELINE: self._guideline,
            TaskPart.APPROVALS: self._approvals,
            TaskPart.EXAMPLES: self._examples,
        }
        for part, judge in judges.items():
            if part in parts:
                yield from judge()

    def _labels(self) -> Iterator[Finding]:
        yield from (*self.layout.findings, *self.rules.roster.findings)
        if self._by_shard:
            for file in self.layout.of(FileRole.ITEMS):
                state = self._listed(f"schemas/{self.rules.task}.yaml", file.path)
                yield from self._kept("shard", state, partial(self._shard, file))
            at = {file.path: file for file in self.layout.of(FileRole.ITEMS)}
            alike = ((at[path], line, item.id, content) for path, line, item, content in self._alike if path in at)
            yield from labels.same_content(alike)
        else:
            yield from self._kept("pool", self._pool_state, lambda: self._read_pool[1])
        if any(path.endswith(".json") for path in self.snapshot.under("releases")):
            yield from self._kept("apart", (*self._pool_state, *self._listed(PROJECT_FILE, "releases")), self._apart)
        clocked = self.results.now is not None
        for result in (self.results.of("gold"), *self.results.all.values()):
            yield from (*result.findings, *(result.late if clocked else ()))
        yield from self.results.unsettled()

    def _apart(self) -> Iterator[Finding]:
        """Items that belong together and were released in different splits."""
        if self._by_shard:
            items = sorted((item.id, content, item.group) for _, _, item, content in self._alike)
        else:
            pool = self._read_pool[0]
            known = (*pool.group.values, UNSET)
            items = [*zip(pool.ids, pool.content, (known[code] for code in pool.group.codes.tolist()), strict=True)]
        groups = {id_: group for id_, _, group in items if group is not UNSET}
        ids, contents = [id_ for id_, _, _ in items], [content for _, content, _ in items]
        yield from release.apart_findings(self.project, self.rules.task, ids, contents, groups)

    @cached_property
    def _by_shard(self) -> bool:
        """Whether what is wrong with the pool can be told from each shard, and from digests of all."""
        return self.results.index.is_sound and not self.snapshot.is_folder(f"labels/items/{self.rules.pool}/media")

    @cached_property
    def _alike(self) -> Sequence[tuple[str, int, Item, str]]:
        """The items whose content another item may have: path, line, the item, and the digest of its content."""
        return [(*one, content_digest(bytes(one[2].data))) for one in self.results.index.repeated()]

    def _shard(self, file: LabelFile) -> Iterable[Finding]:
        """What is wrong with a shard whose lines are all canonical."""
        schema = self.rules.revision.schema
        gallery = Gallery(self.snapshot, self.rules.pool, schema)
        return labels.judge_shard(file, labels.shard_lines(self.snapshot, file, trusted=True), schema, gallery)

    def _schema(self) -> Iterable[Finding]:
        judge = resolve("assay.project.schema_keywords:keyword_findings")
        stated = stated_schema(self.project, self.rules.task)
        files = self.layout.of(FileRole.ITEMS)
        data = (bytes(item.data) for file in files for item in labels.shard_lines(self.snapshot, file).records)
        return self._kept("schema", self._pool_state, lambda: judge(stated, data))

    def _guideline(self) -> Iterable[Finding]:
        """A guideline may link to any page, so every file that is no label is in its key; of others, that they are there."""
        judge = partial(guidelines.lint_findings, self.project, self.rules.task)
        if not isinstance(self.snapshot, TreeSnapshot):
            return judge()
        pages = [path for path in self.snapshot.entries if not path.startswith("labels/")]
        there = [path.encode(errors="surrogateescape") for path in self.snapshot.under("labels")]
        return self._kept("guideline", [*self._listed(*pages, ANNOTATORS), *there], judge)

    def _approvals(self) -> Iterable[Finding]:
        """A record is compared with the project's id and way, the roster, the keys, and what it approves."""
        task = self.rules.task
        paths = (f"guidelines/{task}.md", f"schemas/{task}.yaml", PROJECT_FILE, SIGNERS)
        folders = (f"{APPROVALS}/{task}", f"schemas/migrations/{task}", ANNOTATORS, SOURCES)
        return self._kept(
            "approvals", self._listed(*paths, *folders), lambda: gate.approval_findings(self.project, task)
        )

    def _examples(self) -> Iterable[Finding]:
        """What is wrong with the examples, against gold and the decisions in effect: a newer batch replaces a decision."""
        task, results = self.rules.task, self.results
        batches = {file.batch for file in self.layout.of(FileRole.ADJUDICATIONS)}
        decided = results.sharing(batches) if batches else ()

        def judge() -> Iterator[Finding]:
            loaded = load_batch_labels(self.snapshot, self.rules, decided)
            yield from gate.example_findings(self.project, task, loaded.corpus)

        keys = [results.key(name).encode() for name in ("gold", *decided)]
        return self._kept("examples", [*self._listed(f"guidelines/{task}.md", f"schemas/{task}.yaml"), *keys], judge)

    def _kept(self, what: str, parts: Iterable[bytes], judge: Callable[[], Iterable[Finding]]) -> list[Finding]:
        key = f"{what}:{digest_of_parts([digest_of_code().encode(), self.rules.task.encode(), *parts])}"
        return self.results.store.value(key, list[Finding], lambda: list(judge()))

    def _listed(self, *places: str) -> list[bytes]:
        """What is at some paths and below some folders."""
        paths = {path for place in places for path in (place, *self.snapshot.under(place))}
        found = self.snapshot.contents(sorted(paths))
        return [f"{path} {content}".encode(errors="surrogateescape") for path, content in found.items()]

    @cached_property
    def _pool_state(self) -> list[bytes]:
        return self._listed(f"schemas/{self.rules.task}.yaml", f"labels/items/{self.rules.pool}")

    @cached_property
    def _read_pool(self) -> tuple[Pool, tuple[Finding, ...]]:
        schema = self.rules.revision.schema
        gallery = Gallery(self.snapshot, self.rules.pool, schema)
        return read_pool(self.snapshot, self.layout.of(FileRole.ITEMS), schema, gallery)

    @cached_property
    def layout(self) -> Layout:
        """The task's label files."""
        return lay_out(self.snapshot, self.rules.task, self.rules.pool)

    @property
    def rules(self) -> Rules:
        """What the task's labels are read with."""
        return self.results.rules

    @property
    def snapshot(self) -> Snapshot:
        """The state of the project."""
        return self.results.snapshot
