"""A small project in real git with real keys, in which somebody proposes a version and somebody approves it."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from assay.git.child import make_key, sign
from assay.guidelines.approval import Approval, approval_bytes, approval_path, signature_path
from assay.guidelines.edits import load_content
from assay.guidelines.signatures import NAMESPACE, signer_line
from assay.project.config import find_project
from assay.reviewer.forge_approval import ReviewedCommit, verify_reviews
from assay.reviewer.verification import statements, verify_records
from surroundings import without_git

NOW = "2026-03-03T00:00:00Z"
SIGNED_AT = "2026-03-02T10:00:00Z"
PROJECT_ID = "11111111-aaaa"
PEOPLE = {
    "ada": "{role: annotator, handle: Ada-X, emails: [ada@example.org]}",
    "ben": "{role: annotator, handle: ben-x, emails: [ben@example.org]}",
    "chen": "{role: reviewer, handle: chen-x, emails: [chen@example.org, 7+chen-home@users.noreply.example.org]}",
    "noor": "{role: lead, handle: noor-x, emails: [noor@example.org]}",
    "sam": "{role: reviewer, handle: sam-x}",
    "eve": "{role: reviewer, handle: eve-x}",
    "fay": "{role: reviewer, handle: fay-x}",
    "gil": "{role: reviewer, handle: gil-x}",
    "hal": "{role: reviewer, handle: hal-x, emails: [hal@example.org]}",
    "ida": "{role: reviewer, handle: ida-x, emails: [ada@example.org]}",
    "pia": "{role: reviewer, status: paused, since: 2026-01-01, handle: pia-x}",
    "tom": "{role: reviewer, status: trainee, handle: tom-x}",
    "exa": "{role: reviewer, status: excluded, handle: exa-x}",
    "bot": "{kind: model, role: reviewer, handle: bot-x}",
    "una": "{role: reviewer, handle: twin-x}",
    "uri": "{role: reviewer, handle: twin-x}",
}
OPTIONS = {
    "eve": 'valid-before="20260101000000"',
    "fay": 'valid-after="20270101000000"',
    "gil": 'namespaces="git"',
}
UNLISTED = frozenset({"una", "uri"})
SCHEMA = """\
type: object
title: Mood
properties:
  title: {title: The title, enum: [good, bad]}
"""
FIRST = "  - {version: 0.1.0, date: 2026-01-01, summary: first}\n"
SECOND = "  - {version: 0.2.0, date: 2026-03-01, summary: second, affects: [title=bad]}\n"


def guideline(version: str, changes: str, body: str = "Read it.\n") -> str:
    """A guideline's text."""
    return f"---\ntask: mood\nversion: {version}\nchanges:\n{changes}---\n{body}"


