"""`assay batch close`: nothing is missing, so the round counts."""

from assay.actions.rounds.people import able
from assay.actions.rounds.state import Rounds, load_rounds, open_batch
from assay.labels.annotator_file import own_path, read_own
from assay.labels.assignment import returns_to, workload
from assay.model.project import Kind
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
    people = sorted(
        {*rounds.open_slots(name), *filter(lambda who: _is_person(rounds, who), rounds.answered.get(name, {}))}
    )
    told = (_lacking_of(rounds, name, who) for who in people)
    return tuple(one for one in told if one.open or one.returned)


def _lacking_of(rounds: Rounds, name: str, who: str) -> Lacking:
    """What waits for one annotator."""
    own = read_own(rounds.project.root, own_path(rounds.task, name, who))
    sent_back = workload((), own, returns_to(rounds.project.snapshot, rounds.layout, name, who)).sent_back
    return Lacking(
        annotator=who,
        items=rounds.open_slots(name).get(who, ()),
        sent_back={item: sent.why for item, sent in sent_back.items()},
        away=not able(rounds.roster, [who], rounds.task, rounds.batches[name].purpose),
        undated=tuple(
            item for item, sent in sent_back.items() if not sent.at and "label" not in (own.record(item) or {})
        ),
    )


def _is_person(rounds: Rounds, who: str) -> bool:
    """Whether a file is a person's own; one that the roster does not know is looked at all the same."""
    one = rounds.roster.annotators.get(who)
    return not who.startswith("@") and (one is None or one.kind is Kind.PERSON)
