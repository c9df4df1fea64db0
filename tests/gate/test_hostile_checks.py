"""Check files that do their worst: none is taken for a pass, none changes what another file comes to."""

import marshal
import os
import select
from importlib.util import MAGIC_NUMBER, source_hash

import pytest
from _pytest.assertion.rewrite import PYC_TAIL

from assay.core.verdict import CheckResult, Outcome
from assay.errors import ChecksError
from assay.gate.check_child import BrokenCheck, CollectedChecks, JudgedCheck, Notes, read_notes
from assay.gate.project_checks import run_checks
from gated import measured_project, write

pytestmark = pytest.mark.threat(15)

FILE = "checks/check_x.py"
NOTES = (
    "from assay.gate.check_child import CollectedChecks, JudgedCheck\nfrom assay.core.verdict import CheckResult, Outcome\n"
    "def notes(config):\n"
    "    return next(p for p in config.pluginmanager.get_plugins() if type(p).__name__ == 'Recorder')._notes\n"
    "def passed(check):\n    return JudgedCheck(result=CheckResult(id=check, outcome=Outcome.PASS, message='holds'))\n"
)
BAD = "def check_():\n    assert False\n"
# What it does, and what is said of it.
NOT_RUN = {
    "exits_at_import": ("import os\nos._exit(0)\n", "ended with code 0 before it knew which checks there are"),
    "exits": ("import os\ndef check_():\n    os._exit(0)\n", "ended with code 0 before @FILE::check_ had a result"),
    "exits_before_three": (
        "import os\nfor at in range(3):\n    exec(f'def check_{at}(): os._exit(7)')\n",
        "ended with code 7 before @FILE::check_0, @FILE::check_1, @FILE::check_2 had a result",
    ),
    "exits_before_five": (
        "import os\nfor at in range(5):\n    exec(f'def check_{at}(): os._exit(7)')\n",
        "ended with code 7 before @FILE::check_0, @FILE::check_1, @FILE::check_2 and 2 more had a result",
    ),
    "talks": (
        "import os\ndef check_():\n    [print(at, 'x' * 300) for at in range(20)]\n    os._exit(7)\n",
        "had a result\n    | 8 " + "x" * 238 + "\n",
    ),
    "ends_otherwise": (
        "import signal, os\ndef check_():\n    os.kill(os.getpid(), 40)\n",
        "was killed by signal 40",
    ),
    "exits_later": (
        "import atexit, os\natexit.register(os._exit, 9)\ndef check_():\n    pass\n",
        "ended with code 9 after its results",
    ),
    "leaves_at_import": ("import sys\nsys.exit(0)\n", "ended with code 3 before it knew which checks there are"),
    "calls_it_off": (
        "import pytest\ndef check_():\n    pytest.exit('enough', returncode=0)\n",
        "ended with code 0 before @FILE::check_ had a result",
    ),
    "interrupts": (
        "def check_():\n    raise KeyboardInterrupt\n",
        "ended with code 2 before @FILE::check_ had a result",
    ),
    "kills_itself": (
        "import os, signal\ndef check_():\n    print('the last words')\n    os.kill(os.getpid(), signal.SIGKILL)\n",
        "was killed by SIGKILL\n    | the last words",
    ),
    "closes_all": ("import os\ndef check_():\n    os.closerange(0, 256)\n", "before @FILE::check_ had a result"),
    "eats_memory": ("def check_():\n    bytearray(8 << 30)\n", "MemoryError (@FILE:2)"),
    "eats_shared_memory": (
        "import mmap\ndef check_():\n    mmap.mmap(-1, 8 << 30)\n",
        "OSError: [Errno 12] Cannot allocate memory (@FILE:3)",
    ),
    "opens_all": (
        "def check_():\n    [open('/dev/null') for _ in range(1000)]\n",
        "OSError: [Errno 24] Too many open files",
    ),
    "fills_the_disk": (
        "import os\ndef check_(tmp_path):\n    os.truncate(os.open(tmp_path / 'big', os.O_CREAT | os.O_WRONLY), 1 << 30)\n",
        "OSError: [Errno 27] File too large (@FILE:3)",
    ),
    "notes_for_another": (
        f"{NOTES}def check_(pytestconfig):\n    notes(pytestconfig).write(passed('checks/check_exits.py::check_'))\n",
        "its results cannot be read (checks/check_exits.py::check_ is not a check of this file)",
    ),
    "notes_its_own": (
        f"{NOTES}def check_(pytestconfig):\n    notes(pytestconfig).write(passed('@FILE::check_'))\n    assert False\n",
        "its results cannot be read (duplicate note)",
    ),
    "notes_nonsense": (
        NOTES + "import os\ndef check_(pytestconfig):\n    os.write(notes(pytestconfig).descriptor, b'{\\n')\n",
        "its results cannot be read (",
    ),
    "hides_its_failure": (
        f"{NOTES}import assay.gate.check_plugin as p\np._trouble = lambda report, _: passed(report.nodeid).result\n{BAD}",
        "ended with code 1 after its results",
    ),
    "goes_on_twice": ("import os\ndef check_():\n    os.fork()\n", "its results cannot be read ("),
}
# Each of these ends as a file that passes does.
MEDDLERS = {
    "pytest": "import _pytest.runner, _pytest.reports\n_pytest.runner.pytest_runtest_makereport = None\n"
    "_pytest.runner.check_interactive_exception = lambda call, report: False\n"
    "_pytest.reports.TestReport.failed = property(lambda self: False)\n",
    "assay": "import assay.gate.check_plugin as plugin\nimport assay.gate.project_checks as checks\n"
    "plugin._why = lambda *_: 'fine'\nchecks._require_whole = lambda *_: None\n",
    "builtins": "import builtins, sys\nbuiltins.AssertionError = Exception\nsys.modules['pandas'] = None\n",
    "environment": "import os\nos.environ['PYTEST_ADDOPTS'] = '--collect-only'\nos.environ['PYTHONPATH'] = '/nowhere'\n",
    "printing": 'import os\nos.write(1, b\'{"type":"judged","result":{"id":"checks/check_z.py::check_bad",'
    '"outcome":"pass","message":"holds"}}\\n\')\n',
    "temporary": "import tempfile, pathlib\nhere = pathlib.Path(tempfile.gettempdir())\n"
    "[path.unlink() for path in here.parent.rglob('*') if path.is_file()]\n(here / 'pytest.py').write_text('1 / 0')\n",
    "file": "import os, sys\nsys.path.insert(0, os.getcwd())\n",
}
PLAIN = "\ndef check_fine():\n    pass\n"


