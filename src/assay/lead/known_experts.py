"""The answers of a task's experts, kept by the batches that they depend on: who edits a guideline tries its examples often."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from assay.core import Corpus, Location, Where
from assay.files import digest_of_parts
from assay.labels import BatchResults, FileRole, role_in_batch
from assay.quality import ContentAnswer, expert_answers


def answers_of_experts(results: BatchResults, corpus: Callable[[], Corpus]) -> Sequence[ContentAnswer]:
    """What `expert_answers` gives of the task's corpus, which is put together only where its experts' answers are not known.

    They depend on gold, on the batches with adjudications and those that share items with them, and on when each field was
    first labelled.
    """
    batches = results.sharing([*_with_adjudications(results)])
    keys = (*map(results.key, ("gold", *batches)), repr(sorted(results.since.items())))
    key = f"experts:{digest_of_parts(map(str.encode, keys))}"
    stated = results.store.value(key, list[dict[str, Any]], lambda: msgspec.to_builtins([*expert_answers(corpus())]))
    return [ContentAnswer(**{**one, "at": Location(**one["at"]), "where": Where(**one["where"])}) for one in stated]


def _with_adjudications(results: BatchResults) -> Iterator[str]:
    for name in results.names:
        files = results.snapshot.names(f"labels/{results.rules.task}/{name}")
        if any(role_in_batch(file) is FileRole.ADJUDICATIONS for file in files):
            yield name
