"""`assay agreement TASK --explain FIELD`: how an alpha comes about, from the tables that `assay schema` made."""

from msgspec.structs import replace

from assay.agreement.explain import explain
from assay.errors import UsageError
from assay.labels import read_corpus
from assay.model.explained import Explanation
from assay.project import Project
from assay.review.answers import item_text
from assay.schemas import load_schema
from assay.table.ratings import ratings


def explain_agreement(project: Project, task: str, field: str) -> Explanation:
    """The explanation of one field's alpha on current votes, its costliest units with their text; writes nothing.

    Raises:
        UsageError: there is no such task or field, or `assay schema TASK` has not run.
    """
    name = project.task(task).name
    schema = load_schema(project, name)
    chosen = schema.field(field)
    if chosen is None:
        known = ", ".join(one.name for one in schema.fields)
        raise UsageError(f"task {name} has no field {field!r}", hint=f"fields of {name}: {known}")
    if not (project.root / "build" / name / "annotations.parquet").is_file():
        raise UsageError(
            f"the labels of {name} have not been read yet", hint=f"run `assay schema {name}`, or `dvc repro`"
        )
    corpus = read_corpus(project, name, schema.fields)
    found = explain(ratings(corpus, chosen, corpus.annotations.current))
    data = dict(zip(corpus.items.ids, corpus.items.data, strict=True))
    return replace(found, costliest=tuple(replace(one, text=item_text(data[one.item])) for one in found.costliest))
