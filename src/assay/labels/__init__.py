"""Read, judge and write label files."""

from assay.labels.corpus import Loaded, load_corpus
from assay.labels.layout import stray_folders
from assay.labels.saved import read_corpus, save_corpus

__all__ = ["Loaded", "load_corpus", "read_corpus", "save_corpus", "stray_folders"]
