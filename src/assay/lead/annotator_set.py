"""`assay annotator add` and `set`: a roster entry, and what changing it does to votes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from assay.clone import Written, checked_name, found
from assay.core import Annotator, Json, JsonObject, Role, Status, VotesTaken, is_annotator_name
from assay.errors import ConfigError, UsageError
from assay.files import (
    ABSENT,
    JsonFault,
    add_member,
    digest_bytes,
    inside,
    load_yaml,
    parse_strict,
    read_bytes,
    remove_key,
    set_entry,
    set_scalar,
    write_all,
    yaml_block,
)
from assay.guidelines import load_guideline
from assay.labels import SOURCE_ANNOTATOR, dump_record, load_corpus
from assay.lead.batch_state import load_rounds
from assay.project import ANNOTATORS, IDENTITIES, SOURCES, Project, Roster, entry_in, is_day, load_roster, load_schema
from assay.quality import votes_taken
from assay.render import count


def add_annotator(project: Project, new: Annotator) -> Written:
    """Writes the roster entry of a person or a model. `qualified` None states nothing: every task.

    An entry that stands there already and says just that stays as it is.

    Raises:
        UsageError: the id cannot be used or is taken, a task does not exist, somebody else has the
            handle or e-mail, or status and date do not go together.
    """
    checked_name(new.id, "annotator", is_annotator_name)
    path = f"{ANNOTATORS}/{new.id}.yaml"
    place, data = project.root / path, yaml_block(_entry(new)).encode()
    if place.is_file() and not place.is_symlink() and read_bytes(place) == data:
        return found(path)
    if place.exists() or place.is_symlink():
        raise UsageError(f"{new.id} is in the roster already", fix=f"edit {path} to change the entry")
    _refuse_undated(new)
    for task in new.qualified or ():
        project.task(task)
    refuse_shared(load_roster(project), new)
    write_all(project.root, {path: data}, was={path: ABSENT})
    return Written(path=path)


def _refuse_undated(new: Annotator) -> None:
    if new.status is Status.LEFT:
        raise UsageError("nobody who is added has left", fix="`assay annotator set ID --status left` when they leave")
    if new.since and not is_day(new.since):
        raise UsageError(f"--since {new.since}: no day that there is", fix="--since YYYY-MM-DD")
    if new.status is Status.PAUSED and not new.since:
        raise UsageError("who is paused is so since a day", fix="--since YYYY-MM-DD; votes made before it count")
    if new.status is Status.EXCLUDED and new.since:
        raise UsageError("`excluded` takes out every vote, so no --since goes with it", fix="leave --since away")


def refuse_shared(roster: Roster, new: Annotator) -> None:
    """Refuses a handle or e-mail that another entry of the roster has, and what is no e-mail address.

    Raises:
        UsageError: it is one of these.
    """
    if odd := next((email for email in new.emails if "@" not in email.strip("@")), None):
        raise UsageError(f"{odd!r} is no e-mail address", fix="--email NAME@EXAMPLE.ORG")
    for other in roster.annotators.values():
        if same := _names(other.handle, other.emails) & _names(new.handle, new.emails):
            raise UsageError(
                f"{other.id} has {min(same)} already, and one person has one entry",
                fix=f"leave it away here, or take it out of {ANNOTATORS}/{other.id}.yaml",
            )


def _names(handle: str, emails: Iterable[str]) -> set[str]:
    return {text.casefold() for text in (handle, *emails) if text}


def _entry(new: Annotator) -> JsonObject:
    entry: JsonObject = {"kind": new.kind.value, "role": new.role.value, "status": new.status.value}
    if new.since:
        entry["since"] = new.since
    if new.handle:
        entry["handle"] = new.handle
    if new.emails:
        entry["emails"] = list(dict.fromkeys(new.emails))
    if new.groups:
        entry["groups"] = dict(new.groups)
    if new.qualified is not None:
        entry["qualified"] = list(dict.fromkeys(new.qualified))
    return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChange:
    """What is to stand in an entry; None, and what is not named, stays. E-mails and groups come beside those there."""

    status: Status | None = None
    since: str | None = None
    role: Role | None = None
    handle: str | None = None
    emails: tuple[str, ...] = ()
    groups: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Slots that somebody who can no longer be asked has open in a batch."""

    task: str
    batch: str
    slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEntry:
    """An entry as it will be written, what it does to votes by task, and what its owner leaves open.

    `unknown` are the tasks of which nobody can tell, each with the reason; `notes` say what was chosen without a word.
    """

    who: str
    path: str
    data: bytes
    was: str
    taken: tuple[VotesTaken, ...]
    waiting: tuple[Waiting, ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def already(self) -> bool:
        """Whether the file says all that already."""
        return digest_bytes(self.data) == self.was


def plan_entry(project: Project, who: str, change: EntryChange, *, today: str) -> PlannedEntry:
    """What the file of an entry will be, and what follows from it; nothing is written.

    `today` is the date from which on whoever leaves or pauses is away where no other is given.

    Raises:
        UsageError: there is no such entry, or the change cannot be.
        ConfigError: the entry is broken, or written in a way that this cannot change.
    """
    roster = load_roster(project)
    one = entry_of(roster, who)
    whose = roster.same.get(who)
    if whose and change.status not in {None, Status.ACTIVE}:
        raise UsageError(
            f"{who} is {whose} by {IDENTITIES}, and whose votes count stands in the entry of {whose}",
            fix=f"assay annotator set {whose} --status {change.status}",
        )
    refuse_shared(
        replace(roster, annotators={name: other for name, other in roster.annotators.items() if name != who}),
        replace(one, handle=change.handle or "", emails=change.emails),
    )
    path = f"{SOURCES}/{who.partition('/')[0][1:]}.jsonl" if who.startswith("@") else f"{ANNOTATORS}/{who}.yaml"
    before = read_bytes(inside(project.root, path))
    since, notes = _dated(one, change, today)
    change = replace(change, since=since)
    data, entry = (
        _in_source(before, path, who, change) if who.startswith("@") else edited_entry(before, path, who, change)
    )
    people = {**roster.annotators, who: entry}
    same = (one.counts, one.until) == (entry.counts, entry.until)
    taken, unknown = ((), ()) if same else _taken(project, people)
    last = _last_lead(roster.annotators, people)
    return PlannedEntry(
        who=who,
        path=path,
        data=data,
        was=digest_bytes(before),
        taken=taken,
        waiting=tuple(_waiting(project, replace(roster, annotators=people), who)),
        unknown=unknown,
        notes=(*notes, *last),
    )


def write_entry(project: Project, planned: PlannedEntry) -> None:
    """Writes the entry over the file that it was planned from.

    Raises:
        UsageError: the file has changed since, or the disk refuses.
    """
    if not planned.already:
        write_all(project.root, {planned.path: planned.data}, was={planned.path: planned.was})


def entry_of(roster: Roster, who: str) -> Annotator:
    """The entry of somebody.

    Raises:
        UsageError: there is none.
        ConfigError: it is broken.
    """
    if who in roster.annotators:
        return roster.annotators[who]
    if broken := next((one for one in roster.findings if one.annotator == who), None):
        raise ConfigError(f"{broken.at.path}:{broken.at.line} {broken.message}", fix=broken.fix)
    raise UsageError(
        f"{who!r} is not in the roster",
        fix="names of sources come with an import: labels/sources/SOURCE.jsonl lists those of each"
        if who.startswith("@")
        else f"`assay annotator add {who}` writes a new entry",
    )


def _dated(one: Annotator, change: EntryChange, today: str) -> tuple[str | None, tuple[str, ...]]:
    """The date that is to stand (empty: none; None: what is there), and what is said of a date that nobody gave."""
    status = one.status if change.status is None else change.status
    if change.since is not None:
        if not is_day(change.since):
            raise UsageError(f"--since {change.since}: no day that there is", fix="--since YYYY-MM-DD")
        if status is Status.EXCLUDED:
            raise UsageError(
                "`excluded` takes out every vote, whenever it was made, so no --since goes with it",
                fix="--status left --since DATE keeps the votes made before that day",
            )
        return change.since, ()
    if change.status is None:
        return None, ()
    if status not in {Status.PAUSED, Status.LEFT}:
        return "", (f"since {one.since} is taken out",) if one.since else ()
    if one.until:
        return one.until, (f"since stays {one.until}",) if status is not one.status else ()
    return today, (f"no --since was given: since {today}, today in UTC",)


def edited_entry(before: bytes, path: str, who: str, change: EntryChange) -> tuple[bytes, Annotator]:
    """The file of a person or model with the change in it: only the lines that must change do."""
    stated = load_yaml(before, path).value
    there: JsonObject = stated if isinstance(stated, dict) else {}
    text = before.decode("utf-8")
    usual: dict[str, Json] = {"status": Status.ACTIVE.value, "role": Role.ANNOTATOR.value}
    wanted = {"status": change.status, "since": change.since, "role": change.role, "handle": change.handle}
    for key, value in wanted.items():
        if value == "":
            text = remove_key(text, path, key)
        elif value is not None and value != there.get(key, usual.get(key)):
            text = set_scalar(text, path, key, str(value))
    known = there.get("emails")
    for email in dict.fromkeys(change.emails):
        if email not in (known if isinstance(known, list) else ()):
            text = add_member(text, path, "emails", email)
    groups = there.get("groups")
    for name, said in change.groups.items():
        if not isinstance(groups, dict) or groups.get(name) != said:
            text = set_entry(text, path, "groups", name, said)
    return text.encode(), entry_in(text.encode(), path, who)


def _in_source(before: bytes, path: str, who: str, change: EntryChange) -> tuple[bytes, Annotator]:
    """The file of a source with one line changed."""
    if change.role is not None or change.handle is not None or change.emails:
        raise UsageError(f"{who} is of a source, and has no role, handle or e-mail", fix="leave these away")
    lines = before.split(b"\n")
    place, there = next(_lines_of(lines, who))
    record = dict(there)
    if change.status is not None and change.status != there.get("status", Status.ACTIVE.value):
        record["status"] = change.status.value
    if change.since is not None:
        record["since"] = change.since
    if change.groups:
        groups = there.get("groups")
        record["groups"] = {**(groups if isinstance(groups, dict) else {}), **change.groups}
    if record.get("since") == "":
        del record["since"]
    line = lines[place] if record == there else dump_record(SOURCE_ANNOTATOR, record)
    return b"\n".join([*lines[:place], line, *lines[place + 1 :]]), entry_in(line, path, who)


def _lines_of(lines: Sequence[bytes], who: str) -> Iterator[tuple[int, JsonObject]]:
    for number, line in enumerate(lines):
        with suppress(JsonFault):
            value = parse_strict(line)
            if isinstance(value, dict) and value.get("annotator") == who.partition("/")[2]:
                yield number, value


def _taken(project: Project, people: Mapping[str, Annotator]) -> tuple[tuple[VotesTaken, ...], tuple[str, ...]]:
    found: list[VotesTaken] = []
    unknown: list[str] = []
    for task in project.tasks:
        try:
            schema, guideline = load_schema(project, task), load_guideline(project, task)
            corpus = load_corpus(project, schema, guideline).corpus
        except ConfigError as error:
            unknown.append(f"{task}: {error.message}")
        else:
            found += votes_taken(corpus, people, guideline, schema.migrations)
    return tuple(found), tuple(unknown)


def _waiting(project: Project, roster: Roster, who: str) -> Iterator[Waiting]:
    """The open slots of somebody who is away or excluded."""
    if roster.annotators[who].status in {Status.ACTIVE, Status.TRAINEE}:
        return
    for task in project.tasks:
        try:
            rounds = load_rounds(project, task)
            still_open = {
                name: rounds.open_slots(name).get(who, ()) for name, batch in rounds.batches.items() if not batch.closed
            }
        except ConfigError:  # told already: nobody can say what becomes of the task's votes
            continue
        yield from (Waiting(task=task, batch=name, slots=len(items)) for name, items in still_open.items() if items)


def _last_lead(before: Mapping[str, Annotator], after: Mapping[str, Annotator]) -> tuple[str, ...]:
    def leads(people: Mapping[str, Annotator]) -> bool:
        return any(one.role is Role.LEAD and one.status is Status.ACTIVE for one in people.values())

    gone = leads(before) and not leads(after)
    return ("nobody in the roster is an active lead then: make somebody one first",) if gone else ()


def taken_text(one: VotesTaken) -> str:
    """What an entry does to the votes of a task, in a line."""
    since = f" since {one.since}" if one.since else ""
    parts = []
    if one.votes:
        rest = f"{one.few:,} of them then rests" if one.few == 1 else f"{one.few:,} of them then rest"
        few = f"; {rest} on one vote or none" if one.few else ""
        parts.append(f"{count(one.votes, 'vote')} on {count(one.items, 'item')} of {one.task} no longer count{few}")
    if one.back:
        parts.append(f"{count(one.back, 'vote')} on {count(one.back_items, 'item')} of {one.task} count again")
    return f"{one.who} ({one.status}{since}): {'; '.join(parts)}"
