import pytest

from assay.errors import ConfigError
from assay.project.config import find_project
from assay.project.migration_files import load_migrations
from projects import FILES, write_files

ONE = "reason: clearer\nguideline: 0.2.0\nsteps:\n  - {rename_values: {field: tone, values: {bad: poor}}}\n"


def loaded(root, **files):
    write_files(root, {**FILES, **{f"schemas/migrations/mood/{name}": text for name, text in files.items()}})
    return load_migrations(find_project(root), "mood")


def test_migrations_are_read_in_their_order_and_a_readme_is_none(tmp_path):
    later = ONE.replace("0.2.0", "0.3.0")
    found = loaded(tmp_path, **{"0002-b.yaml": later, "0001-a.yaml": ONE, "README.md": "what"})
    assert [(one.path, one.guideline, one.reason) for one in found] == [
        ("schemas/migrations/mood/0001-a.yaml", "0.2.0", "clearer"),
        ("schemas/migrations/mood/0002-b.yaml", "0.3.0", "clearer"),
    ]


def test_no_folder_is_no_migration(tmp_path):
    assert loaded(tmp_path) == ()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("one.yaml", ONE, "file name must be 0001-name.yaml"),
        ("0002-a.yaml", ONE, "file name must be 0001-name.yaml"),
        ("0001-a.yaml", ONE.replace("rename_values", "rename_value"), "unknown key 'rename_value'"),
        ("0001-a.yaml", ONE.replace("guideline: 0.2.0\n", ""), "guideline"),
        ("0001-a.yaml", ONE.replace("{bad: poor}", "{bad: poor, awful: poor}"), "two values get the same name"),
        ("0001-a.yaml", ONE.replace("[", "]").replace("steps:", "steps: [}"), "0001-a.yaml"),
        ("0001-a.yaml", "reason: r\nguideline: 0.2.0\nsteps: []\n", "steps"),
    ],
)
def test_a_broken_one_is_refused_with_its_place(tmp_path, name, text, said):
    with pytest.raises(ConfigError, match="schemas/migrations/mood/") as refused:
        loaded(tmp_path, **{name: text})
    assert said in refused.value.message
    assert refused.value.fix


def test_versions_that_go_back_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"0002-b.yaml:2 /guideline 0.1.0 is earlier than 0.2.0"):
        loaded(tmp_path, **{"0001-a.yaml": ONE, "0002-b.yaml": ONE.replace("0.2.0", "0.1.0")})
