"""A sample of the campaigns on writing; `make fuzz` runs them whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import environment

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("campaign", "cases", "said"),
    [
        ("campaign", 1, ("kill -9", "release build: ")),
        ("interleaved", 1, ("one was refused", "annotator add, one handle: ")),
    ],
)
def test_what_is_written_is_whole_and_nobodys_newer_work_is_lost(campaign, cases, said, capsys):
    command = [sys.executable, "-m", f"writes.{campaign}", "12", str(cases)]
    ran = subprocess.run(command, cwd=TESTS, env=environment(), capture_output=True, text=True, check=False)
    with capsys.disabled():
        print(f"\n{ran.stdout}", end="")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert all(words in ran.stdout for words in said)
