"""A reviewer's work: the report on a pull request, its verdict, approvals, answers sent back."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
