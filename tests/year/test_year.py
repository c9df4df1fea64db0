"""Three months of the year; `make fuzz` lives it whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import environment

pytestmark = pytest.mark.slow
TESTS = Path(__file__).parents[1]


def test_three_months_are_clean_counted_anew_and_released_from_their_tag(capsys):
    command = [sys.executable, "-m", "year.campaign", "3", "3", "8"]
    ran = subprocess.run(command, cwd=TESTS, env=environment(), capture_output=True, text=True, check=False)
    with capsys.disabled():
        print(f"\n{ran.stdout}", end="")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert all(words in ran.stdout for words in ("'months held': 3", "'rebuilt': 1", "'split': 1", "'reopened': 1"))
