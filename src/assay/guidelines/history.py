"""The versions of a guideline in git's history: their texts, and who wrote them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.errors import ConfigError
from assay.guidelines.authors import authorship
from assay.guidelines.front_matter import guideline_of
from assay.model.project import Annotator
from assay.store.git import commit_of, is_repository
from assay.store.history import Commit, commits, files_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVersion:
    """A version of a guideline: its text as it last stood, and the commits that brought it, newest first."""

    version: str
    data: bytes
    commits: tuple[Commit, ...]

    def authors(self, people: Mapping[str, Annotator]) -> tuple[str, ...]:
        """Who made those commits: roster ids, else e-mails."""
        found = authorship(self.commits, people, {}, ())
        return (*found.names, *sorted(found.strangers))


def past_versions(root: Path, task: str) -> dict[str, PastVersion]:
    """The versions that commits of HEAD hold, newest first; none outside a repository or before the first commit.

    A text that cannot be read as a guideline is passed over.
    """
    path = f"guidelines/{task}.md"
    if not is_repository(root) or commit_of(root, "HEAD") is None:
        return {}
    past = commits(root, "HEAD", since=None, paths=[path])
    texts = files_at(root, [commit.id for commit in past], path)
    brought: dict[str, list[Commit]] = {}
    for commit in past:
        version = _version(texts[commit.id], path)
        if version:
            brought.setdefault(version, []).append(commit)
    return {
        version: PastVersion(version=version, data=texts[made[0].id] or b"", commits=tuple(made))
        for version, made in brought.items()
    }


def _version(data: bytes | None, path: str) -> str:
    try:
        return guideline_of(data, path).version if data is not None else ""
    except ConfigError:
        return ""
