"""What must not change a figure: the order and names of units and annotators, of files and lines, and of labels."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assay.agreement.corpus import measure_corpus
from assay.core.values import Field, Scale
from assay.project.config import find_project
from corpora import Vote, corpus_from
from projects import load, schema_of

ROOT = Path(__file__).parents[2]
LETTERS = "abcde"
FIELDS = (
    Field(name="kind", scale=Scale.NOMINAL, values=tuple(LETTERS)),
    Field(name="free", scale=Scale.NOMINAL),
    Field(name="sure", scale=Scale.NOMINAL, values=(False, True), textual=False),
    Field(name="grade", scale=Scale.ORDINAL, values=tuple(LETTERS)),
    Field(name="score", scale=Scale.INTERVAL, textual=False),
    Field(name="size", scale=Scale.RATIO, textual=False),
    Field(name="tags", scale=Scale.SET, values=tuple(LETTERS), textual=False),
)


def answer(truth: int, rng: np.random.Generator) -> dict[str, object]:
    """A label that is mostly that of the truth, each field missing now and then."""
    code = {field.name: int(truth if rng.random() < 0.7 else rng.integers(0, 5)) for field in FIELDS}
    label = {
        "kind": LETTERS[code["kind"]],
        "free": LETTERS[code["free"]],
        "sure": code["sure"] > 2,
        "grade": LETTERS[code["grade"]],
        "score": code["score"] - 2.5,
        "size": 1 + code["size"],
        "tags": sorted({LETTERS[code["tags"]], LETTERS[truth]}),
    }
    return {name: value for name, value in label.items() if rng.random() < 0.95}


def votes(seed: int) -> list[Vote]:
    rng = np.random.default_rng(seed)
    truths = rng.integers(0, 5, 60).tolist()
    return [
        Vote(f"i{unit:02}", f"a{who}", answer(truth, rng), f"b{unit // 30}")
        for unit, truth in enumerate(truths)
        for who in rng.permutation(5)[: rng.integers(1, 6)].tolist()
    ]


def figures(given: list[Vote], fields=FIELDS) -> dict[tuple[str, ...], list[float | int | str | None]]:
    """Every row of the table of agreement by its key."""
    measured = measure_corpus(corpus_from(given, fields), fields)
    return {
        (row.field, row.breakdown, row.key, row.coefficient): [row.value, row.low, row.high, row.units]
        for row in measured.rows
    }


def same(found, expected, parts=slice(None)) -> None:
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        assert found[key][parts] == pytest.approx(row[parts], abs=1e-11), key


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.slow
def test_units_and_annotators_have_no_order_and_no_names(seed):
    rng, given = np.random.default_rng(seed), votes(seed)
    units = _other_names({vote.item for vote in given}, rng)
    people = _other_names({vote.annotator for vote in given}, rng)
    renamed = [vote._replace(item=units[vote.item], annotator=people[vote.annotator]) for vote in given]
    expected = {(*key[:2], _of_people(people, *key[1:3]), key[3]): row for key, row in figures(given).items()}
    same(figures([renamed[at] for at in rng.permutation(len(renamed))]), expected)


def _of_people(people: dict[str, str], breakdown: str, key: str) -> str:
    """The key of a row under other names of annotators."""
    if breakdown not in {"annotator", "pair"}:
        return key
    return " \u00d7 ".join(sorted(people[name] for name in key.split(" \u00d7 ")))


def _other_names(names: set[str], rng: np.random.Generator) -> dict[str, str]:
    return {old: f"n{new:02}" for new, old in enumerate(rng.permutation(sorted(names)).tolist())}


@pytest.mark.parametrize("seed", range(5))
def test_other_names_of_labels_change_no_coefficient(seed):
    """Names have no order on a nominal or set scale; intervals are drawn in the order of the names, so they may move."""
    rng, given = np.random.default_rng(seed), votes(seed)
    fields = [field for field in FIELDS if field.name in {"kind", "free", "tags"}]
    name = dict(zip(LETTERS, rng.permutation(["v", "w", "x", "y", "z"]).tolist(), strict=True))
    other = [vote._replace(label={key: _renamed(name, value) for key, value in vote.label.items()}) for vote in given]
    declared = [replace(field, values=field.values and tuple(sorted(name.values()))) for field in fields]
    expected = {(*key[:2], _renamed_key(name, key[2]), key[3]): row for key, row in figures(given, fields).items()}
    same(figures(other, declared), expected, slice(0, 1))


def _renamed(name, value):
    if isinstance(value, list):
        return sorted(name[one] for one in value)
    return name.get(value, value)


def _renamed_key(name, key):
    return f'"{name[key[1:-1]]}"' if key.startswith('"') else name.get(key, key)


@pytest.mark.parametrize("seed", range(5))
def test_other_names_in_the_same_order_change_no_digit_on_an_ordinal_scale(seed):
    given, (grade,) = votes(seed), [field for field in FIELDS if field.name == "grade"]
    name = dict(zip(LETTERS, ("poor", "fair", "good", "fine", "best"), strict=True))
    other = [
        vote._replace(label={"grade": name[vote.label["grade"]]} if "grade" in vote.label else {}) for vote in given
    ]
    declared = [replace(grade, values=tuple(name.values()))]
    renamed = {(*key[:2], name.get(key[2], key[2]), key[3]): row for key, row in figures(given, [grade]).items()}
    assert figures(other, declared) == renamed


@pytest.mark.parametrize("task", ["triage", "preference"])
def test_the_order_of_files_and_lines_changes_no_digit(task, tmp_path):
    for folder in ("checks", "schemas", "guidelines", "labels"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    rng = np.random.default_rng(0)
    for file in sorted((tmp_path / "labels").rglob("*.jsonl")):
        lines = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(b"".join(lines[at] for at in rng.permutation(len(lines))))
    shards = sorted((tmp_path / "labels/items" / task).glob("*.jsonl"))
    for place, shard in enumerate(shards):
        shard.rename(shard.with_name(f"{len(shards) - place}.jsonl"))
    before, after = (find_project(root) for root in (ROOT, tmp_path))
    fields = schema_of(before, task).fields
    found = measure_corpus(load(after, task).corpus, fields)
    assert found == measure_corpus(load(before, task).corpus, fields)
    assert any(one.alpha.value is not None for one in found.report.fields.values())
