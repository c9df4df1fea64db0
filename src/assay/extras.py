"""Heavy and optional libraries, loaded when they are first needed."""

from importlib import import_module
from types import ModuleType
from typing import Any

from assay.errors import MissingExtraError

EXTRAS = {
    "dvc": "pipeline",
    "imagesize": "media",
    "krippendorff": "audit",
    "pandas": "pipeline",
    "pyarrow": "pipeline",
    "pyarrow.compute": "pipeline",
    "pyarrow.parquet": "pipeline",
    "pytest": "pipeline",
    "rapidfuzz.distance": "similarity",
    "sacrebleu.metrics.chrf": "similarity",
    "scipy.optimize": "pipeline",
    "scipy.sparse": "pipeline",
    "scipy.special": "pipeline",
    "starlette": "page",
    "uvicorn": "page",
}


def load(module: str) -> ModuleType:
    """The module, imported now.

    Raises:
        MissingExtraError: it belongs to an extra that is not installed; the hint is the install line.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        extra = EXTRAS.get(module)
        if extra is None:
            raise
        raise MissingExtraError(
            f"this needs {module}, which is not installed", hint=f"pip install 'assay-labels[{extra}]'"
        ) from error


def resolve(target: str) -> Any:
    """The attribute that `module:attribute` names, its module imported now."""
    module, _, attribute = target.partition(":")
    return getattr(load(module), attribute)