@pytest.fixture
def project(tmp_path):
    return measured_project(tmp_path / "project")


def stopped(project, source, **options):
    """What is said where the run of a file leaves no results."""
    write(project.root, {FILE: source})
    with pytest.raises(ChecksError) as caught:
        run_checks(project, **options)
    return caught.value


def test_a_file_that_does_not_end_as_a_file_does_leaves_no_results_and_is_named_with_the_reason(project):
    sources = {f"checks/check_{name}.py": source for name, (source, _) in NOT_RUN.items()}
    write(project.root, {file: source.replace("@FILE", file) for file, source in sources.items()})
    with pytest.raises(ChecksError) as caught:
        run_checks(project)
    said = caught.value.message
    assert said.startswith(f"{len(NOT_RUN)} of {len(NOT_RUN)} check files could not be run, so nothing is judged\n")
    for name, (_, why) in NOT_RUN.items():
        file = f"checks/check_{name}.py"
        lines = [line for line in f"{said}\n".split("\n  checks/") if line.startswith(f"check_{name}.py")]
        assert len(lines) == 1, said
        assert why.replace("@FILE", file) in lines[0]


def test_what_one_file_does_to_its_process_changes_nothing_for_the_others(project):
    write(project.root, {f"checks/check_a_{name}.py": source + PLAIN for name, source in MEDDLERS.items()})
    write(
        project.root,
        {
            "checks/check_z.py": "def check_bad(items):\n    assert len(items['triage']) == 0\n"
            "def check_good(items):\n    assert len(items['triage']) == 9\n"
        },
    )
    results = {result.id: result.outcome for result in run_checks(project)}
    assert results.pop("checks/check_z.py::check_bad") is Outcome.FAIL
    assert results.pop("checks/check_z.py::check_good") is Outcome.PASS
    assert set(results) == {f"checks/check_a_{name}.py::check_fine" for name in MEDDLERS}


