"""`dvc` and `assay` that are forked from a process which has imported both: they do what they do, without a new Python each."""

import atexit
import functools
import gc
import marshal
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

PROGRAMS = {"assay": "assay.cli.main", "dvc": "dvc.cli"}
NEEDED = (
    "dvc.cli.parser", "dvc.repo.reproduce", "dvc.repo.open_repo", "dvc.cachemgr", "dvc.data_cloud", "dvc.repo.index", "dvc.rwlock",
    "dvc.dvcfile", "dvc.scm", "dvc.utils.strictyaml", "dvc.repo.graph", "dvc_data.hashfile.db.local", "fsspec.implementations.memory",
    "scmrepo.git.backend.dulwich.client", "pandas", "pyarrow.compute", "pyarrow.parquet", "scipy.stats", "assay.cli.app", "assay.cli.stages",
    "assay.cli.release", "assay.pipeline.agreement_stage", "assay.pipeline.gate_stages", "assay.pipeline.schema_stage", "assay.pipeline.table_stages", "assay.pipeline.run_summary", "assay.release.recorder",
    "assay.clone.project_files", "assay.annotator.sending",
)  # fmt: skip
"""What `dvc repro` and the stages import, here once for all of them."""
SCRIPT = """#!{python} -IS
import _socket, marshal, os, sys
line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
line.connect({place!r})
order = marshal.dumps((sys.argv, os.getcwd(), dict(os.environ)))
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in range(3))
line.sendmsg([len(order).to_bytes(8, "little")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
line.sendall(order)
code = line.recv(1)
os._exit(code[0] if code else 1)
"""
"""A program that hands its words, folder, variables and streams to the process, and ends as the child ended."""


@functools.cache
def programs() -> Path:
    """A folder with both programs, for the front of a PATH, as long as this process lives.

    All children of one process share the seed of their hashes: what compares two runs byte for byte starts one afresh.
    """
    folder = Path(tempfile.mkdtemp(prefix="forked-"))
    place = str(folder / "line")
    for name in PROGRAMS:
        (folder / name).write_text(SCRIPT.format(python=sys.executable, place=place), encoding="utf-8")
        (folder / name).chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve()), place],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip

    def end() -> None:
        with process:
            process.stdin.close()

    atexit.register(end)
    assert process.stdout.readline() == b"ready\n"
    return folder


def serve(place: str) -> None:
    """Forks a child for everyone who calls, until standard input ends."""
    sys.path[0] = str(Path(place).parent)
    for module in (*PROGRAMS.values(), *NEEDED):
        import_module(module)
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening, selectors.DefaultSelector() as waiting:
        listening.bind(place)
        listening.listen()
        print("ready", flush=True)
        waiting.register(listening, selectors.EVENT_READ)
        waiting.register(sys.stdin, selectors.EVENT_READ)
        children = set()
        while all(key.fileobj is listening for key, _ in waiting.select()):
            called, _ = listening.accept()
            with called:
                child = os.fork()
                if not child:
                    listening.close()
                    _become(called)
            children = {one for one in {*children, child} if os.waitpid(one, os.WNOHANG) == (0, 0)}
    shutil.rmtree(Path(place).parent)


def _become(called: socket.socket) -> None:
    """Is the program that was called, and says how it ended."""
    size, streams, _, _ = socket.recv_fds(called, 8, 3)
    with called.makefile("rb") as told:
        sys.argv, folder, variables = marshal.loads(told.read(int.from_bytes(size, "little")))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    try:
        code = import_module(PROGRAMS[Path(sys.argv[0]).name]).main()
    except SystemExit as ended:
        code = ended.code
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    called.sendall(bytes([code if isinstance(code, int) else code is not None]))
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
