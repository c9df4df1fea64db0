"""Split, build, verify and record a released dataset."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
