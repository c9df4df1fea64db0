"""The pages of the rules on labels, items, configuration and guidelines: what each means, why it exists, how to fix it."""

from dataclasses import dataclass

from assay.core.findings import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """A page of the catalogue; `fix` is the default of its findings, `example` an entry of the checks file."""

    id: str
    severity: Severity
    title: str
    why: str
    fix: str
    example: str = ""


def error(name: str, title: str, why: str, fix: str, example: str = "") -> Rule:
    """The page of a rule whose findings are errors."""
    return Rule(name, Severity.ERROR, title, why, fix, example)


def warning(name: str, title: str, why: str, fix: str) -> Rule:
    """The page of a rule whose findings are warnings."""
    return Rule(name, Severity.WARNING, title, why, fix)


_LINES = (
    error("label/not-json", "A line is not valid JSON",
        "Every line of a label file is one JSON object. A truncated or empty line, or one with a stray comma, cannot be read, so its answer is lost.",
        "fix the line in an editor, or delete it and answer the item again with `assay annotate`"),
    error("label/not-utf8", "A line is not UTF-8 text",
        "Text in another encoding shows different characters on different computers, so readers would not see the same label.",
        "save the file as UTF-8 and check the characters that look wrong"),
    error("label/bom", "The file starts with a byte order mark",
        "Some editors write three invisible bytes before the first line. Other programs read them as data.",
        "save the file as UTF-8 without a byte order mark (BOM)"),
    error("label/carriage-return", "A line ends with a carriage return",
        "With Windows line endings every line of a file looks changed, so reviews and merges go wrong.",
        "`assay doctor --mend`, or save the file with Unix line endings (LF); `.gitattributes` keeps them that way"),
    error("label/duplicate-key", "Duplicate key in one object",
        "Programs differ in which of the two values they keep, so the label would depend on the program that reads it.",
        "keep the correct value and delete the other"),
    error("label/not-a-number", "NaN or Infinity in place of a number",
        "They are not JSON, and they make comparisons and averages meaningless.",
        "write the number, or omit the key where there is none"),
    error("label/number-range", "A number is too large to be stored exactly",
        "Most programs silently round numbers beyond 2 to the 53rd; a rounded identifier names something else.",
        "write identifiers as text in quotes; otherwise use a smaller number"),
    error("label/depth", "A line is nested too deeply",
        "No label needs more than 64 levels; a line with more is damaged or malicious.",
        "make the value flatter, or delete the line"),
    error("label/line-too-long", "A line is longer than 1 MiB",
        "A record this large contains something that is not a label, such as a whole file.",
        "put large content into items/<pool>/media and name it by its path"),
    error("label/conflict-marker", "The file contains an unresolved merge conflict",
        "Git wrote both sides of a conflict into the file. Until it is resolved, the lines between the markers are not read.",
        "keep the correct lines and delete the <<<<<<<, ======= and >>>>>>> lines"),
    error("label/pointer", "The file is a pointer, not the content",
        "Git LFS, git-annex and DVC leave a short pointer in place of files until their content is fetched. The labels are elsewhere, and undamaged.",
        "`git lfs pull` (or `git annex get`, `dvc pull`) fetches the content; do not edit the file. Label files are small: keep them in git itself"),
    warning("label/not-canonical", "A line is valid but not in canonical form",
        "When all records have the same form, a change shows as one line in a review and merges do not conflict. The record still counts.",
        "no manual fix needed: `assay submit` rewrites your own files; elsewhere sort keys and lines, without spaces"),
)  # fmt: skip

