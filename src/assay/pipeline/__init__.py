"""The stages of the pipeline: read what a stage needs, measure, write what it made. No clock, no network."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
