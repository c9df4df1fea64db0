"""What is newer than this assay is never guessed at: every command says so, and what to do."""

import json

import click
import pyarrow as pa
import pytest

from assay import __version__
from assay.cli import app
from assay.errors import NewerError
from assay.files.artifacts import TABLE_FORMAT
from assay.files.parquet import read_parquet, write_parquet
from clones import commit, git, known_as, repository
from pipelines import reference_project
from projects import FILES

PROJECT = FILES["checks/project.yaml"]
WITH = {
    "start": "mood", "annotate": "mood", "sheet in": "mood r1 s.csv", "sheet out": "mood r1 s.csv", "diff": "HEAD",
    "log": "i1", "review": "HEAD HEAD", "return": "i1 --why w", "init": ". --forge github", "task add": "new",
    "annotator add": "new", "annotator set": "ada --role lead", "annotator rename": "ben zed",
    "annotator merge": "ben ada", "annotator erase": "ben", "batch close": "mood r3", "batch create": "mood r9 --annotators ada,ben",
    "batch escalate": "mood r3 --to 3", "batch reassign": "mood r3 --from ada", "batch reopen": "mood r1", "import items": "in.jsonl --pool texts",
    "import long": "in.jsonl --task mood", "guideline approve": "mood", "guideline propose": "mood", "guideline verify": "mood",
    "guideline record": "mood --reviews in.jsonl --pull-request 7 --head HEAD", "guideline log": "mood",
    "migrate add": "mood new --reason r --retire tone=bad", "migrate batch": "mood r9", "migrate round": "mood r9", "release add": "set --task mood",
    "release build": "set", "release record": "set", "release verify": "set",
    "git merge": "in.jsonl in.jsonl in.jsonl 7 labels/mood/r1/ada.jsonl",
    **dict.fromkeys(("schema", "agreement", "policy", "consensus", "quality"), "mood"),
}  # fmt: skip
WITHOUT_A_PROJECT = {"explain", "git textconv"}


def commands(group=app.app, above=()):
    """Every command that does something, as its words."""
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        inner = isinstance(command, click.Group) and not command.invoke_without_command
        yield from commands(command, (*above, name)) if inner else [" ".join((*above, name))]


@pytest.fixture
def here(tmp_path):
    """A project in a repository, and a file beside the labels that some commands ask for."""
    repository(tmp_path, {"in.jsonl": "[]\n"})
    return tmp_path


def restate(root, line):
    """Writes another line in the place of the project's format."""
    (root / "checks/project.yaml").write_text(PROJECT.replace("format: 1\n", line))


@pytest.mark.parametrize("command", sorted(set(commands()) - WITHOUT_A_PROJECT))
def test_no_command_works_in_a_project_of_a_newer_format(assay, here, command):
    restate(here, "format: 2\n")
    commit(here, "newer")
    before = {
        path: path.read_bytes()
        for path in here.rglob("*")
        if path.is_file() and not {".git", ".assay"}.intersection(path.parts)
    }

    said = assay(*command.split(), *WITH.get(command, "").split())

    assert (said.code, said.out) == (2, "")
    assert "checks/project.yaml:1 the file was made by a newer assay: upgrade (it has format 2" in said.err
    assert "pip install" in said.err
    after = {
        path: path.read_bytes()
        for path in here.rglob("*")
        if path.is_file() and not {".git", ".assay"}.intersection(path.parts)
    }
    assert after == before


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("format: 99999999999999999999\n", "made by a newer assay: upgrade"),
        ('format: "1"\n', "'1' is not a whole number"),
        ("format: 1.0\n", "1.0 is not a whole number"),
        ("format: 0\n", "0 is not one of 1"),
        ("format: -1\n", "-1 is not one of 1"),
        ("format: true\n", "True is not a whole number"),
        ("format:\n", "None is not one of 1"),
        ("", "format"),
        ("assay: 1\nformat: 1\n", "duplicate key"),
    ],
)
def test_a_format_that_is_none_is_said_with_its_line(assay, here, line, says):
    restate(here, line)
    said = assay("check")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("assay: checks/project.yaml:")
    assert says in said.err


@pytest.mark.parametrize("stated", ["1", "0.1", "latest", "'>=0.1.0'", "[0.1.0]"])
def test_an_assay_that_is_no_version_is_said_with_its_line(assay, here, stated):
    (here / "checks/project.yaml").write_text(PROJECT.replace(f"assay: {__version__}", f"assay: {stated}"))
    said = assay("check")
    assert (said.code, said.out) == (2, "")
    assert "checks/project.yaml:2 /assay: " in said.err


def renumbered(path, number=9):
    """Gives a file of JSON another number."""
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": number}))


REPORT = "reports/triage/agreement.json"


