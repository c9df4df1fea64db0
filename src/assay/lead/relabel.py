"""The relabel batch of outdated and waiting items, and the annotators who are asked again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from assay.clone import checked_name
from assay.core import Purpose, is_batch_name
from assay.errors import UsageError
from assay.files import ABSENT, write_all, yaml_block
from assay.guidelines import Level, load_guideline, version_of
from assay.labels import Plan, dump_plan, load_batches, plan_path, read_plan
from assay.lead.batch_report import Asking
from assay.lead.batch_state import able, askable_people, batch_header
from assay.lead.impact import MeasuredImpact, current_impact
from assay.project import Project, Roster, load_migrations, load_roster, order_of
from assay.quality import Impact


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """The annotators of each item, the items without an available annotator, and by item the annotators of lost votes.

    A vote is lost if it is outdated or waits, and its annotator cannot be asked and is not replaced. `already` counts by
    batch the answers that open batches ask for; the plan does not ask for them. `asking` counts the answers of the plan.
    """

    plan: Plan
    left_out: tuple[str, ...]
    losing: Mapping[str, tuple[str, ...]]
    asking: Asking
    already: Mapping[str, int]


def asked_already(project: Project, task: str, needed: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """By item, the annotators who are asked it in an open relabel batch and can answer, with that batch.

    `needed` is by item the version that an answer must follow: a batch of an earlier version does not count.

    Raises:
        ConfigError: the guideline or the plan of an open batch cannot be used.
    """
    roster, versions = load_roster(project), load_guideline(project, task).versions
    found: dict[str, dict[str, str]] = {}
    for batch in load_batches(project, task, versions, roster):
        if batch.closed or batch.purpose is not Purpose.RELABEL or batch.guideline not in versions:
            continue
        plan = read_plan(project.snapshot, task, batch.name) or {}
        there = frozenset(able(roster, {who for people in plan.values() for who in people}, task, Purpose.RELABEL))
        for item, people in plan.items():
            if item in needed and version_of(needed[item]) <= version_of(batch.guideline):
                found.setdefault(item, {}).update(dict.fromkeys(there.intersection(people), batch.name))
    return {item: people for item, people in found.items() if people}


def left_to_ask(
    roster: Roster, task: str, answered: Mapping[str, tuple[str, ...]], already: Mapping[str, Mapping[str, str]]
) -> Plan:
    """By item, the annotators who answered it and are not asked again yet; without items that no annotator can be asked."""
    there = frozenset(able(roster, {who for people in answered.values() for who in people}, task, Purpose.RELABEL))
    rest = {item: tuple(who for who in people if who not in already.get(item, ())) for item, people in answered.items()}
    return {
        item: people for item, people in rest.items() if people and (item not in already or there.intersection(people))
    }


def ask_again(
    roster: Roster,
    task: str,
    answered: Mapping[str, tuple[str, ...]],
    outgrown: Mapping[str, frozenset[str]],
    others: tuple[str, ...] = (),
    already: Mapping[str, Mapping[str, str]] | None = None,
) -> AskedAgain:
    """Assigns each item to the annotators who answered it, and one of `others` for each of them who cannot be asked.

    `outgrown` are by item the annotators whose answer is outdated or waits: they are replaced first. Others get even loads.
    Annotators who left, are away, trainees or not qualified, and annotators of imported files, are not asked. An annotator
    who is `already` asked is not asked again, and counts as a replacement.

    Raises:
        UsageError: one of the others cannot be asked, or no item has an annotator who can be asked.
    """
    instead = askable_people(roster, others, task, Purpose.RELABEL) if others else ()
    there = frozenset(able(roster, {who for people in answered.values() for who in people}, task, Purpose.RELABEL))
    elsewhere = {item: frozenset((already or {}).get(item, ())) for item in answered}
    kept = {
        item: tuple(who for who in people if who in there and who not in elsewhere[item])
        for item, people in answered.items()
    }
    plan = _replaced(answered, kept, elsewhere, there, instead)
    asked = {item: people for item, people in plan.items() if people}
    left_out = tuple(item for item, people in plan.items() if not people and not elsewhere[item])
    if left_out and not asked:
        raise UsageError(
            f"{len(left_out):,} items of {task} are to be labelled again, but none of their annotators can be asked",
            fix="name other annotators: --annotators ada,ben",
        )
    whole = {item: (*people, *elsewhere[item]) for item, people in asked.items()}
    away = Counter(who for people in answered.values() for who in people if who not in there)
    return AskedAgain(
        plan=asked,
        left_out=left_out,
        losing=lost_by(whole, answered, outgrown),
        already=Counter(
            batch for item, people in (already or {}).items() if item in answered for batch in people.values()
        ),
        asking=Asking(
            answers=sum(map(len, asked.values())),
            had=sum(len(people) - len(elsewhere[item]) for item, people in answered.items()),
            away=dict(sorted(away.items())),
            named=len(instead),
            needed=max(
                (
                    len(people) - len(kept[item]) + len(set(instead) & set(kept[item]))
                    for item, people in answered.items()
                ),
                default=0,
            ),
        ),
    )


def _replaced(
    answered: Mapping[str, tuple[str, ...]],
    kept: Plan,
    elsewhere: Mapping[str, frozenset[str]],
    there: frozenset[str],
    instead: tuple[str, ...],
) -> dict[str, tuple[str, ...]]:
    """The `kept` annotators of each item, and one of `instead` for each who is not `there`, the least loaded first.

    An annotator who is asked the item `elsewhere` and did not answer it counts as a replacement.
    """
    loads = Counter(dict.fromkeys(instead, 0))
    loads.update(who for people in kept.values() for who in people)
    plan: dict[str, tuple[str, ...]] = {}
    for item, people in answered.items():
        missing = [who for who in people if who not in there]
        free = [who for who in instead if who not in kept[item] and who not in elsewhere[item]]
        replaced = len(elsewhere[item].difference(people))
        new = sorted(free, key=lambda who: (loads[who], who))[: max(0, len(missing) - replaced)]
        loads.update(new)
        plan[item] = tuple(sorted((*kept[item], *new)))
    return plan


def lost_by(
    plan: Plan, answered: Mapping[str, tuple[str, ...]], outgrown: Mapping[str, frozenset[str]]
) -> Mapping[str, tuple[str, ...]]:
    """By item, the annotators of lost votes: outdated or waiting, and neither asked again nor replaced."""
    losing: dict[str, tuple[str, ...]] = {}
    for item, people in plan.items():
        new = sum(who not in answered.get(item, ()) for who in people)
        if lost := tuple(sorted(outgrown.get(item, frozenset()).difference(people))[new:]):
            losing[item] = lost
    return losing


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A migration that belongs to guideline `version`, while the guideline is at `now`."""

    task: str
    path: str
    version: str
    now: str

    @property
    def said(self) -> str:
        """The problem in one sentence."""
        return f"{self.path} needs guideline {self.version}, but guidelines/{self.task}.md is at {self.now}"

    @property
    def fix(self) -> str:
        """How to raise the guideline to that version."""
        command = f"assay guideline propose {self.task}"
        for level in Level:
            if str(version_of(self.now).next(level)) == self.version:
                return f"raise the guideline first: `{command} --bump {level.name.lower()}`"
        return f"raise the guideline first: `{command}`, with version {self.version} and its entry of `changes` in the text"


