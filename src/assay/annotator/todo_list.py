"""`assay todo`: assigned work, returned answers, work that is to be assigned."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from statistics import median

from msgspec import UNSET

from assay import git
from assay.annotator.blind import asked_items
from assay.annotator.branches import is_only_here, own_branch, unsent_branches, unsent_proposals
from assay.annotator.own_files import Part, Votes, parse_votes, parts_among, read_votes
from assay.annotator.proposal_batch import read_suggestions
from assay.annotator.submission import unsent_commands
from assay.annotator.todo_report import (
    BatchWork,
    GuidelineNews,
    NewestSuggestion,
    News,
    ReturnedInClosed,
    Todo,
    UnassignedWork,
    UnsentBranch,
)
from assay.annotator.unmerged import unmerged_answers
from assay.core import Batch, Role
from assay.guidelines import Guideline, load_guideline, ordered_changes
from assay.labels import Layout, Unmerged, lay_out, load_batches, returns_to, unread_text, workload
from assay.lead import asked_already, current_impact, left_to_ask, migration_ahead
from assay.project import Project, Roster, load_migrations, order_of
from assay.quality import people_by_item


def unassigned_by_task(project: Project, who: str, roster: Roster) -> Iterator[UnassignedWork]:
    """The unassigned work that `unassigned_work` finds: for a lead in all tasks, for an owner of a guideline in its task.

    Raises:
        ConfigError, UsageError: as `unassigned_work`.
    """
    entry = roster.annotators.get(who)
    for task in project.tasks:
        mine = entry is not None and (entry.role is Role.LEAD or who in load_guideline(project, task).owners)
        if mine and (found := unassigned_work(project, task, roster)):
            yield found


def unassigned_work(project: Project, task: str, roster: Roster) -> UnassignedWork | None:
    """The current answers of a task that need re-annotation and are assigned to nobody; None where there are none.

    The labels are read only where the task has migrations, or a version that may make labels outdated.

    Raises:
        ConfigError: guideline, schema, a migration or the plan of an open batch cannot be used.
        UsageError: a file may not be read.
    """
    later = ordered_changes(load_guideline(project, task))[1:]
    replacing = any(change.affects and change.policy != "grandfather" for change in later)
    if not (replacing or load_migrations(project, task)):
        return None
    whole = current_impact(project, task)
    left = left_to_ask(roster, task, whole.plan, asked_already(project, task, whole.needed))
    waiting, outdated = (people_by_item(whole.corpus, rows) for rows in (whole.waits, whole.outdated & ~whole.waits))
    votes, old = (sum(len(people) for item, people in some.items() if item in left) for some in (waiting, outdated))
    if not votes + old:
        return None
    redo, ahead = whole.redo_of(left), migration_ahead(project, task)
    version = ahead.version if ahead else load_guideline(project, task).version
    free = f"relabel-{version.replace('.', '-')}"
    taken = lay_out(project.snapshot, task, project.task(task).pool).batches
    numbered = (name for number in count(2) if (name := f"{free}-{number}") not in taken)
    return UnassignedWork(
        task=task,
        votes=votes,
        outdated=old,
        items=redo.items,
        answers=redo.annotations,
        hours=redo.hours,
        command=f"assay migrate batch {task} {free if free not in taken else next(numbered)}",
        first=f"{ahead.said}; {ahead.fix}" if ahead else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _TaskWork:
    """One task of an annotator: their votes by batch, in open ones with those of their other branches, and what they depend on."""

    task: str
    who: str
    layout: Layout
    guideline: Guideline
    batches: Mapping[str, Batch]
    votes: Mapping[str, Votes]
    asked: Mapping[str, frozenset[str]]
    unmerged: Unmerged


def todo(project: Project, who: str, *, roster: Roster) -> Todo:
    """The annotator's work in open batches; for those who assign work, also what needs re-annotation.

    Raises:
        ConfigError: a guideline, or the plan of an open batch, is broken.
        UsageError: a file cannot be read, or the repository is damaged.
    """
    git.require_readable(project.root)
    state = git.GitState(project.root) if git.is_repository(project.root) else None
    tree = git.work_tree(project.root) if state else git.WorkState(changed=frozenset(), untracked=frozenset())
    unmerged = unmerged_answers(project, who, roster, state) if state else Unmerged()
    by_task = [_task_work(project, task, who, roster, unmerged) for task in project.tasks]
    unsent = frozenset(part.path for part in parts_among(tree.changed | tree.untracked, who))
    open_batches = [
        _work(project, work, work.batches[name], items, unsent)
        for work in by_task
        for name, items in work.asked.items()
        if items
    ]
    listed = {one.task for one in open_batches}
    batches = tuple(sorted(open_batches, key=lambda one: (not one.returned, one.created, one.task, one.batch)))
    kept, asked_of_nobody = _kept(state, tree, who) if state else (), tuple(unassigned_by_task(project, who, roster))
    default, head = (state.default.reference, state.commit("HEAD")) if state else ("", None)
    is_behind = state is not None and default and head and head != state.commit(default)
    return Todo(
        who=who,
        batches=batches,
        guidelines=tuple(_news(project.root, work) for work in by_task if work.task in listed),
        next=_next(state, batches, kept, who) or next((one.command for one in asked_of_nobody), ""),
        behind=git.count_commits(project.root, "HEAD", default) if is_behind else 0,
        kept=kept,
        unfinished=git.unfinished(project.root) if state else "",
        waiting=asked_of_nobody,
        stuck=tuple(one for work in by_task for one in _returned_in_closed(project, work)),
        unread=tuple(map(unread_text, unmerged.unread)),
        fetched=git.last_fetched(project.root) if state and state.base_remote else None,
    )


def _task_work(project: Project, task: str, who: str, roster: Roster, unmerged: Unmerged) -> _TaskWork:
    guideline = load_guideline(project, task)
    batches = load_batches(project, task, guideline.versions, roster)
    parts = {one.name: Part(task=task, batch=one.name, who=who) for one in batches}
    asked = {one.name: _asked(project, parts[one.name]) for one in batches if not one.closed}
    votes = {name: read_votes(project.root, part) for name, part in parts.items()}
    for name in [name for name, items in asked.items() if items and parts[name].path in unmerged.elsewhere]:
        data = unmerged.over(votes[name].own, asked[name]).own.data
        votes[name] = replace(parse_votes(data, parts[name]), faults=votes[name].faults)
    return _TaskWork(
        task=task,
        who=who,
        layout=lay_out(project.snapshot, task, project.task(task).pool),
        guideline=guideline,
        batches={batch.name: batch for batch in batches},
        votes=votes,
        asked=asked,
        unmerged=unmerged,
    )


def _returned_in_closed(project: Project, work: _TaskWork) -> Iterator[ReturnedInClosed]:
    """Unsettled returns in closed batches that count, unless a later batch has the item."""
    counting = [batch for batch in work.batches.values() if batch.counts]
    counting.sort(key=lambda one: (one.created, one.name), reverse=True)
    for place, batch in enumerate(counting):
        returns = returns_to(project.snapshot, work.layout, batch.name, work.who) if batch.closed else ()
        if sent := workload((), work.votes[batch.name].own, returns).sent_back.keys():
            later = (Part(task=work.task, batch=one.name, who=work.who) for one in counting[:place])
            if items := sorted(sent - frozenset().union(*(_asked(project, one) for one in later))):
                yield ReturnedInClosed(task=work.task, batch=batch.name, items=tuple(items))


def _asked(project: Project, part: Part) -> frozenset[str]:
    """The assigned items; a batch without a plan has none."""
    return asked_items(project.snapshot, part) or frozenset()


def _work(project: Project, work: _TaskWork, batch: Batch, asked: frozenset[str], unsent: frozenset[str]) -> BatchWork:
    votes, snapshot = work.votes[batch.name], project.snapshot
    here = read_votes(project.root, Part(task=work.task, batch=batch.name, who=work.who)).own
    taken = Counter(work.unmerged.over(here, asked).taken.values())
    load = workload(asked, votes.own, returns_to(snapshot, work.layout, batch.name, work.who))
    returned = tuple(load.sent_back.values())
    seconds = [record.seconds for record in votes.records if record.seconds is not UNSET]
    pace = float(median(seconds)) if seconds else None
    waiting = len(load.open) + len(returned)
    return BatchWork(
        task=work.task,
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
        unmerged=len(work.unmerged.waiting(votes.own) & asked),
        elsewhere=dict(sorted(taken.items())),
        notes=tuple(work.unmerged.doubts(here, asked)),
    )


def _news(root: Path, work: _TaskWork) -> GuidelineNews:
    """The changes since the version of their latest record; where no record has a time, since the highest version."""
    versions, made = work.guideline.versions, []
    for name, votes in work.votes.items():
        for record in votes.records:
            version = work.batches[name].guideline if record.guideline is UNSET else record.guideline
            if version in versions:
                made.append(("" if record.at is UNSET else record.at, order_of(version), version))
    followed = max(made)[2] if made else ""
    newer = [one for one in work.guideline.changes if followed and order_of(one.version) > order_of(followed)]
    suggestions = read_suggestions(root, work.task)
    last = max(suggestions, key=lambda one: one.at, default=None)
    return GuidelineNews(
        task=work.task,
        version=work.guideline.version,
        followed=followed,
        changes=tuple(
            News(version=one.version, date=one.date, summary=one.summary)
            for one in sorted(newer, key=lambda one: order_of(one.version))
        ),
        suggestions=len(suggestions),
        newest=NewestSuggestion(at=last.at, section=last.section, item=last.item, text=last.text) if last else None,
    )


def _kept(state: git.GitState, tree: git.WorkState, who: str) -> tuple[UnsentBranch, ...]:
    """Commits here that were not sent, each with the commands that send them."""
    if state.commit("HEAD") is None:
        return ()
    here, loose = state.branch, tree.changed | tree.untracked
    answers = (
        UnsentBranch(branch=name, commands=(*_going_to(name, here), "assay submit"))
        for name in unsent_branches(state, who)
    )
    proposals = (
        UnsentBranch(branch=name, commands=(*_going_to(name, here), f"assay guideline propose {task} --push"))
        for name, task in unsent_proposals(state, who)
    )
    errands = (
        UnsentBranch(branch=one.branch, commands=(one.typed,), committed=not loose.intersection(one.paths))
        for one in unsent_commands(state.root, who)
        if loose.intersection(one.paths)
        or (state.commit(f"refs/heads/{one.branch}") and is_only_here(state, one.branch))
    )
    return (*answers, *proposals, *errands)


def _going_to(name: str, here: str) -> tuple[str, ...]:
    if name == here:
        return ()
    named = own_branch(name)
    return (f"assay start {named.part.task} {named.part.batch}" if named else f"git switch {name}",)


def _next(state: git.GitState | None, batches: Sequence[BatchWork], kept: Sequence[UnsentBranch], who: str) -> str:
    """The next command; empty where there is nothing to do."""
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
