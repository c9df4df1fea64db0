"""The pages of what `assay review` says of a pull request."""

from assay.model.finding import Severity
from assay.model.rules import Rule

REVIEW_RULES = (
    Rule(
        "review/refused",
        Severity.ERROR,
        "The change may not be merged as it is",
        "What a pull request may change is decided by the branch it goes to, never by the pull request: annotators change files of their own name in open rounds, gold and decisions need a reviewer, and what everybody is judged by (checks, schemas, roster, signers, workflows, releases, programs, and every path that no rule names) needs a lead. What the pipeline makes is never committed. Links, submodules and paths that mean another file on another computer are never taken.",
        "take the file out of the change, or ask a person with the role to make it; the message says which",
    ),
    Rule(
        "review/needs-approval",
        Severity.WARNING,
        "A second person has to approve the change",
        "Some changes are fine, and yet nobody should make them alone: gold, rounds, items, guidelines, policy. A small share of plain label changes is drawn by lot as well, so that everybody's work is looked at now and then.",
        "ask a reviewer or a lead to look at it and approve it on the forge",
    ),
    Rule(
        "review/policy-change",
        Severity.WARNING,
        "The change alters what others are judged by",
        "It was judged by the old policy, and the new one counts only after the merge. Labels that are sent along would be judged by rules that their author wrote, so the two are not mixed.",
        "send labels in a pull request of their own; let another lead approve this one",
    ),
    Rule(
        "review/over-limit",
        Severity.ERROR,
        "The change is larger than a review reads",
        "How many files, MiB and records a pull request may hold stands in `checks/project.yaml` of the base (`review`). It is judged from what git says of the files before any of them is read, so nothing else of the change was looked at.",
        "send less at once; the message names the limit, the figure and the file",
    ),
    Rule(
        "review/gold-contradiction",
        Severity.WARNING,
        "An answer is another one than gold",
        "An expert answered this item before. A contradiction is a slip, a misread guideline, or gold that is wrong; only a person can tell.",
        "send it back with `assay return ITEM --why TEXT`, or correct the gold",
    ),
    Rule(
        "review/disagreement",
        Severity.WARNING,
        "Annotators disagree on an item now",
        "The change adds the answer that made them differ. Disagreement is information, often about the guideline; it is no fault of whoever answered last.",
        "look at the item; decide it (adjudication), or make the guideline clearer",
    ),
)
