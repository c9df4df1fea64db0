"""The git that assay starts: whose settings count, what stays switched off, and a git that is not there."""

import os

import pytest

from assay.errors import GitError, NoGitError
from assay.git.child import Conversation
from assay.git.commands import (
    author_email,
    commit_of,
    current_branch,
    default_ref,
    is_ancestor,
    is_repository,
    is_shallow,
    merge_base,
    setting,
    settings,
)
from assay.git.git_folder import clear_left
from assay.git.process import git_command, git_environment, git_is_recent, git_online, git_version, run_program
from assay.git.repository import folder_of_git, hooks_elsewhere, unset_section
from clones import git, known_as, repository
from projects import write_files

pytestmark = pytest.mark.threat(17)
MARKING = "#!/bin/sh\ntouch '{}'\nexit 0\n"
HOOKS = ("pre-commit", "post-commit", "reference-transaction", "post-index-change", "post-checkout", "pre-push")


def _counted(monkeypatch, **values):
    monkeypatch.setenv("GIT_CONFIG_COUNT", str(len(values)))
    for number, (name, value) in enumerate(values.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", name.replace("_", ".", 1))
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)


def _global(monkeypatch, tmp_path, text):
    (tmp_path / "mine").write_text(text)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "mine"))


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The project in a repository that knows nobody, on a machine that knows nobody."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    root = repository(tmp_path / "demo").root
    git(root, "config", "--unset", "user.name")
    git(root, "config", "--unset", "user.email")
    return root


def test_the_settings_of_a_users_own_file_count(root, tmp_path, monkeypatch):
    _global(monkeypatch, tmp_path, "[user]\nemail = ben@example.org\n[credential]\nhelper = store\n")
    assert author_email(root) == "ben@example.org"
    assert setting(root, "credential.helper") == "store"


def test_the_settings_of_the_environment_count_before_those_of_any_file(root, tmp_path, monkeypatch):
    _global(monkeypatch, tmp_path, "[user]\nemail = ben@example.org\n")
    _counted(monkeypatch, user_email="ada@example.org", github_user="ada-x", credential_helper="store")
    assert author_email(root) == "ada@example.org"
    assert settings(root, "github.user", "credential.helper") == ("ada-x", "store")


def test_the_file_of_the_machine_counts_where_it_is_named_and_not_where_it_is_switched_off(root, tmp_path, monkeypatch):
    (tmp_path / "system").write_text("[github]\nuser = ada-x\n")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(tmp_path / "system"))
    assert setting(root, "github.user") == ""
    monkeypatch.delenv("GIT_CONFIG_NOSYSTEM")
    assert setting(root, "github.user") == "ada-x"


