"""Failures of git: the message without advice, the kind of failure, and its fix."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

LOCK = "lock"
"""The kind of an error caused by a lock file of git."""
HOOK = "hook"
"""The kind of an error of the user's own hook, whatever its message."""
# The signs of failures are compiled when git has failed: most processes meet none.
_UNWRITABLE = r"(?:Permission denied|Operation not permitted)$|Permission denied\n|Read-only file system|insufficient permission for adding"
_ADDRESS_SEEN = "`git remote -v` shows the address"
_ALLOWED = r"safe\.directory (?P<place>\S+)"
_INCLUDED = (
    r"(?m)bad config line (?P<line>\d+) in file (?P<file>\S*?(?<!/config)(?<!/\.gitconfig)(?<!/config\.worktree))$"
)
_HELD = r"is already (?:checked out|used by worktree) at '(?P<place>[^']+)'"
_REMOTE = r"^remote:\s?"
_COMPLAINT = r"^(?:fatal|error): "
_NOISE = (
    r"^(?:hint:|To \S+$|Please make sure you have the correct|and the repository exists\.|Warning: Permanently added"
    r"|(?:remote: )?(?:Another git process seems to be|an editor opened by 'git commit'|are terminated then try again)"
    r"|(?:remote: )?(?:may have crashed in this repository|remove the file manually)"
    r"|error: failed to push some refs|Aborting$|Everything up-to-date|error: could not lock config file \S+: File exists$"
    r"|(?:remote: )?(?:Enumerating|Counting|Compressing|Resolving|Receiving|Writing|Total|Processing)\b.*[\d:])"
)


class FailureKind(StrEnum):
    """The kind of failure of a git command."""

    DISK_FULL = "disk-full"
    FILE_LIMIT = "file-limit"
    UNWRITABLE = "unwritable"
    BLOCKED = "blocked"
    NEWER = "newer"
    OWNER = "owner"
    SETTINGS = "settings"
    BROKEN = "broken"
    LACKING = "lacking"
    UNTRACKED = "untracked"
    CHANGED = "changed"
    ELSEWHERE = "elsewhere"
    NAME_TAKEN = "name-taken"
    BEHIND = "behind"
    PROTECTED = "protected"
    REMOTE_DISK = "remote-disk"
    REFUSED = "refused"
    SIGNED = "signed"
    HOST_KEY = "host-key"
    CERTIFICATE = "certificate"
    SIGN_IN = "sign-in"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    NETWORK = "network"
    SILENT = "silent"
    OTHER = "other"


