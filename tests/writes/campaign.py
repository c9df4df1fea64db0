"""Every command that writes, stopped at each thing it does to a file; then others work on, and it is run again.

python -m writes.campaign [SEED [CASES]]    CASES of each command by chance; without it, all
"""

import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from clones import git
from writes.scenes import NEWER, SCENES, Scene, leftovers, state
from writes.shim import EACCES, EIO, EIO_READ, ENOSPC, KILL, NOBODY, command, warm

FAULTS = (KILL, ENOSPC, EIO, EACCES, EIO_READ)
_WEIGHTS = (4, 2, 1, 1, 1)
NOTHING, EDIT, SWITCH = "nothing", "an edit", "git switch"
_WORDS = ("already", "is closed", "changed since", "changed while", "not committed", "are not committed", "broken")


@dataclass
class Prepared:
    """A scene made once, and what it comes to without a fault; each case works on a copy."""

    scene: Scene
    place: Path
    old: dict[str, bytes] = field(default_factory=dict)
    new: dict[str, bytes] = field(default_factory=dict)
    codes: frozenset[int] = frozenset()
    counted: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, scene: Scene, place: Path) -> "Prepared":
        """Makes the scene, and runs its command twice without a fault."""
        (place / "made").mkdir(parents=True)
        made = cls(scene, place)
        root = scene.make(place / "made")
        if (root / ".git").exists():
            _commit_newer(root, scene)
        made.old = state(root)
        copy = made.copy()
        first = command(copy, *scene.arguments)
        assert first.code in scene.ends, (scene.name, first)
        made.new = state(copy)
        made.codes = frozenset({first.code, command(copy, *scene.arguments).code})
        return made

    def points(self, fault: str) -> int:
        """At how many points a fault can come."""
        if fault not in self.counted:
            self.counted[fault] = command(self.copy(), *self.scene.arguments, fault=fault).points
        return self.counted[fault]

    def copy(self) -> Path:
        """The project as the command finds it."""
        here = self.place / "here"
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(self.place / "made", here, symlinks=True)
        root = here / "project"
        config = root / ".git/config"
        if config.exists():
            config.write_text(config.read_text().replace(str(self.place / "made"), str(here)))
        return root


def _commit_newer(root: Path, scene: Scene) -> None:
    """A branch `newer` with the newer work, beside the one that is checked out; the work tree is not touched."""
    aside = root.with_name("aside")
    git(root, "worktree", "add", "-q", "-b", "newer", str(aside), "HEAD")
    write_newer(aside, scene)
    git(aside, "add", "-A", "--force", *scene.newer)
    git(aside, "commit", "-q", "-m", "newer")
    git(root, "worktree", "remove", "--force", str(aside))


def write_newer(root: Path, scene: Scene) -> None:
    """Has somebody else do the newer work."""
    for name, text in scene.newer.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def case(made: Prepared, fault: str, at: int, meanwhile: str) -> Iterator[str]:
    """What is wrong after a fault at a point, something meanwhile, any command, and the same command again."""
    scene, root = made.scene, made.copy()
    stopped = command(root, *scene.arguments, fault=fault, at=at)
    if fault != KILL and not stopped.clean:
        yield f"stopped: {stopped}"
    yield from _halves(made, root)
    if stopped.code == 0 and not scene.told and state(root) != made.new:
        yield "it ended well and did not do what it should"
    newer = _others_work(made, root, meanwhile)
    for other in (("check",), ("doctor",)):
        looked = command(root, *other)
        if not looked.clean:
            yield f"{other} after it: {looked}"
        if lost := [name for name, data in newer.items() if (root / name).read_bytes() != data]:
            yield f"{other} undid the newer {lost}"
    yield from _again(made, root, newer)


def _halves(made: Prepared, root: Path) -> Iterator[str]:
    for name, data in state(root).items():
        scratch = ".tmp" in name and any(part.startswith(".") for part in name.split("/"))
        if not scratch and data not in {made.old.get(name), made.new.get(name)}:
            yield f"{name} is neither old nor new: {data[:200]!r}"


def _others_work(made: Prepared, root: Path, meanwhile: str) -> dict[str, bytes]:
    """What somebody else did: the newer files by path."""
    if meanwhile == NOTHING:
        return {}
    if meanwhile == SWITCH and (root / ".git").exists():
        (root / ".git/index.lock").unlink(missing_ok=True)
        git(root, "clean", "-q", "-f", "--", *made.scene.newer)
        git(root, "switch", "-q", "--discard-changes", "newer")
    else:
        write_newer(root, made.scene)
    return {name: (root / name).read_bytes() for name in made.scene.newer if (root / name).exists()}


