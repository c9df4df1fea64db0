"""What a path is: unknown ones are the leads', what a program obeys is never a label, what is made is not committed."""

import time

import pytest

from assay.clone.project_files import project_templates
from assay.core.people import Role
from assay.reviewer.kinds import KINDS, classify_path, path_faults
from assay.reviewer.result import ReviewOutcome
from proposing import BASE, VOTE, Edit, commit_all, judged, prepared

pytestmark = pytest.mark.threat(16)

OK, APPROVAL, REFUSED = ReviewOutcome.OK, ReviewOutcome.APPROVAL, ReviewOutcome.REFUSED
NOORS = "labels/mood/r3/noor.jsonl"

OBEYED = {
    "workflow": (
        ".github/workflows/x.yml", ".github/CODEOWNERS", ".gitlab-ci.yml", ".gitlab/CODEOWNERS", ".gitattributes",
        ".gitmodules", ".gitignore", "labels/mood/r3/.gitattributes", "guidelines/.gitattributes", "docs/.gitignore",
        "apps/.github/workflows/x.yml", ".circleci/config.yml", "action.yml", "tools/action.yaml", "CODEOWNERS",
        "docs/CODEOWNERS", "Jenkinsfile", "azure-pipelines.yml", "bitbucket-pipelines.yml", "labels/.gitkeep/x.jsonl",
    ),
    "pipeline": (
        "dvc.yaml", "labels/mood/dvc.yaml", "labels/items/texts/media/dvc.yaml", "labels/mood/r3/dvc.lock",
        "guidelines/dvc.yaml", "labels/mood/DVC.yaml", "docs/dvc.yaml", "params.yaml", "labels/mood/params.yaml", "data.dvc",
        "labels/items/texts/media.dvc", ".dvc/config", "apps/.dvc/config", ".dvcignore", "labels/.dvcignore",
    ),
    "code": (
        ".ci/run", "tests/test_x.py", "tests/README.md", "test/x.txt", "src/assay/x.py", "src/x/README.md",
        "scripts/x", "hooks/pre-commit", "bin/run", "Makefile", "GNUmakefile", "labels/mood/Makefile", "conftest.py", "labels/items/texts/media/CONFTEST.py", "SRC/README.md",
        "checks/conftest.py", "labels/mood/r3/conftest.py", "labels/items/texts/media/conftest.py",
        "guidelines/conftest.py", "docs/conftest.py", "reports/conftest.py", "pyproject.toml", "docs/pyproject.toml",
        "tox.ini", "pytest.ini", "noxfile.py", "setup.py", "setup.cfg", "sitecustomize.py", "labels/x.pth",
        ".pre-commit-config.yaml", ".pre-commit-hooks.yaml", "package.json", "docs/package.json", "requirements.txt",
        "requirements-run.lock", "uv.lock", "Dockerfile", "docs/Dockerfile.dev",
        "docker-compose.yml", ".husky/pre-commit", ".devcontainer/devcontainer.json", ".vscode/tasks.json", ".envrc",
        "labels/.envrc", "guidelines/.envrc", "docs/.vitepress/config.md", "AGENTS.md", "docs/CLAUDE.md", "run.sh", "x.py",
    ),
    "other": (
        "x", "data.csv", "apps/x.md", "apps/x.py", "docs/x.html", "docs/x.svg", "docs/conf.py", "docs/Makefile.x/y",
        "labels/x.py", "labels/mood/r3/ada.jsonl.orig", "labels/mood/notes.txt", "labels/mood/r3/run.sh", "requirements/dev.txt", "guidelines/x.py",
        "guidelines/mood.html", "guidelines/approvals/mood/run.sh", "Labels.md/x", "README", "readme.rst",
        "Build.md/x", "builds/x.parquet", "apps/build/x",
    ),
}  # fmt: skip
DOCUMENTS = (
    "README.md", "CONTRIBUTING.md", "LICENSE", "LICENSE.md", "NOTICE", "docs/x.md", "docs/deep/x.md", "docs/x.png",
    "docs/deep/x.jpeg", "build/README.md", "labels/README.md", "labels/items/README.md", "checks/README.md",
    "apps/README.md",
)  # fmt: skip
MADE = (
    "build/mood/annotations.parquet", "build/x", "build", "Build/x", "build/readme.md", "build/mood/README.md",
    "build/.gitignore", "build/conftest.py", "gate/verdict.json", "GATE/verdict.json", "release/set/data.jsonl",
    "release/README.md", "dvc_plots/index.html", ".assay/x", ".venv/bin/python", "checks/__pycache__/check_x.pyc",
    "labels/x.pyc", "labels/mood/r3/.ada.jsonl.tmp1",
)  # fmt: skip
NAMED_OTHERWISE = {
    "labels/mood/r1.dvc": "stored-labels",
    "labels/mood/gold/ada.jsonl.dvc": "stored-labels",
    "labels/mood/r3/ada.jsonl": "votes",
    "labels/mood/r3/params.jsonl": "votes",
    "labels/mood/r3/@crowd.jsonl": "import",
    "labels/mood/r3/rei.adjudicated.jsonl": "adjudication",
    "labels/mood/r3/rei.returned.jsonl": "returned",
    "labels/mood/gold/rei.jsonl": "gold",
    "labels/mood/gold/@crowd.jsonl": "import",
    "labels/sources/crowd.jsonl": "import",
    "guidelines/allowed_signers": "signers",
    "guidelines/agents.md": "guideline",
    "docs/agents.md": "document",
    "labels/items/texts/media/x.toml": "items",
    "labels/items/texts/media/Makefile": "items",
    "labels/items/texts/media/setup.py": "items",
    "labels/items/texts/x.jsonl": "items",
    "labels/mood/r3/assignments.jsonl": "batch",
    "labels/mood/r3/x.yaml": "labels",
    "labels/mood/R3/ada.jsonl": "labels",
    "labels/annotators/x": "roster",
    "labels/sources/identities.yaml": "roster",
    "labels/sources/identities.jsonl": "import",
    "guidelines/mood.md": "guideline",
    "guidelines/media/x.png": "guideline",
    "guidelines/approvals/mood/0.1.0.sig": "approval",
    "guidelines/approvals/judges/mood/one/0.1.0.sig": "approval",
    "dvc.lock": "release-record",
    "reports/mood/x.json": "release-record",
    "checks/check_x.py": "checks",
    "schemas/mood.yaml": "schema",
    "schemas/README.txt": "schema",
    "schemas/migrations/mood/0001-x.yaml": "migration",
    "releases/set.yaml": "release",
    "releases/set/1.0.0.json": "release-record",
}
POLICY = [(kind, path) for kind, paths in OBEYED.items() for path in paths]


