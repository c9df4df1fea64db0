"""What a check lacks on this machine, through a real DVC: no verdict, nothing kept, and the remedy as printed leads out."""

import json
import os
import re
import shlex
import shutil
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import assay as package
from pipelines import assay, commit, repro, run

pytestmark = pytest.mark.threat(15)

NAME = "assay_tests_lexicon"
CHECK = f"import {NAME}\n\n\ndef check_words():\n    assert {NAME}.WORDS\n"
SCRIPT = "#!{}\nimport sys\nfrom assay.cli.main import main\nsys.exit(main())\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A project with a task; its check imports what is not installed."""
    place = tmp_path_factory.mktemp("checks")
    assert assay(place, "init", "project").code == 0
    folder = place / "project"
    assert assay(folder, "task", "add", "mood").code == 0
    (folder / "checks/check_words.py").write_text(CHECK)
    commit(folder)
    return folder


@pytest.fixture
def project(built, tmp_path):
    """A copy of it, to be changed."""
    return shutil.copytree(built, tmp_path / "project", symlinks=True)


@pytest.fixture
def scratch(tmp_path):
    """An environment of its own that has what this one has, and into which a test may install."""
    place = tmp_path / "environment"
    venv.create(place, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(place)}))
    shared = (str(Path(package.__file__).parents[1]), sysconfig.get_path("purelib"))
    (site / "shared.pth").write_text("".join(f"{line}\n" for line in shared))
    script = place / "bin/assay"
    script.write_text(SCRIPT.format(place / "bin/python"))
    script.chmod(0o755)
    return place


def inside(scratch, folder, *command, **more):
    """Runs a command with the programs of that environment first on the path."""
    path = f"{scratch / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return run(folder, "env", f"PATH={path}", *(f"{name}={value}" for name, value in more.items()), *command)


def wheel(folder):
    """A package in one file, as an index would serve it."""
    about = f"{NAME}-1.0.dist-info"
    files = {
        f"{NAME}.py": "WORDS = ('good', 'bad')\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, f"{about}/RECORD"))
    with zipfile.ZipFile(folder / f"{NAME}-1.0-py3-none-any.whl", "w") as archive:
        for name, text in {**files, f"{about}/RECORD": record}.items():
            archive.writestr(name, text)
    return folder


@pytest.mark.slow
def test_a_missing_module_leaves_no_verdict_and_the_printed_remedy_leads_to_one(project, scratch, tmp_path):
    stopped = inside(scratch, project, "dvc", "repro")
    again = inside(scratch, project, "dvc", "repro")
    for ran in (stopped, again):
        assert ran.code != 0
        assert (
            f"checks/check_words.py: ModuleNotFoundError: No module named '{NAME}' (checks/check_words.py:1)"
            in ran.said
        )
        assert not (project / "gate/verdict.json").exists()
    assert "Stage 'gate' is cached" not in again.said
    assert inside(scratch, project, "assay", "gate").code == 2
    assert inside(scratch, project, "assay", "gate", "--enforce", "merge").code == 1

    fix = re.search(r"`(\S+ -m pip install \S+)`", again.said)[1]
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel(tmp_path)), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    installed = inside(scratch, project, *shlex.split(fix), **offline)
    assert installed.code == 0, installed.said
    assert "then run `dvc repro`" in again.said
    green = inside(scratch, project, "dvc", "repro")
    assert green.code == 0, green.said
    assert green.stages == ["gate"]
    (check,) = json.loads((project / "gate/verdict.json").read_text())["checks"]
    assert (check["id"], check["outcome"]) == ("checks/check_words.py::check_words", "pass")

    (project / "dvc.lock").unlink()
    (project / "gate/verdict.json").unlink()
    restored = inside(scratch, project, "dvc", "repro")
    assert restored.code == 0, restored.said
    assert json.loads((project / "gate/verdict.json").read_text())["checks"] == [check]


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ("version_tuple = (7, 4, 0)\n", "pytest 7.4 is installed, which is not supported"),
        ("version_tuple = (10, 0, 0)\n", "pytest 10.0 is installed, which is not supported"),
        ("raise ModuleNotFoundError(\"No module named 'pytest'\")\n", "pytest, which runs the checks, cannot be used"),
    ],
)
def test_without_a_pytest_that_will_do_there_is_no_verdict(project, scratch, there, said):
    next(scratch.glob("lib/python*/site-packages")).joinpath("pytest.py").write_text(there)
    (project / "gate").mkdir(exist_ok=True)
    (project / "gate/verdict.json").write_text("{}")
    stopped = inside(scratch, project, "assay", "gate")
    assert stopped.code == 2
    assert said in stopped.said
    assert re.search(r"`\S+ -m pip install 'pytest>=8\.4,<10\.0'`", stopped.said)
    assert not (project / "gate/verdict.json").exists()


@pytest.mark.slow
def test_a_check_that_fails_is_in_the_verdict_and_comes_back_from_the_cache(project):
    check = project / "checks/check_words.py"
    check.write_text("def check_words():\n    assert False\n")
    assert repro(project).code == 0
    failed = json.loads((project / "gate/verdict.json").read_text())
    assert failed["merge"] == "fail"
    check.write_text("def check_words():\n    pass\n")
    assert repro(project).code == 0
    check.write_text("def check_words():\n    assert False\n")
    assert "Stage 'gate' is cached" in repro(project).said
    assert json.loads((project / "gate/verdict.json").read_text()) == failed
