"""`assay install --forge` and `assay init --forge`: what they say, and how they end."""


def test_init_writes_the_workflows_as_well_and_says_what_is_left(assay, tmp_path):
    said = assay("init", "demo", "--forge", "github")
    assert said.code == 0
    assert "wrote .github/workflows/label-review.yml\n" in said.out
    assert said.out.endswith("\n\nnext: cd demo; assay task add NAME --from FILE\n")
    assert [line.partition(":")[2].split()[0] for line in said.err.splitlines()] == ["make", "add", "set"]
    assert (tmp_path / "demo/requirements.in").read_text().endswith("\nassay-labels[audit,pipeline]==0.2.0\n")


def test_install_leaves_a_file_that_differs_and_ends_with_1(assay, demo):
    assert assay("install", "--forge", "gitlab").code == 0
    (demo / ".gitlab-ci.yml").write_text("mine: {script: [true]}\n")
    said = assay("install", "--forge", "gitlab")
    assert said.code == 1
    assert "kept  .gitlab-ci.yml (it differs: --diff shows how, --force replaces it)\n" in said.out
    assert "-mine: {script: [true]}\n" in assay("install", "--forge", "gitlab", "--diff").out
    assert assay("install", "--forge", "gitlab", "--force").code == 0
    assert "kept  .gitlab-ci.yml (up to date)\n" in assay("install", "--forge", "gitlab").out


def test_a_forge_that_assay_does_not_know_is_refused(assay, demo):  # noqa: ARG001 - the folder
    said = assay("install", "--forge", "sourcehut")
    assert (said.code, said.out) == (2, "")
    assert "'github', 'gitlab'" in said.err
