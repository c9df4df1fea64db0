from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assay.project.policy import ReleaseSpec
from assay.release.rows import splitter

KEYS = st.text(min_size=1, max_size=12).filter(lambda text: text.isprintable())
SHARES = st.lists(st.integers(0, 9), min_size=1, max_size=4).filter(any)


def spec(shares, version="1.0.0", seed=0):
    total = sum(shares)
    names = tuple(f"s{number}" for number in range(len(shares)))
    splits = tuple((name, share / total) for name, share in zip(names, shares, strict=True))
    return ReleaseSpec(name="r", version=version, tasks=("t",), license="CC0-1.0", splits=splits, seed=seed)


@given(SHARES, st.lists(KEYS, min_size=1, max_size=30))
def test_every_key_has_one_split_that_has_a_share(shares, keys):
    release = spec(shares)
    given_shares = dict(release.splits)
    assert all(given_shares[splitter(release).split(key)] > 0 for key in keys)


@given(SHARES, KEYS, st.permutations(range(4)))
def test_the_order_in_which_splits_are_written_moves_nothing(shares, key, order):
    release = spec(shares)
    reordered = tuple(release.splits[index] for index in order if index < len(release.splits))
    other = ReleaseSpec(name="r", version="1.0.0", tasks=("t",), license="CC0-1.0", splits=reordered)
    assert splitter(release).split(key) == splitter(other).split(key)


def test_what_rounding_leaves_of_the_shares_is_the_last_splits_that_has_one():
    splits = (("a", 0.0), ("b", 1e-15), ("c", 0.0))
    release = ReleaseSpec(name="r", version="1.0.0", tasks=("t",), license="CC0-1.0", splits=splits)
    assert {splitter(release).split(f"i{number}") for number in range(50)} == {"b"}
    halves = replace(release, splits=(("d", 0.2), ("c", 0.2)))
    assert {splitter(halves).split(f"i{number}") for number in range(50)} == {"c", "d"}
    dealt = Counter(splitter(halves).split(f"i{number}") for number in range(500))
    assert dealt["d"] > 300


@given(SHARES, KEYS)
def test_minor_versions_keep_the_split_of_every_key(shares, key):
    assert splitter(spec(shares)).split(key) == splitter(spec(shares, version="1.7.3")).split(key)


def test_seed_and_major_version_deal_anew():
    keys = [f"i{number}" for number in range(200)]
    deals = {
        tuple(map(splitter(spec([1, 1], version, seed)).split, keys))
        for version, seed in [("1.0.0", 0), ("2.0.0", 0), ("1.0.0", 1)]
    }
    assert len(deals) == 3


def test_shares_are_met_on_many_items():
    dealt = Counter(splitter(spec([8, 1, 1])).split(f"item-{number}") for number in range(5_000))
    assert 0.77 < dealt["s0"] / 5_000 < 0.83
    assert 0.08 < dealt["s1"] / 5_000 < 0.12


def test_known_items_stay_where_released_datasets_have_them():
    deal = splitter(spec([8, 1, 1])).split
    held_out = {f"i{number}": deal(f"i{number}") for number in range(15) if deal(f"i{number}") != "s0"}
    assert held_out == {"i2": "s2", "i3": "s1", "i10": "s1", "i12": "s1", "i14": "s1"}
