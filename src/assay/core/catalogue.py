"""The catalogue of rules that assay reports by, findings made from it, and `assay explain` pages of smaller subjects."""

from collections.abc import Mapping
from dataclasses import dataclass

from assay.core.agreement_result import Undefined
from assay.core.findings import Finding, Location, Severity
from assay.core.gate_rules import GATE_RULES, VERDICT_PAGES
from assay.core.rules import RULES, Rule
from assay.core.rules_guidelines import GUIDELINE_RULES


def rule_text(rule: Rule) -> str:
    """What the rule means, why it exists, what to do; of a rule of the checks file also how it is stated.

    Of `agreement` also why a coefficient may have no value.
    """
    page = f"{rule.id} ({rule.severity})\n{rule.title}\n\nWhy: {rule.why}\n\nFix: {rule.fix}"
    if rule.example:
        page += f"\n\nIn checks/<task>.yaml, under `rules`:\n  {rule.example}"
    if rule.id == "gate/agreement":
        reasons = "\n".join(f"  {one:<20}  {one.said}" for one in Undefined)
        page += f"\n\nWhy a coefficient may have no value:\n{reasons}"
    return page


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

_BATCH = (
    Rule(
        "label/not-assigned",
        _ERROR,
        "Somebody answered an item that was not assigned to them",
        "assignments.jsonl alone says what a batch holds and who is asked. Otherwise anybody could put answers beside, or in place of, those that were asked for. Such an answer never counts, and does not make the batch an item's current one. A batch without the file asks nobody anything: it holds what was imported, and nothing from a person's own file. A model's answer needs the item alone; without the file it needs nothing.",
        "take the answer out, or have a lead name the item and the annotator in assignments.jsonl",
    ),
    Rule(
        "batch/import-with-assignments",
        _ERROR,
        "An imported file of people stands in a batch with assignments",
        "In a batch with an assignments.jsonl each person answers in a file of their own, and what was not asked for does not count. Imported answers of people would pass that by, so none of the file's counts.",
        "import the answers into a batch of their own, which has no assignments.jsonl",
    ),
)

_CLAIMS = (
    Rule(
        "label/first-not-returned",
        _WARNING,
        "A record keeps a first answer, and was never sent back",
        "`first` is the answer from before a reviewer sent the item back. Agreement is measured on it, so it counts only where a *.returned.jsonl of the batch names the item and the annotator; elsewhere the answer itself is measured.",
        "take `first` out, or have a reviewer send the item back: `assay return ITEM --why TEXT`",
    ),
    Rule(
        "label/future-time",
        _WARNING,
        "A time lies in the future",
        "A record says when it was made, and nothing is made tomorrow. Five minutes are allowed, for clocks differ.",
        "set the computer's clock, and answer again or correct `at`",
    ),
    Rule(
        "label/before-batch",
        _WARNING,
        "A record is older than its batch",
        "Nobody could answer, decide or send back an item of a batch before the batch was created. Imported files are exempt, for their answers were made elsewhere.",
        "correct `at`, or `created` in batch.yaml",
    ),
    Rule(
        "label/after-leaving",
        _WARNING,
        "Answers were made after their annotator had left",
        "The roster says since when somebody is paused or has left: answers made from the start of that day (UTC) on do not count, those before do. An answer without a time is as old as its batch. The answers are kept.",
        "nothing, where the day is right; otherwise correct `since`: `assay annotator set ID --since YYYY-MM-DD`",
    ),
    Rule(
        "label/other-guideline",
        _WARNING,
        "A record follows a version that its batch does not allow",
        "A batch is labelled under the version in its batch.yaml, or a later one. An answer under an earlier version belongs to another batch. Imported files are exempt.",
        "answer it again under the batch's version, or correct `guideline`",
    ),
    Rule(
        "label/unknown-suggestion",
        _WARNING,
        "A record was shown a suggestion that no model made",
        "`suggestion` says what a model proposed before the person answered, and how far they followed it is measured. It must be what the model's file in this batch says.",
        "take `suggestion` out, or put the model's answers back as they were",
    ),
)

