"""Evidence about the labels: against gold, coverage, what is undecided; one measurement per file."""
