"""A process that forks a server of the page for each line that it reads; everything is imported and compiled before."""

import json
import os
import signal
import sys
from importlib import import_module

from assay.annotator.page.server import templates
from assay.cli.error_handler import run

NEEDED = (
    "assay.cli.app",
    "assay.cli.annotate",
    "assay.annotator.page.session_context",
    "assay.annotator.page.server",
    "assay.annotator.unmerged",
    "assay.clone.project_files",
    "assay.labels.annotator_file",
)
LATE = ("uvicorn.protocols.http.h11_impl", "anyio._backends._asyncio", "jsonschema.exceptions")


def serve(order):
    """Becomes the server, with its output where the test reads it."""
    os.chdir(order["root"])
    for descriptor, name, flags in ((1, "out", os.O_WRONLY), (2, "err", os.O_WRONLY | os.O_CREAT | os.O_APPEND)):
        os.dup2(os.open(order[name], flags, 0o600), descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os._exit(run(["annotate", *order["arguments"]]))


for module in (*NEEDED, *LATE):
    import_module(module)
for page in ("open.html", "label.html", "field.html", "dialogs.html"):
    templates().get_template(page)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    child = os.fork()
    if not child:
        serve(json.loads(line))
    print(child, flush=True)
