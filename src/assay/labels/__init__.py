"""Read, check and write label files.

The path of a vote, from its line to an alpha, has five forms between the two:

1. a record (`records.Annotation`): `reader.read_lines` decodes the line, the label kept as bytes.
2. columns of its file (`rows.Rows`): `annotations.read_annotations` checks the records and gives names codes.
3. columns of the task (`table.AnnotationTable`): `assemble` joins the files in canonical order, parses each distinct label
   once, and says which votes are current. `build/<task>/annotations.parquet` is this table on disk, one row a field.
4. ratings of a field (`table.ratings.Ratings`): who gave which unit which value, for what rests on who it was.
5. their tally (`table.tally.Tally`): how many units show which pattern of values; all that alpha and its interval need.

What needs no annotators goes from 3 to 5 at once (`table.tally.tally`).
"""

from assay.extras import face

__all__, __getattr__ = face(__name__)
