"""Policy and evidence → verdict; the runner of the project's own checks; enforcement of the verdict."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
