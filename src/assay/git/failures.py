"""Why git failed: its complaint cleaned of advice, the kind of failure it tells of, and the remedy that fits."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a git command met."""

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


LOCK = "lock"
"""The kind of an error that a lock file of git's is the reason of."""
HOOK = "hook"
"""The kind of an error in which a hook of the person's own refused a push, whatever it said."""
_HERE = frozenset(
    {
        LOCK,
        HOOK,
        Kind.DISK_FULL,
        Kind.FILE_LIMIT,
        Kind.UNWRITABLE,
        Kind.BLOCKED,
        Kind.NEWER,
        Kind.OWNER,
        Kind.SETTINGS,
        Kind.BROKEN,
        Kind.LACKING,
    }
)


def is_of_this_clone(kind: str) -> bool:
    """Whether a fault of this kind lies in this clone or on this computer, so that no waiting for a remote ends it."""
    return kind in _HERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What git said, its kind, what to do about it, and from when on it is worth while to try again."""

    said: str
    kind: Kind
    fix: str
    when: str


_LOCAL: tuple[tuple[Kind, str], ...] = (
    (
        Kind.DISK_FULL,
        r"No space left on device|Out of diskspace|Disk quota exceeded",
    ),
    (Kind.FILE_LIMIT, r"File too large|[Ff]ile size limit exceeded"),
    (Kind.OWNER, r"detected dubious ownership"),
    (Kind.NEWER, r"unknown repository extension|Expected git repo version|repo version is \d+, but v\d"),
    (Kind.BLOCKED, r"'\S*\.git/[^']*': (?:Is|Not) a directory$|there are still logs under"),
    (Kind.SETTINGS, r"bad config (?:line|variable|value)|bad (?:numeric|boolean) config value"),
    (
        Kind.BROKEN,
        (
            r"object file \S+ is empty|loose object \S+ .*is corrupt|inflate: data stream error|unable to unpack \S+ header"
            r"|index file (?:corrupt|smaller)|bad index file|bad signature 0x|unable to read (?:tree|sha1)|bad tree object"
            r"|could not parse HEAD|not a git repository|bad object (?:HEAD|refs/|[0-9a-f]{40})|broken ref|unable to resolve HEAD"
            r"|is missing or corrupt|pack\S* .*(?:corrupt|is far too short)"
        ),
    ),
    (Kind.UNWRITABLE, r"insufficient permission for adding"),
    (Kind.LACKING, r"promisor remote|unable to read"),
    (
        Kind.UNTRACKED,
        r"untracked working tree (?:files|file) would be|would lose untracked files|Untracked working tree",
    ),
    (Kind.CHANGED, r"local changes to the following files would be overwritten|not uptodate\. Cannot merge"),
    (Kind.ELSEWHERE, r"is already (?:checked out|used by worktree) at '"),
    (Kind.NAME_TAKEN, r"cannot lock ref '[^']*': '[^']*' exists; cannot create"),
)
_THERE: tuple[tuple[Kind, str], ...] = (
    (Kind.PROTECTED, r"(?i)protected branch|protected ref|push declined due to repository rule|GH006|GH013"),
    (Kind.NAME_TAKEN, r"'[^']*' exists; cannot create|directory file conflict"),
    (
        Kind.BEHIND,
        r"! \[rejected\]|\(fetch first\)|but expected|reference already exists|incorrect old value|\(atomic",
    ),
    (
        Kind.REMOTE_DISK,
        r"No space left|unpacker error|unpack failed|insufficient permission for adding|unable to migrate objects",
    ),
    (Kind.SIGNED, r"does not support --signed push|failed to sign the push certificate"),
    (Kind.REFUSED, r"\[remote rejected\]|hook declined"),
    (Kind.HOST_KEY, r"Host key verification failed|HOST IDENTIFICATION HAS CHANGED"),
    (
        Kind.CERTIFICATE,
        r"(?i)certificate problem|certificate verif|CAfile|SSL_connect|schannel|self.signed certificate",
    ),
    (
        Kind.SIGN_IN,
        (
            r"Permission denied \((?:publickey|password|keyboard|gssapi)|Authentication failed|could not read (?:Username|Password)"
            r"|terminal prompts disabled|returned error: 401|Invalid username or password|HTTP Basic: Access denied"
            r"|password authentication was removed|Too many authentication failures|Permission denied, please try again"
        ),
    ),
    (
        Kind.FORBIDDEN,
        r"returned error: 403|Permission to \S+ denied|(?i:not allowed to push)|read.only|(?i:access (?:denied|forbidden))",
    ),
    (
        Kind.NOT_FOUND,
        (
            r"(?i)repository '?[^'\n]*'? ?not found|could not be found or you don.t have permission|returned error: 404"
            r"|does not appear to be a git repository|No such remote|couldn't find remote ref|project .* not found"
        ),
    ),
    (
        Kind.NETWORK,
        (
            r"(?i)could not resolve host|name or service not known|temporary failure in name resolution|failed to connect"
            r"|couldn't connect|connection (?:refused|timed out|reset|closed)|operation timed out|timed out after"
            r"|network is unreachable|no route to host|hung up unexpectedly|early EOF|RPC failed|empty reply"
            r"|returned error: 5\d\d|kex_exchange_identification|remote did not send|unable to access|bad gateway|unable to look up"
        ),
    ),
    (Kind.SILENT, r"Could not read from remote repository"),
)
_UNWRITABLE = re.compile(
    r"(?:Permission denied|Operation not permitted)$|Permission denied\n|Read-only file system|insufficient permission for adding"
)
_ADDRESS_SEEN = "`git remote -v` shows the address"
_FIXES: Mapping[Kind, tuple[str, str]] = {
    Kind.DISK_FULL: ("make room on this disk", "once there is room on this disk"),
    Kind.FILE_LIMIT: (
        "no file written from this shell may grow so large (`ulimit -f` says how large): ulimit -f unlimited, or another shell",
        "once files may be larger: `ulimit -f unlimited`, or from another shell",
    ),
    Kind.UNWRITABLE: (
        "get leave to read and write there, of yourself or of whoever owns it",
        "once you may read and write there",
    ),
    Kind.BLOCKED: (
        "`assay doctor --mend` moves out of the way what is not git's",
        "after `assay doctor --mend`, which moves out of the way what is not git's",
    ),
    Kind.NEWER: (
        "a newer git wrote the settings of this clone: install it, or git clone the project anew, beside this folder",
        "once the git that wrote the settings of this clone is installed",
    ),
    Kind.SETTINGS: (
        "mend that line of that file in an editor; in the settings of this clone `assay doctor --mend` comments it out",
        "once that line of git's settings is mended",
    ),
    Kind.BROKEN: ("`assay doctor --mend` puts right what it can, and says the rest", "after `assay doctor --mend`"),
    Kind.LACKING: ("git fetch --refetch --no-filter", "after `git fetch --refetch --no-filter`"),
    Kind.UNTRACKED: (
        "`assay doctor --mend` moves them below .assay/aside and says where",
        "after `assay doctor --mend`, which moves them below .assay/aside",
    ),
    Kind.CHANGED: (
        "commit them, or put a file back as it was with `git restore FILE` (its changes are lost then)",
        "once they are committed or put back",
    ),
    Kind.NAME_TAKEN: (
        "a branch has a name that stands in the way: give one of the two another name (`git branch -m OLD NEW`)",
        "once the branch in the way has another name; whoever made it can say which",
    ),
    Kind.BEHIND: ("somebody pushed there meanwhile: fetch", "and takes in what came there meanwhile"),
    Kind.PROTECTED: (
        "the branch is protected: work goes there by a pull request from a branch of your own",
        "once what the remote says above is settled: that branch is protected, and takes changes by pull request alone",
    ),
    Kind.REMOTE_DISK: (
        "the remote cannot store it: tell whoever looks after it",
        "once what the remote says above is settled, with whoever looks after it: it cannot store anything",
    ),
    Kind.REFUSED: (
        "settle what the remote says above, with whoever looks after it",
        "once what the remote says above is settled, with whoever looks after it",
    ),
    Kind.SIGNED: (
        "git is told to sign what it sends (push.gpgSign), and cannot here: git config push.gpgSign false",
        "after `git config push.gpgSign false`: git is told to sign what it sends, and cannot here",
    ),
    Kind.HOST_KEY: (
        (
            "the remote shows another key than it had, or one that is new here: ask whoever looks after it for its fingerprint, "
            "then `ssh -T HOST` asks you to take it"
        ),
        "once the remote's key is known here: ask whoever looks after it, then `ssh -T HOST`",
    ),
    Kind.CERTIFICATE: (
        "the remote's certificate is not trusted here: look at this computer's clock, then ask whoever looks after the network",
        "once the remote's certificate is trusted here: look at this computer's clock, or ask whoever looks after the network",
    ),
    Kind.SIGN_IN: (
        "the remote does not know you: sign in (`gh auth login`, `glab auth login`) or give it your SSH key",
        "once the remote knows you: sign in (`gh auth login`, `glab auth login`) or give it your SSH key",
    ),
    Kind.FORBIDDEN: (
        "the remote knows you and does not let you: whoever looks after it gives that leave",
        "once you may write there: whoever looks after the remote gives that leave",
    ),
    Kind.NOT_FOUND: (
        f"no repository is at that address, or you may not see it: {_ADDRESS_SEEN}, `git remote set-url NAME ADDRESS` changes it",
        f"once the address is right and you may see it: {_ADDRESS_SEEN}, `git remote set-url NAME ADDRESS` changes it",
    ),
    Kind.NETWORK: (
        "the remote cannot be reached from here: look after the connection",
        "when the remote can be reached",
    ),
    Kind.SILENT: (
        f"the remote did not answer as a repository does: {_ADDRESS_SEEN}; see that you can sign in there",
        f"when the remote can be reached: {_ADDRESS_SEEN}; see that you can sign in there",
    ),
    Kind.OTHER: ("run the same git command by hand to see more", "when the remote can be reached"),
}
_ALLOWED = re.compile(r"safe\.directory (?P<place>\S+)")
_INCLUDED = re.compile(
    r"bad config line (?P<line>\d+) in file (?P<file>\S*?(?<!/config)(?<!/\.gitconfig)(?<!/config\.worktree))$",
    re.MULTILINE,
)
_HELD = re.compile(r"is already (?:checked out|used by worktree) at '(?P<place>[^']+)'")
_REMOTE = re.compile(r"^remote:\s?")
_COMPLAINT = re.compile(r"^(?:fatal|error): ")
_NOISE = re.compile(
    r"^(?:hint:|To \S+$|Please make sure you have the correct|and the repository exists\.|Warning: Permanently added"
    r"|(?:remote: )?(?:Another git process seems to be|an editor opened by 'git commit'|are terminated then try again)"
    r"|(?:remote: )?(?:may have crashed in this repository|remove the file manually)"
    r"|error: failed to push some refs|Aborting$|Everything up-to-date|error: could not lock config file \S+: File exists$"
    r"|(?:remote: )?(?:Enumerating|Counting|Compressing|Resolving|Receiving|Writing|Total|Processing)\b.*[\d:])"
)


def is_own_hook(asked: str, complaint: str) -> bool:
    """Whether a hook here refused a commit, or a push before the remote was asked to take anything.

    Of a commit git itself says with `fatal` or `error` what stops it; what a hook says stands alone.
    """
    if asked == "commit":
        if "failed to sign" in complaint:
            return False
        return any(sign in complaint for sign in ("cannot run", "aborted by hook")) or not re.search(
            r"^(?:fatal|error): ", complaint, re.MULTILINE
        )
    return "failed to push some refs" in complaint and "rejected]" not in complaint


def failure_of(complaint: str) -> Failure:
    """What git's complaint (in English) comes to. A remote's own words count only where this clone has none."""
    lines = [line.rstrip() for line in complaint.splitlines()]
    local = "\n".join(line for line in lines if not _REMOTE.match(line))
    kind = _kind(local, "\n".join(lines))
    fix, when = _FIXES.get(kind, _FIXES[Kind.OTHER])
    if kind is Kind.OWNER and (named := _ALLOWED.search(complaint)):
        fix = f"if you trust it: git config --global --add safe.directory {named['place']}"
        when = "then"
    if kind is Kind.SETTINGS and (included := _INCLUDED.search(complaint)):
        fix = f"mend line {included['line']} of {included['file']} in an editor: your settings of git include that file"
    if kind is Kind.ELSEWHERE and (held := _HELD.search(complaint)):
        fix = f"go on there (cd {held['place']}), or remove that work tree: git worktree remove {held['place']}"
        when = "there"
    return Failure(said="\n".join(_cleaned(lines)) or complaint.strip(), kind=kind, fix=fix, when=when)


def _kind(local: str, whole: str) -> Kind:
    kind = next((kind for kind, sign in _LOCAL if re.search(sign, local, re.MULTILINE)), None)
    kind = kind or next((kind for kind, sign in _THERE if re.search(sign, whole, re.MULTILINE)), None)
    if kind in {None, Kind.SILENT, Kind.REMOTE_DISK} and _UNWRITABLE.search(f"{local}\n"):
        return Kind.REMOTE_DISK if kind is Kind.REMOTE_DISK else Kind.UNWRITABLE
    return kind or Kind.OTHER


def _cleaned(lines: list[str]) -> Iterator[str]:
    """The lines without advice and progress; a remote's sentences without the word that they are its."""
    before = ""
    for line in lines:
        if _NOISE.match(line):
            continue
        plain = _COMPLAINT.sub("", _REMOTE.sub("", line)).strip() if line[:1] not in " \t" else line.strip()
        if plain and plain != before and not _NOISE.match(plain):
            yield plain
            before = plain
