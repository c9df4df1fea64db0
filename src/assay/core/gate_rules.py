"""The rules of the gate as data: what `checks/<task>.yaml` may state of each kind, when it must hold, and its page.

A parameter's type is annotated with its JSON Schema; the shape of the checks file is made from these classes
(`assay.project.shapes`). `assay.gate.rules` has the functions that judge.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import Struct, field

from assay.core.agreement_result import COEFFICIENT_NAMES
from assay.core.findings import Severity
from assay.core.rules import Rule
from assay.core.values import JsonObject
from assay.core.verdict import At

SHARE: JsonObject = {"type": "number", "minimum": 0, "maximum": 1}
Share: TypeAlias = Annotated[float, SHARE]
Count: TypeAlias = Annotated[int, {"type": "integer", "minimum": 0}]
CountOrAny: TypeAlias = Annotated[int | None, {"type": "integer", "minimum": 0}]
AtLeastOne: TypeAlias = Annotated[int, {"type": "integer", "minimum": 1}]
Test: TypeAlias = Annotated[Literal["low", "value"], {"enum": ["low", "value"]}]


class RuleParameters(Struct, frozen=True, kw_only=True):
    """What a rule states besides `at` and `severity`; a field that is not annotated is not the checks file's to state."""


class SchemaParameters(RuleParameters, frozen=True, kw_only=True):
    """How many findings the label files may have; None: any number."""

    errors_at_most: Count = 0
    warnings_at_most: CountOrAny = None


class GuidelineParameters(RuleParameters, frozen=True, kw_only=True):
    """How many warnings the guideline may have; None: any number."""

    warnings_at_most: CountOrAny = None


class ExamplesParameters(RuleParameters, frozen=True, kw_only=True):
    """How many errors the guideline's examples may have."""

    errors_at_most: Count = 0


class AgreementParameters(RuleParameters, frozen=True, kw_only=True):
    """What a coefficient must reach, and how far slices may be apart in it; at least one of the two is stated."""

    coefficient: Annotated[str, {"enum": list(COEFFICIENT_NAMES)}] = "alpha"
    at_least: Annotated[float | None, {"type": "number", "maximum": 1}] = None
    gap_at_most: Annotated[float | None, {"type": "number", "minimum": 0}] = None
    test: Test = "low"
    min_units: AtLeastOne = 50


class CoverageParameters(RuleParameters, frozen=True, kw_only=True):
    """Which share of the assigned answers must be given."""

    of_assigned: Share


class GoldParameters(RuleParameters, frozen=True, kw_only=True):
    """What the accuracy of the votes against gold, or with `credit` their credit, must reach, on how many items."""

    accuracy_at_least: Share
    min_items: Count = 10
    test: Test = "low"
    credit: Annotated[bool, {"type": "boolean"}] = False


class SupportParameters(RuleParameters, frozen=True, kw_only=True):
    """Which share of the rows that votes decide must have how many votes."""

    votes_at_least: AtLeastOne
    share_at_least: Share


class UnresolvedParameters(RuleParameters, frozen=True, kw_only=True):
    """Which share of items may be undecided; `spread` is how far apart votes may be, by field, in the field's unit."""

    at_most: Share
    spread: Annotated[
        Mapping[str, float], {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}}
    ] = field(default_factory=dict)


class OutdatedParameters(RuleParameters, frozen=True, kw_only=True):
    """Which share of the current labels may be outdated."""

    at_most: Share


class ApprovedParameters(RuleParameters, frozen=True, kw_only=True):
    """How versions are approved, `signed` or `forge`, as `approval` in `checks/project.yaml` says."""

    way: str = "signed"


class GateRule(Struct, frozen=True, kw_only=True):
    """One kind of rule: what it may state, its page, and when it must hold where the checks file does not say."""

    parameters: type[RuleParameters]
    page: Rule
    at: At = At.RELEASE


_ERROR = Severity.ERROR

