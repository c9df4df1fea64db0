"""Parse guidelines and know their versions."""

from assay.guidelines.body import Body, body_of, guideline_body
from assay.guidelines.front_matter import Change, Guideline, guideline_of, load_guideline

__all__ = ["Body", "Change", "Guideline", "body_of", "guideline_body", "guideline_of", "load_guideline"]
