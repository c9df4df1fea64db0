"""`assay annotator rename` and `merge`: one person under one name, in every file that names them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.clone import checked_name
from assay.core import Annotator, Kind, Location, Role, Status, is_annotator_name
from assay.errors import RefusedError, UsageError
from assay.files import ABSENT, digest_bytes, inside, load_yaml, read_bytes, write_all
from assay.git import require_whole
from assay.labels import Naming, Pair, Renamed, format_obstacles, kept_names, names_in, renamed, with_identities
from assay.lead.annotator_set import EntryChange, edited_entry, entry_of
from assay.project import ANNOTATORS, IDENTITIES, Project, load_roster

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNames:
    """Every file that names a person, with its new content (None: it is removed), and what to report.

    `moved` gives a file's new path, `lines` how many of its lines change. `dropped` are signed approvals that are removed,
    `collapsed` pairs of records of one item, by two people who become one.
    """

    files: Mapping[str, bytes | None]
    was: Mapping[str, str]
    moved: Mapping[str, str]
    lines: Mapping[str, int]
    dropped: tuple[Location, ...] = ()
    collapsed: tuple[Pair, ...] = ()
    notes: tuple[str, ...] = ()


def plan_rename(project: Project, old: str, new: str, *, drop_approvals: bool = False) -> PlannedNames:
    """The files of a project once `old` is called `new`; nothing is written.

    Raises:
        UsageError: `old` is not in the roster, or `new` cannot be used or is in use.
        RefusedError: a file that names `old` cannot be read, or a signed approval names it and `drop_approvals` is not set.
    """
    roster = load_roster(project)
    entry_of(roster, old)
    source, slash, _ = old.partition("/")
    if old.startswith("@"):
        if not (new.startswith(f"{source}/") and new.removeprefix(f"{source}/").strip()):
            raise UsageError(f"{new!r} is not a valid name of the same source", fix=f"{source}{slash}NAME")
    else:
        checked_name(new, "annotator", is_annotator_name)
    if old == new:
        raise UsageError(f"{old} already has that name", fix="choose another name")
    users = [f"{ANNOTATORS}/{new}.yaml"] if project.snapshot.entry(f"{ANNOTATORS}/{new}.yaml") else []
    naming = Naming(names={new: f"{new}-"})
    if users := users or [path for path, was in renamed(project.snapshot, naming).was.items() if was]:
        merge = f"if both are one person: assay annotator merge {old} {new}"
        fix = "choose another name" if old.startswith("@") else merge
        raise UsageError(f"{new} is in use: {users[0]} names it", fix=fix)
    require_whole(project.snapshot)
    entries = {} if old.startswith("@") else moved_entry(project, old, new)
    return planned_names(renamed(project.snapshot, Naming(names={old: new})), entries, drop_approvals=drop_approvals)


def write_names(project: Project, planned: PlannedNames) -> None:
    """Writes all of it, or nothing.

    Raises:
        UsageError: a file has changed since, or the disk refuses.
    """
    write_all(project.root, planned.files, was=planned.was)


def moved_entry(
    project: Project, old: str, new: str, data: bytes | None = None
) -> Mapping[str, tuple[bytes, bytes | None]]:
    """The roster file of a person at its old and new path: the content before (empty: none) and after."""
    path = f"{ANNOTATORS}/{old}.yaml"
    before = read_bytes(inside(project.root, path))
    return {path: (before, None), f"{ANNOTATORS}/{new}.yaml": (b"", before if data is None else data)}


def planned_names(
    found: Renamed,
    entries: Mapping[str, tuple[bytes, bytes | None]],
    *,
    drop_approvals: bool,
    notes: Sequence[str] = (),
) -> PlannedNames:
    """What to write: the files that name a person, and the entries of the roster.

    Raises:
        RefusedError: a file cannot be changed; the message lists every place.
    """
    if found.obstacles:
        raise RefusedError(_listed("cannot be read, and nothing was written", [*format_obstacles(found.obstacles)]), fix="fix these lines first (`assay check --all` lists them), then run this again")  # fmt: skip
    if found.signed and not drop_approvals:
        raise RefusedError(
            _listed(
                "signed approvals contain the name, and a changed record would no longer match its signature",
                [*map(str, found.signed)],
            ),
            fix="--drop-approvals removes these records with their signatures; their versions stay unapproved until a "
            "reviewer approves them again (assay guideline approve)",
        )
    open_pairs = [pair for pair in found.pairs if not (pair.same or pair.chosen)]
    if open_pairs:
        raise RefusedError(
            _listed("one person would have two different answers to one item", [*map(pair_text, open_pairs)]),
            fix="--keep ID chooses the answer to keep; the other is removed (it stays in git's history)",
        )
    return PlannedNames(
        files={**found.files, **{path: after for path, (_, after) in entries.items()}},
        was={
            **found.was,
            **{path: digest_bytes(before) if before else ABSENT for path, (before, _) in entries.items()},
        },
        moved=found.moved,
        lines=found.lines,
        dropped=found.signed,
        collapsed=found.pairs,
        notes=tuple(notes),
    )


def pair_text(pair: Pair) -> str:
    """The places of two records of one item that become one person's."""
    stays, goes = pair.stays, pair.goes
    return f"{pair.item}: {stays.at} ({stays.who}) and {goes.at} ({goes.who})"


