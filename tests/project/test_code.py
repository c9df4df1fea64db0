"""`code:` of `checks/project.yaml`: which paths a glob names, and that none names what labels are kept in or judged by."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import ConfigError
from assay.git.snapshot import WorkTree
from assay.project.config import KEPT, is_code, project_in

HEAD = "format: 1\nid: test-project\n"


def stated(root, data):
    (root / "checks").mkdir(exist_ok=True)
    (root / "checks/project.yaml").write_bytes(data)
    return project_in(WorkTree(root))


def project(root, *globs):
    listed = "".join(f"  - {glob!r}\n" for glob in globs)
    return stated(root, f"{HEAD}code:\n{listed}".encode())


@pytest.mark.parametrize(("glob", "path", "fits"), [
    ("src/**", "src/a.py", True),
    ("src/**", "src/deep/er/a.py", True),
    ("src/**", "src", False),
    ("src/**", "srcs/a.py", False),
    ("src/**", "lib/src/a.py", False),
    ("src/*", "src/a.py", True),
    ("src/*", "src/deep/a.py", False),
    ("src/**/a.py", "src/a.py", True),
    ("src/**/a.py", "src/deep/er/a.py", True),
    ("src/**/a.py", "src/deep/ba.py", False),
    ("src/*/a.py", "src/deep/a.py", True),
    ("src/*/a.py", "src/a.py", False),
    ("*.py", "a.py", True),
    ("*.py", "src/a.py", False),
    ("*.py", "apy", False),
    ("a?.py", "ab.py", True),
    ("a?.py", "a.py", False),
    ("src/a+(b).py", "src/a+(b).py", True),
    ("src/*", "src/\n", True),
    ("docs/**", "docs/x.md", True),
    ("docs/**", "docs/CODEOWNERS", False),
    ("docs/**", "docs/Codeowners", False),
    ("docs/**", "docs/deep/CODEOWNERS", True),
    ("SRC/**", "src/a.py", False),
])  # fmt: skip
def test_a_glob_names_paths_from_the_root(tmp_path, glob, path, fits):
    assert is_code(path, project(tmp_path, glob).code) is fits


def test_any_of_the_globs_will_do_and_without_them_there_is_no_code(tmp_path):
    code = project(tmp_path, "src/**", "tests/**").code
    assert code == ("src/**", "tests/**")
    assert is_code("tests/a.py", code)
    assert not is_code("lib/a.py", code)
    assert stated(tmp_path, HEAD.encode()).code == ()
    assert not is_code("src/a.py", ())


@pytest.mark.parametrize("glob", [
    "labels/**", "labels", "labels/items/x", "guidelines/**", "schemas/*", "checks/**", "releases/**", "dvc.yaml",
    "dvc.*", ".dvc/**", "**", "*", "**/x.py", "*/x.py", "l*/**", "?abels/x", "*.yaml", "dvc.lock", "reports/**",
    "build/**", "gate/*", "release/**", ".*", ".git*", ".github/**", ".gitattributes", "params.yaml", "CODEOWNERS",
    "Labels/**", "CHECKS/x",
])  # fmt: skip
def test_what_belongs_to_the_labels_is_never_code(tmp_path, glob):
    with pytest.raises(ConfigError) as caught:
        project(tmp_path, "src/**", glob)
    assert re.match(rf"checks/project\.yaml:5 code: {re.escape(repr(glob))} covers ", caught.value.message)
    assert "src/**" in caught.value.fix


@pytest.mark.parametrize("glob", [
    "/src/**", "src/", "src//a", "./src", "src/../labels", "..", "src/a**", "src/**.py", "src/[ab].py", "src/{a,b}",
    "!src/**", "src\\a", "$HOME", "src/a\tb", ":/src/**",
])  # fmt: skip
def test_what_is_no_glob_is_refused_with_its_line(tmp_path, glob):
    with pytest.raises(ConfigError) as caught:
        stated(tmp_path, f"{HEAD}tasks: {{}}\ncode: [src/**, {_quoted(glob)}]\n".encode())
    assert caught.value.message.startswith("checks/project.yaml:4 code: ")
    assert "src/**" in caught.value.fix


def _quoted(text):
    return '"' + text.replace("\\", "\\\\").replace("\t", "\\t") + '"'


@pytest.mark.parametrize("code", ["code: src/**\n", "code: [1]\n", "code: ['']\n", "code: [src/**, src/**]\n"])
def test_code_is_a_list_of_different_globs(tmp_path, code):
    with pytest.raises(ConfigError):
        stated(tmp_path, f"{HEAD}{code}".encode())


PIECES = st.sampled_from(["*", "**", "?", "/", "a", "l", "labels", "dvc", ".yaml", ".", "checks", "gate", "src", "x"])
BELOW = st.sampled_from(["", "/x", "/x.yaml", "/mood/r3/ada.jsonl", "/a/b"])


@given(glob=st.lists(PIECES, min_size=1, max_size=6).map("".join), kept=st.sampled_from(KEPT), below=BELOW)
def test_no_glob_that_is_taken_names_anything_of_the_labels(tmp_path_factory, glob, kept, below):
    root = tmp_path_factory.getbasetemp() / "globs"
    root.mkdir(exist_ok=True)
    try:
        code = project(root, glob).code
    except ConfigError:
        return
    whole = re.compile(re.escape(glob).replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\?", "[^/]"), re.DOTALL)
    assert not whole.fullmatch(f"{kept}{below}")
    assert not is_code(f"{kept}{below}", code)
