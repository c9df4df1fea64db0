"""The pages of the rules: what each means, why it is there, what to do. Written for annotators and reviewers."""

from dataclasses import dataclass

from assay.core.findings import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """A page of the catalogue; `fix` is that of findings that have no better one, `example` how a rule is stated."""

    id: str
    severity: Severity
    title: str
    why: str
    fix: str
    example: str = ""


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

_LINES = (
    Rule(
        "label/not-json",
        _ERROR,
        "A line is not JSON",
        "Every line of a label file is one JSON object. A line that is cut off, empty or has a stray comma cannot be read, so the answer on it is lost.",
        "mend the line in an editor, or delete it and answer the item again with `assay annotate`",
    ),
    Rule(
        "label/not-utf8",
        _ERROR,
        "A line is not UTF-8 text",
        "Text saved in another encoding shows other characters to other people, so two readers would not see the same label.",
        "save the file as UTF-8 and check the characters that look odd",
    ),
    Rule(
        "label/bom",
        _ERROR,
        "The file starts with a byte order mark",
        "Some editors put three invisible bytes before the first line. Other programs take them for part of the data.",
        "save the file as UTF-8 without a byte order mark (BOM)",
    ),
    Rule(
        "label/carriage-return",
        _ERROR,
        "A line ends with a carriage return",
        "Windows line endings make every line of a file look changed, so reviews and merges go wrong.",
        "`assay doctor --mend`, or save the file with Unix line endings (LF); `.gitattributes` keeps them that way",
    ),
    Rule(
        "label/duplicate-key",
        _ERROR,
        "A key stands twice in one object",
        "Programs differ in which of the two values they keep, so the label would depend on who reads it.",
        "keep the value that is meant and delete the other",
    ),
    Rule(
        "label/not-a-number",
        _ERROR,
        "NaN or Infinity stands for a number",
        "They are not JSON, and no comparison or average with them means anything.",
        "write the number, or leave the key out where there is none",
    ),
    Rule(
        "label/number-range",
        _ERROR,
        "A number is too large to be kept exactly",
        "Beyond 2 to the 53rd most programs round a number without a word; an identifier would then name something else.",
        "write identifiers as text in quotes; otherwise use a smaller number",
    ),
    Rule(
        "label/depth",
        _ERROR,
        "A line is nested too deeply",
        "No label needs more than 64 levels; a line that has them is damaged or meant to do harm.",
        "make the value flatter, or take the line out",
    ),
    Rule(
        "label/line-too-long",
        _ERROR,
        "A line is longer than 1 MiB",
        "A record this large holds something that is not a label, such as a whole file.",
        "put large content into items/<pool>/media and name it by its path",
    ),
    Rule(
        "label/conflict-marker",
        _ERROR,
        "A merge conflict was left in the file",
        "Git wrote both sides of a conflict into the file and waits for a choice. Until it is made, the lines between the markers are not read.",
        "keep the lines that are right and delete the <<<<<<<, ======= and >>>>>>> lines",
    ),
    Rule(
        "label/pointer",
        _ERROR,
        "A file only points to its content",
        "Git LFS and git-annex leave a few lines in place of a file until it is fetched. The labels are elsewhere, whole, and what stands here is no damage.",
        "`git lfs pull` (or `git annex get`) fetches the content; leave the file as it is. Label files are small: they are better kept in git itself",
    ),
    Rule(
        "label/not-canonical",
        _WARNING,
        "A line is right but not written in the common form",
        "When everybody writes records the same way, a change shows as one line in a review and merges do not clash. The record still counts.",
        "nothing by hand: `assay submit` writes your own files in this form; elsewhere sort keys and lines, without spaces",
    ),
)

