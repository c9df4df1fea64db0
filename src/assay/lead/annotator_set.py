"""`assay annotator add` and `set`: a roster entry, and what changing it does to votes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from assay import files
from assay.clone import WrittenFile, checked_name, existing_file
from assay.core import Annotator, Json, JsonObject, Role, Status, VotesTaken, is_annotator_name
from assay.errors import ConfigError, UsageError
from assay.guidelines import load_guideline
from assay.labels import SOURCE_ANNOTATOR, dump_record, load_corpus
from assay.lead.batch_state import load_batch_state
from assay.project import ANNOTATORS, IDENTITIES, SOURCES, Project, Roster, entry_in, is_day, load_roster, load_schema
from assay.quality import votes_taken
from assay.render import count


def add_annotator(project: Project, new: Annotator) -> WrittenFile:
    """Writes the roster entry of a person or model (`qualified` None: every task); one with this content stays.

    Raises:
        UsageError: the id cannot be used or is taken, a task does not exist, another entry has the
            handle or e-mail, or status and date contradict each other.
    """
    checked_name(new.id, "annotator", is_annotator_name)
    entry: JsonObject = {"kind": new.kind.value, "role": new.role.value, "status": new.status.value}
    emails: list[Json] = [*dict.fromkeys(new.emails)]
    optional: JsonObject = {"since": new.since, "handle": new.handle, "emails": emails, "groups": dict(new.groups)}
    entry |= {key: value for key, value in optional.items() if value}
    if new.qualified is not None:
        entry["qualified"] = [*dict.fromkeys(new.qualified)]
    path = f"{ANNOTATORS}/{new.id}.yaml"
    place, data = project.root / path, files.yaml_block(entry).encode()
    if place.is_file() and not place.is_symlink() and files.read_bytes(place) == data:
        return existing_file(path)
    if place.exists() or place.is_symlink():
        raise UsageError(f"{new.id} is already in the roster", fix=f"edit {path} to change the entry")
    if new.status is Status.LEFT:
        raise UsageError(
            "a new annotator cannot have the status `left`",
            fix="`assay annotator set ID --status left` when they leave",
        )
    if new.since and not is_day(new.since):
        raise UsageError(f"--since {new.since} is not a valid date", fix="--since YYYY-MM-DD")
    if new.status is Status.PAUSED and not new.since:
        raise UsageError("the status `paused` needs a date", fix="--since YYYY-MM-DD; votes made before it count")
    if new.status is Status.EXCLUDED and new.since:
        raise UsageError("`excluded` removes every vote, so --since does not apply", fix="omit --since")
    for task in new.qualified or ():
        project.task(task)
    refuse_shared(load_roster(project), new)
    files.write_all(project.root, {path: data}, was={path: files.ABSENT})
    return WrittenFile(path=path)


def refuse_shared(roster: Roster, new: Annotator) -> None:
    """Requires that e-mails are valid, and that no other entry of the roster has the handle or an e-mail.

    Raises:
        UsageError: an e-mail is not valid, or another entry has it or the handle.
    """
    if odd := next((email for email in new.emails if "@" not in email.strip("@")), None):
        raise UsageError(f"{odd!r} is not a valid e-mail address", fix="--email NAME@EXAMPLE.ORG")
    for other in roster.annotators.values():
        if same := _names(other.handle, other.emails) & _names(new.handle, new.emails):
            raise UsageError(
                f"{other.id} already has {min(same)}, and a person has one entry",
                fix=f"omit it here, or remove it from {ANNOTATORS}/{other.id}.yaml",
            )


def _names(handle: str, emails: Iterable[str]) -> set[str]:
    return {text.casefold() for text in (handle, *emails) if text}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChange:
    """The new values of an entry; None keeps the present value. E-mails and groups are added to the present ones."""

    status: Status | None = None
    since: str | None = None
    role: Role | None = None
    handle: str | None = None
    emails: tuple[str, ...] = ()
    groups: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSlots:
    """Open slots of a batch whose annotator can no longer be asked."""

    task: str
    batch: str
    slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEntry:
    """An entry to be written, its effect on votes by task, and the annotator's open slots.

    `unknown` are the tasks whose votes could not be read, each with the reason; `notes` name the defaults that were used.
    """

    who: str
    path: str
    data: bytes
    was: str
    taken: tuple[VotesTaken, ...]
    waiting: tuple[OpenSlots, ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def already(self) -> bool:
        """Whether the file already has this content."""
        return files.digest_bytes(self.data) == self.was


def plan_entry(project: Project, who: str, change: EntryChange, *, today: str) -> PlannedEntry:
    """Plans the new file of an entry, and its effect on votes; `today` dates `left` or `paused` if the change does not.

    Raises:
        UsageError: there is no such entry, or the change is not possible.
        ConfigError: the entry is broken, or written in a way that this cannot change.
    """
    roster = load_roster(project)
    one = entry_of(roster, who)
    whose = roster.same.get(who)
    if whose and change.status not in {None, Status.ACTIVE}:
        raise UsageError(
            f"{who} is {whose} by {IDENTITIES}, and the entry of {whose} decides which votes count",
            fix=f"assay annotator set {whose} --status {change.status}",
        )
    refuse_shared(
        replace(roster, annotators={name: other for name, other in roster.annotators.items() if name != who}),
        replace(one, handle=change.handle or "", emails=change.emails),
    )
    path = f"{SOURCES}/{who.partition('/')[0][1:]}.jsonl" if who.startswith("@") else f"{ANNOTATORS}/{who}.yaml"
    before = files.read_bytes(files.inside(project.root, path))
    since, notes = _dated(one, change, today)
    change = replace(change, since=since)
    data, entry = (
        _in_source(before, path, who, change) if who.startswith("@") else edited_entry(before, path, who, change)
    )
    people = {**roster.annotators, who: entry}
    same = (one.counts, one.until) == (entry.counts, entry.until)
    taken, unknown = ((), ()) if same else _taken(project, people)
    leads = (
        any(someone.role is Role.LEAD and someone.status is Status.ACTIVE for someone in team.values())
        for team in (roster.annotators, people)
    )
    last = ("the roster would have no active lead: add one first",) if [*leads] == [True, False] else ()
    return PlannedEntry(
        who=who,
        path=path,
        data=data,
        was=files.digest_bytes(before),
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
        files.write_all(project.root, {planned.path: planned.data}, was={planned.path: planned.was})


def entry_of(roster: Roster, who: str) -> Annotator:
    """The entry of an annotator.

    Raises:
        UsageError: the roster has no such annotator.
        ConfigError: the entry is broken.
    """
    if who in roster.annotators:
        return roster.annotators[who]
    if broken := next((found for found in roster.findings if found.annotator == who), None):
        raise ConfigError(f"{broken.at.path}:{broken.at.line} {broken.message}", fix=broken.fix)
    raise UsageError(
        f"{who!r} is not in the roster",
        fix="names of sources come with an import: labels/sources/SOURCE.jsonl lists those of each"
        if who.startswith("@")
        else f"`assay annotator add {who}` writes a new entry",
    )


def _dated(one: Annotator, change: EntryChange, today: str) -> tuple[str | None, tuple[str, ...]]:
    """The new date (empty: none; None: unchanged), and a note if the date is a default."""
    status = one.status if change.status is None else change.status
    if change.since is not None:
        if not is_day(change.since):
            raise UsageError(f"--since {change.since} is not a valid date", fix="--since YYYY-MM-DD")
        if status is Status.EXCLUDED:
            raise UsageError(
                "`excluded` removes every vote, so --since does not apply",
                fix="--status left --since DATE keeps the votes made before that day",
            )
        return change.since, ()
    if change.status is None:
        return None, ()
    if status not in {Status.PAUSED, Status.LEFT}:
        return "", (f"since {one.since} is removed",) if one.since else ()
    if one.until:
        return one.until, (f"since {one.until} is kept",) if status is not one.status else ()
    return today, (f"no --since: since {today}, today in UTC",)


def edited_entry(before: bytes, path: str, who: str, change: EntryChange) -> tuple[bytes, Annotator]:
    """The changed file of a person or model; lines that need no change stay as they are."""
    stated = files.load_yaml(before, path).value
    there: JsonObject = stated if isinstance(stated, dict) else {}
    text = before.decode("utf-8")
    usual: dict[str, Json] = {"status": Status.ACTIVE.value, "role": Role.ANNOTATOR.value}
    wanted = {"status": change.status, "since": change.since, "role": change.role, "handle": change.handle}
    for key, value in wanted.items():
        if value == "":
            text = files.remove_key(text, path, key)
        elif value is not None and value != there.get(key, usual.get(key)):
            text = files.set_scalar(text, path, key, str(value))
    known = there.get("emails")
    for email in dict.fromkeys(change.emails):
        if email not in (known if isinstance(known, list) else ()):
            text = files.add_member(text, path, "emails", email)
    groups = there.get("groups")
    for name, member in change.groups.items():
        if not isinstance(groups, dict) or groups.get(name) != member:
            text = files.set_entry(text, path, "groups", name, member)
    return text.encode(), entry_in(text.encode(), path, who)


def _in_source(before: bytes, path: str, who: str, change: EntryChange) -> tuple[bytes, Annotator]:
    if change.role is not None or change.handle is not None or change.emails:
        raise UsageError(f"{who} is of a source and has no role, handle or e-mail", fix="omit these options")
    lines = before.split(b"\n")
    place, there = next(
        (number, value)
        for number, line in enumerate(lines)
        if isinstance(value := _parsed(line), dict) and value.get("annotator") == who.partition("/")[2]
    )
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


def _parsed(line: bytes) -> Json:
    try:
        return files.parse_strict(line)
    except files.JsonFault:
        return None


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


def _waiting(project: Project, roster: Roster, who: str) -> Iterator[OpenSlots]:
    """The open slots of an annotator who is away or excluded."""
    if roster.annotators[who].status in {Status.ACTIVE, Status.TRAINEE}:
        return
    for task in project.tasks:
        try:
            state = load_batch_state(project, task)
            still_open = {
                name: state.open_slots(name).get(who, ()) for name, batch in state.batches.items() if not batch.closed
            }
        except ConfigError:  # `unknown` of the plan names the task already
            continue
        yield from (OpenSlots(task=task, batch=name, slots=len(items)) for name, items in still_open.items() if items)


def taken_text(one: VotesTaken) -> str:
    """The effect of an entry on the votes of a task, in one line."""
    since = f" since {one.since}" if one.since else ""
    parts = []
    if one.votes:
        rest = f"{one.few:,} of them then rests" if one.few == 1 else f"{one.few:,} of them then rest"
        few = f"; {rest} on one vote or none" if one.few else ""
        parts.append(f"{count(one.votes, 'vote')} on {count(one.items, 'item')} of {one.task} no longer count{few}")
    if one.back:
        parts.append(f"{count(one.back, 'vote')} on {count(one.back_items, 'item')} of {one.task} count again")
    return f"{one.who} ({one.status}{since}): {'; '.join(parts)}"
