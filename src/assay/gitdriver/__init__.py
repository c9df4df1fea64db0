"""What git calls: the merge driver, and the text that `git diff` compares."""

from assay.gitdriver.merge import merge_files
from assay.gitdriver.textconv import readable

__all__ = ["merge_files", "readable"]
