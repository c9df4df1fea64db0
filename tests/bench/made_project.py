"""Synthetic labelling projects of any size, the same for the same seed.

`python tests/bench/made_project.py FOLDER ANNOTATIONS` makes one. It has one task, `aspects`, with a nominal, an ordinal and
a set field. Three of twenty annotators answer an item; each is right in 78 to 92 of 100 answers and else leans to a value of
their own. Batches are closed and labelled, but for one that is open and empty; a model answers the first batch. Everything
is canonical and committed on `main`. `--faults` adds faults of many kinds (`made_faults.py`).
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from numpy.typing import NDArray

from assay.clone import init_project
from assay.lead.task_add import add_task
from assay.project import find_project
from bench.made_faults import add_faults
from bench.made_task import ANNOTATORS, ASPECTS, FEELINGS, STARTED, STRENGTHS, TASK, configuration

SETS = [
    ",".join(f'"{name}"' for bit, name in enumerate(ASPECTS) if code >> bit & 1) for code in range(2 ** len(ASPECTS))
]
PER_ITEM, BATCH, SHARD, OPEN = 3, 10_000, 10_000, 2_000


@dataclass(frozen=True)
class Answers:
    """What each item is (`truth`) and what its annotators say (`given`), as codes of values; a row an item."""

    who: NDArray[np.intp]
    truth: Sequence[NDArray[np.intp]]
    given: Sequence[NDArray[np.intp]]


def make_project(folder: Path, annotations: int, *, seed: int = 1, faults: bool = False, commit: bool = True) -> None:
    """Makes a project of about so many annotations by people in a new folder; `commit` puts it on `main`.

    The batches have 10,000 items, in small projects a thirtieth of the annotations.
    """
    rng = np.random.default_rng(seed)
    items = max(annotations // PER_ITEM, 10)
    in_batch = max(min(BATCH, annotations // 30), 1)
    unlabelled = max(min(OPEN, annotations // 100), 1)
    init_project(folder, project_id=f"00000000-made-{seed}")
    add_task(find_project(folder), TASK, today=STARTED.isoformat(), scales={})
    _write(folder, configuration())
    _write(folder, _pool(rng, items + unlabelled))
    answers = _answers(rng, items)
    batches = [range(start, min(start + in_batch, items)) for start in range(0, items, in_batch)]
    for number, chosen in enumerate(batches):
        _write(folder, _batch(rng, number, chosen, answers, old=number < len(batches) // 2))
    _write(folder, _open_batch(len(batches), range(items, items + unlabelled)))
    _write(folder, _experts(rng, answers))
    if faults:
        add_faults(folder)
    if commit:
        commit_all(folder)


def item_name(number: int) -> str:
    """The id of an item."""
    return f"item-{number:08}"


def batch_name(number: int) -> str:
    """The name of a batch; the last one of a project is open."""
    return f"batch-{number:04}"


def label_text(feeling: int, strength: int, aspects: int) -> str:
    """A label as it stands in a line, by the codes of its values."""
    return _LABELS[(feeling * len(STRENGTHS) + strength) * len(SETS) + aspects]


_LABELS = [
    f'{{"aspects":[{names}],"feeling":"{feeling}","strength":{strength}}}'
    for feeling in FEELINGS
    for strength in STRENGTHS
    for names in SETS
]


def commit_all(folder: Path, message: str = "Labels") -> None:
    """Commits everything as the lead; the clone is then that of the first annotator."""
    _git(folder, "add", "--all")
    lead = ("-c", "user.name=lead", "-c", "user.email=lead@example.org")
    _git(folder, *lead, "commit", "--quiet", "--message", message)
    _git(folder, "config", "user.name", ANNOTATORS[0])
    _git(folder, "config", "user.email", f"{ANNOTATORS[0]}@example.org")


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "core.compression=1", "-c", "gc.auto=0", *arguments], cwd=folder, check=True)


def _write(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    for name, text in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def _pool(rng: np.random.Generator, items: int) -> Iterator[tuple[str, str]]:
    letters = np.array(list("abcdefghijklmnoprstuvwyz"))
    words = np.array(["".join(rng.choice(letters, length)) for length in rng.integers(2, 10, 4_000)], dtype=object)
    sources, languages = ("mail", "chat", "forum"), ("en", "sv")
    for number, start in enumerate(range(0, items, SHARD)):
        ids = range(start, min(start + SHARD, items))
        drawn = words[rng.integers(0, len(words), (len(ids), 14))].tolist()
        lengths = rng.integers(6, 15, len(ids)).tolist()
        lines = (
            f'{{"id":"{item_name(item)}","data":{{"text":"{" ".join(text[:length])}"}},'
            f'"meta":{{"lang":"{languages[item % 7 == 0]}","source":"{sources[item % 3]}"}}}}\n'
            for item, text, length in zip(ids, drawn, lengths, strict=True)
        )
        yield f"labels/items/{TASK}/shard-{number:04}.jsonl", "".join(lines)


def _answers(rng: np.random.Generator, items: int) -> Answers:
    """Three rotating annotators an item; each is as often right as they are careful, and else leans their own way."""
    triples = np.array([(0, *rest) for rest in combinations(range(1, len(ANNOTATORS)), PER_ITEM - 1)])
    number = np.arange(items)
    who = np.sort((number[:, np.newaxis] + triples[number // 20 % len(triples)]) % len(ANNOTATORS), axis=1)
    careful = rng.uniform(0.78, 0.92, len(ANNOTATORS))[who]
    truth, given = [], []
    for values in (len(FEELINGS), len(STRENGTHS)):
        right = rng.integers(0, values, items)
        leaning = rng.integers(0, values, len(ANNOTATORS))[who]
        wrong = np.where(rng.random(who.shape) < 0.5, leaning, rng.integers(0, values, who.shape))
        truth.append(right)
        given.append(np.where(rng.random(who.shape) < careful, right[:, np.newaxis], wrong))
    right = ((rng.random((items, len(ASPECTS))) < 0.3) * 2 ** np.arange(len(ASPECTS))).sum(axis=1)
    flipped = np.where(rng.random(who.shape) < careful, 0, 2 ** rng.integers(0, len(ASPECTS), who.shape))
    return Answers(who, [*truth, right], [*given, right[:, np.newaxis] ^ flipped])


def _batch(
    rng: np.random.Generator, number: int, chosen: range, answers: Answers, *, old: bool
) -> Iterator[tuple[str, str]]:
    """A labelled batch: its plan, a file of each annotator; the first also has a model's answers."""
    folder, version = f"labels/{TASK}/{batch_name(number)}", "1.0.0" if old else "1.1.0"
    created = STARTED + timedelta(days=number)
    start = datetime.combine(created, time(hour=8))
    yield f"{folder}/batch.yaml", _stated(created, "closed", version)
    rows = slice(chosen.start, chosen.stop)
    who = answers.who[rows].tolist()
    yield f"{folder}/assignments.jsonl", "".join(map(_asked, chosen, who))
    votes = [field[rows].tolist() for field in answers.given]
    taken = np.minimum(rng.lognormal(2.5, 0.7, (len(chosen), PER_ITEM)).astype(int) + 2, 900).tolist()
    odd = (rng.random((len(chosen), PER_ITEM)) * 1000).astype(int).tolist()
    lines: list[list[str]] = [[] for _ in ANNOTATORS]
    clocks = [start + timedelta(seconds=61 * place) for place in range(len(ANNOTATORS))]
    for item, names, feelings, strengths, sets, seconds, chances in zip(chosen, who, *votes, taken, odd, strict=True):
        for name, feeling, strength, aspects, second, chance in zip(
            names, feelings, strengths, sets, seconds, chances, strict=True
        ):
            clocks[name] += timedelta(seconds=second)
            answer = f'"label":{label_text(feeling, strength, aspects)}' if chance > 3 else '"skip":"unreadable"'
            flag = ',"flags":["unsure"]' if 3 < chance < 24 else ""
            at = clocks[name].isoformat()
            lines[name].append(
                f'{{"item":"{item_name(item)}",{answer},"guideline":"{version}","at":"{at}Z","seconds":{second}{flag}}}\n'
            )
    for name, written in zip(ANNOTATORS, lines, strict=True):
        if written:
            yield f"{folder}/{name}.jsonl", "".join(written)
    if number == 0:
        yield f"{folder}/model.jsonl", "".join(_model(rng, chosen, answers, version, start))


