"""`assay annotator rename`: an id becomes another one in every file that names it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.actions.annotator_set import entry_of
from assay.actions.project_file import checked_name
from assay.errors import RefusedError, UsageError
from assay.git.snapshot import require_whole
from assay.labels.renamed_lines import Naming, Pair
from assay.labels.renaming import Renamed, renamed, told
from assay.model.finding import Location
from assay.model.names import is_annotator_name
from assay.project import Project
from assay.project.roster import ANNOTATORS, load_roster
from assay.store.digest import digest_bytes
from assay.store.files import inside, read_bytes, write_all
from assay.store.pending import ABSENT

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
        raise RefusedError(_listed("cannot be read, and nothing was written", [*told(found.obstacles)]), hint="mend these lines first (`assay check --all` lists them), then run this again")  # fmt: skip
    if found.signed and not drop_approvals:
        raise RefusedError(
            _listed(
                "signed approvals hold the name, and a signature is of these very bytes", [*map(str, found.signed)]
            ),
            hint="--drop-approvals takes these records out with their signatures; their versions are held until "
            "somebody approves them again (assay guideline approve)",
        )
    open_pairs = [one for one in found.pairs if not (one.same or one.chosen)]
    if open_pairs:
        raise RefusedError(
            _listed("two answers of one person to one item, and they differ", [*map(pair_text, open_pairs)]),
            hint="--keep ID says whose stays; the other one goes (git keeps it)",
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
            raise UsageError(f"{new!r} is no name of the same source", hint=f"{source}{slash}NAME")
    else:
        checked_name(new, "annotator", is_annotator_name)
    if old == new:
        raise UsageError(f"{old} is called that already", hint="give another name")
    held = [f"{ANNOTATORS}/{new}.yaml"] if project.snapshot.entry(f"{ANNOTATORS}/{new}.yaml") else []
    if held := held or [
        path for path, was in renamed(project.snapshot, Naming(names={new: f"{new}-"})).was.items() if was
    ]:
        raise UsageError(
            f"{new} is in use: {held[0]} names it",
            hint=f"if both are one person: assay annotator merge {old} {new}"
            if not old.startswith("@")
            else "give another name",
        )
