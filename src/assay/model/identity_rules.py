"""The pages of who is whom: one person under several names, and names and ids that look like one another."""

from assay.model.finding import Severity
from assay.model.rules import Rule

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
