"""Writes `docs/review-example.md`: what `assay review` says of a change to the reference project.

    .venv/bin/python tests/review_example.py

The change is made here: the reference project's files in a repository of their own, and a branch on which chen labels on.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import orjson

from assay.reviewer.event import ForgeEvidence, Push, ReviewRequest
from assay.reviewer.pull_request import review_pull_request
from assay.reviewer.report import review_markdown
from surroundings import without_git

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/review-example.md"
PARTS = ("checks", "guidelines", "labels", "releases", "schemas", "dvc.yaml")
VOTES = "labels/triage/2026-11-round-3/chen.jsonl"
ANSWERS = {
    "msg-081": {"intent": "problem", "products": [], "topics": ["account"], "urgency": 3},
    "msg-087": {"intent": "cancel", "products": [], "topics": ["account"], "urgency": 2},
    "msg-089": {"intent": "problem", "products": [], "topics": ["privacy", "sync"], "urgency": 4},
    "msg-090": {
        "intent": "problem",
        "products": [{"end": 54, "label": "tern-router", "start": 43}],
        "topics": ["network"],
        "urgency": 2,
    },
    "msg-093": {
        "intent": "problem",
        "products": [{"end": 49, "label": "tern-router", "start": 38}],
        "topics": ["network"],
        "urgency": 1,
    },
}
INTRODUCTION = """\
<!-- made by tests/review_example.py; do not edit by hand -->
# A report, as it stands below a pull request

An annotator of the reference project labels on in an open batch and corrects one answer. This is what
`assay review main HEAD --actor chen-at-example --pushes pushes.json --format markdown` says of it, where `pushes.json` is the forge's
word that chen pushed the branch. The project, its people and its messages are invented.

---

"""


def example(folder: Path) -> str:
    """The report on the change, made in a new repository in `folder`."""
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / part)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _commit(folder, "noor-at-example", "The project")
    _git(folder, "switch", "--quiet", "--create", "chen/triage/2026-11-round-3")
    _label(folder / VOTES)
    _commit(folder, "chen-at-example", "triage/2026-11-round-3: five answers")
    head = _git(folder, "rev-parse", "HEAD")
    asked = ReviewRequest(
        base="main",
        actors=("chen-at-example",),
        forge=ForgeEvidence(pushes=(Push(before="", after=head, actor="chen-at-example"),)),
        title="triage/2026-11-round-3: five answers of chen",
        branch="chen/triage/2026-11-round-3",
    )
    return INTRODUCTION + review_markdown(review_pull_request(folder, asked)) + "\n"


def settled(page: str) -> str:
    """The page without the names of its commits, which depend on every byte of the project."""
    return re.sub(r"`[0-9a-f]{12}`", "`commit`", page)


def _label(votes: Path) -> None:
    records = {record["item"]: record for record in map(orjson.loads, votes.read_bytes().splitlines())}
    for minute, (item, label) in enumerate(ANSWERS.items()):
        made = {"guideline": "1.1.0", "at": f"2026-11-17T09:{minute:02}:00Z", "seconds": 9 + minute}
        records[item] = {"item": item, "label": label, **made}
    votes.write_bytes(b"".join(orjson.dumps(records[item]) + b"\n" for item in sorted(records)))


def _commit(folder: Path, handle: str, message: str) -> None:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "-m", message, handle=handle)


def _git(folder: Path, *arguments: str, handle: str = "") -> str:
    clean = without_git(os.environ)
    who = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (
            ("NAME", handle),
            ("EMAIL", f"{handle}@users.noreply.github.com"),
            ("DATE", "2026-11-17T10:00:00Z"),
        )
    }
    done = subprocess.run(
        ["git", "-c", "commit.gpgsign=false", *arguments],
        cwd=folder, env={**clean, **who, "GIT_CONFIG_GLOBAL": os.devnull}, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.stdout.strip()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        PAGE.write_text(example(Path(scratch)), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE.relative_to(ROOT)}\n")
