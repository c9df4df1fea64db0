"""What somebody who drafts or closes a batch is told of votes that are lost."""

from collections import Counter
from collections.abc import Mapping, Sequence

from assay.actions.rounds.losses import Losses
from assay.cli.context import talk
from assay.model.rounds import Asking
from assay.report import count, some, visible

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


def tell_already(already: Mapping[str, int]) -> None:
    """Says how many answers a drafted batch leaves out, for which open batches ask already."""
    if already:
        batches = visible(", ".join(f"{name} {number:,}" for name, number in sorted(already.items())))
        talk(f"{count(sum(already.values()), 'answer')} left out, asked in open batches already: {batches}")


def tell_asking(asking: Asking) -> None:
    """Says how many answers a batch that relabels asks for; where that is fewer than the items have, how many and why."""
    told = f"asks for {count(asking.answers, 'answer')}"
    if (fewer := asking.had - asking.answers) <= 0:
        talk(told)
        return
    told = f"{told}, {fewer:,} fewer than the {asking.had:,} that these items have"
    if not asking.away:
        talk(f"{told}: --overlap asks for fewer of an item than answered it")
        return
    gone = visible(", ".join(some([f"{who} {number:,}" for who, number in asking.away.items()])))
    who = count(len(asking.away), "annotator")
    instead = f"--annotators names {asking.named:,}" if asking.named else "nobody is named instead"
    talk(
        f"{told}: {who} cannot be asked again ({gone}), {instead}, and an item needs up to {asking.needed:,} to keep as many"
    )


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
    return visible(", ".join(some([f"{who} {number:,}" for who, number in sorted(of.items())])))


def _named(items: Sequence[str]) -> str:
    more = f" and {len(items) - _NAMED:,} more" if len(items) > _NAMED else ""
    return visible(f"{', '.join(items[:_NAMED])}{more}")
