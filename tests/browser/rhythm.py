"""Every ordered pair of fields, needed and not, labelled by keys alone in a real browser: what is stored is what was meant.

python -m browser.rhythm [SEED [TASKS]]    TASKS by chance; without it, all
"""

import contextlib
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from browsing import BOX, BROWSER, FLAGS, MISSING, SPAN, USUAL, Served, forked, make_project, png, task_files
from pipelines import environment

WORDS = ["Rain", "falls", "soon"]
DATA = {"a": "first", "b": "second", "picture": "media/g.png", "text": "The robin sings.", "words": WORDS}
TAXONOMY = ["animal/bird/hawk", "animal/bird/owl", "animal/fish", "plant"]
BOXED = {"x": 45, "y": 30, "width": 30, "height": 20, "kind": "bird"}


@dataclass(frozen=True)
class Kind:
    """A kind of field: its schema, and answers to it: the keys for each, and the value that they mean."""

    schema: str
    answers: Sequence[tuple[Sequence[str], object]]
    settles: bool = False
    typed: bool = False
    on: str = "Enter"


KINDS = {
    "choice": Kind("enum: [a, b, c]", [("1", "a"), ("2", "b"), ("3", "c")], settles=True),
    "choices": Kind("{type: array, items: {enum: [a, b, c]}}", [("13", ["a", "c"]), ("2", ["b"]), ("-", [])]),
    "rating": Kind("{type: integer, minimum: 0, maximum: 5}", [("4", 4), ("0", 0), ("5", 5)], settles=True),
    "number": Kind("{type: integer, maximum: 99}", [("64", 64), ("7", 7), ("70", 70)], typed=True),
    "line": Kind("{type: string, maxLength: 40}", [("ok", "ok"), ("b 2", "b 2"), ("nps?", "nps?")], typed=True),
    "text": Kind("{type: string}", [("so it is", "so it is"), ("x1", "x1")], typed=True, on="Control+Enter"),
    "spans": Kind(
        f"{{type: array, x-source: text, items: {SPAN}}}",
        [
            (["Control+Home", *["Shift+ArrowRight"] * 3, "1"], [{"start": 0, "end": 3, "kind": "name"}]),
            (["Control+Home", *["Shift+ArrowRight"] * 3, "2"], [{"start": 0, "end": 3, "kind": "place"}]),
            ("-", []),
        ],
    ),
    "boxes": Kind(
        f"{{type: array, x-source: picture, items: {BOX}}}",
        [("b", [BOXED]), ("b2", [{**BOXED, "kind": "leaf"}]), ("-", [])],
    ),
    "pairwise": Kind("enum: [a, b, tie]", [("1", "left"), ("2", "right"), ("3", "tie")], settles=True),
    "tree": Kind(
        f"{{enum: [{', '.join(TAXONOMY)}], x-scale: tree}}",
        [("112", "animal/bird/owl"), ("12", "animal/fish"), ("2", "plant")],
        settles=True,
    ),
    "ranking": Kind(
        "{type: array, x-scale: ranking, items: {enum: [x, y, z]}}",
        [("213", ["y", "x", "z"]), ("321", ["z", "y", "x"])],
        settles=True,
    ),
    "sequence": Kind(
        "{type: array, x-scale: sequence, x-source: words, items: {enum: [N, V, O]}}",
        [("123", ["N", "V", "O"]), ("333", ["O", "O", "O"])],
        settles=True,
    ),
    "list": Kind(
        "{type: array, x-scale: set, items: {type: string}}",
        [(["x", "Enter", "y", "1", "Enter"], ["x", "y1"]), (["z", "Enter"], ["z"])],
        typed=True,
    ),
}
ALL = [
    (kinds, needed)
    for kinds in itertools.product(KINDS, repeat=2)
    for needed in itertools.product((True, False), repeat=2)
]
LOOK = """() => {
  const marked = document.querySelector('.field.current');
  const caps = [...document.querySelectorAll('kbd')].filter((one) => one.checkVisibility({ visibilityProperty: true }))
    .map((one) => one.textContent);
  return {
    marked: marked ? Number(marked.dataset.field) : null,
    typing: document.activeElement.matches('.entry'),
    twice: caps.filter((cap, at) => caps.indexOf(cap) !== at),
  };
}"""


