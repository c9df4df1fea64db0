"""`assay install`, `doctor` and `git`: this clone, and what git calls."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay import annotator, clone, files, git
from assay import forge as forge_package
from assay.cli.context import FORMAT, project_here, project_to_write, root_here, submits, talk
from assay.errors import ExitCode
from assay.extras import resolve
from assay.render import as_json, visible

if TYPE_CHECKING:
    from assay.clone import CiForge
    from assay.forge import Setting, SettingJudged
    from assay.project import Project

_CONFLICT = 10
_MARKS = {"yes": "ok", "no": "missing", "unknown": "unknown"}
CI_FORGES = ("github", "gitlab")
"""The words of `clone.CiForge`, for options: to ask the class itself would load the templates for every help text."""


@click.group(name="git", help="Plumbing: merge driver and textconv, called by git; `assay install` sets them up.")
def git_group() -> None:
    """Plumbing: merge driver and textconv."""


@git_group.command("merge")
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("ours", type=click.Path(path_type=Path))
@click.argument("theirs", type=click.Path(path_type=Path))
@click.argument("marker", type=click.IntRange(1, 200))
@click.argument("path")
def merge_driver_command(*, base: Path, ours: Path, theirs: Path, marker: int, path: str) -> int:
    """Merges three states of a label file by record into OURS. Exit code 10: records are in conflict, between markers.

    In a project of a newer assay it merges nothing, and git merges line by line.
    """
    resolve("assay.project.config:refuse_newer")((Path.cwd() / path).parent)
    clash = resolve("assay.labels:Clash")(marker=marker)
    conflicts: int = resolve("assay.clone:merge_files")(base, ours, theirs, path, clash)
    return _CONFLICT if conflicts else ExitCode.OK


@git_group.command()
@click.argument("file", type=click.Path(path_type=Path))
def textconv_command(*, file: Path) -> int:
    """Prints a label file as text that a person can compare."""
    click.echo(resolve("assay.clone:readable")(resolve("assay.files.atomic:read_bytes")(file)), nl=False)
    return ExitCode.OK


def install_for(project: "Project", forge: "CiForge", *, force: bool = False, show: bool = False) -> bool:
    """Writes and prints the files of a forge; whether all of them are as this version writes them."""
    done = clone.install_forge(project, forge, force=force)
    for path in done.written:
        click.echo(f"wrote {path}")
    for path in done.same:
        click.echo(f"kept  {path} (up to date)")
    for path in done.differing:
        click.echo(f"kept  {path} (it differs: --diff shows how, --force replaces it)")
        if show:
            click.echo(done.diffs[path], nl=False)
    for step in done.remaining:
        talk(f"next: {step}")
    return not done.differing


def settings_said(project: "Project", given: Path | None, style: str) -> bool:
    """Prints the required settings of GitHub, or those that a file has; whether no required one is missing."""
    judged = () if given is None else forge_package.judge_settings(forge_package.settings_of(files.read_bytes(given)))
    if style == "json":
        click.echo(as_json(list(map(_as_json, judged or forge_package.SETTINGS))))
    elif given is None:
        for setting in forge_package.SETTINGS:
            advice = " (advice)" if setting.advice else ""
            click.echo(f"{setting.id}{advice}: {setting.wanted}\n  why: {setting.why}\n  where: {setting.where}")
        branch = git.default_branch(project.root) or "main"
        paths = {
            key: path.replace("BRANCH", branch) for key, path in forge_package.SOURCES.items() if key != "rulesets"
        }
        lines = [
            f'  --argjson {key} "$(gh api repos/{{owner}}/{{repo}}{path.removeprefix("repos/OWNER/REPO")})"'
            for key, path in paths.items()
        ]
        rulesets = (
            "  --argjson rulesets \"$(gh api repos/{owner}/{repo}/rulesets --jq '.[].id' |"
            ' xargs -I% gh api repos/{owner}/{repo}/rulesets/% | jq -s .)"'
        )
        joined = " \\\n".join(["jq -n", *lines, rulesets, "  '$ARGS.named' > settings.json"])
        talk(
            f"\nnext: compare a repository with this list, as its administrator:\n{joined}\nassay doctor --forge github --settings settings.json"
        )
    for found in judged if style != "json" else ():
        setting, missing = found.setting, found.answer is not forge_package.SettingAnswer.YES
        mark = "advice" if setting.advice and missing else _MARKS[found.answer.value]
        where = f"\n          where: {setting.where}" if missing else ""
        click.echo(f"{mark:8}  {setting.id}: {setting.wanted}{where}")
    return all(found.stands for found in judged)


def _as_json(stated: "Setting | SettingJudged") -> dict[str, object]:
    setting = stated if isinstance(stated, forge_package.Setting) else stated.setting
    facts = {name: getattr(setting, name) for name in ("id", "wanted", "why", "where", "advice")}
    return facts if isinstance(stated, forge_package.Setting) else {**facts, "answer": stated.answer.value}


@click.command()
@click.option("--uninstall", "remove", is_flag=True, help="Remove what install set up in this clone.")
@click.option("--forge", type=click.Choice(CI_FORGES), help="Write the workflows of this forge instead.")
@click.option("--force", is_flag=True, help="With --forge: replace files that differ.")
@click.option("--diff", "show", is_flag=True, help="With --forge: show how differing files would change.")
@submits("forge-{forge}", "workflows and code owners of {forge}")
def install_command(*, remove: bool, forge: str | None, force: bool, show: bool) -> int:
    """Sets up git in this clone to merge and compare labels by record, and to check them before each commit.

    No committed file changes, and hooks of others are kept. Files that cannot be merged by record, git merges by line; so
    it does without assay.

    With --forge, writes the workflows that review, gate and release on a forge, and the code owners, from the roster.
    A file that differs from what this version writes is kept and listed (exit code 1).

    \b
    Examples:
      assay install
      assay install --uninstall
      assay install --forge github --submit
      assay install --forge gitlab --diff
    """
    if (force or show) and forge is None:
        raise click.UsageError("--force and --diff need --forge")
    with project_to_write() as project:
        if forge is not None:
            return (
                ExitCode.OK if install_for(project, clone.CiForge(forge), force=force, show=show) else ExitCode.FINDINGS
            )
        if remove:
            done = clone.uninstall_from_clone(project)
        else:
            on_path = Path(shutil.which("assay") or "assay")
            places = (Path(sys.argv[0]), Path(sys.executable).with_name("assay"), on_path)
            program = next((place for place in places if place.name == "assay" and place.is_file()), places[-1])
            done = clone.install_in_clone(project, str(program.absolute()) if program.exists() else str(program))
    for line in done.done:
        click.echo(f"{'removed' if remove else 'set'}: {line}")
    for line in done.left:
        talk(line)
    if not done.done:
        talk("nothing to do" if remove else f"everything {'else ' if done.left else ''}was set up already")
    return ExitCode.OK


@click.command()
@click.option(
    "--forge", is_flag=False, flag_value="github", type=click.Choice(["github"]),
    help="Show the settings that the forge needs instead.  [github]",
)  # fmt: skip
@click.option(
    "--settings", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.json",
    help="With --forge: the settings of the repository, to compare with the list.",
)  # fmt: skip
@click.option("--mend", "mending", is_flag=True, help="Fix what can be fixed without a decision.")
@click.option("--abort", is_flag=True, help="Abort a merge, rebase, … in progress; keep changed files.")
@click.option("--drop-write", "drop", is_flag=True, help="Drop an interrupted write that cannot be finished.")
@FORMAT
def doctor_command(
    *, forge: str | None, settings: Path | None, mending: bool, abort: bool, drop: bool, style: str
) -> int:
    """Diagnoses this clone and this machine, and shows how to fix each problem.

    With --forge, lists the settings that branch protection needs, and how to collect them; with --settings, what is
    missing. With --mend, stale git locks are removed, and HEAD, branches, the index and dvc.lock that a crash left
    unreadable are restored; damaged files are moved below .assay/aside, never deleted. With --abort, a git operation in
    progress is aborted, after every changed file was copied there.

    With --drop-write, an interrupted write is dropped: project files stay as they are, and its contents are kept. Exit
    code 1 if something required is missing or unknown.

    \b
    Examples:
      assay doctor
      assay doctor --format json
      assay doctor --forge
      assay doctor --forge github --settings settings.json
      assay doctor --mend
      assay doctor --abort
      assay doctor --drop-write
    """
    if abort:
        return _abort()
    if mending:
        return _fix()
    if drop:
        kept, states = files.set_aside(root_here())
        for name, state in states.items():
            click.echo(visible(f"{name}: {state}"))
        talk(f"the write was dropped; its contents are kept in {kept} (plan.json lists the files)")
        return ExitCode.OK
    if settings is not None and forge is None:
        raise click.UsageError("--settings needs --forge")
    if forge is not None:
        return ExitCode.OK if settings_said(project_here(), settings, style) else ExitCode.FINDINGS
    found = clone.examine_at(Path.cwd())
    if style == "json":
        keys = ("name", "well", "said", "fix", "needed")
        click.echo(as_json([{key: getattr(one, key) for key in keys} for one in found]))
    else:
        for one in found:
            mark = "ok" if one.well else "missing" if one.needed else "without"
            click.echo(visible(f"{mark:8}{one.name}: {one.said}"))
            if not one.well:
                click.echo(visible(f"        fix: {one.fix}"))
    return ExitCode.OK if all(one.well or not one.needed for one in found) else ExitCode.FINDINGS


def _fix() -> int:
    root = root_here()
    mended = clone.mend(root, clone.known_here(root))
    for line in mended.done:
        click.echo(visible(line))
    for line in mended.left:
        click.echo(visible(f"left: {line}"))
    if mended.kept:
        talk(f"moved files are kept in {mended.kept}")
    if not (mended.done or mended.left):
        talk("nothing to fix")
    return ExitCode.FINDINGS if mended.left else ExitCode.OK


def _abort() -> int:
    dropped = annotator.abort_operation(root_here())
    click.echo(visible(f"the {dropped.what} was aborted"))
    if dropped.put_back:
        talk(visible(f"edited meanwhile, restored in the work tree: {', '.join(dropped.put_back)}"))
    if dropped.branch:
        talk(f"commits made meanwhile are kept on branch {dropped.branch}")
    if dropped.kept:
        talk(f"copies of every changed file are in {dropped.kept}")
    return ExitCode.OK
