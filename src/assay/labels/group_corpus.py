"""What is made of batches that share items, each group by itself: all current votes of an item are in one group."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from assay.core import Corpus
from assay.files import digest_of_parts
from assay.labels.batch_files import load_batch_labels
from assay.labels.batch_results import BatchResults
from assay.labels.current import with_current

T = TypeVar("T")


@dataclass(frozen=True)
class BatchGroup:
    """One or more groups of `BatchResults.groups`; `gold` is as `load_batch_labels` takes it."""

    results: BatchResults
    batches: Sequence[str]
    gold: bool | Collection[str] = False

    def value(
        self,
        what: str,
        kind: type[T],
        make: Callable[[Corpus], T],
        beside: Callable[[], Iterable[bytes]] = tuple,
    ) -> T:
        """What a function makes of the corpus of the batches, kept under `what` and all that it depends on.

        What is current in the corpus is current in the whole task. `beside` gives what the function depends on besides.

        Raises:
            LimitError, UsageError: a file is larger than assay reads, or may not be read.
        """
        results, names = self.results, (*self.batches, *(() if self.gold is False else ("gold",)))
        stated, others = [results.key(name) for name in names], [*beside()]
        # Of a single batch neither a newer version nor a vote of another one matters.
        if len(self.batches) > 1:
            stated += [repr(sorted(results.since.items())), repr(sorted(results.counted))]
        key = f"{what}:{digest_of_parts([*(text.encode(errors='surrogatepass') for text in stated), *others])}"

        def is_still() -> bool:
            return all(map(results.keys.is_unchanged, names)) and [*beside()] == others

        return results.store.value(key, kind, lambda: make(self._corpus()), is_still=is_still)

    def _corpus(self) -> Corpus:
        results, rules = self.results, self.results.rules
        loaded = load_batch_labels(results.snapshot, rules, self.batches, gold=self.gold)
        if len(self.batches) == 1:
            return loaded.corpus
        since = results.first_versions
        return with_current(loaded.gathered, rules.guideline, rules.schema.migrations, since, results.counted)