_REVIEW = (
    Rule(
        "label/first-left-out",
        _WARNING,
        "An answer was changed after it was sent back, and the first answer is not kept",
        "Agreement is measured on what people answered before a reviewer pointed something out. An answer that is changed after a return keeps the earlier one in `first`; left out, the corrected answer is measured as if nobody had helped.",
        "answer it on the page or in the sheet, which keep `first`; or put the base's label into `first`",
    ),
    Rule(
        "label/own-return",
        _WARNING,
        "A reviewer sends an answer back to themselves",
        "A return lets an annotator correct an answer and keep the first one for the record. Whoever returns their own answers decides alone what counts as a first answer.",
        "have another reviewer send it back",
    ),
    Rule(
        "label/first-forged",
        _ERROR,
        "A first answer is not what the record said before",
        "`first` keeps what was answered before a reviewer sent the item back, and never changes after. Agreement is measured on it, so another value, or none, would change the figures.",
        "put the `first` of the base back; where it has none, its `label`",
    ),
    Rule(
        "adjudication/own-vote",
        _WARNING,
        "Somebody decides on an item that they have answered in the batch",
        "A decision settles what annotators answered differently. Whoever is one of them would decide in their own cause.",
        "let another reviewer decide, or approve it",
    ),
    Rule(
        "adjudication/votes-agree",
        _WARNING,
        "An item is decided on which no two votes differ",
        "A decision beats the votes. Where they agree, or there are fewer than two, it is no decision on a disagreement but another answer.",
        "take the decision out, or approve it; where the votes are wrong, send them back",
    ),
    Rule(
        "adjudication/not-current",
        _WARNING,
        "A decision is made in a batch that is not the item's current one",
        "An item's current batch is the newest closed one that counts and holds it. A decision elsewhere is of a batch that a newer one follows, or that is not closed yet.",
        "decide in the item's current batch, or approve it",
    ),
)

CLAIM_RULES = (*_BATCH, *_CLAIMS, *_REVIEW)


IDENTITY_RULES = (
    Rule(
        "roster/identity",
        Severity.ERROR,
        "A line of identities.yaml cannot be used",
        "It says which name of which source is which person of the roster, so that one person is one rater. Votes under a name whose line is broken do not count until it is mended.",
        "write `SOURCE: {NAME: ID}`: a name as it stands in labels/sources/SOURCE.jsonl, the id of a person of labels/annotators/",
    ),
    Rule(
        "roster/look-alike",
        Severity.WARNING,
        "Two annotators have names that look alike",
        "They differ in case, white space, Unicode form or in letters that only look the same. Most often that is one person, who then counts as two raters and agrees with nobody as often as with themselves.",
        "one person: `SOURCE: {NAME: ID}` in labels/sources/identities.yaml; two people: a line there for each, with the entry of each",
    ),
    Rule(
        "item/look-alike",
        Severity.WARNING,
        "Two items have ids that look alike",
        "They differ in case, white space, Unicode form or in letters that only look the same. Most often that is one item that came in twice, and its votes stand apart; or a tool that does not tell the ids apart will mix them up.",
        "one item: keep one of the two ids and move the votes to it; two items: give one an id that nobody can mistake",
    ),
    Rule(
        "label/two-votes",
        Severity.ERROR,
        "One person answers an item of a batch twice, under two names",
        "Who votes has one vote on an item in a batch. What stands in a person's own file counts, else the vote of the first source and name by letter; the other one counts nowhere.",
        "delete the line that is not meant; where the two are two people, take a line out of labels/sources/identities.yaml",
    ),
)


