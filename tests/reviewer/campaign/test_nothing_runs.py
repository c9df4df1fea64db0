"""A clone whose every setting names a program of somebody's, and a change whose attributes do: none of them is run."""

import itertools
import json
import subprocess
from pathlib import Path

import pytest

from proposing import Edit, commit_all, git
from reviewer.campaign.claims import UNASSIGNED
from reviewer.campaign.configuration import THRESHOLDS
from reviewer.campaign.merges import BEN_TURNED, MORE
from reviewer.campaign.own import HONEST, MINE
from reviewer.campaign.project import ADAS, BENS, R3
from reviewer.campaign.scene import push, scene, told
from signing import sign_branch

pytestmark = pytest.mark.threat(17)

ATTRIBUTES = "* merge=evil filter=evil diff=evil ident eol=crlf\n"
CHANGES = {
    "honest": HONEST[0].edits,
    "signed": HONEST[1].edits,
    "unassigned": UNASSIGNED[0].edits,
    "threshold": THRESHOLDS[0].edits,
    "conflict": [Edit(files={f"{R3}/ben.jsonl": BENS.replace("bad", "good")}, by="ben")],
    "attributes": [Edit(files={".gitattributes": ATTRIBUTES, "labels/.gitattributes": ATTRIBUTES, **MORE})],
    "attributes-of-a-lead": [Edit(files={".gitattributes": ATTRIBUTES}, by="noor")],
    "renamed": [Edit(files={MINE: None, "labels/mood/r4/ada.jsonl": ADAS})],
    "module": [Edit(files={".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ext::PROGRAM\n\tupdate = !PROGRAM\n'}, submodules=["x"])],
}  # fmt: skip
HOOKS = ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc", "post-rewrite", "fsmonitor-watchman",
         "pre-commit", "pre-merge-commit", "post-merge", "sendemail-validate", "proc-receive", "pre-push")  # fmt: skip
PROGRAMS = (
    "merge.evil.driver", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv",
    "diff.evil.command", "diff.external", "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass",
    "core.alternateRefsCommand", "gpg.program", "gpg.ssh.program", "gpg.x509.program", "gpg.ssh.defaultKeyCommand",
    "credential.helper", "sequence.editor", "uploadpack.packObjectsHook", "interactive.diffFilter", "core.gitProxy",
    "mergetool.evil.cmd", "difftool.evil.cmd", "trailer.x.command", "gc.recentObjectsHook", "browser.x.cmd", "man.x.cmd",
    "remote.origin.uploadpack", "pager.log", "pager.diff",
)  # fmt: skip
SETTINGS = {
    "filter.evil.required": "true", "log.showSignature": "true", "merge.default": "evil", "merge.renames": "false", "merge.tool": "evil",
    "merge.directoryRenames": "true", "diff.renames": "copies", "core.autocrlf": "true", "core.ignoreCase": "true",
    "core.quotePath": "true", "core.abbrev": "4", "core.useReplaceRefs": "true", "core.bigFileThreshold": "1", "color.ui": "always",
    "log.date": "relative", "log.decorate": "full", "log.follow": "true", "log.mailmap": "true", "format.pretty": "%B",
    "i18n.logOutputEncoding": "UTF-16", "diff.noprefix": "true", "protocol.ext.allow": "always", "remote.origin.promisor": "true",
    "remote.origin.partialCloneFilter": "blob:none", "remote.evil.url": "ext::PROGRAM", "remote.evil.promisor": "true",
    "core.attributesFile": "ATTRIBUTES", "includeIf.gitdir:**.path": "INCLUDED", "commit.gpgSign": "true", "gpg.format": "ssh",
    "extensions.worktreeConfig": "true", "merge.verifySignatures": "true", "core.precomposeUnicode": "true", "core.symlinks": "false",
}  # fmt: skip
ALIASED = ("merge-tree", "log", "cat-file", "ls-tree", "rev-list", "rev-parse", "merge-base", "for-each-ref")


def _program(folder: Path, name: str) -> str:
    """A program that leaves a mark when it is run, whatever it is asked."""
    place = folder / "programs" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\ntouch '{folder}/marks/{name}'\nexit 0\n")
    place.chmod(0o755)
    return str(place)


def _arm(folder: Path, clone: Path) -> None:
    """Every setting that names a program names one that leaves a mark."""
    (folder / "marks").mkdir()
    (folder / "attributes").write_text(ATTRIBUTES)
    (folder / "included").write_text(f"[core]\n\tfsmonitor = {_program(folder, 'included')}\n")
    named = {
        "PROGRAM": _program(folder, "remote"),
        "ATTRIBUTES": str(folder / "attributes"),
        "INCLUDED": str(folder / "included"),
    }
    for name, value in SETTINGS.items():
        word = next((word for word in named if word in value), "")
        git(clone, "config", name, value.replace(word, named[word]) if word else value)
    for name in PROGRAMS:
        git(clone, "config", name, f"{_program(folder, name)}{' %O %A %B' if name == 'merge.evil.driver' else ''}")
    for name in ALIASED:
        git(clone, "config", f"alias.{name}", f"!{_program(folder, f'alias-{name}')}")
    (clone / ".git/info").mkdir(exist_ok=True)
    (clone / ".git/info/attributes").write_text(ATTRIBUTES)
    (clone / ".gitattributes").write_text(ATTRIBUTES)
    (clone / ".git/hooks").mkdir(exist_ok=True)
    for name in HOOKS:
        (clone / ".git/hooks" / name).write_text(Path(_program(folder, f"hook-{name}")).read_text())
        (clone / ".git/hooks" / name).chmod(0o755)
    (clone / ".mailmap").write_text("X <ben@example.org> <ada@example.org>\n")


@pytest.fixture(scope="module")
def clones(tmp_path_factory):
    """The scene, a plain clone of it and one that is armed, and where its programs leave marks."""
    place = tmp_path_factory.mktemp("armed")
    made = scene(place / "scene", [])
    commit_all(made.root, CHANGES)
    sign_branch(made.root, "signed", [made.keys / "ada"] * 2)
    commit_all(
        made.root, {"moved-on": [Edit(files=BEN_TURNED, by="ben"), Edit(files={"docs/page.md": "x\n"}, by="noor")]}
    )
    for name in ("plain", "armed"):
        git(place, "clone", "--quiet", str(made.root), name)
    _arm(place, place / "armed")
    return place


def _marks(place):
    found = {mark.name for mark in (place / "marks").iterdir()}
    for mark in (place / "marks").iterdir():
        mark.unlink()
    return found


def test_git_itself_runs_them(clones):
    """So that the test below can fail."""
    without = ("filter.evil.process=", "filter.evil.required=false", "merge.verifySignatures=false", "commit.gpgSign=false",
               "user.name=X", "user.email=x@y.z")  # fmt: skip
    settings = [word for setting in without for word in ("-c", setting)]
    for command in (
        ["checkout", "--force", "--detach", "origin/conflict"], ["merge", "origin/moved-on"], ["merge", "--abort"],
        ["diff", "--ext-diff", "origin/main", "origin/moved-on"], ["fetch", "evil"], ["checkout", "--force", "main"],
    ):  # fmt: skip
        subprocess.run(["git", *settings, *command], cwd=clones / "armed", capture_output=True, check=False, timeout=60)
    subprocess.run(["git", "add", "--all"], cwd=clones / "armed", capture_output=True, check=False, timeout=60)
    ran = _marks(clones)
    wanted = {
        "filter.evil.process",
        "merge.evil.driver",
        "diff.evil.command",
        "included",
        "hook-post-checkout",
        "remote",
    }
    assert wanted <= ran, sorted(ran)


@pytest.mark.parametrize(
    ("base", "head"), [*itertools.product(["main"], CHANGES), ("moved-on", "honest"), ("moved-on", "conflict")]
)
def test_a_review_runs_none_of_them_and_says_what_it_says_of_a_plain_clone(clones, base, head):
    _marks(clones)
    pushes = clones / "pushes.json"
    said = []
    for name in ("plain", "armed"):
        entry = push(git(clones / "plain", "rev-parse", f"origin/{head}"), "ada-x")
        pushes.write_text(json.dumps([entry]))
        asked = ["review", f"origin/{base}", f"origin/{head}", "--pushes", str(pushes), "--format", "json"]
        said.append(told(asked, clones / name))
    assert said[0] == said[1]
    assert said[0][0] in {0, 1}
    assert _marks(clones) == set()


def test_the_clone_is_left_as_it_was(clones):
    before = _state(clones / "armed")
    told(["review", "origin/main", "origin/attributes"], clones / "armed")
    assert _state(clones / "armed") == before
    assert (
        json.loads(told(["review", "origin/moved-on", "origin/conflict", "--format", "json"], clones / "armed")[1])[
            "verdict"
        ]["outcome"]
        == "refused"
    )


def _state(clone):
    """Every file of the clone but assay's own memory."""
    files = (path for path in clone.rglob("*") if path.is_file() and "assay" not in path.relative_to(clone).parts)
    return {str(path.relative_to(clone)): path.read_bytes() for path in files}


@pytest.mark.parametrize("head", ["honest", "signed", "conflict", "attributes", "renamed"])
def test_the_same_settings_in_the_environment_run_none_of_them_and_change_no_word(clones, head):
    listing = git(clones / "armed", "config", "--local", "--list", "-z")
    pairs = [entry.partition("\n")[::2] for entry in listing.split("\0") if entry]
    named = [
        (key, value)
        for key, value in pairs
        if not key.startswith(("core.bare", "core.repo", "extensions.", "branch.", "remote."))
    ]
    counted = {"GIT_CONFIG_COUNT": str(len(named))}
    for number, (key, value) in enumerate(named):
        counted |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    _marks(clones)
    asked = ["review", "origin/moved-on", f"origin/{head}", "--format", "json"]
    assert told(asked, clones / "plain", counted) == told(asked, clones / "plain")
    assert _marks(clones) == set()
