"""Two commands at once, and a command and an editor: the second works whole at each point at which the first touches a file.

python -m writes.interleaved [SEED [CASES]]    CASES of each pair by chance; without it, all
"""

import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from writes.campaign import Prepared as PreparedScene
from writes.campaign import settled, write_newer
from writes.scenes import NEWER, SCENES, committed, leftovers, with_file, with_sheet
from writes.shim import Ended, command


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two command lines, how their project is made, and what each leaves there: a file, and what stands in it then.

    Of two that are `rivals` only one may be served.
    """

    name: str
    make: Callable[[Path], Path]
    commands: tuple[tuple[str, ...], tuple[str, ...]]
    marks: tuple[tuple[str, str], tuple[str, str]]
    rivals: bool = False


def _row(item: str, who: str) -> str:
    return f'{{"item":"{item}","annotator":"{who}","label":{{"tone":"good"}}}}\n'


_IMPORT = ("import", "long", "--task", "mood", "--update", "--source", "crowd")
_CROWD = "labels/mood/r2/@crowd.jsonl"
_BEN = "labels/mood/r3/ben.jsonl"
_PROJECT = "checks/project.yaml"
_IMPORTED = with_file(with_file(committed({}), "a.jsonl", _row("i2", "w7")), "b.jsonl", _row("i4", "w8"))


def _untidy_with_sheet(place: Path) -> Path:
    root = with_sheet(place)
    (root / "labels/mood/r1/ben.jsonl").write_text('{"item": "i1", "skip": "no"}\n')
    (root / _BEN).write_text((root / _BEN).read_text().replace('{"item"', '{ "item"'))
    return root


PAIRS = (
    Pair(
        name="import long --update, two files", make=_IMPORTED,
        commands=((*_IMPORT, "../a.jsonl"), (*_IMPORT, "../b.jsonl")), marks=((_CROWD, '"w7"'), (_CROWD, '"w8"')),
    ),
    Pair(
        name="task add, two tasks", make=committed({}), commands=(("task", "add", "one"), ("task", "add", "two")),
        marks=((_PROJECT, "one"), (_PROJECT, "two")),
    ),
    Pair(
        name="annotator add, two people", make=committed({}),
        commands=(("annotator", "add", "kim", "--handle", "k"), ("annotator", "add", "lee", "--handle", "l")),
        marks=(("labels/annotators/kim.yaml", "handle: k"), ("labels/annotators/lee.yaml", "handle: l")),
    ),
    Pair(
        name="annotator add, one handle", make=committed({}), rivals=True,
        commands=(("annotator", "add", "kim", "--handle", "k"), ("annotator", "add", "lee", "--handle", "k")),
        marks=(("labels/annotators/kim.yaml", "handle: k"), ("labels/annotators/lee.yaml", "handle: k")),
    ),
    Pair(
        name="release add, two releases", make=committed({}),
        commands=(("release", "add", "one", "--task", "mood"), ("release", "add", "two", "--task", "mood")),
        marks=((_PROJECT, "one"), (_PROJECT, "two")),
    ),
    Pair(
        name="sheet in and fmt", make=_untidy_with_sheet,
        commands=(("sheet", "in", "mood", "r3", "../mine.csv", "--as", "ben"), ("fmt",)),
        marks=((_BEN, '{"item":"i1","label"'), ("labels/mood/r1/ben.jsonl", '{"item":"i1","skip":"no"}')),
    ),
    Pair(
        name="fmt and sheet in", make=_untidy_with_sheet,
        commands=(("fmt",), ("sheet", "in", "mood", "r3", "../mine.csv", "--as", "ben")),
        marks=(("labels/mood/r1/ben.jsonl", '{"item":"i1","skip":"no"}'), (_BEN, '{"item":"i1","label"')),
    ),
    Pair(
        name="batch close and batch reassign", make=committed({}),
        commands=(("batch", "close", "mood", "r3", "--anyway"),
                  ("batch", "reassign", "mood", "r3", "--from", "ada", "--to", "cyd")),
        marks=(("labels/mood/r3/batch.yaml", "status: closed"), ("labels/mood/r3/assignments.jsonl", '"cyd"')),
    ),
)  # fmt: skip


@dataclass
class Prepared:
    """A pair whose project is made once; each case works on a copy."""

    pair: Pair
    place: Path
    points: int = 0

    @classmethod
    def of(cls, pair: Pair, place: Path) -> "Prepared":
        """Makes the project and counts the points of the first command."""
        (place / "made").mkdir(parents=True)
        root = pair.make(place / "made")
        (root / "labels/annotators/cyd.yaml").write_text("kind: person\n")
        made = cls(pair, place)
        made.points = command(made.copy(), *pair.commands[0]).points
        return made

    def copy(self) -> Path:
        """The project as the commands find it."""
        here = self.place / "here"
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(self.place / "made", here, symlinks=True)
        return here / "project"


def case(made: Prepared, at: int) -> tuple[str, list[str]]:
    """How the two ended where the second ran whole at a point of the first, and what is wrong."""
    pair, root = made.pair, made.copy()
    between: list[Ended] = []
    first = command(
        root, *pair.commands[0], at=at, meanwhile=lambda: between.append(command(root, *pair.commands[1], tries=1))
    )
    ended = (first, *between)
    served = [one.code in {0, 1} for one in ended]
    wrong = [f"{one}" for one in ended if not one.clean]
    if len(ended) != 2:
        return "once", [f"the second did not run: {first}"]
    for (path, mark), there, one in zip(pair.marks, served, ended, strict=True):
        place = root / path
        if (place.exists() and mark in place.read_text()) is not there:
            wrong.append(f"{'gone' if there else 'there'}: {mark} in {path} after {one}")
    if not any(served) or (pair.rivals and all(served)):
        wrong.append(f"{served.count(True)} of the two were served: {ended}")
    if left := leftovers(root):
        wrong.append(f"left over: {left}")
    return "both are there" if all(served) else "one was refused", wrong


EDITED = ("fmt", "migrate --write", "import long --update", "import items", "batch close", "sheet in")
_WINDOW = 2
"""Points between the last look at a file and the rename that replaces it, of all files of a command: an editor takes no lock."""


def edited(made: PreparedScene, at: int) -> tuple[str, list[str]]:
    """What came of the newer work that an editor saved at a point of the command, and what is wrong."""
    root = made.copy()
    ended = command(root, *made.scene.arguments, at=at, meanwhile=lambda: write_newer(root, made.scene))
    stands = all(NEWER in (root / name).read_text() for name in made.scene.newer)
    how = "the editor's work stands" if ended.code != 2 else "it was named"
    wrong = (
        []
        if ended.clean and (ended.code != 2 or any(name in ended.said for name in made.scene.newer))
        else [f"{ended}"]
    )
    return how if stands else "saved between the last look and the rename", wrong


def prepared(place: Path) -> Iterator[Prepared]:
    """Every pair, each in a folder of its own."""
    for number, pair in enumerate(PAIRS):
        yield Prepared.of(pair, place / f"pair{number}")


def _said(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {how}" for how, number in counts.items())


def main(seed: int, cases: int | None) -> int:
    """Runs every point of every pair, or so many of each; prints the counts and what is wrong."""
    chance, faults = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as folder:
        for made in prepared(settled(Path(folder))):
            counts: Counter[str] = Counter()
            for at in range(made.points) if cases is None else chance.sample(range(made.points), cases):
                outcome, wrong = case(made, at)
                counts[outcome] += 1
                faults += len(wrong)
                for said in wrong:
                    print(f"  {made.pair.name}: at {at}: {said}")
            print(f"{made.pair.name}: {_said(counts)}", flush=True)
        for number, scene in enumerate(one for one in SCENES if one.name in EDITED):
            of_scene = PreparedScene.of(scene, Path(folder) / f"edited{number}")
            points, counts = of_scene.points(""), Counter()
            for at in range(points) if cases is None else chance.sample(range(points), cases):
                outcome, wrong = edited(of_scene, at)
                counts[outcome] += 1
                faults += len(wrong)
                for said in wrong:
                    print(f"  {scene.name} and an editor: at {at}: {said}")
            if (late := counts["saved between the last look and the rename"]) > _WINDOW:
                faults += 1
                print(f"  {scene.name}: the editor's work was lost at {late} points")
            print(f"{scene.name} and an editor: {_said(counts)}", flush=True)
    print(f"{faults} faults, seed {seed}")
    return 1 if faults else 0


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(main(given[0] if given else random.randrange(1 << 30), given[1] if len(given) > 1 else None))
