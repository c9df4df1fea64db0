"""Faults of many kinds for a made project: the findings before a change of assay are to be those after it."""

from collections.abc import Callable
from pathlib import Path

TASK = Path("labels/aspects")
POOL = Path("labels/items/aspects")
LABEL = '"label":{"aspects":["price"],"feeling":"joy","strength":3}'
LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"
EVERY = 7  # each such file of labels has faults, each of another kind

IN_A_LINE: tuple[Callable[[str], str], ...] = (
    lambda line: line.replace('"feeling":"', '"feeling":"x-', 1),
    lambda line: line.replace('"item":"item-', '"item":"none-', 1),
    lambda line: line + line,
    lambda line: line.replace('"at":"2025-', '"at":"2025-13-', 1),
    lambda line: line.replace('"at":"2025-', '"at":"2024-', 1),
    lambda line: line.replace('Z","seconds"', '+01:00","seconds"', 1),
    lambda line: "<<<<<<< HEAD\n" + line + "=======\n" + line + ">>>>>>> theirs\n",
    lambda line: "=======\n" + line,
    lambda line: line[: len(line) // 2] + "\n",
    lambda line: "\n" + line,
    lambda line: line.replace(":", ": ", 1),
    lambda line: line.replace("\n", "\r\n"),
    lambda line: line.replace('"guideline":"1.', '"guideline":"9.', 1),
    lambda line: line.replace('"seconds":', '"secs":', 1),
    lambda line: line.replace('"seconds":', '"seconds":"x",', 1),
    lambda line: line.replace('"seconds":', '"seconds":-', 1),
    lambda line: line.replace('{"item"', '{"item":"item-00000001","item"', 1),
    lambda line: line.replace('"strength":', '"strength":NaN,"weight":', 1),
    lambda line: line.replace('"strength":', '"strength":9007199254740993,"weight":', 1),
    lambda line: line.replace('"guideline"', '"skip":"tired","guideline"', 1),
    lambda line: line.replace("}\n", ',"flags":["odd"]}\n', 1),
    lambda line: line.replace("}\n", ',"first":{"feeling":"joy"}}\n', 1),
    lambda line: line.replace("}\n", ',"suggestion":{"by":"model"}}\n', 1),
    lambda line: line.replace("}\n", ',"note":"\\ud800"}\n', 1),
    lambda line: line.replace("}\n", f',"note":"{"x" * 2**20}"}}\n', 1),
    lambda line: line.split(",", 1)[0] + ',"label":' + '{"a":' * 70 + "1" + "}" * 71 + "\n",
    lambda line: "[]\n" + line,
)
"""What makes a faulty line, or several, of a sound one; what does not apply to a line leaves it."""


def add_faults(root: Path) -> None:
    """Puts faults into lines of every seventh file; others into whole files, batches, gold, pool and roster."""
    files = sorted((root / TASK).glob("batch-*/w*.jsonl"))
    _break_lines(files)
    first, second, third = sorted((root / TASK).glob("batch-*"))[:3]
    _repeat_items(files[0], second)
    _add(first / "ghost.jsonl", f'{{"item":"item-00000001",{LABEL}}}\n')
    _add(first / "w01.jsonl", f'{{"item":"item-00000000",{LABEL}}}\n{{"item":"item-00000009",{LABEL}}}\n')
    _add(first / "w02.returned.jsonl", '{"item":"item-00000001","annotator":"w01","why":"look again"}\n')
    _add(first / "w04 final.jsonl", "{}\n")
    _add(second / "lead.adjudicated.jsonl", f'{{"item":"item-99999999",{LABEL},"reason":"whim"}}\n')
    (third / "w05.jsonl").write_text(LFS)
    (third / "w06.jsonl").write_bytes(b"\xef\xbb\xbf" + (third / "w06.jsonl").read_bytes())
    (third / "w07.jsonl").write_bytes((third / "w07.jsonl").read_bytes() + b'{"item":"\xff"}\n')
    (third / "w08.jsonl").unlink()
    (third / "w08.jsonl").symlink_to("w09.jsonl")
    _add(
        third / "assignments.jsonl",
        '{"item":"none","annotators":["w01"]}\n{"item":"item-00000003","annotators":["eve"]}\n',
    )
    _add(root / TASK / "gold/rev.jsonl", _contradicting(root / TASK / "gold/lead.jsonl"))
    (root / TASK / "batch-none").mkdir()
    (root / TASK / "batch-none/batch.yaml").write_text("purpose: fun\nstatus: open\ncreated: 2025-02-31\n")
    _break_pool(min((root / POOL).glob("*.jsonl")))
    _add(root / "labels/annotators/w19.yaml", "since: 2026-02-30\n")
    (root / "labels/annotators/w18.yaml").write_text("kind: robot\n")
    (root / "labels/annotators/w17.yaml").write_text("kind: person\nstatus: left\nsince: 2025-01-08\nhandle: W16\n")


def _break_lines(files: list[Path]) -> None:
    for number, path in enumerate(files[::EVERY]):
        lines = path.read_text().splitlines(keepends=True)
        for place in range(number % 3, len(lines), max(len(lines) // 5, 1)):
            lines[place] = IN_A_LINE[(number + place) % len(IN_A_LINE)](lines[place])
        path.write_bytes("".join(lines).encode("utf-8"))


def _repeat_items(source: Path, batch: Path) -> None:
    """Items that stand in two batches: asked of the same annotators again, who answered as before."""
    chosen = [line for line in source.read_text().splitlines(keepends=True)[:20] if line.startswith('{"item":"item-')]
    items = {line.split('"')[3] for line in chosen}
    plan = source.with_name("assignments.jsonl").read_text().splitlines(keepends=True)
    _merge(batch / "assignments.jsonl", [line for line in plan if line.split('"')[3] in items])
    _merge(batch / source.name, chosen)


def _break_pool(shard: Path) -> None:
    lines = shard.read_text().splitlines(keepends=True)
    _merge(
        shard,
        [
            lines[3].replace('{"id":"item-', '{"id":"twin-', 1),  # the same content
            lines[5].replace('"text":"', '"text":" ', 1).replace('{"id":"item-', '{"id":"near-', 1),
            lines[6]
            .replace('{"id":"item-', '{"id":"\u0456tem-', 1)
            .replace('"text":"', '"text":"other ', 1),  # looks the same
            lines[7].replace('"text":"', '"text":"another ', 1),  # the same id
            '{"id":"bare","data":{}}\n',
            '{"id":"number","data":{"text":7}}\n',
            '{"id":"spaced", "data":{"text":"spaced"}}\n',
            '{"id":"torn","data":{"text":"to\n',
        ],
    )


def _contradicting(gold: Path) -> str:
    first = gold.read_text().splitlines(keepends=True)[0]
    return f"{first.split(',', 1)[0]},{LABEL}}}\n" + '{"item":"none","label":{"feeling":"bliss"},"at":"today"}\n'


def _merge(path: Path, lines: list[str]) -> None:
    there = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    path.write_text("".join(sorted([*there, *lines])), encoding="utf-8")


def _add(path: Path, text: str) -> None:
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(before + text, encoding="utf-8")
