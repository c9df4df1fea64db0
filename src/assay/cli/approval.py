"""`assay guideline keygen`, `approve`, `verify` and `record`."""

import os
from pathlib import Path
from typing import Any

import click

from assay import files, reviewer
from assay.cli.context import AS, FORMAT, next_step, now, project_here, project_to_write, submits, talk
from assay.errors import ExitCode, UsageError
from assay.render import as_json, visible

REVIEWS = click.option(
    "--reviews", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="The reviews of the pull request, as JSON of GitHub's REST API.",
)  # fmt: skip
HEAD = click.option(
    "--head", metavar="SHA", default="", help="With --reviews: the pull request's commit.  [default: HEAD]"
)
BASE = click.option(
    "--base",
    metavar="REV",
    help="Trust root: the default branch before the change.  [default: where HEAD branched off]",
)
AUTHOR = click.option(
    "--author", multiple=True, metavar="WHO[=E-MAIL]",
    help="A login or roster id that wrote part of it, or the owner of an e-mail in the history; repeatable.",
)  # fmt: skip


def given_file(path: Path) -> bytes:
    """The bytes of a file named on the command line.

    Raises:
        UsageError: it is a pipe, a link or a device, or cannot be read.
    """
    try:
        return files.read_bytes(path)
    except OSError as error:
        raise UsageError(
            f"{path}: {error.strerror}", fix="write it to a regular file first, and name that file"
        ) from error


def config_home(environment: "dict[str, str]") -> Path:
    """The folder of a user's configuration: `XDG_CONFIG_HOME`, else `~/.config`."""
    stated = environment.get("XDG_CONFIG_HOME", "")
    return Path(stated) if stated.startswith("/") else Path.home() / ".config"


@click.command()
@click.argument("task", required=False)
@click.option("--trust-root", is_flag=True, help="Instead of a task: the list of approvers and their keys.")
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
    """Approves the committed guideline of TASK with my signature.

    Only a reviewer or lead may approve, who wrote nothing of it since the last approved version, with a key in
    guidelines/allowed_signers of the base. Writes guidelines/approvals/TASK/VERSION.yaml and .sig.

    \b
    Examples:
      assay guideline approve triage --submit
      assay guideline approve triage --key ~/.ssh/id_ed25519 --as chen
      assay guideline approve triage --author ben=ben@home.example     an e-mail that the roster does not know
      assay guideline approve --trust-root                             a changed roster or allowed_signers
    """
    if (task is None) is not trust_root:
        raise UsageError("give a task or --trust-root", fix="assay guideline approve TASK")
    signer = reviewer.Signer(who=who, key=key, home=config_home(dict(os.environ)))
    written = reviewer.sign_approval(
        project_here(), task, signer, base=base, said=reviewer.statements(author), now=now()
    )
    click.echo(written.said)
    if not written.already:
        click.echo(f"wrote {written.path.removesuffix('.yaml')}.sig")
    next_step("commit both, then `assay guideline verify`")
    return ExitCode.OK


@click.command()
@click.option(
    "--key", type=click.Path(path_type=Path), metavar="PATH", help="Where.  [default: ~/.config/assay/ID_guideline]"
)
@AS
def keygen_command(*, key: Path | None, who: str | None) -> int:
    """Creates a key for approvals, outside the repository, and prints its line for guidelines/allowed_signers.

    The same key signs commits: git config gpg.format ssh; git config user.signingkey KEY; git config commit.gpgsign true.
    Nothing is overwritten. The key has no passphrase: `ssh-keygen -p -f KEY` sets one.

    \b
    Examples:
      assay guideline keygen
      assay guideline keygen --as chen --key ~/keys/chen_guideline
    """
    made = reviewer.make_signing_key(project_here(), who=who, home=config_home(dict(os.environ)), path=key)
    click.echo(made.line)
    talk(f"wrote {made.path} (keep it secret) and {made.path}.pub")
    talk("next: add the line above to guidelines/allowed_signers; it counts once merged")
    return ExitCode.OK


@click.command()
@click.argument("task")
@click.option(
    "--reviews", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="The reviews of the pull request, as JSON of GitHub's REST API.",
)  # fmt: skip
@click.option("--pull-request", required=True, metavar="N|URL", help="The pull request.")
@click.option("--head", required=True, metavar="SHA", help="The commit that was reviewed.")
@BASE
@AUTHOR
@submits("record-{task}-{pull_request}", "{task}: approval of pull request {pull_request} recorded")
def record_command(
    *, task: str, reviews: Path, pull_request: str, head: str, base: str | None, author: tuple[str, ...]
) -> int:
    """Writes guidelines/approvals/TASK/VERSION.yaml from the forge's reviews of a merged pull request.

    Checks them as `assay guideline verify TASK --reviews` does, against the default branch before the merge. Refuses (exit
    code 1) if they do not approve it, or if something else was merged than was reviewed. After a rebase or a squash
    give --base: in GitHub's REST API it is `base.sha` of the pull request.

    \b
    Example:
      assay guideline record triage --reviews reviews.json --pull-request 7 --head "$HEAD_SHA" --base "$BASE_SHA" --author ada --submit
    """
    given = reviewer.ReviewedCommit(reviews=given_file(reviews), head=head, base=base, said=reviewer.statements(author))
    with project_to_write() as project:
        written = reviewer.record_reviews(project, task, given, pull_request=pull_request, now=now())
    click.echo(written.said)
    next_step("commit it")
    return ExitCode.OK


@click.command()
@click.argument("task")
@click.option("--version", metavar="V", help="Another version than the current one.")
@REVIEWS
@HEAD
@BASE
@AUTHOR
@FORMAT
def verify_command(
    *, task: str, version: str | None, reviews: Path | None, base: str | None, style: str, **reviewed: Any
) -> int:
    """Checks whether a version of TASK's guideline is approved; exit code 1 if it is held, with the reason.

    Without --reviews it checks the record below guidelines/approvals/ and its signature; with --reviews the reviews of a
    pull request. Approvers, keys and earlier approvals are read from the base, never from the change itself; a change of
    the approvers or keys is checked as well.

    \b
    Examples:
      assay guideline verify triage
      assay guideline verify triage --version 1.0.0 --base origin/main
      gh api --paginate --slurp repos/O/R/pulls/7/reviews > reviews.json
      assay guideline verify triage --reviews reviews.json --head "$HEAD_SHA" --base origin/main --author ada
    """
    head, author = reviewed["head"], reviewed["author"]
    if reviews is None and (head or author):
        raise UsageError("--head and --author need --reviews", fix="give them with --reviews FILE")
    project = project_here()
    if reviews is None:
        found = reviewer.verify_records(project, task, version, base, now=now())
    else:
        pull_request = reviewer.ReviewedCommit(
            reviews=given_file(reviews), head=head, base=base, said=reviewer.statements(author)
        )
        found = reviewer.verify_reviews(project, task, pull_request)
    if style == "json":
        click.echo(as_json(list(map(_facts, found))))
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


def _facts(one: "reviewer.Verified") -> dict[str, object]:
    content, judged, authors = one.content, one.judged, one.authors
    return {
        "task": content.task, "version": content.version, "digest": content.digest, "state": judged.state,
        "by": list(judged.by), "way": judged.way, "reason": judged.reason, "authors": list(authors.names),
        "unknown_authors": sorted(authors.strangers), "note": one.note,
    }  # fmt: skip
