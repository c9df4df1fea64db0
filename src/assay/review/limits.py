"""The limits of a change, judged from the sizes that the trees name: nothing of a change beyond them is read."""

from collections.abc import Iterator, Mapping, Sequence

from assay.git.snapshot import SUBMODULE
from assay.git.tree import Entry, TreeChange
from assay.model.catalogue import finding
from assay.model.finding import Finding, Location
from assay.model.names import legible
from assay.model.too_large import remedy_for
from assay.project.find import PROJECT_FILE, ReviewLimits
from assay.review.kinds import place_of

MANY = 10
"""So many times the records that one person is asked to look through are not read at all."""
_NAMED = 20
_MIB = 2**20


def over_limits(
    changes: Sequence[TreeChange], sizes: Mapping[str, int], limits: ReviewLimits, code: Sequence[str]
) -> tuple[Finding, ...]:
    """What of a change is over the limits of the base: files, MiB a file, MiB together. What is not judged does not count."""
    judged = [one for one in changes if place_of(one.path, code).kind.judged]
    return (*_too_many(judged, limits), *_too_large(judged, sizes, limits), *_together(judged, sizes, limits))


def too_many_records(lines: Mapping[str, int], limits: ReviewLimits) -> tuple[Finding, ...]:
    """What is told where more lines change, by path, than a review reads."""
    many, most = sum(lines.values()), MANY * limits.records
    if many <= most:
        return ()
    path = max(lines, key=lambda one: (lines[one], one))
    message = f"{many:,} records change, most of them here ({lines[path]:,}), and no more than {most:,} are read"
    return (_finding(path, message, _split("records", limits.records)),)


def _too_many(judged: Sequence[TreeChange], limits: ReviewLimits) -> Iterator[Finding]:
    if len(judged) > limits.files:
        message = f"{len(judged):,} files change, this one and others, and the limit is {limits.files:,}"
        yield _finding(judged[limits.files].path, message, _split("files", limits.files))


def _too_large(judged: Sequence[TreeChange], sizes: Mapping[str, int], limits: ReviewLimits) -> Iterator[Finding]:
    large = [one for one in judged if _size(one.after, sizes) > limits.file_mib * _MIB]
    more = f"; so are {len(large) - _NAMED:,} more files" if len(large) > _NAMED else ""
    for place, one in enumerate(large[:_NAMED], start=1):
        message = f"{_size(one.after, sizes) / _MIB:,.1f} MiB, and the limit of a file is {limits.file_mib:g} MiB"
        yield _finding(one.path, f"{message}{more if place == _NAMED else ''}", remedy_for(legible(one.path)))


def _together(judged: Sequence[TreeChange], sizes: Mapping[str, int], limits: ReviewLimits) -> Iterator[Finding]:
    whole = {one.path: max(_size(side, sizes) for side in (one.before, one.after)) for one in judged}
    if (total := sum(whole.values())) > limits.change_mib * _MIB:
        largest = max(whole, key=lambda path: (whole[path], path))
        message = (
            f"the files that change hold {total / _MIB:,.1f} MiB together, this one {whole[largest] / _MIB:,.1f}, "
            f"and the limit is {limits.change_mib:g} MiB"
        )
        yield _finding(largest, message, _split("change_mib", limits.change_mib))


def _size(side: Entry | None, sizes: Mapping[str, int]) -> int:
    return 0 if side is None or side.mode == SUBMODULE else sizes[side.object]


def _split(key: str, limit: float) -> str:
    return (
        f"split it into several pull requests; or a lead sets `review: {{{key}: …}}` in {PROJECT_FILE} of the base "
        f"(now {limit:g})"
    )


def _finding(path: str, message: str, hint: str) -> Finding:
    return finding("review/over-limit", Location(path=legible(path)), message, hint=hint)
