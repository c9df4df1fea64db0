"""A Dask scheduler with workers, as programs that listen on the loopback alone."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from surroundings import without_git

LOOPBACK = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
"""Without the second of them the page with what a cluster does is open to the network."""


def surroundings(source=None):
    """The environment of scheduler and workers; `source` is the folder with the package that they have, by default this one."""
    clean = without_git(os.environ)
    return {**clean, "PYTHONPATH": f"{source}{os.pathsep}{clean.get('PYTHONPATH', '')}"} if source else clean


@contextmanager
def cluster(folder, *more, workers=2, source=None):
    """The address of a scheduler with so many workers, each a process with one thread; `more` are options of the workers."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stated = folder / "scheduler.json"
    with (folder / "log").open("ab") as log, _programs() as running:
        running.append(_start(folder, log, "scheduler", "--port", "0", "--no-show", "--scheduler-file", stated))
        address = _address(stated, running[0])
        if workers:
            many = ("--nthreads", "1", "--nworkers", str(workers), "--local-directory", folder / "work")
            running.append(_start(folder, log, "worker", address, *many, *more, source=source))
        yield address


@contextmanager
def _programs():
    """Programs that end with the block, the last one first."""
    running = []
    try:
        yield running
    finally:
        for program in reversed(running):
            program.terminate()
            program.wait()


def _start(folder, log, what, *arguments, source=None):
    command = [sys.executable, "-m", "dask", what, *LOOPBACK, *map(str, arguments)]
    return subprocess.Popen(command, cwd=folder, env=surroundings(source), stdout=log, stderr=log)


def _address(stated, scheduler):
    while scheduler.poll() is None:
        try:
            return json.loads(stated.read_text())["address"]
        except (FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.05)
    raise RuntimeError("the scheduler ended")
