"""The rules of the gate as data: the parameters of each kind in `checks/<task>.yaml`, when it applies, and its page.

Parameter types are annotated with their JSON Schema; `assay.project.shapes` builds the schema of the checks file from
these classes. `assay.gate.rules` has the functions that judge.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import Struct, field

from assay.core.agreement_result import COEFFICIENT_NAMES
from assay.core.rules import Rule, error
from assay.core.values import JsonObject
from assay.core.verdict import At

SHARE: JsonObject = {"type": "number", "minimum": 0, "maximum": 1}
Share: TypeAlias = Annotated[float, SHARE]
Count: TypeAlias = Annotated[int, {"type": "integer", "minimum": 0}]
CountOrAny: TypeAlias = Annotated[int | None, {"type": "integer", "minimum": 0}]
AtLeastOne: TypeAlias = Annotated[int, {"type": "integer", "minimum": 1}]
Test: TypeAlias = Annotated[Literal["low", "value"], {"enum": ["low", "value"]}]


class RuleParameters(Struct, frozen=True, kw_only=True):
    """The parameters of a rule besides `at` and `severity`; a field without a JSON Schema cannot be set in the checks file."""


class SchemaParameters(RuleParameters, frozen=True, kw_only=True):
    """The maximum number of findings in label files; None: no limit."""

    errors_at_most: Count = 0
    warnings_at_most: CountOrAny = None


class GuidelineParameters(RuleParameters, frozen=True, kw_only=True):
    """The maximum number of warnings on the guideline; None: no limit."""

    warnings_at_most: CountOrAny = None


class ExamplesParameters(RuleParameters, frozen=True, kw_only=True):
    """The maximum number of errors in the guideline's examples."""

    errors_at_most: Count = 0


class AgreementParameters(RuleParameters, frozen=True, kw_only=True):
    """The minimum of a coefficient, and the maximum gap between slices; at least one of the two is set."""

    coefficient: Annotated[str, {"enum": list(COEFFICIENT_NAMES)}] = "alpha"
    at_least: Annotated[float | None, {"type": "number", "maximum": 1}] = None
    gap_at_most: Annotated[float | None, {"type": "number", "minimum": 0}] = None
    test: Test = "low"
    min_units: AtLeastOne = 50


class CoverageParameters(RuleParameters, frozen=True, kw_only=True):
    """The minimum share of assigned answers that are done."""

    of_assigned: Share


class GoldParameters(RuleParameters, frozen=True, kw_only=True):
    """The minimum accuracy of votes against gold, or with `credit` of their credit, and the minimum number of items."""

    accuracy_at_least: Share
    min_items: Count = 10
    test: Test = "low"
    credit: Annotated[bool, {"type": "boolean"}] = False


class SupportParameters(RuleParameters, frozen=True, kw_only=True):
    """The minimum number of votes, and the minimum share of rows decided by votes that have so many."""

    votes_at_least: AtLeastOne
    share_at_least: Share


class UnresolvedParameters(RuleParameters, frozen=True, kw_only=True):
    """The maximum share of undecided items; `spread` is the maximum spread of votes by field, in the field's unit."""

    at_most: Share
    spread: Annotated[
        Mapping[str, float], {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}}
    ] = field(default_factory=dict)


class OutdatedParameters(RuleParameters, frozen=True, kw_only=True):
    """The maximum share of outdated labels among the current ones."""

    at_most: Share


class ApprovedParameters(RuleParameters, frozen=True, kw_only=True):
    """How versions are approved: `signed` or `forge`, from `approval` in `checks/project.yaml`."""

    way: str = "signed"


class GateRule(Struct, frozen=True, kw_only=True):
    """One kind of rule: its parameters, its page, and when it applies by default."""

    parameters: type[RuleParameters]
    page: Rule
    at: At = At.RELEASE


