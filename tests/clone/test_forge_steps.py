"""The scripts in the generated workflows, run for real: what they fetch, refuse, disarm and write."""

import json
import re
import sys
import zipfile
from contextlib import redirect_stdout
from html import unescape
from io import StringIO
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from approving import build, review
from assay.clone.forge_files import CiForge, install_forge
from assay.clone.project_files import init_project
from assay.guidelines.approval import approval_of
from assay.guidelines.approval_records import reviews_of
from assay.project.config import find_project
from assay.reviewer.event import event_of, pushes_of
from clones import git, shared_project
from forges import pull_request, run_step, steps, tool, with_gh, workflow

pytestmark = pytest.mark.threat(18)

FETCH = "Fetch the head, as objects only"
DISARM = "Disarm the report"
RECORD = "Record what the reviews of merged pull requests approved"
MARK = "<!-- assay label review -->"
PLACES = {"p", "code", "pre", "details", "blockquote", "ul", "ol", "li", "table", "s"}
HOSTILE = [
    "@someone look",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<!-- hidden",
    "<details open onclick=alert(1)>",
    "<a href=https://evil.example>click</a>",
    "[click](https://evil.example)",
    "[click][there]\n\n[there]: https://evil.example",
    "[there]\n\n[there]:\n  https://evil.example",
    "![track](https://evil.example/p.png)",
    "![track][p]\n\n[p]: //evil.example/p.png",
    "https://evil.example",
    "www.evil.example",
    "<https://evil.example>",
    "<someone@evil.example>",
    "mailto:someone@evil.example",
    "someone@evil.example",
    "fixes #1 and GH-2 and o/r#3",
    "```mermaid\ngraph TD; a-->b\n```",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\u202eevil\u2066",
    "`` ` `` <img src=x>",
    "`@someone`",
    "</details></details><h1>assay: ok</h1>",
    "[a](javascript:alert(1)) <svg/onload=alert(1)> <iframe src=//x>",
    "&#64;someone &lt;img src=x&gt;",
    "&commat;someone &#x40;someone &#0064;someone",
    "&#35;1 &num;1 &#x23;1 GH&#45;2",
    "&#104;ttps://evil.example &#119;ww.evil.example https&colon;//evil.example",
    "&lsqb;click&rsqb;&lpar;https://evil.example&rpar;",
    "\\@someone \\#1 https\\://evil.example www\\.evil.example",
    "> [!WARNING]\n> the review is wrong",
    "[^1]\n\n[^1]: ```mermaid\n    a\n    ```",
    *(
        f"{before}{fence}{info}\n{before}graph TD; a-->b\n{before}{fence}"
        for before in ("", "   ", "> ", "- ", "* ", "+ ", "1. ", "12) ", "> 1. - ", "\t", "- [ ] ")
        for fence in ("```", "~~~", "`````", "~~~~~~~")
        for info in ("", "mermaid", " geojson x=`y`", "\tsuggestion", "math {a}")
    ),
    "```mermaid\n~~~\na\n```",
    "~~~\n```\n@someone\n~~~",
    "```` ```mermaid ````",
    "::error::not a command here",
]


@pytest.fixture(scope="module")
def flows(tmp_path_factory):
    """The workflows of a project that holds no assay."""
    folder = tmp_path_factory.mktemp("flows") / "demo"
    init_project(folder, project_id="0b9ffe5c-1111")
    install_forge(find_project(folder), CiForge.GITHUB)
    return {name: workflow(folder, name) for name in ("review", "comment", "gate", "release")}


@pytest.fixture
def base(tmp_path):
    """The checkout of the base that a runner has, of a bare remote with the pull request 7."""
    bare = shared_project(tmp_path)
    head = pull_request(
        bare, tmp_path / "eve", 7, {"labels/mood/r4/eve.jsonl": "x\n", "conftest.py": "raise SystemExit\n"}
    )
    git(tmp_path, "clone", "-q", str(bare), "base")
    return tmp_path / "base", head


def test_the_head_arrives_as_objects_and_no_file_of_it_is_written(flows, base):
    folder, head = base
    done = run_step(steps(flows["review"], "review")[FETCH], folder, NUMBER="7", HEAD_SHA=head, TOKEN="t")
    assert done.returncode == 0, done.stderr
    assert git(folder, "show", f"{head}:labels/mood/r4/eve.jsonl") == "x"
    assert git(folder, "status", "--porcelain") == ""
    assert not (folder / "conftest.py").exists()
    assert "basic" not in (folder / ".git/config").read_text()


