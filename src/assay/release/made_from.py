"""What a release is made from: the part of all that is judged that concerns it, and nothing that concerns other tasks."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from assay.gate import judged_inputs, load_evidence
from assay.model.release import ReleaseSpec
from assay.model.verdict import ReleaseVerdict
from assay.project import Project
from assay.project.find import PROJECT_FILE
from assay.project.made_from import STAGES, is_made, report_of
from assay.project.policy import WAIVERS_FILE
from assay.release.manifest import MadeFrom
from assay.store.artifacts import json_bytes
from assay.store.digest import digest_bytes

# Whoever else joins, signs or is waived changes these. What a release owes to them stands in its tables, its reports,
# and its verdict.
_SHARED = frozenset({PROJECT_FILE, WAIVERS_FILE, "labels/annotators", "labels/sources", "guidelines/allowed_signers"})


def made_from(project: Project, spec: ReleaseSpec, verdict: ReleaseVerdict) -> MadeFrom:
    """What the release of `spec` is made from, as the project is now.

    Raises:
        UsageError: a stage has not run.
        ConfigError: the policy of a task cannot be read.
    """
    inputs = judged_inputs(project, spec.tasks)
    return MadeFrom(
        sources=own_sources(project, spec, inputs),
        tables={name: digest for name, digest in inputs.items() if name.startswith("build/")},
        reports=dict(_reports(project, spec)),
        verdict=verdict,
    )


def sources_in(project: Project, spec: ReleaseSpec) -> dict[str, str]:
    """The digests of the release's sources in any state of the project.

    Raises:
        ConfigError: the policy of a task cannot be read.
    """
    return {name: digest for name, digest in judged_inputs(project, spec.tasks).items() if not is_made(name)}


def own_sources(project: Project, spec: ReleaseSpec, inputs: Mapping[str, str]) -> dict[str, str]:
    """Of the digests of everything that is judged, those of the sources that concern this release alone."""
    others = {f"checks/{task}.yaml" for task in project.tasks if task not in spec.tasks}
    others |= {name for name in inputs if name.startswith("releases/") and name != f"releases/{spec.name}.yaml"}
    parts = {name for name in inputs if name.startswith("checks/") and ":" in name}
    left = (name for name in inputs if not is_made(name) and name not in _SHARED | others | parts)
    return {name: inputs[name] for name in left}


def _reports(project: Project, spec: ReleaseSpec) -> Iterator[tuple[str, str]]:
    """The digest of what each report measured."""
    for task in spec.tasks:
        evidence = load_evidence(project, task)
        for stage in STAGES:
            measured = replace(getattr(evidence, stage), made_from={}, tables={})
            yield report_of(task, stage), digest_bytes(json_bytes(measured))
