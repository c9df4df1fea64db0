"""Gaps of a guideline as blocks to paste into it."""

from collections.abc import Iterator

from assay.model.gaps import Gap, GapVote
from assay.model.json import JsonObject
from assay.report.plain import visible
from assay.store.yaml_text import yaml_block, yaml_flow


def gap_block(gap: Gap) -> str:
    """One block tagged `example`: the item, the label that was decided, why, and what the annotators said as comments.

    Where nobody decided there is no label yet, and the votes stand in its place.
    """
    return "\n".join(["```example", *_lines(gap), "```"])


def _lines(gap: Gap) -> Iterator[str]:
    round_of = f" (guideline {gap.guideline})" if gap.guideline else ""
    yield visible(f"# {gap.item} in {gap.batch}{round_of}")
    yield from _yaml(gap.data)
    if gap.label is None:
        yield "# label: not decided yet; the votes were"
        yield from map(_vote, gap.votes)
        yield "# why:"
        return
    yield from _yaml({"label": gap.label})
    if gap.why:
        yield from _yaml({"why": gap.why})
    else:
        yield f"# why: {gap.who} decided so and did not say why"
    yield from (_vote(vote) for vote in gap.votes if vote.flagged or vote.note)


def _vote(vote: GapVote) -> str:
    label = "skipped" if vote.label is None else yaml_flow(vote.label)
    flag = ", flagged it" if vote.flagged else ""
    note = f": {' '.join(vote.note.split())}" if vote.note else ""
    return visible(f"# {vote.annotator} {label}{flag}{note}")


def _yaml(mapping: JsonObject) -> Iterator[str]:
    """The lines of a document; a sign that `visible` would spell out stands as the escape that YAML reads back."""
    for line in yaml_block(mapping).split("\n")[:-1]:
        yield "".join(sign if visible(sign) == sign else f"\\U{ord(sign):08x}" for sign in line)
