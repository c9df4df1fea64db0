"""The form of a task, made from its schema: one field of the form for each field of the label."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from assay.annotator.page.item_view import KEYS, Node, image_named, nodes_of
from assay.core import Field, Json, JsonObject, Scale, canonical_text, clip
from assay.guidelines import GuidelineHtml
from assay.project import TaskSchema, listed_values, resolved, types_of

_RATED = 10
_ONE_LINE = 200
_TIP = 280
_QUOTE = "text"
_PLACES = {Scale.SPANS: ("start", "end"), Scale.BOXES: ("x", "y", "width", "height")}


class Widget(StrEnum):
    """How a field is answered."""

    CHOICE = "choice"
    CHOICES = "choices"
    RATING = "rating"
    NUMBER = "number"
    TEXT = "text"
    SPANS = "spans"
    BOXES = "boxes"
    TREE = "tree"
    ORDER = "order"
    SEQUENCE = "sequence"
    LIST = "list"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value to choose: as stored, as shown, its key within the field (may be empty), its section and tip of the guideline."""

    value: Json
    text: str
    key: str
    anchor: str
    tip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A further property of a span or box: a choice of `values`, a number, a text, or anything else as JSON."""

    name: str
    title: str
    widget: Widget
    needed: bool
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One question of the form.

    `values` are those to choose from, `nodes` the same as a tree; `kinds` those of the property `kind_key` of a span or box, whose
    other properties stand in `extra`: all plain ones, and what is required; `quote` says that a span quotes its words as
    `text`, which is never typed. `source` is the key of the item's data that spans or boxes refer to,
    `tokens` says that it is a list of words. `whole` asks for whole numbers, of boxes for whole pixels. `least` is how many
    members make an order. `member` says how a member of a list, or a value of a sequence, is typed: `text`, `number` or
    `path`; `once` that a list holds each member once.
    """

    name: str
    title: str
    description: str
    widget: Widget
    required: bool
    anchor: str
    values: tuple[Value, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    max_length: int | None = None
    multiline: bool = False
    source: str = ""
    tokens: bool = False
    kind_key: str = ""
    kinds: tuple[Value, ...] = ()
    extra: tuple[Extra, ...] = ()
    quote: bool = False
    nodes: tuple[Node, ...] = ()
    least: int = 0
    member: str = ""
    once: bool = False


def form_of(schema: TaskSchema, guide: GuidelineHtml, sample: JsonObject) -> tuple[FormField, ...]:
    """The form; `sample` is the data of one item, for a schema without `x-item`."""
    return tuple(_Maker(schema, guide, sample, field).field() for field in schema.fields)


@dataclass(frozen=True, slots=True)
class _Maker:
    schema: TaskSchema
    guide: GuidelineHtml
    sample: JsonObject
    of: Field

    def field(self) -> FormField:
        part = self.property
        title = _text(part, "title") or self.of.name
        about = self.guide.section_of_field((self.of.name, title))
        element = resolved(self.schema.label.schema, part.get("items"))
        widget = self._widget(part)
        whole = widget is Widget.NUMBER and set(types_of(part)) - {"null"} == {"integer"}
        placed = self._placed(element, title) if widget in {Widget.SPANS, Widget.BOXES} else {}
        listed = {**part, **element} if self.of.scale in _OF_MEMBERS else part
        values = self.of.values or listed_values(element) or ()
        return FormField(
            name=self.of.name,
            title=title,
            description=_text(part, "description"),
            widget=widget,
            required=self.of.required,
            anchor=about.anchor if about else "",
            **{
                "values": self._values(values, listed, title) if widget in _CHOSEN else (),
                "minimum": _bound(part, "minimum", "exclusiveMinimum", 1 if whole else 0),
                "maximum": _bound(part, "maximum", "exclusiveMaximum", -1 if whole else 0),
                "whole": whole,
                "max_length": part.get("maxLength"),
                "multiline": widget is Widget.TEXT
                and self.of.scale is not Scale.TREE
                and int(part.get("maxLength", _ONE_LINE + 1)) > _ONE_LINE,
                **placed,
                **self._made(widget, part, element),
            },
        )

    def _made(self, widget: Widget, part: dict[str, Any], element: dict[str, Any]) -> dict[str, Any]:
        """Further attributes of a field with members, or of a tree."""
        if widget is Widget.TREE:
            titles = dict(_titles(part))
            values = self.of.values or ()
            return {"nodes": nodes_of(values, [titles.get(canonical_text(value), "") for value in values])}
        if widget is Widget.ORDER:
            whole = self.of.scale is Scale.RANKING
            return {"least": len(self.of.values or ()) if whole else int(part.get("minItems", 1))}
        if widget in {Widget.LIST, Widget.SEQUENCE}:
            source = {"source": self.of.source or ""} if widget is Widget.SEQUENCE else {}
            once = self.of.scale is Scale.SET or part.get("uniqueItems") is True
            return {**source, "member": _member(element), "once": once}
        return {}

    @property
    def property(self) -> dict[str, Any]:
        properties = cast("JsonObject", self.schema.label.schema["properties"])
        return resolved(self.schema.label.schema, properties[self.of.name])

    def _widget(self, part: dict[str, Any]) -> Widget:
        kinds = set(types_of(part)) - {"null"}
        if self.of.scale in _PLACES:
            return Widget(self.of.scale.value) if self._source() else Widget.JSON
        if self.of.values and self.of.scale is Scale.TREE:
            return Widget.TREE
        if self.of.values and self.of.scale is Scale.ORDINAL and self.of.ordered and len(self.of.values) <= _RATED:
            return Widget.RATING
        if listed_values(part) is not None or (self.of.values and "x-order" in part and kinds != {"array"}):
            return Widget.CHOICE
        if kinds == {"array"}:
            return self._widget_of_members(resolved(self.schema.label.schema, part.get("items")))
        return _typed(kinds)

    def _widget_of_members(self, element: dict[str, Any]) -> Widget:
        if self.of.scale is Scale.SEQUENCE:
            return Widget.SEQUENCE
        if self.of.scale is Scale.SET and self.of.values:
            return Widget.CHOICES
        if listed_values(element):
            return Widget.ORDER
        return Widget.LIST if _member(element) else Widget.JSON

    def _placed(self, element: dict[str, Any], title: str) -> dict[str, Any]:
        """Further attributes of a field of spans or boxes."""
        below = {name: resolved(self.schema.label.schema, part) for name, part in _properties(element).items()}
        place = _PLACES[self.of.scale]
        kind = next((name for name, part in below.items() if name not in place and listed_values(part)), "")
        needed = set(element.get("required", ()))
        said = below.get(_QUOTE)
        plain = _QUOTE in needed if said is None else not listed_values(said)
        textual = set(types_of(said or {})).issuperset({"string"}) or not types_of(said or {})
        quote = self.of.scale is Scale.SPANS and kind != _QUOTE and plain and textual
        apart = {*place, kind, *([_QUOTE] if quote else [])}
        more = (self._extra(name, part, needed) for name, part in below.items() if name not in apart)
        kinds = below.get(kind, {})
        return {
            "source": self._source(),
            "tokens": self._tokens(),
            "kind_key": kind,
            "kinds": self._values(listed_values(kinds) or (), kinds, title),
            "extra": tuple(one for one in more if one.needed or one.widget is not Widget.JSON),
            "quote": quote,
            "whole": types_of(below.get(place[0], {})) == ["integer"],
        }

    def _extra(self, name: str, part: dict[str, Any], needed: Collection[str]) -> Extra:
        values, kinds = listed_values(part) or (), set(types_of(part)) - {"null"}
        return Extra(
            name=name,
            title=_text(part, "title") or name,
            widget=Widget.CHOICE if values else _typed(kinds),
            needed=name in needed,
            values=self._values(values, part, name),
        )

    def _source(self) -> str:
        """The key that the marks refer to: as stated, else the only possible one."""
        if self.of.source is not None:
            return self.of.source
        fits = (lambda value: isinstance(value, str)) if self.of.scale is Scale.SPANS else image_named
        found = [key for key, value in self.sample.items() if fits(value)]
        return found[0] if len(found) == 1 else ""

    def _tokens(self) -> bool:
        item = self.schema.item.schema if self.schema.item else {}
        stated = types_of(resolved(item, _properties(item).get(self._source())))
        return "array" in stated if stated else isinstance(self.sample.get(self._source()), list)

    def _values(self, values: Sequence[Json], part: dict[str, Any], title: str) -> tuple[Value, ...]:
        titles = dict(_titles(part))
        # Small numbers have their own digit as key, other values one by position.
        digits = [value for value in values if type(value) is int and 0 <= value <= 10]
        keys = [*KEYS, *[""] * len(values)][: len(values)]
        if len(digits) == len(values) and not {0, 10}.issubset(digits):
            keys = [str(digit % 10) for digit in digits]
        return tuple(self._value(value, titles, key, title) for value, key in zip(values, keys, strict=True))

    def _value(self, value: Json, titles: Mapping[str, str], key: str, title: str) -> Value:
        stored = canonical_text(value) if not isinstance(value, str) else value
        text = titles.get(canonical_text(value)) or _WORDS.get(stored if not isinstance(value, str) else "", stored)
        section = self.guide.section_of_value((self.of.name, title), (stored, text))
        return Value(
            value=value,
            text=text,
            key=key,
            anchor=section.anchor if section else "",
            tip=clip(section.text.partition("\n\n")[0], _TIP) if section else "",
        )


_CHOSEN = {Widget.CHOICE, Widget.CHOICES, Widget.RATING, Widget.TREE, Widget.ORDER, Widget.SEQUENCE}
_OF_MEMBERS = {Scale.SET, Scale.RANKING, Scale.SEQUENCE, Scale.TREE}
_WORDS = {"true": "yes", "false": "no", "null": "none"}


def _typed(kinds: set[str]) -> Widget:
    if kinds and kinds <= {"integer", "number"}:
        return Widget.NUMBER
    return Widget.TEXT if kinds == {"string"} else Widget.JSON


def _member(element: dict[str, Any]) -> str:
    """How a member of a list is typed; empty for an object, which cannot be typed in one line."""
    kinds = set(types_of(element)) - {"null"}
    if kinds == {"array"}:
        return "path"
    if kinds and kinds <= {"integer", "number"}:
        return "number"
    return "text" if kinds <= {"string"} else ""


def _titles(part: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("oneOf", "anyOf"):
        for option in part.get(key) or ():
            if isinstance(option, dict) and "const" in option and isinstance(option.get("title"), str):
                yield canonical_text(option["const"]), option["title"]


def _properties(part: JsonObject) -> JsonObject:
    properties = part.get("properties")
    return properties if isinstance(properties, dict) else {}


def _text(part: dict[str, Any], key: str) -> str:
    return str(part.get(key) or "")


def _bound(part: dict[str, Any], inclusive: str, exclusive: str, step: int) -> float | None:
    if exclusive in part:
        return cast("float", part[exclusive]) + step
    return cast("float | None", part.get(inclusive))
