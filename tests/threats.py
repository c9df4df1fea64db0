"""The threats that SECURITY.md lists, and how many cases of a test run stood for each."""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

SECURITY = Path(__file__).parents[1] / "SECURITY.md"
NOT_BUILT = "not built"
_ROW = re.compile(
    r"^\| (?P<number>\d+) \| (?P<threat>[^|]+) \| (?P<control>[^|]+) \| (?P<tests>[^|]+) \|$", re.MULTILINE
)
_WIDTH = 64


class Row(NamedTuple):
    """A line of the table: the files that test the control stand in `tests`, below the folder of the tests."""

    number: int
    threat: str
    control: str
    tests: tuple[str, ...]

    @property
    def built(self):
        """Whether there is a control at all."""
        return not self.control.startswith(NOT_BUILT)


def rows():
    """The table."""
    text = SECURITY.read_text(encoding="utf-8")
    return [
        Row(int(one["number"]), one["threat"], one["control"], tuple(re.findall(r"`([^`]+)`", one["tests"])))
        for one in _ROW.finditer(text)
    ]


def note(item):
    """Notes in a test's report which rows it stands for."""
    for mark in item.iter_markers("threat"):
        item.user_properties.extend(("threat", row) for row in mark.args)


def counted(stats):
    """How many cases of each row passed, and how many did not."""
    cases = {}
    for kind in ("passed", "failed", "error", "skipped"):
        said = [
            said
            for report in stats.get(kind, [])
            for name, said in getattr(report, "user_properties", [])
            if name == "threat"
        ]
        cases[kind] = Counter(said)
    return cases


def table_lines(cases, *, whole):
    """The rows with cases of this run; where the whole suite ran, every row."""
    if not any(cases.values()):
        return
    yield "threats of SECURITY.md: cases that passed"
    for row in rows():
        tally = {kind: number[row.number] for kind, number in cases.items() if number[row.number]}
        if not tally and not whole:
            continue
        others = "".join(f", {number} {kind}" for kind, number in tally.items() if kind != "passed")
        said = f"{tally.get('passed', 0):>5}{others}" if row.built or tally else NOT_BUILT
        missing = "  <- a control without a case" if row.built and not tally.get("passed") else ""
        yield f"  {row.number:>2} {row.threat[:_WIDTH]:<{_WIDTH}} {said}{missing}"
