import os
import sys
import tomllib

import pytest

from assay.core.verdict import Outcome
from assay.errors import ChecksError
from assay.gate.check_child import PYTEST
from assay.gate.project_checks import run_checks
from gated import measured_project, write
from pipelines import REPOSITORY
from projects import digest_tree

pytestmark = pytest.mark.threat(15)

GOOD = "def check_good():\n    pass\n"


@pytest.fixture
def project(tmp_path):
    return measured_project(tmp_path / "project")


def outcomes(project, source, **options):
    """The outcome and message of each check, by the part of its id after the file."""
    write(project.root, {"checks/check_x.py": source})
    results = run_checks(project, **options)
    return {result.id.removeprefix("checks/check_x.py::"): (result.outcome, result.message) for result in results}


def test_a_project_without_checks_has_no_results_and_nothing_of_it_is_read(project):
    write(
        project.root,
        {"checks/triage.yaml": "rules: [", "checks/helper.py": "x = (", "checks/deeper/check_x.py": "x = ("},
    )
    assert run_checks(project) == ()


def test_checks_pass_fail_and_skip_by_id_with_a_reason(project):
    results = outcomes(
        project,
        """
import pytest

def check_holds():
    assert True

def check_fails():
    assert 1 + 1 == 3, "two is not three"

def check_skips():
    pytest.skip("no labels yet")

@pytest.mark.xfail(reason="known")
def check_expected():
    assert False

@pytest.mark.xfail
def check_expected_for_no_reason():
    assert False

def check_long():
    assert len([1]) > 10

@pytest.mark.parametrize("n", [1, 2])
def check_each(n):
    assert n == 1

@pytest.fixture
def late():
    yield
    raise RuntimeError("in teardown")

def check_teardown(late):
    pytest.skip("first")

def check_twice(late):
    assert False, "in its body"

def check_address():
    raise ValueError(object())

def check_wordy():
    raise ValueError("x" * 5000)

def test_as_pytest_has_it():
    assert False

class CheckTogether:
    def check_method(self):
        assert False

class TestTogether:
    def test_method(self):
        assert False

    def helper(self):
        assert False

def check_returns():
    return False

def helper():
    assert False
""",
    )
    assert {name: outcome for name, (outcome, _) in results.items()} == {
        "check_holds": Outcome.PASS,
        "check_fails": Outcome.FAIL,
        "check_skips": Outcome.WARN,
        "check_expected": Outcome.WARN,
        "check_expected_for_no_reason": Outcome.WARN,
        "check_long": Outcome.FAIL,
        "check_each[1]": Outcome.PASS,
        "check_each[2]": Outcome.FAIL,
        "check_teardown": Outcome.FAIL,
        "check_twice": Outcome.FAIL,
        "check_address": Outcome.FAIL,
        "check_wordy": Outcome.FAIL,
        "test_as_pytest_has_it": Outcome.FAIL,
        "CheckTogether::check_method": Outcome.FAIL,
        "TestTogether::test_method": Outcome.FAIL,
        "check_returns": Outcome.FAIL,
    }
    assert results["check_fails"][1].startswith("checks/check_x.py:8 AssertionError: two is not three")
    assert results["check_skips"][1] == "skipped: no labels yet"
    assert results["check_expected"][1] == "expected to fail: known"
    assert results["check_expected_for_no_reason"][1] == "expected to fail"
    assert results["check_long"][1] == "checks/check_x.py:22 assert 1 > 10; where 1 = len([1])"
    assert "in teardown" in results["check_teardown"][1]
    assert "in its body" in results["check_twice"][1]
    assert len(results["check_wordy"][1]) == 1_000
    assert "0x…" in results["check_address"][1]


