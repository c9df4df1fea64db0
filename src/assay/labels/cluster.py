"""Work on batches by workers of a Dask cluster: what they read, whether it is what is here, and what becomes of lost ones.

The one module that loads `distributed`. Workers run this module too: assay is installed where they are.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

from assay.errors import AssayError, UsageError
from assay.extras import load
from assay.files import Store, digest_of_code
from assay.git import BucketSnapshot, Snapshot, WorkTree, clone_of, commit_of, tree_snapshot, uses_sha256
from assay.labels.batch_files import rules_of
from assay.labels.batch_results import BatchResults
from assay.labels.engines import Made, Order, Processes, Tell, Work, silent
from assay.project import load_roster, project_in

if TYPE_CHECKING:
    from distributed import Client, Future

Answer: TypeAlias = "Made | str | None"
"""What a worker says of a batch: what it made, why it is not the one to make it, or nothing where it failed."""
_GIT = "git:"
_SECONDS = 5
"""Within which a scheduler answers and has workers, and after which it is asked whether it still has some."""
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where workers read the project: a folder that they share, a clone at a commit, or a bucket.

    `at` is the path of the folder or of the clone, or the address of the bucket; `commit` is empty but for a clone.
    `below` is the path from the top of the clone to the project, `sha256` whether git names what is here by SHA-256.
    """

    at: str
    commit: str = ""
    below: str = ""
    sha256: bool = False

    def open(self) -> Snapshot:
        """The project there.

        Raises:
            GitError: there is no clone, or it does not have the commit.
            MissingExtraError, UsageError: this machine cannot read that kind of bucket.
        """
        if self.commit:
            return tree_snapshot(replace(clone_of(Path(self.at)), prefix=self.below), self.commit)
        if "://" in self.at:
            return BucketSnapshot(self.at, sha256=self.sha256)
        return WorkTree(Path(self.at))


def place_named(text: str, root: Path) -> Place:
    """The place that `--read-from` names, for the project at `root`: itself by default, shared under the same path.

    Raises:
        UsageError: it is no path from the root of a file system and no address, or a clone, and there is no commit here.
        GitError: a clone is named, and the project here is in none.
    """
    here = WorkTree(root)
    sha256 = here.in_git and uses_sha256(here.clone)
    at = text.removeprefix(_GIT) if text.startswith(_GIT) else text or str(root)
    if "://" not in at and not Path(at).is_absolute():
        fix = "give the path from / on, an address such as s3://BUCKET/FOLDER, or git:PATH"
        raise UsageError(f"--read-from {text}: workers have another working folder", fix=fix)
    if text.startswith(_GIT):
        commit = commit_of(root, "HEAD")
        if commit is None:
            raise UsageError("there is no commit that workers could read", fix="commit and push; then run this again")
        return Place(at=at, commit=commit, below=here.clone.prefix, sha256=sha256)
    return Place(at=at, sha256=sha256)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Has workers make what is asked for. `scheduler` is their scheduler's address, tcp:// or tls://."""

    scheduler: str
    place: Place
    tell: Tell = silent
    jobs: int = 1
    is_remote: bool = True

    def map(self, work: Work, names: Sequence[str]) -> Iterator[Made | None]:
        """What the work gives for each name; None where it failed, or where several workers in a row were lost with it.

        Raises:
            MissingExtraError: the extra `cluster` is not installed.
            UsageError: nobody is there, or a worker cannot read the project or has another assay.
        """
        library = load("distributed")
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what it met is raised here, once
        with self._client(library) as client:
            _require_same_code(client)
            # A task, and not data of one worker: what was on a worker that is lost is made again on another one.
            with load("dask").config.set({"distributed.admin.large-graph-warning-threshold": "1TiB"}):
                sent = client.submit(_taken, Errand(self.place, work.order()), pure=False)
                futures = client.map(_done, names, errand=sent, pure=False)[::-1]
            while futures:
                yield self._answer(library, client, futures.pop())

    def _client(self, library: Any) -> "Client":
        try:
            client: Client = library.Client(self.scheduler, timeout=_SECONDS, set_as_default=False)
        except (OSError, TypeError, ValueError) as error:  # a TypeError where the certificates of tls:// are not stated
            raise UsageError(
                f"no scheduler answers at {self.scheduler}: {error}",
                fix="start one in a network that you trust: dask scheduler --host ADDRESS; docs/scale.md says how",
            ) from error
        return client

    def _answer(self, library: Any, client: "Client", future: "Future[Answer]") -> Made | None:
        """What comes of a batch; waits as long as there is a worker."""
        while True:
            try:
                answer: Answer = future.result(timeout=_SECONDS)
            except TimeoutError:
                _require_workers(client)
            except library.KilledWorker:
                return None
            except Exception as error:
                why = "it is gone" if isinstance(error, CancelledError) else f"{type(error).__name__}: {error}"
                raise UsageError(
                    f"the scheduler at {self.scheduler} did not finish the work: {why}",
                    fix="look at the output of scheduler and workers; run this again once they are there",
                ) from error
            else:
                if isinstance(answer, str):
                    raise _refused(answer)
                return answer


