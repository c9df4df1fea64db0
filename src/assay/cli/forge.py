"""What `init`, `install` and `doctor` say of a forge."""

from pathlib import Path

import click

from assay.actions.forge_files import CiForge, install_forge
from assay.actions.forge_settings import Answer, SettingJudged, judge_settings, settings_of
from assay.actions.forge_wanted import SETTINGS, SOURCES, Setting
from assay.cli.context import talk
from assay.project import Project
from assay.report import as_json
from assay.store.files import read_bytes
from assay.store.git import default_branch

_MARKS = {Answer.YES: "ok", Answer.NO: "missing", Answer.UNKNOWN: "not said"}


def install_for(project: Project, forge: CiForge, *, force: bool = False, show: bool = False) -> bool:
    """Writes the files of a forge and says what was done; whether everything is as this assay writes it."""
    done = install_forge(project, forge, force=force)
    for path in done.written:
        click.echo(f"wrote {path}")
    for path in done.same:
        click.echo(f"kept  {path} (it is as assay writes it)")
    for path in done.differing:
        click.echo(f"kept  {path} (it differs from what assay writes: --diff shows how, --force replaces it)")
        if show:
            click.echo(done.diffs[path], nl=False)
    for step in done.remaining:
        talk(f"still to do: {step}")
    return not done.differing


def settings_said(project: Project, given: Path | None, style: str) -> bool:
    """Says which settings GitHub is to have, or which of them a file has; whether none that is required is missing."""
    judged = () if given is None else judge_settings(settings_of(read_bytes(given)))
    if style == "json":
        click.echo(as_json(list(map(_as_json, judged or SETTINGS))))
    elif given is None:
        click.echo("\n".join(map(_wanted, SETTINGS)))
        talk(_to_collect(default_branch(project.root) or "main"))
    else:
        click.echo("\n".join(map(_found, judged)))
    return all(one.stands for one in judged)


def _wanted(setting: Setting) -> str:
    advice = " (advice)" if setting.advice else ""
    return f"{setting.id}{advice}: {setting.wanted}\n  why: {setting.why}\n  where: {setting.where}"


def _found(one: SettingJudged) -> str:
    mark = "advice" if one.setting.advice and one.answer is not Answer.YES else _MARKS[one.answer]
    line = f"{mark:8}  {one.setting.id}: {one.setting.wanted}"
    return line if one.answer is Answer.YES else f"{line}\n          where: {one.setting.where}"


def _as_json(one: Setting | SettingJudged) -> dict[str, object]:
    setting = one if isinstance(one, Setting) else one.setting
    told = {name: getattr(setting, name) for name in ("id", "wanted", "why", "where", "advice")}
    return told if isinstance(one, Setting) else {**told, "answer": one.answer.value}


def _to_collect(branch: str) -> str:
    """The commands that collect what GitHub says, for an administrator's `gh`, into one file."""
    one = {key: path.replace("BRANCH", branch) for key, path in SOURCES.items() if key != "rulesets"}
    lines = [
        f'  --argjson {key} "$(gh api repos/{{owner}}/{{repo}}{path.removeprefix("repos/OWNER/REPO")})"'
        for key, path in one.items()
    ]
    rulesets = (
        "  --argjson rulesets \"$(gh api repos/{owner}/{repo}/rulesets --jq '.[].id' |"
        ' xargs -I% gh api repos/{owner}/{repo}/rulesets/% | jq -s .)"'
    )
    joined = " \\\n".join(["jq -n", *lines, rulesets, "  '$ARGS.named' > settings.json"])
    return f"\nto hold a repository against this, as its administrator:\n{joined}\nassay doctor --forge github --settings settings.json"
