"""Find the project; read its configuration, policy and roster."""

from assay.project.find import Project, TaskEntry, find_project
from assay.project.policy import load_policy, load_release_spec, load_waivers

__all__ = ["Project", "TaskEntry", "find_project", "load_policy", "load_release_spec", "load_waivers"]
