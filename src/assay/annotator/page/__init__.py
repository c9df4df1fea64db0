"""The annotator's page: a local server, the item, the form made from the schema, and the answers on disk."""
