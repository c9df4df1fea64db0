"""The stages of the pipeline: read what a stage needs, measure, write what it made. No clock, no network."""
