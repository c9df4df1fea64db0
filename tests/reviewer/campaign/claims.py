"""Votes that nobody asked for, forged first answers, and other things that a record claims."""

from reviewer.campaign.case import APPROVAL, OK, REFUSED, Case, edit
from reviewer.campaign.project import ADAS, R1, R2, R3, R4, R5, TIME, batch, decision, line, plan, sent_back, vote

MINE = f"{R3}/ada.jsonl"
OPEN_R4 = {f"{R4}/batch.yaml": batch("r4", purpose="relabel")}
SUGGESTED = {"by": "bot", "shown": {"tone": "good"}}


def mine(text, **more):
    """Ada's file of the open batch."""
    return [edit("ada", {MINE: text}, **more)]


NOT_ASSIGNED = "label/not-assigned"
UNASSIGNED = (
    Case(kind="unassigned", name="answers that would replace released ones", outcome=REFUSED, says=NOT_ASSIGNED,
         edits=[edit("ada", {f"{R4}/ada.jsonl": vote("i1", "bad") + vote("i2", "bad")})]),
    Case(kind="unassigned", name="an item that the batch does not hold", outcome=REFUSED, says=NOT_ASSIGNED,
         edits=mine(vote("i1", "bad") + ADAS)),
    Case(kind="unassigned", name="an item asked of another", outcome=REFUSED, says=NOT_ASSIGNED, edits=mine(ADAS + vote("i8"))),
    Case(kind="unassigned", name="a reviewer whom nobody asked", outcome=REFUSED, says=NOT_ASSIGNED, by="rei-x",
         edits=[edit("rei", {f"{R3}/rei.jsonl": vote("i7")})]),
    Case(kind="unassigned", name="a lead whom nobody asked", outcome=REFUSED, says=NOT_ASSIGNED, by="lea-x",
         edits=[edit("lea", {f"{R3}/lea.jsonl": vote("i5")})]),
    Case(kind="unassigned", name="hidden behind an escape", outcome=REFUSED, says=NOT_ASSIGNED,
         edits=mine(ADAS + vote("i8").replace('"i8"', '"\\u00698"'))),
    Case(kind="unassigned", name="one among many that were asked for", outcome=REFUSED, says=NOT_ASSIGNED,
         edits=mine(ADAS + vote("i7") + vote("i8"))),
    Case(kind="unassigned", name="a skip", outcome=REFUSED, says=NOT_ASSIGNED, edits=mine(ADAS + line(item="i8", skip="x"))),
    Case(kind="unassigned", name="an item of the import", outcome=REFUSED, says=NOT_ASSIGNED, edits=mine(ADAS + vote("i9"))),
    Case(kind="unassigned", name="with a plan of one's own", outcome=REFUSED, says="needs a lead",
         edits=[edit("ada", {f"{R4}/assignments.jsonl": plan({"i1": "ada ben", "i2": "ada ben"}),
                             f"{R4}/ada.jsonl": vote("i1", "bad")})]),
    Case(kind="unassigned", name="a model answers what the batch does not hold", outcome=REFUSED, says=NOT_ASSIGNED,
         by="noor-x", edits=[edit("noor", {f"{R3}/bot.jsonl": vote("i5") + vote("i9")})]),
    Case(kind="unassigned", name="a model answers what it does hold", outcome=APPROVAL, says="bot is a model", by="noor-x",
         edits=[edit("noor", {f"{R3}/bot.jsonl": vote("i5") + vote("i7")})]),
    Case(kind="unassigned", name="people imported into a planned batch", outcome=REFUSED, says="batch/import-with-assignments",
         by="noor-x", edits=[edit("noor", {f"{R4}/@crowd.jsonl": line(annotator="w1", item="i1", label={"tone": "bad"})})]),
    Case(kind="unassigned", name="people imported into an import", outcome=APPROVAL, says="import", by="noor-x",
         edits=[edit("noor", {f"{R2}/@crowd.jsonl": line(annotator="w1", item="i9", label={"tone": "good"})})]),
    Case(kind="unassigned", name="a plan that forgets who has answered", outcome=REFUSED, says=NOT_ASSIGNED, by="noor-x",
         edits=[edit("noor", {f"{R3}/assignments.jsonl": plan({"i5": "ben rei", "i6": "ada ben rei", "i7": "ada ben"})})]),
    Case(kind="unassigned", name="a released plan that forgets who has answered", outcome=REFUSED, says=NOT_ASSIGNED,
         by="noor-x", edits=[edit("noor", {f"{R1}/assignments.jsonl": plan({f"i{n}": "ben" for n in range(1, 5)})})]),
)  # fmt: skip

