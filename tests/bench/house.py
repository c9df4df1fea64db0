"""The measurements of the package as a building: `python tests/bench/house.py [FOLDER]` (or `make measure`).

FOLDER is another checkout of this repository, to compare a later state with an earlier one. Lines are all lines of a file,
blank ones and docstrings included; the length of a function is from its `def` to its last line, docstring and all.
"""

import ast
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

REPOSITORY = Path(__file__).resolve().parents[2]
# One script over the heads of other tools of the kind: modules, lines, median module, p90 function, helpers used once.
OTHERS = """
                       pre-commit  pip-audit  check-jsonschema  import-linter  structlog  nbdime  cleanlab
modules                        67         27                38             40         21      56        91
lines                       7,200      3,900             3,300          4,000      7,300  10,100    25,600
module, median                 76        126                57             55        245      96       184
function, 90th hundredth       30         39                25             27         20      36        53
private and used once           21%        23%               11%            26%         7%      5%       21%
modules of a command           36         25                31             22          -      27         -
test lines a source line     1.54        .98              1.21           2.17       1.29     .78       .68
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One file of the package, read once."""

    name: str
    package: bool
    tree: ast.Module
    lines: int
    comments: int


def modules(source: Path) -> dict[str, Module]:
    """Every module below a folder, by its dotted name."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        parts = path.relative_to(source.parent).with_suffix("").parts
        package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if package else parts)
        rows = text.splitlines()
        comments = sum(row.lstrip().startswith("#") for row in rows)
        found[name] = Module(name=name, package=package, tree=ast.parse(text), lines=len(rows), comments=comments)
    return found


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def names_used(tree: ast.AST) -> Counter[str]:
    """How often each name is read, also as an attribute."""
    return Counter(
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)) or isinstance(node, ast.Attribute)
    )


def private_used_once(known: dict[str, Module]) -> tuple[int, int]:
    """Private functions at the top of modules that their module names exactly once, and all functions at the top."""
    once = every = 0
    for module in known.values():
        used = names_used(module.tree)
        for node in module.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                every += 1
                once += node.name.startswith("_") and used[node.name] == 1
    return once, every


def imports(module: Module, known: dict[str, Module]) -> Iterator[tuple[str, str]]:
    """(module, name) of each import of ours at the top of a module; the name is empty where the module itself is meant."""
    for node in module.tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in known:
                    yield whole, ""
                elif node.module in known:
                    yield node.module, alias.name
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name in known)


def round_a_face(known: dict[str, Module]) -> list[tuple[str, str]]:
    """Imports into a package of the first floor below the root that do not go by its `__init__`."""
    found = []
    for module in known.values():
        home = module.name.split(".")[1:2]
        for target, _ in imports(module, known):
            room = target.split(".")
            if len(room) > 2 and room[1:2] != home and known[".".join(room[:2])].package:
                found.append((module.name, target))
    return found


def circles(known: dict[str, Module]) -> int:
    """How many modules import each other in a ring: those that are reached from themselves."""
    edges = {name: {target for target, _ in imports(module, known)} - {name} for name, module in known.items()}
    reached: dict[str, set[str]] = {}

    def below(start: str) -> set[str]:
        seen: set[str] = set()
        todo = list(edges[start])
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo.extend(reached.get(at, edges[at]))
        reached[start] = seen
        return seen

    return sum(name in below(name) for name in known)


def named_twice(known: dict[str, Module]) -> dict[str, list[str]]:
    """Public classes and functions of modules whose name stands in more than one module."""
    homes = defaultdict(list)
    for module in known.values():
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith(
                "_"
            ):
                homes[node.name].append(module.name)
    return {name: there for name, there in sorted(homes.items()) if len(there) > 1}


WALK = """
import json, sys
from assay.cli.main import main
called = set()
def note(frame, event, _):
    name = frame.f_globals.get("__name__", "")
    if event == "call" and name.startswith("assay.") and frame.f_code.co_flags & 2 and frame.f_code.co_name[0] != "<":
        called.add((name, frame.f_code.co_qualname))
sys.setprofile(note)
try:
    main()
