"""What is no business of the labels: a project below the repository's root, and what a project calls its code."""

import pytest

from assay.reviewer.event import ForgeEvidence, ReviewRequest
from assay.reviewer.pull_request import review_pull_request
from assay.reviewer.report import review_text
from assay.reviewer.result import ReviewOutcome
from proposing import BASE, VOTE, Edit, commit_all, judged, prepared, pushed

OK, APPROVAL, REFUSED = ReviewOutcome.OK, ReviewOutcome.APPROVAL, ReviewOutcome.REFUSED
OWN = "team/annot/"
MINE = "labels/mood/r3/ada.jsonl"
VOTES = {f"{OWN}{MINE}": VOTE}
LEADS = {f"{OWN}checks/mood.yaml": "consensus: {method: majority}\nrules: {}\n"}
LARGE = "x" * 20_000


def ada(files, **more):
    return "Ada-X", [Edit(files=files, by="ada", **more)]


def noor(files, **more):
    return "noor-x", [Edit(files=files, by="noor", **more)]


def stranger(files, **more):
    return "dev-x", [Edit(files=files, by="dev@company.example", **more)]


OBEYED = (
    ".gitattributes", ".gitmodules", ".gitignore", ".github/workflows/label-review.yml", ".github/CODEOWNERS",
    ".gitlab-ci.yml", ".pre-commit-config.yaml", ".dvc/config", ".dvcignore", ".ci/run", "CODEOWNERS",
    "team/.gitattributes", "team/dvc.yaml", "pyproject.toml", "conftest.py", "team/conftest.py", "Makefile",
    ".circleci/config.yml",
)  # fmt: skip
ELSEWHERE = (
    "README.md", "src/x.py", "team/x.py", "team/annotated/x", "team/annot.md", "build/x", "team/gate/verdict.json",
    MINE, "checks/project.yaml", f"other/{MINE}", "guidelines/mood.md", "dvc.md", "teams/annot/labels/x.jsonl",
)  # fmt: skip
SHADOWS = (
    "Team/annot/labels/mood/r3/eve.jsonl", "team/Annot/checks/x.yaml", "TEAM/ANNOT/x.md", "team/Annot", "Team",
)  # fmt: skip

NESTED = {
    "own votes": (OK, ada(VOTES)),
    "another's votes": (REFUSED, ada({f"{OWN}labels/mood/r3/ben.jsonl": VOTE})),
    "checks by an annotator": (REFUSED, ada(LEADS)),
    "checks by a lead": (APPROVAL, noor(LEADS)),
    "checks by a lead, and code elsewhere": (APPROVAL, noor({**LEADS, "src/x.py": "x\n"})),
    "checks by a lead, with votes": (REFUSED, noor({**LEADS, f"{OWN}labels/mood/r3/noor.jsonl": VOTE})),
    "an output of the project": (REFUSED, noor({f"{OWN}build/x.parquet": "x\n"})),
    "a path that no rule names, in the project": (REFUSED, ada({f"{OWN}x/y": "x\n"})),
    "a workflow's file in the project": (REFUSED, ada({f"{OWN}.github/workflows/x.yml": "x\n"})),
    "a folder of the project with an outsider's name": (REFUSED, noor({f"{OWN}:/labels/x.jsonl": "x\n"})),
    "a link elsewhere": (APPROVAL, stranger({"src/x": "../y"}, modes={"src/x": "120000"})),
    "a program elsewhere": (APPROVAL, stranger({"src/x": "x\n"}, modes={"src/x": "100755"})),
    "a large file elsewhere": (APPROVAL, stranger({"src/x": LARGE})),
    "a large file elsewhere, with votes": (APPROVAL, ada({"src/x": LARGE, **VOTES})),
    "many files elsewhere": (APPROVAL, stranger({f"src/{n}.py": "x" for n in range(21)})),
    "many files elsewhere and checks": (APPROVAL, noor({**{f"src/{n}.py": "x" for n in range(20)}, **LEADS})),
    "too many files of the project": (REFUSED, noor({f"{OWN}docs/{n}.md": "x" for n in range(21)})),
    "a submodule elsewhere": (APPROVAL, stranger({}, submodules=["vendor"])),
    "a link in the project": (REFUSED, noor({f"{OWN}docs/x.md": "../y"}, modes={f"{OWN}docs/x.md": "120000"})),
    "the project's folder becomes a link": (REFUSED, noor({"team/annot": "../y"}, modes={"team/annot": "120000"})),
    "the folder around it becomes a link": (REFUSED, noor({"team": "y"}, modes={"team": "120000"})),
    **{f"{path} alone": (APPROVAL, stranger({path: "x\n"})) for path in (*OBEYED, *ELSEWHERE)},
    **{f"{path} with votes": (REFUSED, ada({path: "x\n", **VOTES})) for path in OBEYED},
    **{f"{path} with votes": (APPROVAL, ada({path: "x\n", **VOTES})) for path in ELSEWHERE},
    **{f"{path} in another case": (REFUSED, noor({path: "x\n"})) for path in SHADOWS},
}  # fmt: skip

