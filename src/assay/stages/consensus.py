"""The stage `consensus`: votes and expert answers → what the dataset says, and where that is in doubt."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from assay.consensus import Consensus, Doubt, Reason, Source, decide, doubts, summary
from assay.extras import load
from assay.labels import read_corpus
from assay.model.quality import ConsensusReport
from assay.model.schema import Field
from assay.model.values import value_of, value_text
from assay.project import Project, load_policy
from assay.stages.report import fields_measured, save_report, to_be_read
from assay.store.artifacts import read_parquet, rounded, write_parquet
from assay.table import Corpus

if TYPE_CHECKING:
    import pyarrow as pa


def save_consensus(project: Project, corpus: Corpus, consensus: Consensus, doubts: Iterable[Doubt]) -> None:
    """Writes `build/<task>/consensus.parquet`, a row per item and field; `reasons` are its doubts, of attributes theirs."""
    found: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for doubt in doubts:
        found[doubt.item, doubt.field].append({"attribute": doubt.attribute, "reason": doubt.why.value})
    items = [corpus.items.ids[code] for code in consensus.item.tolist()]
    fields = [consensus.fields[code] for code in consensus.field.tolist()]
    values = [
        None if value is None else value_text(value, field)
        for value, field in zip(consensus.value, fields, strict=True)
    ]
    path = project.root / "build" / corpus.task / "consensus.parquet"
    pyarrow = load("pyarrow")
    write_parquet(
        path,
        {
            "item": _coded(items),
            "field": _coded([field.name for field in fields]),
            "value": pyarrow.array(values, type=pyarrow.string()),
            "confidence": pyarrow.array(
                rounded(consensus.confidence.tolist()), type=pyarrow.float64(), from_pandas=True
            ),
            "votes": pyarrow.array(consensus.votes),
            "distribution": pyarrow.array(consensus.distribution, type=pyarrow.string()),
            "method": _coded([consensus.method] * len(consensus)),
            "source": _coded([source.value for source in consensus.source]),
            "waiting": pyarrow.array(consensus.waiting, type=pyarrow.bool_()),
            "undecided": pyarrow.array(consensus.undecided, type=pyarrow.string()),
            "reasons": pyarrow.array(
                [found.get((item, field.name), []) for item, field in zip(items, fields, strict=True)],
                type=pyarrow.list_(pyarrow.struct({"attribute": pyarrow.string(), "reason": pyarrow.string()})),
            ),
        },
    )


def read_consensus(project: Project, corpus: Corpus, fields: Sequence[Field]) -> Consensus:
    """What `save_consensus` wrote of this corpus.

    Raises:
        UsageError: it is absent.
    """
    table = read_parquet(project.root / "build" / corpus.task / "consensus.parquet")
    column = {name: table.column(name).to_pylist() for name in table.column_names}
    items = {item: code for code, item in enumerate(corpus.items.ids)}
    codes = {field.name: code for code, field in enumerate(fields)}
    named = {field.name: field for field in fields}
    return Consensus(
        method=next(iter(column["method"]), ""),
        fields=tuple(fields),
        item=np.array([items[item] for item in column["item"]], dtype=np.int32),
        field=np.array([codes[name] for name in column["field"]], dtype=np.int32),
        value=tuple(
            None if text is None else value_of(text, named[name])
            for text, name in zip(column["value"], column["field"], strict=True)
        ),
        confidence=np.array(column["confidence"], dtype=np.float64),
        votes=np.array(column["votes"], dtype=np.int32),
        distribution=tuple(column["distribution"]),
        source=tuple(map(Source, column["source"])),
        waiting=np.array(column["waiting"], dtype=np.bool_),
        undecided=tuple(column["undecided"]),
    )


def read_doubts(project: Project, task: str) -> tuple[Doubt, ...]:
    """The reasons for doubt that `save_consensus` wrote of a task.

    Raises:
        UsageError: the table is absent.
    """
    table = read_parquet(
        project.root / "build" / task / "consensus.parquet", columns=["item", "field", "reasons"]
    ).to_pylist()
    return tuple(
        Doubt(item=row["item"], field=row["field"], why=Reason(one["reason"]), attribute=one["attribute"])
        for row in table
        for one in row["reasons"]
    )


def _coded(texts: list[str]) -> "pa.Array":
    pyarrow = load("pyarrow")
    return pyarrow.array(texts, type=pyarrow.string()).dictionary_encode()


def consensus(project: Project, task: str) -> ConsensusReport:
    """Decides every item and field; writes `consensus.parquet`, with the reasons for doubt, and `consensus.json`."""
    made_from = to_be_read(project, task, "consensus")
    fields = fields_measured(project, task)
    corpus = read_corpus(project, task, fields)
    policy = load_policy(project, task)
    decided = decide(corpus, fields, policy.consensus, policy.spread)
    save_consensus(project, corpus, decided, doubts(decided, corpus))
    return save_report(project, task, "consensus", summary(decided, fields), made_from)
