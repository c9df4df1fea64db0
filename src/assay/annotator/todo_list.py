"""`assay todo`: what is mine, what came back, what waits to be handed out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import msgspec
from msgspec import UNSET

from assay.annotator.blind import asked_items
from assay.annotator.branches import is_only_here, own_branch, unsent_branches, unsent_proposals
from assay.annotator.own_files import Part, Votes, parse_votes, parts_among, read_votes
from assay.annotator.submission import waiting
from assay.annotator.todo_report import BatchWork, GuidelineNews, Kept, News, SentBack, Stuck, Suggestion, Todo, Waiting
from assay.annotator.unmerged import unmerged_answers
from assay.core import Batch, Role
from assay.files import WORK, inside, stream_lines
from assay.git import (
    GitState,
    WorkState,
    count_commits,
    hold_readable,
    is_repository,
    last_fetched,
    unfinished,
    work_tree,
)
from assay.guidelines import Guideline, load_guideline, ordered_changes
from assay.labels import Annotation, Layout, Unmerged, lay_out, load_batches, returns_to, unread_text, workload
from assay.lead import asked_already, left_to_ask, migration_ahead, standing
from assay.project import Project, Roster, load_migrations, order_of
from assay.quality import people_by_item


def waiting_work(project: Project, who: str, roster: Roster) -> Iterator[Waiting]:
    """For a lead all tasks, for an owner of a guideline its task: what `unasked_in` finds there.

    Raises:
        ConfigError, UsageError: as `unasked_in`.
    """
    entry = roster.annotators.get(who)
    for task in project.tasks:
        mine = entry is not None and (entry.role is Role.LEAD or who in load_guideline(project, task).owners)
        if mine and (found := unasked_in(project, task, roster)):
            yield found


def unasked_in(project: Project, task: str, roster: Roster) -> Waiting | None:
    """What waits in current answers of a task, or is outdated there, and is asked of nobody; None where nothing is.

    The labels are read only where the task has migrations, or a version that may make labels outdated.

    Raises:
        ConfigError: guideline, schema, a migration or the plan of an open batch cannot be used.
        UsageError: a file may not be read.
    """
    later = ordered_changes(load_guideline(project, task))[1:]
    replacing = any(change.affects and change.policy != "grandfather" for change in later)
    if not (replacing or load_migrations(project, task)):
        return None
    whole = standing(project, task)
    left = left_to_ask(roster, task, whole.plan, asked_already(project, task, whole.needed))
    waiting, outdated = (people_by_item(whole.corpus, rows) for rows in (whole.waits, whole.outdated & ~whole.waits))
    votes, old = (sum(len(people) for item, people in some.items() if item in left) for some in (waiting, outdated))
    if not votes + old:
        return None
    redo, ahead = whole.redo_of(left), migration_ahead(project, task)
    return Waiting(
        task=task,
        votes=votes,
        outdated=old,
        items=redo.items,
        answers=redo.annotations,
        hours=redo.hours,
        command=f"assay migrate round {task} {_free_name(project, task, ahead.version if ahead else '')}",
        first=f"{ahead.said}; {ahead.fix}" if ahead else "",
    )


def _free_name(project: Project, task: str, version: str) -> str:
    """A name that no batch has: the version that is followed from now on, which says what the batch is for."""
    name = f"relabel-{(version or load_guideline(project, task).version).replace('.', '-')}"
    taken = lay_out(project.snapshot, task, project.task(task).pool).batches
    number = 1
    while (free := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return free


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What somebody has in one task: their votes by batch, in open ones those of their other branches too, and the files around."""

    task: str
    who: str
    layout: Layout
    guideline: Guideline
    batches: Mapping[str, Batch]
    votes: Mapping[str, Votes]
    asked: Mapping[str, frozenset[str]]
    unmerged: Unmerged


