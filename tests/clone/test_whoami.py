import pytest

from assay.clone.project_files import remember, who_am_i
from assay.errors import UsageError
from assay.git.commands import set_setting
from assay.project.config import find_project
from clones import git
from projects import small_project, write_files

MAIL = "someone@example.org"


@pytest.fixture
def clone(root, monkeypatch):
    """A project in a repository, at a person whom nothing is known of but an e-mail."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{name}_EMAIL", raising=False)
        monkeypatch.delenv(f"GIT_{name}_NAME", raising=False)
    write_files(
        root,
        {"labels/annotators/ada.yaml": "emails: [ada@example.org]\n", "labels/annotators/ben.yaml": "handle: benb\n"},
    )
    set_setting(root, "user.email", MAIL)
    return find_project(root)


def test_the_roster_knows_an_e_mail_that_it_lists(clone):
    set_setting(clone.root, "user.email", "ada@example.org")
    assert who_am_i(clone).id == "ada"


def test_a_handle_that_git_knows_is_enough(clone):
    set_setting(clone.root, "github.user", "benb")
    assert who_am_i(clone).id == "ben"


def test_what_is_stated_goes_before_what_is_known(clone):
    set_setting(clone.root, "user.email", "ada@example.org")
    assert who_am_i(clone, "ben").id == "ben"


def test_an_unknown_e_mail_is_nobody_and_the_remedy_is_named(clone):
    with pytest.raises(UsageError, match=MAIL) as told:
        who_am_i(clone)
    assert "whoami --set" in told.value.fix


def test_whose_e_mail_it_is_is_kept_in_the_clone_and_in_no_file_of_the_project(clone, snapshot):
    before = snapshot()
    assert remember(clone, "ben").id == "ben"
    assert who_am_i(clone).id == "ben"
    assert snapshot() == before
    assert MAIL in (clone.root / ".git/config").read_text()


def test_two_people_at_one_clone_are_told_apart_by_their_e_mail(clone, monkeypatch):
    remember(clone, "ben")
    remember(clone, "ada", email="other@example.org")
    assert who_am_i(clone).id == "ada"
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", MAIL)
    assert who_am_i(clone).id == "ben"


def test_somebody_who_left_the_roster_is_remembered_no_longer(clone):
    remember(clone, "ben")
    (clone.root / "labels/annotators/ben.yaml").unlink()
    with pytest.raises(UsageError, match="ben"):
        who_am_i(clone)


def test_outside_a_repository_only_a_stated_person_is_known(tmp_path):
    project = small_project(tmp_path)
    assert who_am_i(project, "ada").id == "ada"
    for ask in (lambda: who_am_i(project), lambda: remember(project, "ada")):
        with pytest.raises(UsageError, match="not a git repository"):
            ask()


def test_without_an_e_mail_nothing_is_kept(clone, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for name in ("EMAIL", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    git(clone.root, "config", "--unset", "user.email")
    git(clone.root, "config", "user.useConfigOnly", "true")
    before = (clone.root / ".git/config").read_text()
    with pytest.raises(UsageError, match="git has no e-mail for you") as told:
        remember(clone, "ben")
    assert "--email" in told.value.fix
    assert (clone.root / ".git/config").read_text() == before
