"""Configuration that a change leaves unreadable or at odds with itself or the labels, a base that is, and thresholds."""

from reviewer.campaign.case import APPROVAL, OK, REFUSED, UNKNOWN, Case, edit
from reviewer.campaign.project import (
    ADAS,
    FILES,
    LOWERED,
    PEOPLE,
    POLICY,
    PROJECT,
    R1,
    R3,
    RELEASE,
    SCHEMA,
    SONG,
    batch,
    line,
    plan,
    vote,
)

MINE = f"{R3}/ada.jsonl"
GUIDE = FILES["guidelines/mood.md"]
NEXT = GUIDE.replace("version: 0.2.0\nchanges", "version: 0.3.0\nchanges").replace(
    "---\n# Read", "  - {version: 0.3.0, date: 2024-03-01, summary: third, affects: [tone]}\n---\n# Read"
)
BROKEN = "key: [1,\n"


def leads(files):
    """A lead's one commit."""
    return [edit("noor", files)]


_UNREADABLE = {
    "a schema": ("schemas/mood.yaml", BROKEN),
    "a schema of another task": ("schemas/song.yaml", BROKEN),
    "a schema that is none": ("schemas/mood.yaml", SCHEMA.replace("integer", "intager")),
    "a schema with an unknown scale": ("schemas/mood.yaml", SCHEMA.replace("{enum: [good", "{x-scale: vibes, enum: [good")),
    "a schema with a remote reference": ("schemas/mood.yaml", SCHEMA.replace("{type: integer", "{$ref: 'https://x.example/y', type: integer")),
    "a schema taken away": ("schemas/mood.yaml", None),
    "a guideline's front matter": ("guidelines/mood.md", GUIDE.replace("task: mood", "task: [")),
    "a guideline without a version": ("guidelines/mood.md", GUIDE.replace("version: 0.2.0\n", "", 1)),
    "a guideline of another task": ("guidelines/mood.md", GUIDE.replace("task: mood", "task: song")),
    "a guideline taken away": ("guidelines/mood.md", None),
    "checks": ("checks/mood.yaml", BROKEN),
    "checks with an unknown rule": ("checks/mood.yaml", POLICY.replace("unresolved", "unresolvd")),
    "checks with a key that stands two times": ("checks/mood.yaml", POLICY + "rules: {}\n"),
    "checks with an anchor": ("checks/mood.yaml", POLICY.replace("{errors_at_most: 0}", "&x {errors_at_most: 0}")),
    "checks taken away": ("checks/song.yaml", None),
    "the project's file": ("checks/project.yaml", BROKEN),
    "the project's file with an unknown key": ("checks/project.yaml", PROJECT + "drawing: 0.5\n"),
    "the project's file of a newer format": ("checks/project.yaml", PROJECT.replace("format: 1", "format: 2")),
    "the project's file taken away": ("checks/project.yaml", None),
    "waivers": ("checks/waivers.yaml", "- rule: mood/schema\n"),
    "a release": ("releases/set.yaml", RELEASE.replace("{train: 1}", "{train: much}")),
    "a release taken away": ("releases/set.yaml", None),
    "a roster entry": ("labels/annotators/ada.yaml", "role: boss\n"),
    "a roster entry that is no YAML": ("labels/annotators/ada.yaml", BROKEN),
    "a batch": (f"{R3}/batch.yaml", BROKEN),
    "a batch with a day that there is not": (f"{R3}/batch.yaml", batch("r3", status="open").replace("03-02", "02-31")),
    "a batch taken away": (f"{R3}/batch.yaml", None),
    "a plan": (f"{R3}/assignments.jsonl", FILES[f"{R3}/assignments.jsonl"] + "{,}\n"),
    "a source's people": ("labels/sources/crowd.jsonl", "{,}\n"),
    "items": ("labels/items/texts/two.jsonl", FILES["labels/items/texts/two.jsonl"] + "{,}\n"),
    "a migration": ("schemas/migrations/mood/0001-x.yaml", BROKEN),
}  # fmt: skip
_AT_ODDS = {
    "a schema without a value that is in use": ("schemas/mood.yaml", SCHEMA.replace("good, bad", "fine, bad"), "label/schema"),
    "a schema that requires what nobody gave": ("schemas/mood.yaml", SCHEMA.replace("[tone]", "[tone, score]"), "label/schema"),
    "a schema whose guideline's example it rejects": ("schemas/song.yaml", SONG.replace("glad, sad", "sad, merry"), "schemas/song.yaml|guidelines/song.md|labels/song"),
    "a guideline's example that the schema rejects": ("guidelines/mood.md", NEXT.replace("tone: good", "tone: superb"), "example/schema"),
    "a guideline changed under the same version": ("guidelines/mood.md", GUIDE.replace("twice", "once"), "guideline/version-not-bumped"),
    "a guideline whose history is altered": ("guidelines/mood.md", NEXT.replace("summary: first", "summary: else"), "guideline/history-altered"),
    "a guideline that affects a field that there is not": ("guidelines/mood.md", NEXT.replace("[tone]", "[mood]"), "guideline/unknown-selector"),
    "a guideline without a version that labels cite": ("guidelines/mood.md", GUIDE.replace("  - {version: 0.1.0, date: 2024-01-01, summary: first}\n", ""), "guideline/history-altered|label/unknown-guideline"),
    "checks of a field that there is not": ("checks/mood.yaml", POLICY.replace("    tone:", "    tune:"), "checks/mood.yaml:5"),
    "a roster without somebody who voted": ("labels/annotators/ben.yaml", None, "label/unknown-annotator|batch/unknown-annotator"),
    "a batch under a version that there is not": (f"{R3}/batch.yaml", batch("r3", status="open", version="0.9.0"), "label/unknown-guideline"),
    "a plan that asks somebody unknown": (f"{R3}/assignments.jsonl", FILES[f"{R3}/assignments.jsonl"].replace("noor", "nora"), "batch/unknown-annotator"),
    "a plan with an item that there is not": (f"{R3}/assignments.jsonl", FILES[f"{R3}/assignments.jsonl"] + plan({"i99": "ada"}), "label/unknown-item"),
    "items without one that is labelled": ("labels/items/texts/two.jsonl", line(id="i7", data={"text": "t"}), "label/unknown-item"),
    "an item that the pool has already": ("labels/items/texts/three.jsonl", line(id="i1", data={"text": "t"}), "item/duplicate-id"),
    "an item that the schema rejects": ("labels/items/texts/three.jsonl", line(id="i10", data={"text": 7}), "item/schema"),
    "a project without a task that has labels": ("checks/project.yaml", PROJECT.replace(", song: {pool: lines}", ""), "label/unknown-task"),
    "a project with a task that has no files": ("checks/project.yaml", PROJECT.replace("song:", "dance: {pool: lines}, song:"), "dance"),
    "a project that names a release that there is not": ("checks/project.yaml", PROJECT.replace("[set]", "[set, other]"), "other"),
    "a release of a task that there is not": ("releases/set.yaml", RELEASE.replace("[mood]", "[mood, dance]"), "releases/set.yaml"),
    "labels in a folder of no task": ("labels/dance/r1/batch.yaml", batch("r1"), "label/unknown-task"),
    "a name that is a batch's in no case": ("labels/mood/R9/batch.yaml", batch("r1"), "label/file-name"),
}  # fmt: skip