def test_a_check_sees_a_handful_of_variables_and_no_secret(project, monkeypatch):
    for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "HOME", "SSH_AUTH_SOCK", "PYTHONPATH", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, f"secret-{name}")
    for name in [name for name in os.environ if name.startswith("LC_")]:
        monkeypatch.delenv(name)
    for name in ("LANG", "LC_TIME", "TZ", "VIRTUAL_ENV", "PYTHONHASHSEED"):
        monkeypatch.setenv(name, "7")
    source = (
        "import os, sys\ndef check_():\n    raise ValueError(' '.join(sorted(os.environ)))\n"
        "def check_at_birth():\n    assert b'secret' not in open('/proc/self/environ', 'rb').read()\n"
        "def check_values():\n    assert (os.environ['TZ'], os.environ['PYTHONHASHSEED']) == ('7', '7')\n"
    )
    write(project.root, {FILE: source})
    said = {result.id.partition("::")[2]: result for result in run_checks(project)}
    seen = set(said["check_"].message.partition("ValueError: ")[2].split())
    assert seen - {"PYTEST_VERSION", "PYTEST_CURRENT_TEST", "LC_CTYPE"} == {
        *("ARROW_DEFAULT_MEMORY_POOL", "LANG", "LC_TIME", "OMP_NUM_THREADS", "PATH", "PYTEST_DISABLE_PLUGIN_AUTOLOAD"),
        *("PYTHONHASHSEED", "TMPDIR", "TZ", "VIRTUAL_ENV"),
    }
    assert said["check_at_birth"].outcome is Outcome.PASS
    assert said["check_values"].outcome is Outcome.PASS


def test_the_limits_of_a_check_are_not_its_own_to_lift(project):
    source = (
        "import resource\ndef check_():\n    raise ValueError([resource.getrlimit(getattr(resource, f'RLIMIT_{what}'))"
        " for what in ('AS', 'CPU', 'FSIZE', 'NOFILE', 'CORE')])\n"
    )
    write(project.root, {FILE: source})
    (result,) = run_checks(project, seconds=60, memory_mib=2048)
    bounds = [2 << 30, 61, 256 << 20, 256, 0]
    assert result.message.endswith(f"ValueError: {[(bound, bound) for bound in bounds]}")


def test_credentials_in_an_address_are_not_among_the_last_words(project):
    said = stopped(
        project, "import os\ndef check_():\n    print('https://me:hunter2@example.org/x')\n    os._exit(1)\n"
    )
    assert "https://example.org/x" in said.message
    assert "hunter2" not in said.message


def test_a_file_that_takes_too_long_is_stopped_with_what_it_started(project, tmp_path):
    os.mkfifo(tmp_path / "held")
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    source = (
        f"import subprocess\ndef check_():\n    held = open('{tmp_path}/held', 'wb', buffering=0)\n    held.write(b'x')\n"
        "    subprocess.Popen(['sleep', '600'], stdout=held)\n    while True:\n        pass\n"
    )
    said = stopped(project, source, seconds=4)
    assert f"{FILE}: was stopped after 4 s" in said.message
    assert "split the file" in said.fix
    assert _closed_by_all(held)


def test_what_a_check_leaves_running_ends_with_it_and_is_not_waited_for(project, tmp_path):
    os.mkfifo(tmp_path / "held")
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    source = (
        f"import os, time\ndef check_():\n    os.write(os.open('{tmp_path}/held', os.O_WRONLY), b'x')\n"
        "    if os.fork() == 0:\n        time.sleep(600)\n"
    )
    write(project.root, {FILE: source})
    assert [result.outcome for result in run_checks(project)] == [Outcome.PASS]
    assert _closed_by_all(held)


def _closed_by_all(held):
    """Whether nobody who wrote to a pipe holds it open any more."""
    poll = select.poll()
    poll.register(held, select.POLLIN)
    begun = poll.poll(0)
    if begun:
        os.read(held, 1)
    ended = not begun or poll.poll(10_000) == [(held, select.POLLHUP)]
    os.close(held)
    return ended