def migration_ahead(project: Project, task: str) -> Ahead | None:
    """The migration of a task that is furthest ahead of its guideline, or None.

    Raises:
        ConfigError: the guideline or a migration cannot be used.
    """
    now = load_guideline(project, task).version
    last = max(load_migrations(project, task), key=lambda one: one.order, default=None)
    if last is None or last.order <= order_of(now):
        return None
    return Ahead(task=task, path=last.path, version=last.guideline, now=now)


def refuse_ahead(project: Project, task: str) -> None:
    """Refuses a relabel batch while the guideline is older than a migration.

    Raises:
        UsageError: a migration needs a version that the guideline does not have yet.
        ConfigError: the guideline or a migration cannot be used.
    """
    if ahead := migration_ahead(project, task):
        raise UsageError(ahead.said, fix=f"{ahead.fix}; then draft the batch, which follows it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A drafted batch: its folder, its number of items, the items by annotator.

    `left_out` are the items without an available annotator; for `losing`, `already` and `asking` see `AskedAgain`.
    """

    folder: str
    items: int
    loads: Mapping[str, int]
    left_out: tuple[str, ...]
    losing: Mapping[str, tuple[str, ...]]
    already: Mapping[str, int]
    asking: Asking


def draft_relabel(
    project: Project, measured: MeasuredImpact, name: str, *, now: str, others: tuple[str, ...] = ()
) -> Drafted:
    """Writes the batch `name`: the items to label again, each with the annotators who answered it.

    Annotators who left, are away, trainees or not qualified, and annotators of imported files, are not asked; one of
    `others` is asked for each of them. What an open relabel batch of a recent enough version asks already is left out.
    `now` is RFC 3339, UTC.

    Raises:
        UsageError: the name is taken or not valid, a migration needs a version that the guideline does not have yet, nothing
            is to be labelled again, open batches ask for all of it, no annotator can be asked, or writing failed.
    """
    return _draft(project, measured.impact.task, measured.impact.version, measured.whole, name, now, others)


def draft_standing(project: Project, task: str, name: str, *, now: str, others: tuple[str, ...] = ()) -> Drafted:
    """Writes the batch `name` for everything that waits or is outdated in a task now; see `draft_relabel`.

    Raises:
        UsageError: as `draft_relabel`, or unknown task.
        ConfigError: guideline, schema or a migration cannot be used.
    """
    version = load_guideline(project, project.task(task).name).version
    return _draft(project, task, version, current_impact(project, task), name, now, others)


def _draft(  # noqa: PLR0913, PLR0917 - what a batch is made of
    project: Project, task: str, version: str, whole: Impact, name: str, now: str, others: tuple[str, ...]
) -> Drafted:
    checked_name(name, "batch", is_batch_name)
    folder = f"labels/{task}/{name}"
    if (project.root / folder).exists() or (project.root / folder).is_symlink():
        raise UsageError(f"{task} already has a batch {name!r}", fix="choose another name")
    refuse_ahead(project, task)
    already = asked_already(project, task, whole.needed)
    asked = ask_again(load_roster(project), task, whole.plan, whole.outgrown, others, already)
    if not asked.plan and asked.already:
        raise UsageError(
            f"open batches already ask for all items of {task} to be labelled again: {', '.join(sorted(asked.already))}",
            fix="answer them there and run `assay batch close`, or remove the folder of a draft that is not needed",
        )
    if not asked.plan:
        raise UsageError(
            f"no item of {task} is to be labelled again",
            fix="`assay guideline impact` lists what an edit affects, `assay migrate` what waits",
        )
    stated = batch_header(Purpose.RELABEL, now, version, {who for people in asked.plan.values() for who in people})
    if len(sizes := {len(people) for people in asked.plan.values()}) == 1:
        stated["overlap"] = sizes.pop()
    files = {f"{folder}/batch.yaml": yaml_block(stated).encode(), plan_path(task, name): dump_plan(asked.plan)}
    write_all(project.root, files, was=dict.fromkeys(files, ABSENT))
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
