"""What is wrong with a task at one state of the project, part by part: the pool, gold, each batch, the guideline, its examples.

What is wrong with a part depends on nothing but what its key names, so a part that did not change is judged once.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial

from assay import gate, guidelines, release
from assay.core import Finding
from assay.extras import resolve
from assay.git import Snapshot, TreeSnapshot
from assay.guidelines import APPROVALS, SIGNERS
from assay.labels import (
    BatchResults,
    Layout,
    PoolResults,
    Rules,
    kept,
    lay_out,
    listed,
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
        every = self.results.all  # first: it reads the pool in several processes, where that is worth it
        yield from (*self.layout.findings, *self.rules.roster.findings, *self.pool.findings)
        if any(path.endswith(".json") for path in self.snapshot.under("releases")):
            yield from self._kept(
                "apart", lambda: (*self.pool.state(), *listed(self.snapshot, PROJECT_FILE, "releases")), self._apart
            )
        for result in (self.results.of("gold"), *every.values()):
            yield from self.results.told(result)
        yield from self.results.unsettled()

    def _apart(self) -> Iterator[Finding]:
        """Items that belong together and were released in different splits."""
        items = self.pool.alike
        groups = {id_: group for id_, _, group in items if group is not None}
        ids, contents = [id_ for id_, _, _ in items], [content for _, content, _ in items]
        yield from release.apart_findings(self.project, self.rules.task, ids, contents, groups)

    def _schema(self) -> Iterable[Finding]:
        judge = resolve("assay.project.schema_keywords:keyword_findings")
        stated, path = stated_schema(self.project, self.rules.task), f"schemas/{self.rules.task}.yaml"
        return self._kept(
            "schema", lambda: (*listed(self.snapshot, path), *self.pool.state()), lambda: judge(stated, self.pool.data)
        )

    def _guideline(self) -> Iterable[Finding]:
        """What is wrong with the guideline. It may link to any file, so the key has all pages, and the paths of label files."""
        judge = partial(guidelines.lint_findings, self.project, self.rules.task)
        if not isinstance(self.snapshot, TreeSnapshot):
            return judge()
        pages = [path for path in self.snapshot.entries if not path.startswith("labels/")]
        there = [path.encode(errors="surrogateescape") for path in self.snapshot.under("labels")]
        return self._kept("guideline", lambda: (*listed(self.snapshot, *pages, ANNOTATORS), *there), judge)

    def _approvals(self) -> Iterable[Finding]:
        """A record is compared with the project's id and way, the roster, the keys, and what it approves."""
        task = self.rules.task
        paths = (f"guidelines/{task}.md", f"schemas/{task}.yaml", PROJECT_FILE, SIGNERS)
        folders = (f"{APPROVALS}/{task}", f"schemas/migrations/{task}", ANNOTATORS, SOURCES)
        judge = partial(gate.approval_findings, self.project, task)
        return self._kept("approvals", lambda: listed(self.snapshot, *paths, *folders), judge)

    def _examples(self) -> Iterable[Finding]:
        """What is wrong with the examples, against gold and the decisions in effect."""
        return gate.example_run(self.project, self.results, self.layout).findings

    def _kept(
        self, what: str, state: Callable[[], Iterable[bytes]], judge: Callable[[], Iterable[Finding]]
    ) -> list[Finding]:
        task = self.rules.task
        return kept(self.results.store, f"{what}:{task}", state, list[Finding], lambda: list(judge()))

    @cached_property
    def pool(self) -> PoolResults:
        """The task's pool."""
        return PoolResults(self.snapshot, self.rules.pool, self.rules.schema, self.layout, self.results.index)

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