@dataclass(frozen=True)
class Task:
    """A task of two fields, `f` and `g`, and which of them are needed."""

    name: str
    kinds: tuple[str, str]
    needed: tuple[bool, bool]

    @property
    def files(self) -> dict[str, str]:
        """Its files, of as many items as it has sequences."""
        properties = "".join(
            f"  {name}: {_braced(KINDS[kind].schema)}\n" for name, kind in zip("fg", self.kinds, strict=True)
        )
        needed = [name for name, is_needed in zip("fg", self.needed, strict=True) if is_needed]
        swap = "x-swap: [a, b]\n" if "pairwise" in self.kinds else ""
        schema = f"type: object\nadditionalProperties: false\nrequired: [{', '.join(needed)}]\n{swap}properties:\n{properties}"
        items = {f"i{n}": DATA for n in range(len(PLANS) + 1)}
        files = task_files(self.name, schema, items)
        return {path: text for path, text in files.items() if path != "checks/project.yaml"}


def _braced(schema: str) -> str:
    return schema if schema.startswith("{") else f"{{{schema}}}"


@dataclass
class Act:
    """What an annotator does at an item: keys, and what they mean; made by the documented rule, without a look at the page."""

    task: Task
    chance: random.Random
    keys: list[str] = field(default_factory=list)
    meant: dict[str, object] = field(default_factory=dict)
    at: int | None = None
    box: bool = False

    def open(self, place: int) -> bool:
        """Whether a field is needed and has no answer."""
        return self.task.needed[place] and "fg"[place] not in self.meant

    def start(self) -> None:
        """The item comes up."""
        kinds = [KINDS[kind] for kind in self.task.kinds]
        self.at = next((n for n in (0, 1) if self.open(n)), next((n for n in (0, 1) if not kinds[n].typed), None))
        self.box = self.at is not None and kinds[self.at].typed

    def go(self, place: int) -> None:
        """Chooses a field, where the keys are not there already."""
        if self.at == place:
            return
        if self.box:
            self.keys.append("Escape")
        self.keys += ["]"] * (place + 1 if self.at is None else 1)
        self.at, self.box = place, KINDS[self.task.kinds[place]].typed

    def answer(self, place: int, *, impatient: bool) -> None:
        """Answers a field, and lets the keys go on."""
        kind = KINDS[self.task.kinds[place]]
        self.go(place)
        keys, value = self.chance.choice(kind.answers)
        self.keys += keys
        self.meant["fg"[place]] = value
        other = 1 - place
        if not self.open(other):
            return
        if not kind.settles:
            self.keys.append(kind.on)
        elif impatient:
            self.keys.append("Enter")  # it stays, and says what is open
        self.at, self.box = other, KINDS[self.task.kinds[other]].typed


def plan(task: Task, chance: random.Random, *, both: bool, impatient: bool) -> Act:
    """The needed fields are answered, and the others where `both`; at the end one Enter goes on."""
    made = Act(task, chance)
    made.start()
    first = made.at or 0
    for place in (first, 1 - first):
        if both or task.needed[place]:
            made.answer(place, impatient=impatient)
    made.keys.append(KINDS[task.kinds[made.at]].on if made.at is not None and made.meant else "Enter")
    return made


PLANS = ({"both": True, "impatient": False}, {"both": False, "impatient": False}, {"both": True, "impatient": True})


def project(root: Path, tasks: Sequence[Task]) -> Path:
    """A project of all the tasks."""
    named = ", ".join(f"{task.name}: {{pool: {task.name}}}" for task in tasks)
    files: dict[str, str | bytes] = {"checks/project.yaml": f"format: 1\nid: test-project\ntasks: {{{named}}}\n"}
    for task in tasks:
        files |= {**task.files, f"labels/items/{task.name}/media/g.png": png(120, 80)}
    return make_project(root, files)