def _again(made: Prepared, root: Path, newer: dict[str, bytes]) -> Iterator[str]:
    branch = _branch(root)
    again = command(root, *made.scene.arguments)
    if "assay doctor --drop-write" in again.said:
        if not any(name in again.said for name in newer):
            yield f"the same again names no newer file: {again}"
        dropped = command(root, "doctor", "--drop-write")
        if dropped.code != 0:
            yield f"the write cannot be dropped: {dropped}"
        again = command(root, *made.scene.arguments)
    if not again.clean or (again.code == 2 and not any(word in again.said for word in (*_WORDS, *newer))):
        yield f"the same again: {again}"
    left_it = branch == "newer" != _branch(root)
    if lost := [name for name in newer if not left_it and NEWER not in (root / name).read_text(errors="replace")]:
        yield f"the same again undid the newer {lost}: {again}"
    if not newer and not made.scene.told and (again.code not in made.codes or state(root) != made.new):
        yield f"the same again ends otherwise than without a fault: {again}; {_differing(made, root)}"
    if again.code == 0 and (left := leftovers(root)):
        yield f"left over: {left}"


def _branch(root: Path) -> str:
    return git(root, "branch", "--show-current") if (root / ".git").exists() else ""


def _differing(made: Prepared, root: Path) -> list[str]:
    here = state(root)
    return [name for name in made.new.keys() | here.keys() if made.new.get(name) != here.get(name)]


def folders(made: Prepared) -> list[Path]:
    """The folders of the project, itself among them."""
    root = made.copy()
    found = (path for path in root.rglob("*") if path.is_dir() and ".git" not in path.parts)
    return [Path(), *sorted(path.relative_to(root) for path in found)]


def without_leave(made: Prepared, folder: Path) -> Iterator[str]:
    """What is wrong where the command is run by a user who is not root and may not write in a folder."""
    scene, root = made.scene, made.copy()
    _give_away(root.parent)
    (root / folder).chmod(0o555)
    for arguments in (scene.arguments, ("check",)):
        stopped = command(root, *arguments, nobody=True)
        if not stopped.clean:
            yield f"stopped: {stopped}"
        yield from _halves(made, root)
    (root / folder).chmod(0o755)
    again = command(root, *scene.arguments, nobody=True)
    if again.code not in made.codes or (not scene.told and state(root) != made.new):
        yield f"the same again: {again}; {_differing(made, root)}"


def _give_away(place: Path) -> None:
    for folder, folders, names in os.walk(place):
        for name in (".", *folders, *names):
            os.lchown(Path(folder, name), NOBODY, NOBODY)


def settled(place: Path) -> Path:
    """A folder that any user may enter, and no settings of this machine's git; every command is imported."""
    warm()
    place.chmod(0o755)
    (place / "home").mkdir()
    os.environ.update(HOME=str(place / "home"), XDG_CONFIG_HOME=str(place / "home"), GIT_CONFIG_NOSYSTEM="1")
    return place.resolve()


def prepared(place: Path) -> Iterator[Prepared]:
    """Every scene, each in a folder of its own."""
    for number, scene in enumerate(SCENES):
        yield Prepared.of(scene, place / f"{number:02d}")


def plan(made: Prepared, chance: random.Random, cases: int | None) -> Iterator[tuple[str, int, str]]:
    """Every point of every fault, each with one thing meanwhile; or so many cases by chance."""
    points = (
        [(fault, at) for fault in FAULTS for at in range(made.points(fault))]
        if cases is None
        else [(fault, chance.randrange(made.points(fault))) for fault in chance.choices(FAULTS, _WEIGHTS, k=cases)]
    )
    for fault, at in points:
        yield fault, at, chance.choice((NOTHING, EDIT, SWITCH))


def faults(made: Prepared, chance: random.Random, cases: int | None, counts: Counter[str]) -> Iterator[str]:
    """What is wrong with a scene."""
    for fault, at, meanwhile in plan(made, chance, cases):
        counts[fault] += 1
        yield from (f"{fault} at {at}, then {meanwhile}: {said}" for said in case(made, fault, at, meanwhile))
    closed = folders(made) if os.getuid() == 0 else []
    for folder in closed if cases is None else chance.sample(closed, min(1, len(closed))):
        counts["folders closed to another user"] += 1
        yield from (f"{folder} closed to writing: {said}" for said in without_leave(made, folder))


def main(seed: int, cases: int | None) -> int:
    """Runs everything; prints the counts and what is wrong."""
    chance, wrong = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as folder:
        for made in prepared(settled(Path(folder))):
            counts: Counter[str] = Counter()
            for said in faults(made, chance, cases, counts):
                wrong += 1
                print(f"  {made.scene.name}: {said}")
            print(
                f"{made.scene.name}: {', '.join(f'{number} {fault}' for fault, number in counts.items())}", flush=True
            )
    if os.getuid() != 0:
        print("not root: folders closed to another user were not tried")
    print(f"{wrong} faults, seed {seed}")
    return 1 if wrong else 0


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(main(given[0] if given else random.randrange(1 << 30), given[1] if len(given) > 1 else None))
