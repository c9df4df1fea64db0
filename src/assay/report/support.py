"""What rows of a release rest on, in words."""

from collections.abc import Collection, Mapping

_SHOWN = 6


def rests_on(votes: Mapping[str, int]) -> str:
    """`rows by votes: 1 on 0, 19 on 1, 58 on 2`: how many rows rest on how many votes, the fewest first."""
    ordered = sorted((int(number), rows) for number, rows in votes.items())
    parts = [f"{rows:,} on {number:,}" for number, rows in ordered[:_SHOWN]]
    if more := ordered[_SHOWN:]:
        parts.append(f"{sum(rows for _, rows in more):,} on {more[0][0]:,} or more")
    return f"rows by votes: {', '.join(parts) or 'none'}"


def not_in(batches: Collection[str]) -> str:
    """Which open batches are not in it; nothing where there is none."""
    return f"not in it: {'open batch' if len(batches) == 1 else 'open batches'} {', '.join(batches)}" if batches else ""
