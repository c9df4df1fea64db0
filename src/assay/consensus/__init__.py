"""From votes, adjudications and gold to one value per item and field, with its doubt."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
