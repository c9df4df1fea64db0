"""The entry point: exit codes, and how little is loaded."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from assay import __version__
from assay.cli import app
from assay.cli.error_handler import run
from assay.errors import ExitCode, UsageError
from assay.extras import interrupts_held
from projects import small_project


def test_the_version_is_answered_without_click_or_numpy():
    code = (
        "import sys; sys.argv = ['assay', '--version']\n"
        "from assay.cli.main import main\n"
        "assert main() == 0\n"
        "assert not {'click', 'numpy', 'rich', 'typing'} & set(sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == f"assay {__version__}\n"


def test_every_command_stands_where_the_table_says_and_has_help(capsys):
    for name in app.COMMANDS:
        assert run([name, "--help"]) == ExitCode.OK
        assert name in capsys.readouterr().out


def test_no_help_text_loads_what_a_command_works_with():
    """Every command and subcommand, in one process: none may load more than option types and the words of a text."""
    code = """
import sys
import click
from assay.cli import app

def show(command, name, above):
    context = click.Context(command, info_name=name, parent=above)
    command.get_help(context)
    for below in command.list_commands(context) if isinstance(command, click.Group) else ():
        show(command.get_command(context, below), below, context)

show(app.app, "assay", None)
heavy = {"jsonschema_rs", "markdown_it", "numpy", "pyarrow", "rich", "yaml"}
work = {"assay." + name for name in ("annotator", "files", "forge", "git", "guidelines", "labels", "lead", "project", "reviewer")}
print([name for name in sys.modules if name in heavy or name.rpartition(".")[0] in work])
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


@pytest.mark.parametrize("arguments", [["chekc"], ["check", "--format", "xml"], ["release", "build"]])
def test_what_is_mistyped_is_a_usage_error(arguments, capsys):
    assert run(arguments) == ExitCode.USAGE
    assert "Usage" in capsys.readouterr().err


def test_outside_a_project_the_remedy_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["check"]) == ExitCode.USAGE
    assert "assay init" in capsys.readouterr().err


def test_a_crash_is_a_bug_and_not_a_failed_gate(monkeypatch, capsys):
    monkeypatch.setitem(app.COMMANDS, "check", app.CommandEntry(target="assay.cli.app:gone", summary="", section=""))
    assert run(["check"]) == ExitCode.BUG
    assert "This is a bug in assay" in capsys.readouterr().err


def test_a_mistyped_command_or_rule_gets_the_nearest_one(capsys):
    assert run(["chekc"]) == ExitCode.USAGE
    assert "did you mean 'check'?" in capsys.readouterr().err
    assert run(["explain", "label/shema"]) == ExitCode.USAGE
    assert "did you mean 'label/schema'?" in capsys.readouterr().err


def stopping(monkeypatch, error):
    def stop(_arguments):
        raise error

    monkeypatch.setattr(app, "dispatch", stop)


def test_a_full_disk_is_not_a_bug(monkeypatch, capsys):
    stopping(monkeypatch, OSError(errno.ENOSPC, "No space left on device", "labels/x"))
    assert run(["check"]) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("assay: labels/x: No space left on device\n  fix: ")


MACHINE = ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ENFILE", "ENAMETOOLONG", "ELOOP", "ESTALE",
           "EFBIG", "EBUSY", "ENOMEM", "ENOTDIR", "EISDIR", "EILSEQ", "ENODEV")  # fmt: skip


@pytest.mark.parametrize("name", MACHINE)
def test_what_the_machine_refuses_is_not_a_bug(name, monkeypatch, capsys):
    number = getattr(errno, name)
    stopping(monkeypatch, OSError(number, os.strerror(number), "labels/x"))
    assert run(["check"]) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert said.startswith(f"assay: labels/x: {os.strerror(number)}\n  fix: ")
    assert "Traceback" not in said


def test_too_little_memory_is_not_a_bug(monkeypatch, capsys):
    stopping(monkeypatch, MemoryError())
    assert run(["check"]) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("assay: there is not enough memory\n  fix: ")


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOENT, "No such file", "x"), OSError(errno.EBADF, "Bad"), OSError("odd"), RecursionError()]
)
def test_a_bug_of_ours_stays_one(error, monkeypatch, capsys):
    stopping(monkeypatch, error)
    assert run(["check"]) == ExitCode.BUG
    assert "This is a bug in assay" in capsys.readouterr().err


def test_a_file_where_a_folder_belongs_is_not_a_bug(tmp_path, monkeypatch, capsys):
    small_project(tmp_path)
    (tmp_path / "build").write_text("")
    monkeypatch.chdir(tmp_path)
    assert run(["schema", "mood"]) == ExitCode.USAGE
    assert "fix: replace the file by a folder" in capsys.readouterr().err


def test_a_name_that_is_too_long_is_not_a_bug(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["init", "a" * 300]) == ExitCode.USAGE
    assert "fix: give it a shorter name" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["check"], ["gate"]])
def test_a_folder_that_is_gone_is_not_a_bug(command, tmp_path, monkeypatch, capsys):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert run(command) == ExitCode.USAGE
    assert "no longer exists" in capsys.readouterr().err


def test_no_character_of_an_error_acts_on_a_terminal(monkeypatch, capsys):
    stopping(monkeypatch, UsageError("refused\n  \x1b[31mred", fix="\u202eevil"))
    run(["check"])
    assert capsys.readouterr().err == "assay: refused\n  \\u001b[31mred\n  fix: \\u202eevil\n"


@pytest.mark.parametrize("what", ["relase", "release:", "merge:", "merge:x", ""])
def test_what_is_to_be_enforced_is_read_before_the_verdict(what, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small_project(tmp_path)
    assert run(["gate", "--enforce", what]) == ExitCode.USAGE
    assert "is invalid" in capsys.readouterr().err


def test_an_interrupt_while_libraries_load_waits_until_they_have():
    steps = []

    def load():
        with interrupts_held():
            signal.raise_signal(signal.SIGINT)
            steps.append("loaded")

    with pytest.raises(KeyboardInterrupt):
        load()
    assert steps == ["loaded"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
