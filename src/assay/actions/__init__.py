"""What a user does to a project: functions that a command, a notebook or a test calls."""

from assay.actions.import_long import import_long
from assay.actions.init import init
from assay.actions.release_add import add_release
from assay.actions.task_add import add_task

__all__ = ["add_release", "add_task", "import_long", "init"]
