import itertools
import json
import os

import pytest

from pages import Client, planned
from projects import FILES, write_files


def _servers(warm, tmp_path_factory):
    """Starts a server on a project and waits for its address: a client that has not entered yet."""
    folder = tmp_path_factory.mktemp("servers")
    numbers = itertools.count()
    clients = []

    def _start(root, *arguments):
        number = next(numbers)
        out, err = folder / f"{number}.out", folder / f"{number}.err"
        os.mkfifo(out)
        order = {"root": str(root), "out": str(out), "err": str(err), "arguments": ["--no-browser", *arguments]}
        pid = warm(order)
        with out.open(encoding="utf-8") as said:
            address = said.readline().strip()
        assert address, err.read_text()
        client = Client(root, pid, address, err)
        clients.append(client)
        return client

    yield _start
    for client in clients:
        client.kill()


start = pytest.fixture(_servers)
start_once = pytest.fixture(_servers, scope="module")


@pytest.fixture(scope="module")
def untouched(start_once, tmp_path_factory):
    """A client of a server that all tests of a module share; none of them saves anything."""
    root = tmp_path_factory.mktemp("untouched")
    write_files(root, {**FILES, **planned()})
    client = start_once(root, "mood", "r4", "--as", "ben").enter()
    yield client
    assert not (root / "labels/mood/r4/ben.jsonl").exists()


@pytest.fixture
def page(start, tmp_path):
    """A server on the mood project with an open batch, changed as asked; the client has entered."""

    def _page(changed=None, *, who="ben", batch="r4", purpose="label", more=""):
        write_files(tmp_path, {**FILES, **planned(purpose, more), **(changed or {})})
        return start(tmp_path, "mood", batch, "--as", who).enter()

    return _page


@pytest.fixture
def records(tmp_path):
    """The records of an annotator's file, by item."""

    def _records(who="ben", batch="r4", root=tmp_path):
        lines = (root / f"labels/mood/{batch}/{who}.jsonl").read_text(encoding="utf-8").splitlines()
        return {record["item"]: record for record in map(json.loads, lines)}

    return _records
