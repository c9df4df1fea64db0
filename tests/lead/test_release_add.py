import pytest

from assay.errors import UsageError
from assay.lead.task_add import add_release, add_task
from assay.project.config import find_project
from assay.project.policy import load_release_spec


def test_a_release_is_written_and_listed(project):
    assert add_release(project, "chat", ["mood"]) == ("releases/chat.yaml", "checks/project.yaml")
    again = find_project(project.root)
    assert again.releases == ("chat",)
    spec = load_release_spec(again, "chat")
    assert spec.tasks == ("mood",)
    assert dict(spec.splits) == {"train": 0.8, "validation": 0.1, "test": 0.1}


def test_a_second_release_joins_the_first(project):
    add_release(project, "chat", ["mood"])
    add_task(find_project(project.root), "tone", today="2026-03-14", scales={})
    add_release(find_project(project.root), "all", ["mood", "tone", "mood"])
    again = find_project(project.root)
    assert again.releases == ("chat", "all")
    assert load_release_spec(again, "all").tasks == ("mood", "tone")


@pytest.mark.parametrize(("name", "tasks"), [("chat", ["none"]), ("chat", []), ("Chat", ["mood"])])
def test_a_release_of_nothing_known_or_badly_named_is_refused(project, name, tasks, snapshot):
    before = snapshot()
    with pytest.raises(UsageError):
        add_release(project, name, tasks)
    assert snapshot() == before


def test_a_release_that_exists_is_refused(project):
    add_release(project, "chat", ["mood"])
    with pytest.raises(UsageError, match="already"):
        add_release(find_project(project.root), "chat", ["mood"])
