"""How many votes the rows of a release rest on."""

from collections import Counter
from collections.abc import Iterable, Sequence

from assay.consensus import Standing
from assay.model.quality import Support
from assay.table import Corpus


def measure(corpus: Corpus, items: Sequence[Standing]) -> Support:
    """Counts the items that a release would hold, and names the open batches whose answers are not in them."""
    rows = [item for item in items if item.complete]
    return Support(
        rows=len(rows),
        votes=by_votes(item.votes for item in rows),
        voted=by_votes(item.voted for item in rows if item.voted is not None),
        open=[batch.name for batch in corpus.batches if batch.counts and not batch.closed],
    )


def by_votes(numbers: Iterable[int]) -> dict[str, int]:
    """How often each number of votes is met, by the number, the fewest first."""
    counts = Counter(numbers)
    return {str(number): counts[number] for number in sorted(counts)}
