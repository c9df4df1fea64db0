"""What a made project asks and of whom: schema, guideline, checks and roster."""

from collections.abc import Iterator
from datetime import date

TASK = "aspects"
ANNOTATORS = tuple(f"w{number:02}" for number in range(20))
FEELINGS = ("anger", "joy", "neutral", "sadness", "surprise")
STRENGTHS = (1, 2, 3, 4, 5)
ASPECTS = ("delivery", "design", "price", "quality", "service", "support")
STARTED = date(2025, 1, 6)
CHANGED = "2025-01-08"

SCHEMA = f"""\
$schema: "https://json-schema.org/draft/2020-12/schema"
title: {TASK}
type: object
additionalProperties: false
required: [feeling, strength, aspects]
properties:
  feeling: {{type: string, enum: [{", ".join(FEELINGS)}]}}
  strength: {{type: integer, minimum: 1, maximum: 5, x-scale: ordinal}}
  aspects: {{type: array, uniqueItems: true, items: {{type: string, enum: [{", ".join(ASPECTS)}]}}}}
x-item: {{type: object, additionalProperties: false, required: [text], properties: {{text: {{type: string, minLength: 1}}}}}}
"""
EXAMPLE = """
```example
text: This is what somebody wrote about {value}.
label: {{feeling: {feeling}, strength: {strength}, aspects: [{aspect}]}}
why: It names {value} and nothing else.
```
"""
CHECKS = """\
consensus: {method: majority}
rules:
  schema: {errors_at_most: 0}
  agreement:
    feeling: {coefficient: alpha, at_least: 0.667, test: low, min_units: 50}
    strength: {coefficient: alpha, at_least: 0.667, test: low, min_units: 50}
    aspects: {coefficient: alpha, at_least: 0.667, test: low, min_units: 50}
  coverage: {of_assigned: 0.95}
  gold: {accuracy_at_least: 0.60, min_items: 10}
  support: {votes_at_least: 2, share_at_least: 0.80}
  unresolved: {at_most: 0.25}
"""


def configuration() -> Iterator[tuple[str, str]]:
    """The files of the task and its people, by path."""
    yield f"schemas/{TASK}.yaml", SCHEMA
    yield f"checks/{TASK}.yaml", CHECKS
    yield f"guidelines/{TASK}.md", _guideline()
    entry = "kind: {kind}\nrole: {role}\nstatus: active\nhandle: {name}\nemails: [{name}@example.org]\nqualified: [aspects]\n"
    roles = {"lead": "lead", "rev": "reviewer", **dict.fromkeys(ANNOTATORS, "annotator")}
    for name, role in roles.items():
        yield f"labels/annotators/{name}.yaml", entry.format(kind="person", role=role, name=name)
    yield "labels/annotators/model.yaml", "kind: model\nrole: annotator\nstatus: active\nhandle: model\n"


def _guideline() -> str:
    front = (
        f"---\ntask: {TASK}\nversion: 1.1.0\nowners: [lead]\nchanges:\n"
        f'  - {{version: 1.0.0, date: "{STARTED}", summary: first}}\n'
        f'  - {{version: 1.1.0, date: "{CHANGED}", summary: price, affects: [aspects], policy: grandfather}}\n---\n'
    )
    text = [front, f"\n# {TASK}\n\nWhat the writer feels, how strongly, and about what.\n"]
    for field, values in (("feeling", FEELINGS), ("strength", STRENGTHS), ("aspects", ASPECTS)):
        text.append(f"\n## `{field}`\n")
        for place, value in enumerate(values):
            text.append(f"\n### `{value}`\n\nChosen where {value} is meant.\n")
            chosen = {"feeling": FEELINGS[place % 5], "strength": STRENGTHS[place % 5], "aspect": ASPECTS[place]}
            text.append(EXAMPLE.format(value=f"{field} {value}", **chosen))
    return "".join(text)
