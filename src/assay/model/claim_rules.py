"""The pages of the rules on what a record claims besides its answer: whose turn it was, when, after what, under which version."""

from assay.model.finding import Severity
from assay.model.rules import Rule

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
