"""Verify a release: is it unchanged, made from the current sources, and still allowed? Reads, never writes.

The result lists, link by link, what was proved, what was not, and what is wrong.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from assay import gate
from assay.core import ApprovalStatus, CheckResult
from assay.errors import AssayError, ChecksError, ConfigError, NewerError, RefusedError
from assay.files import rounded
from assay.git import WorkTree, commit_of
from assay.guidelines import version_approvals
from assay.project import Project, ReleaseSpec, digests, is_made, load_release_spec, project_at
from assay.release.builder import fill, own_sources
from assay.release.manifest import MadeFrom, Manifest, damage, manifest_in, origin, release_folder, same_dataset
from assay.release.records import ReleaseRecord, read_record, record_path
from assay.release.rows import guideline_counts

_MOST = 20
FILES = "every file is as the manifest lists it, and the manifest is unchanged"
_SOURCES = "labels, guidelines, schemas, roster, approvals and policy are those that were measured and released"
_TABLES = "each report was made from the current tables and reports"
_ROWS = "built again from the current tables, every file is the same byte for byte"
_APPROVALS = "the approvals of the guideline versions that labels cite are as the evidence says"
_OLDER = "the manifest is of an older version and lacks information; build the release again"
_AGAIN = "that the tables were measured from these sources: `dvc repro -f` measures them again"
_WHO = "who built it: releases are not signed yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Sentences, each after the name of its link; the release is valid without problems."""

    release: str
    proved: tuple[str, ...] = ()
    not_proved: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Links:
    """The links of a release to its origin, with the results of their checks."""

    def __init__(self, release: str) -> None:
        self._release = release
        self._proved: list[str] = []
        self._not_proved: list[str] = []
        self._problems: list[str] = []
        self._broken: set[str] = set()

    def record(self, link: str, claim: str, problems: Iterable[str]) -> None:
        """Records a link as proved, or its problems; an error that stops the check is a problem, too.

        Raises:
            ChecksError: the project's own checks could not be run here.
            NewerError: a newer version of assay made one of the files.
        """
        found: list[str] = []
        more = 0
        try:
            for problem in problems:
                more += len(found) == _MOST
                found += [problem] if len(found) < _MOST else []
        except (ChecksError, NewerError):
            raise
        except AssayError as error:
            found += error.message.split("\n")
        found += [f"and {more:,} more"] if more else []
        self._problems += (f"{link}: {one}" for one in found)
        if found:
            self._broken.add(link)
        else:
            self._proved.append(f"{link}: {claim}")

    def unproved(self, link: str, what: str) -> None:
        """Records what was not checked, or cannot be."""
        self._not_proved.append(f"{link}: {what}")

    def intact(self, *links: str) -> bool:
        """Whether no problem is known of these links."""
        return self._broken.isdisjoint(links)

    def result(self) -> Verification:
        """All of it."""
        return Verification(
            release=self._release,
            proved=tuple(self._proved),
            not_proved=tuple(self._not_proved),
            problems=tuple(self._problems),
        )


def verify_release(
    project: Project, name: str, *, today: str, checks: Sequence[CheckResult] | None = None
) -> Verification:
    """Verifies `release/<name>` against its manifest, its specification, the evidence, and the sources of that.

    Approvals, rules and checks are judged again, the release is built again in a temporary folder, and the whole is
    compared with the committed record of its version. `checks` are the results of the project's checks, where they have
    just been run; `today` is an ISO date.

    Raises:
        UsageError: the project has no such release.
        ConfigError: the release's specification is broken, or a newer assay made the release, its verdict or its record.
        ChecksError: the project's checks could not be run to their end.
    """
    folder, spec = release_folder(project, name), load_release_spec(project, name)
    links = Links(name)
    if not folder.exists():
        links.record("files", "", [f"release/{name} does not exist; `dvc repro` builds it if the verdict allows it"])
        return links.result()
    try:
        manifest = manifest_in(folder)
        made = origin(manifest)
    except RefusedError as error:
        links.record("files", "", [error.message])
        return links.result()
    links.record("files", FILES, damage(folder, manifest))
    if made is None:
        links.record("files", "", [_OLDER])
    else:
        _Verified(project, spec, manifest, made, links).check(today, checks)
    return links.result()


