"""Why git failed is told apart, by what real remotes say; the remedy fits, and no advice of git's is passed on."""

import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from assay.errors import GitError
from assay.git.failures import FailureKind, failure_of, is_of_this_clone, is_own_hook
from assay.git.repository import fetch, push, switch
from clones import git, repository
from stopping import program

SSH = "ssh://git@127.0.0.1/lab/moods.git"
SAID = {
    "remote: error: GH006: Protected branch update failed for refs/heads/main.        \nremote: error: Required status check "
    '"assay" is expected.        \nTo https://github.com/lab/moods.git\n ! [remote rejected] main -> main (protected branch '
    "hook declined)\nerror: failed to push some refs to 'https://github.com/lab/moods.git'": FailureKind.PROTECTED,
    "remote: GitLab: You are not allowed to push code to protected branches on this project.\nTo gitlab.com:lab/moods.git\n"
    " ! [remote rejected] main -> main (pre-receive hook declined)\nerror: failed to push some refs to 'x'": FailureKind.PROTECTED,
    "remote: error: GH013: Repository rule violations found for refs/heads/x.\n ! [remote rejected] x -> x (push declined due "
    "to repository rule violations)": FailureKind.PROTECTED,
    "remote: Permission to lab/moods.git denied to ada.\nfatal: unable to access 'https://github.com/lab/moods.git/': The "
    "requested URL returned error: 403": FailureKind.FORBIDDEN,
    "ERROR: Permission to lab/moods.git denied to ada.\nfatal: Could not read from remote repository.": FailureKind.FORBIDDEN,
    "remote: Repository not found.\nfatal: repository 'https://github.com/lab/moods.git/' not found": FailureKind.NOT_FOUND,
    "ERROR: Repository not found.\nfatal: Could not read from remote repository.": FailureKind.NOT_FOUND,
    "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://gitlab.com/lab/moods.git/'": FailureKind.SIGN_IN,
    "fatal: could not read Username for 'https://github.com': terminal prompts disabled": FailureKind.SIGN_IN,
    "Host key verification failed.\nfatal: Could not read from remote repository.": FailureKind.HOST_KEY,
    "fatal: unable to access 'https://git.example.org/': SSL certificate problem: certificate has expired": FailureKind.CERTIFICATE,
    "fatal: unable to access 'https://git.example.org/': server certificate verification failed. CAfile: none": FailureKind.CERTIFICATE,
    "ssh: Could not resolve hostname git.example.org: Name or service not known\nfatal: Could not read": FailureKind.NETWORK,
    "ssh: connect to host git.example.org port 22: Connection timed out\nfatal: Could not read from remote": FailureKind.NETWORK,
    "fatal: unable to access 'https://git.example.org/': Could not resolve host: git.example.org": FailureKind.NETWORK,
    "error: RPC failed; curl 56 GnuTLS recv error\nfatal: the remote end hung up unexpectedly": FailureKind.NETWORK,
    "fatal: unable to access 'https://git.example.org/': The requested URL returned error: 502": FailureKind.NETWORK,
    "remote: fatal: write error: No space left on device\nerror: remote unpack failed: index-pack abnormal exit\n"
    " ! [remote rejected] x -> x (unpacker error)": FailureKind.REMOTE_DISK,
    "remote: error: insufficient permission for adding an object to repository database ./objects\n"
    " ! [remote rejected] x -> x (unpacker error)": FailureKind.REMOTE_DISK,
    " ! [remote rejected] x -> x (cannot lock ref 'refs/heads/x': is at 1 but expected 2)": FailureKind.BEHIND,
    "fatal: sha1 file '.git/index.lock' write error. Out of diskspace": FailureKind.DISK_FULL,
    "error: file write error: No space left on device\nfatal: unable to write new index file": FailureKind.DISK_FULL,
    "error: unable to create file a: Permission denied\nfatal: cannot checkout": FailureKind.UNWRITABLE,
    "fatal: Unable to create '/x/.git/index.lock': Read-only file system": FailureKind.UNWRITABLE,
    "error: insufficient permission for adding an object to repository database .git/objects": FailureKind.UNWRITABLE,
    "error: cannot open '.git/FETCH_HEAD': Permission denied": FailureKind.UNWRITABLE,
    "error: object file .git/objects/b4/3e is empty\nfatal: loose object b43e (stored in x) is corrupt": FailureKind.BROKEN,
    "fatal: could not fetch 1f from promisor remote": FailureKind.LACKING,
    "fatal: nothing that anybody has heard before": FailureKind.OTHER,
}  # fmt: skip


@pytest.mark.parametrize("complaint", SAID)
def test_what_forges_and_systems_say(complaint):
    failure = failure_of(complaint)
    assert failure.kind is SAID[complaint]
    assert not any(
        word in failure.message for word in ("hint:", "remote:", "failed to push some refs", "fatal:", "To https")
    )
    assert (failure.fix != "", failure.when != "") == (True, True)


def test_what_the_remote_says_is_kept_and_the_noise_is_not():
    said = failure_of(
        "remote: Enumerating objects: 5, done.        \nremote: no answers on sundays        \nremote:\nTo /x/shared.git\n"
        " ! [remote rejected] x -> x (pre-receive hook declined)\nerror: failed to push some refs to '/x'\nhint: do not\n"
    )
    assert said.message == "no answers on sundays\n! [remote rejected] x -> x (pre-receive hook declined)"
    assert said.kind is FailureKind.REFUSED


