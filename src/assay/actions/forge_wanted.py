"""What `assay doctor --forge` asks of GitHub: settings that make the verdict of a review count."""

from collections.abc import Mapping
from dataclasses import dataclass

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
