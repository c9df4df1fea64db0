"""One pull request seen from clones that hold it in part, or otherwise: the verdict of a whole clone, or none."""

from collections.abc import Callable, Sequence
from pathlib import Path

from proposing import Edit, commit_all, git
from reviewer.campaign.case import REFUSED, UNKNOWN, Case, Request
from reviewer.campaign.project import ADAS, FILES, LOWERED, R3, vote
from reviewer.campaign.scene import Scene

INVALID = {f"{R3}/ada.jsonl": ADAS + vote("i7", "superb")}
STEPS = ({f"{R3}/ada.jsonl": ADAS + vote("i7")}, {"checks/mood.yaml": LOWERED}, INVALID)
_ITEMS = "labels/items/texts/one.jsonl"
BASE, HEAD = "origin/main", "origin/pr"
FETCH = "git fetch"
_PAGES = [Edit(files={"docs/page.md": f"Page {number}.\n"}, by="noor") for number in range(3)]

_SOMEBODY = ("-c", "user.name=X", "-c", "user.email=ada@example.org")
Then = Callable[[Path], object]


def remote(scene: Scene) -> Path:
    """A bare remote: `main` with three more commits, and `pr`, which left it after the first and has three of its own."""
    bare = scene.place / "remote.git"
    if not bare.exists():
        git(scene.place, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        git(bare, "fetch", "--quiet", str(scene.root), "main:main")
        commit_all(bare, {"fork": _PAGES[:1]}, "main")
        commit_all(bare, {"pr": [Edit(files=files) for files in STEPS], "next": _PAGES[1:]}, "fork")
        commit_all(bare, {"alone": [Edit(files={**FILES, **INVALID})]}, "")
        git(bare, "update-ref", "refs/heads/main", "next")
        git(bare, "branch", "--quiet", "-D", "next", "fork")
        for name in ("allowFilter", "allowAnySHA1InWant"):
            git(bare, "config", f"uploadpack.{name}", "true")
    return bare


def cloned(scene: Scene, name: str, *options: str) -> Path:
    """A new clone of the remote, over its URL, so that depth and filters count."""
    folder = scene.place / "clones" / name
    folder.parent.mkdir(exist_ok=True)
    git(folder.parent, "clone", "--quiet", *options, f"file://{remote(scene)}", name)
    return folder


def _clone(*options: str, then: Then | None = None, command: Sequence[str] = (), base: str = BASE, head: str = HEAD):
    name = "-".join(part.strip("-").replace("/", "-").replace(":", "-") for part in options) or "whole"

    def _make(scene: Scene) -> Request:
        number = len(list((scene.place / "clones").glob("*"))) if (scene.place / "clones").exists() else 0
        folder = cloned(scene, f"{number}-{name}", *options)
        inner = then(folder) if then else None
        place = inner if isinstance(inner, Path) else folder
        return Request(base=base, head=head, folder=str(place.relative_to(scene.place)), command=command)

    return _make


def _git(*arguments: str) -> Then:
    return lambda folder: git(folder, *arguments) and None


def _all(*steps: Then) -> Then:
    def _steps(folder: Path) -> None:
        for step in steps:
            step(folder)

    return _steps


def _work_tree(folder: Path) -> Path:
    place = folder.with_name(f"{folder.name}-tree")
    git(folder, "worktree", "add", "--quiet", "--detach", str(place), "main")
    return place


def _dirty(folder: Path) -> None:
    """Other labels, another gate and no schema on disk and in the index."""
    (folder / R3 / "ada.jsonl").write_text("not json\n")
    (folder / "checks/mood.yaml").write_text("rules: {}\n")
    (folder / "schemas/mood.yaml").unlink()
    (folder / "labels/mood/r9").mkdir()
    (folder / "labels/mood/r9/ada.jsonl").write_text("{}\n")
    git(folder, "add", "--all")
    (folder / "labels/annotators/ada.yaml").write_text("{role: lead, handle: ada-x}\n")


def _replaced(folder: Path) -> None:
    """The head is replaced by a commit that has nothing but the first answer, and the schema by one that allows all."""
    honest = git(folder, *_SOMEBODY, "commit-tree", "origin/pr~2^{tree}", "-p", "origin/pr~3", "-m", "honest")
    git(folder, "replace", "origin/pr", honest)
    blob = git(folder, "rev-parse", "origin/main:schemas/mood.yaml")
    git(folder, "replace", blob, git(folder, "hash-object", "-w", "--stdin", given=b"type: object\n"))


def _grafted(folder: Path) -> None:
    """The head has the base's tip for its parent, and the base nothing before it."""
    head, base = (git(folder, "rev-parse", name) for name in (HEAD, BASE))
    (folder / ".git/info").mkdir(exist_ok=True)
    (folder / ".git/info/grafts").write_text(f"{head} {base}\n{base}\n")


def _without(name: str) -> Then:
    """An object is gone."""

    def _lose(folder: Path) -> None:
        wanted = git(folder, "rev-parse", name)
        packs = list((folder / ".git/objects/pack").glob("*.pack"))
        for pack in packs:
            moved = pack.rename(folder / pack.name)
            pack.with_suffix(".idx").unlink()
            git(folder, "unpack-objects", "-q", given=moved.read_bytes())
            moved.unlink()
        (folder / ".git/objects" / wanted[:2] / wanted[2:]).unlink()

    return _lose


def _spoiled(folder: Path) -> None:
    """A blob of the head has other bytes than its name says."""
    _without(f"{HEAD}:{R3}/ada.jsonl")(folder)
    name = git(folder, "rev-parse", f"{HEAD}:{R3}/ada.jsonl")
    place = folder / ".git/objects" / name[:2] / name[2:]
    place.write_bytes(b"spoiled")


def _both_changed(scene: Scene) -> Request:
    """Base and head each change a line of one file, and the file as it was where they parted is gone."""
    shop, lines = scene.shop("main"), FILES[_ITEMS].splitlines(keepends=True)
    for name, changed in (("one-end", ["{}\n", *lines[1:]]), ("other-end", [*lines[:-1], "{}\n"])):
        shop.at("main").commit({_ITEMS: "".join(changed)}, by="noor")
        shop.git("branch", "--force", name)
    folder = scene.place / "clones/both"
    folder.parent.mkdir(exist_ok=True)
    git(scene.place, "clone", "--quiet", f"file://{scene.root}", str(folder))
    _without(f"origin/main:{_ITEMS}")(folder)
    return Request(base="origin/one-end", head="origin/other-end", folder="clones/both")


def _more_main(folder: Path) -> None:
    git(folder, "fetch", "--quiet", "--depth", "4", "origin", "+refs/heads/main:refs/remotes/origin/main")


_SPARSE = _all(_git("sparse-checkout", "set", "--cone", "docs"))
_ON_PR = ("-b", "pr")
_READS = {
    "check": ("check",),
    "check --require-base": ("check", "--require-base"),
    "review": ("review",),
    "guideline lint": ("guideline", "lint", "mood"),
    "guideline impact": ("guideline", "impact", "mood"),
    "guideline verify": ("guideline", "verify", "mood"),
    "log": ("log", "i5", "--task", "mood"),
}  # fmt: skip


def _case(name: str, outcome: str, says: str, make, kind: str = "clone", **more) -> Case:
    return Case(kind=kind, name=name, outcome=outcome, says=says, make=make, **more)


GATE, LABEL = "needs a lead", "needs a lead"
CLONES = (
    _case("whole", REFUSED, GATE, _clone()),
    _case("on the branch itself", REFUSED, GATE, _clone(*_ON_PR, head="HEAD")),
    _case("whole, and its first parent alone is named", REFUSED, GATE, _clone(base="origin/main~2")),
    *(_case(f"depth 1 of the branch: {name}", UNKNOWN, FETCH, _clone("--depth", "1", *_ON_PR, command=command), "shallow")
      for name, command in _READS.items()),
    *(_case(f"depth {depth} of every branch", UNKNOWN, FETCH, _clone("--depth", str(depth), "--no-single-branch"), "shallow")
      for depth in (1, 2)),
    _case("depth 3, the fork is no commit of the branch", UNKNOWN, FETCH, _clone("--depth", "3", "--no-single-branch"), "shallow"),
    _case("depth 4, the fork is the last commit", REFUSED, GATE, _clone("--depth", "4", "--no-single-branch"), "shallow"),
    _case("depth 5", REFUSED, GATE, _clone("--depth", "5", "--no-single-branch"), "shallow"),
    _case("depth 2 of the branch, the base deeper", UNKNOWN, FETCH, _clone("--depth", "2", *_ON_PR, then=_more_main, head="HEAD"), "shallow"),
    _case("deepened until it is whole", REFUSED, GATE,
          _clone("--depth", "1", "--no-single-branch", then=_git("fetch", "--quiet", "--unshallow")), "shallow"),
    _case("the branch alone", UNKNOWN, FETCH, _clone("--single-branch", *_ON_PR, command=("review",)), "single branch"),
    _case("the branch alone, and its base is named", UNKNOWN, FETCH, _clone("--single-branch", *_ON_PR, head="HEAD"), "single branch"),
    _case("the branch alone: check --require-base", UNKNOWN, FETCH,
          _clone("--single-branch", *_ON_PR, command=("check", "--require-base")), "single branch"),
    _case("the branch alone, against a commit that it has", REFUSED, GATE, _clone("--single-branch", *_ON_PR, base="HEAD~3", head="HEAD"), "single branch"),
    _case("no blobs", UNKNOWN, FETCH, _clone("--filter=blob:none", "--no-checkout", then=_git("checkout", "main", "--", "checks")), "partial"),
    _case("no blobs but those checked out", UNKNOWN, FETCH, _clone("--filter=blob:none"), "partial"),
    _case("no blobs but those checked out, on the branch: check", REFUSED, "label/schema", _clone("--filter=blob:none", *_ON_PR, command=("check",)), "partial"),
    _case("no trees but those checked out, on the branch: check", UNKNOWN, FETCH, _clone("--filter=tree:0", *_ON_PR, command=("check",)), "partial"),
    _case("no trees", UNKNOWN, FETCH, _clone("--filter=tree:0"), "partial"),
    _case("no large blobs, and none is", REFUSED, GATE, _clone("--filter=blob:limit=1m"), "partial"),
    _case("a folder alone is checked out", REFUSED, GATE, _clone(then=_SPARSE), "sparse"),
    _case("a folder alone, of a branch: check", REFUSED, "label/schema", _clone(*_ON_PR, then=_SPARSE, command=("check",)), "sparse"),
    _case("a folder alone, of a branch: check --all", REFUSED, "label/schema", _clone(*_ON_PR, then=_SPARSE, command=("check", "--all")), "sparse"),
    _case("nothing is checked out", REFUSED, GATE, _clone("--no-checkout"), "sparse"),
    _case("a linked work tree", REFUSED, GATE, _clone(then=_work_tree), "work tree"),
    _case("a linked work tree of a bare clone", REFUSED, GATE, _clone("--bare", then=_work_tree, base="main", head="pr"), "work tree"),
    _case("other labels on disk and in the index", REFUSED, GATE, _clone(then=_dirty), "work tree"),
    _case("a mirror", REFUSED, GATE, _clone("--mirror", base="main", head="pr"), "work tree"),
    _case("have no commit in common", UNKNOWN, "have no commit in common", _clone(head="origin/alone"), "unrelated"),
    _case("no common history, and shallow", UNKNOWN, FETCH, _clone("--depth", "2", "--no-single-branch", head="origin/alone"), "unrelated"),
    _case("no common history: check", UNKNOWN, "have no commit in common", _clone("-b", "alone", command=("check",)), "unrelated"),
    _case("replaced commits and blobs", REFUSED, GATE, _clone(then=_replaced), "replaced"),
    _case("grafts", REFUSED, GATE, _clone(then=_grafted), "replaced"),
    _case("a borrowed store of objects", REFUSED, GATE, _clone("--shared"), "replaced"),
    *(_case(f"without {what}", UNKNOWN, FETCH, _clone(then=_without(name)), "missing object") for what, name in {
        "a commit of the branch": "origin/pr~1", "the fork": "origin/pr~3", "the base's first commit's blob": f"{BASE}:checks/mood.yaml",
        "a tree of the branch": "origin/pr:labels/mood", "a blob of the branch": f"{HEAD}:{R3}/ada.jsonl",
        "a blob that neither side changes": f"{BASE}:schemas/song.yaml",
    }.items()),
    _case("without what both sides changed, as it was", UNKNOWN, FETCH, _both_changed, "missing object"),
    _case("a blob that is spoiled", UNKNOWN, FETCH, _clone(then=_spoiled), "missing object"),
    *(_case(f"with {name} in the environment", REFUSED, GATE, _clone(), "environment", environment=environment)
      for name, environment in {
          "another repository": {"GIT_DIR": "/nowhere"},
          "another store of objects": {"GIT_OBJECT_DIRECTORY": "/nowhere"},
          "another index and work tree": {"GIT_INDEX_FILE": "/nowhere", "GIT_WORK_TREE": "/"},
          "a setting": {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "merge.renames", "GIT_CONFIG_VALUE_0": "false"},
      }.items()),
)  # fmt: skip
