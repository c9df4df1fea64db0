"""The stage `consensus`: votes and expert answers → what the dataset says, and where that is in doubt."""

from assay.consensus import decide, doubts, summary
from assay.labels import read_corpus
from assay.model.quality import ConsensusReport
from assay.project import Project, load_policy
from assay.stages.consensus_table import save_consensus
from assay.stages.report import save_report, to_be_read
from assay.stages.usable import fields_measured


def consensus(project: Project, task: str) -> ConsensusReport:
    """Decides every item and field; writes `consensus.parquet`, with the reasons for doubt, and `consensus.json`."""
    made_from = to_be_read(project, task, "consensus")
    fields = fields_measured(project, task)
    corpus = read_corpus(project, task, fields)
    policy = load_policy(project, task)
    decided = decide(corpus, fields, policy.consensus, policy.spread)
    save_consensus(project, corpus, decided, doubts(decided, corpus))
    return save_report(project, task, "consensus", summary(decided, fields), made_from)
