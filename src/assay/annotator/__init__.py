"""An annotator's work: what is mine to do, start, label on the page or in a sheet, check, submit, propose."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