GATE_RULES: Mapping[str, GateRule] = {
    "schema": GateRule(
        parameters=SchemaParameters, at=At.MERGE,
        page=error("gate/schema", "Too many faults in the labels",
            "Faulty records make a faulty dataset; the project sets the maximum number of faults (usually none).",
            "run `assay check --all` and fix what it lists",
            "schema: {errors_at_most: 0}"),
    ),
    "guideline": GateRule(
        parameters=GuidelineParameters, at=At.MERGE,
        page=error("gate/guideline", "The guideline has faults",
            "Labels follow the guideline and are judged by it; where it has gaps or broken links, annotators decide alone.",
            "run `assay guideline lint` and fix what it lists",
            "guideline: {warnings_at_most: 0}"),
    ),
    "examples": GateRule(
        parameters=ExamplesParameters, at=At.MERGE,
        page=error("gate/examples", "Examples of the guideline fail",
            "Examples are the tests of the guideline: if one does not match the schema or contradicts gold, the two no longer describe the same task.",
            "run `assay guideline test` and fix what it lists",
            "examples: {errors_at_most: 0}"),
    ),
    "approved": GateRule(
        parameters=ApprovedParameters,
        page=error("gate/approved", "A guideline version that labels cite is not approved",
            "A version counts once a reviewer or lead who did not write it has approved exactly this text and schema, byte by byte.",
            "have it approved: `assay guideline approve TASK`, or a review on the forge and then `assay guideline record TASK`",
            "approved: {}"),
    ),
    "agreement": GateRule(
        parameters=AgreementParameters,
        page=error("gate/agreement", "Annotators agree too little on a field",
            "If annotators who follow the same guideline answer differently, labels depend on the annotator rather than on the item.",
            "look at the values with the lowest agreement, make the guideline clearer there, and label again",
            "agreement: {intent: {at_least: 0.667}, intent by meta.lang: {gap_at_most: 0.2}}"),
    ),
    "coverage": GateRule(
        parameters=CoverageParameters,
        page=error("gate/coverage", "Too few assigned items are answered",
            "Unanswered items are rarely the easy ones; omitting them biases the dataset.",
            "finish the open items, or assign them to another annotator",
            "coverage: {of_assigned: 0.95}"),
    ),
    "gold": GateRule(
        parameters=GoldParameters,
        page=error("gate/gold", "Votes are too often wrong on items with a known answer",
            "Gold items show whether annotators understand the guideline; agreement alone does not, because people can agree on a mistake. Few items prove little: the confidence interval over items must lie above the bound.",
            "look at the annotators and fields with the lowest accuracy, and discuss their gold items with them; if the rule is insufficient, add gold",
            "gold: {accuracy_at_least: 0.8, min_items: 30}"),
    ),
    "unresolved": GateRule(
        parameters=UnresolvedParameters,
        page=error("gate/unresolved", "Too many items are undecided",
            "The dataset has no answer where votes tie or are too far apart, no one answers, a required field has no value, or a field waits for an answer after a migration.",
            "adjudicate the items in the review queue; put unanswered items into a new batch; `assay migrate batch` drafts one for items that wait after a migration",
            "unresolved: {at_most: 0.02}"),
    ),
    "support": GateRule(
        parameters=SupportParameters,
        page=error("gate/support", "Too many released items rest on too few votes",
            "Agreement cannot be measured on the answer of a single annotator, so its mistakes stay unnoticed.",
            "have the items labelled by another annotator (`assay batch escalate`, or a batch with overlap), or adjudicate them",
            "support: {votes_at_least: 2, share_at_least: 0.9}"),
    ),
    "outdated": GateRule(
        parameters=OutdatedParameters,
        page=error("gate/outdated", "Too many labels are outdated",
            "A later guideline version affects them. Mixed with new labels they make a dataset that follows no single guideline.",
            "`assay guideline impact TASK --batch NAME` drafts the batch that relabels them",
            "outdated: {at_most: 0.05}"),
    ),
}  # fmt: skip
"""Every kind of rule of `checks/<task>.yaml`, by its name there."""

VERDICT_PAGES = (
    error("gate/checks", "A check of the project fails",
        "The project's own checks in checks/ define what its owners expect of the data.",
        "fix what the check's message says, then run `assay gate` again"),
    error("gate/refused", "The verdict does not allow it",
        "A merge or a release needs a verdict that passes, has not expired, and was made from exactly these files.",
        "run `dvc repro`, and fix what `assay gate` lists"),
    error("gate/project", "The project itself has faults",
        "Rules judge the figures of a task. A stray folder, an invalid file or a waiver of an unknown rule appears in none of them, and still affects what is merged or released.",
        "fix what gate/findings.jsonl lists; `assay check --all` lists it too"),
)  # fmt: skip
"""The pages of the other parts of a verdict: the project's own checks, and faults of the project itself."""
