"""What a release says about labels that were kept although the guideline changed."""

import orjson
from msgspec.structs import replace

from assay.core.evidence import OutdatedReport
from assay.pipeline.gate_stages import gate
from assay.release.builder import build
from assay.release.manifest import read_manifest
from gated import evidence, measured_project, write_reports

KEPT = OutdatedReport(
    annotations=16,
    outdated=0,
    value=0.0,
    versions={},
    changes={},
    values={},
    annotators={},
    batches={},
    grandfathered={"0.1.0": 3},
    sampled={},
    samples={},
)


def test_the_manifest_counts_grandfathered_labels_by_version(tmp_path):
    project = measured_project(tmp_path)
    measured = evidence()
    write_reports(tmp_path, replace(measured, quality=replace(measured.quality, outdated=KEPT)))
    gate(project)
    build(project, "support", today="2026-11-22")

    assert read_manifest(project, "support").tasks["triage"].grandfathered == {"0.1.0": 3}


def test_a_manifest_without_any_has_no_such_key(tmp_path):
    project = measured_project(tmp_path)
    gate(project)
    build(project, "support", today="2026-11-22")
    manifest = orjson.loads((tmp_path / "release/support/manifest.json").read_bytes())

    assert "grandfathered" not in manifest["tasks"]["triage"]