def test_checks_are_handed_the_tables_and_reports_of_every_task(project):
    results = outcomes(
        project,
        """
def check_tables(annotations, items, consensus, reports):
    assert list(annotations) == ["triage"]
    assert len(annotations) == 1
    assert [*items["triage"]["meta"][:5]] == [{"source": "mail"}, {}, {}, {}, {}]
    assert consensus["triage"]["distribution"][0] == '{"refund":2}'
    assert sorted(reports["triage"]) == ["agreement", "consensus", "quality", "schema"]
    assert len(annotations["triage"]) == 16
    assert set(annotations["triage"]["annotator"].unique()) == {"ada", "ben"}
    assert annotations["triage"]["counts"].all()
    first = items["triage"].iloc[0]
    assert (first["data"], first["meta"]) == ({"text": "about i0"}, {"source": "mail"})
    assert (consensus["triage"]["source"] == "unanimous").sum() == 16
    assert consensus["triage"]["value"].isna().sum() == 2
    assert reports["triage"]["agreement"]["fields"]["intent"]["alpha"]["value"] == 0.83

def check_a_frame_is_a_copy(items):
    items["triage"].loc[0, "id"] = "spoilt"
    items["triage"]["data"][0]["text"] = "spoilt"
    assert items["triage"]["id"][0] == "i0"
    assert items["triage"]["data"][0] == {"text": "about i0"}

def check_unknown_task(items):
    items["nosuch"]
""",
    )
    assert results["check_tables"] == (Outcome.PASS, "holds")
    assert results["check_a_frame_is_a_copy"] == (Outcome.PASS, "holds")
    assert results["check_unknown_task"][0] is Outcome.FAIL
    assert "unknown task 'nosuch'; tasks: triage" in results["check_unknown_task"][1]


def test_a_table_that_is_not_built_fails_the_check_that_asks_for_it(project):
    (project.root / "build/triage/consensus.parquet").unlink()
    results = outcomes(project, GOOD + "def check_asks(consensus):\n    consensus['triage']\n")
    assert results["check_good"][0] is Outcome.PASS
    assert results["check_asks"][0] is Outcome.FAIL
    assert "does not exist yet" in results["check_asks"][1]


LACKING = {
    "at_import": ("import nosuch_module.part\n", "No module named 'nosuch_module' (@FILE:1)"),
    "in_a_check": ("def check_():\n    from nosuch_module import part\n", "No module named 'nosuch_module' (@FILE:2)"),
    "in_a_fixture": (
        "import pytest\n@pytest.fixture\ndef late():\n    yield\n    import nosuch_module\ndef check_(late):\n    pass\n",
        "No module named 'nosuch_module' (@FILE:5)",
    ),
    "or_skip": ("import pytest\npytest.importorskip('nosuch_module')\n", "could not import 'nosuch_module'"),
    "or_skip_old": (
        "import pytest\ndef check_():\n    pytest.importorskip('numpy', minversion='999')\n",
        "module 'numpy' has __version__",
    ),
    "expected": (
        "import pytest\n@pytest.mark.xfail\ndef check_():\n    import nosuch_module\n",
        "No module named 'nosuch_module' (@FILE:4)",
    ),
    "name": ("from json import nosuch\n", "ImportError: cannot import name 'nosuch' from 'json'"),
    "part": ("import json.nosuch\n", "No module named 'json.nosuch'"),
    "pandas": (
        "import sys\nsys.modules['pandas'] = None\ndef check_(items):\n    items['triage']\n",
        "this needs pandas",
    ),
    "network": ("def check_():\n    raise ConnectionRefusedError('nobody there')\n", "nobody there (@FILE:2)"),
    "address": (
        "import urllib.request\ndef check_():\n    urllib.request.urlopen('http://127.0.0.1:1/')\n",
        "ConnectionRefusedError",
    ),
    "unittest": (
        "import unittest\nclass CheckX(unittest.TestCase):\n    def test_a(self):\n        import nosuch_module\n",
        "No module named 'nosuch_module' (@FILE:4)",
    ),
    "plugin": ("pytest_plugins = ['nosuch_module']\ndef check_():\n    pass\n", "No module named 'nosuch_module'"),
    "raised_from": (
        "def check_():\n try:\n  import nosuch_module\n except ImportError as error:\n  raise ValueError('!') from error\n",
        "No module named 'nosuch_module' (@FILE:3)",
    ),
    "program": (
        "import subprocess\ndef check_():\n    subprocess.run(['nosuch-program'])\n",
        "'nosuch-program' (@FILE:3)",
    ),
    "library": ("import ctypes\ndef check_():\n    ctypes.CDLL('libnosuch.so')\n", "OSError: "),
    "child": (
        "import os\nfrom concurrent.futures import ProcessPoolExecutor as Pool\ndef check_():\n    Pool(1).submit(os._exit, 1).result()\n",
        "BrokenProcessPool",
    ),
    "leave": ("def check_():\n    raise PermissionError(13, 'Permission denied', 'x')\n", "[Errno 13]"),
}


