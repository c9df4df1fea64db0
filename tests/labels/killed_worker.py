"""What a worker of the tests loads: it kills itself in the middle of a batch, once, where the tests left a file for it.

The file `ASSAY_TEST_KILLS` says of how many batches the worker makes the results first.
"""

import os
import signal
from pathlib import Path

from assay.labels import batch_results

ASKED = Path(os.environ["ASSAY_TEST_KILLS"]) if "ASSAY_TEST_KILLS" in os.environ else None


def dask_setup(_worker):
    """Called by Dask when the worker has started."""
    usual, done = batch_results.BatchResults.of, []

    def _of(self, name):
        if ASKED is not None and ASKED.exists():
            done.append(name)
            if len(done) > int(ASKED.read_text()):
                ASKED.unlink()
                os.kill(os.getpid(), signal.SIGKILL)
        return usual(self, name)

    batch_results.BatchResults.of = _of
