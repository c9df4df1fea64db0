"""`make bench`: how fast agreement is against what people would otherwise use, as ratios from one run.

Both sides start from integer columns of items, annotators and values, and are run in turn, three times; the median of
each is compared. Data are synthetic and seeded, but for MASC word senses, read from the folder ASSAY_DATA.
"""

import gzip
import os
import platform
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Literal, TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

import krippendorff
import numpy as np
import orjson
import pandas as pd
from sklearn.metrics import cohen_kappa_score

from assay.agreement.alpha import alpha
from assay.agreement.coefficient import Estimator
from assay.agreement.interval import estimates
from assay.agreement.kappa import cohen
from assay.agreement.pairwise import pairs
from assay.agreement.weights import Weights
from assay.core.agreement_result import Undefined
from assay.core.rated_units import ratings
from assay.core.table import Corpus
from assay.core.tallies import Tally, tally
from assay.core.values import Field, Scale
from rated import corpus_of_codes

LIBRARIES = ("krippendorff", "pandas", "scikit-learn", "numpy")
LEVELS: tuple[Literal["nominal", "ordinal", "interval"], ...] = ("nominal", "ordinal", "interval")
CATEGORIES, PEOPLE, PER_UNIT = 5, 20, 3
SAMPLES, REPLICATES = 1000, 20
_Found = TypeVar("_Found")
_Other = TypeVar("_Other")

FIELD = Field(name="label", scale=Scale.NOMINAL, textual=False)


def main() -> None:
    """Prints a pair of times and their ratio for each claim."""
    print(f"Python {platform.python_version()}, {platform.machine()}; " + ", ".join(map(_named, LIBRARIES)))
    print(f"{PER_UNIT} of {PEOPLE} annotators a unit, {CATEGORIES} categories; medians of 3")
    _alphas(1_000_000)
    _interval_alone(1_000_000)
    _interval(100_000)
    _word_senses()
    _kappas(20_000)


def _named(library: str) -> str:
    return f"{library} {version(library)}"


def _compare(
    run: Callable[[], _Found], theirs: str, other: Callable[[], _Other], *, scaled: float = 1.0
) -> tuple[_Found, _Other]:
    """What both found, having printed the medians of both and their ratio."""
    timed = [(_timed(run), _timed(other)) for _ in range(3)]
    own = statistics.median(ours[1] for ours, _ in timed)
    baseline = statistics.median(others[1] for _, others in timed) * scaled
    print(f"    assay {own:.3f} s; {theirs} {baseline:.3f} s: {baseline / own:,.0f} times as long", flush=True)
    return timed[0][0][0], timed[0][1][0]


def _timed(function: Callable[[], _Found]) -> tuple[_Found, float]:
    began = time.perf_counter()
    found = function()
    return found, time.perf_counter() - began