_RECORDS = (
    error("label/unknown-key", "A record has an unknown key",
        "A misspelled key would otherwise be ignored, and its value lost.",
        "correct the spelling, or put your own data under `meta` of the item"),
    error("label/record", "A key of a record has a value of the wrong type",
        "The keys around a label (item, flags, confidence, …) have fixed types, so that all files can be counted together.",
        "write a value of the type that the message names, or omit the key"),
    error("label/schema", "A label does not match the task's schema",
        "The schema lists the fields and their valid values. Another value cannot be counted or compared.",
        "answer the item again with `assay annotate`; if no value fits, flag the item `guideline-gap`"),
    error("label/label-or-skip", "A record needs either a label or a skip reason",
        "An item is either answered or skipped. A record with both or neither is ambiguous.",
        "answer or skip the item with `assay annotate`; by hand: `label` with the answer, or `skip` with the reason"),
    error("label/span", "A span or box is empty or out of range",
        "A span counts characters from 0, and its start is below its end; a box has a positive width and height and lies on its picture.",
        "mark it again with `assay annotate`; offsets in a text count Unicode characters (or tokens) from 0"),
    error("label/sequence", "A sequence does not have one value for each element",
        "Values and elements are paired by position: the first value belongs to the first element of the item's array. With a different number, the pairs are unknown.",
        "answer the item again with `assay annotate`: one value for each element, in order"),
    error("label/quote", "The quote of a span differs from the marked text",
        "`text` in a span repeats the text between its offsets. If they differ, one of them is wrong: usually a tool counted UTF-16 units or bytes, so every offset after the first emoji or accent is off.",
        "correct the quote, or the offsets, which count Unicode characters from 0; if a tool counts otherwise, convert all its offsets before the import"),
    warning("label/span-edge", "A span starts or ends with white space",
        "Usually a slip of the mouse. Training tools reject such spans, and two annotators who mean the same text disagree because of them.",
        "mark it again without the white space"),
    warning("label/span-twice", "Duplicate span or box in one answer",
        "Two spans or boxes of the same kind at the same place mean no more than one, and count as a disagreement with annotators who marked it once.",
        "delete one of the two"),
    warning("label/box-edge", "A box reaches beyond its picture",
        "Part of it marks nothing. Usually the picture was scaled, or rotated by its EXIF data, after the boxes were drawn. Less than a pixel is allowed.",
        "draw the box again on the picture as it is shown"),
    error("label/unknown-item", "The item is not in the pool",
        "A label of an unknown item cannot be reviewed or released.",
        "correct the item's id, or add the item to the task's pool first"),
    error("label/duplicate-item", "Duplicate item: answered twice in one file",
        "An annotator has one vote on an item in a batch. The first one counts until one of them is deleted.",
        "delete the wrong line"),
    error("label/bad-time", "A time is not RFC 3339 in UTC",
        "Times of different annotators and time zones are compared, so all are in UTC and in one format.",
        "write it like 2026-03-14T09:26:53Z; `assay import long` accepts any offset and stores UTC"),
    error("label/unknown-guideline", "Unknown guideline version",
        "A label is judged by the guideline version it was made under, so that version must exist.",
        "name a version listed under `changes` of the task's guideline"),
    error("label/unknown-annotator", "Unknown annotator: not in the roster",
        "The roster decides whose votes count. Votes of an unknown annotator are kept and do not count.",
        "add labels/annotators/<name>.yaml (or a line in labels/sources/<source>.jsonl), or correct the name"),
    error("gold/contradiction", "Two gold answers to one item differ",
        "Annotators are tested against gold. With two different answers none is known to be right, so neither is used.",
        "agree on one answer and delete the other"),
    error("adjudication/contradiction", "Two adjudications of one item differ",
        "An adjudication settles a disagreement. Two that differ settle nothing, so neither is used.",
        "agree on one decision and delete the other"),
)  # fmt: skip

