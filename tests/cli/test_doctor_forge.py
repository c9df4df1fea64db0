"""`assay doctor --forge`: the list, and a repository held against it."""

import json

import pytest


@pytest.fixture
def settings(tmp_path):
    """Writes what a forge says of a repository: the file."""

    def _settings(**said):
        (tmp_path / "settings.json").write_text(json.dumps(said))
        return tmp_path / "settings.json"

    return _settings


def test_without_settings_everything_wanted_is_listed_with_the_commands_that_collect_it(assay, demo):  # noqa: ARG001
    said = assay("doctor", "--forge")
    assert said.code == 0
    assert "check-required: the check `Label review` is required\n  why: " in said.out
    assert '--argjson rules "$(gh api repos/{owner}/{repo}/rules/branches/main)"' in said.err
    assert len(assay("doctor", "--forge", "github", "--format", "json").json) == 15


def test_what_is_missing_or_not_said_ends_with_1(assay, demo, settings):  # noqa: ARG001
    file = settings(workflow={"default_workflow_permissions": "read", "can_approve_pull_request_reviews": True})
    said = assay("doctor", "--forge", "--settings", file)
    assert said.code == 1
    lines = said.out.splitlines()
    assert "ok        token-reads: the default token of workflows is read-only" in lines
    assert "missing   actions-approve-nothing: Actions cannot create or approve pull requests" in lines
    assert "unknown   check-required: the check `Label review` is required" in lines
    assert "advice    actions-pinned: actions must be pinned to a full commit" in lines


def test_a_file_that_holds_no_settings_is_refused(assay, demo, settings):  # noqa: ARG001
    said = assay("doctor", "--forge", "--settings", settings(nothing=1))
    assert (said.code, said.out) == (2, "")
    assert "assay doctor --forge github" in said.err
