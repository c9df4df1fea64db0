"""What somebody who drafts or closes a batch is told of votes that are lost."""

from collections import Counter
from collections.abc import Mapping, Sequence

from assay.actions.rounds.losses import Losses
from assay.cli.context import talk
from assay.report import count, visible

_NAMED = 20


def tell_lost(losses: Losses) -> None:
    """Says which items lose a vote when a batch is closed, why and of whom."""
    for why, lost in (
        ("that was asked again and is not answered", losses.silent),
        ("that is outdated and was not asked again", losses.outdated),
        ("that waits after a migration and was not asked again", losses.waiting),
    ):
        if lost:
            talk(f"{_losing(lost, why)}: {_named([*lost])}")


def tell_losing(left_out: Sequence[str], losing: Mapping[str, Sequence[str]]) -> None:
    """Says which items nobody can be asked, and which lose a vote that is asked of nobody, and of whom."""
    if left_out:
        said = count(len(left_out), "item is left out, for", "items are left out, for")
        talk(f"{said} nobody who answered can be asked: {_named(left_out)}")
    if losing:
        talk(
            f"{_losing(losing, 'that is outdated or waits, for its annotator is not asked again')}: {_named([*losing])}"
        )
    if left_out or losing:
        talk("--annotators names who is asked instead")


def _losing(lost: Mapping[str, Sequence[str]], why: str) -> str:
    return f"{count(len(lost), 'item loses', 'items lose')} a vote {why} ({_loads(lost)})"


def _loads(lost: Mapping[str, Sequence[str]]) -> str:
    of = Counter(who for people in lost.values() for who in people)
    return visible(", ".join(f"{who} {number:,}" for who, number in sorted(of.items())))


def _named(items: Sequence[str]) -> str:
    more = f" and {len(items) - _NAMED:,} more" if len(items) > _NAMED else ""
    return visible(f"{', '.join(items[:_NAMED])}{more}")
