"""A lead's work: tasks, imports, batches, people, migrations, the impact of a guideline edit."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
