"""Split, build, verify and record a released dataset."""

from assay.release.build import build, clear_blocked
from assay.release.copy import verify_copy
from assay.release.manifest import Manifest, read_manifest
from assay.release.record import Recorded, record
from assay.release.verify import Verification, verify

__all__ = [
    "Manifest",
    "Recorded",
    "Verification",
    "build",
    "clear_blocked",
    "read_manifest",
    "record",
    "verify",
    "verify_copy",
]
