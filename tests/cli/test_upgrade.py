"""What `assay upgrade` prints, and how it ends."""

from assay import __version__
from kept import KEPT

OLD = (KEPT / "dvc.yaml.in").read_text()


def unnamed(demo):
    """Takes the assay out of a project, as it stood before there was one."""
    path = demo / "checks/project.yaml"
    path.write_text(
        "".join(line for line in path.read_text().splitlines(keepends=True) if not line.startswith("assay:"))
    )
    (demo / "dvc.yaml").write_text(OLD)


def test_what_would_be_written_is_said_and_nothing_is_written(assay, demo):
    unnamed(demo)
    said = assay("upgrade")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f'checks/project.yaml: assay: "{__version__}" (it was not stated)\n  why: ')
    assert said.out.endswith("\nnext: assay upgrade --write (2 files; nothing was written yet)\n")
    assert (demo / "dvc.yaml").read_text() == OLD
    told = assay("upgrade", "--format", "json").json
    assert [change["path"] for change in told["changes"]] == ["checks/project.yaml", "dvc.yaml"]
    assert (told["assay"], told["written"], told["by_hand"], told["next"]) == (__version__, False, [], [])


def test_what_was_written_is_said_and_what_comes_next(assay, demo):
    unnamed(demo)
    said = assay("upgrade", "--write")
    assert said.code == 0
    assert [line for line in said.out.splitlines() if line.startswith("wrote ")][1].startswith("wrote dvc.yaml: ")
    assert said.out.endswith("\nnext: dvc repro\n")
    again = assay("upgrade", "--write")
    assert (again.code, again.out) == (0, f"nothing to do: the project is at assay {__version__} already\n")


def test_what_is_left_to_a_person_ends_with_one_until_they_did_it(assay, demo):
    (demo / "dvc.yaml").write_text("stages:\n  my\u202e:\n    cmd: assay gate\n")
    for options in ((), ("--write",)):
        said = assay("upgrade", *options)
        assert said.code == 1
        assert "edit by hand: dvc.yaml has lines of your own" in said.out
        assert "Add to the stages my\\u202e:\n    params:\n      - checks/project.yaml:\n" in said.out
    (demo / "dvc.yaml").write_text(
        "stages:\n  my:\n    cmd: assay gate\n    params:\n      - checks/project.yaml:\n          - format\n          - assay\n"
    )
    assert assay("upgrade").code == 0


def test_a_later_assays_project_is_refused_with_the_version_to_install(assay, demo):
    path = demo / "checks/project.yaml"
    path.write_text(path.read_text().replace(f'assay: "{__version__}"', "assay: 99.0.0"))
    said = assay("upgrade", "--write")
    assert (said.code, said.out) == (2, "")
    assert "cannot be downgraded" in said.err
    assert "==99.0.0'" in said.err