def git(root: Path, *arguments: str, author: str = "noor@example.org", committer: str | None = None) -> str:
    """Runs git as somebody."""
    clean = without_git(os.environ)
    who = {"AUTHOR": author, "COMMITTER": committer or author}
    named = {
        f"GIT_{role}_{key}": value for role, mail in who.items() for key, value in (("NAME", "X"), ("EMAIL", mail))
    }
    done = subprocess.run(
        ["git", "-c", "commit.gpgsign=false", *arguments],
        cwd=root, env={**clean, **named, "GIT_CONFIG_GLOBAL": os.devnull}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


@dataclass(frozen=True)
class Scene:
    """The project on the branch `proposal`, where ada has committed version 0.2.0; `keys` holds everybody's key."""

    root: Path
    keys: Path

    @property
    def project(self):
        """The project."""
        return find_project(self.root)

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return git(self.root, "rev-parse", "HEAD")

    def write(self, **files: str) -> None:
        """Writes files; a name's `__` stands for a slash."""
        for name, text in files.items():
            place = self.root / PLACES.get(name, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")

    def commit(self, author: str = "ada@example.org", message: str = "change", **who: str) -> None:
        """Commits everything."""
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "--allow-empty", "-m", message, author=author, **who)

    def edit(self, author: str, text: str = "More.\n", **more: str) -> None:
        """Somebody adds a line to the proposed guideline and commits it."""
        place = self.root / "guidelines/mood.md"
        place.write_text(place.read_text() + text)
        self.commit(author, **more)

    def record(
        self, who: str = "chen", *, key: str | None = None, namespace: str = NAMESPACE, **changed: object
    ) -> Path:
        """Somebody signs a record of what is here, with some of it changed."""
        content = load_content(self.project, "mood")
        said = Approval(
            project=PROJECT_ID, task="mood", version=content.version, digest=content.digest, way="signed",
            authors=("ada",), approvers=(who,), at=SIGNED_AT,
        )  # fmt: skip
        data = approval_bytes(replace(said, **changed))
        place = self.root / approval_path("mood", content.version)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        signature = sign(self.keys / (key or who), namespace, data)
        (self.root / signature_path("mood", content.version)).write_bytes(signature)
        return place

    def verify(self, **options: str) -> str:
        """What verifying the record says: empty where everything is approved, else why not."""
        return reasons(verify_records(self.project, "mood", now=NOW, **options))

    def verify_reviews(
        self, *reviews: dict, head: str = "", authors: tuple[str, ...] = ("ada-x",), base: str = "main"
    ) -> str:
        """The same for a forge's reviews."""
        given = ReviewedCommit(reviews=json.dumps(reviews).encode(), head=head, base=base, said=statements(authors))
        return reasons(verify_reviews(self.project, "mood", given))


PLACES = {
    "guideline": "guidelines/mood.md",
    "schema": "schemas/mood.yaml",
    "signers": "guidelines/allowed_signers",
    "policy": "checks/project.yaml",
}


def reasons(found) -> str:
    """Why something is held, all together; empty where nothing is."""
    return "; ".join(f"{one.content.task}: {one.judged.reason}" for one in found if not one.approved)


def build(folder: Path) -> Scene:
    """The scene, made once; tests change a copy of it."""
    root, keys = folder / "project", folder / "keys"
    lines = {who: make_key(keys / who, who) for who in PEOPLE}
    lines["stranger"] = make_key(keys / "stranger", "stranger")
    scene = Scene(root, keys)
    scene.write(
        policy=f"format: 1\nid: {PROJECT_ID}\napproval: forge\ntasks: {{mood: {{pool: texts}}}}\n",
        schema=SCHEMA,
        guideline=guideline("0.1.0", FIRST),
        signers=signers(lines),
        **{f"labels/annotators/{who}.yaml": f"{entry}\n" for who, entry in PEOPLE.items()},
    )
    git(root, "init", "-q", "-b", "main")
    scene.record("noor", authors=(), at="2026-01-02T10:00:00Z")
    scene.commit("chen@example.org", "the first version, approved")
    git(root, "switch", "-q", "-c", "proposal")
    scene.write(guideline=guideline("0.2.0", FIRST + SECOND))
    scene.commit("ada@example.org", "the second version")
    return scene


def signers(lines: dict[str, str]) -> str:
    """The allowed_signers: everybody by id, some with other options; a pattern that allows a stranger everything."""
    told = ["# who may sign", f"* {lines['stranger']}"]
    for who, line in lines.items():
        if who in {"stranger", "sam", *UNLISTED}:
            continue
        kind, key = line.split()[:2]
        told.append(f"{who} {OPTIONS[who]} {kind} {key}" if who in OPTIONS else signer_line(who, line))
    kind, key = lines["sam"].split()[:2]
    told += [f"sam,ada {kind} {key}", f"hal@example.org {' '.join(lines['ben'].split()[:2])}"]
    return "".join(f"{line}\n" for line in told)


def copied(scene: Scene, folder: Path) -> Scene:
    """A copy of the scene that may be changed."""
    shutil.copytree(scene.root, folder / "project")
    return Scene(folder / "project", scene.keys)


def review(login: str | None, state: str, commit: str, at: str = "2026-03-02T10:00:00Z", kind: str = "User") -> dict:
    """One review as GitHub's REST interface gives it."""
    return {
        "id": 80,
        "user": login and {"login": login, "id": 1, "type": kind},
        "body": "looks right\r\nto me",
        "state": state,
        "commit_id": commit,
        "submitted_at": at,
    }
