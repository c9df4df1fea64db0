"""The pages of what is wrong with a project's policy."""

from assay.model.finding import Severity
from assay.model.rules import Rule

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