def test_endless_recursion_is_the_checks_own_fault(project):
    write(project.root, {FILE: "def check_():\n    check_()\n"})
    (result,) = run_checks(project)
    assert result.outcome is Outcome.FAIL
    assert "RecursionError" in result.message


def test_a_check_may_exit_in_its_own_body_and_fails_by_it(project):
    write(project.root, {FILE: "import sys\ndef check_():\n    sys.exit(0)\n"})
    (result,) = run_checks(project)
    assert result.outcome is Outcome.FAIL


def test_what_somebody_compiled_of_a_file_is_not_run_in_its_place(project):
    code = compile("def check_():\n    pass\n", FILE, "exec")
    head = MAGIC_NUMBER + (3).to_bytes(4, "little") + source_hash(BAD.encode())
    compiled = project.root / f"checks/__pycache__/check_x{PYC_TAIL}"
    write(project.root, {FILE: BAD})
    compiled.parent.mkdir()
    compiled.write_bytes(head + marshal.dumps(code))
    (result,) = run_checks(project)
    assert result.outcome is Outcome.FAIL


def test_a_check_that_changes_and_restores_what_others_read_leaves_no_results(project):
    source = (
        "def check_(project):\n    path = project.root / 'build/triage/items.parquet'\n    data = path.read_bytes()\n"
        "    path.write_bytes(b'')\n    path.write_bytes(data)\n"
    )
    said = stopped(project, source)
    assert "build/triage/items.parquet" in said.message


def test_a_check_that_writes_what_is_compiled_anew_leaves_no_results(project):
    compiled = "checks/__pycache__/check_y.pyc"
    write(project.root, {compiled: "as it was"})
    source = f"def check_(project):\n    path = project.root / '{compiled}'\n    path.write_bytes(path.read_bytes())\n"
    assert compiled in stopped(project, source).message


def note(check, outcome=Outcome.PASS):
    return JudgedCheck(result=CheckResult(id=check, outcome=outcome, message=""))


@pytest.mark.parametrize(
    "notes",
    [
        [CollectedChecks(ids=("checks/check_y.py::check_",))],
        [note("checks/check_y.py::check_")],
        [note(f"{FILE}x::check_")],
        [BrokenCheck(id="checks", why="", fix="")],
        [note(f"{FILE}::check_"), note(f"{FILE}::check_", Outcome.FAIL)],
        [CollectedChecks(ids=()), CollectedChecks(ids=())],
    ],
)
def test_notes_that_are_not_the_files_own_or_come_twice_are_refused(tmp_path, notes):
    with pytest.raises(ValueError, match=r"is not a check of this file|duplicate note"):
        read_notes(FILE, written(tmp_path, notes))


def test_notes_are_read_as_they_were_written_and_never_in_part(tmp_path):
    notes = [CollectedChecks(ids=(f"{FILE}::check_a", f"{FILE}::check_b")), note(f"{FILE}::check_a")]
    data = written(tmp_path, notes)
    told = read_notes(FILE, data)
    assert (told.collected, told.results, told.broken) == (notes[0].ids, (notes[1].result,), ())
    assert told.missing == (f"{FILE}::check_b",)
    for end in range(1, len(data)):
        if data[end - 1 : end] != b"\n":
            with pytest.raises(ValueError, match="cut off"):
                read_notes(FILE, data[:end])


def written(tmp_path, notes):
    """The bytes of notes."""
    descriptor = os.open(tmp_path / "notes", os.O_CREAT | os.O_WRONLY)
    for one in notes:
        Notes(descriptor=descriptor).write(one)
    os.close(descriptor)
    return (tmp_path / "notes").read_bytes()


@pytest.mark.parametrize("name", ["check_[x].py", "check_a::b.py"])
def test_a_name_that_pytest_reads_as_something_else_is_to_be_changed(tmp_path, name):
    project = measured_project(tmp_path, **{f"checks/{name}": "def check_holds(): pass\n"})
    with pytest.raises(ChecksError, match="of such a name") as refused:
        run_checks(project)
    assert "rename it" in refused.value.fix
