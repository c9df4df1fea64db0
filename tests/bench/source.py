"""How fast changes of a label file are found and merged, beside parsing its JSON and comparing; ratios of one run."""

import json
import random
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import ParamSpec, TypeVar

from assay.core.values import JsonObject
from assay.labels.diff import diff_file
from assay.labels.merge import apply_merge, decide_merge
from assay.labels.paths import label_file
from assay.labels.records import ANNOTATION, dump_records

RECORDS, EDITS, RUNS = 100_000, 500, 5
KIND = ANNOTATION
_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


def records(chance: random.Random) -> Iterator[JsonObject]:
    """A large label file of one annotator, invented."""
    for number in range(RECORDS):
        label: JsonObject = {"intent": chance.choice(("billing", "refund", "how-to")), "urgency": chance.randint(1, 5)}
        at = f"2026-03-{1 + number % 28:02}T10:{number % 60:02}:00Z"
        yield {"item": f"msg-{number:06}", "label": label, "guideline": "1.0.0", "at": at, "seconds": number % 90}


def edited(base: list[JsonObject], seed: int) -> bytes:
    """The same with so many answers changed."""
    changed = list(base)
    for place in random.Random(seed).sample(range(RECORDS), EDITS):
        label: JsonObject = {"intent": "cancel", "urgency": 1}
        changed[place] = {**changed[place], "label": label}
    return dump_records(KIND, changed)


def parsed(data: bytes) -> dict[str, JsonObject]:
    return {record["item"]: record for record in map(json.loads, data.splitlines())}


def plain_diff(before: bytes, after: bytes) -> list[str]:
    """What one would write: parse both, compare by item."""
    old, new = parsed(before), parsed(after)
    return [item for item in old.keys() | new.keys() if old.get(item) != new.get(item)]


def plain_merge(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """What one would write: parse all three, take what a side changed, write it sorted."""
    old, our, their = parsed(base), parsed(ours), parsed(theirs)
    merged = {}
    for item in old.keys() | our.keys() | their.keys():
        one = their if our.get(item) == old.get(item) else our
        if item in one:
            merged[item] = one[item]
    return "".join(json.dumps(merged[item], separators=(",", ":")) + "\n" for item in sorted(merged)).encode()


def timed(work: Callable[_Given, _Found], *given: _Given.args, **named: _Given.kwargs) -> tuple[_Found, float]:
    """Its answer, and the median of its times in seconds."""
    times = []
    for _ in range(RUNS):
        start = perf_counter()
        answer = work(*given, **named)
        times.append(perf_counter() - start)
    return answer, median(times)


def our_merge(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    return apply_merge(KIND, ours, decide_merge(KIND, base, ours, theirs))


def main() -> None:
    made = list(records(random.Random(1)))
    base = dump_records(KIND, made)
    ours, theirs = edited(made, 2), edited(made, 3)
    file = label_file("labels/triage/batch-1/ada.jsonl")
    assert file is not None
    change, fast = timed(diff_file, file, base, ours)
    items, plain = timed(plain_diff, base, ours)
    assert {one.key[0] for one in change.records} == set(items)
    print(
        f"record diff, {RECORDS:,} lines, {EDITS} edits: {fast * 1000:.0f} ms; parse and compare {plain / fast:.0f} times as long"
    )
    data, fast = timed(our_merge, base, ours, theirs)
    other, plain = timed(plain_merge, base, ours, theirs)
    assert len(data) == len(other)
    print(f"three-way merge, the same: {fast * 1000:.0f} ms; parse and compare {plain / fast:.0f} times as long")


if __name__ == "__main__":
    main()
