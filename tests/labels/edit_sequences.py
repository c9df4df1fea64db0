"""Random edits of a project, one after the other: what is kept of earlier results never changes a later one.

python -m labels.edit_sequences [SEED [SEQUENCES]]
"""

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np

from assay.errors import AssayError
from assay.files.store import Store
from assay.git.base import named_commit
from assay.git.snapshot import commit_snapshot
from assay.guidelines.findings import unusable
from assay.guidelines.front_matter import load_guideline, read_guideline
from assay.labels import batch_parts
from assay.labels.corpus import Loaded, load_at_once
from assay.labels.parquet_io import read_corpus
from assay.labels.task_tables import save_task
from assay.labels.whole import load_corpus
from assay.lead.guideline_checks import try_examples
from assay.lead.team_measures import measure_teams
from assay.lead.team_parts import team_of, team_part
from assay.project.config import Project, find_project, project_in
from assay.project.task_schema import TaskSchema, load_schema
from assay.quality.conflicts import readable_examples, run_examples
from assay.reviewer.project_check import project_findings
from clones import commit, git, known_as
from projects import FILES, plain, write_files

STEPS = 8
TIMES = (None, "2026-01-05T00:00:00Z", "2026-06-01T00:00:00Z")
_LATE = '"at":"2026-05-01T00:00:00Z"'
_TURNS = {
    '"good"': ['"bad"', '"fine"', '"good"}'], '"i1"': ['"i2"', '"I1"', '"i9"'], '"i2"': ['"i1"', '"i5"'], "0.1.0": ["0.2.0", "9.9.9"], "closed": ["open"],
    "open": ["closed"], "purpose: label": ["purpose: relabel", "purpose: pilot"], '"at":"2026-01-03T10:00:00Z"': [_LATE, '"at":"soon"'],
    "2026-01-02": ["2026-02-20", "2027-01-01"], '"g1"': ['"g2"'], "plain": ["third", "Plain"], "enum: [good, bad]": ["enum: [good, bad, fine]"],
    "summary: second": ["summary: second, affects: [tone]", "summary: second, affects: [score]"], "kind: person": ["{status: left, since: 2026-01-02}", "kind: model"],
    '"status":"excluded"': ['"status":"active"'], "version: 0.2.0": ["version: 0.1.0"],
}  # fmt: skip
_MORE = {
    "labels/mood/r1/ada.returned.jsonl": '{"item":"i1","annotator":"ben","reason":"look again","at":"2026-02-03T10:00:00Z"}\n',
    "labels/mood/r1/ada.adjudicated.jsonl": '{"item":"i1","label":{"tone":"bad"},"reason":"edge-case"}\n',
    "labels/sources/identities.yaml": "crowd: {W 1: ben}\n",
    "labels/mood/r1/@crowd.jsonl": '{"annotator":"W 1","item":"i2","label":{"tone":"bad"}}\n',
    "labels/items/texts/more.jsonl": '{"id":"i7","data":{"text":"plain"}}\n{"id":"i8","data":{"text":"eighth"}}\n',
    "labels/items/texts/odd.jsonl": '{"id":"I1","data":{"text":"capital"}}\n',
}


def _files(root: Path) -> list[Path]:
    kinds = ("labels", "schemas", "guidelines")
    return sorted(path for kind in kinds for path in (root / kind).rglob("*") if path.is_file())


def _turned(chance: random.Random, root: Path) -> None:
    places = [(path, word) for path in _files(root) for word in _TURNS if word in path.read_text()]
    path, word = chance.choice(places)
    parts = path.read_text().split(word)
    at = chance.randrange(1, len(parts))
    path.write_text(word.join(parts[:at]) + chance.choice(_TURNS[word]) + word.join(parts[at:]))


def _lines(chance: random.Random, root: Path) -> None:
    path = chance.choice([path for path in _files(root) if path.suffix == ".jsonl"])
    lines = path.read_text().splitlines(keepends=True)
    other = (
        chance.choice([path for path in _files(root) if path.suffix == ".jsonl"]).read_text().splitlines(keepends=True)
    )
    for _ in range(chance.randrange(1, 3)):
        step = chance.choice(("drop", "double", "turn", "take", "break"))
        at = chance.randrange(len(lines)) if lines else 0
        if step == "take" and other:
            lines.insert(at, chance.choice(other))
        elif lines and step == "drop":
            del lines[at]
        elif lines and step == "double":
            lines.append(lines[at])
        elif lines and step == "turn":
            lines.reverse()
        elif lines:
            lines[at] = lines[at][: chance.randrange(len(lines[at]))] + "\n"
    path.write_text("".join(lines))


def _removed(chance: random.Random, root: Path) -> None:
    chance.choice(_files(root)).unlink()


def _restored(chance: random.Random, root: Path) -> None:
    path = chance.choice([*FILES, *_MORE])
    write_files(root, {path: (FILES | _MORE)[path]})