_PROJECT = (
    error("label/file-name", "A label file or folder has an invalid name",
        "assay reads the annotator and the batch from the path. A file with another name would silently be ignored.",
        "name it <annotator>.jsonl, @<source>.jsonl, <who>.adjudicated.jsonl or <who>.returned.jsonl, in lower case; move files that are not labels elsewhere"),
    error("label/unknown-task", "A folder of labels belongs to no task",
        "assay reads only the tasks listed in checks/project.yaml. Labels in another folder would silently be ignored.",
        "rename the folder to the correct task, or add the task with `assay task add`"),
    error("label/symlink", "A label file is a symbolic link",
        "A link can point outside the project, so its content can change without a review. assay does not follow it.",
        "replace the link with the file itself"),
    error("item/duplicate-id", "Duplicate item id in the pool",
        "An id names one item. With two, annotators may have seen different content. The first one counts.",
        "delete one of the two, or give it an id of its own"),
    warning("item/duplicate", "Two items have the same content",
        "The same content under two ids is labelled twice, perhaps differently, and can leak from training into test data. "
        "Unicode form (NFC or NFD), white space and the order of keys make no difference; files are compared by their bytes. Labels of both count, and a release keeps the two in one split.",
        "delete one of the two; if both are needed, do nothing: a release puts them into one split, and answers that differ are in the review queue"),
    warning("item/duplicate-apart", "Items with the same content were released in different splits",
        "A released item never changes its split, so a model trained on one split has seen the answers of the other. The manifest of each further release lists these items (`apart`).",
        "exclude one of them from the evaluation; a new major version splits again, and puts them together"),
    error("item/schema", "An item does not have the data that the task needs",
        "`x-item` in the task's schema says what annotators are shown. An item without it cannot be answered.",
        "fix the item's `data`, or `x-item` in the task's schema"),
    error("item/media", "A media file of an item cannot be read",
        "Annotators see less than intended, or nothing, if a picture is damaged, empty, truncated or behind a link, and boxes on it cannot be checked.",
        "put the complete file below the pool's media/, or flag the item `bad-item`"),
    warning("item/no-media", "A media file of an item is missing, or browsers cannot show it",
        "Annotators cannot answer what they cannot see, and boxes are not checked against the size of a missing picture. Labels made elsewhere still count.",
        "put the file below labels/items/<pool>/media/, or fetch it: `dvc pull`"),
    error("batch/file", "A batch has no valid batch.yaml",
        "It says what the batch is for, whether it is closed, and which guideline version it follows. Until it is valid, the batch is ignored.",
        "write batch.yaml with purpose, status, created and guideline"),
    error("batch/unknown-annotator", "A batch is assigned to an unknown annotator",
        "Work assigned to a name that does not exist is never done, so coverage stays incomplete.",
        "correct the name, or add labels/annotators/<name>.yaml"),
    error("roster/entry", "Invalid roster entry",
        "The roster decides whose votes count. Votes under an invalid entry do not count until it is fixed.",
        "fix the entry as the message says"),
    error("roster/since", "The status and the date of a roster entry do not match",
        "If an annotator is paused or has left, votes before `since` count and later ones do not; without the date none counts. If an annotator is excluded, no vote counts at any time.",
        "`assay annotator set ID --status left --since YYYY-MM-DD` writes both"),
    error("project/configuration", "Invalid configuration file",
        "Schemas, guidelines, checks, waivers and releases define how labels are judged. A change that breaks one of them is not merged: nothing could be judged after it.",
        "fix the file as the message says; `assay check --all` reads all of them"),
)  # fmt: skip

RULES = (*_LINES, *_RECORDS, *_PROJECT)

_FRONT = (
    error("guideline/front-matter", "The front matter of a guideline is incomplete",
        "Task, version, owners and changes say which text a label follows and who answers questions. Without them labels cannot be judged by the guideline.",
        "start the file with `---`, then task, version, owners and changes, then `---`; the message says what is missing"),
    error("guideline/changes", "The list of changes does not lead to the version",
        "`changes` has one entry for every version, oldest first, so that readers see what changed after a label was made.",
        "list each version once, in ascending order, with its date; the last one is the version at the top"),
    error("guideline/owner", "An owner of a guideline is not in the roster",
        "Owners answer questions about the guideline and review proposals. A name outside the roster reaches no one.",
        "name annotators of labels/annotators under `owners`"),
)  # fmt: skip

