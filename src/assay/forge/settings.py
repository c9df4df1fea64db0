"""The settings of a forge that the review relies on, and whether a repository has them.

Everything that `assay review` refuses can be merged all the same by whoever the forge lets: these settings are what makes
its verdict count. They are judged from what GitHub's REST interface says, one answer a key (`SOURCES`).
"""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting: what is to be, what it keeps out, where it is set; whether it is only advice."""

    id: str
    wanted: str
    why: str
    where: str
    advice: bool = False


_RULES = "Settings, Rules, Rulesets: the ruleset of the default branch"
_ACTIONS = "Settings, Actions, General"
SETTINGS = (
    Setting(
        id="review-required",
        wanted="a pull request needs at least 1 approving review",
        why="the review only says that a change needs approval; this is what waits for it",
        where=_RULES,
    ),
    Setting(
        id="stale-dismissed",
        wanted="a new commit dismisses approvals",
        why="otherwise what was approved is not what is merged",
        where=_RULES,
    ),
    Setting(
        id="last-push-approved",
        wanted="the last push is approved by somebody else than who pushed it",
        why="otherwise a reviewer pushes to another's branch and approves that",
        where=_RULES,
    ),
    Setting(
        id="code-owners",
        wanted="code owners review what CODEOWNERS lists",
        why="guidelines, schemas, checks, roster, gold, releases and the workflows themselves need who answers for them",
        where=_RULES,
    ),
    Setting(
        id="check-required",
        wanted=f"the check `{REVIEW_CHECK}` is required",
        why="otherwise a refused change can be merged",
        where=_RULES,
    ),
    Setting(
        id="check-source",
        wanted=f"the check `{REVIEW_CHECK}` counts from GitHub Actions only",
        why="otherwise anybody who may write a commit status says that it passed",
        where=_RULES,
    ),
    Setting(
        id="up-to-date",
        wanted="a branch is up to date before it is merged",
        why="what is merged is then what was judged, by the policy that holds now",
        where=_RULES,
    ),
    Setting(
        id="no-bypass",
        wanted="nobody may bypass these rules, administrators included",
        why="a rule that its maker may pass by holds nobody",
        where=f"{_RULES}, Bypass list",
    ),
    Setting(
        id="no-rewriting",
        wanted="the default branch is neither force-pushed nor deleted",
        why="who labelled what, and who approved it, is in its history",
        where=_RULES,
    ),
    Setting(
        id="token-reads",
        wanted="the token of a workflow may read only, unless the workflow asks for more",
        why="a forgotten `permissions:` is then no open door",
        where=f"{_ACTIONS}, Workflow permissions",
    ),
    Setting(
        id="actions-approve-nothing",
        wanted="Actions may not create or approve pull requests",
        why="otherwise a workflow is the second person",
        where=f"{_ACTIONS}, Workflow permissions",
    ),
    Setting(
        id="release-environment",
        wanted=f"the environment `{ENVIRONMENT}` has required reviewers",
        why="a release is published when a lead says so, not when somebody pushes a tag",
        where="Settings, Environments",
    ),
    Setting(
        id="actions-pinned",
        wanted="actions must be pinned to a full commit",
        why="a tag can be moved to other code after it was looked at",
        where=_ACTIONS,
        advice=True,
    ),
    Setting(
        id="actions-selected",
        wanted="only selected actions may run",
        why="the workflows use four actions, of `actions/` and `github/`",
        where=_ACTIONS,
        advice=True,
    ),
    Setting(
        id="history-kept",
        wanted="merge commits, no squash, no linear history",
        why="a squash loses the reviewed commits: whose vote was there before whose cannot be seen any more",
        where="Settings, General, Pull Requests",
        advice=True,
    ),
)


_ACTIONS_APP = 15368


class Answer(StrEnum):
    """Whether a setting is as it is to be; `unknown` where the settings do not say, which is no yes."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingJudged:
    """A setting, and what the repository has."""

    setting: Setting
    answer: Answer

    @property
    def stands(self) -> bool:
        """Whether nothing that is required is missing here."""
        return self.answer is Answer.YES or self.setting.advice


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
        value = self.said.get(key)
        return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

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
        UsageError: it is no object of such answers.
    """
    try:
        value = parse_strict(b" ".join(data.split(b"\n")).strip())
    except JsonFault as fault:
        raise UsageError(f"the settings are not JSON: {fault.message}", fix=_SHAPE) from fault
    if not isinstance(value, dict) or not value or not value.keys() <= SOURCES.keys():
        raise UsageError(f"the settings are no object with the keys {', '.join(SOURCES)}", fix=_SHAPE)
    return ForgeSettings(said=value)


def judge_settings(settings: ForgeSettings) -> tuple[SettingJudged, ...]:
    """Every setting, and whether the repository has it."""
    return tuple(SettingJudged(setting=one, answer=_JUDGES[one.id](settings)) for one in SETTINGS)


def _review(key: str, rule_key: str) -> Callable[[ForgeSettings], Answer]:
    """Whether some rule for pull requests, of a ruleset or of branch protection, has a key on."""

    def judge(settings: ForgeSettings) -> Answer:
        on = any(rule.get(rule_key) for rule in settings.rules("pull_request"))
        return _answer(bool(on or _reviews(settings).get(key)), known=settings.asked)

    return judge


def _reviews(settings: ForgeSettings) -> JsonObject:
    return _object(settings.of("protection").get("required_pull_request_reviews"))


def _check_required(settings: ForgeSettings) -> Answer:
    return _answer(any(True for _ in _checks(settings)), known=settings.asked)


def _check_from_actions(settings: ForgeSettings) -> Answer:
    sources = [one.get("app_id", one.get("integration_id")) for one in _checks(settings)]
    return _answer(_ACTIONS_APP in sources, known=settings.asked)


def _checks(settings: ForgeSettings) -> Iterator[JsonObject]:
    """The required check of the review, as often as it is asked for."""
    status = _object(settings.of("protection").get("required_status_checks"))
    lists = [status.get("checks"), *(rule.get("required_status_checks") for rule in _status_rules(settings))]
    for those in lists:
        for one in those if isinstance(those, list) else []:
            if isinstance(one, dict) and one.get("context") == REVIEW_CHECK:
                yield one


def _status_rules(settings: ForgeSettings) -> list[JsonObject]:
    return settings.rules("required_status_checks")


def _up_to_date(settings: ForgeSettings) -> Answer:
    strict = _object(settings.of("protection").get("required_status_checks")).get("strict")
    ruled = any(rule.get("strict_required_status_checks_policy") for rule in _status_rules(settings))
    return _answer(bool(strict or ruled), known=settings.asked)


def _nobody_bypasses(settings: ForgeSettings) -> Answer:
    """Whether branch protection holds administrators too, and no ruleset lists anybody who may pass by."""
    if not settings.asked:
        return Answer.UNKNOWN
    protection = settings.of("protection")
    allowed = _object(_reviews(settings).get("bypass_pull_request_allowances"))
    protected = _enabled(protection, "enforce_admins") and not any(allowed.values())
    if not settings.all_of("rules"):
        return _answer(protected, known=True)
    if protection and not protected:
        return Answer.NO
    return _rulesets_bypassed_by_nobody(settings)


def _rulesets_bypassed_by_nobody(settings: ForgeSettings) -> Answer:
    lists = {one.get("id"): one.get("bypass_actors") for one in settings.all_of("rulesets")}
    told = [lists.get(rule.get("ruleset_id")) for rule in settings.all_of("rules")]
    return _answer(not any(told), known=all(isinstance(those, list) for those in told))


def _no_rewriting(settings: ForgeSettings) -> Answer:
    kinds = {rule.get("type") for rule in settings.all_of("rules")}
    protection = settings.of("protection")
    kept = bool(protection) and not any(_enabled(protection, key) for key in ("allow_force_pushes", "allow_deletions"))
    return _answer(kept or {"non_fast_forward", "deletion"} <= kinds, known=settings.asked)


def _token_reads(settings: ForgeSettings) -> Answer:
    given = settings.of("workflow")
    return _answer(given.get("default_workflow_permissions") == "read", known=bool(given))


def _actions_approve_nothing(settings: ForgeSettings) -> Answer:
    given = settings.of("workflow")
    return _answer(
        given.get("can_approve_pull_request_reviews") is False, known="can_approve_pull_request_reviews" in given
    )


def _actions_pinned(settings: ForgeSettings) -> Answer:
    given = settings.of("actions")
    return _answer(given.get("sha_pinning_required") is True, known=bool(given))


def _actions_selected(settings: ForgeSettings) -> Answer:
    given = settings.of("actions")
    return _answer(given.get("allowed_actions") in {"selected", "local_only"}, known=bool(given))


def _environment_guarded(settings: ForgeSettings) -> Answer:
    found = settings.of("environments").get("environments")
    here = (
        [one for one in found if isinstance(one, dict) and one.get("name") == ENVIRONMENT]
        if isinstance(found, list)
        else []
    )
    rules = [_object(rule) for one in here for rule in _list(one.get("protection_rules"))]
    asked = any(rule.get("type") == "required_reviewers" and rule.get("reviewers") for rule in rules)
    return _answer(asked, known=bool(settings.of("environments")))


def _history_kept(settings: ForgeSettings) -> Answer:
    repository = settings.of("repository")
    linear = settings.rules("required_linear_history") or _enabled(settings.of("protection"), "required_linear_history")
    kept = repository.get("allow_merge_commit") is True and repository.get("allow_squash_merge") is False
    return _answer(kept and not linear, known="allow_merge_commit" in repository and settings.asked)


def _answer(holds: bool, *, known: bool) -> Answer:  # noqa: FBT001 - the answer itself
    return (Answer.YES if holds else Answer.NO) if known else Answer.UNKNOWN


def _enabled(mapping: JsonObject, key: str) -> bool:
    return _object(mapping.get(key)).get("enabled") is True


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


_SHAPE = "`assay doctor --forge github` prints the commands that collect them"
_JUDGES: Mapping[str, Callable[[ForgeSettings], Answer]] = {
    "review-required": _review("required_approving_review_count", "required_approving_review_count"),
    "stale-dismissed": _review("dismiss_stale_reviews", "dismiss_stale_reviews_on_push"),
    "last-push-approved": _review("require_last_push_approval", "require_last_push_approval"),
    "code-owners": _review("require_code_owner_reviews", "require_code_owner_review"),
    "check-required": _check_required,
    "check-source": _check_from_actions,
    "up-to-date": _up_to_date,
    "no-bypass": _nobody_bypasses,
    "no-rewriting": _no_rewriting,
    "token-reads": _token_reads,
    "actions-approve-nothing": _actions_approve_nothing,
    "release-environment": _environment_guarded,
    "actions-pinned": _actions_pinned,
    "actions-selected": _actions_selected,
    "history-kept": _history_kept,
}
