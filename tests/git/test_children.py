"""Programs run side by side, each bounded and ended with what it started."""

import os
import select
import sys

import pytest

from assay.git.child import run_each

pytestmark = pytest.mark.threat(15)

WAITS = "import time; time.sleep(600)"


def ended(*sources, cwd, seconds=60.0, at_once=2):
    """How Python programs ended, in the order they were given."""
    commands = [[sys.executable, "-I", "-S", "-c", source] for source in sources]
    ends = run_each(commands, cwd=cwd, environment={"ONLY": "this"}, seconds=seconds, at_once=at_once)
    return [end for _, end in sorted(ends, key=lambda one: one[0])]


def test_each_has_its_own_words_its_code_and_no_more_than_the_environment_it_is_given(tmp_path):
    first, second, third = ended(
        "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}), os.getcwd(), input.__name__)",
        "import sys; sys.stderr.write('x' * 9000 + 'end'); sys.exit(7)",
        "import os; os.kill(os.getpid(), 9)",
        cwd=tmp_path,
    )
    assert (first.code, first.stdout.decode(), first.stderr) == (0, f"['ONLY'] {tmp_path.resolve()} input\n", b"")
    assert (second.code, second.stdout, len(second.stderr), second.stderr[-4:]) == (7, b"", 8192, b"xend")
    assert third.code == -9


def test_nothing_is_on_standard_input(tmp_path):
    (only,) = ended("import sys; print(repr(sys.stdin.read()))", cwd=tmp_path)
    assert only.stdout == b"''\n"


def test_one_that_takes_too_long_is_killed_and_keeps_what_it_said(tmp_path):
    (only,) = ended(f"print('so far', flush=True); {WAITS}", cwd=tmp_path, seconds=1)
    assert (only.code, only.stdout) == (None, b"so far\n")


def test_no_more_run_together_than_may(tmp_path):
    source = "import os, time; os.mkdir('here'); time.sleep(0.05); os.rmdir('here')"
    assert [end.code for end in ended(source, source, source, cwd=tmp_path, at_once=1)] == [0, 0, 0]


@pytest.mark.parametrize("detached", [False, True])
def test_with_the_iterator_end_all_that_run_and_what_they_started(tmp_path, detached):
    os.mkfifo(tmp_path / "held")
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    fork = "os.fork() and os._exit(0); " if detached else "os.fork(); "
    holds = f"import os; file = os.open('held', os.O_WRONLY); os.write(file, b'x'); {fork}{WAITS}"
    commands = [[sys.executable, "-I", "-S", "-c", source] for source in ("pass", holds)]
    ends = run_each(commands, cwd=tmp_path, environment={}, seconds=60, at_once=2)
    next(ends)
    select.select([held], [], [], 30)
    ends.close()
    poll = select.poll()
    poll.register(held, select.POLLHUP)
    assert poll.poll(10_000)
    os.close(held)