CONFIGURATION = (
    *(Case(kind="unreadable", name=name, outcome=REFUSED, says=path, by="noor-x", edits=leads({path: text}))
      for name, (path, text) in _UNREADABLE.items()),
    Case(kind="unreadable", name="a schema, with the line that is wrong", outcome=REFUSED, says="schemas/mood.yaml:3", by="noor-x",
         edits=leads({"schemas/mood.yaml": "type: object\nproperties: {tone: [\n"})),
    Case(kind="unreadable", name="a schema of an annotator's", outcome=REFUSED, says="needs a lead",
         edits=[edit("ada", {"schemas/mood.yaml": BROKEN})]),
    *(Case(kind="at odds", name=name, outcome=REFUSED, says=says, by="noor-x", edits=leads({path: text}))
      for name, (path, text, says) in _AT_ODDS.items()),
    *(Case(kind="base", name=f"with a broken {what}", outcome=UNKNOWN, says=says, start=f"base/{what}", base=f"base/{what}",
           edits=[edit("ada", {MINE: ADAS + vote("i7")})])
      for what, says in {
          "schema-broken": "schemas/mood.yaml", "checks-broken": "checks/mood.yaml",
          "project-broken": "checks/project.yaml", "no-project": "checks/project.yaml",
      }.items()),
    Case(kind="base", name="with a broken schema of another task", outcome=OK, start="base/other-task-broken", base="base/other-task-broken",
         edits=[edit("ada", {MINE: ADAS + vote("i7")})]),
    Case(kind="base", name="that is broken, and the change corrects it", outcome=APPROVAL, says="schemas/mood.yaml", by="noor-x",
         start="base/schema-broken", base="base/schema-broken", edits=leads({"schemas/mood.yaml": SCHEMA})),
)  # fmt: skip

