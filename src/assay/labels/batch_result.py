"""What reading a batch by itself gives, and which batches belong together."""

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np

from assay.core import Batch, Corpus, Finding, Joined, guideline_versions, tally
from assay.guidelines import lost_values, version_of
from assay.labels.batch_files import Rules
from assay.labels.corpus import Loaded
from assay.labels.kept_tallies import KeptTally, kept_tally
from assay.labels.pool_shards import Digests, digests_of_ids

STATES = ("closed", "open")
_LATE, _UNSETTLED = "label/future-time", "batch/unsettled"


class BatchResult(msgspec.Struct, frozen=True, array_like=True):
    """What reading a batch by itself gives.

    `records` are its annotations and `valid` those that can be used, `items` a digest of the items of its valid votes and its
    plan. `since` holds by field the earliest guideline version under which one of its annotations has it.
    `tallies` are, by `state/field`, those of its own votes. `late` are the findings on times after `latest`, when it was read
    (microseconds since 1970), `unsettled` those on answers sent back, which a newer batch may settle; neither is among
    `findings`.
    """

    findings: list[Finding]
    records: int
    valid: int
    batch: Batch | None
    items: str
    since: dict[str, str]
    tallies: dict[str, KeptTally]
    unsettled: list[Finding]
    late: list[Finding]
    latest: int | None


def result_of(loaded: Loaded, rules: Rules, name: str, latest: int | None, items: str) -> BatchResult:
    """The result of a batch that was read at a time; `items` is what a result has under that name."""
    apart = (_LATE, _UNSETTLED)
    return BatchResult(
        findings=[one for one in loaded.findings if one.rule not in apart],
        records=loaded.report.records,
        valid=loaded.report.valid,
        batch=next((batch for batch in loaded.corpus.batches if batch.name == name), None),
        items=items,
        since=dict(since_of(loaded.corpus, rules)),
        tallies=tallies_of(loaded.corpus, rules),
        unsettled=[one for one in loaded.findings if one.rule == _UNSETTLED],
        late=[one for one in loaded.findings if one.rule == _LATE],
        latest=latest,
    )


def items_of(named: Digests, loaded: Loaded) -> Digests:
    """The items of the valid votes and of the plan of a batch that names `named`: digests, sorted and distinct."""
    corpus = loaded.corpus
    codes = np.union1d(corpus.annotations.item, corpus.assignments.item).tolist()
    is_all = len(codes) == len(named)
    return named if is_all else np.unique(digests_of_ids(corpus.items.ids[code].encode() for code in codes))


def counted_in(corpus: Corpus) -> list[str]:
    """The annotators of whom a vote counts."""
    table = corpus.annotations
    return [table.annotator.values[code] for code in np.unique(table.annotator.codes[table.counts]).tolist()]


def since_of(corpus: Corpus, rules: Rules) -> Iterator[tuple[str, str]]:
    """By field the earliest version under which one of the annotations has it, or had it before a migration."""
    made = guideline_versions(corpus)
    lost = lost_values(corpus, made, rules.schema.migrations)
    for name, column in corpus.annotations.fields.items():
        under = np.unique(made.codes[(column.codes >= 0) | lost[name]]).tolist()
        if under:
            yield name, min((made.values[code] for code in under), key=version_of)


def tallies_of(corpus: Corpus, rules: Rules) -> dict[str, KeptTally]:
    """The tallies of the current votes of closed and of open batches, by `state/field`; those without a unit are left out."""
    kept: dict[str, KeptTally] = {}
    for one in rules.schema.fields:
        for state, rows in zip(STATES, (corpus.annotations.current, corpus.annotations.open), strict=True):
            found = tally(corpus, one, rows)
            if len(found.patterns):
                kept[f"{state}/{one.name}"] = kept_tally(found)
    return kept


def groups_of(items: Mapping[str, Digests]) -> list[tuple[str, ...]]:
    """Batches, by name with their items, that share an item, directly or through others."""
    names, digests = [*items], np.concatenate([np.empty(0, dtype=np.uint64), *items.values()])
    batches = np.repeat(np.arange(len(names)), np.array([*map(len, items.values())], dtype=np.int64))
    # Neighbours in the order of (item, batch) with the same item are enough to join all batches that share one.
    order = np.argsort(digests, kind="stable")
    same = digests[order[1:]] == digests[order[:-1]]
    pairs = np.unique(np.column_stack([batches[order[:-1]], batches[order[1:]]])[same], axis=0)
    together = Joined[int]()
    for first, second in pairs.tolist():
        together.join(first, second)
    groups: dict[int, list[str]] = {}
    for number, name in enumerate(names):
        groups.setdefault(together.top(number), []).append(name)
    return [tuple(group) for group in groups.values()]