def test_a_repository_of_somebody_elses_is_read_where_the_environment_says_that_it_may(root, monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to somebody else")
    monkeypatch.delenv("SUDO_UID", raising=False)
    os.chown(root / ".git", 12345, 12345)
    os.chown(root, 12345, 12345)
    with pytest.raises(GitError, match="dubious"):
        is_repository(root)
    _counted(monkeypatch, safe_directory=str(root))
    assert is_repository(root)


@pytest.mark.parametrize("way", ["counted", "global", "system", "clone"])
def test_no_setting_of_anywhere_has_a_hook_or_a_helper_run(root, tmp_path, monkeypatch, way):
    mark = tmp_path / "mark"
    programs = {f"hooks/{name}": MARKING.format(mark) for name in HOOKS} | {"watch": MARKING.format(mark)}
    write_files(tmp_path, programs)
    for name in programs:
        (tmp_path / name).chmod(0o755)
    evil = {
        "core_hooksPath": str(tmp_path / "hooks"),
        "core_fsmonitor": str(tmp_path / "watch"),
        "protocol_ext.allow": "always",
    }
    text = f'[core]\nhooksPath = {tmp_path}/hooks\nfsmonitor = {tmp_path}/watch\n[protocol "ext"]\nallow = always\n'
    if way == "counted":
        _counted(monkeypatch, **evil)
    elif way == "clone":
        with (root / ".git/config").open("a") as config:
            config.write(text)
    else:
        (tmp_path / "evil").write_text(text)
        monkeypatch.delenv("GIT_CONFIG_NOSYSTEM")
        monkeypatch.setenv(f"GIT_CONFIG_{way.upper()}", str(tmp_path / "evil"))
    write_files(root, {"new": "x"})
    run_program(["git", "status"], cwd=root, environment={**os.environ})
    assert mark.exists()
    mark.unlink()
    known_as(root, "ada")
    mark.unlink(missing_ok=True)
    git_online(root, "add", "new")
    git_online(root, "commit", "--quiet", "-m", "new")
    git_online(root, "status", "--porcelain")
    git_online(root, "switch", "--quiet", "-c", "other")
    with pytest.raises(GitError, match="ext"):
        git_online(root, "fetch", f"ext::touch {mark}")
    assert not mark.exists()


@pytest.mark.parametrize(
    "name", ["DIR", "WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY", "COMMON_DIR", "NAMESPACE", "EXTERNAL_DIFF"]
)
def test_no_variable_leads_to_another_repository_or_program(root, tmp_path, monkeypatch, name):
    monkeypatch.setenv(f"GIT_{name}", str(tmp_path / "elsewhere"))
    assert is_repository(root)
    assert f"GIT_{name}" not in git_environment()


ASKED = [
    is_repository,
    is_shallow,
    author_email,
    current_branch,
    default_ref,
    folder_of_git,
    hooks_elsewhere,
    lambda root: setting(root, "user.email"),
    lambda root: settings(root, "user.email"),
    lambda root: commit_of(root, "HEAD"),
    lambda root: merge_base(root, "HEAD", "HEAD"),
    lambda root: is_ancestor(root, "HEAD", "HEAD"),
    lambda root: unset_section(root, "merge.assay"),
    lambda root: git_online(root, "fetch"),
    lambda root: Conversation(git_command("cat-file", "--batch"), cwd=root, environment=git_environment()),
]


@pytest.mark.parametrize("question", range(len(ASKED)))
def test_without_git_no_question_has_an_answer(root, tmp_path, monkeypatch, question):
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(NoGitError, match="git is not installed") as caught:
        ASKED[question](root)
    assert caught.value.fix == "install git 2.39 or newer"


@pytest.mark.parametrize("path", ["", "/dev/null", "FILE"])
def test_a_path_on_which_nothing_can_be_started_has_no_git(root, tmp_path, monkeypatch, path):
    (tmp_path / "git").write_text("not to be run")
    monkeypatch.setenv("PATH", path.replace("FILE", str(tmp_path)))
    with pytest.raises(NoGitError, match="git is not installed"):
        is_repository(root)


def test_a_git_that_does_not_know_what_is_asked_is_called_too_old(root, tmp_path, monkeypatch):
    assert git_version() >= (2, 39)
    assert git_is_recent()
    write_files(
        tmp_path, {"old/git": '#!/bin/sh\n[ "$1" = version ] && echo "git version 2.20.1" && exit 0\nexit 129\n'}
    )
    (tmp_path / "old/git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "old"))
    with pytest.raises(NoGitError, match=r"git 2\.20\.1 is too old"):
        is_shallow(root)


def test_a_folder_that_is_gone_is_not_taken_for_a_missing_git(tmp_path):
    with pytest.raises(FileNotFoundError):
        run_program(["git", "version"], cwd=tmp_path / "gone")


LOCKS = (
    "index.lock", "info/x.lock", "objects/x.lock", "objects/info/x.lock", "objects/pack/x.lock", "refs/heads/a/b.lock",
    "objects/info/commit-graphs/x.lock", "reftable/x.lock",
)  # fmt: skip


def test_of_a_git_that_was_killed_the_locks_go_that_are_not_older_than_its_start(root):
    begun = 1_800_000_000.05
    times = {name: 1_799_999_999.0 if place % 2 else 1_800_000_001.0 for place, name in enumerate(LOCKS)}
    older = {"HEAD.lock": 1_799_999_998.9, "refs/x.lock": 1_000_000_000.0}
    for name, at in {**times, **older, "index.lock.x": begun, "hooks/x.lock": begun}.items():
        path = root / ".git" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (at, at))
    clear_left(root, begun)
    left = {path.relative_to(root / ".git").as_posix() for path in (root / ".git").rglob("*.lock*")}
    assert left == {*older, "index.lock.x", "hooks/x.lock"}


@pytest.mark.parametrize("before", [(), ("-c", "a.b=c"), ("--no-pager", "-c", "user.name=x"), ("--git-dir=.git",)])
def test_a_failure_names_the_command_and_not_its_options(root, before):
    with pytest.raises(GitError, match=r"^git switch: invalid reference: nowhere"):
        git_online(root, *before, "switch", "nowhere")
