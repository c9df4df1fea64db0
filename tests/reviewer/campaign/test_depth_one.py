"""A clone of one commit of a branch with an invalid answer and a lowered gate: no answer, and the command that gets one."""

import re
import shlex
import subprocess

import pytest

from pipelines import environment
from reviewer.campaign.clones import cloned
from reviewer.campaign.scene import scene, told

COMMANDS = ("check", "check --require-base", "check --base origin/main", "review", "review origin/main HEAD")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return scene(tmp_path_factory.mktemp("depth"), [])


@pytest.fixture(scope="module")
def clone(made):
    return cloned(made, "one", "--depth", "1", "-b", "pr")


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_said_of_the_change_and_the_command_that_fetches_is(clone, command):
    code, out, err = told(shlex.split(command), clone)
    assert (code, out) == (2, "")
    assert "git fetch" in err


@pytest.mark.parametrize("command", COMMANDS[::2])
def test_once_fetched_as_it_says_the_change_is_refused(made, command):
    folder = cloned(made, command.replace(" ", "-").replace("/", "-"), "--depth", "1", "-b", "pr")
    _, _, err = told(shlex.split(command), folder)
    for line in re.findall(r"git [^;(\n]+", err.partition("fix: ")[2]):
        subprocess.run(["bash", "-c", line], cwd=folder, env=environment(), check=True, capture_output=True)
    code, out, _ = told(shlex.split(command), folder)
    assert code == 1
    assert "label/schema" in out
    assert "needs a lead" in told(["review", "origin/main", "HEAD"], folder)[1]
