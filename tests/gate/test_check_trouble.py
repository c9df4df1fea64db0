"""What a check lacked around it, by the exception that ended it."""

import errno
import os
import socket
import sys
from concurrent.futures import BrokenExecutor

import pytest

from assay.errors import MissingExtraError
from assay.gate.check_trouble import Surroundings

REFUSED = ["EACCES", "EAGAIN", "EDQUOT", "EFBIG", "EIO", "EMFILE", "ENFILE", "ENOMEM", "ENOSPC", "EPERM", "EROFS"]
INSTALL = (
    "install its package where assay runs (`{} -m pip install nosuch_module`, if it has that name), or fix the import"
)

ANY = (Exception, pytest.skip.Exception)


@pytest.fixture
def around(tmp_path):
    return Surroundings(root=tmp_path, memory_mib=300)


def ended(around, source, file="checks/check_x.py"):
    """What ended the source as if it were that file of the project."""
    code = compile(source, str(around.root / file), "exec")
    with pytest.raises(ANY) as caught:
        exec(code, {})
    return around.lacking(caught.value)


def raised(error, **parts):
    for name, value in parts.items():
        setattr(error, name, value)
    return error


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_machine_refuses_is_no_fault_of_the_labels(around, name):
    found = around.lacking(OSError(getattr(errno, name), "so it says"))
    assert found.why.endswith(f"[Errno {getattr(errno, name)}] so it says")
    assert found.fix == "provide what the machine refused"


@pytest.mark.parametrize(
    "error",
    [
        *(
            OSError(getattr(errno, name), "x")
            for name in ("ENOENT", "EEXIST", "ENOTDIR", "EISDIR", "EINVAL", "ENOTEMPTY")
        ),
        OSError("no number"),
        RuntimeError("something else"),
        ValueError("can't start new thread"),
        AssertionError("MemoryError"),
        pytest.skip.Exception("not today"),
        KeyboardInterrupt(),
    ],
)
def test_what_is_wrong_in_itself_is_the_checks_own_finding(around, error):
    assert around.lacking(error) is None
    assert around.lacking(ExceptionGroup("x", [ValueError(), RuntimeError()])) is None


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ConnectionResetError("gone"), "ConnectionResetError: gone"),
        (TimeoutError("slow"), "TimeoutError: slow"),
        (socket.gaierror(-2, "unknown"), "gaierror: [Errno -2] unknown"),
        (BrokenExecutor("died"), "BrokenExecutor: died"),
        (RuntimeError("can't start new thread"), "RuntimeError: can't start new thread"),
    ],
)
def test_nor_is_what_a_remote_machine_or_a_child_process_does(around, error, why):
    found = around.lacking(error)
    assert (found.why, found.fix) == (why, "provide what the machine refused")


def test_memory_is_told_with_how_much_a_file_has(around):
    told = [ended(around, source) for source in ("raise MemoryError", "\nraise MemoryError('all of it')")]
    assert [one.why for one in told] == [
        "MemoryError (checks/check_x.py:1)", "MemoryError: all of it (checks/check_x.py:2)"
    ]  # fmt: skip
    assert {one.fix for one in told} == {
        "a check file has 300 MiB: take fewer rows or columns at once, or split the file"
    }


def test_the_place_is_the_last_one_in_the_project(around):
    source = "import json\ndef lost(**_):\n    raise MemoryError\njson.loads('1', cls=lost)\n"
    assert ended(around, source).why == "MemoryError (checks/check_x.py:3)"
    deeper = "import json\njson.loads('1', cls=eval('lambda **_: (_ for _ in ()).throw(MemoryError())'))\n"
    assert ended(around, deeper).why == "MemoryError (checks/check_x.py:2)"
    assert Surroundings(root=around.root / "other", memory_mib=1).lacking(MemoryError()).why == "MemoryError"


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("nosuch_module", INSTALL),
        ("nosuch_module.part", INSTALL),
        ("json.nosuch", "install the version of json that the check is written for, or fix the import"),
        ("own", "own is in the project, and a check file is imported alone"),
        ("own.part", "own is in the project"),
        ("beside", "beside is in the project"),
        ("package", "package is in the project"),
        ("", "install what it imports where assay runs"),
        ("x-y", "install what it imports where assay runs"),
        ("größe", "install what it imports where assay runs"),
        ("own;rm", "install what it imports where assay runs"),
    ],
)
def test_a_module_is_to_be_installed_brought_in_or_named_rightly(around, name, fix):
    for path in ("checks/own.py", "beside.py", "package/__init__.py"):
        (around.root / path).parent.mkdir(exist_ok=True)
        (around.root / path).write_text("")
    found = around.lacking(ModuleNotFoundError("no module", name=name))
    assert found.why == "ModuleNotFoundError: no module"
    assert found.fix.startswith(fix.format(sys.executable))
    if fix.startswith("install what"):
        assert found.fix == fix


def test_a_part_of_assay_that_is_not_installed_says_how_itself(around):
    found = around.lacking(MissingExtraError("this needs pandas", fix="install it"))
    assert (found.why, found.fix) == ("this needs pandas", "install it")


def test_a_check_that_skips_itself_without_a_module_lacks_it(around):
    found = ended(around, "import pytest\npytest.importorskip('nosuch_module')\n")
    assert found.why == "could not import 'nosuch_module': No module named 'nosuch_module' (checks/check_x.py:2)"
    assert found.fix.startswith("install what it needs where assay runs, or remove the check")
    assert ended(around, "import pytest\npytest.skip('not today', allow_module_level=True)\n") is None


@pytest.mark.parametrize(
    ("source", "lacks"),
    [
        ("import subprocess\nsubprocess.run(['nosuch-program'])\n", True),
        ("import ctypes\nctypes.CDLL('libnosuch.so')\n", True),
        ("import subprocess\nsubprocess.run(['false'], check=True)\n", False),
        ("open('nosuch-file')\n", False),
        ("raise OSError('of its own')\n", False),
    ],
)
def test_a_program_or_library_that_is_not_there_is_lacking_and_a_file_is_not(around, source, lacks, monkeypatch):
    # A folder on the path that may not be entered would have a program that is nowhere be refused, not absent.
    monkeypatch.setenv("PATH", os.defpath)
    found = ended(around, source)
    assert (found is not None) is lacks
    if lacks:
        assert found.fix == "install the program or library that it asks for, or fix its name"


def test_the_cause_counts_and_what_was_only_being_handled_does_not(around):
    cause, other = ImportError("gone", name="x"), OSError(errno.EPERM, "no")
    assert "gone" in around.lacking(raised(ValueError("!"), __cause__=cause)).why
    assert "gone" in around.lacking(raised(ValueError(), __cause__=raised(KeyError(), __cause__=cause))).why
    assert around.lacking(raised(ValueError("!"), __context__=cause)) is None
    assert "gone" in around.lacking(raised(OSError("of a library"), __context__=cause)).why
    assert around.lacking(raised(OSError(errno.ENOENT, os.strerror(errno.ENOENT)), __context__=cause)) is None
    assert "gone" in around.lacking(raised(OSError("of a library"), __cause__=cause, __context__=other)).why
    assert "gone" in around.lacking(ExceptionGroup("x", [ValueError(), ExceptionGroup("y", [cause, other])])).why
    assert "no" in around.lacking(ExceptionGroup("x", [other, cause])).why
    circle = ValueError("round")
    circle.__cause__ = raised(KeyError("and round"), __cause__=circle)
    assert around.lacking(circle) is None