@pytest.mark.parametrize(
    ("path", "commands"),
    [
        *(
            (f"reports/triage/{name}.json", ("gate", "report"))
            for name in ("schema", "agreement", "consensus", "quality")
        ),
        ("gate/verdict.json", ("gate --enforce merge", "report", "release verify support", "release build support")),
        ("release/support/manifest.json", ("report", "release verify support", "release record support")),
    ],
)
def test_what_a_newer_assay_made_is_named_and_not_read(assay, released, path, commands):
    renumbered(released / path)
    for command in commands:
        said = assay(*command.split())
        assert (said.code, said.out) == (2, "")
        assert path in said.err
        assert "was made by a newer assay: upgrade" in said.err


@pytest.mark.parametrize("number", [0, "one", None, 1.5, True])
def test_what_carries_no_number_of_today_is_to_be_made_again(assay, released, number):
    renumbered(released / REPORT, number)
    said = assay("gate")
    assert said.code == 2
    assert REPORT in said.err
    assert "dvc repro" in said.err or "upgrade" in said.err


def test_a_table_of_a_newer_assay_is_named_and_not_read(assay, released, monkeypatch):
    monkeypatch.setattr("assay.files.parquet.TABLE_FORMAT", TABLE_FORMAT + 1)
    write_parquet(released / "build/triage/consensus.parquet", {"item": pa.array(["i1"])})
    monkeypatch.undo()
    monkeypatch.chdir(released)
    with pytest.raises(NewerError, match=r"consensus\.parquet was made by a newer assay: upgrade"):
        read_parquet(released / "build/triage/consensus.parquet")
    assert assay("gate").code == 2


def test_a_record_of_a_newer_assay_is_named_and_not_written_over(assay, released):
    git(released, "init", "-q")
    commit(known_as(released, "ada"), "released")
    assert assay("release", "record", "support").code == 0
    path = released / "releases/support/1.0.0.json"
    record = json.loads(path.read_text())
    record |= {"format": 99, "more": {}}
    path.write_text(json.dumps(record))
    for command in ("verify", "record", "build"):
        said = assay("release", command, "support")
        assert (said.code, said.out) == (2, "")
        assert "releases/support/1.0.0.json was made by a newer assay: upgrade" in said.err
    assert json.loads(path.read_text()) == record


STAGES = ("schema triage", "agreement triage", "consensus triage", "quality triage", "gate", "release build support")


@pytest.mark.parametrize("command", STAGES)
@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ("assay: 0.0.9\n", "pip install 'assay-labels[audit,pipeline]==0.0.9'), or upgrade the project to"),
        ("assay: 99.0.0\n", "install that version: pip install 'assay-labels[audit,pipeline]==99.0.0'"),
        ("", "`assay upgrade --write` writes it"),
    ],
)
def test_a_stage_is_run_by_the_assay_that_the_project_names(assay, released, command, stated, says):
    path = released / "checks/project.yaml"
    path.write_text(path.read_text().replace(f"assay: {__version__}\n", stated))
    made = {one: one.read_bytes() for one in released.rglob("*") if one.is_file()}

    said = assay(*command.split())

    assert (said.code, said.out) == (2, "")
    assert f"this is assay {__version__}" in said.err
    assert stated.removeprefix("assay: ").strip() in said.err
    assert says in said.err
    assert {one: one.read_bytes() for one in released.rglob("*") if one.is_file()} == made


def test_what_is_no_stage_works_with_another_assay_and_doctor_says_so(assay, here):
    (here / "checks/project.yaml").write_text(PROJECT.replace(__version__, "99.0.0"))
    for command in ("check --all", "todo --as ada", "team", "fmt --check", "log i1"):
        assert assay(*command.split()).code in {0, 1}
    found = {one["name"]: one for one in assay("doctor", "--format", "json").json}
    assert not found["assay"]["well"]
    assert "states assay 99.0.0" in found["assay"]["said"]
    assert "==99.0.0" in found["assay"]["fix"]


def test_where_assay_itself_is_made_no_version_is_named(assay, released):
    path = released / "checks/project.yaml"
    path.write_text(path.read_text().replace(f"assay: {__version__}\n", ""))
    (released / "src/assay").mkdir(parents=True)
    (released / "src/assay/__init__.py").touch()
    assert assay("gate").code == 2
    (released / "action.yml").touch()
    assert assay("gate").code == 0
    assert assay("upgrade").out.startswith("nothing to do")


@pytest.mark.slow
def test_the_reference_project_elsewhere_is_measured_by_the_assay_it_names(tmp_path):
    project = reference_project(tmp_path / "project")
    assert f'assay: "{__version__}"' in (project / "checks/project.yaml").read_text()