@dataclass(frozen=True)
class Errand:
    """An order, and the place to do it."""

    place: Place
    order: Order

    def __reduce__(self) -> "tuple[type[Errand], tuple[Place, Order]]":
        """Only these two go to another process."""
        return Errand, (self.place, self.order)

    @cached_property
    def results(self) -> BatchResults:
        """The results of the batches that are at the place.

        Raises:
            AssayError, OSError: the project cannot be read there, or this assay is not that of who asks.
        """
        if digest_of_code() != self.order.code:
            raise UsageError("its assay is not the one that asks", fix="install the same one")
        store = Store(None)
        for key, value in self.order.known.items():
            store.put(key, value)
        project = project_in(self.place.open())
        rules = rules_of(project, self.order.task, load_roster(project))
        return BatchResults(project.snapshot, rules, store, self.order.now, Processes(jobs=1))


def _taken(errand: Errand) -> Errand:
    return errand


def _done(name: str, errand: Errand) -> Answer:
    """What a worker makes of a batch. Its threads take turns: readers keep what they have read last."""
    with _ONE_AT_A_TIME:
        try:
            results = errand.results
        except AssayError as error:
            return error.message
        except Exception as error:  # noqa: BLE001 - told to who asked, whatever it is
            return f"{type(error).__name__}: {error}"
        try:
            return results.made(name, parts=errand.order.parts)
        except Exception:  # noqa: BLE001 - it comes again where it can be told
            return None


def _require_same_code(client: "Client") -> None:
    """Refuses workers that have no assay, or another one.

    Raises:
        UsageError: there are such, or no workers at all.
    """
    with suppress(TimeoutError):
        client.wait_for_workers(1, timeout=_SECONDS)
    _require_workers(client)
    said = client.run(digest_of_code, on_error="return")
    there = {address: digest for address, digest in said.items() if not isinstance(digest, OSError)}  # or lost since
    if other := sorted(address for address, digest in there.items() if digest != digest_of_code()):
        more = f" and {len(other) - 3:,} more" if len(other) > 3 else ""
        raise _refused(f"the assay of {', '.join(other[:3])}{more} is not the one that asks")


def _require_workers(client: "Client") -> None:
    if not client.scheduler_info(n_workers=1)["workers"]:
        scheduler = client.scheduler.address if client.scheduler else ""
        raise UsageError(
            f"the scheduler at {scheduler} has no workers", fix=f"start some: dask worker {scheduler} --nthreads 1"
        )


def _refused(why: str) -> UsageError:
    return UsageError(
        f"a worker cannot do this: {why}",
        fix="install the same assay on every worker, and give --read-from a place that all of them read",
    )


def engine_at(scheduler: str, read_from: str, root: Path, tell: Tell) -> Cluster:
    """The engine that `--scheduler` and `--read-from` name, for the project at `root`.

    Raises:
        GitError, UsageError: as `place_named`.
    """
    return Cluster(scheduler=scheduler, place=place_named(read_from, root), tell=tell)
