"""Random three-way merges of a label file, and what each must come to, worked out on plain dictionaries.

`python tests/merging.py campaign N` runs N of them; `python tests/merging.py table` holds ours against git's own ways.
"""

import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from assay.labels.merge import Side, apply_merge, decide_merge
from assay.labels.records import ANNOTATION, SOURCED_ANNOTATION

KINDS = {ANNOTATION: ("item",), SOURCED_ANNOTATION: ("item", "annotator")}
TONES = ("good", "bad", "mixed")
TEXTS = ("", "a note", "naïve 😀", 'quo"te', "\u2028", "<<<<<<< ours", "=======")
MARKS = (b"<<<<<<< ", b"=======", b">>>>>>> ")


def line_of(record, style=0):
    """A record as a line, canonical or in one of two other ways of writing the same."""
    if style == 1:
        return json.dumps(record, ensure_ascii=True).encode()
    if style == 2:
        record = dict(reversed(record.items()))
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def made(chance, key):
    """A record of that key with a random answer."""
    named = dict(zip(("item", "annotator"), key, strict=False))
    answer = {"label": {"tone": chance.choice(TONES)}} if chance.random() < 0.9 else {"skip": "unreadable"}
    note = {"note": chance.choice(TEXTS)} if chance.random() < 0.3 else {}
    return {**named, **answer, **note}


def keys_of(kind, count):
    """Keys to choose from."""
    if len(KINDS[kind]) == 1:
        return [(f"i{n}",) for n in range(count)]
    return [(f"i{n // 2}", f"w{n % 2}") for n in range(count)]


def edited(chance, records, keys):
    """A side: up to four records added, removed, answered anew, or written in another way."""
    side = {key: list(pair) for key, pair in records.items()}
    for key in chance.sample(keys, chance.randint(0, 4)):
        act = chance.random()
        if key not in side:
            side[key] = [made(chance, key), 0]
        elif act < 0.25:
            del side[key]
        elif act < 0.4:
            side[key][1] = chance.choice((1, 2))
        else:
            side[key] = [made(chance, key), chance.choice((0, 0, 0, 1))]
    return side


def data_of(side, *, ordered=True, chance=None):
    """The bytes of a side."""
    keys = sorted(side)
    if not ordered:
        chance.shuffle(keys)
    return b"".join(line_of(*side[key]) + b"\n" for key in keys)


def case(chance):
    """A kind of file and its three states."""
    kind = chance.choice(list(KINDS))
    keys = keys_of(kind, chance.choice((6, 14)))
    base = {key: [made(chance, key), 0] for key in chance.sample(keys, chance.randint(0, len(keys) - 2))}
    return kind, base, edited(chance, base, keys), edited(chance, base, keys)


def expected(base, ours, theirs):
    """For each key what the merge must say: one value, nothing, or the pair that is in conflict."""
    outcome = {}
    for key in base.keys() | ours.keys() | theirs.keys():
        old, our, their = ([side[key][0]] if key in side else [] for side in (base, ours, theirs))
        if their in (our, old):
            outcome[key] = our
        elif our == old:
            outcome[key] = their
        else:
            outcome[key] = (our, their)
    return outcome


def understood(kind, data):
    """What a merged file says, by key: values, and the pairs between markers."""
    said = {}
    block = None
    for line in data.split(b"\n")[:-1]:
        if line.startswith(MARKS[0]):
            block = ([], [])
            here = block[0]
        elif line == MARKS[1] and block is not None:
            here = block[1]
        elif line.startswith(MARKS[2]):
            (key,) = {tuple(one[name] for name in KINDS[kind]) for side in block for one in side}
            assert key not in said
            said[key] = block
            block = None
        else:
            record = json.loads(line)
            if block is not None:
                here.append(record)
                continue
            key = tuple(record[name] for name in KINDS[kind])
            assert key not in said, f"{key} stands twice"
            said[key] = [record]
    assert block is None
    return said


def merged(kind, base, ours, theirs):
    """Our merge, and how many records are in conflict."""
    decisions = decide_merge(kind, base, ours, theirs)
    return apply_merge(kind, ours, decisions), sum(one.take is Side.BOTH for one in decisions)