def test_what_a_check_lacks_around_it_is_no_result_and_is_named_with_its_place(project):
    sources = {f"checks/check_{name}.py": source for name, (source, _) in LACKING.items()}
    write(project.root, {**sources, "checks/check_x.py": GOOD + "def check_bad():\n    assert False\n"})
    with pytest.raises(ChecksError) as caught:
        run_checks(project)
    lines = caught.value.message.splitlines()
    assert lines[0] == f"{len(LACKING)} of {len(LACKING) + 1} check files could not be run, so nothing is judged"
    assert len(lines) == len(LACKING) + 1
    for name, (_, said) in LACKING.items():
        file = f"checks/check_{name}.py"
        (line,) = [line for line in lines if line.startswith(f"  {file}")]
        assert said.replace("@FILE", file) in line


def test_of_many_checks_that_lack_something_three_of_a_file_are_told_and_each_remedy_once(project):
    lacking = "".join(f"def check_{at}():\n    import nosuch_{at % 2}\n" for at in range(5))
    three = "".join(f"def check_{at}():\n    raise MemoryError\n" for at in range(3))
    write(project.root, {"checks/check_x.py": lacking, "checks/check_y.py": three, "checks/check_z.py": GOOD})
    with pytest.raises(ChecksError) as caught:
        run_checks(project, memory_mib=3000)
    module = "  checks/check_x.py::check_{0}: ModuleNotFoundError: No module named 'nosuch_{1}' (checks/check_x.py:{2})"
    assert caught.value.message.splitlines() == [
        "2 of 3 check files could not be run, so nothing is judged",
        *(module.format(at, at % 2, 2 * at + 2) for at in range(3)),
        *(f"  checks/check_y.py::check_{at}: MemoryError (checks/check_y.py:{2 * at + 2})" for at in range(3)),
        "  checks/check_x.py: and 2 more",
    ]
    fixes = caught.value.fix.splitlines()
    assert [fix.strip().partition(" (")[0].partition(":")[0] for fix in fixes] == [
        *["install its package where assay runs"] * 2, "a check file has 3000 MiB", "then run `dvc repro`"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "beside", "fix"),
    [
        ("import nosuch_module\n", (), f"{sys.executable} -m pip install nosuch_module"),
        ("import json.nosuch\n", (), "install the version of json that the check is written for, or fix the import"),
        ("import helpers\n", ("checks/helpers.py",), "helpers is in the project, and a check file is imported alone"),
        ("import helpers\n", ("helpers/__init__.py",), "helpers is in the project"),
        ("raise ModuleNotFoundError(name='x; rm -rf /')\n", (), "install what it imports where assay runs\n"),
        ("raise ImportError\n", (), "install what it imports where assay runs\n"),
        ("raise ImportError('x' * 5000)\n", (), "install what it imports where assay runs\n"),
        ("def check_():\n    raise MemoryError\n", (), "a check file has 3000 MiB"),
    ],
)
def test_the_remedy_is_for_what_is_lacking(project, source, beside, fix):
    write(project.root, {"checks/check_x.py": source, **dict.fromkeys(beside, "")})
    with pytest.raises(ChecksError) as caught:
        run_checks(project, memory_mib=3000)
    assert fix in caught.value.fix
    assert max(map(len, caught.value.message.splitlines())) <= len("  checks/check_x.py: ") + 1_000
    assert caught.value.fix.endswith("then run `dvc repro`: nothing of this run is kept")


def test_a_check_that_takes_an_import_error_for_its_answer_has_one(project):
    source = (
        "import pytest\ndef check_():\n    with pytest.raises(ImportError):\n        import nosuch_module\n"
        "def check_absent(project):\n    (project.root / 'nosuch').read_text()\n"
        "def check_instead():\n    try:\n        import nosuch_module\n    except ImportError:\n        assert 1 == 2\n"
    )
    results = outcomes(project, source)
    assert results["check_"] == (Outcome.PASS, "holds")
    assert results["check_absent"][0] is Outcome.FAIL
    assert results["check_instead"][0] is Outcome.FAIL


def test_the_pytest_that_runs_checks_is_the_one_that_the_package_asks_for():
    asked = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]["pipeline"]
    (low, high) = (".".join(map(str, version)) for version in PYTEST)
    assert f"pytest>={low},<{high.removesuffix('.0')}" in asked


