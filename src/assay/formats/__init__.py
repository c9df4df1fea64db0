"""Other tools' formats; every reader ends in an `Export`."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
