"""`assay upgrade`: takes a project to this assay. It says what it would write; it writes all of it, or nothing."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assay import __version__
from assay.clone.forge_files import LOCK, REQUIREMENTS, lock_command
from assay.clone.project_files import project_templates
from assay.core import Json
from assay.errors import AssayError, ConfigError, UsageError
from assay.files import digest_bytes, inside, load_yaml, read_bytes, set_scalar, write_all
from assay.project import PROJECT_FILE, Project, holds_assay, is_later, version_fix

PIPELINE = "dvc.yaml"
PLOT = ".dvc/plots/agreement.json"
QUEUE = "queue.parquet"
WRITTEN: Mapping[str, tuple[str, ...]] = {
    PIPELINE: (
        "6144c86a6a972a0badf5b133b98523dbbe54aa4ab5fbdd9f5f3b1ee61bede63a",
        "7994fa8121353ed7cc86bc09329c02c6eaf311eaf7a97a2e914020497ceacdcb",
        "b9ebe1e4debd05ab17de82234f818b8dd0ffe11bf37beecc76f2e424bcd74edf",
        "90e2249d13fbf5f7c3db629f421b02b790533a7b15de65d825f1c6ddcbbcc42c",
        "ea7aa88135d00208cbc45338afc78db1042e3b161dcbcba995f2386fa449643f",
        "c2ccdefcd20276332f3cfad8d0c1f705e6053d8a9e73ee7bbc65ee220a535c84",
        "092a15c1eed3d9d1768daac192534bbb14dd6bf1e3df9af4677b9bbd72a42a0d",
    ),
    PLOT: (
        "40e29949fad244a51a2b1855546d89dcd2b7c0eaae3bb22146aa2888ac5778a0",
        "f3b7054edd9bbac6c7a162b1e5e5664bf4e7810a5770a9fe75bd2df7dfe0f1f1",
    ),
}
"""Of files that `assay init` writes and DVC reads, the SHA-256 of every version that it has written: these have no lines of the user."""

PIN = re.compile(r"^(assay-labels(?:\[[^\]\n]*\])?==)([0-9][^\s;\\]*)", re.MULTILINE)
"""A line of pip's requirements that pins assay: the text before its version, and the version."""

_STAGE = re.compile(r"\bassay (?:schema|agreement|policy|consensus|quality|gate|release build)\b")
_WHAT = {PIPELINE: "the current pipeline of `assay init`", PLOT: "the current plot of `assay init`"}
_WHY = {
    PIPELINE: "assay and format are parameters of every stage, so that a new version measures again; `policy` is a stage, and "
    "`quality` makes the review queue",
    PLOT: "`dvc plots show` then draws the bound beside alpha of each value",
}
_PARAMETERS = ("format", "assay")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeChange:
    """A file that an upgrade writes: by its path below the root, what changes in it, and why; its bytes before and after."""

    path: str
    what: str
    why: str
    before: bytes
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What takes a project to this assay: the files to write, what a person must write, and what to do after it."""

    changes: tuple[UpgradeChange, ...]
    by_hand: tuple[str, ...]
    after: tuple[str, ...]


def plan_upgrade(project: Project) -> Upgrade:
    """What takes the project to this assay; nothing where it is there already. Nothing is written.

    Raises:
        UsageError: a later assay measures the project, and it is not taken back.
        ConfigError: `checks/project.yaml` is written in a way that cannot be edited.
    """
    if is_later(project):
        raise UsageError(
            f"{PROJECT_FILE} states assay {project.assay}, and this is assay {__version__}: "
            "a project cannot be downgraded",
            fix=version_fix(project),
        )
    if holds_assay(project.root) and not project.assay:
        return Upgrade(changes=(), by_hand=(), after=())
    changes = tuple(_changes(project))
    after = (lock_command(),) if any(change.path == REQUIREMENTS for change in changes) else ()
    again = ("dvc repro",) if any(change.path != REQUIREMENTS for change in changes) else ()
    return Upgrade(changes=changes, by_hand=tuple(_left(project.root)), after=(*after, *again))


def write_upgrade(project: Project, upgrade: Upgrade) -> None:
    """Writes the files of an upgrade, all or none.

    Raises:
        UsageError: another command is writing here, a file changed since it was read, or the disk refuses.
    """
    was = {change.path: digest_bytes(change.before) for change in upgrade.changes}
    write_all(project.root, {change.path: change.data for change in upgrade.changes}, was=was)


def pins(root: Path) -> Mapping[str, str]:
    """The version of assay that each file of pip's requirements pins, of those that pin one."""
    found = {name: PIN.search(_text(root / name)) for name in (REQUIREMENTS, LOCK)}
    return {name: pin[2] for name, pin in found.items() if pin is not None}


