"""The assay that measures a project: `checks/project.yaml: assay`, a parameter of every stage.

In the repository that assay itself is made in, no version is named: every stage depends on its code instead.
"""

from pathlib import Path

from assay import __version__
from assay.errors import UsageError
from assay.model.migration import order_of
from assay.project.find import PROJECT_FILE, Project


def require_same_assay(project: Project) -> None:
    """Holds this assay against the one that the project is measured with: old results never pass as another's.

    Raises:
        UsageError: it is another one, or the project names none.
    """
    if problem := other_assay(project):
        raise UsageError(problem, hint=way_to_the_same(project))


def other_assay(project: Project) -> str:
    """Why a stage may not run with this assay, in a sentence; empty where it may."""
    if project.assay == __version__ or (not project.assay and holds_assay(project.root)):
        return ""
    if not project.assay:
        return f"{PROJECT_FILE} does not say which assay measures this project, and this is assay {__version__}"
    return f"this is assay {__version__}, and {PROJECT_FILE} says that assay {project.assay} measures this project"


def way_to_the_same(project: Project) -> str:
    """What to do where another assay measures the project."""
    if not project.assay:
        return f"`assay upgrade` shows what it would write, `assay upgrade --write` writes it: assay {__version__}"
    installed = f"pip install 'assay-labels[audit,pipeline]=={project.assay}'"
    if is_later(project):
        return f"install that one: {installed}"
    return f"install that one ({installed}), or take the project to {__version__}: `assay upgrade`"


def is_later(project: Project) -> bool:
    """Whether the project is measured by a later assay than this one."""
    return bool(project.assay) and order_of(project.assay) > order_of(__version__)


def holds_assay(root: Path) -> bool:
    """Whether the project's repository is the one that assay itself is made in."""
    return (root / "src/assay/__init__.py").is_file() and (root / "action.yml").is_file()
