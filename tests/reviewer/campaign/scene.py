"""The repositories of the campaign, with every branch of it, and the command line that judges one."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assay.cli.error_handler import run
from assay.git.child import make_key
from proposing import Edit, commit_all, git, mail, prepared
from reviewer.campaign.case import OK, REFUSED, UNKNOWN, Case, Request, Told
from reviewer.campaign.project import FILES, PROJECT, R3, vote
from surroundings import without_git

NESTED = "team/annot/"
KEYS = {"ada": "ada {git} {key}", "ben": "ben {git} {key}", "plain": 'ada namespaces="assay-guideline" {key}',
        "old": 'ada {git},valid-before="20240101000000" {key}', "zed": "zed {git} {key}", "rei": "rei {git} {key}"}  # fmt: skip
CODE = PROJECT + "code: [src/**, 'tests/**', Makefile]\n"
CORRECTED = {f"{R3}/ada.jsonl": vote("i5") + vote("i6", first={"tone": "bad"}),
             f"{R3}/rei.jsonl": vote("i5", suggestion={"by": "bot", "shown": {"tone": "good"}})}  # fmt: skip
BASES: Mapping[str, Sequence[Edit]] = {
    "base/corrected": [Edit(files=CORRECTED, by="ada")],
    "base/code": [Edit(files={"checks/project.yaml": CODE, "src/x.py": "x\n"}, by="noor")],
    "base/schema-broken": [Edit(files={"schemas/mood.yaml": "type: [\n"}, by="noor")],
    "base/other-task-broken": [Edit(files={"schemas/song.yaml": "type: [\n"}, by="noor")],
    "base/checks-broken": [Edit(files={"checks/mood.yaml": "rules: 7\n"}, by="noor")],
    "base/project-broken": [Edit(files={"checks/project.yaml": "format: 1\nid: [\n"}, by="noor")],
    "base/no-project": [Edit(files={"checks/project.yaml": None}, by="noor")],
}
DAY = 1717200000
_CLEAN = {name: value for name, value in without_git(os.environ).items() if not name.startswith("ASSAY_DRAW")}
_NOBODY = {**_CLEAN, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_EDITOR": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of a request: the outcome, its reasons or the message, and all that was printed."""

    outcome: str
    said: str
    printed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A linked work tree in which git's own commands make commits of somebody's, at chosen times."""

    folder: Path

    def git(self, *arguments: str, by: str = "ada", at: int = 0, fails: bool = False) -> str:
        """What git says to somebody at `DAY` + `at` seconds; `fails`: it may refuse, as a merge that conflicts does."""
        who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
               for what, value in (("NAME", "X"), ("EMAIL", mail(by)), ("DATE", f"{DAY + at} +0000"))}  # fmt: skip
        # A rebase or a pick keeps the author; these name the committer alone.
        if arguments[0] in {"rebase", "cherry-pick"}:
            who = {name: value for name, value in who.items() if "AUTHOR" not in name}
        done = subprocess.run(
            ["git", "-c", "commit.gpgsign=false", *arguments],
            cwd=self.folder, env={**_NOBODY, **who}, check=not fails, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    def at(self, start: str) -> "Shop":
        """Stands on a commit, with nothing left over."""
        self.git("reset", "--quiet", "--hard")
        self.git("clean", "--quiet", "-fdx")
        self.git("switch", "--quiet", "--detach", start)
        return self

    def write(self, files: Mapping[str, str | None]) -> "Shop":
        """Writes files, None removes one, and adds all to the index."""
        for path, content in files.items():
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)
            if content is not None:
                place.write_text(content, encoding="utf-8")
        self.git("add", "--all")
        return self

    def commit(
        self, files: Mapping[str, str | None] | None = None, *, by: str = "ada", at: int = 0, said: str = "x"
    ) -> str:
        """Commits the files and what else is in the index; the commit."""
        self.write(files or {})
        self.git("commit", "--quiet", "--allow-empty", "-m", said, by=by, at=at)
        return self.head

    def merge(self, *others: str, by: str = "ada", at: int = 0, options: Sequence[str] = ()) -> str:
        """Merges commits that do not conflict; the commit."""
        self.git("merge", "--quiet", "--no-ff", "--no-edit", *options, *others, by=by, at=at)
        return self.head

    @property
    def head(self) -> str:
        """Where it stands."""
        return self.git("rev-parse", "HEAD")


@dataclass(frozen=True, slots=True)
class Scene:
    """A folder with the repositories: `clone`, whose base is checked out, and `nested`, whose project is a folder."""

    place: Path
    made: dict[str, Request] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The repository that most cases are in."""
        return self.place / "clone"

    @property
    def keys(self) -> Path:
        """The folder of everybody's private keys."""
        return self.place / "keys"

    def shop(self, start: str) -> Shop:
        """The work tree for git's own commands, on a commit."""
        folder = self.place / "shop"
        if not folder.exists():
            git(self.root, "worktree", "add", "--quiet", "--detach", str(folder), "main")
        return Shop(folder=folder).at(start)

    def commit(self, name: str) -> str:
        """A commit by its name."""
        return git(self.root, "rev-parse", name)

    def request(self, case: Case) -> Request:
        """What the case asks, made once."""
        if case.branch not in self.made:
            made = case.make(self) if case.make else Request(base=case.base, head=case.branch, folder=case.folder)
            self.made[case.branch] = replace(
                made, told=made.told or self._told(case, self.place / made.folder, made.head)
            )
        return self.made[case.branch]

    def judge(self, case: Case, *, process: bool = False) -> Seen:
        """What the command line says of a case, in this process or one of its own."""
        asked = self.request(case)
        folder = self.place / asked.folder
        arguments = [*(asked.command or self._review(asked))]
        code, out, err = (_process if process else told)(arguments, folder, case.environment)
        if code not in {0, 1}:
            return Seen(outcome=UNKNOWN if code == 2 else f"exit {code}", said=err, printed=out + err)
        if arguments[0] != "review":
            return Seen(outcome=REFUSED if code else OK, said=out + err, printed=out + err)
        verdict = json.loads(out)["verdict"]
        agrees = (verdict["outcome"] == REFUSED) == bool(code)
        outcome = verdict["outcome"] if agrees else f"{verdict['outcome']} with exit code {code}"
        return Seen(outcome=outcome, said="\n".join(verdict["reasons"]), printed=out)

    def _told(self, case: Case, folder: Path, head: str) -> Told:
        if case.tell:
            return case.tell(self, head)
        done = subprocess.run(["git", "rev-parse", head], cwd=folder, capture_output=True, text=True, check=False)
        after = done.stdout.strip()
        return Told(pushes=[push(after, case.by)] if len(after) == 40 else None)

    def _review(self, asked: Request) -> Iterable[str]:
        says = asked.told or Told()
        yield from ("review", asked.base, asked.head, "--format", "json")
        for option, content in (("--pushes", says.pushes), ("--event", says.event)):
            if content is not None:
                file = self.place / f"{option[2:]}.json"
                file.write_text(content if isinstance(content, str) else json.dumps(content))
                yield from (option, str(file))
        for actor in says.actors:
            yield from ("--actor", actor)