PROJECT_RULES = (
    Rule(
        "project/orphan",
        Severity.WARNING,
        "A file belongs to no task and no release",
        "Schemas, guidelines, checks, migrations, approvals and release specifications are read for a task or release of their name. Under another name nothing reads them, and what they say holds for nobody.",
        "rename it to the task or release that is meant, list that one in checks/project.yaml, or take the file away",
    ),
    Rule(
        "batch/emptied",
        Severity.ERROR,
        "The plan of a batch is gone",
        "assignments.jsonl alone says what a batch holds and of whom it is asked. Without it every answer in the batch is one that nobody was asked for, and none of them counts.",
        "put the file back: `git log -- labels/TASK/BATCH/assignments.jsonl` shows where it was last whole",
    ),
    Rule(
        "batch/closed",
        Severity.ERROR,
        "A closed batch was edited",
        "What is closed was measured and may have been released. An answer that changes afterwards would change figures that others already rely on.",
        "take the edit back; a lead opens the batch with `assay batch reopen`, or a batch for labelling again holds the new answers",
    ),
    Rule(
        "batch/unsettled",
        Severity.WARNING,
        "An answer came back and was never settled, and its batch is closed",
        "A reviewer sent it back, and it counts as it was before: nobody changed it, and nobody said that it stands. In a closed batch the annotator can do neither.",
        "`assay batch reopen TASK BATCH`, have it settled on the page or in a sheet, and close it again; where a later batch has asked for the item anew, nothing has to be done",
    ),
    Rule(
        "project/waiver",
        Severity.ERROR,
        "A waiver does not count",
        "A waiver lets a release leave although a rule does not hold, on the word of somebody who answers for it. So it names a rule that there is, a day on which it ends, and an approver who is an active reviewer or lead of the roster; rules on faults in the labels and on approvals are waived only where the project says so.",
        "have a reviewer or a lead approve it, or take it out of checks/waivers.yaml",
    ),
)


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


SHEET_RULES = (
    Rule(
        "sheet/unreadable",
        Severity.ERROR,
        "A sheet cannot be read as CSV",
        "Spreadsheets save CSV in several encodings. One that cannot be told for certain would change letters unseen.",
        "in the spreadsheet choose `Save as` and the type `CSV UTF-8`",
    ),
    Rule(
        "sheet/column",
        Severity.ERROR,
        "The columns of a sheet are not those it was written with",
        "Which question a cell answers is read from the heading of its column.",
        "put the headings back as they were, or write the sheet anew with `assay sheet out` and copy the answers over",
    ),
    Rule(
        "sheet/moved",
        Severity.ERROR,
        "A row's tag belongs to another item",
        "It happens where one column was sorted or shifted alone. The answers would then go to the wrong items.",
        "undo the sorting; sort with all columns selected, or not at all",
    ),
    Rule(
        "sheet/stale",
        Severity.ERROR,
        "An answer has changed since the sheet was written",
        "You answered the item elsewhere, or took this sheet in before. Taking the row would undo the newer answer.",
        "delete the row from the sheet to keep the newer answer, or take the sheet's with --overwrite",
    ),
    Rule(
        "sheet/locked",
        Severity.ERROR,
        "An answer of a qualification was changed",
        "A qualification shows the expert's answer after each of yours, so the first one stands for good.",
        "delete the row from the sheet: the answer stays as it is",
    ),
    Rule(
        "sheet/keep",
        Severity.ERROR,
        "A row is marked to be kept, and cannot be",
        "The mark says that you looked again and stand by the answer that came back. It is unclear in a row whose answer is another one now, or that has none.",
        "take the mark out of a row whose answer you change; write x where you stand by it, and nothing elsewhere",
    ),
    Rule(
        "sheet/cleared",
        Severity.ERROR,
        "A row that had an answer is empty",
        "A row is often emptied by accident, and the answer would be lost.",
        "put the answer back, delete the row to leave the answer as it is, or take it out with --clear",
    ),
)


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
    """What a finding concerns besides its place; empty where it is not known."""

    task: str = ""
    batch: str = ""
    item: str = ""
    annotator: str = ""


def finding(rule: str, at: Location, message: str, *, fix: str = "", where: Where | None = None) -> Finding:
    """A finding with its rule's severity and, where none is given, its rule's fix."""
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


def page_of(rule: str) -> Rule | None:
    """The page of a finding's rule, or of a gate rule by its path (`triage/agreement/intent`)."""
    kind = rule.split("/")[1] if "/" in rule else rule
    return CATALOGUE.get(rule) or CATALOGUE.get(f"gate/{kind}")
