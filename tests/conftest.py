"""What all tests share."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import fresh
from pipelines import environment
from started import project, root, snapshot, write  # noqa: F401 - fixtures of a project just begun, for whoever asks
from threats import counted, note, table_lines

# A shell that starts the tests in the background has them ignore ^C, and every program they start with them.
signal.signal(signal.SIGINT, signal.default_int_handler)

WARM = Path(__file__).with_name("warm.py")
LONG = ("pipeline", "writes", "year")
MOST = 2.0
"""Seconds of a test that the inner loop has time for."""


def pytest_addoption(parser):
    """`--quick`: the inner loop."""
    parser.addoption("--quick", action="store_true", help="leave out what starts a program or is marked slow")


def pytest_configure(config):
    """In the inner loop hypothesis tries little."""
    if config.option.quick:
        fresh.settings.load_profile("quick")
        # What a test had open when it was left out is closed later.
        config.addinivalue_line("filterwarnings", "ignore::pytest.PytestUnraisableExceptionWarning")
        config.addinivalue_line("filterwarnings", "ignore::ResourceWarning")


@pytest.fixture(scope="session", autouse=True)
def _no_program(request):
    """In the inner loop a test ends as soon as it would start git, DVC, a browser or another Python."""

    def _left_out(*_, **__):
        pytest.skip("starts a program")

    with pytest.MonkeyPatch.context() as patch:
        if request.config.option.quick:
            patch.setattr(subprocess.Popen, "__init__", _left_out)
            patch.setattr(os, "fork", _left_out)
        yield


@pytest.fixture(scope="session")
def warm():
    """Starts servers of the page at once: a process that has imported everything forks them."""
    with subprocess.Popen(
        [sys.executable, str(WARM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:

        def _start(order):
            process.stdin.write(f"{json.dumps(order)}\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield _start
        process.stdin.close()


def pytest_collection_modifyitems(config, items):
    """Whole pipelines and campaigns come first: at the end no worker waits for another that is in one of them."""
    if config.option.quick:
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
    items.sort(key=lambda item: item.path.parent.name not in LONG)


def pytest_itemcollected(item):
    """Notes which threats a test is about."""
    note(item)


def pytest_terminal_summary(terminalreporter, config):
    """Says how many published values were compared, and why others were left out; and the threats with their cases."""
    whole = config.args_source is config.ArgsSource.TESTPATHS and not (config.option.keyword or config.option.markexpr)
    if not config.option.quick:
        for line in table_lines(counted(terminalreporter.stats), whole=whole):
            terminalreporter.write_line(line)
    else:
        long = [one for one in terminalreporter.stats.get("passed", []) if one.duration > MOST]
        for one in sorted(long, key=lambda one: -one.duration):
            terminalreporter.write_line(f"{one.duration:.1f} s: mark it slow, or make it quick: {one.nodeid}")
    reports = [report for kind in ("passed", "failed", "skipped") for report in terminalreporter.stats.get(kind, [])]
    properties = [said for report in reports for said in getattr(report, "user_properties", [])]
    values = Counter(said for name, said in properties if name == "reference")
    if values:
        terminalreporter.write_line(f"published values of agreement: {values.total()} rows")
        for said, number in values.most_common():
            terminalreporter.write_line(f"  {number:>4} {said}")
