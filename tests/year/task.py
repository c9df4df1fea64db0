"""The task of the year: its schema and guideline as they change, and what is really true of each item."""

import random
from dataclasses import dataclass, field

AREAS = ("billing", "login", "speed")
_TRUE = ("praise", "bug", "outage", "feedback")
CHECKS = """\
consensus: {method: majority}
rules:
  schema: {errors_at_most: 0}
  guideline: {}
  examples: {}
  agreement:
    tone: {at_least: 0.3, test: value, min_units: 10}
    urgency: {at_least: 0.3, test: value, min_units: 10}
  coverage: {of_assigned: 0.95}
  support: {votes_at_least: 2, share_at_least: 0.9}
  unresolved: {at_most: 0.05}
  outdated: {at_most: 0.0}
  approved: {}
"""


@dataclass
class Task:
    """Which changes of the guideline are merged, and the words that annotators use by them."""

    split: bool = False
    renamed: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def tones(self) -> tuple[str, ...]:
        """The values of `tone`."""
        return tuple(dict.fromkeys(map(self.word, _TRUE)))

    @property
    def faults(self) -> tuple[str, ...]:
        """The values of `tone` that ask for an `area`."""
        return ("bug", "outage") if self.split else ("problem",)

    def word(self, true: str) -> str:
        """What a true tone is called."""
        if true in {"bug", "outage"}:
            return true if self.split else "problem"
        return "comment" if true == "feedback" and self.renamed else true

    def schema(self) -> str:
        """The schema of its labels."""
        return f"""\
type: object
additionalProperties: false
required: [tone, urgency]
x-item: {{type: object, required: [text], properties: {{text: {{type: string}}}}}}
properties:
  tone: {{enum: [{", ".join(self.tones)}]}}
  urgency: {{type: integer, minimum: 1, maximum: 4, x-scale: ordinal}}
  area: {{enum: [{", ".join(AREAS)}]}}
if: {{properties: {{tone: {{enum: [{", ".join(self.faults)}]}}}}, required: [tone]}}
then: {{required: [area]}}
"""

    def page(self) -> str:
        """The guideline after its front matter: a section and an example for each value."""
        parts = ["# Mood\n", *(f"{note}\n" for note in self.notes), "## tone\n"]
        parts += [_section(tone, f"About {tone}.", self._label(tone, 2, "login")) for tone in self.tones]
        parts += ["## urgency\n"]
        parts += [_section(str(n), f"Urgent by {n}.", self._label("praise", n, "")) for n in range(1, 5)]
        parts += ["## area\n"]
        parts += [_section(area, f"It is the {area}.", self._label(self.faults[0], 3, area)) for area in AREAS]
        return "\n".join(parts)

    def _label(self, tone, urgency, area):
        asked = f", area: {area}" if area and tone in self.faults else ""
        return f"{{tone: {tone}, urgency: {urgency}{asked}}}"

    def answer(self, item: str, seed: int, chance: random.Random, wrong: float = 0.1) -> dict[str, object]:
        """What somebody says of an item, who is wrong now and then."""
        truth = random.Random(f"{seed} {item}")
        true, urgency, area = truth.choice(_TRUE), truth.randint(1, 4), truth.choice(AREAS)
        if chance.random() < wrong:
            true = chance.choice(_TRUE)
        if chance.random() < wrong:
            urgency = min(4, max(1, urgency + chance.choice((-1, 1))))
        if chance.random() < wrong / 2:
            area = chance.choice(AREAS)
        said: dict[str, object] = {"tone": self.word(true), "urgency": urgency}
        return {**said, "area": area} if self.word(true) in self.faults else said


def _section(title: str, text: str, label: str) -> str:
    return f"### {title}\n\n```example\ntext: {text}\nlabel: {label}\nwhy: It is so.\n```\n"
