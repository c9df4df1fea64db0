"""What was seen of a field, in words."""

from collections.abc import Sequence

from assay.model.schema import Scale
from assay.schemas.observed import FEW, Observed, Sources

_SHOWN = 8
# What tables and people write for a value that is not there; each may be a value all the same, so it is only told.
_ABSENT = frozenset({"", "-", "--", "?", "n/a", "na", "nan", "nil", "none", "null", "missing", "<na>", "#n/a"})
_NOUNS = {
    "string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no", "array": "list",
    "object": "object",
}  # fmt: skip


def seen_words(seen: Observed, labels: int, sources: Sources, scale: Scale) -> str:
    """`12 whole numbers, 5 different: 1, 2, 3, 4, 5; missing in 3 of 15 labels, null in 2 of them`."""
    said = [_values(seen, seen.kind) if seen.kind else _mixed(seen)]
    if seen.kind == "array" and seen.elements and seen.elements.given:
        placed = f"{seen.elements.types['object']:,} {scale}" if scale in {Scale.SPANS, Scale.BOXES} else ""
        said[0] = f"{said[0]} of {placed or _values(seen.elements, seen.elements.kind)}"
    if odd := _odd(seen):
        said.append(f"{odd}, taken for mistakes")
    if seen.repeated:
        said.append(f"{seen.repeated:,} of the lists hold a value twice")
    if scale in {Scale.SPANS, Scale.SEQUENCE}:
        said += [_fits(sources, key, scale) for key in sources.likely]
    texts = seen.texts | (seen.elements.texts if seen.elements else set())
    if absent := [text for text in sorted(texts) if text.strip().casefold() in _ABSENT]:
        said.append(
            f"{', '.join(map(repr, absent))} may mean no value: write null, or leave the key away, where it does"
        )
    if missing := labels - seen.given:
        nulls = f", null in {seen.types['null']:,} of them" if seen.types["null"] else ""
        said.append(f"missing in {missing:,} of {labels:,} labels{nulls}")
    return "; ".join(said)


def _values(seen: Observed, kind: str | None) -> str:
    """How many of what there are, and which where they are few."""
    if kind is None:
        return _mixed(seen)
    many = seen.types[kind] + (seen.types["integer"] if kind == "number" else 0)
    noun = "whole number" if kind == "number" and seen.whole else _NOUNS[kind]
    words = f"{many:,} {noun if many == 1 or kind == 'boolean' else f'{noun}s'}"
    few: Sequence[object] | None = {"string": seen.few, "integer": seen.few_numbers, "number": seen.few_numbers}.get(
        kind
    )
    if few:
        return f"{words}, {len(few)} different: {', '.join(map(str, few[:_SHOWN]))}{', …' if len(few) > _SHOWN else ''}"
    if kind in {"integer", "number"}:
        return f"{words} from {seen.low:,.12g} to {seen.high:,.12g}"
    different = len(seen.texts)
    return f"{words}, {different if different <= FEW else f'more than {FEW}'} different" if kind == "string" else words


def _mixed(seen: Observed) -> str:
    return " and ".join(_values(seen, kind) for kind in seen.kinds) or "no value"


def _odd(seen: Observed) -> str:
    """The few values of another type than nearly all."""
    of = {seen.kind, *(("integer",) if seen.kind == "number" else ())}
    return " and ".join(_values(seen, kind) for kind in seen.kinds if seen.kind and kind not in of)


def _fits(sources: Sources, key: str, scale: Scale) -> str:
    many, share = sources.total, sources.share(key)
    if scale is Scale.SPANS:
        return f"{sources.fits[key]:,} of {many:,} offsets ({share:.1%}) end within {key}"
    return f"{sources.fits[key]:,} of {many:,} lists ({share:.1%}) are as long as {key}"
