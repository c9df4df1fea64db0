"""A labelling project in real git, and pull requests against it made of git's plumbing alone: no work tree, no checkout."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assay.reviewer.event import SILENT, ForgeEvidence, Push, ReviewRequest
from assay.reviewer.pull_request import judge_pull_request
from assay.reviewer.result import ChangeVerdict
from projects import FILES
from surroundings import without_git

PEOPLE = {
    "ada": "{role: annotator, handle: Ada-X, emails: [ada@example.org], qualified: [mood]}",
    "ben": "{role: annotator, handle: ben-x, emails: [ben@example.org]}",
    "cleo": "{role: annotator, handle: cleo-x, emails: [cleo@example.org], qualified: []}",
    "dora": "{role: annotator, status: paused, since: 2026-01-01, handle: dora-x, emails: [dora@example.org]}",
    "rei": "{role: reviewer, handle: rei-x, emails: [rei@example.org]}",
    "noor": "{role: lead, handle: noor-x, emails: [noor@example.org]}",
    "bot": "{kind: model}",
    "una": "{handle: twin-x}",
    "uri": "{handle: twin-x}",
}
BASE: Mapping[str, str] = {
    **{path: text for path, text in FILES.items() if not path.startswith(("labels/annotators/", "labels/mood/r3"))},
    **{f"labels/annotators/{who}.yaml": f"{entry}\n" for who, entry in PEOPLE.items()},
    "checks/project.yaml": "format: 1\nid: test-project\ntasks: {mood: {pool: texts}}\n"
    "review: {file_mib: 0.01, files: 20, records: 30, draw: 0.05}\nreleases: [set]\n",
    "checks/mood.yaml": "consensus: {method: majority}\nrules:\n  schema: {errors_at_most: 0}\n"
    "  agreement:\n    tone: {at_least: 0.6, min_units: 3}\n    tone/good: {at_least: 0.5, coefficient: ac1}\n"
    "    tone by meta.lang: {at_least: 0.5, gap_at_most: 0.1, test: value}\n  gold: {accuracy_at_least: 0.8, min_items: 2}\n"
    "  unresolved: {at_most: 0.1}\n",
    "checks/waivers.yaml": "[]\n",
    "releases/set.yaml": "version: 1.0.0\ntasks: [mood]\nlicense: CC0-1.0\nsplits: {train: 1}\n",
    "dvc.yaml": "stages: {look: {cmd: assay gate}}\n",
    "guidelines/allowed_signers": "",
    "labels/mood/r3/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-03-02\nguideline: 0.2.0\n",
    "labels/mood/r3/assignments.jsonl": "".join(
        f'{{"item":"i{number}","annotators":["ada","ben","cleo","dora","noor","rei","una","uri"]}}\n'
        for number in range(1, 6)
    ),
    "labels/mood/r3/ada.jsonl": '{"item":"i4","label":{"tone":"good"}}\n{"item":"i5","label":{"tone":"good"}}\n',
    "labels/mood/r3/ben.jsonl": '{"item":"i5","label":{"tone":"good"}}\n',
    ".github/workflows/assay.yaml": "on: pull_request\n",
}
VOTE = '{"item":"i4","label":{"tone":"bad"}}\n'
_CLEAN = without_git(os.environ)


def git(root: Path, *arguments: str, given: bytes = b"") -> str:
    """Runs git."""
    done = subprocess.run(
        ["git", "-c", "core.protectNTFS=false", "-c", "core.protectHFS=false", *arguments],
        cwd=root, input=given, env={**_CLEAN, "GIT_CONFIG_GLOBAL": os.devnull}, check=True, capture_output=True,
    )  # fmt: skip
    return done.stdout.decode().strip()


@dataclass(frozen=True)
class Edit:
    """One commit: files written (None: removed), `modes` and `links` by path, by whom."""

    files: Mapping[str, str | bytes | None] = field(default_factory=dict)
    by: str = "ada"
    committer: str = ""
    message: str = "labels"
    modes: Mapping[str, str] = field(default_factory=dict)
    submodules: Sequence[str] = ()
    merges: str = ""


def mail(who: str) -> str:
    """A person's address; one with an @ stands for itself."""
    return who if "@" in who else f"{who}@example.org"


def commit(root: Path, branch: str, edits: Sequence[Edit], start: str = "main") -> str:
    """Commits the edits on a new branch with `git fast-import`; gives the last commit."""
    commit_all(root, {branch: edits}, start)
    return git(root, "rev-parse", f"refs/heads/{branch}")


def commit_all(root: Path, branches: Mapping[str, Sequence[Edit]], start: str = "main") -> None:
    """Commits the edits of many branches at once."""
    stream = b"".join(
        _commit(branch, edit, "" if number else start)
        for branch, edits in branches.items()
        for number, edit in enumerate(edits)
    )
    git(root, "fast-import", "--quiet", "--force", given=stream)


def _commit(branch: str, edit: Edit, start: str) -> bytes:
    who = [f"{role} X <{mail(one)}> 1770000000 +0000\n" for role, one in
           (("author", edit.by), ("committer", edit.committer or edit.by))]  # fmt: skip
    said = edit.message.encode()
    head = f"commit refs/heads/{branch}\n{''.join(who)}data {len(said)}\n".encode() + said + b"\n"
    if start:
        head += f"from refs/heads/{start}\n".encode()
    if edit.merges:
        head += f"merge {edit.merges}\n".encode()
    for path, content in edit.files.items():
        quoted = _quoted(path)
        if content is None:
            head += b"D " + quoted + b"\n"
            continue
        data = content.encode() if isinstance(content, str) else content
        mode = edit.modes.get(path, "100644").encode()
        head += b"M " + mode + b" inline " + quoted + b"\ndata " + str(len(data)).encode() + b"\n" + data + b"\n"
    for path in edit.submodules:
        head += b"M 160000 " + b"1" * 40 + b" " + _quoted(path) + b"\n"
    return head


def _quoted(path: str) -> bytes:
    raw = os.fsencode(path)
    return b'"' + b"".join(
        b"\\%03o" % byte if byte < 32 or byte in b'"\\' or byte > 126 else bytes([byte]) for byte in raw
    ) + b'"'  # fmt: skip


def prepared(root: Path, files: Mapping[str, str] = BASE) -> Path:
    """The base project on the branch `main` of a bare-looking repository: its work tree stays empty."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    stream = _commit("main", Edit(files=files, by="noor"), "")
    git(root, "fast-import", "--quiet", given=stream)
    return root


def proposed(root: Path, name: str, *edits: Edit, actor: str = "Ada-X", secret: bytes = b"") -> ChangeVerdict:
    """The verdict on a pull request of these commits."""
    commit_all(root, {name: edits})
    return judged(root, name, actor=actor, secret=secret)


def judged(root: Path, branch: str, *, actor: str = "Ada-X", secret: bytes = b"") -> ChangeVerdict:
    """The verdict on a branch that the actor pushed as a whole, by the forge's word; without an actor no forge speaks."""
    forge = ForgeEvidence(pushes=(pushed(root, branch, actor),)) if actor else SILENT
    return judge_pull_request(root, ReviewRequest(base="main", head=branch, forge=forge, secret=secret)).verdict


def pushed(root: Path, branch: str, actor: str, before: str = "") -> Push:
    """The push of a branch up to what it is now; without `before` it was new."""
    return Push(before=before, after=git(root, "rev-parse", branch), actor=actor)