def _stated(created: date, status: str, version: str) -> str:
    return (
        f"purpose: label\nstatus: {status}\ncreated: {created}\nguideline: {version}\n"
        f"annotators: [{', '.join(ANNOTATORS)}]\noverlap: {PER_ITEM}\nseed: 1\n"
    )


def _asked(item: int, who: Iterable[int]) -> str:
    names = ",".join(f'"{ANNOTATORS[name]}"' for name in who)
    return f'{{"item":"{item_name(item)}","annotators":[{names}]}}\n'


def _open_batch(number: int, chosen: range) -> Iterator[tuple[str, str]]:
    folder, created = f"labels/{TASK}/{batch_name(number)}", STARTED + timedelta(days=number)
    yield f"{folder}/batch.yaml", _stated(created, "open", "1.1.0")
    who = (sorted((item + step) % len(ANNOTATORS) for step in range(PER_ITEM)) for item in chosen)
    yield f"{folder}/assignments.jsonl", "".join(map(_asked, chosen, who))


def _model(rng: np.random.Generator, chosen: range, answers: Answers, version: str, at: datetime) -> Iterator[str]:
    for item, sure in zip(chosen, rng.uniform(0.4, 0.99, len(chosen)).round(3).tolist(), strict=True):
        feeling, strength, aspects = (int(field[item]) for field in answers.truth)
        if rng.random() > sure:
            feeling = (feeling + 1) % len(FEELINGS)
        label = label_text(feeling, strength, aspects)
        yield (
            f'{{"item":"{item_name(item)}","label":{label},"guideline":"{version}","at":"{at.isoformat()}Z",'
            f'"confidence":{{"feeling":{sure}}}}}\n'
        )


