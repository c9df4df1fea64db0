"""A run of whole processes as a table for a terminal, and as the page `docs/performance.md`."""

from collections.abc import Iterable, Mapping, Sequence

from bench.measured import HEADS, MILLION, NAIVE_SECONDS, Goal, Run, ratios, rows

INTRODUCTION = """\
# Performance

What whole commands cost on synthetic projects: one task with three fields, three of twenty annotators for each item.
`make bench` measures them, with what people would otherwise write, in one run.
"""
READING = """\
**How to read it.** *CPU s* is the median of the seconds of processor time of a command and all processes it started; *spread* the
least and the most. *Wall s* is the median of the time on the clock (`page start`: until the page answers). *MiB* is the most
memory that one of its processes held. *Exponent* says how processor time grows from the size above: 0 not at all, 1 in
proportion. *Cold*: nothing was kept by an earlier command. *100 new labels*, and every command of daily work: before each
run, 100 other labels were written in one file of the open batch.
"""


def table(run: Run, goals: Mapping[str, Goal], naive: str, compared: Iterable[tuple[str, str]]) -> str:
    """The figures in aligned columns, then the ratios."""
    lines = [HEADS, *rows(run, goals, naive)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADS))]
    text = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    return "\n".join([run.machine, _versions(run), _scaled(run, naive), "", *text, "", *ratios(run, compared)])


def page(run: Run, goals: Mapping[str, Goal], naive: str, compared: Iterable[tuple[str, str]]) -> str:
    """The page in Markdown."""
    named = {figure.case: f"`{figure.command}`" for figure in run.figures}
    parts = [
        INTRODUCTION,
        f"Measured by `{run.command}` on {run.machine}.\n{_versions(run)}.\n",
        READING,
        f"{_scaled(run, naive)}\n",
        _markdown(HEADS, rows(run, goals, naive)),
        "## The commands\n",
        _markdown(("case", "command"), named.items()),
        "## Beside what people would write\n",
        "Processor time of whole programs, of the same run. The programs are `tests/bench/naive_validation.py` and `tests/bench/naive_alpha.py`.\n",
        "\n".join(f"- {line}" for line in ratios(run, compared)) + "\n",
    ]
    return "\n".join(part for part in parts if part.strip())


def _versions(run: Run) -> str:
    return ", ".join(f"{name} {number}" for name, number in run.versions.items())


def _scaled(run: Run, naive: str) -> str:
    """How goals in seconds were scaled to the machine."""
    found = run.find(naive, MILLION)
    if found is None:
        return "Goals in seconds are not scaled to this machine: naive validation of 1m annotations was not measured."
    return (
        f"Goals in seconds are for a machine on which naive validation of 1m annotations takes {NAIVE_SECONDS:g} s. Here it "
        f"takes {found.cpu:.0f} s, so they are multiplied by {found.cpu / NAIVE_SECONDS:.2f}: `here`."
    )


def _markdown(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(heads)
    return "\n".join(f"| {' | '.join(line)} |" for line in [heads, rule, *lines]) + "\n"
