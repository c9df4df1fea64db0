"""What all tests share."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

from pipelines import environment
from threats import counted, note, table_lines

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")

# A shell that starts the tests in the background has them ignore ^C, and every program they start with them.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Whose settings git goes by is what some tests are about; none goes by those of whoever runs them.
for _name in [name for name in os.environ if name.startswith("GIT_CONFIG_")]:
    del os.environ[_name]

WARM = Path(__file__).with_name("warm.py")
LONG = ("pipeline", "writes", "year")


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


def pytest_collection_modifyitems(items):
    """Whole pipelines and campaigns come first: at the end no worker waits for another that is in one of them."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


def pytest_itemcollected(item):
    """Notes which threats a test is about."""
    note(item)


def pytest_terminal_summary(terminalreporter, config):
    """Says how many published values were compared, and why others were left out; and the threats with their cases."""
    whole = config.args_source is config.ArgsSource.TESTPATHS and not (config.option.keyword or config.option.markexpr)
    for line in table_lines(counted(terminalreporter.stats), whole=whole):
        terminalreporter.write_line(line)
    reports = [report for kind in ("passed", "failed", "skipped") for report in terminalreporter.stats.get(kind, [])]
    properties = [said for report in reports for said in getattr(report, "user_properties", [])]
    values = Counter(said for name, said in properties if name == "reference")
    if values:
        terminalreporter.write_line(f"published values of agreement: {values.total()} rows")
        for said, number in values.most_common():
            terminalreporter.write_line(f"  {number:>4} {said}")
