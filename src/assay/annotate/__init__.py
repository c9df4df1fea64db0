"""The annotator's page: a local server, the item, the form made from the schema, the guideline beside it."""
