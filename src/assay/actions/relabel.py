"""`assay guideline impact --batch`, `assay migrate round`: the batch in which outdated and waiting items are labelled again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from assay.actions.impact import Measured, standing
from assay.actions.project_file import checked_name
from assay.actions.rounds.again import AskedAgain, ask_again, asked_already
from assay.actions.rounds.ahead import refuse_ahead
from assay.errors import UsageError
from assay.guidelines import load_guideline
from assay.labels.assignments import Plan, dump_plan, plan_path
from assay.model.json import Json, JsonObject
from assay.model.names import is_batch_name
from assay.model.project import Purpose
from assay.model.rounds import Asking
from assay.project import Project
from assay.project.roster import load_roster
from assay.quality.impact import Impact
from assay.store.files import write_all
from assay.store.pending import ABSENT
from assay.store.yaml_text import yaml_block


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A drafted batch: its folder, how many items, how many each annotator is asked.

    `left_out` are the items that nobody can be asked, `losing` those that lose a vote, with whose it is, `already` how many
    answers open batches ask for; `asking` says how many answers are asked for, of how many; see `AskedAgain`.
    """

    folder: str
    items: int
    loads: Mapping[str, int]
    left_out: tuple[str, ...]
    losing: Mapping[str, tuple[str, ...]]
    already: Mapping[str, int]
    asking: Asking


def draft_relabel(
    project: Project, measured: Measured, name: str, *, now: str, others: tuple[str, ...] = ()
) -> Drafted:
    """Writes the batch `name`: the items that are to be labelled again, each asked of those who answered it.

    People who left, are away, still learning or not qualified, and annotators of imported files, are not asked; of
    `others` one is asked for each of them. Nor is what an open batch asks already, which labels again under the version
    that an item needs or a later one. `now` is RFC 3339, UTC.

    Raises:
        UsageError: the name is taken or none, a migration comes with a version that the guideline does not have yet, nothing
            is to be labelled again, all of it is asked already, or nobody can be asked; or the disk refuses.
    """
    return _draft(project, measured.impact.task, measured.impact.version, measured.whole, name, now, others)


def draft_standing(project: Project, task: str, name: str, *, now: str, others: tuple[str, ...] = ()) -> Drafted:
    """Writes the batch `name` for everything that waits or is outdated in a task as it stands; see `draft_relabel`.

    Raises:
        UsageError: as `draft_relabel`, or there is no such task.
        ConfigError: guideline, schema or a migration cannot be used.
    """
    version = load_guideline(project, project.task(task).name).version
    return _draft(project, task, version, standing(project, task), name, now, others)


def _draft(  # noqa: PLR0913, PLR0917 - what a batch is made of
    project: Project, task: str, version: str, whole: Impact, name: str, now: str, others: tuple[str, ...]
) -> Drafted:
    checked_name(name, "batch", is_batch_name)
    folder = f"labels/{task}/{name}"
    if (project.root / folder).exists() or (project.root / folder).is_symlink():
        raise UsageError(f"{task} has a batch {name!r} already", hint="choose another name")
    refuse_ahead(project, task)
    already = asked_already(project, task, whole.needed)
    asked = ask_again(load_roster(project), task, whole.plan, whole.outgrown, others, already)
    if not asked.plan and asked.already:
        raise UsageError(
            f"all that is to be labelled again in {task} is asked in open batches already: {', '.join(sorted(asked.already))}",
            hint="it is answered there, and `assay batch close` then takes it in; a draft that nobody needs: remove its folder",
        )
    if not asked.plan:
        raise UsageError(
            f"no item of {task} is to be labelled again",
            hint="`assay guideline impact` says what an edit affects, `assay migrate` what waits",
        )
    files = {
        f"{folder}/batch.yaml": yaml_block(_stated(asked.plan, version, now)).encode(),
        plan_path(task, name): dump_plan(asked.plan),
    }
    write_all(project.root, files, was=dict.fromkeys(files, ABSENT))
    return _drafted(folder, asked)


def _drafted(folder: str, asked: AskedAgain) -> Drafted:
    loads = Counter(who for people in asked.plan.values() for who in people)
    return Drafted(
        folder=folder,
        items=len(asked.plan),
        loads=dict(sorted(loads.items())),
        left_out=asked.left_out,
        losing=asked.losing,
        already=asked.already,
        asking=asked.asking,
    )


def _stated(plan: Plan, version: str, now: str) -> JsonObject:
    sizes = {len(people) for people in plan.values()}
    annotators: list[Json] = [*sorted({who for people in plan.values() for who in people})]
    stated: JsonObject = {
        "purpose": Purpose.RELABEL.value,
        "status": "open",
        "created": now,
        "guideline": version,
        "annotators": annotators,
    }
    return {**stated, "overlap": sizes.pop()} if len(sizes) == 1 else stated
