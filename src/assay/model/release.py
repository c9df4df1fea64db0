"""What a release is to be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSpec:
    """`releases/<name>.yaml`. `splits` are names with their shares, which add up to 1."""

    name: str
    version: str
    tasks: tuple[str, ...]
    license: str
    splits: tuple[tuple[str, float], ...]
    seed: int = 0