CODE = (
    "checks/project.yaml",
    BASE["checks/project.yaml"] + "code: [src/**, 'test?/**', docs/**, Makefile, '*.py', vendor]\n",
)
CODES = {
    "own votes": (OK, ada({MINE: VOTE})),
    "by whom the roster does not know": (APPROVAL, stranger({"src/x.py": "x\n"})),
    "by an annotator": (APPROVAL, ada({"src/deep/er/x.py": "x\n"})),
    "taken away": (APPROVAL, ada({"Makefile": None})),
    "with own votes": (REFUSED, ada({"src/x.py": "x\n", MINE: VOTE})),
    "with own votes, in a commit of its own": (REFUSED, ("Ada-X", [Edit(files={"src/x.py": "x\n"}), Edit(files={MINE: VOTE})])),
    "with own votes of a lead": (REFUSED, noor({"src/x.py": "x\n", "labels/mood/r3/noor.jsonl": VOTE})),
    "with items": (REFUSED, noor({"src/x.py": "x\n", "labels/items/texts/more.jsonl": "x\n"})),
    "with gold": (REFUSED, ("rei-x", [Edit(files={"src/x.py": "x", "labels/mood/gold/rei.jsonl": "x"}, by="rei")])),
    "with checks, by a lead": (APPROVAL, noor({"src/x.py": "x\n", "checks/mood.yaml": "x\n"})),
    "with checks, by an annotator": (REFUSED, ada({"src/x.py": "x\n", "checks/mood.yaml": "x\n"})),
    "a fixture of its tests": (APPROVAL, ada({"tests/conftest.py": "x\n"})),
    "its makefile": (APPROVAL, ada({"Makefile": "x\n"})),
    "a script at the top": (APPROVAL, ada({"x.py": "x\n"})),
    "a script below another folder": (REFUSED, ada({"lib/x.py": "x\n"})),
    "another folder's tests": (REFUSED, ada({"testing/x.py": "x\n"})),
    "a makefile below another folder": (REFUSED, ada({"lib/Makefile": "x\n"})),
    "the folder itself as a file": (REFUSED, ada({"src": "x\n"})),
    "a link": (APPROVAL, ada({"src/x": "y"}, modes={"src/x": "120000"})),
    "a program": (APPROVAL, ada({"src/x": "y"}, modes={"src/x": "100755"})),
    "a submodule": (APPROVAL, ada({}, submodules=["vendor"])),
    "a large file": (APPROVAL, ada({"src/x": LARGE})),
    "many files": (APPROVAL, ada({f"src/{n}.py": "x" for n in range(21)})),
    "a name that is another on Windows": (REFUSED, ada({"src/aux.py": "x\n"})),
    "a name in another case": (REFUSED, ada({"src/x.py": "x\n", "src/X.py": "x\n"})),
    "owners beside the documents": (REFUSED, ada({"docs/CODEOWNERS": "* @ada\n"})),
    "owners beside the documents, in another case": (REFUSED, ada({"docs/codeowners": "* @ada\n"})),
}  # fmt: skip


@pytest.fixture(scope="module")
def nested(tmp_path_factory):
    root = prepared(tmp_path_factory.mktemp("nested") / "clone", {f"{OWN}{path}": text for path, text in BASE.items()})
    (root / OWN).mkdir(parents=True)
    commit_all(root, {f"case-{number}": edits for number, (_, (_, edits)) in enumerate(NESTED.values())})
    return root / OWN


@pytest.fixture(scope="module")
def coded(tmp_path_factory):
    root = prepared(tmp_path_factory.mktemp("coded") / "clone", {**BASE, **dict([CODE]), "Makefile": "all:\n"})
    commit_all(root, {f"case-{number}": edits for number, (_, (_, edits)) in enumerate(CODES.values())})
    return root


