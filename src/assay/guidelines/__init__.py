"""Parse guidelines and know their versions."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