def todo(project: Project, who: str, *, roster: Roster) -> Todo:
    """Reads the plans of open batches and somebody's own files; for who can hand out work, what waits after migrations or is outdated.

    Raises:
        ConfigError: a guideline, or the plan of an open batch, is broken.
        UsageError: a file may not be read, or git's own files are damaged here.
    """
    hold_readable(project.root)
    state = GitState(project.root) if is_repository(project.root) else None
    tree = work_tree(project.root) if state else WorkState(changed=frozenset(), untracked=frozenset())
    unmerged = unmerged_answers(project, who, roster, state) if state else Unmerged()
    desks = [_desk(project, task, who, roster, unmerged) for task in project.tasks]
    unsent = frozenset(part.path for part in parts_among(tree.changed | tree.untracked, who))
    work = [one for desk in desks for one in _open_work(project, desk, unsent)]
    listed = {one.task for one in work}
    batches = tuple(sorted(work, key=lambda one: (not one.returned, one.created, one.task, one.batch)))
    kept, asked_of_nobody = _kept(state, tree, who) if state else (), tuple(waiting_work(project, who, roster))
    return Todo(
        who=who,
        batches=batches,
        guidelines=tuple(_news(project.root, desk) for desk in desks if desk.task in listed),
        next=_next(state, batches, kept, who) or next((one.command for one in asked_of_nobody), ""),
        behind=_behind(state) if state else 0,
        kept=kept,
        unfinished=unfinished(project.root) if state else "",
        waiting=asked_of_nobody,
        stuck=tuple(one for desk in desks for one in _stuck(project, desk)),
        unread=tuple(map(unread_text, unmerged.unread)),
        fetched=last_fetched(project.root) if state and state.base_remote else None,
    )


def _desk(project: Project, task: str, who: str, roster: Roster, unmerged: Unmerged) -> _Desk:
    guideline = load_guideline(project, task)
    batches = load_batches(project, task, guideline.versions, roster)
    parts = {one.name: Part(task=task, batch=one.name, who=who) for one in batches}
    asked = {one.name: _asked(project, parts[one.name]) for one in batches if not one.closed}
    return _Desk(
        task=task,
        who=who,
        layout=lay_out(project.snapshot, task, project.task(task).pool),
        guideline=guideline,
        batches={batch.name: batch for batch in batches},
        votes={name: _votes(project.root, part, asked.get(name), unmerged) for name, part in parts.items()},
        asked=asked,
        unmerged=unmerged,
    )


def _votes(root: Path, part: Part, asked: frozenset[str] | None, unmerged: Unmerged) -> Votes:
    here = read_votes(root, part)
    if not asked or part.path not in unmerged.elsewhere:
        return here
    return replace(parse_votes(unmerged.over(here.own, asked).own.data, part), faults=here.faults)


def _open_work(project: Project, desk: _Desk, unsent: frozenset[str]) -> list[BatchWork]:
    asked = ((batch, desk.asked.get(batch.name)) for batch in desk.batches.values())
    return [_work(project, desk, batch, items, unsent) for batch, items in asked if items]


def _stuck(project: Project, desk: _Desk) -> Iterator[Stuck]:
    """What came back in closed batches that count and is not settled, unless a later batch asks for it."""
    asked: frozenset[str] = frozenset()
    for batch in sorted(desk.batches.values(), key=lambda one: (one.created, one.name), reverse=True):
        own = desk.votes[batch.name].own
        if batch.closed and batch.counts:
            returns = returns_to(project.snapshot, desk.layout, batch.name, desk.who)
            items = sorted(workload((), own, returns).sent_back.keys() - asked)
            if items:
                yield Stuck(task=desk.task, batch=batch.name, items=tuple(items))
        asked |= _asked(project, Part(task=desk.task, batch=batch.name, who=desk.who)) if batch.counts else frozenset()


def _asked(project: Project, part: Part) -> frozenset[str]:
    """The items asked of somebody; a batch without a plan asks nobody anything."""
    return asked_items(project.snapshot, part) or frozenset()


def _work(project: Project, desk: _Desk, batch: Batch, asked: frozenset[str], unsent: frozenset[str]) -> BatchWork:
    votes, snapshot = desk.votes[batch.name], project.snapshot
    here = read_votes(project.root, Part(task=desk.task, batch=batch.name, who=desk.who)).own
    taken = Counter(desk.unmerged.over(here, asked).taken.values())
    load = workload(asked, votes.own, returns_to(snapshot, desk.layout, batch.name, desk.who))
    returned = tuple(SentBack(item=one.item, why=one.why, at=one.at) for one in load.sent_back.values())
    seconds = [record.seconds for record in votes.records if record.seconds is not UNSET]
    pace = float(median(seconds)) if seconds else None
    waiting = len(load.open) + len(returned)
    return BatchWork(
        task=desk.task,
        batch=batch.name,
        purpose=batch.purpose,
        guideline=batch.guideline,
        created=batch.created,
        asked=len(asked),
        done=len(load.done),
        skipped=sum(record.skip is not UNSET for record in votes.records if record.item in asked),
        returned=returned,
        median_seconds=pace,
        seconds_left=None if pace is None else round(pace * waiting, 1),
        unreadable=votes.faults,
        unsent=votes.own.path in unsent,
        unmerged=len(desk.unmerged.waiting(votes.own) & asked),
        elsewhere=dict(sorted(taken.items())),
        notes=tuple(desk.unmerged.doubts(here, asked)),
    )


