"""`assay batch reopen`: a closed batch takes answers again, and does not count until it is closed again."""

from assay.actions.rounds.state import load_rounds, stated_batch
from assay.errors import UsageError
from assay.labels.corpus import load_corpus
from assay.model.rounds import Turned
from assay.project import Project
from assay.store.digest import digest_bytes
from assay.store.files import inside, read_bytes, write_all
from assay.store.yaml_edit import set_scalar
from assay.table import counting_in


def reopen_round(project: Project, task: str, name: str) -> Turned:
    """Its status becomes open, and what that takes out of the figures; of one that is open already nothing changes.

    Raises:
        UsageError: no such batch, or one without a plan: nobody is asked anything in it.
        ConfigError: a file of the batch is broken, or `batch.yaml` cannot be changed as it is written.
    """
    rounds = load_rounds(project, task)
    batch = stated_batch(rounds, name)
    if name not in rounds.plans:
        raise UsageError(
            f"{task}/{name} asks nobody anything (it has no assignments.jsonl), so nobody could answer in it",
            hint="`assay batch create` makes a batch in which its items are asked again",
        )
    counting = counting_in(load_corpus(project, rounds.schema, rounds.guideline).corpus, name)
    if batch.closed:
        path = f"labels/{task}/{name}/batch.yaml"
        data = read_bytes(inside(project.root, path))
        opened = set_scalar(data.decode("utf-8"), path, "status", "open")
        write_all(project.root, {path: opened.encode()}, was={path: digest_bytes(data)})
    return Turned(
        task=task, batch=name, closed=False, votes=counting.votes, items=counting.items, there=not batch.closed
    )
