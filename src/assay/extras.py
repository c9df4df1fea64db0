"""What is loaded when it is first needed: heavy and optional libraries, and the modules behind the face of a package."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from assay.errors import MissingExtraError

EXTRAS = {
    "dask": "cluster",
    "distributed": "cluster",
    "dvc": "pipeline",
    "fsspec.core": "cluster",
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


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Delays an interrupt until the end of the block: a compiled library may crash when interrupted while it loads."""
    usual = signal.getsignal(signal.SIGINT)
    if usual is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: caught.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if caught:
        raise KeyboardInterrupt


def load(module: str) -> ModuleType:
    """The module, imported now.

    Raises:
        MissingExtraError: it belongs to an extra that is not installed, or needs one; `fix` is the install line.
    """
    try:
        with interrupts_held():
            if module.partition(".")[0] == "pyarrow" and not {"pandas", "pyarrow"} & set(sys.modules):
                _load_arrow()
            return import_module(module)
    except ModuleNotFoundError as error:
        missing = module if module in EXTRAS else error.name or ""
        extra = EXTRAS.get(missing)
        if extra is None:
            raise
        raise MissingExtraError(
            f"this needs {missing}, which is not installed", fix=f"pip install 'assay-labels[{extra}]'"
        ) from error


class _Spared:
    def find_spec(self, fullname: str, _path: object, _target: object = None) -> None:
        """Stops an import of pandas."""
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def _load_arrow() -> None:
    """Imports pyarrow, and keeps it from importing pandas with its first array, which takes longer than all else.

    Where pandas is needed, as by `to_pandas`, pyarrow imports it then.
    """
    sys.meta_path.insert(0, spared := _Spared())
    try:
        import_module("pyarrow").scalar(0)
    finally:
        sys.meta_path.remove(spared)


def resolve(target: str) -> Any:
    """The attribute that `module:attribute` names, its module imported now."""
    module, _, attribute = target.partition(":")
    return getattr(load(module), attribute)


def face(package: str) -> tuple[list[str], Callable[[str], object]]:
    """`__all__` and `__getattr__` of a package: what it offers stands in the `__init__.pyi` that type checkers read, too.

    A module is imported when one of its names is first asked for, so a command loads what it uses of a package.
    """
    stub = Path(str(sys.modules[package].__file__)).with_suffix(".pyi")
    # One line a name: `from MODULE import NAME as NAME`.
    homes = {words[3]: words[1] for line in stub.read_text(encoding="utf-8").splitlines() if (words := line.split())}

    def offered(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(load(homes[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return sorted(homes), offered