COMMITTED = [path for path in MADE if path.islower() and path not in {"build", "build/readme.md"}]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = prepared(
        tmp_path_factory.mktemp("kinds") / "clone",
        {**BASE, **dict.fromkeys(COMMITTED, "made\n")},
    )
    branches = {f"removed-{path}": [Edit(files={path: None}, by="noor")] for path in COMMITTED}
    for path in (*(path for _, path in POLICY), *MADE, *DOCUMENTS):
        for who in ("ada", "noor"):
            branches[f"{who}-{path}"] = [Edit(files={path: "x\n"}, by=who)]
        branches[f"mixed-{path}"] = [Edit(files={path: "x\n", NOORS: VOTE}, by="noor")]
        branches[f"run-{path}"] = [Edit(files={path: "x\n"}, by="noor", modes={path: "100755"})]
    commit_all(root, {_branch(name): edits for name, edits in branches.items()})
    return root


def _branch(name):
    return f"on-{name.encode().hex()}"


def _judged(root, name, actor="noor-x"):
    return judged(root, _branch(name), actor=actor)


@pytest.mark.parametrize(("kind", "path"), POLICY)
def test_what_a_program_obeys_and_what_no_rule_names_is_a_leads_and_never_with_votes(root, kind, path):
    assert classify_path(path).kind.name == kind
    lead, mixed = _judged(root, f"noor-{path}"), _judged(root, f"mixed-{path}")
    assert _judged(root, f"ada-{path}", "Ada-X").outcome is REFUSED
    assert (mixed.outcome, mixed.policy_change) == (REFUSED, True)
    assert any(f"{kind} and" in reason or f"{kind}, " in reason for reason in mixed.reasons)
    assert (lead.outcome, lead.policy_change) == (APPROVAL, True)
    assert _judged(root, f"run-{path}").outcome is APPROVAL


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_document_is_proposed_by_anybody_and_is_never_run(root, path):
    assert classify_path(path).kind.name == "document"
    for verdict in (_judged(root, f"ada-{path}", "Ada-X"), _judged(root, f"mixed-{path}")):
        assert (verdict.outcome, verdict.policy_change) == (APPROVAL, False)
    assert _judged(root, f"run-{path}").outcome is REFUSED


