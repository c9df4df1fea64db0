"""`assay install`: git merges and compares labels by record: the merge driver, the text for `git diff`, hooks."""

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from assay import git
from assay.core import Json, canonical_text
from assay.errors import UsageError
from assay.files import JsonFault, parse_record, read_bytes, write_bytes
from assay.labels import Clash, Side, UnreadableLineError, apply_merge, decide_merge, label_file, record_kind, split
from assay.project import PROJECT_FILE, Project

DRIVER = "merge.assay.driver"
PROBE = "labels/task/batch/annotator.jsonl"
_ATTRIBUTES = b" merge=assay diff=assay\n"
_ODD = re.compile(r"[^\w./-]")
_HEAD = "#!/bin/sh\n# assay install: labels are canonical and sound before they are committed\n"
_FOOT = "# assay install ends here\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What was done, and what another hook prevents."""

    done: tuple[str, ...]
    left: tuple[str, ...]


def settings_for(program: str) -> Mapping[str, str]:
    """The settings of git that call `program`, by key.

    A program that is missing, is killed or crashes leaves git's own merge with its ordinary conflict markers; exit
    code 10 alone is a conflict of records.
    """
    quoted = shlex.quote(program)
    return {
        "merge.assay.name": "labels by record",
        DRIVER: (
            f"{quoted} git merge %O %A %B %L %P; case $? in 0) exit 0;; 10) exit 1;; "
            "*) git merge-file --marker-size=%L %A %O %B;; esac"
        ),
        "diff.assay.textconv": f"{quoted} git textconv",
        "diff.assay.cachetextconv": "false",
    }


def install_in_clone(project: Project, program: str) -> Installed:
    """Sets this clone up; what is set up already stays as it is.

    Raises:
        GitError: the project lies in no git repository.
    """
    root = project.root
    done: list[str] = []
    for key, value in settings_for(program).items():
        if git.setting(root, key) != value:
            git.set_setting(root, key, value)
            done.append(f"git config {key}")
    if git.attribute(root, "merge", PROBE) != "assay" or git.attribute(root, "diff", PROBE) != "assay":
        place = git.info_attributes(root)
        before = _bytes(place)
        apart = b"\n" if before and not before.endswith(b"\n") else b""
        write_bytes(
            place, before + apart + os.fsencode(f"{_ODD.sub('?', git.prefix(root))}labels/**/*.jsonl") + _ATTRIBUTES
        )
        done.append("attributes of label files, in this clone alone")
    left = _install_hook(root, program, done)
    return Installed(done=tuple(done), left=left)


def uninstall_from_clone(project: Project) -> Installed:
    """Takes back what `install` set up in this clone."""
    root = project.root
    done = [f"git config {section}" for section in ("merge.assay", "diff.assay") if git.unset_section(root, section)]
    place = git.info_attributes(root)
    lines = BytesIO(_bytes(place)).readlines()
    kept = [line for line in lines if not line.endswith(_ATTRIBUTES)]
    if kept != lines:
        write_bytes(place, b"".join(kept))
        done.append("attributes of label files")
    hook = _hook(root)
    if _is_ours(hook):
        hook.unlink()
        done.append("the pre-commit hook")
    return Installed(done=tuple(done), left=())


def hook_is_ours(root: Path) -> bool:
    """Whether the pre-commit hook of this clone is the one that `install` writes."""
    return not git.hooks_elsewhere(root) and _is_ours(_hook(root))


def hook_in_the_way(root: Path) -> str:
    """The place where git looks for a pre-commit hook and `install` writes none, because there is another one; or empty."""
    hook = _hook(root)
    return git.hooks_elsewhere(root) or (str(hook) if os.path.lexists(hook) and not _is_ours(hook) else "")


def _install_hook(root: Path, program: str, done: list[str]) -> tuple[str, ...]:
    quoted = shlex.quote(program)
    line = f"{quoted} fmt --check && {quoted} check --staged"
    if elsewhere := git.hooks_elsewhere(root):
        return (f"git looks for hooks in {elsewhere}; to check labels before a commit, call there: {line}",)
    hook = _hook(root)
    if os.path.lexists(hook) and not _is_ours(hook):
        return (f"{hook} is not from assay; to check labels before a commit, add to it: {line}",)
    below = git.prefix(root)
    enter = f"cd {shlex.quote(below)} 2>/dev/null || exit 0\n" if below else ""
    there = f'[ -z "$ASSAY_COMMITS" ] || exit 0\n[ -f {PROJECT_FILE} ] || exit 0\n'
    gone = "echo 'assay not found: labels are not checked (assay install)' >&2; exit 0;"
    text = os.fsencode(
        f"{_HEAD}{enter}{there}command -v {quoted} >/dev/null || {{ {gone} }}\n{line} || exit 1\n{_FOOT}"
    )
    if _bytes(hook) != text or not os.access(hook, os.X_OK):
        write_bytes(hook, text, permissions=0o755)
        done.append("the pre-commit hook")
    return ()


def _hook(root: Path) -> Path:
    return git.folder_of_git(root) / "hooks" / "pre-commit"


def _is_ours(hook: Path) -> bool:
    try:
        text = _bytes(hook)
    except OSError:
        return False
    return text.startswith(_HEAD.encode()) and text.endswith(_FOOT.encode())


def _bytes(path: Path) -> bytes:
    try:
        return read_bytes(path)
    except FileNotFoundError:
        return b""


def merge_files(base: Path, ours: Path, theirs: Path, path: str, clash: Clash) -> int:
    """Merges three states of the label file at `path` into `ours`; answers how many records are in conflict.

    Raises:
        UsageError: it is not a label file, or one of the states cannot be merged by record; nothing was written.
        LimitError: one of them is larger than assay reads.
    """
    parts = PurePosixPath(path).parts
    below = (label_file("/".join(parts[start:])) for start in range(len(parts)))
    file = next((one for one in below if one is not None), None)
    if file is None:
        raise UsageError(
            f"{path} is not a label file", fix="name a file below labels/, or merge it with git's own driver"
        )
    kind = record_kind(file)
    try:
        states = [read_bytes(one) for one in (base, ours, theirs)]
        decisions = decide_merge(kind, *states)
        merged = apply_merge(kind, states[1], decisions, clash)
    except UnreadableLineError as error:
        raise UsageError(f"{path}: {error}", fix="git merges this file line by line; then run `assay check`") from error
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}", fix="run the merge again") from error
    write_bytes(ours, merged)
    return sum(one.take is Side.BOTH for one in decisions)


_NAMES = ("item", "id", "annotator")


def readable(data: bytes) -> str:
    """The text of a file; a line that is not a record is unchanged."""
    lines: list[str] = []
    for line in split(data):
        try:
            record = parse_record(line)
        except JsonFault:
            lines += (line.decode(errors="backslashreplace"), "")
            continue
        lines.append(" ".join(str(record[name]) for name in _NAMES if name in record))
        for name, value in record.items():
            if name == "label" and isinstance(value, dict):
                lines += (f"  {field}: {_text(answer)}" for field, answer in sorted(value.items()))
            elif name not in _NAMES:
                lines.append(f"  {name}: {_text(value)}")
        lines.append("")
    return "\n".join(lines)


def _text(value: Json) -> str:
    return value if isinstance(value, str) and value.isprintable() else canonical_text(value)
