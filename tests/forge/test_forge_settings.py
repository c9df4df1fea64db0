"""`assay doctor --forge`: settings in GitHub's REST shape, whole and with one thing missing at a time."""

import copy
import json

import pytest

from assay.errors import UsageError
from assay.forge.settings import SETTINGS, SettingAnswer, judge_settings, settings_of

pytestmark = pytest.mark.threat(4)

ENVIRONMENTS = {
    "total_count": 1,
    "environments": [
        {
            "name": "label-release",
            "protection_rules": [
                {"type": "required_reviewers", "reviewers": [{"type": "User", "reviewer": {"login": "noor-x"}}]}
            ],
        }
    ],
}
AROUND = {
    "repository": {"full_name": "o/r", "allow_merge_commit": True, "allow_squash_merge": False},
    "actions": {"enabled": True, "allowed_actions": "selected", "sha_pinning_required": True},
    "workflow": {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False},
    "environments": ENVIRONMENTS,
}
CLASSIC = {
    **AROUND,
    "rules": [],
    "rulesets": [],
    "protection": {
        "required_pull_request_reviews": {
            "required_approving_review_count": 1,
            "dismiss_stale_reviews": True,
            "require_code_owner_reviews": True,
            "require_last_push_approval": True,
            "bypass_pull_request_allowances": {"users": [], "teams": [], "apps": []},
        },
        "required_status_checks": {
            "strict": True,
            "contexts": ["Label review"],
            "checks": [{"context": "Label review", "app_id": 15368}],
        },
        "enforce_admins": {"enabled": True},
        "required_linear_history": {"enabled": False},
        "allow_force_pushes": {"enabled": False},
        "allow_deletions": {"enabled": False},
    },
}
RULED = {
    **AROUND,
    "protection": {"message": "Branch not protected", "status": "404"},
    "rules": [
        {
            "type": "pull_request",
            "ruleset_id": 7,
            "parameters": {
                "required_approving_review_count": 1,
                "dismiss_stale_reviews_on_push": True,
                "require_code_owner_review": True,
                "require_last_push_approval": True,
            },
        },
        {
            "type": "required_status_checks",
            "ruleset_id": 7,
            "parameters": {
                "strict_required_status_checks_policy": True,
                "required_status_checks": [{"context": "Label review", "integration_id": 15368}],
            },
        },
        {"type": "non_fast_forward", "ruleset_id": 7},
        {"type": "deletion", "ruleset_id": 7},
    ],
    "rulesets": [{"id": 7, "bypass_actors": []}],
}
REVIEWS = ("protection", "required_pull_request_reviews")
CHECKS = ("protection", "required_status_checks")
PULL, STATUS = ("rules", 0, "parameters"), ("rules", 1, "parameters")
NOT_IN_CLASSIC = [
    ((*REVIEWS, "required_approving_review_count"), 0, {"review-required"}),
    ((*REVIEWS, "dismiss_stale_reviews"), False, {"stale-dismissed"}),
    ((*REVIEWS, "require_code_owner_reviews"), False, {"code-owners"}),
    ((*REVIEWS, "require_last_push_approval"), False, {"last-push-approved"}),
    ((*REVIEWS, "bypass_pull_request_allowances", "users"), [{"login": "eve"}], {"no-bypass"}),
    ((*CHECKS, "strict"), False, {"up-to-date"}),
    ((*CHECKS, "checks"), [{"context": "Label reviews", "app_id": 15368}], {"check-required", "check-source"}),
    ((*CHECKS, "checks", 0, "app_id"), None, {"check-source"}),
    ((*CHECKS, "checks", 0, "app_id"), 99, {"check-source"}),
    (("protection", "enforce_admins", "enabled"), False, {"no-bypass"}),
    (("protection", "allow_force_pushes", "enabled"), True, {"no-rewriting"}),
    (("protection", "allow_deletions", "enabled"), True, {"no-rewriting"}),
    (("protection", "required_linear_history", "enabled"), True, {"history-kept"}),
    (("repository", "allow_squash_merge"), True, {"history-kept"}),
    (("workflow", "default_workflow_permissions"), "write", {"token-reads"}),
    (("workflow", "can_approve_pull_request_reviews"), True, {"actions-approve-nothing"}),
    (("actions", "sha_pinning_required"), False, {"actions-pinned"}),
    (("actions", "allowed_actions"), "all", {"actions-selected"}),
    (("environments", "environments"), [], {"release-environment"}),
    (("environments", "environments", 0, "protection_rules"), [], {"release-environment"}),
]
NOT_IN_RULES = [
    ((*PULL, "required_approving_review_count"), 0, {"review-required"}),
    ((*PULL, "dismiss_stale_reviews_on_push"), False, {"stale-dismissed"}),
    ((*PULL, "require_code_owner_review"), False, {"code-owners"}),
    ((*PULL, "require_last_push_approval"), False, {"last-push-approved"}),
    ((*STATUS, "strict_required_status_checks_policy"), False, {"up-to-date"}),
    ((*STATUS, "required_status_checks"), [], {"check-required", "check-source"}),
    ((*STATUS, "required_status_checks", 0, "integration_id"), 1, {"check-source"}),
    (("rules", 2, "type"), "creation", {"no-rewriting"}),
    (("rules", 3, "type"), "required_linear_history", {"no-rewriting", "history-kept"}),
    (("rulesets", 0, "bypass_actors"), [{"actor_id": 5, "actor_type": "RepositoryRole"}], {"no-bypass"}),
    (("protection",), {"enforce_admins": {"enabled": False}}, {"no-bypass"}),
]


