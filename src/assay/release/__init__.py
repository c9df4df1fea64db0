"""Split, build, verify and record a released dataset."""

from assay.release.build import build, clear_blocked
from assay.release.copy import verify_copy
from assay.release.folder import read_manifest
from assay.release.manifest import Manifest
from assay.release.record import Recorded, record
from assay.release.verification import Verification
from assay.release.verify import verify

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
