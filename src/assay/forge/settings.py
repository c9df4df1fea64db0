"""The settings of a forge that the review relies on, and whether a repository has them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from assay.core import Json, JsonObject
from assay.errors import UsageError
from assay.files import JsonFault, parse_strict

REVIEW_CHECK = "Label review"
ENVIRONMENT = "label-release"
SOURCES: Mapping[str, str] = {
    "repository": "repos/OWNER/REPO",
    "rules": "repos/OWNER/REPO/rules/branches/BRANCH",
    "protection": "repos/OWNER/REPO/branches/BRANCH/protection",
    "rulesets": "repos/OWNER/REPO/rulesets/ID, a list with one answer for each ruleset",
    "actions": "repos/OWNER/REPO/actions/permissions",
    "workflow": "repos/OWNER/REPO/actions/permissions/workflow",
    "environments": "repos/OWNER/REPO/environments",
}
_RULES = "Settings, Rules, Rulesets: the ruleset of the default branch"
_ACTIONS = "Settings, Actions, General"
_ACTIONS_APP = 15368
_SHAPE = "`assay doctor --forge github` prints the commands that collect them"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: what is to be, what it keeps out, where it is set; whether it is only advice."""

    id: str
    wanted: str
    why: str
    where: str = _RULES
    advice: bool = False


SETTINGS = (
    Setting(
        "review-required",
        "a pull request needs at least 1 approving review",
        "the review reports that a change needs approval; this setting enforces it",
    ),
    Setting(
        "stale-dismissed",
        "a new commit dismisses approvals",
        "otherwise something else than what was approved can be merged",
    ),
    Setting(
        "last-push-approved",
        "the last push is approved by another person",
        "otherwise a reviewer can push to a branch and approve the push",
    ),
    Setting(
        "code-owners",
        "code owners review what CODEOWNERS lists",
        "guidelines, schemas, checks, roster, gold, releases and workflows need the approval of their owners",
    ),
    Setting("check-required", f"the check `{REVIEW_CHECK}` is required", "otherwise a refused change can be merged"),
    Setting(
        "check-source",
        f"the check `{REVIEW_CHECK}` counts from GitHub Actions only",
        "otherwise anyone who can write a commit status can report it as passed",
    ),
    Setting(
        "up-to-date",
        "a branch is up to date before it is merged",
        "what is merged is then what was checked, by the current policy",
    ),
    Setting(
        "no-bypass",
        "no one can bypass these rules, administrators included",
        "a rule that administrators can bypass protects nothing",
        where=f"{_RULES}, Bypass list",
    ),
    Setting(
        "no-rewriting",
        "the default branch is neither force-pushed nor deleted",
        "its history records who labelled and who approved",
    ),
    Setting(
        "token-reads",
        "the default token of workflows is read-only",
        "a workflow without `permissions:` then cannot write",
        where=f"{_ACTIONS}, Workflow permissions",
    ),
    Setting(
        "actions-approve-nothing",
        "Actions cannot create or approve pull requests",
        "otherwise a workflow can give the second approval",
        where=f"{_ACTIONS}, Workflow permissions",
    ),
    Setting(
        "release-environment",
        f"the environment `{ENVIRONMENT}` has required reviewers",
        "a release needs the approval of a lead, not only a tag",
        where="Settings, Environments",
    ),
    Setting(
        "actions-pinned",
        "actions must be pinned to a full commit",
        "a tag can be moved to other code after its review",
        where=_ACTIONS,
        advice=True,
    ),
    Setting(
        "actions-selected",
        "only selected actions may run",
        "the workflows use four actions, of `actions/` and `github/`",
        where=_ACTIONS,
        advice=True,
    ),
    Setting(
        "history-kept",
        "merge commits, no squash, no linear history",
        "a squash loses the reviewed commits, and with them the order of votes",
        where="Settings, General, Pull Requests",
        advice=True,
    ),
)