def _answers(said):
    return {one.setting.id: one.answer for one in judge_settings(settings_of(json.dumps(said).encode()))}


def _with(said, path, value):
    changed = copy.deepcopy(said)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize("said", [CLASSIC, RULED], ids=["branch protection", "rulesets"])
def test_a_repository_that_has_everything_is_told_so(said):
    assert _answers(said) == dict.fromkeys((setting.id for setting in SETTINGS), SettingAnswer.YES)


@pytest.mark.parametrize(("path", "value", "missing"), NOT_IN_CLASSIC)
def test_each_setting_of_branch_protection_is_missed_alone(path, value, missing):
    answers = _answers(_with(CLASSIC, path, value))
    assert {one for one, answer in answers.items() if answer is not SettingAnswer.YES} == missing
    assert {answers[one] for one in missing} == {SettingAnswer.NO}


@pytest.mark.parametrize(("path", "value", "missing"), NOT_IN_RULES)
def test_each_setting_of_a_ruleset_is_missed_alone(path, value, missing):
    answers = _answers(_with(RULED, path, value))
    assert {one for one, answer in answers.items() if answer is SettingAnswer.NO} == missing


@pytest.mark.parametrize(
    ("said", "unknown"),
    [
        ({key: RULED[key] for key in RULED if key != "rulesets"}, {"no-bypass"}),
        ({**RULED, "rulesets": [{"id": 7}]}, {"no-bypass"}),
        ({**RULED, "rulesets": [{"id": 8, "bypass_actors": []}]}, {"no-bypass"}),
        ({key: CLASSIC[key] for key in CLASSIC if key != "environments"}, {"release-environment"}),
        ({**CLASSIC, "actions": {"message": "Must have admin rights"}}, {"actions-pinned", "actions-selected"}),
    ],
)
def test_what_was_not_asked_is_not_known_and_does_not_pass(said, unknown):
    judged = judge_settings(settings_of(json.dumps(said).encode()))
    assert {one.setting.id for one in judged if one.answer is SettingAnswer.UNKNOWN} == unknown
    assert not any(one.stands for one in judged if one.setting.id in unknown and not one.setting.advice)


def test_a_branch_that_nothing_protects_has_nothing():
    answers = _answers({**AROUND, "protection": {"message": "Branch not protected"}, "rules": []})
    assert {answers[one] for one in ("review-required", "check-required", "no-bypass", "no-rewriting")} == {
        SettingAnswer.NO
    }


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"other": 1}', b'{"rules": 1, "rules": 2}', b"\xff"])
def test_what_are_no_settings_is_refused(data):
    with pytest.raises(UsageError, match="the settings "):
        settings_of(data)


@pytest.mark.parametrize("value", [None, 1, "x", [], [1, "a", None], {"a": []}])
def test_any_json_in_a_place_is_judged_and_never_breaks(value):
    for key in CLASSIC:
        _answers({**CLASSIC, key: value})
        _answers({**RULED, key: value})