_RECORDS = (
    Rule(
        "label/unknown-key",
        _ERROR,
        "A record has a key that assay does not know",
        "A mistyped key would otherwise be ignored, and with it what was meant to be said.",
        "correct the spelling, or put your own data under `meta` of the item",
    ),
    Rule(
        "label/record",
        _ERROR,
        "A key of a record has a value of the wrong kind",
        "The keys around a label (item, flags, confidence, …) have fixed types, so that everybody's files can be counted together.",
        "give the key a value that the message asks for, or leave it out",
    ),
    Rule(
        "label/schema",
        _ERROR,
        "A label is not one the task allows",
        "The task's schema lists the questions and the answers allowed. Another answer cannot be counted or compared.",
        "answer it again with `assay annotate`; where no answer fits, flag the item `guideline-gap`",
    ),
    Rule(
        "label/label-or-skip",
        _ERROR,
        "A record must have a label or a reason to skip, and not both",
        "An item is either answered or skipped. With both or neither nobody can tell which.",
        "answer or skip the item with `assay annotate`; by hand: `label` with the answer, or `skip` with the reason",
    ),
    Rule(
        "label/span",
        _ERROR,
        "A span or box does not mark anything",
        "A span counts characters from 0 and ends before `end`; a box has a width and a height and lies on its picture. One that is empty, turned round or beyond the end marks nothing.",
        "mark it again with `assay annotate`; positions in a text count Unicode characters (or tokens) from 0",
    ),
    Rule(
        "label/sequence",
        _ERROR,
        "A sequence does not have a value for each element",
        "The first value is of the first element of the item's array, the second of the second. With one too few or too many nobody can tell which value is whose.",
        "answer it again with `assay annotate`: one value for each element, in their order",
    ),
    Rule(
        "label/quote",
        _ERROR,
        "A span quotes something else than it marks",
        "`text` in a span repeats what stands between its offsets. Where the two differ, one of them is wrong: most often a tool counted UTF-16 units or bytes, and every offset after the first emoji or accent is off.",
        "correct the offsets, which count Unicode characters from 0, or the quote; where a tool counts otherwise, convert all its offsets before the import",
    ),
    Rule(
        "label/span-edge",
        _WARNING,
        "A span begins or ends in white space",
        "A slip of the mouse takes a blank along, or marks nothing else. Training refuses such spans, and two people who mean the same disagree by it.",
        "mark it again without the blanks",
    ),
    Rule(
        "label/span-twice",
        _WARNING,
        "The same is marked twice in one answer",
        "Two spans or boxes of the same kind at the same place say no more than one, and count as a difference from whoever marked it once.",
        "take one of the two out",
    ),
    Rule(
        "label/box-edge",
        _WARNING,
        "A box reaches beyond its picture",
        "Part of it marks nothing. Most often the picture was scaled, or turned by its EXIF data, after the boxes were drawn. Less than a pixel is rounding.",
        "draw the box again on the picture as it is shown",
    ),
    Rule(
        "label/unknown-item",
        _ERROR,
        "The item is not in the pool",
        "A label of an item that nobody can look up cannot be reviewed or released.",
        "correct the item's id, or add the item to the task's pool first",
    ),
    Rule(
        "label/duplicate-item",
        _ERROR,
        "An item is answered twice in one file",
        "An annotator has one vote on an item in a batch. The first one counts until it is settled.",
        "delete the line that is not meant",
    ),
    Rule(
        "label/bad-time",
        _ERROR,
        "A time is not written as RFC 3339 in UTC",
        "Times are compared across people and places, so all of them are in UTC and written one way.",
        "write it like 2026-03-14T09:26:53Z; `assay import long` takes any offset and stores UTC",
    ),
    Rule(
        "label/unknown-guideline",
        _ERROR,
        "The guideline has no such version",
        "A label is judged by the guideline it was made under, so that version has to exist.",
        "name a version that stands under `changes` of the task's guideline",
    ),
    Rule(
        "label/unknown-annotator",
        _ERROR,
        "Nobody in the roster has this name",
        "Whose votes count is decided in the roster. Votes of somebody who is not in it are kept and do not count.",
        "add labels/annotators/<name>.yaml (or a line in labels/sources/<source>.jsonl), or correct the name",
    ),
    Rule(
        "gold/contradiction",
        _ERROR,
        "Two gold answers to one item differ",
        "Gold is what annotators are tested against. With two different answers nobody can be right, so neither is used.",
        "agree on one answer and delete the other",
    ),
    Rule(
        "adjudication/contradiction",
        _ERROR,
        "Two decisions on one item differ",
        "An adjudication settles a disagreement. Two that differ settle nothing, so neither is used.",
        "agree on one decision and delete the other",
    ),
)