@pytest.mark.parametrize("path", MADE)
def test_what_is_made_is_never_committed_and_the_fix_is_said(root, path):
    assert classify_path(path).kind.name == "output"
    for branch, actor in (("noor", "noor-x"), ("ada", "Ada-X"), ("mixed", "noor-x")):
        verdict = _judged(root, f"{branch}-{path}", actor)
        assert verdict.outcome is REFUSED
        assert any(f"git rm --cached -- {path}" in reason for reason in verdict.reasons)


@pytest.mark.parametrize("path", COMMITTED)
def test_a_lead_takes_out_what_was_committed(root, path):
    assert _judged(root, f"removed-{path}").outcome is APPROVAL
    assert _judged(root, f"removed-{path}", "Ada-X").outcome is REFUSED


def test_the_command_that_takes_it_out_can_be_pasted(root):
    commit_all(root, {"odd": [Edit(files={"gate/$(id) x.json": "x\n"}, by="noor")]})
    assert any(reason.endswith("git rm --cached -- 'gate/$(id) x.json'") for reason in judged(root, "odd").reasons)


@pytest.mark.parametrize("path", NAMED_OTHERWISE)
def test_what_labels_are_made_of_keeps_its_kind(path):
    assert classify_path(path).kind.name == NAMED_OTHERWISE[path]


def test_every_file_of_a_new_project_has_a_name_in_the_table():
    kinds = {path: classify_path(path).kind.name for path, _ in project_templates()}
    assert len(kinds) > 15
    assert {path for path, kind in kinds.items() if kind in {"other", "output", "labels"}} == set()
    assert kinds["build/README.md"] == "document"


def test_all_that_a_new_project_ignores_is_an_output():
    (ignored,) = (text for path, text in project_templates() if path == ".gitignore")
    patterns = [line.strip("/") for line in ignored.splitlines() if not line.startswith("!")]
    assert len(patterns) >= 8
    for pattern in patterns:
        path = pattern.replace("*", "x") if "*" in pattern else f"{pattern}/x"
        assert classify_path(path).kind.name == "output", path


def test_nobody_but_a_lead_touches_what_is_executable_or_judges_and_labels_are_neither():
    for kind in KINDS:
        assert not (kind.labels and (kind.policy or kind.apart or kind.executable or not kind.judged)), kind
        assert not kind.executable or (kind.policy and kind.role is Role.LEAD), kind
        assert not kind.policy or kind.role is Role.LEAD or not kind.judged, kind
        assert kind.approval or kind.own, kind
    assert (KINDS[-1].name, KINDS[-1].pattern) == ("other", ".*")


def test_no_line_of_the_table_is_there_for_nothing():
    paths = [path for _, path in POLICY] + [*DOCUMENTS, *MADE, *NAMED_OTHERWISE, *BASE]
    paths += [f":/{path}" for path in paths]
    for path in paths:
        assert classify_path(path).kind in KINDS
    used = {classify_path(path).kind.pattern for path in paths}
    assert [kind.name for kind in KINDS if kind.pattern not in used] == []


@pytest.mark.parametrize("part", ["a/", ".a", ".tmp", ".a/", "a.tmp/.", "README.md/", ".git/", "build/", "\n"])
def test_a_long_path_is_soon_judged(part):
    started = time.process_time()
    assert classify_path(f"labels/{part * 2000}!").kind in KINDS
    assert time.process_time() - started < 2


@pytest.mark.parametrize("sign", ["a", "ä", "漢", "😀"])
def test_a_path_has_two_hundred_bytes_at_most(sign):
    fits, rest = divmod(200 - len("docs/.md"), len(sign.encode()))
    path = f"docs/{sign * fits}{'a' * rest}.md"
    assert [*path_faults(path)] == []
    assert [*path_faults(f"{path}x")] == ["the path is longer than 200 bytes"]