def _news(root: Path, desk: _Desk) -> GuidelineNews:
    followed = _followed(desk)
    newer = [one for one in desk.guideline.changes if followed and order_of(one.version) > order_of(followed)]
    kept = _suggestions(root, desk.task)
    return GuidelineNews(
        task=desk.task,
        version=desk.guideline.version,
        followed=followed,
        changes=tuple(
            News(version=one.version, date=one.date, summary=one.summary)
            for one in sorted(newer, key=lambda one: order_of(one.version))
        ),
        suggestions=len(kept),
        newest=max(kept, key=lambda one: one.at, default=None),
    )


def _followed(desk: _Desk) -> str:
    """The version of somebody's latest record of the task; where no record has a time, the highest version."""
    made = [
        ("" if record.at is UNSET else record.at, version)
        for name, votes in desk.votes.items()
        for record in votes.records
        if (version := _version(record, desk.batches[name])) in desk.guideline.versions
    ]
    return max(made, key=lambda one: (one[0], order_of(one[1])), default=("", ""))[1]


def _version(record: Annotation, batch: Batch) -> str:
    return batch.guideline if record.guideline is UNSET else record.guideline


def _suggestions(root: Path, task: str) -> list[Suggestion]:
    """What was suggested on the page of this clone; a line that is none is left out."""
    place = inside(root, f"{WORK}/suggestions/{task}.jsonl")
    if not place.is_file():
        return []
    kept = []
    for _, data in stream_lines(place):
        try:
            kept.append(msgspec.json.decode(data or b"", type=Suggestion))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
    return kept


def _behind(state: GitState) -> int:
    """How many commits the default branch has that HEAD lacks."""
    default, head = state.default.reference, state.commit("HEAD")
    if not default or head is None or head == state.commit(default):
        return 0
    return count_commits(state.root, "HEAD", default)


def _kept(state: GitState, tree: WorkState, who: str) -> tuple[Kept, ...]:
    """What is committed here and was not sent, each with the commands that send it."""
    if state.commit("HEAD") is None:
        return ()
    here, loose = state.branch, tree.changed | tree.untracked
    answers = (
        Kept(branch=name, commands=(*_going_to(name, here), "assay submit")) for name in unsent_branches(state, who)
    )
    proposals = (
        Kept(branch=name, commands=(*_going_to(name, here), f"assay guideline propose {task} --push"))
        for name, task in unsent_proposals(state, who)
    )
    errands = (
        Kept(branch=one.branch, commands=(one.typed,), committed=not loose.intersection(one.paths))
        for one in waiting(state.root, who)
        if loose.intersection(one.paths)
        or (state.commit(f"refs/heads/{one.branch}") and is_only_here(state, one.branch))
    )
    return (*answers, *proposals, *errands)


def _going_to(name: str, here: str) -> tuple[str, ...]:
    if name == here:
        return ()
    named = own_branch(name)
    return (f"assay start {named.part.task} {named.part.batch}" if named else f"git switch {name}",)


def _next(state: GitState | None, batches: Sequence[BatchWork], kept: Sequence[Kept], who: str) -> str:
    """The one command to type; empty where nothing waits."""
    here = own_branch(state.branch) if state else None
    on = here.part if here is not None and here.part.who == who else None
    current = next((one for one in batches if on and (one.task, one.batch) == (on.task, on.batch)), None)
    if any(one.unreadable for one in batches):
        return "assay check --mine"
    if current is not None and current.open:
        return f"assay annotate {current.task} {current.batch}"
    if any(one.unsent for one in batches):
        return "assay submit"
    if kept:
        return kept[0].commands[0]
    waiting = next((one for one in batches if one.open), None)
    if waiting is None:
        return ""
    verb = "start" if state else "annotate"
    return f"assay {verb} {waiting.task} {waiting.batch}"
