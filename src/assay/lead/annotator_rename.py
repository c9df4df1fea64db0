"""`assay annotator rename` and `merge`: one person under one name, in every file that names them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.clone import checked_name
from assay.core import Annotator, Kind, Location, Role, Status, is_annotator_name
from assay.errors import RefusedError, UsageError
from assay.files import ABSENT, digest_bytes, inside, load_yaml, read_bytes, write_all
from assay.git import require_whole
from assay.labels import Naming, Pair, Renamed, identified, kept, names_in, renamed, told
from assay.lead.annotator_set import EntryChange, edited_entry, entry_of
from assay.project import ANNOTATORS, IDENTITIES, Project, load_roster

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNames:
    """Every file that names somebody, as it will be (None: it goes), and what there is to say of it.

    `moved` gives a file's new place, `lines` how many lines of it are written anew. `dropped` are signed approvals that go,
    `collapsed` records that two people had of one item and that one has then.
    """

    files: Mapping[str, bytes | None]
    was: Mapping[str, str]
    moved: Mapping[str, str]
    lines: Mapping[str, int]
    dropped: tuple[Location, ...] = ()
    collapsed: tuple[Pair, ...] = ()
    notes: tuple[str, ...] = ()


def plan_rename(project: Project, old: str, new: str, *, drop_approvals: bool = False) -> PlannedNames:
    """What the files of a project will be once `old` is called `new`; nothing is written.

    Raises:
        UsageError: `old` is not in the roster, or `new` cannot be used or is in use.
        RefusedError: a file that names `old` cannot be read, or a signed approval names it and `drop_approvals` is not said.
    """
    roster = load_roster(project)
    entry_of(roster, old)
    _refuse_new(project, old, new)
    require_whole(project.snapshot)
    entries = {} if old.startswith("@") else moved_entry(project, old, new)
    return gathered(renamed(project.snapshot, Naming(names={old: new})), entries, drop_approvals=drop_approvals)


def write_names(project: Project, planned: PlannedNames) -> None:
    """Writes all of it, or nothing.

    Raises:
        UsageError: a file has changed since, or the disk refuses.
    """
    write_all(project.root, planned.files, was=planned.was)


def moved_entry(
    project: Project, old: str, new: str, data: bytes | None = None
) -> Mapping[str, tuple[bytes, bytes | None]]:
    """The roster file of a person at its new place: what each path held (empty: nothing), and what it is to hold."""
    path = f"{ANNOTATORS}/{old}.yaml"
    before = read_bytes(inside(project.root, path))
    return {path: (before, None), f"{ANNOTATORS}/{new}.yaml": (b"", before if data is None else data)}


def gathered(
    found: Renamed,
    entries: Mapping[str, tuple[bytes, bytes | None]],
    *,
    drop_approvals: bool,
    notes: Sequence[str] = (),
) -> PlannedNames:
    """What is to be written: the files that name somebody, and the entries of the roster.

    Raises:
        RefusedError: something stands in the way; it names every place.
    """
    if found.obstacles:
        raise RefusedError(_listed("cannot be read, and nothing was written", [*told(found.obstacles)]), fix="mend these lines first (`assay check --all` lists them), then run this again")  # fmt: skip
    if found.signed and not drop_approvals:
        raise RefusedError(
            _listed(
                "signed approvals hold the name, and a signature is of these very bytes", [*map(str, found.signed)]
            ),
            fix="--drop-approvals takes these records out with their signatures; their versions are held until "
            "somebody approves them again (assay guideline approve)",
        )
    open_pairs = [one for one in found.pairs if not (one.same or one.chosen)]
    if open_pairs:
        raise RefusedError(
            _listed("two answers of one person to one item, and they differ", [*map(pair_text, open_pairs)]),
            fix="--keep ID says whose stays; the other one goes (git keeps it)",
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
    """Both places of two records that become one person's."""
    stays, goes = pair.stays, pair.goes
    return f"{pair.item}: {stays.at} ({stays.who}) and {goes.at} ({goes.who})"


def _listed(what: str, lines: Sequence[str]) -> str:
    more = [f"  and {len(lines) - _SHOWN:,} more"] if len(lines) > _SHOWN else []
    return "\n".join([what, *(f"  {line}" for line in lines[:_SHOWN]), *more])


def _refuse_new(project: Project, old: str, new: str) -> None:
    source, slash, _ = old.partition("/")
    if old.startswith("@"):
        if not (new.startswith(f"{source}/") and new.removeprefix(f"{source}/").strip()):
            raise UsageError(f"{new!r} is no name of the same source", fix=f"{source}{slash}NAME")
    else:
        checked_name(new, "annotator", is_annotator_name)
    if old == new:
        raise UsageError(f"{old} is called that already", fix="give another name")
    held = [f"{ANNOTATORS}/{new}.yaml"] if project.snapshot.entry(f"{ANNOTATORS}/{new}.yaml") else []
    if held := held or [
        path for path, was in renamed(project.snapshot, Naming(names={new: f"{new}-"})).was.items() if was
    ]:
        raise UsageError(
            f"{new} is in use: {held[0]} names it",
            fix=f"if both are one person: assay annotator merge {old} {new}"
            if not old.startswith("@")
            else "give another name",
        )