def swapped(said):
    """The same with the sides of every conflict changed over."""
    return {key: tuple(reversed(value)) if isinstance(value, tuple) else value for key, value in said.items()}


def hold(chance):
    """One case, and the same with the sides changed over, held against the oracle; every fifth also against the laws.

    Answers how many records were in conflict.
    """
    kind, base, ours, theirs = case(chance)
    ordered = chance.random() < 0.9
    states = [data_of(side, ordered=ordered, chance=chance) for side in (base, ours, theirs)]
    data, conflicts = merged(kind, *states)
    wanted = expected(base, ours, theirs)
    said = understood(kind, data)
    assert said == {key: value for key, value in wanted.items() if value != []}
    assert conflicts == sum(isinstance(value, tuple) for value in wanted.values())
    back, again = merged(kind, states[0], states[2], states[1])
    assert again == conflicts
    assert swapped(understood(kind, back)) == said
    if chance.random() < 0.2:
        hold_laws(kind, states, ours, None if conflicts else data)
    return conflicts


def hold_laws(kind, states, ours, data):
    """merge(b, b, x) = x, merge(b, x, x) = x, and what was merged once is merged again without a change."""
    old, our, their = states
    alone = {key: [record] for key, (record, _) in ours.items()}
    assert understood(kind, merged(kind, old, old, our)[0]) == alone
    assert understood(kind, merged(kind, old, our, our)[0]) == alone
    if data is not None:
        assert merged(kind, old, data, their) == merged(kind, our, data, data) == (data, 0)


def campaign(cases, seed=5):
    """Runs so many cases; answers in how many of them records were in conflict."""
    chance = random.Random(seed)
    return sum(hold(chance) > 0 for _ in range(cases))


def judged(kind, wanted, clean, data):
    """How one way of merging did: right, a false or a true conflict, or silently wrong."""
    true = any(isinstance(value, tuple) for value in wanted.values())
    if not clean:
        return "true conflict" if true else "false conflict"
    try:
        said = understood(kind, data)
    except (AssertionError, ValueError):
        return "silently wrong"
    return "right" if said == {key: value for key, value in wanted.items() if value != []} else "silently wrong"


def table(merges=2000, seed=7):
    """How three ways of merging did on the same random merges."""
    chance = random.Random(seed)
    kind, keys = ANNOTATION, keys_of(ANNOTATION, 40)
    counts = {way: Counter() for way in ("git merge-file", "git merge-file --union", "by record")}
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder, name) for name in ("base", "ours", "theirs")]
        for _ in range(merges):
            base = {key: [made(chance, key), 0] for key in chance.sample(keys, 30)}
            ours, theirs = (plain(edited(chance, base, keys)) for _ in range(2))
            states = [data_of(side) for side in (base, ours, theirs)]
            wanted = expected(base, ours, theirs)
            for path, data in zip(names, states, strict=True):
                path.write_bytes(data)
            for way in ("git merge-file", "git merge-file --union"):
                order = [str(names[place]) for place in (1, 0, 2)]
                done = subprocess.run([*way.split(), "-p", *order], capture_output=True, check=False)
                counts[way][judged(kind, wanted, done.returncode == 0, done.stdout)] += 1
            data, conflicts = merged(kind, *states)
            counts["by record"][judged(kind, wanted, not conflicts, data)] += 1
    return counts


def plain(side):
    """The side written canonically, as every label file is."""
    return {key: [record, 0] for key, (record, _) in side.items()}


def main(what, cases=0):
    if what == "campaign":
        conflicts = campaign(int(cases))
        print(f"{int(cases):,} random merges: all as worked out, {conflicts:,} with records in conflict")
        return
    outcomes = ("right", "false conflict", "true conflict", "silently wrong")
    print(f"{'2,000 random merges':24}{''.join(f'{one:>16}' for one in outcomes)}")
    for way, counted in table().items():
        print(f"{way:24}{''.join(f'{counted[one]:>16,}' for one in outcomes)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
