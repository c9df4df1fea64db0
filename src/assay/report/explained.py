"""How an alpha comes about, as text."""

from collections.abc import Iterator

from assay.model.explained import Coincidences, CostlyUnit, Explanation
from assay.model.names import clip
from assay.model.schema import Scale
from assay.report.agreement import reason_words
from assay.report.plain import count, decimal, indented, table_text, visible

_WIDTH = 14
_TEXT = 100
_VOTES = 12
_LARGE = 1000


def explained_text(found: Explanation) -> str:
    """The figures that alpha is made of, the coincidence matrix, and the costliest units with their text and votes."""
    lines = [
        f"{visible(found.field)} ({found.scale}): {count(found.units, 'unit')}, n = {count(found.pairable, 'pairable value')}",
        *_alpha(found),
        *_ac1(found),
    ]
    if found.coincidences is not None and found.coincidences.values:
        lines += ["", *_matrix(found.coincidences, "values of elements" if found.scale == Scale.SEQUENCE else "values")]
    if found.costliest:
        lines += ["", "the units that cost the most alpha, and what it would be higher without them"]
        for one in found.costliest:
            lines += _unit(one)
    return "\n".join(lines)


def _alpha(found: Explanation) -> Iterator[str]:
    if found.observed is not None and found.expected is not None:
        yield f"  Do  {_figure(found.observed)}  observed disagreement, within units"
        by_element = found.coincidences is None or found.scale == Scale.SEQUENCE
        two = "elements of all units" if by_element else "of the n values"
        yield f"  De  {_figure(found.expected)}  expected disagreement, between any two {two}"
    if found.alpha.value is None:
        yield f"  alpha is undefined: {reason_words(found.alpha.reason)}"
    else:
        yield (
            f"  alpha = 1 - Do / De = {found.alpha.value:.6f}" if found.expected else f"  alpha {found.alpha.value:.6f}"
        )


def _ac1(found: Explanation) -> Iterator[str]:
    if found.ac1.value is None:
        yield f"  AC1 is undefined: {reason_words(found.ac1.reason)}"
    else:
        of = "for each member" if found.scale == "set" else "values to choose from"
        choices = "" if found.categories is None else f" with q = {found.categories:,.6g} {of}"
        yield f"  AC1 = {found.ac1.value:.6f}{choices}"


def _matrix(found: Coincidences, what: str) -> Iterator[str]:
    some = f", the {len(found.values)} given most of {found.distinct:,}" if found.distinct > len(found.values) else ""
    yield f"coincidences of {what}{some}"
    names = [_clipped(value, _WIDTH) for value in found.values]
    rows = [
        (name, *(f"{cell:,.6g}" for cell in row), f"{total:,}")
        for name, row, total in zip(names, found.matrix, found.totals, strict=True)
    ]
    width = max(sum(len(cell) for cell in row) for row in [("", *names, "n"), *rows]) + 20 * len(rows) + 40
    yield indented(table_text(("", *names, "n"), rows, width=width))


def _unit(one: CostlyUnit) -> Iterator[str]:
    said = ", ".join(f"{visible(vote.annotator)} {_clipped(vote.value, 40)}" for vote in one.said[:_VOTES])
    more = f", and {len(one.said) - _VOTES:,} more" if len(one.said) > _VOTES else ""
    yield f"  {_clipped(one.item, 40)}  +{decimal(one.influence, 6)}  {said}{more}"
    if one.text:
        yield f"    {_clipped(one.text, _TEXT)}"


def _figure(number: float) -> str:
    return f"{number:.6f}" if number < _LARGE else f"{number:,.1f}"


def _clipped(text: str, width: int) -> str:
    return clip(visible(text), width)
