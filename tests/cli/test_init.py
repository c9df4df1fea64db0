"""`assay init`: what it writes and what it says."""

from assay.project.config import find_project


def test_init_lists_what_it_wrote_and_what_to_do_next(assay, tmp_path):
    said = assay("init", "demo")
    assert (said.code, said.err) == (0, "")
    wrote = {line.removeprefix("wrote ") for line in said.out.splitlines() if line.startswith("wrote ")}
    assert {"checks/project.yaml", "dvc.yaml", ".gitattributes", "labels/README.md"} <= wrote
    assert all((tmp_path / "demo" / name).is_file() for name in wrote)
    assert said.out.endswith("\n\nnext: cd demo; assay task add NAME --from FILE\n")
    assert (tmp_path / "demo/.git").is_dir()


def test_two_projects_have_two_ids(assay, tmp_path):
    assay("init", "one")
    assay("init", "two")
    assert find_project(tmp_path / "one").id != find_project(tmp_path / "two").id


def test_init_keeps_what_was_there_and_says_so(assay, tmp_path):
    (tmp_path / ".gitignore").write_text("mine\n")
    said = assay("init")
    assert said.code == 0
    assert "kept  .gitignore (exists)\n" in said.out
    assert "wrote .gitignore" not in said.out
    assert said.out.endswith("\nnext: assay task add NAME\n")
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_init_inside_a_project_is_refused(assay, demo):
    said = assay("init", "inner")
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines() == [
        f"assay: {demo / 'inner'} is inside the assay project {demo}",
        "  fix: `assay task add NAME` adds a task to it, `assay install --forge github|gitlab` the workflows of a forge",
    ]
    assert not (demo / "inner").exists()
