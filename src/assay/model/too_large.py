"""What to do about a file that is too large, by what it is: the remedy of every limit on files."""

import re
from collections.abc import Sequence

_NAME = r"[^/]+"
_REMEDIES: Sequence[tuple[str, str]] = (
    (
        rf"labels/items/{_NAME}/{_NAME}\.jsonl",
        "split it: a pool's items may stand in any number of shards (labels/items/<pool>/<shard>.jsonl)",
    ),
    (rf"labels/annotators/.*|labels/sources/{_NAME}\.yaml", "a roster entry is a few lines: take out what is none"),
    (r"labels/sources/.*", "import with fewer annotators a source: `assay import long --source NAME`, in parts"),
    (
        rf"labels/{_NAME}/{_NAME}/@{_NAME}|labels/{_NAME}/gold/@{_NAME}",
        "import it in smaller batches (`assay import long --batch-size N`), or in parts as several sources",
    ),
    (
        rf"labels/{_NAME}/{_NAME}/batch\.yaml",
        "a batch.yaml is a few lines: who is asked what stands in assignments.jsonl",
    ),
    (
        rf"labels/{_NAME}/{_NAME}/{_NAME}\.jsonl",
        "split it: records may stand in any number of batches (`assay batch create` with fewer items)",
    ),
    (r".*\.(?:csv|tsv|xlsx)", "split it into several files, and bring in one after the other"),
    (r"guidelines/.*\.md", "shorten the page: pictures and tables go into files that it links to"),
    (r"schemas/.*", "a schema is small: shorten its lists of values and its descriptions"),
    (r"checks/.*|releases/[^/]*\.yaml|(?:.*/)?(?:dvc|params)\.yaml|guidelines/.*", "configuration is small: move data out of it"),
    (r"(?:.*/)?dvc\.lock", "take it out of the change; `dvc repro` makes it anew, and large outputs stay out of it"),
    (r"(?:build|reports|gate|release|releases)/.*", "take it out of the change: the pipeline makes it, `dvc repro`"),
)  # fmt: skip
_MEDIA = re.compile(
    r".*\.(?:png|jpe?g|gif|webp|svg|tiff?|bmp|mp3|wav|flac|ogg|mp4|webm|pdf)", re.IGNORECASE | re.DOTALL
)
_COMPILED = tuple((re.compile(pattern, re.DOTALL), remedy) for pattern, remedy in _REMEDIES)


def remedy_for(path: str) -> str:
    """What to do about a file at a path below the project's root (or one that ends in such a path)."""
    if _MEDIA.fullmatch(path):
        return f"keep it out of git: `dvc add {path}` tracks it, and git keeps the small .dvc file"
    parts = path.split("/")
    tails = ["/".join(parts[start:]) for start in range(len(parts)) if parts[start] in _FOLDERS] or [path]
    found = (remedy for tail in tails for pattern, remedy in _COMPILED if pattern.fullmatch(tail))
    return next(found, f"make it smaller, or keep it out of git: `dvc add {path}` tracks it")


_FOLDERS = frozenset({"labels", "guidelines", "schemas", "checks", "releases", "build", "reports", "gate", "release"})
