"""A labelling project on a bare remote, and the clones of the people who work on it."""

import json
import subprocess
from pathlib import Path

from pipelines import environment
from projects import FILES, small_project, write_files
from surroundings import without_git

TEAM = {
    "labels/annotators/ada.yaml": "role: annotator\nemails: [ada@example.org]\n",
    "labels/annotators/ben.yaml": "role: annotator\nemails: [ben@example.org]\n",
    "labels/annotators/noor.yaml": "role: lead\nemails: [noor@example.org]\n",
    "checks/mood.yaml": "consensus: {method: majority}\nrules: {schema: {errors_at_most: 0}}\n",
    ".gitignore": "/.assay/\n",
    ".gitattributes": "* text=auto eol=lf\n",
    "labels/mood/r4/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-04-02\nguideline: 0.2.0\nannotators: [ada, ben]\n",
    "labels/mood/r4/assignments.jsonl": "".join(
        f'{{"item":"i{number}","annotators":["ada","ben"]}}\n' for number in range(1, 6)
    ),
    "labels/mood/r4/ben.jsonl": '{"item":"i1","label":{"tone":"bad"}}\n',
}
POLICY = {name: TEAM[name] for name in ("checks/mood.yaml", ".gitignore")}
PART = "labels/mood/r4/ada.jsonl"


def git(folder, *arguments):
    """What git says, as whoever the clone is configured for."""
    clean = without_git(environment())
    done = subprocess.run(["git", *arguments], cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def repository(folder, changed=None):
    """The small project, with some files changed, committed by ada in a repository of its own: the project."""
    project = small_project(folder, {**POLICY, **(changed or {})})
    git(folder, "init", "-q", "-b", "main")
    known_as(folder, "ada")
    commit(folder, "the project")
    return project


def commit(folder, message, files=None):
    """Writes some files and commits everything: the commit."""
    write_files(folder, files or {})
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def known_as(folder, who):
    """Makes a clone commit as somebody."""
    git(folder, "config", "user.name", who)
    git(folder, "config", "user.email", f"{who}@example.org")
    return folder


def shared_project(place: Path, branch="main"):
    """A bare remote that holds the project, without the open batch `r3`, which asks ada and ben for every item."""
    seed, bare = place / "seed", place / "shared.git"
    files = {name: text for name, text in FILES.items() if "/r3/" not in name}
    write_files(seed, {**files, **TEAM})
    git(place, "init", "-q", "--bare", "-b", branch, str(bare))
    git(seed, "init", "-q", "-b", branch)
    known_as(seed, "noor")
    git(seed, "add", "-A")
    git(seed, "commit", "-q", "-m", "the project")
    git(seed, "push", "-q", str(bare), branch)
    return bare


def clone(bare, folder, who):
    """Somebody's clone."""
    known = ("-c", f"user.name={who}", "-c", f"user.email={who}@example.org")
    git(folder.parent, "clone", "-q", *known, str(bare), folder.name)
    return folder


def vote(item, tone="good", **more):
    """One line of a file of votes."""
    return json.dumps({"item": item, "label": {"tone": tone}, "guideline": "0.2.0", **more}, separators=(",", ":"))


def answer(folder, *lines, path=PART):
    """Writes a whole file of votes."""
    (folder / path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def squash_merge(bare, place, branch, into="main"):
    """What a forge does on «squash and merge»; the branch stays."""
    folder = place / f"merger-{len(list(place.glob('merger-*')))}"
    clone(bare, folder, "noor")
    if into != "main":
        git(folder, "switch", "-q", into)
    git(folder, "merge", "-q", "--squash", f"origin/{branch}")
    git(folder, "commit", "-q", "-m", f"squashed {branch}")
    git(folder, "push", "-q", "origin", into)


def lead_changes(bare, place, files, message="lead"):
    """A commit of the lead on the default branch."""
    folder = place / f"lead-{len(list(place.glob('lead-*')))}"
    clone(bare, folder, "noor")
    write_files(folder, files)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    git(folder, "push", "-q")


def branch(folder):
    """The branch that is checked out."""
    return git(folder, "branch", "--show-current")
