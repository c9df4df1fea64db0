"""What the log says of a release that an item is in: as what, while the files of that release can be had, else that it was."""

import hashlib
import json
import shutil

import orjson

from assay.annotator.log import item_log
from assay.annotator.log_story import ItemEvent
from clones import commit
from projects import write_files


def told(project, item):
    return [one.said[0] for one in item_log(project, item, ()) if isinstance(one, ItemEvent) and one.event == "release"]


def cached(root, folder):
    """Puts a folder into DVC's cache and says so in dvc.lock, as `dvc repro` and `dvc commit` do."""
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    listed = [{"md5": _kept(root, one.read_bytes()), "relpath": one.relative_to(folder).as_posix()} for one in files]
    name = f"{_kept(root, json.dumps(listed).encode(), '.dir')}.dir"
    write_files(
        root,
        {
            "dvc.lock": (
                "schema: '2.0'\nstages:\n  release@set:\n    cmd: assay release build set\n    outs:\n"
                f"    - path: release/set\n      hash: md5\n      md5: {name}\n      size: 1\n      nfiles: {len(listed)}\n"
            )
        },
    )


def _kept(root, data, ending=""):
    name = hashlib.md5(data).hexdigest()
    write_files(root, {f".dvc/cache/files/md5/{name[:2]}/{name[2:]}{ending}": data})
    return name


def test_an_item_is_told_as_what_it_was_released_from_the_folder_the_cache_or_not_at_all(whole):
    root = whole.root
    rows = [
        orjson.loads(line) for path in root.glob("release/set/mood/*.jsonl") for line in path.read_bytes().splitlines()
    ]
    (good,) = (row for row in rows if row["item"] == "i1")
    assert good["label"]["tone"] == "good"
    assert told(whole, "i1") == []
    write_files(root, {".gitignore": (root / ".gitignore").read_text() + "/.dvc/\n"})
    cached(root, root / "release/set")
    commit(root, "Released")
    said = {name: value for name, value in good["label"].items() if name != "tone"}
    (line,) = told(whole, "i1")
    assert line.startswith("mood: released as ")
    assert line.endswith(" in set 1.0.0")
    assert ("tone=good" in line, all(f"{name}=" in line for name in said)) == (True, True)
    shutil.rmtree(root / "release")
    assert told(whole, "i1") == [line]
    for path in (root / ".dvc/cache").rglob("*"):
        if path.is_file() and not path.name.endswith(".dir"):
            path.write_bytes(path.read_bytes().replace(b'"good"', b'"evil"'))
    (unknown,) = told(whole, "i1")
    assert unknown.startswith("mood: released in set 1.0.0; its label is unknown")
    assert told(whole, "i5") == []

    write_files(root, {"releases/set/1.0.0.json": "{}\n"})
    (broken,) = told(whole, "i1")
    assert broken.startswith("may be released in set 1.0.0: its record cannot be read")
