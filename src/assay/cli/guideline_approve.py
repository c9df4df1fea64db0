"""`assay guideline approve`: a signed approval."""

import os
from pathlib import Path

import click

from assay.actions.guideline_approve import Signer
from assay.actions.guideline_approve import approve as approve_signed
from assay.actions.guideline_verified import statements
from assay.cli.context import AS, by_hand, now, project_here
from assay.cli.guideline_options import AUTHOR, BASE, config_home
from assay.cli.submitting import submits
from assay.errors import ExitCode, UsageError


@click.command()
@click.argument("task", required=False)
@click.option("--trust-root", is_flag=True, help="Instead of a task: who may approve, and whose keys count.")
@click.option(
    "--key", type=click.Path(path_type=Path), metavar="PATH", help="My key.  [default: ~/.config/assay/ID_guideline]"
)
@BASE
@AUTHOR
@AS
@submits("approve-{task}", "{task}: guideline approved")
def approve(
    *, task: str | None, trust_root: bool, key: Path | None, base: str | None, author: tuple[str, ...], who: str | None
) -> int:
    """Signs that the guideline of TASK, as it is committed here, is approved by me.

    Only a reviewer or lead may who wrote nothing of it since the last approved version, with a key that
    guidelines/allowed_signers of the base allows. Writes guidelines/approvals/TASK/VERSION.yaml and .sig, to be committed.

    \b
    Examples:
      assay guideline approve triage --submit
      assay guideline approve triage --key ~/.ssh/id_ed25519 --as chen
      assay guideline approve triage --author ben=ben@home.example     an e-mail that the roster does not know
      assay guideline approve --trust-root                             a changed roster or allowed_signers
    """
    if (task is None) is not trust_root:
        raise UsageError("name a task, or say --trust-root", hint="assay guideline approve TASK")
    signer = Signer(who=who, key=key, home=config_home(dict(os.environ)))
    written = approve_signed(project_here(), task, signer, base=base, said=statements(author), now=now())
    click.echo(written.said)
    if not written.already:
        click.echo(f"wrote {written.path.removesuffix('.yaml')}.sig")
    by_hand("commit both; `assay guideline verify` judges them")
    return ExitCode.OK
