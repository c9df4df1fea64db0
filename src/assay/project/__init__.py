"""A project's configuration: roster, identities, policy, task schemas, migrations."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