def push(after: str, actor: str, before: str = "0" * 40) -> dict[str, str]:
    """An entry of a list of pushes; without `before` the branch was new."""
    return {"before": before, "after": after, "actor": actor}


def scene(place: Path, cases: Iterable[Case]) -> Scene:
    """The repositories, with the branches of the cases; what a case makes by git's own commands is made when it is judged."""
    made = Scene(place)
    lines = []
    for name, line in KEYS.items():
        key = " ".join(make_key(made.keys / name, name).split()[:2])
        lines.append(line.format(git='namespaces="assay-guideline,git"', key=key))
    files = {**FILES, "guidelines/allowed_signers": "\n".join([*lines, ""])}
    prepared(made.root, files)
    prepared(place / "nested", {**{f"{NESTED}{path}": text for path, text in files.items()}, "README.md": "The top.\n"})
    grouped: defaultdict[tuple[str, str], dict[str, Sequence[Edit]]] = defaultdict(dict)
    for case in cases:
        if case.edits:
            grouped[case.folder.partition("/")[0], case.start][case.branch] = case.edits
    commit_all(made.root, BASES)
    for (folder, start), branches in grouped.items():
        commit_all(place / folder, branches, start)
    for folder in ("clone", "nested"):
        git(place / folder, "checkout", "--quiet", "main")
    return made


def told(arguments: Sequence[str], folder: Path, environment: Mapping[str, str] = {}) -> tuple[int, str, str]:
    """How a command line ends in a folder, in this process: exit code, results, talk."""
    out, err = io.StringIO(), io.StringIO()
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = int(run(arguments))
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
    return code, out.getvalue(), err.getvalue()


def _process(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "assay", *arguments],
        cwd=folder, env={**_CLEAN, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr
