"""The examples of a guideline: fenced blocks tagged `example`, which are tests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import cast

from assay.errors import ConfigError
from assay.guidelines.body import Body
from assay.guidelines.page import Block, Page, page_of
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.model.json import JsonObject
from assay.store.yaml import Document, load_yaml

TAG = "example"
LABEL, NOT, WHY = "label", "not", "why"
_PARTS = frozenset({LABEL, NOT, WHY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An example of a task: the item's data, the label that is right (or the one that is `refused`), and why.

    At least one of `label` and `refused` is there; a refused label may leave fields out. `line` is that of the fence, and
    `lines` has that of every value by its JSON pointer in the block.
    """

    task: str
    path: str
    line: int
    data: JsonObject
    label: "JsonObject | None"
    refused: "JsonObject | None"
    why: str
    lines: Mapping[str, int]

    def at(self, pointer: str = "") -> Location:
        """Where a value of the block stands, or the nearest one around it."""
        return Document(path=self.path, value=None, lines=self.lines).at(pointer)


def examples_of(body: Body) -> tuple[Example | Finding, ...]:
    """The examples of a guideline in their order; a finding where a block is none, or does not say why.

    Raises:
        LimitError: the page is longer than assay reads.
    """
    return examples_on(page_of(body), body.path)


def examples_on(page: Page, path: str) -> tuple[Example | Finding, ...]:
    """The same of a page that was parsed; `path` is the file's."""
    return tuple(part for block in page.blocks for part in _Reader(block, path).parts())


class _Reader:
    """Reads one block."""

    def __init__(self, block: Block, path: str) -> None:
        self.block = block
        self.path = path
        self.task = PurePosixPath(path).stem
        self.fence = Location(path=path, line=block.line)

    def parts(self) -> Iterator[Example | Finding]:
        """The example, and what is wrong with its form."""
        word = (self.block.info.split() or [""])[0]
        if word != TAG:
            if word.casefold() in {TAG, f"{TAG}s"}:
                yield self._fault(self.fence, f"a block tagged {word!r} is not run", f"tag it ```{TAG}")
            return
        if not self.block.closed:
            yield self._fault(self.fence, "the block has no end", "close it with a line like the one that opens it")
            return
        try:
            document = load_yaml(self.block.text.encode(), self.path, first_line=self.block.line + 1)
        except ConfigError as error:
            yield self._unreadable(error)
            return
        faults = tuple(self._faults(document))
        yield from faults or self._example(document)

    def _faults(self, document: Document) -> Iterator[Finding]:
        value = document.value
        if not isinstance(value, dict):
            yield self._fault(self.fence, "the block holds no keys", "write the item's data, `label:` and `why:`")
            return
        if value.keys() <= _PARTS:
            yield self._fault(self.fence, "the block shows no item", "write the keys of the item's data above `label:`")
        if not value.keys() & {LABEL, NOT}:
            yield self._fault(self.fence, "the block has no `label:` and no `not:`", "write the label that is right")
        for key in (LABEL, NOT):
            if key in value and not (isinstance(value[key], dict) and (key == LABEL or value[key])):
                hint = "write its fields, such as {field: value}"
                yield self._fault(document.at(f"/{key}"), f"`{key}:` holds no fields", hint)
        if WHY in value and not isinstance(value[WHY], str):
            yield self._fault(document.at(f"/{WHY}"), "`why:` is a sentence", "put it in quotation marks")

    def _example(self, document: Document) -> Iterator[Example | Finding]:
        value = cast("JsonObject", document.value)
        why = cast("str", value.get(WHY, ""))
        yield Example(
            task=self.task,
            path=self.path,
            line=self.block.line,
            data={key: below for key, below in value.items() if key not in _PARTS},
            label=cast("JsonObject | None", value.get(LABEL)),
            refused=cast("JsonObject | None", value.get(NOT)),
            why=why,
            lines=document.lines,
        )
        if not why.strip():
            yield finding("example/why", self.fence, "the example does not say why", where=Where(task=self.task))

    def _unreadable(self, error: ConfigError) -> Finding:
        place, _, said = error.message.removeprefix(f"{self.path}:").partition(" ")
        at = Location(path=self.path, line=int(place)) if place.isdigit() else self.fence
        return self._fault(at, f"the block is not YAML: {said}", error.hint)

    def _fault(self, at: Location, message: str, hint: str) -> Finding:
        return finding("example/form", at, message, hint=hint, where=Where(task=self.task))