def test_what_git_advises_about_a_lock_of_the_remote_is_not_passed_on():
    said = failure_of(
        "remote: error: cannot lock ref 'refs/heads/x': Unable to create '/x/x.lock': File exists.\nremote: \n"
        "remote: Another git process seems to be running in this repository, e.g.\nremote: an editor opened by 'git commit'. "
        "Please make sure all processes\nremote: are terminated then try again. If it still fails, a git process\n"
        "remote: may have crashed in this repository earlier:\nremote: remove the file manually to continue.\n"
        " ! [remote rejected] x -> x (failed to update ref)\n"
    )
    assert "Another" not in said.message
    assert said.message.splitlines()[-1] == "! [remote rejected] x -> x (failed to update ref)"
    assert len(said.message.splitlines()) == 2


class _Answers(BaseHTTPRequestHandler):
    """Answers each path with the number that it begins with."""

    def do_GET(self):
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture
def server():
    """The address of a server on this machine."""
    serving = HTTPServer(("127.0.0.1", 0), _Answers)
    Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()


def met(step, *arguments):
    """The kind of what git met, and its words."""
    with pytest.raises(GitError) as caught:
        step(*arguments)
    assert "hint:" not in caught.value.message
    return caught.value.kind, caught.value.message


def test_what_remotes_do_is_told_apart(tmp_path, server, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    monkeypatch.delenv("GIT_ASKPASS", raising=False)
    monkeypatch.delenv("SSH_ASKPASS", raising=False)
    root = repository(tmp_path / "demo").root
    bare = tmp_path / "shared.git"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(bare))
    git(root, "remote", "add", "origin", "https://127.0.0.1:9/lab/moods.git")

    def at(address):
        git(root, "remote", "set-url", "origin", str(address))
        return fetch, root, "origin"

    assert met(*at("https://127.0.0.1:9/lab/moods.git"))[0] == FailureKind.NETWORK
    assert met(*at(f"{server}/401/x.git"))[0] == FailureKind.SIGN_IN
    assert met(*at(f"{server}/403/x.git"))[0] == FailureKind.FORBIDDEN
    assert met(*at(f"{server}/404/x.git"))[0] == FailureKind.NOT_FOUND
    assert met(*at(f"{server}/503/x.git"))[0] == FailureKind.NETWORK
    assert met(*at(tmp_path / "nosuch.git"))[0] == FailureKind.NOT_FOUND
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    assert met(*at(SSH))[0] == FailureKind.SILENT
    refuses = program(
        tmp_path / "refuses", "#!/bin/sh\necho 'git@127.0.0.1: Permission denied (publickey).' >&2\nexit 255\n"
    )
    monkeypatch.setenv("GIT_SSH_COMMAND", str(refuses))
    assert met(*at(SSH))[0] == FailureKind.SIGN_IN
    at(bare)
    push(root, "origin", "main")
    hook = program(bare / "hooks/pre-receive", "#!/bin/sh\necho 'hint: no answers on sundays' >&2\nexit 1\n")
    git(root, "switch", "-q", "-c", "ada/x")
    assert met(push, root, "origin", "ada/x")[0] == FailureKind.REFUSED
    hook.unlink()
    git(bare, "branch", "ada", "main")
    assert met(push, root, "origin", "ada/x")[0] == FailureKind.NAME_TAKEN
    git(bare, "branch", "-D", "ada")
    push(root, "origin", "ada/x")
    git(root, "commit", "-q", "--amend", "-m", "another")
    assert met(push, root, "origin", "ada/x")[0] == FailureKind.BEHIND


def test_what_is_wrong_here_is_told_apart(tmp_path):
    root = repository(tmp_path / "demo").root
    assert is_of_this_clone(FailureKind.DISK_FULL)
    assert not is_of_this_clone(FailureKind.NETWORK)
    git(root, "switch", "-q", "-c", "other")
    (root / "new").write_text("theirs\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "new")
    git(root, "switch", "-q", "main")
    (root / "new").write_text("mine\n")
    kind, said = met(switch, root, "other")
    assert (kind, "new" in said) == (FailureKind.UNTRACKED, True)
    (root / "new").unlink()
    git(root, "worktree", "add", "-q", str(tmp_path / "linked"), "other")
    assert met(switch, root, "other")[0] == FailureKind.ELSEWHERE
    subprocess.run(["sh", "-c", "printf '[x \\n' >> .git/config"], cwd=root, check=True)
    assert met(switch, root, "other")[0] == FailureKind.SETTINGS


REJECTED = "error: failed to push some refs to '/x/shared.git'"


@pytest.mark.parametrize(
    ("asked", "complaint", "own"),
    [
        ("commit", "no answers on sundays", True),
        ("commit", "the error: none\n  fatal: not of git", True),
        ("commit", "fatal: cannot run .git/hooks/pre-commit: No such file or directory", True),
        ("commit", "error: aborted by hook", True),
        ("commit", "checked\nerror: unable to write new index file", False),
        ("commit", "fatal: unable to create '/x/.git/index.lock': File exists.", False),
        ("commit", "gpg: failed to sign the data", False),
        ("commit", "failed to sign: cannot run gpg", False),
        ("push", f"no pushes on sundays\n{REJECTED}", True),
        ("push", f" ! [rejected] x -> x (fetch first)\n{REJECTED}", False),
        ("push", f" ! [remote rejected] x -> x (hook declined)\n{REJECTED}", False),
        ("push", "no pushes on sundays", False),
        ("push", "fatal: cannot run .git/hooks/pre-push: No such file or directory", False),
    ],
)
def test_a_hook_of_ones_own_is_told_from_git_and_from_the_remote(asked, complaint, own):
    assert is_own_hook(asked, complaint) is own
