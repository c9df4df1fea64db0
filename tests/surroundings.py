"""What the tests take from whoever runs them: nothing of their git, their home or their editor.

Whoever imports this has it so, and so has everything that they start.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Mapping

_THEIRS = frozenset(
    {"EDITOR", "VISUAL", "PAGER", "SSH_AUTH_SOCK", "SSH_ASKPASS", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"}
)
_KEPT = frozenset({"GIT_EXEC_PATH", "GIT_CONFIG_NOSYSTEM"})
"""Where the programs of git are, and that the settings of the machine count nowhere."""


def without_git(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables without those that tell git who somebody is, whose settings count or where a repository is."""
    return {name: value for name, value in variables.items() if name in _KEPT or not name.startswith("GIT_")}


def _of_nobody() -> None:
    home = tempfile.mkdtemp(prefix="home-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    kept = {name: value for name, value in without_git(os.environ).items() if name not in _THEIRS}
    os.environ.clear()
    os.environ.update(kept, HOME=home, GIT_CONFIG_NOSYSTEM="1")


_of_nobody()
