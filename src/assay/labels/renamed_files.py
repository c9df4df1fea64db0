"""Files of policy under other names: batches, owners, waivers, identities, approvals and signers."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from assay.errors import ConfigError
from assay.guidelines.approval import SIGNERS, approval_bytes, approval_of
from assay.guidelines.front_matter import source_of
from assay.labels.renamed_lines import Naming
from assay.model.finding import Fault
from assay.model.quality import SIGNED
from assay.project.identities import IDENTITIES
from assay.project.policy import WAIVERS_FILE
from assay.store.yaml import load_yaml
from assay.store.yaml_edit import remove_member, swap_texts

_BATCH = re.compile(r"labels/[^/]+/[^/]+/batch\.yaml")
_GUIDELINE = re.compile(r"guidelines/(?!approvals/)(?:.*/)?[^/]+\.md")
_APPROVAL = re.compile(r"guidelines/approvals/.*\.yaml")
_LISTS = {"annotators": ("annotators", "*"), "owners": ("owners", "*")}
_ONE = frozenset({("prelabels",), ("*", "approver")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A file as it is to be; None: it goes. `signed`: it is a signed approval, and its signature says the old name."""

    data: bytes | None
    signed: bool = False


def renamed_file(path: str, data: bytes, naming: Naming) -> Changed | Fault | None:
    """The file under the new names; None where it names nobody concerned, or is no file of policy."""
    change = _change_of(path)
    words = (*naming.names, *naming.also)
    named = any(word.encode() in data.lower() or _local(word) in data for word in words)
    if change is None or not (named or b"\\" in data or b"''" in data):
        return None
    try:
        became = change(path, data, naming)
    except ConfigError as error:
        place = re.match(rf"{re.escape(path)}:(\d+) ", error.message)
        return Fault(path=path, line=int(place[1]) if place else 0, message=error.message)
    return became if became is not None and became.data != data else None


def line_of(data: bytes, words: Mapping[str, str]) -> int:
    """The first line that holds one of the words by itself; 0 where none does."""
    found = re.compile("|".join(rf"(?<![\w-]){re.escape(word)}(?![\w-])" for word in words))
    lines = data.decode(errors="replace").split("\n")
    return next((number for number, line in enumerate(lines, start=1) if found.search(line)), 0)


def _local(word: str) -> bytes:
    return word.partition("/")[2].encode() or word.encode()


def _change_of(path: str) -> Callable[[str, bytes, Naming], Changed | None] | None:
    if path == SIGNERS:
        return _signers
    if path == IDENTITIES:
        return _identities
    if _APPROVAL.fullmatch(path):
        return _approval
    if _GUIDELINE.fullmatch(path):
        return _guideline
    return _yaml if _BATCH.fullmatch(path) or path == WAIVERS_FILE else None


def _yaml(path: str, data: bytes, naming: Naming) -> Changed:
    value = load_yaml(data, path).value
    text = data.decode()
    turned: dict[tuple[str, ...], Mapping[str, str]] = {}
    for key, place in _LISTS.items():
        members = value.get(key) if isinstance(value, dict) else None
        if not isinstance(members, list) or not all(isinstance(one, str) for one in members):
            continue
        before, left = [str(one) for one in members], list[str]()
        for who in before:
            others = {one for one in before if one not in naming.names} | {naming.of(one) for one in left}
            if who in naming.names and naming.of(who) in others:
                text = remove_member(text, path, key, who)
            else:
                left.append(who)
        after = [naming.of(who) for who in left]
        turned[place] = dict(zip(left, sorted(after) if left == sorted(left) else after, strict=True))

    def _swap(place: tuple[str, ...], said: str) -> str:
        if place in turned:
            return turned[place].get(said, said)
        return naming.of(said) if place in _ONE else said

    return Changed(data=swap_texts(text, path, _swap).encode())


def _guideline(path: str, data: bytes, naming: Naming) -> Changed | None:
    """A guideline's owners; its body and its changes are what was approved, and stay. A page without front matter has none."""
    if not data.startswith(b"---"):
        return None
    front = source_of(data, path).front
    start = data.index(b"\n") + 1
    became = _yaml(path, front, naming).data or b""
    return Changed(data=data[:start] + became + data[start + len(front) :]) if became != front else None


def _identities(path: str, data: bytes, naming: Naming) -> Changed:
    def _swap(place: tuple[str, ...], said: str) -> str:
        match place:
            case (source, ":"):
                return naming.local(f"@{source}", said)
            case (_, _):
                return naming.of(said)
            case _:
                return said

    return Changed(data=swap_texts(data.decode(), path, _swap).encode())


def _approval(path: str, data: bytes, naming: Naming) -> Changed | None:
    approval = approval_of(data, path)

    def _of(said: str) -> str:
        return naming.also.get(said.lower(), naming.of(said))

    became = replace(
        approval,
        authors=tuple(sorted({*map(_of, approval.authors)})),
        approvers=tuple(dict.fromkeys(map(_of, approval.approvers))),
        addresses={one: _of(whose) for one, whose in approval.addresses.items() if one.lower() not in naming.also},
    )
    if (became.approvers, became.addresses) == (approval.approvers, approval.addresses) and (
        {*became.authors} == {*approval.authors}
    ):
        return None
    return Changed(data=approval_bytes(became), signed=approval.way == SIGNED)


def _signers(_: str, data: bytes, naming: Naming) -> Changed:
    return Changed(data=b"\n".join(line for one in data.split(b"\n") for line in _signer(one, naming)))


def _signer(line: bytes, naming: Naming) -> Iterator[bytes]:
    """A signer's line under the new names. Where whole people go (`also` names them), so does a line of theirs alone."""
    words = line.split(maxsplit=1)
    if len(words) < 2 or line.lstrip().startswith(b"#"):
        yield line
        return
    before = words[0].decode(errors="surrogateescape").split(",")
    gone = {*naming.also} | ({*naming.names} if naming.scrubbed else set())
    after = list(dict.fromkeys(naming.of(one) for one in before if one.lower() not in gone))
    if after == before:
        yield line
    elif after:
        yield ",".join(after).encode(errors="surrogateescape") + line[line.index(words[0]) + len(words[0]) :]