class SettingAnswer(StrEnum):
    """Whether a setting is as it is to be; `unknown` where the settings do not say, which does not count as yes."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingJudged:
    """A setting, and what the repository has."""

    setting: Setting
    answer: SettingAnswer

    @property
    def stands(self) -> bool:
        """Whether nothing that is required is missing here."""
        return self.answer is SettingAnswer.YES or self.setting.advice


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeSettings:
    """What a forge says of a repository: one answer of its REST interface a key; absent keys were not asked."""

    said: Mapping[str, Json]

    def of(self, key: str) -> JsonObject:
        """The answer of a key, where that is an object; else empty."""
        value = self.said.get(key)
        return value if isinstance(value, dict) and "message" not in value else {}

    def all_of(self, key: str) -> list[JsonObject]:
        """The answer of a key, where that is a list of objects; else empty."""
        return _objects(self.said.get(key))

    def rules(self, kind: str) -> list[JsonObject]:
        """The parameters of every active rule of a kind on the branch."""
        found = [rule for rule in self.all_of("rules") if rule.get("type") == kind]
        return [_object(rule.get("parameters")) for rule in found]

    @property
    def asked(self) -> bool:
        """Whether the protection of the branch was asked for, in either of its shapes."""
        return isinstance(self.said.get("rules"), list) or "protection" in self.said


def settings_of(data: bytes) -> ForgeSettings:
    """The settings in a JSON file.

    Raises:
        UsageError: it is not an object of such answers.
    """
    try:
        value = parse_strict(b" ".join(data.split(b"\n")).strip())
    except JsonFault as fault:
        raise UsageError(f"the settings are not JSON: {fault.message}", fix=_SHAPE) from fault
    if not isinstance(value, dict) or not value or not value.keys() <= SOURCES.keys():
        raise UsageError(f"the settings must be an object with the keys {', '.join(SOURCES)}", fix=_SHAPE)
    return ForgeSettings(said=value)


def judge_settings(settings: ForgeSettings) -> tuple[SettingJudged, ...]:
    """Every setting, and whether the repository has it."""
    return tuple(SettingJudged(setting=one, answer=_JUDGES[one.id](settings)) for one in SETTINGS)


def _review(key: str, rule_key: str) -> Callable[[ForgeSettings], SettingAnswer]:
    """Whether some rule for pull requests, of a ruleset or of branch protection, has a key on."""

    def judge(settings: ForgeSettings) -> SettingAnswer:
        on = any(rule.get(rule_key) for rule in settings.rules("pull_request"))
        return _answer(bool(on or _reviews(settings).get(key)), known=settings.asked)

    return judge


def _reviews(settings: ForgeSettings) -> JsonObject:
    return _object(settings.of("protection").get("required_pull_request_reviews"))


def _checks(settings: ForgeSettings) -> Iterator[JsonObject]:
    """The required check of the review, as often as it is asked for."""
    status = _object(settings.of("protection").get("required_status_checks"))
    rules = settings.rules("required_status_checks")
    lists = [status.get("checks"), *(rule.get("required_status_checks") for rule in rules)]
    yield from (one for checks in lists for one in _objects(checks) if one.get("context") == REVIEW_CHECK)


def _nobody_bypasses(settings: ForgeSettings) -> SettingAnswer:
    """Whether branch protection includes administrators, and no ruleset has a bypass list."""
    if not settings.asked:
        return SettingAnswer.UNKNOWN
    protection = settings.of("protection")
    allowed = _object(_reviews(settings).get("bypass_pull_request_allowances"))
    protected = _enabled(protection, "enforce_admins") and not any(allowed.values())
    if not settings.all_of("rules"):
        return _answer(protected, known=True)
    if protection and not protected:
        return SettingAnswer.NO
    lists = {one.get("id"): one.get("bypass_actors") for one in settings.all_of("rulesets")}
    bypass_lists = [lists.get(rule.get("ruleset_id")) for rule in settings.all_of("rules")]
    return _answer(not any(bypass_lists), known=all(isinstance(those, list) for those in bypass_lists))


def _environment_guarded(settings: ForgeSettings) -> SettingAnswer:
    environments = settings.of("environments")
    here = [one for one in _objects(environments.get("environments")) if one.get("name") == ENVIRONMENT]
    rules = [rule for one in here for rule in _objects(one.get("protection_rules"))]
    asked = any(rule.get("type") == "required_reviewers" and rule.get("reviewers") for rule in rules)
    return _answer(asked, known=bool(environments))


def _answer(holds: bool, *, known: bool) -> SettingAnswer:  # noqa: FBT001 - the answer itself
    return (SettingAnswer.YES if holds else SettingAnswer.NO) if known else SettingAnswer.UNKNOWN


def _enabled(mapping: JsonObject, key: str) -> bool:
    return _object(mapping.get(key)).get("enabled") is True


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _objects(value: Json) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


_JUDGES: Mapping[str, Callable[[ForgeSettings], SettingAnswer]] = {
    "review-required": _review("required_approving_review_count", "required_approving_review_count"),
    "stale-dismissed": _review("dismiss_stale_reviews", "dismiss_stale_reviews_on_push"),
    "last-push-approved": _review("require_last_push_approval", "require_last_push_approval"),
    "code-owners": _review("require_code_owner_reviews", "require_code_owner_review"),
    "check-required": lambda settings: _answer(any(True for _ in _checks(settings)), known=settings.asked),
    "check-source": lambda settings: _answer(
        any(one.get("app_id", one.get("integration_id")) == _ACTIONS_APP for one in _checks(settings)),
        known=settings.asked,
    ),
    "up-to-date": lambda settings: _answer(
        bool(_object(settings.of("protection").get("required_status_checks")).get("strict"))
        or any(rule.get("strict_required_status_checks_policy") for rule in settings.rules("required_status_checks")),
        known=settings.asked,
    ),
    "no-bypass": _nobody_bypasses,
    "no-rewriting": lambda settings: _answer(
        (
            bool(protection := settings.of("protection"))
            and not any(_enabled(protection, key) for key in ("allow_force_pushes", "allow_deletions"))
        )
        or {"non_fast_forward", "deletion"} <= {rule.get("type") for rule in settings.all_of("rules")},
        known=settings.asked,
    ),
    "token-reads": lambda settings: _answer(
        settings.of("workflow").get("default_workflow_permissions") == "read", known=bool(settings.of("workflow"))
    ),
    "actions-approve-nothing": lambda settings: _answer(
        settings.of("workflow").get("can_approve_pull_request_reviews") is False,
        known="can_approve_pull_request_reviews" in settings.of("workflow"),
    ),
    "release-environment": _environment_guarded,
    "actions-pinned": lambda settings: _answer(
        settings.of("actions").get("sha_pinning_required") is True, known=bool(settings.of("actions"))
    ),
    "actions-selected": lambda settings: _answer(
        settings.of("actions").get("allowed_actions") in {"selected", "local_only"}, known=bool(settings.of("actions"))
    ),
    "history-kept": lambda settings: _answer(
        settings.of("repository").get("allow_merge_commit") is True
        and settings.of("repository").get("allow_squash_merge") is False
        and not settings.rules("required_linear_history")
        and not _enabled(settings.of("protection"), "required_linear_history"),
        known="allow_merge_commit" in settings.of("repository") and settings.asked,
    ),
}
