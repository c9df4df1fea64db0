"""What a path below the project's root says of a label file, without looking at the disk."""

from pathlib import PurePosixPath

from assay.labels.canonical import RecordKind
from assay.labels.layout import LabelFile, Role, role_in_batch
from assay.model.names import is_batch_name, is_name

_KINDS = {
    Role.ASSIGNMENTS: RecordKind.ASSIGNMENT,
    Role.ADJUDICATIONS: RecordKind.ADJUDICATION,
    Role.RETURNED: RecordKind.RETURNED,
    Role.GOLD: RecordKind.GOLD,
    Role.ITEMS: RecordKind.ITEM,
    Role.SOURCE: RecordKind.ANNOTATOR,
}


def label_file(path: str) -> LabelFile | None:
    """The label file that stands at a path; None where no file of records stands there."""
    match PurePosixPath(path).parts:
        case ("labels", "sources", name) if _is_shard(name):
            return LabelFile(path=path, role=Role.SOURCE, who=f"@{_stem(name)}")
        case ("labels", "items", pool, name) if _is_shard(name) and is_name(pool):
            return LabelFile(path=path, role=Role.ITEMS, who=_stem(name))
        case ("labels", task, "gold", name) if _is_shard(name.removeprefix("@")):
            return LabelFile(path=path, role=Role.GOLD, task=task, who=_stem(name))
        case ("labels", task, batch, name) if is_batch_name(batch):
            return _in_batch(path, task, batch, name)
        case _:
            return None


def record_kind(file: LabelFile) -> RecordKind:
    """What a line of the file is."""
    if file.role is Role.ANNOTATIONS:
        return RecordKind.SOURCED_ANNOTATION if file.sourced else RecordKind.ANNOTATION
    return _KINDS[file.role]


def _in_batch(path: str, task: str, batch: str, name: str) -> LabelFile | None:
    role = role_in_batch(name)
    if role is None or role is Role.BATCH:
        return None
    who = "" if role is Role.ASSIGNMENTS else name.partition(".")[0]
    return LabelFile(path=path, role=role, task=task, batch=batch, who=who)


def _is_shard(name: str) -> bool:
    return name.endswith(".jsonl") and is_name(_stem(name))


def _stem(name: str) -> str:
    return name.removesuffix(".jsonl")