FORGED = "label/first-forged"
FIRST = (
    Case(kind="first", name="of an answer never sent back", outcome=REFUSED, says=FORGED,
         edits=mine(vote("i5", first={"tone": "bad"}) + vote("i6", "bad", at=TIME))),
    Case(kind="first", name="another than the base's answer", outcome=REFUSED, says=FORGED,
         edits=mine(vote("i5") + vote("i6", "good", first={"tone": "mixed"}))),
    Case(kind="first", name="of an answer that is new", outcome=REFUSED, says=FORGED,
         edits=mine(ADAS + vote("i7", first={"tone": "bad"}))),
    Case(kind="first", name="the base's answer, and nobody sent it back", outcome=REFUSED, says="label/first-not-returned",
         edits=mine(vote("i5", "bad", first={"tone": "good"}) + vote("i6", "bad", at=TIME))),
    Case(kind="first", name="imported by a lead", outcome=APPROVAL, says="import", by="noor-x",
         edits=[edit("noor", {f"{R2}/@crowd.jsonl": line(annotator="w1", item="i9", label={"tone": "bad"}, first={"tone": "good"})
                              + line(annotator="w2", item="i9", label={"tone": "bad"})})]),
    Case(kind="first", name="imported by an annotator", outcome=REFUSED, says="needs a lead",
         edits=[edit("ada", {f"{R2}/@crowd.jsonl": line(annotator="w1", item="i9", label={"tone": "bad"}, first={"tone": "good"})})]),
    Case(kind="first", name="dropped by the next change", outcome=REFUSED, says=FORGED, start="base/corrected",
         base="base/corrected", edits=mine(vote("i5") + vote("i6"))),
    Case(kind="first", name="changed by the next change", outcome=REFUSED, says=FORGED, start="base/corrected",
         base="base/corrected", edits=mine(vote("i5") + vote("i6", first={"tone": "good"}))),
    Case(kind="first", name="kept by the next change", outcome=OK, start="base/corrected", base="base/corrected",
         edits=mine(vote("i5") + vote("i6", "mixed", first={"tone": "bad"}))),
)  # fmt: skip

CLAIMS = (
    Case(kind="claim", name="made in the future", outcome=APPROVAL, says="label/future-time",
         edits=mine(ADAS + vote("i7", at="2199-01-01T00:00:00Z"))),
    Case(kind="claim", name="made before its batch", outcome=APPROVAL, says="label/before-batch",
         edits=mine(ADAS + vote("i7", at="2024-03-01T23:59:59Z"))),
    Case(kind="claim", name="made in time", outcome=OK, edits=mine(ADAS + vote("i7", at=TIME))),
    Case(kind="claim", name="a version that the batch does not allow", outcome=APPROVAL, says="label/other-guideline",
         edits=mine(ADAS + vote("i7", guideline="0.1.0"))),
    Case(kind="claim", name="a version that there is not", outcome=REFUSED, says="label/unknown-guideline",
         edits=mine(ADAS + vote("i7", guideline="0.3.0"))),
    Case(kind="claim", name="a suggestion that the model did not make", outcome=APPROVAL, says="label/unknown-suggestion",
         by="rei-x", edits=[edit("rei", {f"{R3}/rei.jsonl": vote("i6", suggestion=SUGGESTED)})]),
    Case(kind="claim", name="a suggestion on an item that no model answered", outcome=APPROVAL, says="label/unknown-suggestion",
         edits=mine(ADAS + vote("i7", suggestion=SUGGESTED))),
    Case(kind="claim", name="a suggestion of a person", outcome=APPROVAL, says="label/unknown-suggestion", by="rei-x",
         edits=[edit("rei", {f"{R3}/rei.jsonl": vote("i5", suggestion={"by": "ada", "shown": {"tone": "good"}})})]),
    Case(kind="claim", name="a time that is none", outcome=REFUSED, says="label/bad-time", edits=mine(ADAS + vote("i7", at="soon"))),
    Case(kind="claim", name="a decision on one's own vote", outcome=APPROVAL, says="adjudication/own-vote", by="rei-x",
         edits=[edit("rei", {f"{R5}/rei.adjudicated.jsonl": decision("i8")})]),
    Case(kind="claim", name="a decision where the votes agree", outcome=APPROVAL, says="adjudication/votes-agree", by="rex-x",
         edits=[edit("rex", {f"{R1}/rex.adjudicated.jsonl": decision("i3", "bad")})]),
    Case(kind="claim", name="a decision in another than the current batch", outcome=APPROVAL, says="adjudication/not-current",
         by="rex-x", edits=[edit("rex", {f"{R3}/rex.adjudicated.jsonl": decision("i5")})]),
    Case(kind="claim", name="a decision made in the future", outcome=APPROVAL, says="label/future-time", by="rex-x",
         edits=[edit("rex", {f"{R1}/rex.adjudicated.jsonl": decision("i2", at="2199-01-01T00:00:00Z")})]),
    Case(kind="claim", name="a decision in a batch that there is not", outcome=REFUSED, says="r9", by="rex-x",
         edits=[edit("rex", {"labels/mood/r9/rex.adjudicated.jsonl": decision("i1")})]),
    Case(kind="claim", name="two decisions that differ", outcome=REFUSED, says="adjudication/contradiction", by="rex-x",
         edits=[edit("rex", {f"{R1}/rex.adjudicated.jsonl": decision("i4", "bad")})]),
    Case(kind="claim", name="sent back in a closed batch", outcome=REFUSED, says="r1 is closed", by="rex-x",
         edits=[edit("rex", {f"{R1}/rex.returned.jsonl": sent_back("i1", "ada")})]),
    Case(kind="claim", name="sent back in a batch that there is not", outcome=REFUSED, says="r9", by="rex-x",
         edits=[edit("rex", {"labels/mood/r9/rex.returned.jsonl": sent_back("i1", "ada")})]),
    Case(kind="claim", name="a return taken away that a first rests on", outcome=REFUSED, says="label/first-not-returned",
         by="rei-x", start="base/corrected", base="base/corrected", edits=[edit("rei", {f"{R3}/rei.returned.jsonl": None})]),
    Case(kind="claim", name="an answer of a model that a suggestion rests on is changed", outcome=APPROVAL,
         says="label/unknown-suggestion", by="noor-x", start="base/corrected", base="base/corrected",
         edits=[edit("noor", {f"{R3}/bot.jsonl": vote("i5", "mixed", confidence=0.9) + vote("i6", "mixed", confidence=0.4)})]),
)  # fmt: skip
