import os
import signal
import subprocess
import sys

import pytest

from pages import Client, planned
from pipelines import environment
from projects import FILES, write_files

COMMAND = [sys.executable, "-m", "assay", "annotate", "mood", "r4", "--as", "ben", "--no-browser"]


@pytest.fixture
def server(tmp_path):
    """A server in a process of its own: the process and a client that has not entered yet."""
    write_files(tmp_path, {**FILES, **planned()})
    started = []

    def _server(*arguments, **more):
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=tmp_path,
            env={**environment(), **more},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        client = Client(tmp_path, process.pid, process.stdout.readline().strip(), tmp_path / "unused")
        started.append((process, client))
        return process, client

    yield _server
    for process, client in started:
        client.link.close()
        process.kill()
        process.communicate()


def ended(process):
    out, err = process.communicate(timeout=120)
    assert out == ""
    assert "Traceback" not in err
    return process.returncode, err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_being_stopped_is_no_failure_and_the_next_step_is_named(server, how):
    process, client = server()
    assert client.enter().put(0, {"label": {"tone": "good"}}).status == 200
    process.send_signal(how)
    code, err = ended(process)
    assert code == 0
    assert "stop with Ctrl+C" in err
    assert "1 item answered or changed; 1 of 5 done" in err
    assert "assay submit" in err


def test_a_film_that_is_half_read_holds_nothing_up_and_leaves_no_trace(server, tmp_path):
    media = tmp_path / "labels/items/texts/media"
    media.mkdir()
    with (media / "long.mp4").open("wb") as film:
        film.truncate(64 * 2**20)
    process, client = server()
    client.enter()
    client.send("GET", "/media/long.mp4", [("Host", f"127.0.0.1:{client.port}"), ("Cookie", client.cookie)])
    assert client.link.getresponse().read(1) == b"\0"
    process.send_signal(signal.SIGTERM)
    code, err = ended(process)
    assert code == 0
    assert err.splitlines()[1:] == ["0 items answered or changed; 0 of 5 done", "nothing was changed"]


def test_the_page_can_stop_its_server(server):
    process, client = server()
    assert client.enter().ask("POST", "/stop").status == 204
    assert ended(process) == (
        0,
        "every answer is saved at once; stop with Ctrl+C\n0 items answered or changed; 0 of 5 done\nnothing was changed\n",
    )


def test_the_server_stops_by_itself_when_nobody_uses_it(server):
    process, _ = server("--idle", "0.01")
    assert ended(process)[0] == 0


def test_the_browser_is_opened_at_the_address(server, tmp_path):
    script, opened = tmp_path / "browser", tmp_path / "opened"
    script.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    script.chmod(0o755)
    os.mkfifo(opened)
    _, client = server("--browser", BROWSER=f"{script} %s")
    assert opened.read_text().strip() == client.address