def is_of_this_clone(kind: str) -> bool:
    """Whether a failure of this kind is in this clone or on this computer, and not at the remote."""
    return kind in {
        LOCK, HOOK, FailureKind.DISK_FULL, FailureKind.FILE_LIMIT, FailureKind.UNWRITABLE, FailureKind.BLOCKED,
        FailureKind.NEWER, FailureKind.OWNER, FailureKind.SETTINGS, FailureKind.BROKEN, FailureKind.LACKING,
    }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The message of git, its kind, its fix, and when to try again."""

    message: str
    kind: FailureKind
    fix: str
    when: str


_LOCAL: tuple[tuple[FailureKind, str], ...] = (
    (FailureKind.DISK_FULL, r"No space left on device|Out of diskspace|Disk quota exceeded"),
    (FailureKind.FILE_LIMIT, r"File too large|[Ff]ile size limit exceeded"),
    (FailureKind.OWNER, r"detected dubious ownership"),
    (FailureKind.NEWER, r"unknown repository extension|Expected git repo version|repo version is \d+, but v\d"),
    (FailureKind.BLOCKED, r"'\S*\.git/[^']*': (?:Is|Not) a directory$|there are still logs under"),
    (FailureKind.SETTINGS, r"bad config (?:line|variable|value)|bad (?:numeric|boolean) config value"),
    (FailureKind.BROKEN, (
        r"object file \S+ is empty|loose object \S+ .*is corrupt|inflate: data stream error|unable to unpack \S+ header"
        r"|index file (?:corrupt|smaller)|bad index file|bad signature 0x|unable to read (?:tree|sha1)|bad tree object"
        r"|could not parse HEAD|not a git repository|bad object (?:HEAD|refs/|[0-9a-f]{40})|broken ref|unable to resolve HEAD"
        r"|is missing or corrupt|pack\S* .*(?:corrupt|is far too short)"
    )),
    (FailureKind.UNWRITABLE, r"insufficient permission for adding"),
    (FailureKind.LACKING, r"promisor remote|unable to read"),
    (FailureKind.UNTRACKED, r"untracked working tree (?:files|file) would be|would lose untracked files|Untracked working tree"),
    (FailureKind.CHANGED, r"local changes to the following files would be overwritten|not uptodate\. Cannot merge"),
    (FailureKind.ELSEWHERE, r"is already (?:checked out|used by worktree) at '"),
    (FailureKind.NAME_TAKEN, r"cannot lock ref '[^']*': '[^']*' exists; cannot create"),
)  # fmt: skip
_THERE: tuple[tuple[FailureKind, str], ...] = (
    (FailureKind.PROTECTED, r"(?i)protected branch|protected ref|push declined due to repository rule|GH006|GH013"),
    (FailureKind.NAME_TAKEN, r"'[^']*' exists; cannot create|directory file conflict"),
    (FailureKind.BEHIND, r"! \[rejected\]|\(fetch first\)|but expected|reference already exists|incorrect old value|\(atomic"),
    (FailureKind.REMOTE_DISK, r"No space left|unpacker error|unpack failed|insufficient permission for adding|unable to migrate objects"),
    (FailureKind.SIGNED, r"does not support --signed push|failed to sign the push certificate"),
    (FailureKind.REFUSED, r"\[remote rejected\]|hook declined"),
    (FailureKind.HOST_KEY, r"Host key verification failed|HOST IDENTIFICATION HAS CHANGED"),
    (FailureKind.CERTIFICATE, r"(?i)certificate problem|certificate verif|CAfile|SSL_connect|schannel|self.signed certificate"),
    (FailureKind.SIGN_IN, (
        r"Permission denied \((?:publickey|password|keyboard|gssapi)|Authentication failed|could not read (?:Username|Password)"
        r"|terminal prompts disabled|returned error: 401|Invalid username or password|HTTP Basic: Access denied"
        r"|password authentication was removed|Too many authentication failures|Permission denied, please try again"
    )),
    (FailureKind.FORBIDDEN, r"returned error: 403|Permission to \S+ denied|(?i:not allowed to push)|read.only|(?i:access (?:denied|forbidden))"),
    (FailureKind.NOT_FOUND, (
        r"(?i)repository '?[^'\n]*'? ?not found|could not be found or you don.t have permission|returned error: 404"
        r"|does not appear to be a git repository|No such remote|couldn't find remote ref|project .* not found"
    )),
    (FailureKind.NETWORK, (
        r"(?i)could not resolve host|name or service not known|temporary failure in name resolution|failed to connect"
        r"|couldn't connect|connection (?:refused|timed out|reset|closed)|operation timed out|timed out after"
        r"|network is unreachable|no route to host|hung up unexpectedly|early EOF|RPC failed|empty reply"
        r"|returned error: 5\d\d|kex_exchange_identification|remote did not send|unable to access|bad gateway|unable to look up"
    )),
    (FailureKind.SILENT, r"Could not read from remote repository"),
)  # fmt: skip
_FIXES: Mapping[FailureKind, tuple[str, str]] = {
    FailureKind.DISK_FULL: ("free disk space", "once there is free disk space"),
    FailureKind.FILE_LIMIT: ("this shell limits the size of files (`ulimit -f` shows the limit): ulimit -f unlimited, or use another shell",
        "once files may be larger: `ulimit -f unlimited`, or from another shell"),
    FailureKind.UNWRITABLE: ("get read and write permission there, from its owner",
        "once you have read and write permission there"),
    FailureKind.BLOCKED: ("`assay doctor --mend` moves files away that do not belong to git",
        "after `assay doctor --mend`, which moves files away that do not belong to git"),
    FailureKind.NEWER: ("a newer git wrote the settings of this clone: install it, or git clone the project again, beside this folder",
        "once the git that wrote the settings of this clone is installed"),
    FailureKind.SETTINGS: ("fix that line of that file in an editor; in the settings of this clone `assay doctor --mend` comments it out",
        "once that line of git's settings is fixed"),
    FailureKind.BROKEN: ("`assay doctor --mend` repairs what it can, and lists the rest",
        "after `assay doctor --mend`"),
    FailureKind.LACKING: ("git fetch --refetch --no-filter", "after `git fetch --refetch --no-filter`"),
    FailureKind.UNTRACKED: ("`assay doctor --mend` moves them below .assay/aside and prints where",
        "after `assay doctor --mend`, which moves them below .assay/aside"),
    FailureKind.CHANGED: ("commit them, or restore a file with `git restore FILE` (which discards its changes)",
        "once they are committed or restored"),
    FailureKind.NAME_TAKEN: ("a branch name conflicts: rename one of the two (`git branch -m OLD NEW`)",
        "once the conflicting branch is renamed, by its author"),
    FailureKind.BEHIND: ("someone else pushed in the meantime: fetch", "and includes what was pushed in the meantime"),
    FailureKind.PROTECTED: ("the branch is protected: open a pull request from a branch of your own",
        "once the problem above is resolved: that branch is protected, and accepts only pull requests"),
    FailureKind.REMOTE_DISK: ("the remote cannot store it: contact its administrator",
        "once the remote's administrator has resolved the problem above: it cannot store anything"),
    FailureKind.REFUSED: ("resolve the problem above with the remote's administrator",
        "once the problem above is resolved with the remote's administrator"),
    FailureKind.SIGNED: ("git is configured to sign pushes (push.gpgSign) and cannot: git config push.gpgSign false",
        "after `git config push.gpgSign false`: git is configured to sign pushes and cannot"),
    FailureKind.HOST_KEY: (
        (
            "the remote's host key is new or has changed: ask its administrator for the fingerprint, "
            "then `ssh -T HOST` asks you to accept it"
        ),
        "once the remote's host key is known: ask its administrator, then `ssh -T HOST`",
    ),
    FailureKind.CERTIFICATE: ("the remote's certificate is not trusted: check this computer's clock, then ask the network administrator",
        "once the remote's certificate is trusted: check this computer's clock, or ask the network administrator"),
    FailureKind.SIGN_IN: ("authentication failed: sign in (`gh auth login`, `glab auth login`) or add your SSH key",
        "once you are authenticated: sign in (`gh auth login`, `glab auth login`) or add your SSH key"),
    FailureKind.FORBIDDEN: ("you have no write permission on the remote: ask its administrator",
        "once you have write permission on the remote: ask its administrator"),
    FailureKind.NOT_FOUND: (f"the repository does not exist, or you have no access: {_ADDRESS_SEEN}, `git remote set-url NAME ADDRESS` changes it",
        f"once the address is right and you have access: {_ADDRESS_SEEN}, `git remote set-url NAME ADDRESS` changes it"),
    FailureKind.NETWORK: ("the remote cannot be reached: check the network connection",
        "when the remote can be reached"),
    FailureKind.SILENT: (f"the remote did not answer like a repository: {_ADDRESS_SEEN}; check that you can sign in",
        f"when the remote can be reached: {_ADDRESS_SEEN}; check that you can sign in"),
    FailureKind.OTHER: ("run the same git command to see more", "when the remote can be reached"),
}  # fmt: skip


def is_own_hook(asked: str, complaint: str) -> bool:
    """Whether a local hook refused a commit, or a push before it reached the remote.

    Git's own messages on a commit begin with `fatal` or `error`; those of a hook do not.
    """
    if asked == "commit":
        if "failed to sign" in complaint:
            return False
        return any(sign in complaint for sign in ("cannot run", "aborted by hook")) or not re.search(
            r"^(?:fatal|error): ", complaint, re.MULTILINE
        )
    return "failed to push some refs" in complaint and "rejected]" not in complaint


def failure_of(complaint: str) -> Failure:
    """The failure of a git message (in English). Lines of the remote count only if no local line matches."""
    lines = [line.rstrip() for line in complaint.splitlines()]
    kind = _kind("\n".join(line for line in lines if not re.match(_REMOTE, line)), "\n".join(lines))
    fix, when = _FIXES.get(kind, _FIXES[FailureKind.OTHER])
    if kind is FailureKind.OWNER and (named := re.search(_ALLOWED, complaint)):
        fix = f"if you trust it: git config --global --add safe.directory {named['place']}"
        when = "then"
    if kind is FailureKind.SETTINGS and (included := re.search(_INCLUDED, complaint)):
        fix = f"fix line {included['line']} of {included['file']} in an editor: your git settings include that file"
    if kind is FailureKind.ELSEWHERE and (held := re.search(_HELD, complaint)):
        fix = f"continue there (cd {held['place']}), or remove that work tree: git worktree remove {held['place']}"
        when = "there"
    return Failure(message="\n".join(_cleaned(lines)) or complaint.strip(), kind=kind, fix=fix, when=when)


def _kind(local: str, whole: str) -> FailureKind:
    kind = next((kind for kind, sign in _LOCAL if re.search(sign, local, re.MULTILINE)), None)
    kind = kind or next((kind for kind, sign in _THERE if re.search(sign, whole, re.MULTILINE)), None)
    if kind in {None, FailureKind.SILENT, FailureKind.REMOTE_DISK} and re.search(_UNWRITABLE, f"{local}\n"):
        return FailureKind.REMOTE_DISK if kind is FailureKind.REMOTE_DISK else FailureKind.UNWRITABLE
    return kind or FailureKind.OTHER


def _cleaned(lines: list[str]) -> Iterator[str]:
    """The lines without advice and progress, and without prefixes such as `remote:`."""
    before = ""
    for line in lines:
        if re.match(_NOISE, line):
            continue
        plain = re.sub(_COMPLAINT, "", re.sub(_REMOTE, "", line)).strip() if line[:1] not in " \t" else line.strip()
        if plain and plain != before and not re.match(_NOISE, plain):
            yield plain
            before = plain
