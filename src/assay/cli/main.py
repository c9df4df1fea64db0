"""The entry point. It imports nothing of assay's, so that `assay --version` is fast."""

import gc
import sys
from importlib import import_module

from assay import __version__


def main() -> int:
    """Runs the command line; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        sys.stdout.write(f"assay {__version__}\n")
        return 0
    code: int = import_module("assay.cli.error_handler").run(arguments)
    # Python looks through every object once more as it ends, which takes a tenth of a small command: it may leave them be.
    gc.freeze()
    return code
