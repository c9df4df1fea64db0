"""Split, build, verify and record a released dataset."""
