"""Records of former releases, as files of a project."""

from assay.files.artifacts import json_bytes
from assay.files.atomic import digest_bytes
from assay.release.manifest import Manifest, ReleasedTask, sealed
from assay.release.records import FORMAT, CitingItems, ReleaseRecord, record_path, sealed_record


def record_of(name, task, version="1.0.0", **splits):
    """The record of a release of one task, with those items in those splits of equal shares."""
    rows = {split: len(items) for split, items in splits.items()}
    manifest = sealed(
        Manifest(
            format=5, name=name, version=version, project="test-project", license="CC0-1.0", seed=0,
            splits=dict.fromkeys(splits, 1 / len(splits)), files=[], made_from={}, assay="0.1.0",
            tasks={task: ReleasedTask(rows=rows, unlabelled=0, fields={}, guidelines={})},
        )
    )  # fmt: skip
    items = sorted(item for several in splits.values() for item in several)
    record = ReleaseRecord(
        format=FORMAT, manifest=manifest, sha256=digest_bytes(json_bytes(manifest)),
        items={task: [CitingItems(guidelines=(), items=items)]}, elsewhere=splits,
    )  # fmt: skip
    return {record_path(name, version): json_bytes(sealed_record(record)).decode()}