def test_a_head_that_has_moved_on_is_not_judged(flows, base):
    folder, _ = base
    done = run_step(steps(flows["review"], "review")[FETCH], folder, NUMBER="7", HEAD_SHA="0" * 40, TOKEN="t")
    assert done.returncode == 1
    assert "::error::the pull request has moved on" in done.stdout


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_review_ends_as_assay_ends_with_all_reports_kept(flows, base, code):
    folder, head = base
    (folder.parent / "bin").mkdir()
    (folder.parent / "bin/assay").write_text(f'#!/bin/sh\necho "$*"\nexit {code}\n')
    (folder.parent / "bin/assay").chmod(0o755)
    report, summary = folder.parent / "report", folder.parent / "summary"
    done = run_step(
        steps(flows["review"], "review")["Review"], folder,
        GITHUB_EVENT_PATH="/e v'; touch x #.json", HEAD_SHA=head, REPORT=str(report), GITHUB_STEP_SUMMARY=str(summary),
        PUSHES=str(folder.parent / "pushes.json"),
    )  # fmt: skip
    assert done.returncode == code
    asked = f"review {git(folder, 'rev-parse', 'HEAD')} {head} --event /e v'; touch x #.json --format"
    assert summary.read_text() == f"{asked} markdown\n"
    assert (report / "report.sarif").read_text() == f"{asked} sarif\n"
    assert (report / "report.json").read_text() == f"{asked} json\n"
    assert done.stdout == f"{asked} github\n"


def test_a_queued_pull_request_is_judged_as_itself_on_what_is_merged_before_it(flows, base):
    if not tool("jq"):
        pytest.skip("there is no jq")
    folder, head = base
    tip = git(folder, "rev-parse", "HEAD")
    git(folder.parent / "eve", "checkout", "-q", "--detach", tip)
    git(folder.parent / "eve", "commit", "-q", "--allow-empty", "-m", "queued before")
    git(folder.parent / "eve", "push", "-q", "origin", "HEAD:refs/heads/gh-readonly-queue/main/pr-6-ab")
    before = git(folder.parent / "eve", "rev-parse", "HEAD")
    answers, output = with_gh(folder.parent), folder.parent / "output"
    side = {"sha": head, "ref": "x'; touch y #", "repo": {"full_name": "o/r"}}
    told = {"number": 7, "user": {"login": "eve-x"}, "title": "t", "head": side, "base": {"ref": "main"}}
    (answers / "repos_o_r_pulls_7.json").write_text(json.dumps(told))
    asking = steps(flows["review"], "review")["Ask the forge which pull request is queued"]
    known = {"GH_ANSWERS": str(answers), "REPOSITORY": "o/r", "GH_TOKEN": "t", "GITHUB_OUTPUT": str(output)}
    done = run_step(asking, folder, QUEUE_REF=f"refs/heads/gh-readonly-queue/main/pr-7-{before}", **known)
    assert done.returncode == 0, done.stderr
    said = dict(line.split("=", 1) for line in output.read_text().splitlines())
    event = said.pop("event")
    assert said == {"number": "7", "sha": head, "ref": "x'; touch y #", "from": "o/r"}
    asked = event_of(Path(event))
    assert (asked.actors, asked.ticket, asked.branch) == (("eve-x",), "pull request 7\nmain", "x'; touch y #")
    given = {"NUMBER": "7", "HEAD_SHA": head, "BASE_SHA": before, "QUEUED": event}
    assert run_step(steps(flows["review"], "review")[FETCH], folder, TOKEN="t", **given).returncode == 0
    (folder.parent / "bin/assay").write_text('#!/bin/sh\necho "$*"\n')
    (folder.parent / "bin/assay").chmod(0o755)
    places = {"REPORT": str(folder.parent / "report"), "GITHUB_STEP_SUMMARY": str(folder.parent / "summary")}
    judged = run_step(
        steps(flows["review"], "review")["Review"], folder, GITHUB_EVENT_PATH="group", PUSHES="-", **places, **given
    )
    assert judged.stdout == f"review {before} {head} --event {event} --format github\n"
    assert git(folder, "rev-parse", f"{before}^{{commit}}") == before
    assert run_step(asking, folder, QUEUE_REF="refs/heads/gh-readonly-queue/main/x", **known).returncode == 1


ASK = "Ask the forge who pushed"


