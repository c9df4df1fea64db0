"""GitHub and GitLab: addresses, pull requests, repository settings."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
