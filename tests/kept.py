"""The kept project: made once by an older assay, opened by every later one, with the figures it came to stored beside it.

`PYTHONPATH=tests python -m kept FOLDER` prints the figures of a project folder after `dvc repro`, and
`python -m kept FOLDER outputs` the digest of each key of each file that the pipeline made, but for those that may differ.
"""

import hashlib
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from pipelines import run

FIXTURES = Path(__file__).parent / "fixtures"
KEPT = FIXTURES / "project-1"
STORED = FIXTURES / "project-1.figures.json"
OUTPUTS = FIXTURES / "project-1.outputs.json"
MAY_DIFFER = frozenset(
    {
        "message",
        "fix",
        "hint",
        "format",
        "assay",
        "commit",
        "digest",
        "sha256",
        "inputs",
        "tables",
        "made_from",
        "until",
        "valid_until",
    }
)
"""Keys whose values may differ between versions: wording, versions, digests of files that hold them, and the end of the waiver."""


def kept_files():
    """Every file of the kept project: its path there, and its bytes.

    In this repository their names bear `dot_` for a leading dot and `.in`, so that git and DVC do not act on them.
    """
    for path in sorted(path for path in KEPT.rglob("*") if path.is_file()):
        name = path.relative_to(KEPT).as_posix().removesuffix(".in")
        yield re.sub(r"(^|/)dot_", r"\1.", name), path.read_bytes()


def kept_project(folder):
    """The kept project in a repository of its own, as it was left by the assay that made it.

    Only the end of its waiver moves, to a hundred days from today: no assay lets anything pass by an expired one.
    """
    end = (datetime.now(UTC).date() + timedelta(days=100)).isoformat()
    for name, kept in kept_files():
        data = kept.replace(b"until: 2027-03-31", f"until: {end}".encode()) if name == "checks/waivers.yaml" else kept
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for command in (
        ("init", "-q", "-b", "main"),
        ("config", "user.name", "noor"),
        ("config", "user.email", "noor@example.org"),
        ("add", "-A"),
        ("commit", "-q", "--author", "noor <noor@example.org>", "-m", "the kept project"),
    ):
        ran = run(folder, "git", *command)
        assert ran.code == 0, ran.said
    return folder


def figures_of(folder):
    """What the project comes to: counts, agreement, quality, consensus, verdict, releases; by name."""
    verdict = _json(folder / "gate/verdict.json")
    releases = sorted(path.parent for path in (folder / "release").glob("*/manifest.json"))
    tasks = sorted(path.name for path in (folder / "build").iterdir() if path.is_dir())
    return {
        "tasks": {task: _task(folder, task) for task in tasks},
        "verdict": {
            "merge": verdict["merge"],
            "release": verdict["release"],
            "rules": {rule["id"]: [rule["outcome"], rule["value"]] for rule in verdict["rules"]},
            "checks": {check["id"]: check["outcome"] for check in verdict["checks"]},
        },
        "releases": {path.name: _release(path) for path in releases},
    }


def outputs_of(folder):
    """The digest of each top-level key of each JSON file that the pipeline made, and of the rows of each table."""
    found = {}
    for path in sorted(path for name in ("build", "reports", "gate", "release") for path in (folder / name).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".json":
            found[name] = {key: _digest(value) for key, value in _lasting(_json(path)).items()}
        elif path.suffix == ".jsonl":
            found[name] = _digest(
                [_lasting(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
            )
        elif path.suffix == ".parquet":
            found[name] = _digest(pq.read_table(path).to_pylist())
        elif path.suffix == ".csv":
            found[name] = _digest(path.read_text(encoding="utf-8"))
    return found


def differing_outputs(folder):
    """The files and keys of a project folder that differ from the stored outputs."""
    now, stored = _flat(outputs_of(folder)), _flat(json.loads(OUTPUTS.read_text(encoding="utf-8")))
    return sorted(f"{path}: {key}" if key else path for path, key in {one for one, _ in now.items() ^ stored.items()})


def _flat(outputs):
    whole = {(path, ""): value for path, value in outputs.items() if isinstance(value, str)}
    return whole | {
        (path, key): value
        for path, keys in outputs.items()
        if path not in {p for p, _ in whole}
        for key, value in keys.items()
    }


def _lasting(value):
    """A value without the keys that may differ, at any depth."""
    if isinstance(value, dict):
        return {key: _lasting(part) for key, part in value.items() if key not in MAY_DIFFER}
    return [_lasting(part) for part in value] if isinstance(value, list) else value


def _task(folder, task):
    schema, agreement, consensus, quality = (
        _json(folder / "reports" / task / f"{name}.json") for name in ("schema", "agreement", "consensus", "quality")
    )
    decided = pq.read_table(folder / "build" / task / "consensus.parquet").to_pylist()
    return {
        "schema": {key: schema[key] for key in ("records", "valid", "errors", "warnings")},
        "agreement": {
            name: {key: field[key] for key in ("scale", "units", "annotators", "alpha", "ac1", "percent")}
            for name, field in agreement["fields"].items()
        },
        "consensus": {
            "items": consensus["items"],
            "values": _digest(sorted([row["item"], row["field"], row["value"], row["source"]] for row in decided)),
        },
        "quality": {
            "gold": {key: quality["gold"][key] for key in ("items", "accuracy", "vote_accuracy")},
            **{key: quality[key] and quality[key]["value"] for key in ("coverage", "unresolved", "outdated")},
        },
    }


def _release(folder):
    manifest = _json(folder / "manifest.json")
    return {
        "version": manifest["version"],
        "rows": {task: entry["rows"] for task, entry in manifest["tasks"].items()},
        "files": {
            path.relative_to(folder).as_posix(): _content(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix in {".jsonl", ".parquet"}
        },
    }


def _content(path):
    """The digest of a released file; of a table that of its rows, for the bytes are the library's affair."""
    if path.suffix == ".parquet":
        return _digest(pq.read_table(path).to_pylist())
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _json(path):
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    wanted = outputs_of if sys.argv[2:] == ["outputs"] else figures_of
    print(json.dumps(wanted(Path(sys.argv[1])), indent=2, ensure_ascii=False))
