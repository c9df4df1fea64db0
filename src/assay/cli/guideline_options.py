"""Options that the commands of approval share."""

from pathlib import Path

import click

from assay.errors import UsageError
from assay.store.files import read_bytes

REVIEWS = click.option(
    "--reviews",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The reviews of the pull request, as GitHub's REST interface gives them.",
)
HEAD = click.option(
    "--head", metavar="SHA", default="", help="With --reviews: the pull request's commit.  [default: HEAD]"
)
BASE = click.option(
    "--base",
    metavar="REV",
    help="Whose word counts: the default branch before the change.  [default: where HEAD left it]",
)
AUTHOR = click.option(
    "--author",
    multiple=True,
    metavar="WHO[=E-MAIL]",
    help="A login or roster id that wrote part of it, and whose an e-mail in the history is; repeatable.",
)


def given_file(path: Path) -> bytes:
    """The bytes of a file that somebody names.

    Raises:
        UsageError: it is a pipe, a link or a device, or may not be read.
    """
    try:
        return read_bytes(path)
    except OSError as error:
        raise UsageError(
            f"{path}: {error.strerror}", hint="write it into a plain file first, and name that one"
        ) from error


def config_home(environment: "dict[str, str]") -> Path:
    """The folder of a user's configuration: `XDG_CONFIG_HOME`, else `~/.config`."""
    stated = environment.get("XDG_CONFIG_HOME", "")
    return Path(stated) if stated.startswith("/") else Path.home() / ".config"
