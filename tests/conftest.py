"""What all tests share."""

import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

from pipelines import environment

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")

# A shell that starts the tests in the background has them ignore ^C, and every program they start with them.
signal.signal(signal.SIGINT, signal.default_int_handler)

WARM = Path(__file__).with_name("warm.py")


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


def pytest_terminal_summary(terminalreporter):
    """Says how many published values were compared, and why others were left out."""
    reports = [report for kind in ("passed", "failed", "skipped") for report in terminalreporter.stats.get(kind, [])]
    properties = [said for report in reports for said in getattr(report, "user_properties", [])]
    counted = Counter(said for name, said in properties if name == "reference")
    if counted:
        terminalreporter.write_line(f"published values of agreement: {counted.total()} rows")
        for said, number in counted.most_common():
            terminalreporter.write_line(f"  {number:>4} {said}")
