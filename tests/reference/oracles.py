"""Makes `oracles.json`: what packages say of random tables that the tests' own environment cannot hold.

irrCAC wants an older numpy, and pingouin brings a plotting library. Each is run in an environment of its own:

    python -m venv E && E/bin/pip install irrCAC && E/bin/python tests/reference/oracles.py irrCAC
    python -m venv F && F/bin/pip install pingouin && F/bin/python tests/reference/oracles.py pingouin

The tables follow from their seeds by Python's own generator, which gives the same in every version. Values are rounded to
12 digits; null where the package gives none.
"""

import json
import math
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from random import Random

STORED = Path(__file__).with_name("oracles.json")
TABLES = 250
COEFFICIENTS = ("gwet", "fleiss", "conger", "krippendorff", "bp")
WEIGHTS = ("identity", "quadratic")
ICC = ("ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)")

Table = list[list[int | None]]


def rated_tables() -> Iterator[Table]:
    """Units by raters: 3 to 60 of 2 to 6, values 0 to 5 at most, up to 60% missing; each unit and rater has a value."""
    for seed in range(TABLES):
        rng = Random(seed)
        levels, raters, units = rng.randint(2, 6), rng.randint(2, 6), rng.randint(3, 60)
        agreeing, missing = rng.random() ** 0.5, 0.6 * rng.random() * (seed % 3 > 0)
        table: Table = []
        for _ in range(units):
            truth = min(rng.randrange(levels), rng.randrange(levels))
            row = [truth if rng.random() < agreeing else rng.randrange(levels) for _ in range(raters)]
            table.append([None if rng.random() < missing else value for value in row])
        kept = [row for row in table if any(value is not None for value in row)]
        told = [any(row[rater] is not None for row in kept) for rater in range(raters)]
        yield [[value for value, some in zip(row, told, strict=True) if some] for row in kept]


def crossed_tables() -> Iterator[list[list[float]]]:
    """Units by raters, numbers, none missing: 4 to 40 of 2 to 6."""
    for seed in range(TABLES):
        rng = Random(seed)
        raters, units, spread = rng.randint(2, 6), rng.randint(4, 40), 3 * rng.random()
        shift = [rng.gauss(0, rng.random()) for _ in range(raters)]
        truth = [rng.gauss(5, spread) for _ in range(units)]
        yield [[round(one + by + rng.gauss(0, 1), 3) for by in shift] for one in truth]


def of_irrcac() -> list[list[float | None]]:
    """Of each table each coefficient and its standard error, by each weighting."""
    frame, measured = import_module("pandas").DataFrame, import_module("irrCAC.raw").CAC

    def both(table: Table, kind: str, name: str) -> Iterator[float | None]:
        try:
            found = getattr(measured(frame(table, dtype=float), weights=kind, digits=15), name)()["est"]
        except (ArithmeticError, IndexError, KeyError, ValueError):
            found = {}
        yield settled(found.get("coefficient_value"))
        yield settled(found.get("se"))

    return [
        [value for kind in WEIGHTS for name in COEFFICIENTS for value in both(table, kind, name)]
        for table in rated_tables()
    ]


def of_pingouin() -> list[list[float | None]]:
    """Of each table the six intraclass correlations of Shrout and Fleiss."""
    frame, correlations = import_module("pandas").DataFrame, import_module("pingouin").intraclass_corr

    rows = []
    for table in crossed_tables():
        long = [(unit, rater, value) for unit, row in enumerate(table) for rater, value in enumerate(row)]
        given = frame(long, columns=["unit", "rater", "value"])
        found = correlations(given, targets="unit", raters="rater", ratings="value").set_index("Type")["ICC"]
        rows.append([settled(found[name]) for name in ICC])
    return rows


def settled(value: float | None) -> float | None:
    """The number to 12 digits; None where it is none."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.12g}")


MAKERS: dict[str, Callable[[], list[list[float | None]]]] = {"irrCAC": of_irrcac, "pingouin": of_pingouin}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    package = sys.argv[1]
    stored = json.loads(STORED.read_text()) if STORED.exists() else {}
    stored[package] = {"version": version(package), "values": MAKERS[package]()}
    parts = [
        f'{json.dumps(name)}: {{"version": {json.dumps(one["version"])}, "values": [\n'
        + ",\n".join(json.dumps(row, separators=(",", ":")) for row in one["values"])
        + "\n]}"
        for name, one in sorted(stored.items())
    ]
    STORED.write_text("{" + ",\n".join(parts) + "}\n")
