"""`assay guideline impact --batch`: the round in which outdated items are labelled again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle, islice

from assay.actions.impact import Measured
from assay.actions.project_file import checked_name
from assay.actions.rounds.people import able, askable_people
from assay.errors import UsageError
from assay.labels.plan import dump_plan, plan_path
from assay.model.json import Json, JsonObject
from assay.model.names import is_batch_name
from assay.model.project import Purpose
from assay.project import Project
from assay.project.roster import Roster, load_roster
from assay.store.files import write_all
from assay.store.pending import ABSENT
from assay.store.yaml_text import yaml_block


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A drafted round: its folder, how many items, how many each annotator is asked; items that nobody can be asked."""

    folder: str
    items: int
    loads: Mapping[str, int]
    left_out: tuple[str, ...]


def draft_relabel(
    project: Project, measured: Measured, name: str, *, now: str, others: tuple[str, ...] = ()
) -> Drafted:
    """Writes the round `name`: the items that are to be labelled again, each asked of those who answered it.

    People who are away, still learning or not qualified, and annotators of imported files, are not asked; where nobody
    is left, as many of `others` are, in turn. `now` is RFC 3339, UTC.

    Raises:
        UsageError: the name is taken or none, nothing is to be labelled again, or nobody can be asked; or the disk refuses.
    """
    impact = measured.impact
    return draft_plan(project, impact.task, impact.version, measured.plan, name, now=now, others=others)


def draft_plan(  # noqa: PLR0913 - what a round is made of
    project: Project,
    task: str,
    version: str,
    plan: Mapping[str, tuple[str, ...]],
    name: str,
    *,
    now: str,
    others: tuple[str, ...] = (),
) -> Drafted:
    """Writes the round `name` under a version: each item of the plan, asked of the people named with it.

    Raises:
        UsageError: as `draft_relabel`.
    """
    checked_name(name, "batch", is_batch_name)
    folder = f"labels/{task}/{name}"
    if (project.root / folder).exists() or (project.root / folder).is_symlink():
        raise UsageError(f"{task} has a batch {name!r} already", hint="choose another name")
    roster = load_roster(project)
    instead = askable_people(roster, others, task, Purpose.RELABEL) if others else ()
    plan, left_out = _askable(roster, task, plan, instead)
    _refuse_nothing(task, plan, left_out)
    stated = _stated(plan, version, now)
    files = {f"{folder}/batch.yaml": yaml_block(stated).encode(), plan_path(task, name): dump_plan(plan)}
    write_all(project.root, files, was=dict.fromkeys(files, ABSENT))
    loads = Counter(who for people in plan.values() for who in people)
    return Drafted(folder=folder, items=len(plan), loads=dict(sorted(loads.items())), left_out=left_out)


def _askable(
    roster: Roster, task: str, plan: Mapping[str, tuple[str, ...]], others: tuple[str, ...]
) -> tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    everybody = {who for people in plan.values() for who in people}
    asked_again = frozenset(able(roster, everybody, task, Purpose.RELABEL))
    turn = cycle(others)
    asked = {
        item: tuple(who for who in people if who in asked_again)
        or tuple(sorted(islice(turn, min(len(people), len(others)))))
        for item, people in plan.items()
    }
    return {item: people for item, people in asked.items() if people}, tuple(
        item for item, people in asked.items() if not people
    )


def _refuse_nothing(task: str, plan: Mapping[str, tuple[str, ...]], left_out: tuple[str, ...]) -> None:
    if left_out and not plan:
        raise UsageError(
            f"{len(left_out):,} items of {task} are to be labelled again, and nobody who answered them can be asked",
            hint="say who is to answer them instead: --annotators ada,ben",
        )
    if not plan:
        raise UsageError(
            f"no item of {task} is to be labelled again", hint="`assay guideline impact` says what the edit affects"
        )


def _stated(plan: Mapping[str, tuple[str, ...]], version: str, now: str) -> JsonObject:
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
