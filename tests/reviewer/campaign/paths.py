"""What lies where nothing should, what no rule names, and what is no business of the labels."""

from reviewer.campaign.case import APPROVAL, OK, REFUSED, Case, edit
from reviewer.campaign.project import ADAS, FILES, LOWERED, R3, vote
from reviewer.campaign.scene import NESTED

MINE = f"{R3}/ada.jsonl"
MORE = {MINE: ADAS + vote("i7")}
LEADS = {f"{R3}/noor.jsonl": vote("i5")}
_COMMITTED = ("build/mood/annotations.parquet", "build/x", "gate/verdict.json", "release/set/data.jsonl")
_OBEYED = (
    ".ci/run", "tests/test_x.py", "Makefile", "conftest.py", "labels/mood/conftest.py", "labels/mood/r3/dvc.yaml",
    "pyproject.toml", ".pre-commit-config.yaml", ".github/workflows/x.yml", ".gitattributes", "labels/.gitattributes",
    "CODEOWNERS", "src/x.py", ".dvc/config", "data.csv", "labels/mood/notes.txt",
)  # fmt: skip


def _owns(files, **more):
    return [edit("ada", {f"{NESTED}{path}": text for path, text in files.items()}, **more)]


PATHS = (
    *(Case(kind="output", name=path, outcome=REFUSED, says="it is never committed", by="noor-x",
           edits=[edit("noor", {path: "x\n"})]) for path in _COMMITTED),
    Case(kind="output", name="with own votes", outcome=REFUSED, says="build/mood/x", edits=[edit("ada", {**MORE, "build/mood/x": "x\n"})]),
    *(Case(kind="unknown path", name=f"{path} by an annotator", outcome=REFUSED, says=path, edits=[edit("ada", {path: "x\n"})])
      for path in _OBEYED),
    *(Case(kind="unknown path", name=f"{path} by a lead", outcome=APPROVAL, says=path, by="noor-x",
           edits=[edit("noor", {path: "x\n"})]) for path in ("Makefile", "data.csv", ".ci/run")),
    *(Case(kind="unknown path", name=f"{path} by a lead, with votes", outcome=REFUSED, says="change together", by="noor-x",
           edits=[edit("noor", {path: "x\n", **LEADS})]) for path in ("Makefile", "data.csv", "labels/mood/dvc.yaml")),
    Case(kind="unknown path", name="an executable by an annotator", outcome=REFUSED, says="tools/x",
         edits=[edit("ada", {"tools/x": "x\n"}, modes={"tools/x": "100755"})]),
    Case(kind="unknown path", name="an executable by a lead", outcome=APPROVAL, says="tools/x", by="noor-x",
         edits=[edit("noor", {"tools/x": "x\n"}, modes={"tools/x": "100755"})]),
    Case(kind="unknown path", name="votes that run", outcome=REFUSED, says=MINE, edits=[edit("ada", MORE, modes={MINE: "100755"})]),
    Case(kind="unknown path", name="votes that are a link", outcome=REFUSED, says=MINE,
         edits=[edit("ada", {MINE: "ben.jsonl"}, modes={MINE: "120000"})]),
    Case(kind="unknown path", name="a submodule", outcome=REFUSED, says="vendor", by="noor-x", edits=[edit("noor", {}, submodules=["vendor"])]),
    Case(kind="another's", name="votes", outcome=REFUSED, says="ben's own", edits=[edit("ada", {f"{R3}/ben.jsonl": vote("i5")})]),
    Case(kind="another's", name="votes under their e-mail", outcome=REFUSED, says="ben's own",
         edits=[edit("ben", {f"{R3}/ben.jsonl": vote("i5")})]),
    Case(kind="another's", name="gold", outcome=REFUSED, says="needs a reviewer",
         edits=[edit("ada", {"labels/mood/gold/ada.jsonl": vote("i2")})]),
    Case(kind="another's", name="votes of a task that one is not qualified for", outcome=REFUSED, says="not qualified", by="cleo-x",
         edits=[edit("cleo", {f"{R3}/cleo.jsonl": vote("i5")})]),
    Case(kind="another's", name="votes of somebody who is paused", outcome=REFUSED, says="paused", by="dora-x",
         edits=[edit("dora", {f"{R3}/dora.jsonl": vote("i5")})]),
    Case(kind="code", name="that the project names", outcome=APPROVAL, says="not judged here", start="base/code", base="base/code",
         edits=[edit("ada", {"src/x.py": "y\n", "tests/test_x.py": "y\n", "Makefile": "all:\n"})]),
    Case(kind="code", name="with own votes", outcome=REFUSED, says="change together", start="base/code", base="base/code",
         edits=[edit("ada", {"src/x.py": "y\n", **MORE})]),
    Case(kind="code", name="that the change itself calls code", outcome=REFUSED, says="needs a lead", edits=[edit("ada", {
         "checks/project.yaml": FILES["checks/project.yaml"] + "code: ['lib/**']\n", "lib/x.py": "x\n"})]),
    Case(kind="nested", name="own votes", outcome=OK, folder=f"nested/{NESTED}", edits=_owns(MORE)),
    Case(kind="nested", name="own votes and code elsewhere", outcome=APPROVAL, says="lies outside", folder=f"nested/{NESTED}",
         edits=[edit("ada", {"src/x.py": "x\n", f"{NESTED}{MINE}": MORE[MINE]})]),
    Case(kind="nested", name="what labels elsewhere would be", outcome=APPROVAL, says="lies outside", folder=f"nested/{NESTED}",
         edits=[edit("ada", {MINE: "x\n", "checks/mood.yaml": "x\n"})]),
    Case(kind="nested", name="attributes at the top, with own votes", outcome=REFUSED, says="change together", folder=f"nested/{NESTED}",
         edits=[edit("ada", {".gitattributes": "* merge=x\n", f"{NESTED}{MINE}": MORE[MINE]})]),
    Case(kind="nested", name="a threshold", outcome=REFUSED, says="needs a lead", folder=f"nested/{NESTED}",
         edits=_owns({"checks/mood.yaml": LOWERED})),
    Case(kind="nested", name="an answer that nobody asked for", outcome=REFUSED, says="label/not-assigned", folder=f"nested/{NESTED}",
         edits=_owns({MINE: ADAS + vote("i8")})),
    Case(kind="nested", name="an output", outcome=REFUSED, says="never committed", folder=f"nested/{NESTED}", by="noor-x",
         edits=[edit("noor", {f"{NESTED}gate/verdict.json": "{}\n"})]),
)  # fmt: skip
