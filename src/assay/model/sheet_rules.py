"""The pages of the rules for sheets, the work of a batch in a spreadsheet. Written for annotators."""

from assay.model.finding import Severity
from assay.model.rules import Rule

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
