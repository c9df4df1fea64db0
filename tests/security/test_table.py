"""SECURITY.md says what is built, and each row names the files whose tests stand for it: neither can drift from the other."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from threats import NOT_BUILT, SECURITY, counted, rows, table_lines

TESTS = Path(__file__).parents[1]
ROWS = rows()
_MARK = re.compile(r"mark\.threat\(([0-9, ]+)\)")


def _marked():
    """The rows that each file of tests has marks of."""
    found = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        named = {int(row) for marks in _MARK.findall(path.read_text(encoding="utf-8")) for row in marks.split(",")}
        if named:
            found[path.relative_to(TESTS).as_posix()] = named
    return found


MARKED = _marked()


def test_the_table_has_28_rows_in_order():
    assert [row.number for row in ROWS] == list(range(1, 29))


@pytest.mark.parametrize("row", ROWS, ids=[str(row.number) for row in ROWS])
def test_a_row_names_the_files_that_carry_its_mark_and_no_other(row):
    assert set(row.tests) == {path for path, named in MARKED.items() if row.number in named}


def test_what_is_built_has_tests_and_what_is_not_says_so():
    assert {row.number for row in ROWS if not row.built} == {23, 25}
    assert all(bool(row.tests) == row.built for row in ROWS)


def test_no_mark_is_of_a_row_that_is_not_there():
    assert set().union(*MARKED.values()) <= {row.number for row in ROWS}
    marks = sum(path.read_text(encoding="utf-8").count("mark.threat(") for path in TESTS.rglob("test_*.py"))
    literal = sum(len(_MARK.findall(path.read_text(encoding="utf-8"))) for path in TESTS.rglob("test_*.py"))
    assert marks - literal == _here()


def _here():
    """How often this file itself speaks of the mark without a row."""
    text = Path(__file__).read_text(encoding="utf-8")
    return text.count("mark.threat(") - len(_MARK.findall(text))


def test_every_marked_case_is_in_a_tests_report_and_counted(pytester_like):
    lines = pytester_like({"passed": [1, 1, 6], "skipped": [20], "failed": [6]})
    assert any(re.match(r"^   1 .+ {1,}2$", line) for line in lines)
    assert any(re.match(r"^   6 .+ 1, 1 failed$", line) for line in lines)
    assert any(re.match(r"^  20 .+ 0, 1 skipped  <- a control without a case$", line) for line in lines)
    assert len(lines) == 4


def test_a_whole_run_lists_every_row_also_those_without_a_control(pytester_like):
    lines = pytester_like({"passed": [1]}, whole=True)
    assert len(lines) == 29
    assert sum(line.endswith(NOT_BUILT) for line in lines) == 2
    assert sum("a control without a case" in line for line in lines) == 25


def test_a_run_without_marked_tests_says_nothing(pytester_like):
    assert pytester_like({}) == []


@pytest.fixture
def pytester_like():
    """The lines that a run with such reports ends with."""

    class _Report:
        def __init__(self, row):
            self.user_properties = [("threat", row), ("reference", "x")]

    def _lines(stats, *, whole=False):
        return list(table_lines(counted({kind: map(_Report, told) for kind, told in stats.items()}), whole=whole))

    return _lines


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["alone", "in several processes"])
def test_a_run_ends_with_the_rows_of_its_tests_and_nobody_elses(processes):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *processes, "tests/security/test_locks.py"],
        cwd=TESTS.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    _, _, table = done.stdout.partition("threats of SECURITY.md: cases that passed\n")
    passed = re.search(r"(\d+) passed", table or done.stdout)
    assert [line.split()[0] for line in table.splitlines() if line.startswith("  ")] == ["27"]
    assert passed
    assert re.search(rf"^  27 .* {passed[1]}$", table, re.MULTILINE)


def test_the_page_says_how_to_report_and_what_is_no_sandbox():
    text = SECURITY.read_text(encoding="utf-8")
    assert "vulnerability" in text.lower()
    assert "no sandbox" in text
    assert "@" not in re.sub(r"`[^`]*`", "", text), "an address of somebody stands in it"
