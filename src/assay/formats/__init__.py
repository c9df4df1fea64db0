"""Other tools' formats; every reader ends in an `Export`."""
