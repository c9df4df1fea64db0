"""A clone and its project's files: init, install, doctor, upgrade, merge driver, states in which git stops."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
