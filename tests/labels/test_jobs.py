"""One function over many names in several processes: in order, and without hanging where one fails or is killed."""

import os
import signal

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