def _listed(what: str, lines: Sequence[str]) -> str:
    more = [f"  and {len(lines) - _SHOWN:,} more"] if len(lines) > _SHOWN else []
    return "\n".join([what, *(f"  {line}" for line in lines[:_SHOWN]), *more])


_RANK = {Role.ANNOTATOR: 0, Role.REVIEWER: 1, Role.LEAD: 2}


def plan_merge(
    project: Project, several: Sequence[str], into: str, *, keep: tuple[str, ...] = (), drop_approvals: bool = False
) -> PlannedNames:
    """The files of a project once `several` are one person, `into`; nothing is written.

    Ids of the roster become `into` in every file. Names of sources stay as imported, and
    `labels/sources/identities.yaml` maps them to the person; their duplicates of the person's records are removed.

    Raises:
        UsageError: one of them is not in the roster, `into` is of a source, or the entries disagree about which votes count.
        RefusedError: a file cannot be read, a signed approval names one of them, or two answers to one item differ and
            `keep` names none of the two.
    """
    roster = load_roster(project)
    people = tuple(entry_of(roster, who) for who in (*dict.fromkeys(several), into))
    if into.startswith("@") or into in several:
        raise UsageError(
            f"{into} cannot be the merged id", fix="the last name must be an id of the roster, and named once"
        )
    if strange := [who for who in keep if who not in {*several, into}]:
        raise UsageError(f"--keep {strange[0]}: not one of the merged ids", fix=f"--keep {into}, or another merged id")
    own = tuple(one for one in people[:-1] if not one.id.startswith("@"))
    for person in people[:-1]:
        if person.id.startswith("@") and Kind.MODEL in {person.kind, people[-1].kind}:
            model = person if person.kind is Kind.MODEL else people[-1]
            raise UsageError(f"{model.id} is a model", fix="a name of a source becomes a person of the roster")
        if person.id.startswith("@") and person.status is not Status.ACTIVE:
            raise UsageError(
                f"{person.id} {person.status.phrase}, but a person's own entry decides which votes count",
                fix=f'assay annotator set "{person.id}" --status active; then set {into} if it applies to the person',
            )
    notes = tuple(_differences(own, people[-1]))
    require_whole(project.snapshot)
    same = names_in(project.snapshot.read(IDENTITIES)) if project.snapshot.has(IDENTITIES) else {}
    naming = Naming(names={one.id: into for one in own}, keep=keep)
    found = renamed(project.snapshot, naming)
    entries = _entries(project, own, into)
    sourced = [one.id for one in people if one.id.startswith("@")]
    if sourced or same:
        found = with_identities(project.snapshot, found, sourced, into, kept_names(keep, same))
    return planned_names(found, entries, drop_approvals=drop_approvals, notes=notes)


def _differences(several: Sequence[Annotator], into: Annotator) -> Iterator[str]:
    """Notes on entries that are merged; a difference that decides which votes count is refused."""
    for person in several:
        for what, theirs, stays in (
            ("kind", person.kind.value, into.kind.value),
            ("status", f"{person.status} {person.since}".strip(), f"{into.status} {into.since}".strip()),
        ):
            if theirs != stays:
                raise UsageError(
                    f"{what}: {person.id} is {theirs}, and {into.id} {stays}",
                    fix="make both entries equal first (`assay annotator set`): a person has one value",
                )
        if _RANK[person.role] > _RANK[into.role]:
            raise UsageError(
                f"{person.id} is a {person.role}, and {into.id} would lose that",
                fix=f"assay annotator set {into.id} --role {person.role}",
            )
        if person.handle and into.handle and person.handle.lower() != into.handle.lower():
            yield f"the handle {person.handle} of {person.id} is dropped: {into.id} has {into.handle}"
        for key, value in person.groups.items():
            if key in into.groups and into.groups[key] != value:
                yield f"group {key}: {person.id} has {value}; {into.groups[key]} of {into.id} is kept"
        if into.qualified is not None and (more := set(person.qualified or ()) - set(into.qualified)):
            yield f"{person.id} is qualified for {', '.join(sorted(more))}; {into.id} is not"


def _entries(project: Project, several: Sequence[Annotator], into: str) -> Mapping[str, tuple[bytes, bytes | None]]:
    """The roster files: the others are removed, and their handle, e-mails and groups move into the remaining entry."""
    path = f"{ANNOTATORS}/{into}.yaml"
    before = read_bytes(inside(project.root, path))
    data = before
    for person in several:
        now = load_yaml(data, path).value
        entry = now if isinstance(now, dict) else {}
        groups = entry.get("groups")
        there = groups if isinstance(groups, dict) else {}
        more = {key: value for key, value in person.groups.items() if key not in there}
        change = EntryChange(
            handle=None if entry.get("handle") else person.handle or None, emails=person.emails, groups=more
        )
        data, _ = edited_entry(data, path, into, change)
    places = [f"{ANNOTATORS}/{one.id}.yaml" for one in several]
    gone = {place: (read_bytes(inside(project.root, place)), None) for place in places}
    changed = {path: (before, data)} if data != before else {}
    return {**changed, **gone}
