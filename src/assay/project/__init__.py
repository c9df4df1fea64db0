"""A project's configuration: roster, identities, policy, task schemas, migrations."""
