"""`assay batch close`: nothing is missing, so the round counts."""

from assay.actions.rounds.state import Rounds, load_rounds, open_batch
from assay.labels.own import own_path, read_own
from assay.labels.seat import open_returns, returns_to
from assay.model.rounds import Lacking
from assay.project import Project
from assay.store.digest import digest_bytes
from assay.store.files import inside, read_bytes, write_all
from assay.store.yaml_edit import set_scalar


def close_round(project: Project, task: str, name: str, *, anyway: bool = False) -> tuple[Lacking, ...]:
    """What the batch lacks, by annotator; where that is nothing, or `anyway`, its status becomes closed.

    Raises:
        UsageError: no such open batch.
        ConfigError: a file of the batch is broken, or `batch.yaml` cannot be changed as it is written.
    """
    rounds = load_rounds(project, task)
    open_batch(rounds, name)
    lacking = _lacking(rounds, name)
    if anyway or not lacking:
        path = f"labels/{task}/{name}/batch.yaml"
        data = read_bytes(inside(project.root, path))
        closed = set_scalar(data.decode("utf-8"), path, "status", "closed")
        write_all(project.root, {path: closed.encode()}, was={path: digest_bytes(data)})
    return lacking


def _lacking(rounds: Rounds, name: str) -> tuple[Lacking, ...]:
    still_open = rounds.open_slots(name)
    people = sorted({*still_open, *(who for who in rounds.answered.get(name, {}) if not who.startswith("@"))})
    told = (
        Lacking(annotator=who, open=len(still_open.get(who, ())), returned=_returned(rounds, name, who))
        for who in people
    )
    return tuple(one for one in told if one.open or one.returned)


def _returned(rounds: Rounds, name: str, who: str) -> int:
    """Answers sent back and not answered since; what has no answer is an open slot already."""
    root = rounds.project.root
    own = read_own(root, own_path(rounds.task, name, who))
    returns = open_returns(returns_to(rounds.project.snapshot, rounds.layout, name, who), own)
    return sum(item in own.lines for item in returns)