THRESHOLDS = (
    Case(kind="threshold", name="lowered by an annotator", outcome=REFUSED, says="needs a lead",
         edits=[edit("ada", {"checks/mood.yaml": LOWERED})]),
    Case(kind="threshold", name="lowered by a reviewer", outcome=REFUSED, says="needs a lead", by="rei-x",
         edits=[edit("rei", {"checks/mood.yaml": LOWERED})]),
    Case(kind="threshold", name="lowered by a lead", outcome=APPROVAL, says="checks/mood.yaml", by="noor-x",
         edits=leads({"checks/mood.yaml": LOWERED})),
    Case(kind="threshold", name="lowered by a lead, with votes", outcome=REFUSED, says="change together", by="noor-x",
         edits=leads({"checks/mood.yaml": LOWERED, f"{R3}/noor.jsonl": vote("i5")})),
    Case(kind="threshold", name="lowered in one commit, put back in the next", outcome=OK,
         edits=[edit("ada", {"checks/mood.yaml": LOWERED, MINE: ADAS + vote("i7")}), edit("ada", {"checks/mood.yaml": POLICY})]),
    Case(kind="threshold", name="a rule dropped", outcome=REFUSED, says="needs a lead",
         edits=[edit("ada", {"checks/mood.yaml": POLICY.replace("  unresolved: {at_most: 0.1}\n", "")})]),
    Case(kind="threshold", name="waived", outcome=REFUSED, says="needs a lead", edits=[edit("ada", {
         "checks/waivers.yaml": "- {rule: mood/agreement/tone, reason: x, approver: rei, until: 2199-01-01}\n"})]),
    Case(kind="threshold", name="a check of one's own", outcome=REFUSED, says="needs a lead",
         edits=[edit("ada", {"checks/check_x.py": "def check_x(): ...\n"})]),
    Case(kind="threshold", name="the limits of a review", outcome=REFUSED, says="needs a lead",
         edits=[edit("ada", {"checks/project.yaml": PROJECT.replace("draw: 0.05", "draw: 0"), MINE: ADAS})]),
    Case(kind="threshold", name="qualified by oneself", outcome=REFUSED, says="needs a lead", by="cleo-x",
         edits=[edit("cleo", {"labels/annotators/cleo.yaml": PEOPLE["cleo"].replace("[]", "[mood]")})]),
    Case(kind="threshold", name="a closed batch opened again", outcome=REFUSED, says="needs a lead",
         edits=[edit("ada", {f"{R1}/batch.yaml": batch("r1", status="open", version="0.1.0"), f"{R1}/ada.jsonl": vote("i1")})]),
    Case(kind="threshold", name="a key of one's own", outcome=REFUSED, says="needs a lead",
         edits=[edit("ada", {"guidelines/allowed_signers": "rei ssh-ed25519 AAAA\n"})]),
    Case(kind="threshold", name="a new version of the guideline", outcome=APPROVAL, says="guidelines/mood.md",
         edits=[edit("ada", {"guidelines/mood.md": NEXT})]),
)  # fmt: skip
