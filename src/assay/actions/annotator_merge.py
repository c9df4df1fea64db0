"""`assay annotator merge`: several entries of the roster, or names of sources, become one person."""

from collections.abc import Iterator, Mapping, Sequence

from assay.actions.annotator_rename import PlannedNames, gathered
from assay.actions.annotator_set import EntryChange, edited_entry, entry_of
from assay.errors import UsageError
from assay.git.snapshot import require_whole
from assay.labels.renamed_lines import Naming
from assay.labels.renaming import identified, kept, names_in, renamed
from assay.model.project import Annotator, Kind, Role, Status
from assay.project import Project
from assay.project.identities import IDENTITIES
from assay.project.roster import ANNOTATORS, load_roster
from assay.store.files import inside, read_bytes
from assay.store.yaml import load_yaml

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
        raise UsageError(f"{into} cannot take others in", hint="the last name is an id of the roster, and named once")
    if strange := [who for who in keep if who not in {*several, into}]:
        raise UsageError(
            f"--keep {strange[0]}: not one of those that become one", hint=f"--keep {into}, or another one"
        )
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
            raise UsageError(f"{model.id} is a model", hint="a name of a source becomes a person of the roster")
        if one.status is not Status.ACTIVE:
            raise UsageError(
                f"{one.id} {one.status.said}, and of a person their own entry says whether votes count",
                hint=f'assay annotator set "{one.id}" --status active; then set {into.id} if it holds of the person',
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
                    hint="let both entries say the same first (`assay annotator set`): one person has one",
                )
        if _RANK[one.role] > _RANK[into.role]:
            raise UsageError(
                f"{one.id} is a {one.role}, and {into.id} would lose that",
                hint=f"assay annotator set {into.id} --role {one.role}",
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
