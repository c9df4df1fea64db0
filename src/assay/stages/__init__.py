"""One function per DVC stage: read what it needs, measure, write what it made. No clock, no git.

Each is in the module of its name and is imported from there: a stage is a process of its own, and loads no other.
"""
