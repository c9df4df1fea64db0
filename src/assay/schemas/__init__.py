"""From `schemas/<task>.yaml` to fields, scales and a compiled validator."""

from assay.schemas.task import TaskSchema, load_schema, schema_of

__all__ = ["TaskSchema", "load_schema", "schema_of"]
