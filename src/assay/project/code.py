"""`code:` of `checks/project.yaml`: globs of the paths that are the project's own code, and no business of its labels."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from assay.errors import ConfigError
from assay.store.yaml import Document

# A code path starts at the root with a name that is none of these: nothing that labels are kept in, judged by or made
# into is ever code.
KEPT = (
    "labels", "guidelines", "schemas", "checks", "releases", "reports", "build", "gate", "release",
    "dvc.yaml", "dvc.lock", "params.yaml", ".dvc", ".dvcignore", ".assay", ".venv", "dvc_plots", "dist",
    ".git", ".github", ".gitlab", ".gitlab-ci.yml", ".gitattributes", ".gitmodules", ".gitignore", "CODEOWNERS",
)  # fmt: skip
_FOLDED = frozenset(name.casefold() for name in KEPT)
_OWNERS = "docs/codeowners"
_SIGNS = re.compile(r"[^\x00-\x1f\x7f\\\[\]{}!$:]+")
_ANY = "**"


def code_of(document: Document, globs: Sequence[str]) -> tuple[str, ...]:
    """The globs, once they are known to name code alone.

    Raises:
        ConfigError: one is not written as a glob is, or covers something that belongs to the labels.
    """
    faults = [
        (f"{at.path}:{at.line} code: {glob!r} {said}", hint)
        for number, glob in enumerate(globs)
        for at in (document.at(f"/code/{number}"),)
        for said, hint in _faults(glob)
    ]
    if faults:
        raise ConfigError(
            "\n".join(said for said, _ in faults), hint="; ".join(dict.fromkeys(hint for _, hint in faults))
        )
    return tuple(globs)


def is_code(path: str, globs: Sequence[str]) -> bool:
    """Whether a path below the project's root fits one of the globs: `**` crosses folders, `*` and `?` do not."""
    if not globs or path.casefold() == _OWNERS or path.partition("/")[0].casefold() in _FOLDED:
        return False
    return _compiled(tuple(globs)).fullmatch(path) is not None


def _faults(glob: str) -> Iterator[tuple[str, str]]:
    parts = glob.split("/")
    if not _SIGNS.fullmatch(glob) or any(part in {"", ".", ".."} or (_ANY in part and part != _ANY) for part in parts):
        yield "is no glob that assay reads", "write a path from the project's root with *, ? or **, such as src/**"
        return
    first = re.compile(".*" if parts[0] == _ANY else _part(parts[0]), re.DOTALL | re.IGNORECASE)
    if covered := [name for name in KEPT if first.fullmatch(name)]:
        yield (
            f"covers {', '.join(covered[:3])}, which {'are' if covered[1:] else 'is'} never code",
            "name the folders and files of the code one by one, such as src/** and tests/**",
        )


@lru_cache(maxsize=16)
def _compiled(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_pattern, globs)), re.DOTALL)


def _pattern(glob: str) -> str:
    *folders, last = glob.split("/")
    above = "".join("(?:[^/]+/)*" if part == _ANY else f"{_part(part)}/" for part in folders)
    return above + (".+" if last == _ANY else _part(last))


def _part(part: str) -> str:
    return re.escape(part).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
