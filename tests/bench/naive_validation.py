"""What people would write without assay: json and jsonschema, the validator reused, over every label line of a project."""

import json
import sys
from pathlib import Path

import jsonschema
import yaml

PROPERTIES = {
    "item": {"type": "string", "minLength": 1},
    "skip": {"type": "string"},
    "guideline": {"type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"},
    "at": {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$"},
    "seconds": {"type": "number", "minimum": 0},
    "confidence": {"type": "object"},
    "flags": {"type": "array", "items": {"type": "string"}},
}


def main() -> None:
    """Prints how many lines are valid."""
    root, valid, found = Path(sys.argv[1]), 0, 0
    schema = yaml.safe_load((root / "schemas/aspects.yaml").read_text(encoding="utf-8"))
    del schema["$schema"]
    record = {
        "type": "object",
        "required": ["item"],
        "additionalProperties": False,
        "properties": {**PROPERTIES, "label": schema},
    }
    validator = jsonschema.Draft202012Validator(record)
    for path in sorted((root / "labels/aspects").glob("batch-*/*.jsonl")):
        if path.stem == "assignments" or "." in path.stem:
            continue
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                found += 1
                valid += validator.is_valid(json.loads(line))
    print(f"{valid} of {found} lines are valid")


if __name__ == "__main__":
    main()