GATE_RULES: Mapping[str, GateRule] = {
    "schema": GateRule(
        parameters=SchemaParameters,
        at=At.MERGE,
        page=Rule(
            "gate/schema",
            _ERROR,
            "Too many faults in the labels",
            "A dataset is only as sound as its worst records; the project says how many faults it tolerates (usually none).",
            "run `assay check --all` and mend what it lists",
            "schema: {errors_at_most: 0}",
        ),
    ),
    "guideline": GateRule(
        parameters=GuidelineParameters,
        at=At.MERGE,
        page=Rule(
            "gate/guideline",
            _ERROR,
            "The guideline has faults",
            "Labels are made by the guideline and judged by it; one with gaps or dead links makes people decide alone.",
            "run `assay guideline lint` and mend what it lists",
            "guideline: {warnings_at_most: 0}",
        ),
    ),
    "examples": GateRule(
        parameters=ExamplesParameters,
        at=At.MERGE,
        page=Rule(
            "gate/examples",
            _ERROR,
            "Examples of the guideline fail",
            "Examples are the guideline's tests: one that the schema refuses, or that gold contradicts, says that they no "
            "longer describe the same task.",
            "run `assay guideline test` and mend what it lists",
            "examples: {errors_at_most: 0}",
        ),
    ),
    "approved": GateRule(
        parameters=ApprovedParameters,
        page=Rule(
            "gate/approved",
            _ERROR,
            "A guideline version that labels cite is not approved",
            "A version counts once a reviewer or lead who did not write it has approved exactly this text and schema. One "
            "changed byte is another text.",
            "have it approved: `assay guideline approve TASK`, or a review on the forge and then `assay guideline record TASK`",
            "approved: {}",
        ),
    ),
    "agreement": GateRule(
        parameters=AgreementParameters,
        page=Rule(
            "gate/agreement",
            _ERROR,
            "Annotators agree too little on a field",
            "When people who read the same guideline answer differently, the label says more about the person than about the "
            "item.",
            "look at the values with the lowest agreement, sharpen the guideline there, and label again",
            "agreement: {intent: {at_least: 0.667}, intent by meta.lang: {gap_at_most: 0.2}}",
        ),
    ),
    "coverage": GateRule(
        parameters=CoverageParameters,
        page=Rule(
            "gate/coverage",
            _ERROR,
            "Too little of the assigned work is done",
            "Unanswered items are seldom the easy ones; leaving them out bends the dataset.",
            "finish the open items, or assign them to somebody else",
            "coverage: {of_assigned: 0.95}",
        ),
    ),
    "gold": GateRule(
        parameters=GoldParameters,
        page=Rule(
            "gate/gold",
            _ERROR,
            "Votes are too often wrong on items with a known answer",
            "Gold items show whether the guideline is understood. Agreement alone would not: people can agree on a mistake. "
            "A few items show little: the interval over items must lie above the bound.",
            "look at the annotators and fields with the lowest accuracy, and go through their gold items together; where the "
            "rule is insufficient, add gold",
            "gold: {accuracy_at_least: 0.8, min_items: 30}",
        ),
    ),
    "unresolved": GateRule(
        parameters=UnresolvedParameters,
        page=Rule(
            "gate/unresolved",
            _ERROR,
            "Too many items are undecided",
            "Where votes tie or are too far apart, nobody answers, a required field has no value, or one waits after a "
            "migration, the dataset has no answer.",
            "adjudicate the items in the review queue; what nobody answered is asked again in a new batch, what waits after a "
            "migration by `assay migrate round`",
            "unresolved: {at_most: 0.02}",
        ),
    ),
    "support": GateRule(
        parameters=SupportParameters,
        page=Rule(
            "gate/support",
            _ERROR,
            "Too many released items rest on too few votes",
            "What a single annotator says is in nobody's agreement; a label that a second one would not give goes unseen.",
            "have the items labelled by another annotator (`assay batch escalate`, or a batch with overlap), or adjudicate them",
            "support: {votes_at_least: 2, share_at_least: 0.9}",
        ),
    ),
    "outdated": GateRule(
        parameters=OutdatedParameters,
        page=Rule(
            "gate/outdated",
            _ERROR,
            "Too many labels are outdated",
            "They were made under a version of the guideline that has changed since, in what they say. Mixed with new ones "
            "they make a dataset that follows no guideline.",
            "`assay guideline impact TASK --batch NAME` drafts the round that labels them again",
            "outdated: {at_most: 0.05}",
        ),
    ),
}
"""Every kind of rule of `checks/<task>.yaml`, by its name there."""

VERDICT_PAGES = (
    Rule(
        "gate/checks",
        _ERROR,
        "A check of the project fails",
        "The project's own checks in checks/ say what its owners expect of the data.",
        "read the check's message; run `assay gate` again when it is mended",
    ),
    Rule(
        "gate/refused",
        _ERROR,
        "The verdict does not allow it",
        "A merge or a release rests on a verdict that passes, is not expired, and was made from exactly what is here.",
        "run `dvc repro`, and mend what `assay gate` lists",
    ),
    Rule(
        "gate/project",
        _ERROR,
        "Something is wrong with the project itself",
        "Rules judge what was measured of a task. A stray folder, a broken file or a waiver of nothing is in none of these "
        "figures, and yet what is merged or released rests on it.",
        "mend what gate/findings.jsonl lists; `assay check --all` lists it too",
    ),
)
"""The pages of what else a verdict holds: the project's own checks, and what is wrong with the project itself."""
