"""Heavy and optional libraries, loaded when they are first needed."""

from importlib import import_module
from types import ModuleType
from typing import Any

from assay.errors import MissingExtraError

EXTRAS = {
    "dvc": "pipeline",
    "imagesize": "media",
    "jinja2": "page",
    "krippendorff": "audit",
    "pandas": "pipeline",
    "pyarrow": "pipeline",
    "pyarrow.compute": "pipeline",
    "pyarrow.parquet": "pipeline",
    "pytest": "pipeline",
    "rapidfuzz.distance": "similarity",
    "sacrebleu.metrics.chrf": "similarity",
    "rensa": "pipeline",
    "scipy.optimize": "pipeline",
    "scipy.sparse": "pipeline",
    "scipy.special": "pipeline",
    "starlette": "page",
    "uvicorn": "page",
}


def load(module: str) -> ModuleType:
    """The module, imported now.

    Raises:
        MissingExtraError: it belongs to an extra that is not installed, or needs one; the hint is the install line.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = module if module in EXTRAS else error.name or ""
        extra = EXTRAS.get(missing)
        if extra is None:
            raise
        raise MissingExtraError(
            f"this needs {missing}, which is not installed", hint=f"pip install 'assay-labels[{extra}]'"
        ) from error


def resolve(target: str) -> Any:
    """The attribute that `module:attribute` names, its module imported now."""
    module, _, attribute = target.partition(":")
    return getattr(load(module), attribute)