_RANK = {Role.ANNOTATOR: 0, Role.REVIEWER: 1, Role.LEAD: 2}


def plan_merge(
    project: Project, several: Sequence[str], into: str, *, keep: tuple[str, ...] = (), drop_approvals: bool = False
) -> PlannedNames:
    """What the files of a project will be once `several` are `into`; nothing is written.

    Ids of the roster become `into` in every file. Names of sources keep their spelling in what was imported, and
    `labels/sources/identities.yaml` says whose they are; records of theirs that the person has too go.

    Raises:
        UsageError: one of them is not in the roster, `into` is of a source, or the entries say different things of votes.
        RefusedError: a file cannot be read, a signed approval names one of them, or two answers to one item differ and
            `keep` names none of the two.
    """
    roster = load_roster(project)
    people = tuple(entry_of(roster, who) for who in (*dict.fromkeys(several), into))
    if into.startswith("@") or into in several:
        raise UsageError(f"{into} cannot take others in", fix="the last name is an id of the roster, and named once")
    if strange := [who for who in keep if who not in {*several, into}]:
        raise UsageError(f"--keep {strange[0]}: not one of those that become one", fix=f"--keep {into}, or another one")
    own = tuple(one for one in people[:-1] if not one.id.startswith("@"))
    _hold_sources([one for one in people[:-1] if one.id.startswith("@")], people[-1])
    notes = tuple(_differences(own, people[-1]))
    require_whole(project.snapshot)
    same = names_in(project.snapshot.read(IDENTITIES)) if project.snapshot.has(IDENTITIES) else {}
    naming = Naming(names={one.id: into for one in own}, keep=keep)
    found = renamed(project.snapshot, naming)
    entries = _entries(project, own, into)
    sourced = [one.id for one in people if one.id.startswith("@")]
    if sourced or same:
        found = identified(project.snapshot, found, sourced, into, kept(keep, same))
    return gathered(found, entries, drop_approvals=drop_approvals, notes=notes)


def _hold_sources(names: Sequence[Annotator], into: Annotator) -> None:
    """Holds names of sources to being a person's, of whose votes the person's own entry says whether they count."""
    for one in names:
        if Kind.MODEL in {one.kind, into.kind}:
            model = one if one.kind is Kind.MODEL else into
            raise UsageError(f"{model.id} is a model", fix="a name of a source becomes a person of the roster")
        if one.status is not Status.ACTIVE:
            raise UsageError(
                f"{one.id} {one.status.said}, and of a person their own entry says whether votes count",
                fix=f'assay annotator set "{one.id}" --status active; then set {into.id} if it holds of the person',
            )


def _differences(several: Sequence[Annotator], into: Annotator) -> Iterator[str]:
    """What is told of entries that become one; a difference by which votes would count or not stops it."""
    for one in several:
        for what, theirs, stays in (
            ("kind", one.kind.value, into.kind.value),
            ("status", f"{one.status} {one.since}".strip(), f"{into.status} {into.since}".strip()),
        ):
            if theirs != stays:
                raise UsageError(
                    f"{what}: {one.id} is {theirs}, and {into.id} {stays}",
                    fix="let both entries say the same first (`assay annotator set`): one person has one",
                )
        if _RANK[one.role] > _RANK[into.role]:
            raise UsageError(
                f"{one.id} is a {one.role}, and {into.id} would lose that",
                fix=f"assay annotator set {into.id} --role {one.role}",
            )
        if one.handle and into.handle and one.handle.lower() != into.handle.lower():
            yield f"the handle {one.handle} of {one.id} goes: {into.id} has {into.handle}"
        for key, value in one.groups.items():
            if key in into.groups and into.groups[key] != value:
                yield f"group {key}: {one.id} has {value}, and {into.groups[key]} of {into.id} stays"
        if into.qualified is not None and (more := set(one.qualified or ()) - set(into.qualified)):
            yield f"{one.id} is qualified for {', '.join(sorted(more))}, and {into.id} is not"


def _entries(project: Project, several: Sequence[Annotator], into: str) -> Mapping[str, tuple[bytes, bytes | None]]:
    """The roster files: those of the others go, and what they said of handle, e-mails and groups stands in the one."""
    path = f"{ANNOTATORS}/{into}.yaml"
    before = read_bytes(inside(project.root, path))
    data = before
    for one in several:
        now = load_yaml(data, path).value
        held = now if isinstance(now, dict) else {}
        groups = held.get("groups")
        there = groups if isinstance(groups, dict) else {}
        more = {key: value for key, value in one.groups.items() if key not in there}
        change = EntryChange(handle=None if held.get("handle") else one.handle or None, emails=one.emails, groups=more)
        data, _ = edited_entry(data, path, into, change)
    gone = {
        f"{ANNOTATORS}/{one.id}.yaml": read_bytes(inside(project.root, f"{ANNOTATORS}/{one.id}.yaml"))
        for one in several
    }
    changed = {path: (before, data)} if data != before else {}
    return {**changed, **{name: (held_before, None) for name, held_before in gone.items()}}
