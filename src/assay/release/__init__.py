"""Split, build, verify and record a released dataset."""

from assay.release.build import build, clear_blocked
from assay.release.folder import read_manifest
from assay.release.manifest import Manifest
from assay.release.record import record
from assay.release.verify import verify

__all__ = ["Manifest", "build", "clear_blocked", "read_manifest", "record", "verify"]
