"""From `schemas/<task>.yaml` to fields, scales and a compiled validator."""

from assay.schemas.task import TaskSchema, load_schema, schema_of
from assay.schemas.validator import SchemaFault

__all__ = ["SchemaFault", "TaskSchema", "load_schema", "schema_of"]
