"""Run the project's own checks, `checks/check_*.py`: each file with pytest in a child process of its own."""

import os
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import assay
from assay.core import CheckResult, Outcome
from assay.errors import ChecksError
from assay.gate.check_child import BrokenCheck, ChildNotes, read_notes
from assay.gate.evidence import changes, judged_inputs
from assay.git import Ended, run_each, without_credentials
from assay.project import Project

SECONDS = 300.0
MEMORY_MIB = 4096
AT_ONCE = 4
RUNNER = "checks"
_ODD = ("[", "]", "::")
_KEPT = re.compile(r"PATH|LANG|LC_[A-Z]+|TZ|TMPDIR|VIRTUAL_ENV|PYTHONHASHSEED")
_OURS = {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    # One thread a child, and an allocator that sets no gigabyte of addresses aside.
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
# The child runs the assay that starts it, also where that is not the one installed.
_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); import assay; del sys.path[0]; "
    "from assay.gate.check_child import run_child; run_child()"
)
_PASSED, _FAILED, _NONE = 0, 1, 5
_LET_END = "remove what ends the process: a check must return or raise"
_LAST_LINES = 12
_WORD_LIMIT = 240
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    seconds: float
    memory_mib: int


def run_checks(
    project: Project,
    *,
    seconds: float = SECONDS,
    memory_mib: int = MEMORY_MIB,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[CheckResult, ...]:
    """The result of every check, sorted by id; none where the project has no checks.

    Each file has `seconds`, `memory_mib` of addresses, an environment of a few variables and a folder for what it
    writes; nothing of another file's run, of the environment's Python and pytest settings or of the project's conftest
    reaches it. A file that is wrong in itself or holds no check fails, and all of them do where one changes what is
    judged. `progress` hears how many of how many files are done.

    Raises:
        ChecksError: a check could not be run to its end, or lacked something that is not in the project: a module,
            pytest, time, memory. Then nothing is known, not even of those that ended.
    """
    files = sorted(path.relative_to(project.root).as_posix() for path in (project.root / "checks").glob("check_*.py"))
    if not files:
        return ()
    if odd := [file for file in files if any(sign in file for sign in _ODD)]:
        raise ChecksError(
            f"{', '.join(odd[:_NAMED])}: pytest cannot run a file of such a name, so nothing is judged",
            fix=f"rename it: without {', '.join(_ODD)}",
        )
    limits = _Limits(seconds=seconds, memory_mib=memory_mib)
    judged = judged_inputs(project)
    stamps = _stamps(project.root, judged)
    notes: dict[str, ChildNotes] = {}
    with TemporaryDirectory(prefix="assay-checks-", ignore_cleanup_errors=True) as scratch:
        commands = [_command(project.root, file, scratch, limits) for file in files]
        at_once = min(AT_ONCE, os.cpu_count() or 1)
        kept = {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)}
        environment = {"PYTHONHASHSEED": "0", **kept, **_OURS}
        ends = run_each(commands, cwd=project.root, environment=environment, seconds=seconds, at_once=at_once)
        with closing(ends):
            for place, ended in ends:
                notes[files[place]] = _read_notes(files[place], ended, limits)
                progress(len(notes), len(files))
    _require_whole({file: notes[file].broken for file in files if notes[file].broken}, len(files))
    results = [result for file in files for result in notes[file].results]
    empty = "this file has no check; a check is a function whose name starts with check_ or test_"
    results += [CheckResult(id=one, outcome=Outcome.FAIL, message=empty) for one in files if not notes[one].results]
    tampered = tuple(changes(judged, judged_inputs(project), since="the checks began, and a check may only read"))
    if not tampered:
        _require_untouched(stamps, _stamps(project.root, judged))
    results += [CheckResult(id=RUNNER, outcome=Outcome.FAIL, message=change) for change in tampered]
    return tuple(sorted(results, key=lambda result: result.id))