_BODY = (
    error("guideline/no-heading", "A value has no heading",
        "Annotators look a value up while they label. Without its heading, each decides alone when to choose it.",
        "write a heading with the value's name below the heading of its field, and under it when to choose the value"),
    error("guideline/no-example", "No example has this value",
        "An example is the shortest explanation of a value, and the only one that assay can test.",
        "add a block that starts with ```example and has the item's data, a label with this value, and why"),
    error("guideline/link", "Broken link",
        "An annotator who follows it to resolve a doubt finds nothing and decides alone.",
        "correct the path or the heading, or delete the link"),
)  # fmt: skip

_EXAMPLES = (
    error("example/form", "An example cannot be read",
        "An example is YAML with the item's data, `label:` (or `not:`) and `why:`. One that cannot be read tests nothing.",
        "fix the block as the message says"),
    warning("example/why", "An example gives no reason",
        "Annotators apply the reason to the next item; the answer alone settles only this one.",
        "add `why:` with a sentence"),
    error("example/schema", "An example does not match the schema",
        "Annotators copy what the examples show. An example with an invalid answer teaches a mistake.",
        "fix the example, or change the schema if the example is right"),
    error("example/contradiction", "The same content has different answers",
        "If the guideline, its examples and gold disagree on one content, an annotator who follows one of them is counted as wrong by another.",
        "decide which answer is right and fix the other"),
    error("example/experts", "Experts give the same content different answers",
        "Items with the same content have one right answer. If gold and adjudications give two, the guideline does not settle the case.",
        "agree on one answer, fix the other, and add the case to the guideline"),
)  # fmt: skip

_VERSIONS = (
    error("guideline/version-not-bumped", "The guideline or its schema changed without a new version",
        "A label cites the version it was made under. If the text of that version changes, it is unknown what the annotator read.",
        "raise `version` and add an entry to `changes`: version, date, summary, affects, policy; `assay guideline propose` does it"),
    error("guideline/bump-too-small", "The version bump is too small for the change",
        "A patch version affects no label, a minor version affects some, a major version removes a value or a field. Leads plan relabelling by it.",
        "raise the version as far as the message says, in `version` and in `changes`"),
    error("guideline/version-goes-back", "The version is lower than before",
        "Labels made under the higher version would appear newer than the guideline.",
        "use the next version after that of the base"),
    error("guideline/version-taken", "Duplicate version",
        "Labels that cite a version cannot tell two texts apart. It happens when two people change the guideline at once.",
        "use the next free version for the later change"),
    error("guideline/history-altered", "An earlier entry of `changes` was altered or removed",
        "assay computes from these entries which labels are outdated. An edit would rewrite what was approved.",
        "restore the entry of the base, and describe the new change in an entry of its own"),
    error("guideline/unknown-selector", "`affects` names an unknown field or value",
        "A misspelled field or value affects no label, so the affected labels would never be reviewed.",
        "name a field of the schema, `field=value` with a value it declares, or `all`"),
)  # fmt: skip

_MIGRATIONS = (
    error("schema/keyword", "A keyword of the schema has no effect",
        "JSON Schema ignores unknown keywords. A misspelled or misplaced keyword, or one that names something unknown, looks like a rule and checks nothing.",
        "correct the keyword as the message says"),
    error("schema/no-migration", "A value or a field is removed without a migration",
        "Existing labels and open branches still have it. Without a migration they become invalid when the change is merged.",
        "`assay migrate add` drafts the migration: renamed, merged, retired or split"),
)  # fmt: skip

_APPROVED = (
    error("guideline/approval", "Invalid approval record",
        "A record says who approved exactly which text. It approves nothing if the text differs, the version is unknown, the person may not approve, or the signature is not theirs.",
        "have the version approved again (`assay guideline approve TASK`, or `assay guideline record TASK` after a review on the forge), or delete the record"),
)  # fmt: skip

GUIDELINE_RULES = (*_FRONT, *_BODY, *_EXAMPLES, *_VERSIONS, *_MIGRATIONS, *_APPROVED)
