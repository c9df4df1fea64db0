"""Consensus and items → the rows of a dataset, and the split an item belongs to."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, cast

import orjson

from assay import consensus, quality
from assay.core import VERSION_PATTERN, Field, Json, canonical_text, value_of
from assay.extras import load
from assay.files import digest_bytes, plain, read_parquet, rounded
from assay.labels import compact
from assay.project import Project, ReleaseSpec, Validator

if TYPE_CHECKING:
    import pyarrow as pa

    from assay.consensus import CellResult

CONSENSUS_COLUMNS = ("item", "field", "value", "confidence", "votes", "distribution", "source", "waiting", "undecided")
ITEM_COLUMNS = ("id", "data", "meta", "group", "content")
UNSTATED = "unstated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitter:
    """Assigns splits for one seed and major version.

    A key (an item's group, else its id) hashes to a number in [0, 1), and the shares, laid end to end in the order of
    their names, say which split owns that number. Items of one group stay together, in every task of the release.
    """

    seed: int
    major: int
    names: tuple[str, ...]
    ends: tuple[float, ...]

    def split(self, key: str) -> str:
        """The split of a group or an ungrouped item."""
        place = int(digest_bytes(orjson.dumps([self.seed, self.major, key]))[:13], 16) / 16**13
        return next((name for name, end in zip(self.names, self.ends, strict=True) if place < end), self.names[-1])


def splitter(spec: ReleaseSpec) -> Splitter:
    """The splitter of a release; a split with no share gets no item."""
    owners = sorted((name, share) for name, share in spec.splits if share > 0)
    return Splitter(
        seed=spec.seed,
        major=major(spec.version),
        names=tuple(name for name, _ in owners),
        ends=tuple(accumulate(share for _, share in owners)),
    )


def major(version: str) -> int:
    """The major part of a version."""
    return int(version.partition(".")[0])


def is_version(text: str) -> bool:
    """Whether a text is a version."""
    return re.fullmatch(VERSION_PATTERN, text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitMember:
    """What decides the split of an item: its group, and the digest of its content (empty: none)."""

    id: str
    group: str | None
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The split of every item that belongs to others, by id; and the groups that were released in different splits and stay so."""

    splitter: Splitter
    splits: Mapping[str, str]
    apart: tuple[tuple[str, ...], ...]

    def split(self, item: str) -> str:
        """The split of an item."""
        found = self.splits.get(item)
        return self.splitter.split(item) if found is None else found


def place_members(
    members: Sequence[SplitMember], near: Iterable[tuple[str, str]], released: Mapping[str, str], splitter: Splitter
) -> Places:
    """Assigns items to splits, regardless of their order.

    `near` are ids of near duplicates; `released` has the split in which an item of this major version was released. Such an item
    stays there. What belongs to it joins it, or the one with the smallest id where several were released in different splits.
    Where none was released, all go where the group of the smallest id goes, or that id where it has no group.
    """
    groups: dict[str, str] = {}
    for one in members:
        if one.group is not None:
            groups[one.id] = min(one.group, groups.get(one.id, one.group))
    splits: dict[str, str] = {}
    apart: list[tuple[str, ...]] = []
    for ids in _components(members, near):
        there = {id_: released[id_] for id_ in ids if id_ in released}
        first = next(iter(there), ids[0])
        split = there[first] if there else splitter.split(groups.get(first, first))
        splits |= {id_: there.get(id_, split) for id_ in ids}
        if len({*there.values()}) > 1:
            apart.append(tuple(ids))
    alone = {id_: split for id_, split in released.items() if id_ not in splits}
    return Places(splitter=splitter, splits=splits | alone, apart=tuple(sorted(apart)))


def _components(members: Sequence[SplitMember], near: Iterable[tuple[str, str]]) -> Iterator[list[str]]:
    """The ids that belong together, sorted; a single id only if it has a group."""
    above: dict[Hashable, Hashable] = {}

    def top(one: Hashable) -> Hashable:
        while (higher := above.setdefault(one, one)) != one:
            above[one] = above[higher]
            one = higher
        return one

    first: dict[str, str] = {}
    for one in members:
        if one.group is not None:
            above[top(one.id)] = top((one.group,))
        if one.content and (earlier := first.setdefault(one.content, one.id)) != one.id:
            above[top(one.id)] = top(earlier)
    for id_, other in near:
        above[top(id_)] = top(other)
    found: dict[Hashable, list[str]] = defaultdict(list)
    for node in [*above]:
        if isinstance(node, str):
            found[top(node)].append(node)
    return (sorted(ids) for ids in found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedCell:
    """What consensus says of one item and field; `value` is a value's text, None where it is tied or was not given.

    `waiting`: it needs re-annotation after a migration. `undecided`: the open attributes of elements, as in `Consensus`.
    """

    item: str
    field: str
    value: str | None
    confidence: float | None
    votes: int
    distribution: str
    source: str
    waiting: bool = False
    undecided: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedItem:
    """An item of the pool; `data` and `meta` are JSON texts, `content` is the digest of its content."""

    id: str
    data: str
    meta: str | None
    group: str | None
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedRow:
    """An item with its split, its label and, by field, how each value was found; `votes` is what it rests on."""

    item: ReleasedItem
    split: str
    label: Mapping[str, Json]
    cells: Mapping[str, ReleasedCell]
    votes: int = 0

    def as_json(self) -> dict[str, object]:
        """The record of `<split>.jsonl`; `meta` and `group` are left out where the item has none."""
        record: dict[str, object] = {
            "item": self.item.id,
            "split": self.split,
            "data": orjson.Fragment(self.item.data),
            "label": self.label,
        }
        if self.item.meta is not None and self.item.meta != "{}":
            record["meta"] = orjson.Fragment(self.item.meta)
        if self.item.group is not None:
            record["group"] = self.item.group
        return record | {"consensus": {name: _evidence(cell) for name, cell in self.cells.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """A task's rows, by item id, the items left out, by reason (`Undecided`), and the number of unlabelled ones."""

    rows: tuple[ReleasedRow, ...]
    left_out: Mapping[str, list[str]]
    unlabelled: int


def sort_out(
    cells: Iterable[ReleasedCell],
    items: Mapping[str, ReleasedItem],
    fields: Sequence[Field],
    rules: Validator,
    splits: Places,
) -> Sorted:
    """A row of every item that is complete; `rules` are those of a label.

    An optional field that is tied is absent from the label, and its source says so; an optional attribute that is tied is
    in `undecided`.
    """
    known = {field.name: field for field in fields}
    judge = consensus.StatusRules(rules)
    found: list[ReleasedRow] = []
    left_out: dict[str, list[str]] = defaultdict(list)
    unlabelled = 0
    for id_, own in groupby(sorted(cells, key=attrgetter("item", "field")), key=attrgetter("item")):
        answers = {cell.field: cell for cell in own}
        stands = judge.of({name: _standing(cell, known[name]) for name, cell in answers.items()})
        unlabelled += all(cell.source == consensus.Source.NONE for cell in answers.values())
        if stands.complete:
            item, split = items[id_], splits.split(id_)
            found.append(ReleasedRow(item=item, split=split, label=stands.label, cells=answers, votes=stands.votes))
        elif stands.why is not None:
            left_out[stands.why.value].append(id_)
    return Sorted(rows=tuple(found), left_out=dict(sorted(left_out.items())), unlabelled=unlabelled)


def jsonl(selected: Iterable[ReleasedRow]) -> bytes:
    """Rows as JSON Lines."""
    return b"".join(compact(orjson.dumps(row.as_json(), option=orjson.OPT_APPEND_NEWLINE)) for row in selected)


def _standing(cell: ReleasedCell, field: Field) -> "CellResult":
    value = None if cell.value is None else value_of(cell.value, field)
    source, undecided = consensus.Source(cell.source), bool(cell.undecided)
    given = consensus.tied_values(cell.distribution, field, source)
    return consensus.CellResult(value, source, votes=cell.votes, waiting=cell.waiting, given=given, undecided=undecided)


def _evidence(cell: ReleasedCell) -> dict[str, object]:
    evidence: dict[str, object] = {
        "confidence": rounded(cell.confidence),
        "votes": cell.votes,
        "source": cell.source,
        "distribution": orjson.Fragment(cell.distribution),
    }
    return evidence | ({"undecided": orjson.Fragment(cell.undecided)} if cell.undecided else {})


def read_cells(project: Project, task: str) -> list[ReleasedCell]:
    """What consensus says of a task.

    Raises:
        UsageError: the consensus stage has not run.
    """
    table = read_parquet(project.root / "build" / task / "consensus.parquet", columns=list(CONSENSUS_COLUMNS))
    return [ReleasedCell(**record) for record in table.to_pylist()]


def read_item_table(project: Project, task: str) -> dict[str, ReleasedItem]:
    """The items of a task's pool, by id.

    Raises:
        UsageError: the schema stage has not run.
    """
    table = read_parquet(project.root / "build" / task / "items.parquet", columns=list(ITEM_COLUMNS))
    return {record["id"]: ReleasedItem(**record) for record in table.to_pylist()}


def read_near(project: Project, task: str) -> list[tuple[str, str]]:
    """The near duplicates of a task's pool, by id.

    Raises:
        UsageError: the quality stage has not run.
    """
    table = read_parquet(project.root / "build" / task / "duplicates.parquet", columns=["item", "other", "how"])
    return [(row["item"], row["other"]) for row in table.to_pylist() if row["how"] == quality.DuplicateKind.NEAR]


def guideline_counts(project: Project, task: str) -> dict[str, int]:
    """How many counting annotations that are current cite each guideline version, by version."""
    votes = _current_votes(project, task).group_by("guideline").aggregate([([], "count_all")]).to_pylist()
    return dict(sorted((vote["guideline"], vote["count_all"]) for vote in votes))


def citations(project: Project, task: str) -> dict[str, tuple[str, ...]]:
    """The guideline versions, in order, that the current counting annotations of each item cite."""
    cited: dict[str, tuple[str, ...]] = {}
    votes = _current_votes(project, task).group_by(["item", "guideline"]).aggregate([]).to_pylist()
    for vote in sorted(votes, key=itemgetter("item", "guideline")):
        cited[vote["item"]] = (*cited.get(vote["item"], ()), vote["guideline"])
    return cited


def _current_votes(project: Project, task: str) -> "pa.Table":
    """Item, annotator and guideline of every counting annotation that is current, once each."""
    names = ["item", "annotator", "guideline", "counts", "current"]
    votes = plain(read_parquet(project.root / "build" / task / "annotations.parquet", columns=names))
    current = votes.filter(load("pyarrow.compute").and_(votes["counts"], votes["current"]))
    stated = current.set_column(
        current.schema.get_field_index("guideline"), "guideline", current["guideline"].fill_null(UNSTATED)
    )
    return stated.group_by(["item", "annotator", "guideline"]).aggregate([])


def parquet_columns(rows: Sequence[ReleasedRow], fields: Sequence[Field]) -> "dict[str, pa.Array]":
    """Rows as columns: the item, then `label.`, `confidence.`, `votes.` and `source.` of every field.

    `data` and `meta` are JSON texts. Values on an interval or ratio scale are floats, which they stay when the next
    release has the first fraction; others are typed as they are, and objects and what shares no type are JSON texts.
    """
    text = load("pyarrow").string()
    array = load("pyarrow").array
    found = {
        "item": array([row.item.id for row in rows], text),
        "split": array([row.split for row in rows], text),
        "data": array([row.item.data for row in rows], text),
        "meta": array([row.item.meta for row in rows], text),
        "group": array([row.item.group for row in rows], text),
    }
    for field in sorted(fields, key=attrgetter("name")):
        arrow, name = load("pyarrow"), field.name
        cells = [row.cells.get(name) for row in rows]
        confidences = [None if cell is None else rounded(cell.confidence) for cell in cells]
        found |= {
            f"label.{name}": _values([row.label.get(name) for row in rows], field),
            f"confidence.{name}": arrow.array(confidences, arrow.float64()),
            f"votes.{name}": arrow.array([None if cell is None else cell.votes for cell in cells], arrow.int64()),
            f"source.{name}": arrow.array([None if cell is None else cell.source for cell in cells], arrow.string()),
        }
    return found


def _values(values: Sequence[Json], field: Field) -> "pa.Array":
    arrow = load("pyarrow")
    if field.scale.numeric and all(value is None or type(value) in (int, float) for value in values):
        return arrow.array(
            [value if value is None else float(cast("float", value)) for value in values], arrow.float64()
        )
    if not any(isinstance(value, dict) for value in values):
        try:
            found = arrow.array(values)
        except (arrow.ArrowInvalid, arrow.ArrowTypeError, OverflowError):
            pass
        else:
            # What holds nothing but missing values or empty lists has the type of text.
            kind = found.type
            if arrow.types.is_null(kind):
                return found.cast(arrow.string())
            if arrow.types.is_list(kind) and arrow.types.is_null(kind.value_type):
                return found.cast(arrow.list_(arrow.string()))
            return found
    return arrow.array([None if value is None else canonical_text(value) for value in values], arrow.string())
