"""`assay guideline keygen`: a key to approve and to sign commits with."""

import os
from pathlib import Path

import click

from assay.actions.guideline_keygen import make_signing_key
from assay.cli.context import AS, project_here, talk
from assay.cli.guideline_options import config_home
from assay.errors import ExitCode


@click.command()
@click.option(
    "--key", type=click.Path(path_type=Path), metavar="PATH", help="Where.  [default: ~/.config/assay/ID_guideline]"
)
@AS
def keygen(*, key: Path | None, who: str | None) -> int:
    """Makes a key to approve guidelines with, outside the repository, and prints its line for guidelines/allowed_signers.

    The same key signs commits: git config gpg.format ssh; git config user.signingkey KEY; git config commit.gpgsign true.
    Nothing is ever overwritten. The key has no passphrase: `ssh-keygen -p -f KEY` gives it one.

    \b
    Examples:
      assay guideline keygen
      assay guideline keygen --as chen --key ~/keys/chen_guideline
    """
    made = make_signing_key(project_here(), who=who, home=config_home(dict(os.environ)), path=key)
    click.echo(made.line)
    talk(f"wrote {made.path}, to be kept secret, and {made.path}.pub")
    talk("put the line above into guidelines/allowed_signers; it counts once that is merged")
    return ExitCode.OK
