"""Hold the votes of an export against those the project has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from assay.actions.held import Held, Votes


@dataclass(slots=True, kw_only=True)
class Merged:
    """What came of it: counts, the votes of every batch that changes, and the items that no batch holds yet."""

    new: int = 0
    same: int = 0
    changed: int = 0
    gone: list[tuple[str, str]] = field(default_factory=list)
    batches: dict[str, Votes] = field(default_factory=dict)
    homeless: list[str] = field(default_factory=list)


def merge_votes(held: Held, exported: Votes, *, prune: bool) -> Merged:
    """New votes on a known item join the newest batch that holds it; votes gone from the export stay, unless pruned."""
    merged = Merged()
    home = {item: batch for batch in sorted(held.batches) for item in held.batches[batch]}
    for item, votes in exported.items():
        batch = home.get(item)
        if batch is None:
            merged.new += len(votes)
            merged.homeless.append(item)
        elif differences := _compare(merged, held.batches[batch][item], votes):
            _touch(merged, held, batch)[item].update(differences)
    for item, batch in sorted(home.items()):
        gone = held.batches[batch][item].keys() - exported.get(item, {}).keys()
        merged.gone += [(item, annotator) for annotator in sorted(gone)]
        if gone and prune:
            _drop(_touch(merged, held, batch), item, gone)
    return merged


def _compare(merged: Merged, held: Mapping[str, bytes], votes: Mapping[str, bytes]) -> dict[str, bytes]:
    new = {annotator: act for annotator, act in votes.items() if annotator not in held}
    changed = {annotator: act for annotator, act in votes.items() if held.get(annotator, act) != act}
    merged.new += len(new)
    merged.changed += len(changed)
    merged.same += len(votes) - len(new) - len(changed)
    return new | changed


def _touch(merged: Merged, held: Held, batch: str) -> Votes:
    if batch not in merged.batches:
        merged.batches[batch] = {item: dict(votes) for item, votes in held.batches[batch].items()}
    return merged.batches[batch]


def _drop(votes: Votes, item: str, annotators: set[str]) -> None:
    for annotator in annotators:
        del votes[item][annotator]
    if not votes[item]:
        del votes[item]


def chunks(sizes: Mapping[str, int], *, count: int, size: int) -> Iterator[tuple[str, ...]]:
    """The keys in their order, in runs of at most `count` of them and (but for a single key) `size` bytes."""
    run: list[str] = []
    total = 0
    for key, own in sizes.items():
        if run and (len(run) == count or total + own > size):
            yield tuple(run)
            run, total = [], 0
        run.append(key)
        total += own
    if run:
        yield tuple(run)
