"""The Parquet side of a release: what it reads of `build/`, and its rows as columns."""

from collections.abc import Sequence
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, cast

from assay.extras import load
from assay.model.json import Json
from assay.model.schema import Field
from assay.model.values import canonical_text
from assay.project import Project
from assay.quality.duplicates import Likeness
from assay.release.rows import CONSENSUS_COLUMNS, ITEM_COLUMNS, Cell, Item, Row
from assay.store.artifacts import read_parquet, rounded
from assay.store.dictionaries import plain

if TYPE_CHECKING:
    import pyarrow as pa


UNSTATED = "unstated"


def read_cells(project: Project, task: str) -> list[Cell]:
    """What consensus says of a task.

    Raises:
        UsageError: the consensus stage has not run.
    """
    table = read_parquet(project.root / "build" / task / "consensus.parquet", columns=list(CONSENSUS_COLUMNS))
    return [Cell(**record) for record in table.to_pylist()]


def read_items(project: Project, task: str) -> dict[str, Item]:
    """The items of a task's pool, by id.

    Raises:
        UsageError: the schema stage has not run.
    """
    table = read_parquet(project.root / "build" / task / "items.parquet", columns=list(ITEM_COLUMNS))
    return {record["id"]: Item(**record) for record in table.to_pylist()}


def read_near(project: Project, task: str) -> list[tuple[str, str]]:
    """The near duplicates of a task's pool, by id.

    Raises:
        UsageError: the quality stage has not run.
    """
    table = read_parquet(project.root / "build" / task / "duplicates.parquet", columns=["item", "other", "how"])
    return [(row["item"], row["other"]) for row in table.to_pylist() if row["how"] == Likeness.NEAR]


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


def columns(rows: Sequence[Row], fields: Sequence[Field]) -> "dict[str, pa.Array]":
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
        found |= _field_columns(rows, field)
    return found


def _field_columns(rows: Sequence[Row], field: Field) -> "dict[str, pa.Array]":
    arrow, name = load("pyarrow"), field.name
    cells = [row.cells.get(name) for row in rows]
    confidences = [None if cell is None else rounded(cell.confidence) for cell in cells]
    return {
        f"label.{name}": _values([row.label.get(name) for row in rows], field),
        f"confidence.{name}": arrow.array(confidences, arrow.float64()),
        f"votes.{name}": arrow.array([None if cell is None else cell.votes for cell in cells], arrow.int64()),
        f"source.{name}": arrow.array([None if cell is None else cell.source for cell in cells], arrow.string()),
    }


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
            return found.cast(_unless_empty(found.type))
    return arrow.array([None if value is None else canonical_text(value) for value in values], arrow.string())


def _unless_empty(kind: "pa.DataType") -> "pa.DataType":
    """The type of values; of nothing but missing values or empty lists that of text."""
    arrow = load("pyarrow")
    if arrow.types.is_null(kind):
        return arrow.string()
    if arrow.types.is_list(kind) and arrow.types.is_null(kind.value_type):
        return arrow.list_(arrow.string())
    return kind
