"""The pages of the rules on guidelines and their examples; `rules.py` has those on labels."""

from assay.core.findings import Severity
from assay.core.rules import Rule

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

_FRONT = (
    Rule(
        "guideline/front-matter",
        _ERROR,
        "The head of a guideline is not complete",
        "Task, version, owners and changes say what a label was made under and whom to ask. Without them no label can be judged by its guideline.",
        "start the file with `---`, then task, version, owners and changes, then `---`; the message says what is missing",
    ),
    Rule(
        "guideline/changes",
        _ERROR,
        "The list of changes does not lead to the version",
        "Every version has one entry under `changes`, oldest first, so that anybody can see what a label made under an earlier version missed.",
        "list each version once, in ascending order, with its date; the last one is the version at the top",
    ),
    Rule(
        "guideline/owner",
        _ERROR,
        "A guideline's owner cannot be asked",
        "Owners answer questions about the guideline and look at proposals. A name that is not in the roster answers nobody.",
        "name annotators of labels/annotators under `owners`",
    ),
)

_BODY = (
    Rule(
        "guideline/no-heading",
        _ERROR,
        "A value has no heading",
        "Annotators look a value up while they label. Where its heading is missing, everybody decides alone when to choose it.",
        "write a heading with the value's name below the heading of its field, and under it when to choose the value",
    ),
    Rule(
        "guideline/no-example",
        _ERROR,
        "A value is in no example",
        "An example is the shortest explanation of a value, and the only one that assay can test.",
        "add a block that starts with ```example and has the item's data, a label with this value, and why",
    ),
    Rule(
        "guideline/link",
        _ERROR,
        "A link leads nowhere",
        "A reader who follows it to settle a doubt finds nothing and decides alone.",
        "correct the path or the heading that it names, or take the link out",
    ),
)

_EXAMPLES = (
    Rule(
        "example/form",
        _ERROR,
        "An example cannot be read",
        "An example is YAML with the item's data, `label:` (or `not:`) and `why:`. One that cannot be read tests nothing, whatever it shows.",
        "mend the block as the message says",
    ),
    Rule(
        "example/why",
        _WARNING,
        "An example does not say why",
        "The reason is what a reader carries over to the next item; the answer alone only settles this one.",
        "add `why:` with a sentence",
    ),
    Rule(
        "example/schema",
        _ERROR,
        "An example is not one the task allows",
        "Annotators copy what the examples show. An example with an answer that the schema refuses teaches a mistake.",
        "mend the example, or change the schema if the example is right",
    ),
    Rule(
        "example/contradiction",
        _ERROR,
        "The same content is answered differently",
        "When the guideline, its examples and the experts' answers disagree about one text, an annotator who follows one of them is counted wrong by another.",
        "decide which answer is right and mend the other",
    ),
    Rule(
        "example/experts",
        _ERROR,
        "Experts answer the same content differently",
        "Two items that read the same have one right answer. Where gold and adjudications give them two, the guideline does not settle the case.",
        "agree on one answer, mend the other, and show the case in the guideline",
    ),
)

_VERSIONS = (
    Rule(
        "guideline/version-not-bumped",
        _ERROR,
        "The guideline or its schema changed under the same version",
        "A label cites the version it was made under. If what stands under that version changes, nobody can say any more what the annotator had read.",
        "raise `version` and add an entry to `changes`: version, date, summary, affects, policy; `assay guideline propose` does it",
    ),
    Rule(
        "guideline/bump-too-small",
        _ERROR,
        "The version says less than what changed",
        "A patch says that no label is affected, a minor version that some are, a major one that a value or field is gone. Everybody plans by it.",
        "raise the version as far as the message says, in `version` and in `changes`",
    ),
    Rule(
        "guideline/version-goes-back",
        _ERROR,
        "The version is lower than it was",
        "Labels made under the higher version would be taken for newer than the guideline.",
        "take the next version after the one that the base has",
    ),
    Rule(
        "guideline/version-taken",
        _ERROR,
        "A version is taken twice",
        "Two texts under one version cannot be told apart by the labels that cite it. It happens when two people change the guideline at once.",
        "take the next free version for what was added later",
    ),
    Rule(
        "guideline/history-altered",
        _ERROR,
        "An earlier entry of `changes` was altered or removed",
        "Which labels are outdated is computed from these entries. Changed afterwards, they would rewrite what was agreed and approved.",
        "put the entry back as the base has it, and say what is new in an entry of its own",
    ),
    Rule(
        "guideline/unknown-selector",
        _ERROR,
        "`affects` names something that labels do not have",
        "A mistyped field or value affects no label, so the labels that were meant would never be looked at again.",
        "name a field of the schema, `field=value` with a value it declares, or `all`",
    ),
)

_MIGRATIONS = (
    Rule(
        "schema/keyword",
        _ERROR,
        "A keyword of the schema does nothing",
        "JSON Schema passes over a keyword that it does not know. A misspelt one, one in the wrong place, or one that names what is not there looks like a rule, and nothing is held to it.",
        "correct the keyword as the message says",
    ),
    Rule(
        "schema/no-migration",
        _ERROR,
        "A value or a field is taken away, and no migration explains it",
        "Labels that were made before, and branches that are still open, have it. Without a migration they become invalid the day the edit merges.",
        "`assay migrate add` drafts the migration: renamed, merged, retired or split",
    ),
)

_APPROVED = (
    Rule(
        "guideline/approval",
        _ERROR,
        "A record of an approval does not hold",
        "A record says who approved exactly which text. One of another text, of a version that there is not, by somebody who may not approve or with a signature that is not theirs approves nothing, and looks as if it did.",
        "have the version approved again (`assay guideline approve TASK`, or `assay guideline record TASK` after a review on the forge), or take the record away",
    ),
)

GUIDELINE_RULES = (*_FRONT, *_BODY, *_EXAMPLES, *_VERSIONS, *_MIGRATIONS, *_APPROVED)
