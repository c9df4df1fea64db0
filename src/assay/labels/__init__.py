"""Read, check and write label files.

The path of a vote, from its line to an alpha:

1. a record (`records.Annotation`): `reader.read_lines` decodes the line, the label kept as bytes.
2. columns of its file (`parquet_rows.Rows`): `annotations.read_annotations` checks the records and gives names codes.
3. columns of the task (`assay.core.AnnotationTable`): `assemble` joins the files in canonical order, parses each
   distinct label once, and says which votes are current. `build/<task>/annotations.parquet` has a row a field.
4. ratings of a field (`assay.core.Ratings`) for what rests on who it was, else their tally (`assay.core.Tally`).
"""

from assay.extras import face

__all__, __getattr__ = face(__name__)