def _copied(chance: random.Random, root: Path) -> None:
    batches = sorted(path for path in (root / "labels/mood").glob("r[1-4]") if path.is_dir())
    if batches:
        place = root / f"labels/mood/r{chance.randrange(5, 9)}"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(chance.choice(batches), place)


CHUNKS = (1, 4, 2**15)
EDITS: tuple[Callable[[random.Random, Path], None], ...] = (
    _turned,
    _turned,
    _lines,
    _lines,
    _removed,
    _restored,
    _restored,
    _copied,
)


def _same(one: object, other: object) -> bool:
    """Whether two values are equal, arrays in them by type and content; nan is nan."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if is_dataclass(one) and type(one) is type(other):
        return all(_same(getattr(one, part.name), getattr(other, part.name)) for part in fields(one))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    return one == other


def _ended(ask: Callable[[], object]) -> object:
    try:
        return ask()
    except AssayError as error:
        return type(error), error.message, error.fix


def compare(root: Path, now: str | None, chunk: int = 1) -> None:
    """Says what is wrong with the project, and reads its labels, with what is kept and without it; writes its tables.

    `chunk` is how many annotations at least are written at a time.
    """
    with_kept = _ended(lambda: project_findings(find_project(root), now=now))
    assert with_kept == _ended(lambda: project_findings(find_project(root), Store(None), now=now))
    project = find_project(root)
    for task in set(project.tasks) - unusable(project, project.tasks).keys():
        schema, guideline = load_schema(project, task), load_guideline(project, task)
        kept = _ended(lambda: load_corpus(find_project(root), schema, guideline))  # noqa: B023 - asked at once
        whole = _ended(lambda: load_at_once(find_project(root), schema, guideline, only=None))  # noqa: B023
        assert _same(kept, whole)
        if isinstance(whole, Loaded):
            _compare_parts(root, whole, schema)
            with patch.object(batch_parts, "_ROWS", chunk):
                _compare_tables(find_project(root), whole, schema)


def _compare_tables(project: Project, whole: Loaded, schema: TaskSchema) -> None:
    """Saves the tables of the task, and reads them back."""
    guideline = load_guideline(project, schema.task)
    saved, corpus = save_task(project, schema, guideline), whole.corpus
    back = read_corpus(project, schema.task, schema.fields)
    shutil.rmtree(project.root / "build")
    assert (saved.findings, saved.report) == (whole.findings, whole.report)
    assert plain(back) == plain(corpus)
    assert back.items.content == (corpus.items.content or ("",) * len(corpus.items))


def _compare_parts(root: Path, whole: Loaded, schema: TaskSchema) -> None:
    """Counts the team and runs the examples, from what is kept of parts of the task and from all of it."""
    kept, corpus = find_project(root), whole.corpus
    (team,) = measure_teams(kept, corpus.task)
    returned = {batch.batch: batch.returned for batch in team.batches}
    errors = whole.report.errors
    assert team == team_of(corpus.task, [team_part(corpus, schema.fields)], corpus.annotators, returned, errors)
    examples = readable_examples(read_guideline(kept, corpus.task))
    assert try_examples(kept, corpus.task).findings == run_examples(examples, schema, corpus).findings


def sequence(seed: str, root: Path) -> Counter[str]:
    """Edits a new project step by step, and compares after each; how often each edit was made."""
    chance, made = random.Random(seed), Counter[str]()
    write_files(root, FILES)
    git(root, "init", "-q", "-b", "main")
    known_as(root, "ada")
    commit(root, "the project")
    for step in range(STEPS):
        edit = chance.choice(EDITS)
        edit(chance, root)
        made[edit.__name__] += 1
        compare(root, chance.choice(TIMES), chance.choice(CHUNKS))
        if step % 4 == 3:
            commit(root, f"step {step}")
            project = project_in(commit_snapshot(root, named_commit(root, "HEAD")))
            kept, alone = (_ended(partial(project_findings, project, store)) for store in (None, Store(None)))
            assert kept == alone
    return made


def main() -> None:
    """Runs sequences, and prints how many edits were made and compared."""
    seed, many = (sys.argv[1] if len(sys.argv) > 1 else "1"), int(sys.argv[2]) if len(sys.argv) > 2 else 300
    made, began = Counter[str](), time.monotonic()
    for number in range(many):
        with tempfile.TemporaryDirectory() as folder:
            try:
                made += sequence(f"{seed}:{number}", Path(folder) / "clone")
            except AssertionError:
                print(f"sequence {seed}:{number} differs", file=sys.stderr)
                raise
    told = ", ".join(f"{name.lstrip('_')} {times}" for name, times in sorted(made.items()))
    print(
        f"{many} sequences of edits, each step with what is kept and without: equal ({told}; {time.monotonic() - began:.0f} s)"
    )


if __name__ == "__main__":
    main()