class _Verified:
    """A release with what it is verified against."""

    def __init__(self, project: Project, spec: ReleaseSpec, manifest: Manifest, made: MadeFrom, links: Links) -> None:
        self.project = project
        self.spec = spec
        self.manifest = manifest
        self.made = made
        self.links = links

    def check(self, today: str, checks: Sequence[CheckResult] | None) -> None:
        """Checks every link except `files`."""
        said = (
            f"name, version {self.spec.version}, license, splits and tasks are those of releases/{self.spec.name}.yaml"
        )
        judged = f"rules and checks judged again give {gate.VERDICT} and the verdict of the manifest; the release is allowed on {today}"
        self.links.record("spec", said, self._spec())
        self.links.record("sources", _SOURCES, self._sources())
        self.links.record("tables", _TABLES, self._tables())
        if self.links.intact("spec", "sources", "tables"):
            self.links.record("rows", _ROWS, self._rows())
        else:
            self.links.unproved("rows", "not built again, as the sources or tables changed")
        self.links.record("approvals", _APPROVALS, self._approvals())
        self.links.record("verdict", judged, self._verdict(today, checks))
        self._recorded()
        self.links.unproved("measured", _AGAIN)
        self.links.unproved("builder", _WHO)
        if any(self.project.snapshot.names(f"{pool}/media") for pool in self._pools()):
            self.links.unproved("media", "that the files which items name are those that were labelled")

    def _pools(self) -> list[str]:
        return [f"labels/items/{self.project.task(task).pool}" for task in self.spec.tasks]

    def _spec(self) -> Iterator[str]:
        spec, manifest = self.spec, self.manifest
        if (manifest.name, manifest.project) != (spec.name, self.project.id):
            yield (f"it is release {manifest.name} of project {manifest.project}, not {spec.name} of {self.project.id}")
        pairs: Mapping[str, tuple[object, object]] = {
            "version": (manifest.version, spec.version),
            "license": (manifest.license, spec.license),
            "tasks": ([*manifest.tasks], [*spec.tasks]),
            "splits": (manifest.splits, rounded(dict(spec.splits))),
            "seed": (manifest.seed, spec.seed),
        }
        for what, (released, stated) in pairs.items():
            if released != stated:
                yield f"releases/{spec.name}.yaml says {what} {stated}, and the release has {released}"

    @cached_property
    def _inputs(self) -> dict[str, str]:
        return gate.judged_inputs(self.project, self.spec.tasks)

    @cached_property
    def _stale(self) -> tuple[gate.Stale, ...]:
        return gate.stale_evidence(self.project, self._inputs, self.spec.tasks)

    def _sources(self) -> Iterator[str]:
        yield from gate.format_stale([one for one in self._stale if not is_made(one.path)])
        yield from gate.changes(
            self.made.sources, own_sources(self.project, self.spec, self._inputs), since="the release"
        )

    def _tables(self) -> Iterator[str]:
        yield from gate.format_stale([one for one in self._stale if is_made(one.path)])

    def _rows(self) -> Iterator[str]:
        try:
            with TemporaryDirectory(prefix="assay-verify-") as scratch:
                again = fill(self.project, self.spec, self.made.verdict, Path(scratch))
        except NewerError:
            raise
        except ConfigError as error:
            yield error.message
            return
        except (KeyError, TypeError, ValueError) as error:
            yield f"the current tables hold what no stage writes: {error}"
            return
        listed, built = ({file.path: file.sha256 for file in one.files} for one in (self.manifest, again))
        yield from (
            f"{path} is not what the current tables give"
            for path in sorted(listed.keys() | built.keys())
            if listed.get(path) != built.get(path)
        )
        if self.manifest.tasks != {name: task.as_before(self.manifest.format) for name, task in again.tasks.items()}:
            yield "the manifest counts other rows, fields or guideline versions than the current tables give"
        here = origin(again)
        if here is not None:
            yield from gate.changes(self.made.tables, here.tables, since="the release")
            yield from gate.changes(self.made.reports, here.reports, since="the release")

    def _approvals(self) -> Iterator[str]:
        for task in self.spec.tasks:
            said = gate.load_evidence(self.project, task).quality.approved
            if said is None:
                continue
            anew = version_approvals(self.project, task, guideline_counts(self.project, task))
            for version in sorted(said.keys() | anew.keys()):
                if said.get(version) != anew.get(version):
                    yield f"{version} {_approval(said.get(version))} by reports/{task}/quality.json, and {_approval(anew.get(version))} when judged again"

    def _verdict(self, today: str, checks: Sequence[CheckResult] | None) -> Iterator[str]:
        anew = gate.judge_release(self.project, self.spec, gate.run_checks(self.project) if checks is None else checks)
        yield from gate.verdict_differences(self.made.verdict, anew, by="the manifest")
        yield from gate.blocking(f"release {self.spec.name}", anew.outcome, anew.rules, anew.checks)
        yield from gate.expired(anew.valid_until, today, by="the release")
        said = gate.read_verdict(self.project)
        yield from gate.verdict_differences(gate.release_part(said, self.spec), anew, by=gate.VERDICT)
        if self.links.intact("sources", "tables"):
            mine = own_sources(self.project, self.spec, self._inputs)
            mine |= {name: digest for name, digest in self._inputs.items() if is_made(name)}
            yield from gate.changes({name: said.inputs.get(name, "") for name in mine}, mine, since=gate.VERDICT)

    def _recorded(self) -> None:
        path = record_path(self.spec.name, self.manifest.version)
        if not (self.project.root / path).exists():
            self.links.unproved("record", f"version {self.manifest.version} has no record under releases/ yet")
            return
        try:
            recorded = read_record(self.project, self.spec.name, self.manifest.version)
        except NewerError:
            raise
        except ConfigError as error:
            self.links.record("record", "", [error.message])
            return
        same = same_dataset(recorded.manifest, self.manifest)
        self.links.record(
            "record", f"{path} records this dataset", () if same else [f"it is not the dataset that {path} records"]
        )
        self._committed(recorded)

    def _committed(self, recorded: ReleaseRecord) -> None:
        made, commit = origin(recorded.manifest), recorded.commit
        if made is None or not commit:
            self.links.unproved("commit", "the record is of an older version and has no commit")
            return
        snapshot = self.project.snapshot
        if not (isinstance(snapshot, WorkTree) and snapshot.in_git and commit_of(self.project.root, commit)):
            self.links.unproved("commit", f"{commit[:12]}, which the record names, is not in this clone")
            return
        self.links.record("commit", f"{commit[:12]} holds the recorded sources", self._held_by(commit, made))

    def _held_by(self, commit: str, made: MadeFrom) -> Iterator[str]:
        there = digests(project_at(self.project.root, commit), made.sources)
        yield from gate.changes(made.sources, there, since=f"commit {commit[:12]}")


def _approval(one: ApprovalStatus | None) -> str:
    if one is None:
        return "is not cited"
    why = one.reason or f"{one.way}: {', '.join(one.by)}"
    return f"is {one.state} ({why})"
