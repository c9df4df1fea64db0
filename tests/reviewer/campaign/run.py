"""Runs the whole campaign in an order of chance: each case cold and from what was remembered, a few as processes.

python -m reviewer.campaign.run [SEED] [KIND…]
"""

import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from reviewer.campaign.case import APPROVAL, OK, REFUSED, UNKNOWN, Case
from reviewer.campaign.scene import Scene, Seen, scene
from reviewer.campaign.table import CASES

_OUTCOMES = (OK, APPROVAL, REFUSED, UNKNOWN)
_PROCESSES = 12


def faults(case: Case, seen: Seen) -> Iterator[str]:
    """What is wrong with what came of a case."""
    if seen.outcome != case.outcome:
        yield f"{case.kind}: {case.name}: {seen.outcome}, not {case.outcome}: {seen.said[:500]}"
    elif not any(word in seen.said for word in case.says.split("|")):
        yield f"{case.kind}: {case.name}: nothing of {case.says!r} in {seen.said[:500]!r}"


def campaign(place: Path, cases: Sequence[Case], seed: int) -> Iterator[str]:
    """What is wrong with the cases, judged in an order of chance.

    Each is judged two times, the second time with all that was remembered, and must say the same. So must all clones
    that hold the same change, of it.
    """
    chance = random.Random(seed)
    made, order = scene(place, cases), chance.sample(cases, len(cases))
    processes = set(chance.sample(range(len(order)), min(_PROCESSES, len(order))))
    said: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)
    for number, case in enumerate(order):
        seen = made.judge(case, process=number in processes)
        yield from faults(case, seen)
        if (again := made.judge(case)) != seen:
            yield f"{case.kind}: {case.name}: says something else the second time: {again.said[:300]!r}, not {seen.said[:300]!r}"
        if seen.outcome != UNKNOWN and not made.request(case).command:
            said[_change(made, case, seen)].add(seen.printed)
    yield from (f"{change}: clones disagree" for change, verdicts in said.items() if len(verdicts) > 1)


def _change(made: Scene, case: Case, seen: Seen) -> tuple[object, ...]:
    """What must have one verdict: base, head and who pushed; a case of another kind stands for itself."""
    asked = made.request(case)
    if not asked.folder.startswith("clones/"):
        return (case.kind, case.name)
    return tuple(line for line in seen.printed.splitlines() if line.startswith(('  "base": ', '  "head": ')))


def table(cases: Sequence[Case]) -> Iterator[str]:
    """The counts by kind and outcome."""
    counted = Counter((case.kind, case.outcome) for case in cases)
    kinds = [*dict.fromkeys(case.kind for case in cases), ""]
    yield f"{f'{len(cases)} change sets':18}{''.join(f'{one:>16}' for one in _OUTCOMES)}"
    for kind in kinds:
        row = [sum(n for (k, o), n in counted.items() if o == outcome and kind in {k, ""}) for outcome in _OUTCOMES]
        yield f"{kind or 'all':18}{''.join(f'{n or chr(183):>16}' for n in row)}"


def main(seed: str = "11", *kinds: str) -> int:
    """Prints what is wrong, and the counts."""
    cases = [case for case in CASES if not kinds or case.kind in kinds]
    with tempfile.TemporaryDirectory() as place:
        found = [*campaign(Path(place), cases, int(seed))]
    print("\n".join([*table(cases), *found, f"seed {seed}: {len(found) or 'nothing'} wrong"]))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
