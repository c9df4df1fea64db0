"""The score interval of a share (Wilson 1927, "Probable inference, the law of succession, and statistical inference")."""

from math import sqrt

from assay.model.quality import Share

Z95 = 1.959963984540054


def wilson(hits: float, of: int, z: float = Z95) -> tuple[float, float]:
    """The interval of the true share after `hits` of `of` > 0 independent trials; `z` = 1.96 for 95%.

    It is (p + z²/2n ± z·√(p·(1-p)/n + z²/4n²)) / (1 + z²/n), so unlike the textbook interval it stays inside 0..1
    and keeps a width when all or none are hits.
    """
    share = hits / of
    centre = share + z * z / (2 * of)
    margin = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return max(0.0, (centre - margin) / scale), min(1.0, (centre + margin) / scale)


def share(hits: float, of: int) -> Share:
    """A share with its 95% interval; without value where nothing was counted."""
    if of == 0:
        return Share(hits=hits, of=0, value=None)
    low, high = wilson(hits, of)
    return Share(hits=hits, of=of, value=hits / of, low=low, high=high)