@pytest.mark.parametrize("name", NESTED)
def test_of_a_repository_only_the_projects_own_folder_is_judged(nested, name):
    outcome, (actor, _) = NESTED[name]
    verdict = judged(nested, f"case-{list(NESTED).index(name)}", actor=actor)
    assert verdict.outcome == outcome, verdict
    assert verdict.reasons or outcome is OK


@pytest.mark.parametrize("name", CODES)
def test_code_of_the_project_is_not_judged_and_never_comes_with_labels(coded, name):
    outcome, (actor, _) = CODES[name]
    verdict = judged(coded, f"case-{list(CODES).index(name)}", actor=actor)
    assert verdict.outcome == outcome, verdict
    assert verdict.reasons or outcome is OK


def test_there_are_more_than_eighty_cases():
    assert len(NESTED) + len(CODES) > 80


def test_what_lies_outside_is_listed_and_said_not_to_be_judged(nested):
    commit_all(nested.parents[1], {"listed": [Edit(files={"README.md": "x\n", ".gitattributes": "x\n", **VOTES})]})
    verdict = judged(nested, "listed")
    files = {file.path: (file.kind, file.outcome, file.policy) for file in verdict.files}
    assert files == {
        ":/README.md": ("outside", APPROVAL, False),
        ":/.gitattributes": ("outside-settings", APPROVAL, True),
        MINE: ("votes", OK, False),
    }
    assert any("outside-settings and votes change together" in reason for reason in verdict.reasons)


def test_of_a_change_that_touches_nothing_of_the_project_nobody_says_that_it_may_be_merged(nested):
    commit_all(nested.parents[1], {"elsewhere": [Edit(files={"src/x.py": "x\n"}, by="dev@company.example")]})
    forge = ForgeEvidence(pushes=(pushed(nested.parents[1], "elsewhere", "dev-x"),))
    found = review_pull_request(nested, ReviewRequest(base="main", head="elsewhere", forge=forge))
    assert found.verdict.outcome is APPROVAL
    assert found.verdict.reasons == (":/src/x.py: lies outside the labelling project: not judged here",)
    assert not found.verdict.policy_change
    assert "may be merged without" not in review_text(found)


def test_the_reason_that_concerns_labels_stands_before_those_of_other_paths(nested):
    files = {f"src/{n}.py": "x\n" for n in range(3)} | {f"{OWN}{MINE}": None}
    commit_all(nested.parents[1], {"before": [Edit(files=files)]})
    reasons = judged(nested, "before").reasons
    assert [reason.partition(":")[0] for reason in reasons] == [MINE, "", "", ""]


def test_code_is_said_not_to_be_judged_and_judges_nobody(coded):
    commit_all(
        coded, {"told": [Edit(files={"src/x.py": "x\n"})], "mixed": [Edit(files={"src/x.py": "x\n", MINE: VOTE})]}
    )
    verdict = judged(coded, "told")
    assert verdict.reasons == ("src/x.py: code of the project: not judged here",)
    assert not verdict.policy_change
    (reason,) = judged(coded, "mixed").reasons
    assert reason.startswith(
        "project-code and votes change together: send the files that are not labels in a pull request of their own"
    )


def test_what_the_change_itself_calls_code_is_none_yet(coded):
    named = {"checks/project.yaml": CODE[1].replace("vendor", "lib/**"), "lib/x.py": "x\n"}
    commit_all(coded, {"named": [Edit(files=named, by="noor")]})
    kinds = {file.path: (file.kind, file.policy) for file in judged(coded, "named", actor="noor-x").files}
    assert kinds == {"checks/project.yaml": ("checks", True), "lib/x.py": ("other", True)}


def test_a_file_elsewhere_too_large_to_read_hides_no_fault_of_the_labels(nested):
    huge = {"src/x.bin": b"\0" * (51 * 2**20), f"{OWN}{MINE}": "not json\n"}
    commit_all(nested.parents[1], {"huge": [Edit(files=huge)]})
    found = review_pull_request(nested, ReviewRequest(base="main", head="huge", actors=("Ada-X",)))
    assert {one.rule for one in found.findings} == {"label/not-json"}
    assert found.verdict.outcome is REFUSED