def _alphas(units: int) -> None:
    corpus, frame = _made(units, PER_UNIT)
    print(f"\nalpha on 3 scales, {units:,} units")
    ours, theirs = _compare(
        lambda: _point_on_each(corpus),
        "pandas pivot, once, and krippendorff on 3 levels",
        lambda: _their_alphas(_pivoted(frame)),
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def _interval_alone(units: int) -> None:
    corpus, _ = _made(units, PER_UNIT)
    seconds = statistics.median(_timed(lambda: _with_interval(corpus))[1] for _ in range(3))
    print(f"\nalpha and its interval, {units:,} units: {seconds:.3f} s")


def _interval(units: int) -> None:
    corpus, frame = _made(units, PER_UNIT)
    print(f"\nalpha and its interval, {units:,} units")
    _compare(
        lambda: _with_interval(corpus),
        f"{SAMPLES:,} samples by krippendorff, {REPLICATES} times {SAMPLES // REPLICATES}",
        lambda: _their_samples(frame),
        scaled=SAMPLES / REPLICATES,
    )


def _word_senses() -> None:
    source = Path(os.environ.get("ASSAY_DATA", "")) / "masc_wsd.jsonl.gz"
    if not source.is_file():
        print("\nword senses: set ASSAY_DATA to the folder that holds masc_wsd.jsonl.gz")
        return
    with gzip.open(source) as lines:
        votes = pd.DataFrame(
            [(one["item"], one["annotator"], one["label"]["sense"]) for one in map(orjson.loads, lines)]
        )
    item, who, sense = (votes[column].factorize(sort=True)[0] for column in votes)
    corpus = corpus_of_codes(item, who, sense, tuple(range(int(sense.max()) + 1)))
    seconds = statistics.median(_timed(lambda: _with_interval(corpus))[1] for _ in range(3))
    tracemalloc.start()
    found = _with_interval(corpus)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(f"\nalpha and its interval, MASC word senses, {len(votes):,} values in")
    print(f"    {len(found.patterns):,} patterns: {seconds:.3f} s, {peak:.0f} MiB above the columns")


def _kappas(units: int) -> None:
    corpus, frame = _made(units, PEOPLE)
    print(f"\nCohen's kappa of the {PEOPLE * (PEOPLE - 1) // 2} pairs of {PEOPLE} annotators, {units:,} units each")
    ours, theirs = _compare(
        lambda: _every_kappa(corpus),
        "pandas pivot and scikit-learn's cohen_kappa_score in a loop",
        lambda: _their_kappas(_pivoted(frame)),
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def _made(units: int, each: int) -> tuple[Corpus, pd.DataFrame]:
    """Annotators drawn for each unit, who are right in 4 of 5 and else guess."""
    rng = np.random.default_rng(20_260_101)
    truth = rng.integers(0, CATEGORIES, (units, 1))
    guess = rng.integers(0, CATEGORIES, (units, each))
    codes = np.where(rng.random((units, each)) < 0.8, truth, guess).ravel()
    who = np.sort(rng.random((units, PEOPLE)).argsort(axis=1)[:, :each], axis=1).ravel()
    item = np.repeat(np.arange(units), each)
    corpus = corpus_of_codes(item, who, codes, tuple(range(CATEGORIES)))
    return corpus, pd.DataFrame({"item": item, "annotator": who, "value": codes})


def _point_on_each(corpus: Corpus) -> list[float]:
    counted = _counted(corpus)
    drawn = counted.patterns.units[np.newaxis].astype(np.float64)
    scaled = [replace(counted, field=replace(counted.field, scale=Scale(level))) for level in LEVELS]
    return [float(_defined(one)(drawn)[0]) for one in scaled]


def _with_interval(corpus: Corpus) -> Tally:
    counted = _counted(corpus)
    estimates(counted, {"alpha": alpha})
    return counted


def _defined(counted: Tally) -> Estimator:
    estimator = alpha(counted)
    assert not isinstance(estimator, Undefined)
    return estimator


def _counted(corpus: Corpus) -> Tally:
    return tally(corpus, FIELD, corpus.annotations.current)


def _every_kappa(corpus: Corpus) -> list[float]:
    found = pairs(ratings(corpus, FIELD, corpus.annotations.current))
    assert found is not None
    kappas: list[float] = cohen(found, Weights(None, CATEGORIES, CATEGORIES))[1].tolist()
    return kappas


def _pivoted(frame: pd.DataFrame) -> np.ndarray:
    return frame.pivot_table(index="annotator", columns="item", values="value").to_numpy()


def _their_alphas(table: np.ndarray) -> list[float]:
    return [_their_alpha(table, level) for level in LEVELS]


def _their_alpha(table: np.ndarray, level: Literal["nominal", "ordinal", "interval"]) -> float:
    return float(krippendorff.alpha(reliability_data=table, level_of_measurement=level))


def _their_samples(frame: pd.DataFrame) -> list[float]:
    rng, table = np.random.default_rng(0), _pivoted(frame)
    draws = (rng.integers(0, table.shape[1], table.shape[1]) for _ in range(REPLICATES))
    return [_their_alpha(table[:, draw], "nominal") for draw in draws]


def _their_kappas(table: np.ndarray) -> list[float]:
    return [float(cohen_kappa_score(one, other)) for one, other in combinations(table.astype(np.int64), 2)]


if __name__ == "__main__":
    main()
