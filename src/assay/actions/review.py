"""`assay review`: the report on a pull request."""

from pathlib import Path

from assay.actions.review_guidelines import guideline_states
from assay.model.review import Review
from assay.review.event import Asked
from assay.review.pull_request import review as review_change


def review(root: Path, asked: Asked) -> Review:
    """The whole report, the guidelines that it edits among it.

    Raises:
        UsageError: no repository, no such revision, or the base is no labelling project.
        ConfigError: the base's project file is broken.
    """
    return review_change(root, asked, guideline_states)