_PROJECT = (
    Rule(
        "label/file-name",
        _ERROR,
        "A file or folder of labels has a name that says nothing to assay",
        "Who labelled what is read from the path. A file with another name would silently be left out.",
        "name it <annotator>.jsonl, @<source>.jsonl, <who>.adjudicated.jsonl or <who>.returned.jsonl, in lower case; what is no labels belongs elsewhere",
    ),
    Rule(
        "label/unknown-task",
        _ERROR,
        "A folder of labels belongs to no task",
        "Only the tasks listed in checks/project.yaml are read. Labels in another folder would be lost unseen.",
        "rename the folder to the task that is meant, or add the task with `assay task add`",
    ),
    Rule(
        "label/symlink",
        _ERROR,
        "A label file is a symbolic link",
        "A link can point outside the project, so its content can change without a review. It is not followed.",
        "put the file itself in place of the link",
    ),
    Rule(
        "item/duplicate-id",
        _ERROR,
        "An item stands twice in the pool",
        "An id names one item. With two, annotators may have seen different things. The first one counts.",
        "delete one of the two, or give it an id of its own",
    ),
    Rule(
        "item/duplicate",
        _WARNING,
        "Two items show the same",
        "The same content under two ids is labelled twice, and may be labelled differently; where one is trained on and the other tested on, the test knows the answer. "
        "Contents are the same whatever their Unicode form (NFC or NFD), white space and order of keys, and files by their bytes. Labels of both stand, and a release keeps them in one split.",
        "keep one of the two; where both have a reason, nothing: a release puts them into one split, and answers that differ are in the review queue",
    ),
    Rule(
        "item/duplicate-apart",
        _WARNING,
        "Items that show the same were released in different splits",
        "The split of a released item never changes, so who trains on one split and tests on another has seen the answer. The manifest of each further release lists them (`apart`).",
        "leave one of them out of the evaluation; a new major version splits anew, and puts them together",
    ),
    Rule(
        "item/schema",
        _ERROR,
        "An item does not have the data that the task needs",
        "The task's schema says under `x-item` what annotators are shown. An item without it cannot be answered.",
        "mend the item's `data`, or `x-item` in the task's schema",
    ),
    Rule(
        "item/media",
        _ERROR,
        "A file that an item names cannot be read as what it is",
        "A picture that is damaged, empty, cut off or behind a link shows annotators less than was meant, or nothing, and nobody can say where a box on it lies.",
        "put the whole file below the pool's media/, or flag the item `bad-item`",
    ),
    Rule(
        "item/no-media",
        _WARNING,
        "A file that an item names is not here, or no browser shows it",
        "Annotators cannot answer what they cannot see, and boxes on a picture that is not here are not held against its size. Labels that were made elsewhere stand all the same.",
        "put the file below labels/items/<pool>/media/, or fetch it: `dvc pull`",
    ),
    Rule(
        "batch/file",
        _ERROR,
        "A batch has no usable batch.yaml",
        "It says what the batch is for, whether it is closed and which guideline it follows. Until it can be read the batch is left out.",
        "write batch.yaml with purpose, status, created and guideline",
    ),
    Rule(
        "batch/unknown-annotator",
        _ERROR,
        "A batch is given to somebody who is not in the roster",
        "Work assigned to a name that does not exist is never done, and coverage never gets whole.",
        "correct the name, or add labels/annotators/<name>.yaml",
    ),
    Rule(
        "roster/entry",
        _ERROR,
        "An entry of the roster cannot be used",
        "The roster decides whose votes count. Votes of a broken entry do not count until it is mended.",
        "mend the entry as the message says",
    ),
    Rule(
        "roster/since",
        _ERROR,
        "A status and its date do not go together",
        "Of somebody who is paused or has left, the votes made before `since` count and later ones do not. Without that day nobody can tell them apart, so none counts; and of somebody excluded no vote counts, whenever it was made.",
        "`assay annotator set ID --status left --since YYYY-MM-DD` writes both",
    ),
    Rule(
        "project/configuration",
        _ERROR,
        "A file of the project's configuration cannot be used",
        "Schemas, guidelines, checks, waivers and releases say what everybody's labels are judged by. A change that leaves one of them broken is not merged: nothing could be judged after it.",
        "correct the file as the message says; `assay check --all` reads them all",
    ),
)

RULES = (*_LINES, *_RECORDS, *_PROJECT)
