"""The steps of a migration as they are typed, held against the values that the task's schema has or had.

A value stands as it is, every character of it, or in double quotes as JSON writes it. Where `:`, `,` or `=` in a value
leave open which values are meant, nothing is guessed.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from assay.core import Json, JsonObject, did_you_mean
from assay.errors import UsageError
from assay.lead.migrate_add import Held, declared_once, spelled, step
from assay.project import Project

_DECODER = json.JSONDecoder()
_QUOTE = '"'
_SHOWN = 12
_FEW = 2
Values: TypeAlias = tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """One way to read what was typed: the values before the colon, and what is after it."""

    before: Values
    after: Values

    def __str__(self) -> str:
        """The same with every value in quotes."""
        sides = (
            ",".join(json.dumps(spelled(one), ensure_ascii=False) for one in side) for side in (self.before, self.after)
        )
        return ":".join(filter(None, sides))


def steps_of(project: Project, task: str, told: Mapping[str, Sequence[str]]) -> list[JsonObject]:
    """The steps that options of `assay migrate add` state, in the options' order.

    Raises:
        UsageError: one is of another form, is about a field or value that no version of the schema has, or can be read in
            several ways.
        ConfigError: the schema is broken.
        GitError: this clone lacks an earlier version of it.
    """
    typed = _Typed(declared_once(project, project.task(task).name))
    return [one for option, texts in told.items() for one in _STEPS[option](typed, texts)]


@dataclass(frozen=True, slots=True)
class _Typed:
    """Reads what was typed by what is known of the fields."""

    fields: Mapping[str, Held]

    def field(self, text: str, form: str) -> tuple[str, str]:
        """The field that a text begins with, and what follows its `=`."""
        if text.startswith(_QUOTE):
            name, end = _quoted(text, form)
            if text[end : end + 1] != "=":
                raise _malformed(text, form)
            return self.known(name), text[end + 1 :]
        places = [place for place, sign in enumerate(text) if sign == "="]
        if not places or places[0] == 0 or text.endswith("="):
            raise _malformed(text, form)
        fitting = [place for place in places if text[:place] in self.fields]
        if len(fitting) > 1:
            raise UsageError(f"{text!r} may be about several fields", fix=_QUOTED)
        place = fitting[0] if fitting else places[0]
        return self.known(text[:place]), text[place + 1 :]

    def known(self, name: str) -> str:
        """The name of a field that there is or was.

        Raises:
            UsageError: no version of the schema has it.
        """
        if name not in self.fields:
            raise UsageError(f"no version of the schema has a field {name!r}", fix=_nearest(name, self.fields))
        return name

    def one(self, option: str, text: str, form: str, *, many: tuple[bool, bool]) -> tuple[str, _Read]:
        """The field and the one way to read its values; `many` says on which side of the colon several may stand."""
        name, rest = self.field(text, form)
        held = self.fields[name]
        found = [*islice(dict.fromkeys(_readings(rest, held, many)), _FEW)]
        if len(found) == 1:
            return name, found[0]
        if found:
            both = " or as ".join(f"'{name}={one}'" for one in found)
            raise UsageError(f"--{option} {text!r} can be read as {both}", fix="write it as one of these; " + _QUOTED)
        stated = rest if rest.startswith(_QUOTE) else rest.partition(":")[0]
        if ":" not in rest.strip(":"):
            raise _malformed(text, form)
        if held.named(stated):
            raise UsageError(f"--{option} {text!r} does not tell the values after the colon apart", fix=_QUOTED)
        raise self.unknown(name, stated)

    def single(self, text: str, form: str) -> tuple[str, Json]:
        """The field and the one value that a text states."""
        name, rest = self.field(text, form)
        found = [values for values in _lists(rest, self.fields[name]) if len(values) == 1]
        if not found:
            raise self.unknown(name, rest)
        if len(found) > 1:
            raise UsageError(f"{text!r} may be several values", fix=_QUOTED)
        return name, found[0][0]

    def unknown(self, field: str, stated: str) -> UsageError:
        """What is said of a value that there never was."""
        known = [spelled(value) for value in self.fields[field].values]
        return UsageError(
            f"{field}: no version of the schema has a value {stated[:200]!r}",
            fix=f"{_nearest(stated, known)}; {_QUOTED}",
        )


def _readings(text: str, held: Held, many: tuple[bool, bool]) -> Iterator[_Read]:
    """Every way to read `BEFORE:AFTER` whose values before the colon there are or were."""
    for place in (place for place, sign in enumerate(text) if sign == ":" and text[place + 1 :]):
        for before in islice(_lists(text[:place], held), _FEW):
            if many[0] or len(before) == 1:
                yield from (_Read(before, after) for after in _after(text[place + 1 :], held, many=many[1]))


def _lists(text: str, held: Held) -> Iterator[Values]:
    """Every way to read values that there are or were, with commas between them."""
    if text.startswith(_QUOTE) and (found := _token(text)):
        value, end = found
        known = [one for one in held.values if spelled(one) == value] or ([value] if held.free else [])
        ends = [(known, end)] if text[end : end + 1] in {"", ","} else []
    else:
        commas = (place for place, sign in enumerate(text) if sign == ",")
        ends = [([*held.named(text[:place])], place) for place in (*commas, len(text))]
    for known, end in ends:
        rest = [()] if end == len(text) else _lists(text[end + 1 :], held) if known else ()
        yield from ((value, *others) for others in rest for value in known)


def _after(text: str, held: Held, *, many: bool) -> Iterator[Values]:
    """What values become, which the schema need not have yet."""
    if not many:
        whole = _token(text)
        if whole is None or whole[1] == len(text):
            yield (whole[0] if whole else held.fresh(text),)
        return
    closed = Held(held.values, free=False)
    known = [*islice(_lists(text, closed), _FEW)]
    if known:
        yield from known
        return
    parts = [*_parts(text, held)]
    if None not in parts:
        yield tuple(parts)


def _parts(text: str, held: Held) -> Iterator[Json]:
    """The values between commas; None for one that is empty, or that blanks around it leave in doubt."""
    while text:
        found = _token(text)
        if found and text[found[1] : found[1] + 1] in {"", ","}:
            yield found[0]
            text = text[found[1] + 1 :]
        else:
            part, _, text = text.partition(",")
            yield held.fresh(part) if part and part == part.strip() else None


def _token(text: str) -> tuple[str, int] | None:
    """The text that stands in double quotes at the beginning, and where it ends; None where none does."""
    try:
        value, end = _DECODER.raw_decode(text) if text.startswith(_QUOTE) else (None, 0)
    except json.JSONDecodeError:
        return None
    return (value, end) if isinstance(value, str) else None


def _quoted(text: str, form: str) -> tuple[str, int]:
    found = _token(text)
    if found is None:
        raise _malformed(text, form)
    return found


def _cut(typed: _Typed, text: str, form: str) -> tuple[str, str]:
    """`OLD:NEW` of a field that there is or was."""
    fitting = [place for place, sign in enumerate(text) if sign == ":" and text[:place] in typed.fields]
    left, found, right = (text[: fitting[0]], ":", text[fitting[0] + 1 :]) if len(fitting) == 1 else text.partition(":")
    if not (left and found and right):
        raise _malformed(text, form)
    return typed.known(left), right


def _malformed(text: str, form: str) -> UsageError:
    return UsageError(f"{text!r} is not of the form {form}", fix="assay migrate add --help shows each")


def _nearest(word: str, known: "Mapping[str, object] | Sequence[str]") -> str:
    return did_you_mean(word, known, f"there are: {', '.join([*known][:_SHOWN]) or 'none'}")


def _renames(typed: _Typed, texts: Sequence[str]) -> list[JsonObject]:
    """All renamed values of one field are one step, so that two may change places."""
    fields: dict[str, dict[str, Json]] = {}
    for text in texts:
        field, read = typed.one("rename", text, "FIELD=OLD:NEW", many=(False, False))
        fields.setdefault(field, {})[spelled(read.before[0])] = read.after[0]
    return [step("rename_values", field=field, values=values) for field, values in fields.items()]


def _merges(typed: _Typed, texts: Sequence[str]) -> list[JsonObject]:
    read = [typed.one("merge", text, "FIELD=A,B:INTO", many=(True, False)) for text in texts]
    return [step("merge_values", field=field, values=[*one.before], into=one.after[0]) for field, one in read]


def _retired(typed: _Typed, texts: Sequence[str]) -> list[JsonObject]:
    parts = [typed.single(text, "FIELD=VALUE") for text in texts]
    return [step("retire_values", field=field, values=[value]) for field, value in parts]


def _splits(typed: _Typed, texts: Sequence[str]) -> list[JsonObject]:
    read = [typed.one("split", text, "FIELD=VALUE:A,B", many=(False, True)) for text in texts]
    return [step("split_value", field=field, value=one.before[0], into=[*one.after]) for field, one in read]


def _added(typed: _Typed, texts: Sequence[str]) -> list[JsonObject]:
    steps = []
    for text in texts:
        whole = text in typed.fields
        field, found, value = (text, "", "") if whole else text.partition("=")
        held = typed.fields.get(field, Held((), free=True))
        quoted = _token(value)
        stated = (
            quoted[0]
            if quoted and quoted[1] == len(value)
            else _number(value)
            if not held.values
            else held.fresh(value)
        )
        steps.append(step("add_field", field=field, **({"value": stated} if found else {})))
    return steps


def _number(text: str) -> Json:
    return int(text) if text.removeprefix("-").isdecimal() and str(int(text)) == text else text


_QUOTED = "a value that holds `:`, `,` or `=` stands in double quotes, as in --rename 'relation=\"nmod:own\":poss'"
_STEPS: Mapping[str, Callable[[_Typed, Sequence[str]], list[JsonObject]]] = {
    "rename": _renames,
    "merge": _merges,
    "retire": _retired,
    "split": _splits,
    "rename_field": lambda typed, texts: [
        step("rename_field", **dict(zip(("from", "to"), _cut(typed, text, "OLD:NEW"), strict=True))) for text in texts
    ],
    "add_field": _added,
    "drop_field": lambda typed, texts: [step("drop_field", field=typed.known(text)) for text in texts],
    "retype": lambda typed, texts: [
        step("retype_field", **dict(zip(("field", "to"), typed.field(text, "FIELD=TYPE"), strict=True)))
        for text in texts
    ],
}