def test_results_are_in_order_and_the_progress_is_told(project):
    names = [f"checks/check_{letter}.py" for letter in "cab"]
    write(project.root, dict.fromkeys(names, GOOD))
    told = []
    results = run_checks(project, progress=lambda done, total: told.append((done, total)))
    assert [result.id for result in results] == [f"{name}::check_good" for name in sorted(names)]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_files_that_cannot_be_collected_fail_and_the_others_still_run(project):
    broken = {
        "syntax": ("def check_(:\n", "SyntaxError"),
        "skips": ("import pytest\npytest.skip('outside of a check')\n", "pytest.skip"),
        "raises": ("1 / 0\n", "ZeroDivisionError"),
    }
    write(project.root, {f"checks/check_{name}.py": source for name, (source, _) in broken.items()})
    results = outcomes(project, GOOD)
    assert results.pop("check_good") == (Outcome.PASS, "holds")
    for name, (_, said) in broken.items():
        outcome, message = results.pop(f"checks/check_{name}.py")
        assert outcome is Outcome.FAIL
        assert said in message
        assert str(project.root) not in message
    assert not results


def test_a_file_without_a_check_is_a_failure(project):
    results = outcomes(project, "def misnamed():\n    pass\n")
    assert results["checks/check_x.py"][0] is Outcome.FAIL
    assert "this file has no check" in results["checks/check_x.py"][1]


def test_a_check_of_no_cases_is_a_failure(project):
    source = "import pytest\n@pytest.mark.parametrize('case', [])\ndef check_each(case):\n    pass\n"
    assert outcomes(project, source)["checks/check_x.py"][0] is Outcome.FAIL


@pytest.mark.parametrize(
    "judged", ["reports/triage/schema.json", "build/triage/consensus.parquet", "checks/triage.yaml"]
)
def test_a_check_that_changes_what_is_judged_is_a_failure(project, judged):
    source = f"def check_greedy(project):\n    with (project.root / '{judged}').open('a') as file:\n        file.write(' ')\n"
    outcome, message = outcomes(project, source)["checks"]
    assert outcome is Outcome.FAIL
    assert judged in message


def test_a_file_that_skips_itself_is_a_warning(project):
    results = outcomes(project, f"import pytest\npytest.skip('not today', allow_module_level=True)\n{GOOD}")
    assert results == {"checks/check_x.py": (Outcome.WARN, "skipped: not today")}


def test_nothing_of_the_project_or_the_environment_reaches_the_child(project, monkeypatch):
    hostile = "def pytest_runtest_makereport(item, call):\n    raise SystemExit(0)\n"
    write(
        project.root,
        {
            "conftest.py": hostile,
            "checks/conftest.py": hostile,
            "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--collect-only'\n",
            "pytest.ini": "[pytest]\naddopts = --collect-only\n",
            "checks/pytest.ini": "[pytest]\naddopts = --collect-only\n",
            "json.py": "raise SystemExit(0)\n",
            "pandas.py": "raise SystemExit(0)\n",
            "checks/json.py": "raise SystemExit(0)\n",
            "checks/pandas.py": "raise SystemExit(0)\n",
            "sitecustomize.py": "import os\nos._exit(0)\n",
            "checks/sitecustomize.py": "import os\nos._exit(0)\n",
            "elsewhere/sitecustomize.py": "import os\nos._exit(0)\n",
        },
    )
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only")
    monkeypatch.setenv("PYTEST_PLUGINS", "nosuch_plugin")
    monkeypatch.setenv("PYTHONPATH", str(project.root / "elsewhere"))
    results = outcomes(project, f"{GOOD}\ndef check_bad(items):\n    assert len(items['triage']) == 0\n")
    assert {name: outcome for name, (outcome, _) in results.items()} == {
        "check_good": Outcome.PASS,
        "check_bad": Outcome.FAIL,
    }


def test_running_checks_writes_nothing_below_the_project(project):
    outcomes(project, GOOD)
    before = digest_tree(project.root), sorted(os.walk(project.root))
    run_checks(project)
    assert (digest_tree(project.root), sorted(os.walk(project.root))) == before


@pytest.mark.parametrize(
    "passed_over",
    [
        "class CheckRows:\n    def __init__(self): self.most = 1\n    def check_rows(self): assert False\n",
        "class CheckRows:\n    def __new__(cls): return object.__new__(cls)\n    def check_rows(self): assert False\n",
        "import functools\ncheck_rows = functools.partial(print)\n",
    ],
)
def test_what_pytest_would_pass_over_beside_another_check_fails(tmp_path, passed_over):
    project = measured_project(tmp_path, **{"checks/check_x.py": f"def check_holds(): pass\n\n{passed_over}"})
    results = run_checks(project)
    assert any(result.outcome is Outcome.FAIL and "cannot collect" in result.message for result in results)
