"""`assay doctor`: each thing with its remedy, and a code for the whole."""

import pytest

from clones import repository


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return repository(tmp_path, {"labels/annotators/ada.yaml": "role: lead\nemails: [ada@example.org]\n"}).root


def test_what_is_missing_is_named_with_its_remedy_until_it_is_there(assay, root):
    assert root.exists()
    before = assay("doctor")
    assert before.code == 1
    assert "missing merge driver: labels merge line by line\n        what to do: assay install\n" in before.out
    assert "without pre-commit hook: nothing is checked before a commit\n" in before.out
    assay("install")
    after = assay("doctor")
    assert (after.code, "missing" in after.out) == (0, False)
    assert "ok      merge driver: labels merge by record\n" in after.out


def test_as_json_each_thing_is_an_object(assay, root):
    assert root.exists()
    found = assay("doctor", "--format", "json")
    assert found.code == 1
    (attributes,) = [one for one in found.json if one["name"] == "attributes"]
    assert attributes == {
        "name": "attributes",
        "well": False,
        "said": "label files do not name the driver",
        "remedy": "assay install",
        "needed": True,
    }


def test_an_interrupted_write_is_named_and_left_to_the_next_command(assay, root):
    (root / ".assay/pending").mkdir(parents=True)
    assert "missing writes: a write was interrupted\n" in assay("doctor").out
    assert (root / ".assay/pending").exists()


@pytest.mark.usefixtures("mood")
def test_without_a_repository_that_is_named_first(assay):
    said = assay("doctor")
    assert said.code == 1
    assert said.out.startswith("missing repository: ")
