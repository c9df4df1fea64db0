"""Chance that a seed decides."""

import hashlib

import numpy as np


def generator(seed: int, *about: str) -> np.random.Generator:
    """The random numbers of one purpose: the same for the same seed and words, on every machine."""
    digest = hashlib.blake2b("\n".join((str(seed), *about)).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))
