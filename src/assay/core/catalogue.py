"""The catalogue of all rules with their pages, and findings made from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from assay.core.agreement_result import Undefined
from assay.core.findings import Finding, Location
from assay.core.gate_rules import GATE_RULES, VERDICT_PAGES
from assay.core.rules import GUIDELINE_RULES, RULES, Rule, error, warning


def rule_text(rule: Rule) -> str:
    """The page of a rule: title, reason, fix; for a rule of the checks file an example, for `agreement` the reasons of undefined."""
    page = f"{rule.id} ({rule.severity})\n{rule.title}\n\nWhy: {rule.why}\n\nFix: {rule.fix}"
    if rule.example:
        page += f"\n\nIn checks/<task>.yaml, under `rules`:\n  {rule.example}"
    if rule.id == "gate/agreement":
        reasons = "\n".join(f"  {one:<20}  {one.sentence}" for one in Undefined)
        page += f"\n\nWhy a coefficient may have no value:\n{reasons}"
    return page


_BATCH = (
    error("label/not-assigned", "An item was answered by an annotator it is not assigned to",
        "assignments.jsonl lists the items of a batch and their annotators. An answer outside it never counts, and does not make the batch an item's current one. A batch without the file has no assignments: it contains imported answers, and nothing from a person's own file. A model's answer needs only the item in the file; without the file it needs nothing.",
        "delete the answer, or have a lead assign the item in assignments.jsonl"),
    error("batch/import-with-assignments", "An imported file of people's answers is in a batch with assignments",
        "In a batch with an assignments.jsonl each person answers in their own file, and only assigned items count. Imported answers would bypass that, so none of the file's answers counts.",
        "import the answers into a batch of their own, without an assignments.jsonl"),
)  # fmt: skip

_CLAIMS = (
    warning("label/first-not-returned", "A record has a first answer, but was never returned",
        "`first` is the answer before a reviewer returned the item. Agreement is measured on it only if a *.returned.jsonl of the batch names the item and the annotator; otherwise it is measured on the answer itself.",
        "delete `first`, or have a reviewer return the item: `assay return ITEM --why TEXT`"),
    warning("label/future-time", "A time is in the future",
        "A record says when it was made. Five minutes are allowed for differences between clocks.",
        "set the computer's clock, and answer again or correct `at`"),
    warning("label/before-batch", "A record is older than its batch",
        "An item of a batch cannot be answered, decided or returned before the batch was created. Imported files are exempt: their answers were made elsewhere.",
        "correct `at`, or `created` in batch.yaml"),
    warning("label/after-leaving", "Answers were made after their annotator left",
        "The roster says since when an annotator is paused or has left: answers made from the start of that day (UTC) do not count, earlier ones do. An answer without a time has the date of its batch. The answers are kept.",
        "nothing, if the day is right; otherwise correct `since`: `assay annotator set ID --since YYYY-MM-DD`"),
    warning("label/other-guideline", "A record follows a guideline version that its batch does not allow",
        "A batch is labelled under the version in its batch.yaml, or a later one. An answer under an earlier version belongs to another batch. Imported files are exempt.",
        "answer it again under the batch's version, or correct `guideline`"),
    warning("label/unknown-suggestion", "A record contains a suggestion that no model made",
        "`suggestion` is what a model proposed before the person answered; assay measures how often people follow it. It must match the model's file in this batch.",
        "delete `suggestion`, or restore the model's answers"),
)  # fmt: skip

_REVIEW = (
    warning("label/first-left-out", "A returned answer was changed, and the first answer is missing",
        "Agreement is measured on answers before a reviewer commented on them. An answer changed after a return keeps the earlier one in `first`; without it, the corrected answer would be measured as if it were independent.",
        "answer it on the page or in the sheet, which keep `first`; or copy the base's label into `first`"),
    warning("label/own-return", "A reviewer returns their own answer",
        "A return lets an annotator correct an answer and keeps the first one. Reviewers who return their own answers would decide alone what counts as a first answer.",
        "have another reviewer return it"),
    error("label/first-forged", "A first answer differs from the earlier record",
        "`first` keeps the answer before the return, and never changes. Agreement is measured on it, so another value, or none, would change the figures.",
        "restore `first` from the base; if the base has none, use its `label`"),
    warning("adjudication/own-vote", "A reviewer adjudicates an item that they answered in the batch",
        "A decision settles a disagreement between annotators. An annotator of the item would decide about their own answer.",
        "let another reviewer decide, or approve it"),
    warning("adjudication/votes-agree", "An item is adjudicated although no two votes differ",
        "A decision overrides the votes. If they agree, or there are fewer than two, it settles no disagreement and replaces the answer.",
        "delete the decision, or approve it; if the votes are wrong, return them"),
    warning("adjudication/not-current", "An item is adjudicated in a batch that is not its current one",
        "An item's current batch is the newest closed counting batch that contains it. A decision in another batch is superseded, or made before the batch is closed.",
        "decide in the item's current batch, or approve it"),
)  # fmt: skip

CLAIM_RULES = (*_BATCH, *_CLAIMS, *_REVIEW)

IDENTITY_RULES = (
    error("roster/identity", "Invalid line in identities.yaml",
        "A line maps a name of a source to a person of the roster, so that one person counts as one rater. Votes under a name with an invalid line do not count until it is fixed.",
        "write `SOURCE: {NAME: ID}`: a name from labels/sources/SOURCE.jsonl, and the id of a person of labels/annotators/"),
    warning("roster/look-alike", "Two annotators have look-alike names",
        "They differ in case, white space, Unicode form or in letters that look the same. Usually that is one person, who then counts as two raters and distorts agreement.",
        "one person: `SOURCE: {NAME: ID}` in labels/sources/identities.yaml; two people: a line there for each, with the entry of each"),
    warning("item/look-alike", "Two items have look-alike ids",
        "They differ in case, white space, Unicode form or in letters that look the same. Usually that is one item added twice, and its votes are split; or a tool that does not tell the ids apart will mix them up.",
        "one item: keep one of the two ids and move the votes to it; two items: give one a clearly different id"),
    error("label/two-votes", "One person answers an item of a batch twice, under two names",
        "A person has one vote on an item in a batch. The vote in the person's own file counts, otherwise that of the first source and name in alphabetical order; the other counts nowhere.",
        "delete the wrong line; if they are two people, delete a line of labels/sources/identities.yaml"),
)  # fmt: skip

PROJECT_RULES = (
    warning("project/orphan", "A file belongs to no task and no release",
        "assay reads schemas, guidelines, checks, migrations, approvals and release specifications by the name of their task or release. Under another name they are ignored.",
        "rename it to the correct task or release, list that one in checks/project.yaml, or delete the file"),
    error("batch/emptied", "The assignments of a batch are missing",
        "assignments.jsonl lists the items of a batch and their annotators. Without it no answer in the batch is assigned, so none counts.",
        "restore the file: `git log -- labels/TASK/BATCH/assignments.jsonl` shows its last complete version"),
    error("batch/closed", "A closed batch was edited",
        "A closed batch was measured and may have been released. A later edit would change figures that others already use.",
        "revert the edit; a lead opens the batch with `assay batch reopen`, or new answers go into a relabelling batch"),
    warning("batch/unsettled", "A returned answer was never settled, and its batch is closed",
        "The returned answer still counts: it was neither changed nor confirmed. In a closed batch the annotator can do neither.",
        "`assay batch reopen TASK BATCH`, settle it on the page or in a sheet, and close the batch again; nothing to do if a later batch contains the item"),
    error("project/waiver", "Invalid waiver",
        "A waiver allows a release although a rule fails. It names an existing rule, an end date, and an approver who is an active reviewer or lead of the roster; rules on faults in labels and on approvals can be waived only if the project allows it.",
        "have a reviewer or a lead approve it, or delete it from checks/waivers.yaml"),
)  # fmt: skip

REVIEW_RULES = (
    error("review/refused", "The change may not be merged",
        "The policy of the target branch decides what a pull request may change. Annotators change files of their own name in open batches; gold and decisions need a reviewer; checks, schemas, roster, signers, workflows, releases, programs, and every path without a rule need a lead. Pipeline outputs are never committed. Links, submodules and paths that are not portable are always refused.",
        "revert the file, or ask a person with the role to make the change; the message says which"),
    warning("review/needs-approval", "The change needs the approval of a second person",
        "Some changes are valid, but need a second person: gold, batches, items, guidelines, policy. A small random sample of plain label changes is also reviewed.",
        "ask a reviewer or a lead to review and approve it on the forge"),
    warning("review/policy-change", "The change alters the policy",
        "It was checked against the old policy; the new one applies after the merge. Labels in the same pull request would be judged by rules that their author wrote, so the two are kept apart.",
        "submit labels in a separate pull request; have another lead approve this one"),
    error("review/over-limit", "The change is too large for a review",
        "`review` in `checks/project.yaml` of the base limits the files, MiB and records of a pull request. The limits are checked before any file is read, so nothing else of the change was checked.",
        "submit less at once; the message names the limit, the figure and the file"),
    warning("review/gold-contradiction", "An answer differs from gold",
        "An expert answered this item before. The cause is a slip, a misread guideline, or wrong gold; only a person can tell.",
        "return it with `assay return ITEM --why TEXT`, or correct the gold"),
    warning("review/disagreement", "Annotators now disagree on an item",
        "The change adds an answer that differs from the others. Disagreement is information, often about the guideline; the last annotator is not necessarily wrong.",
        "look at the item; adjudicate it, or make the guideline clearer"),
)  # fmt: skip

SHEET_RULES = (
    error("sheet/unreadable", "A sheet cannot be read as CSV",
        "Spreadsheets save CSV in several encodings. A wrong guess would silently change letters.",
        "in the spreadsheet choose `Save as` and the type `CSV UTF-8`"),
    error("sheet/column", "The columns of a sheet were changed",
        "assay reads from the heading of a column which field its cells answer.",
        "restore the headings, or write the sheet again with `assay sheet out` and copy the answers over"),
    error("sheet/moved", "A row's tag belongs to another item",
        "It happens if one column was sorted or shifted alone. The answers would then go to the wrong items.",
        "undo the sorting; sort with all columns selected, or not at all"),
    error("sheet/stale", "An answer has changed since the sheet was written",
        "You answered the item elsewhere, or imported this sheet before. The row would overwrite the newer answer.",
        "delete the row from the sheet to keep the newer answer, or import the sheet's answer with --overwrite"),
    error("sheet/locked", "An answer of a qualification was changed",
        "A qualification shows the expert's answer after each of yours, so your first answer is final.",
        "delete the row from the sheet: the answer stays unchanged"),
    error("sheet/keep", "A row is marked to be kept, but has a changed answer or none",
        "The mark confirms a returned answer after a second look. It is ambiguous in a row with a changed answer, or without one.",
        "remove the mark from a row whose answer you change; write x only where you confirm the answer"),
    error("sheet/cleared", "A row that had an answer is empty",
        "A row is often emptied by accident, and the answer would be lost.",
        "restore the answer, delete the row to keep the answer, or remove the answer with --clear"),
)  # fmt: skip

CATALOGUE: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        *RULES,
        *CLAIM_RULES,
        *IDENTITY_RULES,
        *SHEET_RULES,
        *GUIDELINE_RULES,
        *PROJECT_RULES,
        *REVIEW_RULES,
        *(rule.page for rule in GATE_RULES.values()),
        *VERDICT_PAGES,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What a finding is about besides its location; empty where unknown."""

    task: str = ""
    batch: str = ""
    item: str = ""
    annotator: str = ""


def finding(rule: str, at: Location, message: str, *, fix: str = "", where: Where | None = None) -> Finding:
    """A finding with its rule's severity and, by default, its rule's fix."""
    page = CATALOGUE[rule]
    about = where or Where()
    return Finding(
        rule=rule,
        severity=page.severity,
        message=message,
        fix=fix or page.fix,
        at=at,
        task=about.task,
        batch=about.batch,
        item=about.item,
        annotator=about.annotator,
    )


def rule_page(rule: str) -> Rule | None:
    """The page of a finding's rule, or of a gate rule by its path (`triage/agreement/intent`)."""
    kind = rule.split("/")[1] if "/" in rule else rule
    return CATALOGUE.get(rule) or CATALOGUE.get(f"gate/{kind}")
