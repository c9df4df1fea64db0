"""`assay guideline keygen`, `approve`, `verify` and `record`."""

import os
from pathlib import Path

import click

from assay import reviewer
from assay.cli.context import AS, FORMAT, by_hand, now, project_here, project_to_write, submits, talk
from assay.errors import ExitCode, UsageError
from assay.files import read_bytes
from assay.render import as_json, visible

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
            f"{path}: {error.strerror}", fix="write it into a plain file first, and name that one"
        ) from error


def config_home(environment: "dict[str, str]") -> Path:
    """The folder of a user's configuration: `XDG_CONFIG_HOME`, else `~/.config`."""
    stated = environment.get("XDG_CONFIG_HOME", "")
    return Path(stated) if stated.startswith("/") else Path.home() / ".config"


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
def approve_command(
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
        raise UsageError("name a task, or say --trust-root", fix="assay guideline approve TASK")
    signer = reviewer.Signer(who=who, key=key, home=config_home(dict(os.environ)))
    written = reviewer.approve(project_here(), task, signer, base=base, said=reviewer.statements(author), now=now())
    click.echo(written.said)
    if not written.already:
        click.echo(f"wrote {written.path.removesuffix('.yaml')}.sig")
    by_hand("commit both; `assay guideline verify` judges them")
    return ExitCode.OK


@click.command()
@click.option(
    "--key", type=click.Path(path_type=Path), metavar="PATH", help="Where.  [default: ~/.config/assay/ID_guideline]"
)
@AS
def keygen_command(*, key: Path | None, who: str | None) -> int:
    """Makes a key to approve guidelines with, outside the repository, and prints its line for guidelines/allowed_signers.

    The same key signs commits: git config gpg.format ssh; git config user.signingkey KEY; git config commit.gpgsign true.
    Nothing is ever overwritten. The key has no passphrase: `ssh-keygen -p -f KEY` gives it one.

    \b
    Examples:
      assay guideline keygen
      assay guideline keygen --as chen --key ~/keys/chen_guideline
    """
    made = reviewer.make_signing_key(project_here(), who=who, home=config_home(dict(os.environ)), path=key)
    click.echo(made.line)
    talk(f"wrote {made.path}, to be kept secret, and {made.path}.pub")
    talk("put the line above into guidelines/allowed_signers; it counts once that is merged")
    return ExitCode.OK


@click.command()
@click.argument("task")
@click.option(
    "--reviews", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="The reviews of the pull request, as GitHub's REST interface gives them.",
)  # fmt: skip
@click.option("--pull-request", required=True, metavar="N|URL", help="The pull request.")
@click.option("--head", required=True, metavar="SHA", help="The commit that was reviewed.")
@BASE
@AUTHOR
@submits("record-{task}-{pull_request}", "{task}: approval of pull request {pull_request} recorded")
def record_command(
    *, task: str, reviews: Path, pull_request: str, head: str, base: str | None, author: tuple[str, ...]
) -> int:
    """Writes guidelines/approvals/TASK/VERSION.yaml once the forge's reviews of a merged pull request approve it.

    Judges as `assay guideline verify TASK --reviews` does, by what the default branch was before the merge, and refuses
    (exit code 1) where they do not, or where something else was merged than was reviewed. After a rebase or a squash
    only the forge knows what that was: give its base (in GitHub's REST interface `base.sha` of the pull request).

    \b
    Example:
      assay guideline record triage --reviews reviews.json --pull-request 7 --head "$HEAD_SHA" --base "$BASE_SHA" --author ada --submit
    """
    given = reviewer.Reviewed(reviews=given_file(reviews), head=head, base=base, said=reviewer.statements(author))
    with project_to_write() as project:
        written = reviewer.record_reviews(project, task, given, pull_request=pull_request, now=now())
    click.echo(written.said)
    by_hand("commit it")
    return ExitCode.OK


@click.command()
@click.argument("task")
@click.option("--version", metavar="V", help="Another version than the guideline has now.")
@REVIEWS
@HEAD
@BASE
@AUTHOR
@FORMAT
def verify_command(  # noqa: PLR0913 - the options of a command
    *,
    task: str,
    version: str | None,
    reviews: Path | None,
    head: str,
    base: str | None,
    author: tuple[str, ...],
    style: str,
) -> int:
    """Says whether a version of TASK's guideline is approved, or held and why (exit code 1).

    Without --reviews the record below guidelines/approvals/ is judged, and its signature. With --reviews a forge's
    reviews of a pull request are, as GitHub's REST interface gives them. Who may approve, whose key counts and what
    was approved before is read from the base, never from the change itself; a change of who may approve or sign is
    judged beside it.

    \b
    Examples:
      assay guideline verify triage
      assay guideline verify triage --version 1.0.0 --base origin/main
      gh api --paginate --slurp repos/O/R/pulls/7/reviews > reviews.json
      assay guideline verify triage --reviews reviews.json --head "$HEAD_SHA" --base origin/main --author ada
    """
    if reviews is None and (head or author):
        raise UsageError("--head and --author need --reviews", fix="give them with --reviews FILE")
    project = project_here()
    if reviews is None:
        found = reviewer.verify(project, task, version, base, now=now())
    else:
        pull_request = reviewer.Reviewed(
            reviews=given_file(reviews), head=head, base=base, said=reviewer.statements(author)
        )
        found = reviewer.verify_reviews(project, task, pull_request)
    if style == "json":
        click.echo(
            as_json(
                [
                    {
                        "task": one.content.task,
                        "version": one.content.version,
                        "digest": one.content.digest,
                        "state": one.judged.state,
                        "by": list(one.judged.by),
                        "way": one.judged.way,
                        "reason": one.judged.reason,
                        "authors": list(one.authors.names),
                        "unknown_authors": sorted(one.authors.strangers),
                        "note": one.note,
                    }
                    for one in found
                ]
            )
        )
    for one in found:
        subject = f"{one.content.task} {one.content.version}"
        if one.approved:
            told = f"{subject}: approved by {' and '.join(one.judged.by)} ({one.judged.way})"
        else:
            told = f"{subject}: held: {one.judged.reason}"
        if style != "json":
            click.echo(visible(told))
        if one.note:
            talk(visible(f"{subject}: {one.note}"))
    return ExitCode.OK if all(one.approved for one in found) else ExitCode.FINDINGS
