"""What the checks of a task say against its schema: a rule that can never be judged lets nothing be released."""

from collections.abc import Iterator

from assay.errors import ConfigError
from assay.gate.rules.subject import subject_of
from assay.model.finding import Finding
from assay.project import Project, load_policy
from assay.review.configuration import configuration_findings
from assay.schemas import load_schema


def policy_findings(project: Project, task: str) -> Iterator[Finding]:
    """The agreement rules whose field, value or breakdown the task does not have; none where the checks cannot be used.

    Raises:
        ConfigError: the schema cannot be used.
    """
    fields = tuple(field.name for field in load_schema(project, task).fields)
    try:
        rules = load_policy(project, task).rules
    except ConfigError:
        return
    for spec in rules:
        if spec.kind == "agreement":
            try:
                subject_of(spec, fields)
            except ConfigError as error:
                yield from configuration_findings([error])
