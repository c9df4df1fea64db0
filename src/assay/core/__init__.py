"""The words of the field: values, schemas, findings, tables, tallies. Frozen and pure."""