def _experts(rng: np.random.Generator, answers: Answers) -> Iterator[tuple[str, str]]:
    """Gold of one item in a hundred, and a few decisions on items of the first batch that three answered differently."""
    items = len(answers.who)
    truths = [field.tolist() for field in answers.truth]
    gold = np.flatnonzero(rng.random(items) < 0.01).tolist() or [0]
    yield (
        f"labels/{TASK}/gold/lead.jsonl",
        "".join(
            f'{{"item":"{item_name(item)}","label":{label_text(*(field[item] for field in truths))},"guideline":"1.0.0"}}\n'
            for item in gold
        ),
    )
    feeling = np.sort(answers.given[0], axis=1)
    split = np.flatnonzero((np.diff(feeling, axis=1) != 0).all(axis=1))
    decided = [item for item in split.tolist() if item < items // 34 and item % 2]
    yield (
        f"labels/{TASK}/{batch_name(0)}/rev.adjudicated.jsonl",
        "".join(
            f'{{"item":"{item_name(item)}","label":{label_text(*(field[item] for field in truths))},'
            f'"reason":"edge-case","guideline":"1.0.0"}}\n'
            for item in decided
        ),
    )


def main() -> None:
    """Makes the project that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("annotations", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", action="store_true")
    asked = parser.parse_args()
    make_project(asked.folder, asked.annotations, seed=asked.seed, faults=asked.faults)


if __name__ == "__main__":
    main()