def test_the_forge_is_asked_who_pushed_and_what_it_says_is_handed_over(flows, base):
    if not tool("jq"):
        pytest.skip("there is no jq")
    folder, head = base
    answers = with_gh(folder.parent)
    report, summary, pushes = (folder.parent / name for name in ("report", "summary", "pushes.json"))
    (folder.parent / "bin/assay").write_text('#!/bin/sh\necho "$*"\n')
    (folder.parent / "bin/assay").chmod(0o755)
    before = "0" * 40
    told = [
        {"before": before, "after": head, "activity_type": kind, "ref": "refs/heads/x", "actor": actor}
        for kind, actor in (
            ("branch_creation", {"login": "ada-x", "type": "User"}),
            ("push", {"login": "ben-x", "type": "User"}),
            ("force_push", {"login": "cleo-x", "type": "User"}),
            ("push", {"login": "a[bot]", "type": "Bot"}),
            ("push", None),
            ("pr_merge", {"login": "noor-x", "type": "User"}),
            ("branch_deletion", {"login": "ada-x", "type": "User"}),
        )
    ]
    (answers / "repos_o_r_activity.json").write_text(json.dumps(told))
    values = {"GH_ANSWERS": str(answers), "REPOSITORY": "o/r", "HEAD_REF": "x'; touch y #", "PUSHES": str(pushes)}
    done = run_step(steps(flows["review"], "review")[ASK], folder, GH_TOKEN="t", **values)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert [one.actor for one in pushes_of(pushes)] == ["ada-x", "ben-x", "cleo-x"]
    review_step = steps(flows["review"], "review")["Review"]
    given = {"GITHUB_EVENT_PATH": "event", "HEAD_SHA": head, "REPORT": str(report), "GITHUB_STEP_SUMMARY": str(summary)}
    assert run_step(review_step, folder, PUSHES=str(pushes), **given).returncode == 0
    assert summary.read_text().endswith(f" --event event --pushes {pushes} --format markdown\n")


def test_a_forge_that_does_not_say_who_pushed_covers_nothing(flows, base):
    folder, _ = base
    answers, pushes = with_gh(folder.parent), folder.parent / "pushes.json"
    for answer in (None, "not json", "[1]"):
        if answer is not None:
            (answers / "repos_o_r_activity.json").write_text(answer)
        done = run_step(
            steps(flows["review"], "review")[ASK], folder,
            GH_ANSWERS=str(answers), REPOSITORY="o/r", HEAD_REF="x", PUSHES=str(pushes), GH_TOKEN="t",
        )  # fmt: skip
        assert done.returncode == 0
        assert "::warning::the forge did not say who pushed" in done.stdout
        assert not pushes.exists()


def test_the_forge_is_asked_who_approved_and_what_it_says_is_handed_over(flows, base):
    if not tool("jq"):
        pytest.skip("there is no jq")
    folder, head = base
    answers, reviews = with_gh(folder.parent), folder.parent / "reviews.json"
    (folder.parent / "bin/assay").write_text('#!/bin/sh\necho "$*"\n')
    (folder.parent / "bin/assay").chmod(0o755)
    asked, judged = (steps(flows["review"], "review")[name] for name in ("Ask the forge who approved", "Review"))
    pages = [
        [review("rei-x", "APPROVED", head), review("ada-x", "COMMENTED", head)],
        [review("lea-x", "DISMISSED", head)],
    ]
    known = {"NUMBER": "7", "REPOSITORY": "o/r", "REVIEWS": str(reviews), "GH_ANSWERS": str(answers), "GH_TOKEN": "t"}
    given = {"GITHUB_EVENT_PATH": "event", "HEAD_SHA": head, "PUSHES": str(folder.parent / "pushes.json"), **known}
    for answer, handed in ((None, ""), ("{broken", ""), (json.dumps(pages), f" --reviews {reviews}")):
        if answer is not None:
            (answers / "repos_o_r_pulls_7_reviews.json").write_text(answer)
        done = run_step(asked, folder, **known)
        assert (done.returncode, "::warning::the forge did not say who approved" in done.stdout) == (0, not handed)
        assert reviews.exists() is bool(handed)
        report = folder.parent / f"report-{len(answer or '')}"
        said = run_step(judged, folder, REPORT=str(report), GITHUB_STEP_SUMMARY=str(folder.parent / "summary"), **given)
        assert (said.returncode, f" --event event{handed} --format" in said.stdout) == (0, True), said.stderr
    assert [(one.login, one.state, one.commit) for one in reviews_of(reviews.read_bytes())] == [
        ("rei-x", "APPROVED", head),
        ("lea-x", "DISMISSED", head),
    ]
    assert (answers / "asked").read_text().splitlines() == ["repos/o/r/pulls/7/reviews"] * 3