def differences(page: Any, served: Served, task: Task, chance: random.Random) -> Iterator[str]:
    """What differs, at each item, between what was meant and what is stored; a sequence an item."""
    page.goto(served.address)
    for number, style in enumerate(PLANS, 1):
        page.locator("#where").filter(has_text=f"Item {number} of").wait_for()
        page.evaluate("() => Promise.all([...document.images].map((one) => one.decode()))")
        made = plan(task, chance, **style)
        item = page.inner_text("#item-id")
        yield from _look(page, task)
        for key in made.keys:
            page.keyboard.press(key)
        told = f"{task.kinds} needed {task.needed}, {' '.join(made.keys)}"
        try:
            page.locator("#where").filter(has_text=f"Item {number + 1} of").wait_for(timeout=3_000)
        except Exception:  # noqa: BLE001 - whatever it is, the page has not gone on
            yield f"{told}: the page stays at the item: item {number} {page.inner_text('#form')!r}, {page.evaluate(LOOK)}"
            return
        page.locator("#state[data-pending='0']").wait_for(state="attached")
        record = served.records(f"labels/{task.name}/round-1/ada.jsonl").get(item)
        meant = _named(made.meant, task, record)
        if (record or {}).get("label", {}) != meant:
            yield f"{told}: stored {record}, meant {meant}"


def _look(page: Any, task: Task) -> Iterator[str]:
    """Who has the keys when an item comes up, and that no key cap is there twice."""
    made = Act(task, random.Random())
    made.start()
    seen = page.evaluate(LOOK)
    if (seen["marked"], seen["typing"]) != (made.at, made.box):
        yield f"{task.kinds} needed {task.needed}: the keys are at {seen}, not at {made.at}"
    if seen["twice"]:
        yield f"{task.kinds} needed {task.needed}: caps {seen['twice']} are there twice"


def _named(meant: Mapping[str, object], task: Task, record: "Mapping[str, object] | None") -> dict[str, object]:
    swap = ((record or {}).get("shown") or {}).get("swap")
    sides = {"left": "b" if swap else "a", "right": "a" if swap else "b"}
    kinds = dict(zip("fg", task.kinds, strict=True))
    return {name: sides.get(value, value) if kinds[name] == "pairwise" else value for name, value in meant.items()}


def tasks_of(chance: random.Random, count: int | None) -> list[Task]:
    """Tasks by chance, each kind of field in some; or all of them."""
    chosen = ALL if count is None else chance.sample(ALL, count)
    return [Task(f"p{number:03}", kinds, needed) for number, (kinds, needed) in enumerate(chosen)]


def campaign(
    root: Path, warm: Callable[[Mapping[str, object]], int], page: Any, seed: int, count: int | None
) -> tuple[int, list[str]]:
    """How many sequences were typed, and what differs."""
    chance = random.Random(seed)
    tasks, found = tasks_of(chance, count), []
    page.on("pageerror", lambda error: found.append(f"the page: {error}"))
    place = project(root, tasks)
    for task in tasks:
        with forked(warm, place, task.name, "--as", "ada") as served:
            found += differences(page, served, task, chance)
            page.goto("about:blank")
    return len(tasks) * len(PLANS), found


@contextlib.contextmanager
def warmed() -> Iterator[Callable[[Mapping[str, object]], int]]:
    """The process that starts servers at once."""
    command = [sys.executable, str(Path(__file__).parents[1] / "warm.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:

        def start(order: Mapping[str, object]) -> int:
            process.stdin.write(f"{json.dumps(order)}\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield start
        process.stdin.close()


def main(seed: int, count: int | None) -> int:
    """Says how many sequences there were and what differs; 1 where anything does."""
    if MISSING:
        print(f"the pairs of fields are not tried: {MISSING}")
        return 0
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - this folder is read without it, too

    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, warmed() as warm, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        page = browser.new_page(viewport=USUAL)
        typed, found = campaign(Path(folder) / "project", warm, page, seed, count)
        browser.close()
    print("\n".join(found))
    print(
        f"{typed} sequences of keys over {len(KINDS)} kinds of field, {len(found)} differences, {time.monotonic() - began:.0f} s"
    )
    return int(bool(found))


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(main(given[0] if given else 0, given[1] if len(given) > 1 else None))
