"""Commands that are stopped on their way for real: by a `git` on the path, or by a program that git itself starts."""

import os
import shutil
import subprocess

from clones import git
from pipelines import environment
from surroundings import without_git

KILLED = -9
KILL_CALLER = "kill -KILL $PPID; exit 1"
KILL_ALL = "#!/bin/sh\nkill -KILL 0\n"
_GIT = """#!/bin/sh
asked= skip=
for word do
  if [ "$skip" ]; then skip=; elif [ "$word" = -c ]; then skip=1; else asked=$word; break; fi
done
if [ "$asked" = "{at}" ]; then
  echo call >> "{calls}"
  if [ "$(wc -l < "{calls}")" -eq {nth} ]; then
    {before}
    "{git}" "$@"
    code=$?
    {after}
    exit $code
  fi
fi
exec "{git}" "$@"
"""


def program(path, text):
    """Writes a program: its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def git_that(folder, at, *, before="", after="", nth=1):
    """Puts a `git` into a folder that does something besides when it is asked for `at` the nth time: the folder."""
    real, calls = shutil.which("git"), folder / "calls"
    program(
        folder / "git", _GIT.format(at=at, nth=nth, calls=calls, git=real, before=before or ":", after=after or ":")
    )
    calls.write_text("")
    return folder


def typed(folder, *arguments, tools=None):
    """A command as its user types it, in a process group of its own; `tools` is searched for programs first."""
    clean = without_git(environment())
    path = clean["PATH"] if tools is None else f"{tools}{os.pathsep}{clean['PATH']}"
    return subprocess.run(
        list(map(str, arguments)), cwd=folder, env={**clean, "PATH": path}, start_new_session=True,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def killed_in(folder, place, at, moment, *arguments, nth=1):
    """Runs a command that is killed when its nth call of `git <at>` is to begin (`before`) or is through (`after`)."""
    done = typed(folder, *arguments, tools=git_that(place / "killing", at, nth=nth, **{moment: KILL_CALLER}))
    assert done.returncode == KILLED, done.stdout + done.stderr


def killed_while_signing(folder, place, *arguments):
    """Runs a command whose commit is to be signed; it and its git are killed while that is done."""
    git(folder, "config", "commit.gpgsign", "true")
    git(folder, "config", "gpg.program", str(program(place / "signer", KILL_ALL)))
    assert typed(folder, *arguments).returncode == KILLED
    git(folder, "config", "--unset", "commit.gpgsign")