except SystemExit:
    pass
sys.setprofile(None)
modules = {name for name, _ in called}
rooms = {name.split(".")[1] for name in modules}
loaded = sum(name.split(".")[0] == "assay" for name in sys.modules)
sys.stderr.write("\\n" + json.dumps([loaded, len(called), len(modules), len(rooms)]))
"""


def walked(source: Path, place: Path, *command: str) -> tuple[int, int, int, int]:
    """Our modules in memory after a command ran in a folder; the functions that it called, and their modules and packages."""
    done = subprocess.run(
        [sys.executable, "-c", WALK, *command],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(source.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded, functions, modules, rooms = json.loads(done.stderr.rsplit("\n", 1)[-1])
    return loaded, functions, modules, rooms


def behind_commands(source: Path) -> Iterator[tuple[str, str]]:
    """What is behind commands in a fresh clone; from the second check on an answer of the newest batch is changed."""
    with TemporaryDirectory() as folder:
        quiet = ("git", "-c", "advice.detachedHead=false", "-c", "user.name=ada", "-c", "user.email=ada@example.org")
        subprocess.run([*quiet, "clone", "-q", "--shared", source.parents[1], folder], check=True)
        place = Path(folder)
        yield "modules of ours behind `assay check`", str(walked(source, place, "check")[0])
        answers = max(place.glob("labels/triage/*/ada.jsonl"))
        answers.write_bytes(b"".join(answers.read_bytes().splitlines(keepends=True)[:-1]))
        yield "                        after a change", str(walked(source, place, "check")[0])
        yield "modules of ours behind `assay --version`", str(walked(source, place, "--version")[0])
        subprocess.run([*quiet, "commit", "-qam", "fewer"], cwd=place, check=True)
        for command in ("check --base HEAD~1", "schema triage", "agreement triage", "review HEAD~1 HEAD --actor ada"):
            _, functions, modules, rooms = walked(source, place, *command.split())
            yield (
                f"called by `{command.partition(' --')[0]}`",
                f"{functions} functions, {modules} modules, {rooms} packages",
            )


def hundredth(numbers: list[int], share: float) -> int:
    """The smallest number that this share of all does not pass."""
    return sorted(numbers)[min(len(numbers) - 1, int(share * len(numbers)))]


def measured(folder: Path) -> list[tuple[str, str]]:
    """What is printed, in order."""
    source = folder / "src/assay"
    known = modules(source)
    lengths = [module.lines for module in known.values()]
    sizes = [(node.end_lineno or 0) - node.lineno + 1 for module in known.values() for node in functions(module.tree)]
    once, every = private_used_once(known)
    tests = sum(len(path.read_bytes().splitlines()) for path in (folder / "tests").rglob("*.py"))
    twice = named_twice(known)
    comments = sum(module.comments for module in known.values())
    return [
        ("modules", f"{len(known):,}"),
        ("lines", f"{sum(lengths):,}"),
        ("module: median, longest", f"{median(lengths):.0f}, {max(lengths)}"),
        ("        median without the faces", f"{median(m.lines for m in known.values() if not m.package):.0f}"),
        ("module: of 100 to 300 lines", f"{sum(100 <= one <= 300 for one in lengths) / len(lengths):.0%}"),
        ("function: median, 90th hundredth, longest", f"{median(sizes):.0f}, {hundredth(sizes, 0.9)}, {max(sizes)}"),
        ("functions: private and used once", f"{once / every:.0%} ({once} of {every})"),
        *behind_commands(source),
        ("public names in two modules", f"{len(twice)}: {', '.join(twice)}"),
        ("modules in a ring of imports", str(circles(known))),
        ("imports round a package's face", str(len(round_a_face(known)))),
        ("comment lines a hundred lines", f"{100 * comments / sum(lengths):.1f}"),
        ("test lines a source line", f"{tests / sum(lengths):.2f}"),
    ]


def main() -> int:
    """Prints the figures of a checkout, and of others beside."""
    for name, figure in measured(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else REPOSITORY):
        print(f"{name:<42} {figure}")
    print(OTHERS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
