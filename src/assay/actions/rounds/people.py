"""Who can be asked."""

from collections.abc import Iterable

from assay.errors import UsageError
from assay.model.project import Annotator, Kind, Purpose, Status
from assay.project.identity import stated_as
from assay.project.roster import Roster


def askable_people(roster: Roster, names: Iterable[str], task: str, purpose: Purpose) -> tuple[str, ...]:
    """The people, sorted, each once.

    Raises:
        UsageError: nobody is named, or one of them is unknown, a model, away, still learning, or not qualified.
    """
    people = tuple(sorted(set(names)))
    if not people:
        raise UsageError("nobody is asked", hint="name people of the roster: --annotators ada,ben")
    refusals = (_refusal(stated_as(roster, name), task, purpose) for name in people)
    if refusal := next(filter(None, refusals), None):
        raise refusal
    return people


def able(roster: Roster, names: Iterable[str], task: str, purpose: Purpose) -> tuple[str, ...]:
    """Those of the names that can be asked, sorted."""
    return tuple(name for name in sorted(set(names)) if _can(roster, name, task, purpose))


def is_gone(roster: Roster, name: str) -> bool:
    """Whether somebody takes no part any more, or not for now: away, excluded, or in the roster no more."""
    entry = roster.annotators.get(name)
    if entry is None:
        return not roster.knows(name)
    return entry.status not in {Status.ACTIVE, Status.TRAINEE}


def refuse_no_model(roster: Roster, name: str) -> None:
    """Refuses what cannot suggest labels.

    Raises:
        UsageError: the roster has no model of that name.
    """
    entry = roster.annotators.get(name)
    if entry is None or entry.kind is not Kind.MODEL:
        models = ", ".join(one.id for one in roster.annotators.values() if one.kind is Kind.MODEL) or "none yet"
        add = "" if entry else f"; `assay annotator add {name} --kind model` adds one"
        raise UsageError(f"--prelabels {name}: the roster has no model of that name", hint=f"models: {models}{add}")


def _can(roster: Roster, name: str, task: str, purpose: Purpose) -> bool:
    entry = roster.annotators.get(name)
    known = entry is not None and entry.kind is Kind.PERSON and not name.startswith("@")
    return known and _refusal(roster.annotators[name], task, purpose) is None


def _refusal(annotator: Annotator, task: str, purpose: Purpose) -> UsageError | None:
    name, learning = annotator.id, purpose is Purpose.QUALIFY
    place = f"labels/annotators/{name}.yaml"
    if annotator.status is Status.TRAINEE and not learning:
        hint = f"let {name} qualify (--purpose qualify), then write `status: active` in {place}"
        return UsageError(f"{name} is a trainee", hint=hint)
    if annotator.status not in {Status.ACTIVE, Status.TRAINEE}:
        return UsageError(f"{name} {annotator.status.said}", hint=f"ask somebody else, or change `status` in {place}")
    if not learning and annotator.qualified is not None and task not in annotator.qualified:
        hint = f"let {name} qualify (--purpose qualify), then add {task} to `qualified` in {place}"
        return UsageError(f"{name} is not qualified for {task}", hint=hint)
    return None
