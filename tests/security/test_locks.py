"""What is installed is what was locked: by hash, from no address of its own, in every place that installs anything."""

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = REPOSITORY / "src/assay/clone/forge_templates"
LOCKS = ["requirements.lock", "requirements-run.lock"]
PLACES = [
    "Makefile",
    "action.yml",
    *(path.relative_to(REPOSITORY).as_posix() for path in sorted((REPOSITORY / ".github/workflows").glob("*.yml"))),
    *(path.relative_to(REPOSITORY).as_posix() for path in sorted(TEMPLATES.rglob("*.in"))),
]
INSTALLS = [
    pytest.param(line, id=f"{place}:{number}")
    for place in PLACES
    for number, line in enumerate(
        (REPOSITORY / place).read_text(encoding="utf-8").replace("\\\n", "  ").splitlines(), start=1
    )
    if re.search(r"\bpip(['\"]| )[^\n]*(install|--no-deps)", line) and "pip()" not in line and "::error" not in line
]

pytestmark = pytest.mark.threat(27)


def _requirements(lock):
    text = (REPOSITORY / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_one_version_with_hashes(lock):
    found = _requirements(lock)
    assert len(found) > 50
    for line in found:
        assert re.match(r"^[a-z0-9][a-z0-9._-]*==[^\s;@]+( ; .+?)?(\s+--hash=sha256:[0-9a-f]{64})+$", line), line


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_no_index(lock):
    text = (REPOSITORY / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host|^-[a-zA-Z]|^\S+ @ ", text, re.MULTILINE)


def test_there_are_places_that_install():
    assert len(INSTALLS) >= 8


@pytest.mark.parametrize("line", INSTALLS)
def test_an_install_asks_for_hashes_or_takes_a_folder_that_is_here_without_its_dependencies(line):
    assert "--require-hashes" in line or re.search(r"--no-deps --no-build-isolation (-e )?(\.|\"\$SOURCE\")$", line), (
        line
    )
    assert not re.search(r"--(extra-)?index-url|--find-links|https?://", line)


def test_no_more_than_ten_libraries_come_with_assay():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert len(project["dependencies"]) <= 10
