import pytest

from assay.errors import ConfigError
from assay.git.snapshot import WorkTree
from assay.labels.assignments import dump_plan, plan_path, read_plan
from projects import FILES, small_project

PATH = plan_path("mood", "r1")


def test_a_plan_is_read_and_written_back_byte_for_byte(tmp_path):
    root = small_project(tmp_path).root
    plan = read_plan(WorkTree(root), "mood", "r1")
    assert plan == {"i1": ("ada", "ben"), "i2": ("ada", "ben"), "i3": ("ben",)}
    assert dump_plan(plan).decode() == FILES[PATH]


def test_a_batch_without_assignments_has_no_plan(tmp_path):
    assert read_plan(small_project(tmp_path).snapshot, "mood", "r2") is None


@pytest.mark.parametrize(
    "content",
    ['{"item":"i1"}\n', '{"item":"i1","annotators":["ada"]}\n{"item":"i1","annotators":["ben"]}\n', "not JSON\n"],
)
def test_a_broken_plan_is_refused_with_its_place(tmp_path, content):
    root = small_project(tmp_path, {PATH: content}).root
    with pytest.raises(ConfigError, match=r"assignments\.jsonl"):
        read_plan(WorkTree(root), "mood", "r1")
