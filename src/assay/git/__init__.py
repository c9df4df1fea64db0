"""Everything that is asked of git, and the state of a project: a work tree, a commit, or a merge result."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
