"""A small task with a sound guideline, for the tests of lint and examples."""

SCHEMA = """\
type: object
additionalProperties: false
required: [tone]
x-item: {type: object, additionalProperties: false, required: [text], properties: {text: {type: string}}}
properties:
  tone: {title: Tone of voice, enum: [good, bad]}
  names:
    type: array
    x-source: text
    items:
      type: object
      required: [start, end, label]
      properties: {start: {type: integer}, end: {type: integer}, label: {enum: [person]}}
"""

FRONT = """\
---
task: mood
version: 1.1.0
owners: [ada]
changes:
  - {version: 1.0.0, date: 2026-01-01, summary: first}
  - {version: 1.1.0, date: 2026-02-01, summary: second}
---
"""

BODY = """\
# Mood

## Tone of voice

### `good`

See [bad](#bad).

```example
text: I like it, said Ann.
label: {tone: good, names: [{start: 16, end: 19, label: person}]}
why: She likes it.
```

### `bad`

```example
text: I hate it.
label: {tone: bad}
why: Hate.
```

## names

### person
"""

PAGE = FRONT + BODY
PROJECT = "format: 1\nid: test-project\ntasks: {mood: {pool: texts}}\n"
CHECKS = "consensus: {method: majority}\nrules: {schema: {errors_at_most: 0}, guideline: {}, examples: {}}\n"
ITEMS = '{"id":"i1","data":{"text":"I  hate it."}}\n{"id":"i2","data":{"text":"I like it, said Ann."}}\n'

FILES = {
    "checks/project.yaml": PROJECT,
    "checks/mood.yaml": CHECKS,
    "schemas/mood.yaml": SCHEMA,
    "guidelines/mood.md": PAGE,
    "labels/annotators/ada.yaml": "role: lead\n",
    "labels/items/texts/one.jsonl": ITEMS,
    "labels/mood/README.md": "# labels\n",
    "labels/mood/gold/ada.jsonl": '{"item":"i1","label":{"tone":"bad"}}\n',
}


def line_of(text, part):
    """The line on which a part of a text begins."""
    return text[: text.index(part)].count("\n") + 1
