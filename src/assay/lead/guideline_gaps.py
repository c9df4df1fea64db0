"""`assay guideline gaps`: the items that a guideline does not cover, as example blocks to paste into it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay.core import Corpus, Decision, DecisionKind, JsonObject, content_key
from assay.files import JsonFault, inside, parse_record, parse_strict, stream_lines, yaml_block, yaml_flow
from assay.guidelines import Example, load_guideline, read_guideline
from assay.labels import load_corpus
from assay.lead.guideline_checks import tasks_named
from assay.project import Project, load_schema
from assay.quality import readable_examples
from assay.render import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class GapVote:
    """An annotation of the item: its annotator, label (None: a skip) and note, and whether it was flagged."""

    annotator: str
    label: "JsonObject | None"
    note: str
    flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """An item of a batch that the guideline does not cover.

    `label`, `why` and `who` are of an adjudication with the reason `guideline-gap`. `votes` are all annotations of the item
    in that batch. `guideline` is the version of the batch.
    """

    item: str
    batch: str
    guideline: str
    data: JsonObject
    label: "JsonObject | None"
    who: str
    why: str
    votes: tuple[GapVote, ...]


FLAG = "guideline-gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """The gaps of a task by item and batch, and how many more have become examples of the guideline."""

    task: str
    gaps: tuple[Gap, ...]
    answered: int


def find_gaps(project: Project, task: str | None = None) -> tuple[Gaps, ...]:
    """Adjudications with the reason `guideline-gap`, and items with an annotation flagged so, of a task or of all.

    An item whose content is an example of the guideline is no longer a gap.

    Raises:
        UsageError: unknown task.
        ConfigError: a guideline or schema cannot be read.
    """
    result = []
    for name in tasks_named(project, task):
        corpus = load_corpus(project, load_schema(project, name), load_guideline(project, name)).corpus
        shown = {
            content_key(example.data)
            for example in readable_examples(read_guideline(project, name))
            if isinstance(example, Example) and example.data
        }
        found = tuple(_Finder(project.root, corpus).gaps())
        new = tuple(gap for gap in found if content_key(gap.data) not in shown)
        result.append(Gaps(task=name, gaps=new, answered=len(found) - len(new)))
    return tuple(result)


class _Finder:
    """Finds the gaps of a corpus; notes, which the tables do not have, are read from the files."""

    def __init__(self, root: Path, corpus: Corpus) -> None:
        self.root = root
        self.corpus = corpus
        self.place = {item: number for number, item in enumerate(corpus.items.ids)}
        self.batches = {batch.name: batch for batch in corpus.batches}

    def gaps(self) -> Iterator[Gap]:
        """Each item of each batch once, by item, then batch."""
        decided = {
            (one.item, one.batch): one
            for one in self.corpus.decisions
            if one.kind is DecisionKind.ADJUDICATION and one.reason == FLAG
        }
        rows = self._rows({*decided, *self._flagged()})
        lines = self._lines(rows, decided.values())
        for item, batch in sorted(rows):
            decision = decided.get((item, batch))
            data = parse_strict(self.corpus.items.data[self.place[item]])
            yield Gap(
                item=item,
                batch=batch,
                guideline=self.batches[batch].guideline if batch in self.batches else "",
                data=data if isinstance(data, dict) else {},
                label=decision.label if decision else None,
                who=decision.who if decision else "",
                why=_note(lines.get((decision.path, decision.line), {})) if decision else "",
                votes=tuple(self._vote(row, lines) for row in rows[item, batch]),
            )

    def _flagged(self) -> Iterator[tuple[str, str]]:
        table = self.corpus.annotations
        flagged = np.array([*(FLAG in flags.split() for flags in table.flags.values), False], dtype=np.bool_)
        for row in np.flatnonzero(flagged[table.flags.codes]).tolist():
            yield self.corpus.items.ids[table.item[row]], self.corpus.batches[table.batch[row]].name

    def _rows(self, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], list[int]]:
        table, number = self.corpus.annotations, {batch.name: code for code, batch in enumerate(self.corpus.batches)}
        found: dict[tuple[str, str], list[int]] = {key: [] for key in wanted if key[0] in self.place}
        for item, batch in found:
            chosen = (table.item == self.place[item]) & (table.batch == number.get(batch, -1))
            found[item, batch] = np.flatnonzero(chosen).tolist()
        return found

    def _lines(
        self, rows: Mapping[tuple[str, str], Iterable[int]], decisions: Iterable[Decision]
    ) -> dict[tuple[str, int], JsonObject]:
        """The records of those annotations and decisions, by path and line."""
        table = self.corpus.annotations
        wanted: dict[str, set[int]] = defaultdict(set)
        for row in (row for several in rows.values() for row in several):
            wanted[table.path.values[table.path.codes[row]]].add(int(table.line[row]))
        for decision in decisions:
            wanted[decision.path].add(decision.line)
        return {
            (path, number): record
            for path, numbers in wanted.items()
            for number, data in stream_lines(inside(self.root, path))
            if number in numbers and (record := _record(data)) is not None
        }

    def _vote(self, row: int, lines: Mapping[tuple[str, int], JsonObject]) -> GapVote:
        table = self.corpus.annotations
        record = lines.get((table.path.values[table.path.codes[row]], int(table.line[row])), {})
        label, flags = record.get("label"), record.get("flags")
        return GapVote(
            annotator=table.annotator.values[table.annotator.codes[row]],
            label=label if isinstance(label, dict) else None,
            note=_note(record),
            flagged=isinstance(flags, list) and FLAG in flags,
        )


def _record(data: bytes | None) -> "JsonObject | None":
    try:
        return parse_record(data or b"")
    except JsonFault:
        return None


def _note(record: JsonObject) -> str:
    return str(record.get("note", ""))


def gap_block(gap: Gap) -> str:
    """One block tagged `example`: the item, the adjudicated label, the reason, and the annotators' notes as comments.

    Without an adjudication there is no label, and the votes are listed instead.
    """
    return "\n".join(["```example", *_lines(gap), "```"])


def _lines(gap: Gap) -> Iterator[str]:
    version = f" (guideline {gap.guideline})" if gap.guideline else ""
    yield visible(f"# {gap.item} in {gap.batch}{version}")
    yield from _yaml(gap.data)
    if gap.label is None:
        yield "# label: not decided yet; the votes were"
        yield from map(_vote, gap.votes)
        yield "# why:"
        return
    yield from _yaml({"label": gap.label})
    if gap.why:
        yield from _yaml({"why": gap.why})
    else:
        yield f"# why: {gap.who} decided this and gave no reason"
    yield from (_vote(vote) for vote in gap.votes if vote.flagged or vote.note)


def _vote(vote: GapVote) -> str:
    label = "skipped" if vote.label is None else yaml_flow(vote.label)
    flag = ", flagged it" if vote.flagged else ""
    note = f": {' '.join(vote.note.split())}" if vote.note else ""
    return visible(f"# {vote.annotator} {label}{flag}{note}")


def _yaml(mapping: JsonObject) -> Iterator[str]:
    """The lines of a document; an invisible character is written as its YAML escape."""
    for line in yaml_block(mapping).split("\n")[:-1]:
        yield "".join(sign if visible(sign) == sign else f"\\U{ord(sign):08x}" for sign in line)
