"""What holds of every stage."""

import pytest

from assay.errors import UsageError
from assay.pipeline.agreement_stage import agreement
from assay.pipeline.gate_stages import gate
from assay.pipeline.schema_stage import schema
from assay.pipeline.table_stages import consensus, quality


def test_stages_give_the_same_bytes_again(project, measure, written):
    measure(project)
    gate(project)
    before = written(project)
    measure(project)
    gate(project)
    assert len(before) > 10
    assert written(project) == before


@pytest.mark.parametrize(
    ("ran", "stage", "wants"),
    [
        ((), agreement, "build/mood/batches.parquet"),
        ((), consensus, "build/mood/batches.parquet"),
        ((schema,), quality, "build/mood/consensus.parquet"),
        ((schema, consensus), quality, "reports/mood/agreement.json"),
    ],
)
def test_a_stage_without_what_it_reads_says_which_file_is_not_there(project, ran, stage, wants):
    for earlier in ran:
        earlier(project, "mood")
    with pytest.raises(UsageError, match=f"{wants} does not exist yet") as caught:
        stage(project, "mood")
    assert "dvc repro" in caught.value.fix
