"""Small tables of spans and boxes, for tests of agreement."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from assay.consensus.decision import rule_of
from assay.consensus.votes import tally_votes
from assay.core.rated_units import Ratings, tally_of
from assay.core.table import Column
from assay.core.tallies import Tally
from assay.core.values import Field, Json, Scale, canonical_text, canonical_value


def span(start: float, end: float, label: str = "k") -> dict[str, Json]:
    """One span."""
    return {"start": start, "end": end, "label": label}


def box(x: float, y: float, width: float, height: float, label: str = "k") -> dict[str, Json]:
    """One box."""
    return {"x": x, "y": y, "width": width, "height": height, "label": label}


def marked(units: Sequence[Mapping[str, Json]], extents: Sequence[float] = (), scale: Scale = Scale.SPANS) -> Tally:
    """Units as `{annotator: elements}`, with the length of each unit's source, as a tally."""
    rows = [
        (unit, who, canonical_value(value, scale)) for unit, given in enumerate(units) for who, value in given.items()
    ]
    values = {canonical_text(value): value for _, _, value in rows}
    texts = sorted(values)
    people = sorted({who for _, who, _ in rows})
    rows.sort(key=lambda row: (row[0], row[1]))
    rated = Ratings(
        field=Field(name="f", scale=scale, source="text", textual=False),
        values=tuple(values[text] for text in texts),
        units=tuple(f"u{unit}" for unit in range(len(units))),
        annotators=tuple(people),
        unit=np.array([unit for unit, _, _ in rows], dtype=np.int64),
        annotator=np.array([people.index(who) for _, who, _ in rows], dtype=np.int32),
        codes=np.array([texts.index(canonical_text(value)) for _, _, value in rows], dtype=np.int32),
        item=np.arange(len(units)),
        groups=Column(values=(), codes=np.full(len(units), -1, dtype=np.int32)),
        extent=np.array(extents or [0] * len(units)),
    )
    return tally_of(rated)


def fused(votes: Sequence[Json], scale: Scale, attributes: tuple[Field, ...] = ()) -> tuple[Json, float]:
    """What overlap voting makes of the votes on one item, whether or not they are too far apart, and its confidence."""
    field = Field(name="f", scale=scale, textual=False, attributes=attributes)
    given = [canonical_value(vote, scale) for vote in votes]
    values = {canonical_text(value): value for value in given}
    codes = np.array([list(values).index(canonical_text(value)) for value in given], dtype=np.int32)
    opinion = rule_of("majority", field)(
        tally_votes(np.zeros(len(codes), dtype=np.int32), codes, tuple(values.values()))
    )
    return opinion.value[0], float(opinion.confidence[0])


def random_spans(rng: np.random.Generator, extent: int, most: int = 4, kinds: str = "ab") -> list[Json]:
    """Spans at random places, which may overlap, each of one of the kinds."""
    found = []
    for _ in range(rng.integers(0, most + 1)):
        start = int(rng.integers(0, extent))
        found.append(span(start, int(rng.integers(start + 1, extent + 1)), kinds[rng.integers(0, len(kinds))]))
    return list({canonical_text(one): one for one in found}.values())


def random_boxes(rng: np.random.Generator, most: int = 3) -> list[Json]:
    """Boxes of about the same place."""
    return [
        box(*(int(number) for number in rng.integers(0, 6, 2)), *(int(number) for number in rng.integers(2, 8, 2)))
        for _ in range(rng.integers(0, most + 1))
    ]


def best_matching(left: Sequence[Json], right: Sequence[Json], score) -> float:
    """The largest sum of scores of a one-to-one matching, by trying all."""
    small, large = sorted((left, right), key=len)
    return max((sum(map(score, small, chosen)) for chosen in itertools.permutations(large, len(small))), default=0.0)