def _command(root: Path, file: str, scratch: str, limits: _Limits) -> list[str]:
    ours = str(Path(assay.__file__).parents[1])
    bounds = (f"{limits.seconds:g}", str(limits.memory_mib))
    # -I would do the same and ignore PYTHONHASHSEED, without which a message about a set differs each time.
    return [sys.executable, "-P", "-s", "-B", "-u", "-c", _START, ours, str(root), file, scratch, *bounds]


def _read_notes(file: str, ended: Ended, limits: _Limits) -> ChildNotes:
    """The notes of a child; what is missing in them is noted as broken."""
    try:
        notes = read_notes(file, ended.stdout)
    except ValueError as error:
        why = f"its results cannot be read ({error})"
        notes = ChildNotes(
            collected=None, results=(), broken=(_stopped(file, ended, why, "let only pytest write results"),)
        )
    if notes.broken or (stop := _incomplete(notes, ended, limits)) is None:
        return notes
    return replace(notes, broken=(_stopped(file, ended, *stop),))


def _incomplete(notes: ChildNotes, ended: Ended, limits: _Limits) -> tuple[str, str] | None:
    """Why the results are incomplete, and the fix; None where they are complete."""
    if ended.code is None:
        return (f"was stopped after {limits.seconds:g} s", "make it faster, or split the file: each file has that time")
    if ended.code < 0:
        name = next((one.name for one in signal.Signals if one == -ended.code), f"signal {-ended.code}")
        return (
            f"was killed by {name}",
            f"its last output may say why; each check file may use {limits.memory_mib} MiB",
        )
    clean = ended.code in {_PASSED, _FAILED, _NONE}
    if missing := notes.missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        return f"ended with code {ended.code} before {', '.join(missing[:_NAMED])}{more} had a result", _LET_END
    if notes.collected is None or not (clean or notes.results):
        return f"ended with code {ended.code} before it knew which checks there are", _LET_END
    if not clean or (ended.code == _FAILED and all(result.outcome is not Outcome.FAIL for result in notes.results)):
        return f"ended with code {ended.code} after its results", _LET_END
    return None


def _stopped(file: str, ended: Ended, why: str, fix: str) -> BrokenCheck:
    lines = ended.stderr.decode(errors="replace").strip().splitlines()
    words = [f"\n    | {line[:_WORD_LIMIT]}" for line in lines[-_LAST_LINES:]]
    return BrokenCheck(id=file, why=f"{why}{''.join(words)}", fix=fix)


def _require_whole(broken: Mapping[str, Sequence[BrokenCheck]], files: int) -> None:
    if not broken:
        return
    lines = [f"  {one.id}: {one.why}" for notes in broken.values() for one in notes[:_NAMED]]
    lines += [f"  {file}: and {len(notes) - _NAMED} more" for file, notes in broken.items() if len(notes) > _NAMED]
    fixes = dict.fromkeys(one.fix for notes in broken.values() for one in notes[:_NAMED])
    raise ChecksError(
        f"{len(broken)} of {files} check files could not be run, so nothing is judged\n"
        + without_credentials("\n".join(lines)),
        fix="\n  ".join((*fixes, "then run `dvc repro`: nothing of this run is kept")),
    )


def _stamps(root: Path, judged: Mapping[str, str]) -> dict[str, str]:
    """When each judged file was last touched, and the compiled checks that pytest would read in their place."""
    compiled = (path.relative_to(root).as_posix() for path in (root / "checks").rglob("*.pyc"))
    statuses = {name: (root / name).stat() for name in (*judged, *compiled) if (root / name).is_file()}
    return {name: f"{status.st_ino} {status.st_ctime_ns}" for name, status in statuses.items()}


def _require_untouched(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    for change in changes(before, after, since="the checks began, though it is again what it was"):
        raise ChecksError(
            f"nothing is judged: {change}",
            fix="run `dvc repro` again when nothing else writes here; if it happens again, a check writes, and a check "
            "may only read",
        )
