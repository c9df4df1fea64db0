"""One function over many names in several processes: in order, and without hanging where one fails or is killed."""

import os
import signal
import subprocess
import sys

import pytest

from assay.errors import LimitError
from assay.labels.jobs import mapped


def test_results_come_in_the_order_of_the_names():
    assert [*mapped(str.upper, "abcdef", 2)] == [*"ABCDEF"]


def test_what_fails_is_left_to_who_asks():
    def work(name):
        if name == "b":
            raise LimitError("too large", fix="make it smaller")
        return name

    assert [*mapped(work, "abc", 2)] == ["a", None, "c"]


def test_a_killed_process_is_no_end():
    def work(name):
        if name == "c":
            os.kill(os.getpid(), signal.SIGKILL)
        return name

    made = [*mapped(work, "abcdef", 2)]
    assert len(made) == 6
    assert {*made} <= {*"abdef", None}
    assert made[2] is None


PARENT = """
import sys, time
from assay.labels.jobs import mapped

def work(name):
    os.write(1, b"%d\\n" % os.getpid())  # in one piece: two processes write
    time.sleep(60)

import os
list(mapped(work, "ab", 2))
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_where_the_parent_is_killed_the_others_end_with_it(how):
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    others = [int(parent.stdout.readline()) for _ in range(2)]
    parent.send_signal(how)
    parent.wait()
    assert parent.stdout.read() == "", "the pipe is closed once all have ended"
    parent.stdout.close()
    assert len({*others}) == 2
