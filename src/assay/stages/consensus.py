"""The stage `consensus`: votes and expert answers → what the dataset says, and what somebody should look at."""

from assay.consensus import decide, queue, summary
from assay.labels import read_corpus
from assay.model.quality import ConsensusReport
from assay.project import Project, load_policy
from assay.schemas import load_schema
from assay.stages.consensus_table import save_consensus, save_queue
from assay.store.artifacts import write_json


def consensus(project: Project, task: str) -> ConsensusReport:
    """Decides every item and field; writes `consensus.parquet`, `queue.parquet` and `consensus.json`."""
    fields = load_schema(project, task).fields
    corpus = read_corpus(project, task, fields)
    decided = decide(corpus, fields, load_policy(project, task).consensus)
    waiting = queue(decided, corpus)
    save_consensus(project, corpus, decided)
    save_queue(project, task, waiting)
    report = summary(decided, fields, waiting)
    write_json(project.root / "reports" / task / "consensus.json", report)
    return report