def _disarmed(flows, tmp_path, text, *, rewrites=False):
    if not tool("jq"):
        pytest.skip("there is no jq")
    answers = with_gh(tmp_path)
    files = [{"filename": "labels/a.jsonl"}, *([{"filename": ".GitHub/workflows/x.yml"}] if rewrites else [])]
    (answers / "repos_o_r_pulls_7_files.json").write_text(json.dumps(files))
    with zipfile.ZipFile(tmp_path / "report.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.md", text)
    (tmp_path / "work").mkdir()
    done = run_step(
        steps(flows["comment"], "comment")[DISARM], tmp_path / "work", GH_ANSWERS=str(answers), REPOSITORY="o/r",
        NUMBER="7", RESULT="success", RUN_URL="https://github.com/o/r/actions/runs/1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads((tmp_path / "body.json").read_text())["body"]


@pytest.fixture(scope="module")
def disarm(flows, tmp_path_factory):
    """The Python in that script, run in this process."""
    script = steps(flows["comment"], "comment")[DISARM]["run"]
    program = compile(script.partition("<<'PYTHON'\n")[2].partition("\nPYTHON\n")[0], "disarm", "exec")
    place = tmp_path_factory.mktemp("reports") / "report.zip"

    def _disarm(text):
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("report.md", text)
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as said:
            patch.setattr(sys, "argv", ["-", str(place)])
            patch.setenv("RUN_URL", "https://github.com/o/r/actions/runs/1")
            patch.setenv("RESULT", "success")
            exec(program, {})
        return json.loads(said.getvalue())["body"]

    return _disarm


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_hostile_report_acts_in_the_comment(disarm, text):
    body = disarm(f"before {text}\n\n{text}\n")
    head, _, report = body.partition("\n\n")
    assert head.startswith(f"{MARK}\nThe [label review](https://github.com/o/r/actions/runs/1) ended in success.")
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(report)
    tags = set(re.findall(r"<[A-Za-z/!?][^>]*>?", html))
    assert {re.split(r"[\s>]", tag.strip("<"))[0].strip("/") for tag in tags} <= PLACES, html
    assert "language-" not in html
    shown = unescape(html) + unescape(report)
    assert not re.search(
        r"@\w|https?:|www\.|mailto:|#[0-9]|GH-[0-9]|```|~~~|\[!|[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", shown
    )


def test_a_fence_opens_nothing_however_it_is_written(disarm):
    """What stands in a report after an open fence is still read as the report."""
    for text in HOSTILE:
        tokens = MarkdownIt("commonmark").parse(disarm(f"{text}\n").partition("\n\n")[2])
        assert not [token for token in tokens if token.type == "fence"], text


def test_what_a_report_is_made_of_comes_through(disarm):
    text = "## Labels\n\n| field | alpha |\n|---|---|\n| intent | 0.82 |\n\n<details><summary>3 more</summary>\n\n`ada` changed **2**\n\n</details>\n"
    assert disarm(text).endswith(f"\n\n{text}")


def test_a_report_of_any_size_fits_a_comment(flows, tmp_path):
    body = _disarmed(flows, tmp_path, "@" * 50_000_000)
    assert 60_000 < len(body) < 65_536


def test_a_pull_request_that_rewrites_the_workflows_is_not_believed(flows, tmp_path):
    assert "Do not go by it" in _disarmed(flows, tmp_path, "ok", rewrites=True).partition("\n\nok")[0]


@pytest.mark.parametrize(("there", "way"), [(True, "issues/comments/5"), (False, "issues/7/comments")])
def test_the_comment_is_brought_up_to_date_and_nobody_elses_is(flows, tmp_path, there, way):
    if not tool("jq"):
        pytest.skip("there is no jq")
    answers = with_gh(tmp_path)
    comments = [
        {"id": 3, "user": {"login": "eve"}, "body": f"{MARK} mine"},
        {"id": 4, "user": {"login": "github-actions[bot]"}, "body": "another"},
        *([{"id": 5, "user": {"login": "github-actions[bot]"}, "body": f"{MARK}\nold"}] if there else []),
    ]
    (answers / "repos_o_r_issues_7_comments.json").write_text(json.dumps(comments))
    (answers / "repos_o_r_issues_comments_5.json").write_text("{}")
    (tmp_path / "body.json").write_text('{"body": "new"}')
    (tmp_path / "work").mkdir()
    step = steps(flows["comment"], "comment")["Write the comment, or bring it up to date"]
    done = run_step(step, tmp_path / "work", GH_ANSWERS=str(answers), REPOSITORY="o/r", NUMBER="7")
    assert done.returncode == 0, done.stderr
    assert (answers / "asked").read_text().splitlines()[-1] == f"repos/o/r/{way}"
    assert (answers / "sent.json").read_text() == '{"body": "new"}'


@pytest.mark.parametrize(
    ("asked", "good"),
    [("support", True), ("support@1.0.0", True), ("nothing", False), ("$(touch x)", False), ("../a", False)],
)
def test_a_release_is_named_or_refused(flows, tmp_path, asked, good):
    (tmp_path / "work/releases").mkdir(parents=True)
    (tmp_path / "work/releases/support.yaml").write_text("version: 1.0.0\n")
    output = tmp_path / "output"
    done = run_step(
        steps(flows["release"], "build")["Which release"], tmp_path / "work", ASKED=asked, GITHUB_OUTPUT=str(output)
    )
    assert done.returncode == (0 if good else 1)
    assert (output.read_text() if output.exists() else "") == ("name=support\n" if good else "")
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == ["releases"]


@pytest.fixture(scope="module")
def proposed(tmp_path_factory):
    """A project with the pull request 7, which ada opened and which is merged to the default branch of a bare remote."""
    folder = tmp_path_factory.mktemp("proposed")
    scene = build(folder)
    head = scene.head
    git(folder, "init", "-q", "--bare", "-b", "main", "shared.git")
    git(scene.root, "push", "-q", "../shared.git", "main", f"{head}:refs/pull/7/head")
    git(scene.root, "switch", "-q", "main")
    git(
        scene.root,
        "-c",
        "user.name=n",
        "-c",
        "user.email=noor@example.org",
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "merge",
        head,
    )
    git(scene.root, "push", "-q", "../shared.git", "main")
    return folder / "shared.git", head


@pytest.fixture
def recorded(flows, proposed, tmp_path):
    """Runs the step that records approvals after the merge: what it said, and the branches of the remote."""
    if not tool("jq"):
        pytest.skip("there is no jq")
    bare, head = proposed
    git(tmp_path, "clone", "-q", "--mirror", str(bare), "shared.git")
    git(tmp_path, "clone", "-q", "shared.git", "work")
    merge, base = (git(tmp_path / "work", "rev-parse", name) for name in ("HEAD", "HEAD^1"))
    answers, summary = with_gh(tmp_path), tmp_path / "summary"
    pull = {
        "number": 7,
        "merged_at": "2026-03-03T00:00:00Z",
        "base": {"ref": "main", "sha": base},
        "head": {"sha": head},
        "user": {"login": "ada-x"},
    }
    (answers / f"repos_o_r_commits_{merge}_pulls.json").write_text(json.dumps([pull]))

    def _recorded(*reviews):
        (answers / "repos_o_r_pulls_7_reviews.json").write_text(json.dumps([list(reviews)]))
        done = run_step(
            steps(flows["gate"], "approvals")[RECORD], tmp_path / "work", GH_ANSWERS=str(answers), BRANCH="main",
            REPOSITORY="o/r", SERVER="https://github.com", GH_TOKEN="t", GITHUB_STEP_SUMMARY=str(summary),
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        branches = git(tmp_path / "shared.git", "for-each-ref", "--format=%(refname)", "refs/heads/assay").split()
        return summary.read_text(), branches, tmp_path / "shared.git"

    return _recorded, head


def test_an_approval_is_recorded_on_a_branch_of_its_own(recorded):
    run, head = recorded
    said, branches, bare = run(review("chen-x", "APPROVED", head))
    assert len(branches) == 1
    assert git(bare, "diff", "--name-only", "main", branches[0]) == "guidelines/approvals/mood/0.2.0.yaml"
    name = "guidelines/approvals/mood/0.2.0.yaml"
    record = approval_of(git(bare, "show", f"{branches[0]}:{name}").encode(), name)
    assert (record.head, record.base, record.approvers) == (head, git(bare, "rev-parse", "main^1"), ("chen",))
    assert f"compare/main...{branches[0].removeprefix('refs/heads/')}?expand=1" in said
    assert "Records wait" in run(review("chen-x", "APPROVED", head))[0]


def test_what_approves_nothing_is_said_and_nothing_is_pushed(recorded):
    run, head = recorded
    said, branches, _ = run(review("ada-x", "APPROVED", head))
    assert branches == []
    assert "not recorded: " in said