def _changes(project: Project) -> Iterator[UpgradeChange]:
    if project.assay != __version__:
        text = read_bytes(project.root / PROJECT_FILE).decode()
        before = f"it was {project.assay}" if project.assay else "it was not stated"
        yield UpgradeChange(
            path=PROJECT_FILE,
            what=f'assay: "{__version__}" ({before})',
            why="a stage that another version of assay runs stops, and its results are not taken for those of this version",
            before=text.encode(),
            data=set_scalar(text, PROJECT_FILE, "assay", __version__).encode(),
        )
    fresh = dict(project_templates())
    for name, digests in WRITTEN.items():
        data, now = _text(project.root / name).encode(), fresh[name].encode()
        if data != now and digest_bytes(data) in digests:
            what = f"{_WHAT[name]}; the old one had no lines of your own"
            yield UpgradeChange(path=name, what=what, why=_WHY[name], before=data, data=now)
    text = _text(project.root / REQUIREMENTS)
    pin = PIN.search(text)
    if pin is not None and pin[2] != __version__:
        yield UpgradeChange(
            path=REQUIREMENTS,
            what=f"{pin[1]}{__version__} (it was {pin[2]})",
            why="CI then uses the version of assay that the project states",
            before=text.encode(),
            data=PIN.sub(rf"\g<1>{__version__}", text).encode(),
        )


def _left(root: Path) -> Iterator[str]:
    """What a person must do: about a file that cannot be read, and in a pipeline that holds lines of their own."""
    for name in (PIPELINE, REQUIREMENTS):
        if why := _unreadable(root, name):
            yield f"{name} cannot be read, so what it lacks is not known: {why}. Fix that, then run `assay upgrade` again"
    text = _text(root / PIPELINE)
    if not text or digest_bytes(text.encode()) in WRITTEN[PIPELINE]:
        return
    try:
        stages = dict(_stages(load_yaml(text.encode(), PIPELINE).value))
        lacking = [name for name, body in stages.items() if not _has(body)]
    except ConfigError:
        stages = dict(_stages(load_yaml(dict(project_templates())[PIPELINE].encode(), PIPELINE).value))
        lacking = list(stages)
    if lacking:
        lines = "\n".join(f"          - {name}" for name in _PARAMETERS)
        yield (
            f"{PIPELINE} has lines of your own, so it is not changed. Add to the stages {', '.join(lacking)}:\n"
            f"    params:\n      - {PROJECT_FILE}:\n{lines}"
        )
    yield from _moved(stages.values())


def _moved(stages: Collection[Mapping[str, Json]]) -> Iterator[str]:
    """What moved to another stage since an edited pipeline was written."""
    commands = " ".join(str(body["cmd"]) for body in stages)
    said = []
    if policy := "assay consensus" in commands and "assay policy" not in commands:
        said.append(
            "no stage that runs `assay policy`. It writes reports/TASK/plots/agreement_values.csv, which `assay agreement` "
            "no longer does, and build/TASK/policy.json, on which `consensus` depends in place of its parameter"
        )
    if any("assay quality" in str(body["cmd"]) and QUEUE not in str(body.get("outs")) for body in stages):
        said.append(
            f"no {QUEUE} among the outputs of the stage that runs `assay quality`, which writes it now; `assay consensus` "
            "no longer does"
        )
    if said:
        text = dict(project_templates())[PIPELINE]
        first = "agreement" if policy else "consensus"
        shown = text[text.index(f"  {first}:\n") : text.index("  gate:\n")].rstrip()
        yield (
            f"{PIPELINE} has {', and '.join(said)}. Replace your stages {first} to quality with these, and add your own "
            f"lines to them:\n{shown}"
        )


def _stages(value: Json) -> Iterator[tuple[str, dict[str, Json]]]:
    """The stages that call assay, by name; of a `foreach` or `matrix`, its `do`."""
    stages = value.get("stages") if isinstance(value, dict) else None
    for name, entry in stages.items() if isinstance(stages, dict) else ():
        body = entry.get("do", entry) if isinstance(entry, dict) else None
        if isinstance(body, dict) and _STAGE.search(str(body.get("cmd"))):
            yield name, body


def _has(body: Mapping[str, Json]) -> bool:
    """Whether format and assay are parameters of a stage; a file without a list of keys is one with all of them."""
    parameters = body.get("params")
    entries = parameters if isinstance(parameters, list) else ()
    listed = [entry.get(PROJECT_FILE, ()) for entry in entries if isinstance(entry, dict)]
    return any(keys is None or (isinstance(keys, list) and set(_PARAMETERS) <= set(map(str, keys))) for keys in listed)


def _unreadable(root: Path, name: str) -> str:
    """Why the text of a file cannot be had; empty where it can, or there is no file."""
    try:
        read_bytes(inside(root, name)).decode()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        return f"byte {error.start} is not UTF-8"
    except OSError as error:
        return f"{error.strerror}"
    except AssayError as error:
        return error.message
    return ""


def _text(path: Path) -> str:
    """The text of a file; empty where there is none."""
    try:
        return read_bytes(path).decode()
    except (OSError, UnicodeDecodeError):
        return ""
