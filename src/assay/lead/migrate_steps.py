"""The steps of a migration as typed, checked against the values that the task's schema has or had.

A value is typed as it is, or in double quotes as JSON. If `:`, `,` or `=` in values make the text ambiguous, it is refused.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from assay.core import Json, JsonObject, did_you_mean
from assay.errors import UsageError
from assay.lead.migrate_add import KnownValues, declared_once, step, typed_form
from assay.project import Project

_DECODER = json.JSONDecoder()
_QUOTE = '"'
_SHOWN = 12
_FEW = 2
Values: TypeAlias = tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """One way to read a typed text: the values before and after the colon."""

    before: Values
    after: Values

    def __str__(self) -> str:
        """The same with every value in quotes."""
        sides = (
            ",".join(json.dumps(typed_form(one), ensure_ascii=False) for one in side)
            for side in (self.before, self.after)
        )
        return ":".join(filter(None, sides))


def steps_of(project: Project, task: str, options: Mapping[str, Sequence[str]]) -> list[JsonObject]:
    """The steps of the options of `assay migrate add`, in their order.

    Raises:
        UsageError: an option has another form, names a field or value that no version of the schema has, or is ambiguous.
        ConfigError: the schema is broken.
        GitError: this clone lacks an earlier version of it.
    """
    typed = _Typed(declared_once(project, project.task(task).name))
    return [one for option, texts in options.items() for one in _STEPS[option](typed, texts)]


@dataclass(frozen=True, slots=True)
class _Typed:
    fields: Mapping[str, KnownValues]

    def field(self, text: str, form: str) -> tuple[str, str]:
        """The field at the start of a text, and the text after its `=`."""
        if text.startswith(_QUOTE):
            found = _token(text)
            if found is None:
                raise _malformed(text, form)
            name, end = found
            if text[end : end + 1] != "=":
                raise _malformed(text, form)
            return self.known(name), text[end + 1 :]
        places = [place for place, sign in enumerate(text) if sign == "="]
        if not places or places[0] == 0 or text.endswith("="):
            raise _malformed(text, form)
        fitting = [place for place in places if text[:place] in self.fields]
        if len(fitting) > 1:
            raise UsageError(f"{text!r} is ambiguous: several fields match", fix=_QUOTED)
        place = fitting[0] if fitting else places[0]
        return self.known(text[:place]), text[place + 1 :]

    def pair(self, text: str, form: str) -> tuple[str, str]:
        """A field that a version of the schema has, and its new name: `OLD:NEW`."""
        fitting = [place for place, sign in enumerate(text) if sign == ":" and text[:place] in self.fields]
        place = fitting[0] if len(fitting) == 1 else text.find(":")
        if place < 1 or place == len(text) - 1:
            raise _malformed(text, form)
        return self.known(text[:place]), text[place + 1 :]

    def known(self, name: str) -> str:
        if name not in self.fields:
            raise UsageError(f"no version of the schema has a field {name!r}", fix=_nearest(name, self.fields))
        return name

    def one(self, option: str, text: str, form: str, *, many: tuple[bool, bool]) -> tuple[str, _Read]:
        """The field and the only reading of its values; `many`: whether each side of the colon may have several."""
        name, rest = self.field(text, form)
        declared = self.fields[name]
        found = [*islice(dict.fromkeys(_readings(rest, declared, many)), _FEW)]
        if len(found) == 1:
            return name, found[0]
        if found:
            both = " or ".join(f"'{name}={one}'" for one in found)
            raise UsageError(f"--{option} {text!r} is ambiguous: {both}", fix="write it as one of these; " + _QUOTED)
        stated = rest if rest.startswith(_QUOTE) else rest.partition(":")[0]
        if ":" not in rest.strip(":"):
            raise _malformed(text, form)
        if declared.named(stated):
            raise UsageError(f"--{option} {text!r} is ambiguous after the colon", fix=_QUOTED)
        raise self.unknown(name, stated)

    def single(self, text: str, form: str) -> tuple[str, Json]:
        name, rest = self.field(text, form)
        found = [values for values in _lists(rest, self.fields[name]) if len(values) == 1]
        if not found:
            raise self.unknown(name, rest)
        if len(found) > 1:
            raise UsageError(f"{text!r} is ambiguous: it may be several values", fix=_QUOTED)
        return name, found[0][0]

    def unknown(self, field: str, stated: str) -> UsageError:
        known = [typed_form(value) for value in self.fields[field].values]
        return UsageError(
            f"{field}: no version of the schema has a value {stated[:200]!r}",
            fix=f"{_nearest(stated, known)}; {_QUOTED}",
        )

    def renames(self, texts: Sequence[str]) -> list[JsonObject]:
        """One step for all renamed values of a field, so that two values can be swapped."""
        fields: dict[str, dict[str, Json]] = {}
        for text in texts:
            field, read = self.one("rename", text, "FIELD=OLD:NEW", many=(False, False))
            fields.setdefault(field, {})[typed_form(read.before[0])] = read.after[0]
        return [step("rename_values", field=field, values=values) for field, values in fields.items()]

    def added(self, texts: Sequence[str]) -> list[JsonObject]:
        """Added fields, each with the value that its items get, if one is stated."""
        steps = []
        for text in texts:
            whole = text in self.fields
            field, found, value = (text, "", "") if whole else text.partition("=")
            declared = self.fields.get(field, KnownValues((), free=True))
            quoted = _token(value)
            stated = (
                quoted[0]
                if quoted and quoted[1] == len(value)
                else (int(value) if value.removeprefix("-").isdecimal() and str(int(value)) == value else value)
                if not declared.values
                else declared.fresh(value)
            )
            steps.append(step("add_field", field=field, **({"value": stated} if found else {})))
        return steps


def _readings(text: str, declared: KnownValues, many: tuple[bool, bool]) -> Iterator[_Read]:
    """Every way to read `BEFORE:AFTER` with known values before the colon."""
    for place in (place for place, sign in enumerate(text) if sign == ":" and text[place + 1 :]):
        for before in islice(_lists(text[:place], declared), _FEW):
            if many[0] or len(before) == 1:
                yield from (_Read(before, after) for after in _after(text[place + 1 :], declared, many=many[1]))


def _lists(text: str, declared: KnownValues) -> Iterator[Values]:
    """Every way to read known values with commas between them."""
    if text.startswith(_QUOTE) and (found := _token(text)):
        value, end = found
        known = [one for one in declared.values if typed_form(one) == value] or ([value] if declared.free else [])
        ends = [(known, end)] if text[end : end + 1] in {"", ","} else []
    else:
        commas = (place for place, sign in enumerate(text) if sign == ",")
        ends = [([*declared.named(text[:place])], place) for place in (*commas, len(text))]
    for known, end in ends:
        rest = [()] if end == len(text) else _lists(text[end + 1 :], declared) if known else ()
        yield from ((value, *others) for others in rest for value in known)


def _after(text: str, declared: KnownValues, *, many: bool) -> Iterator[Values]:
    """The new values, which the schema need not have yet."""
    if not many:
        whole = _token(text)
        if whole is None or whole[1] == len(text):
            yield (whole[0] if whole else declared.fresh(text),)
        return
    closed = KnownValues(declared.values, free=False)
    known = [*islice(_lists(text, closed), _FEW)]
    if known:
        yield from known
        return
    parts = [*_parts(text, declared)]
    if None not in parts:
        yield tuple(parts)


def _parts(text: str, declared: KnownValues) -> Iterator[Json]:
    """The values between commas; None for one that is empty or has blanks around it."""
    while text:
        found = _token(text)
        if found and text[found[1] : found[1] + 1] in {"", ","}:
            yield found[0]
            text = text[found[1] + 1 :]
        else:
            part, _, text = text.partition(",")
            yield declared.fresh(part) if part and part == part.strip() else None


def _token(text: str) -> tuple[str, int] | None:
    """The text in double quotes at the start, and where it ends; None without one."""
    try:
        value, end = _DECODER.raw_decode(text) if text.startswith(_QUOTE) else (None, 0)
    except json.JSONDecodeError:
        return None
    return (value, end) if isinstance(value, str) else None


def _malformed(text: str, form: str) -> UsageError:
    return UsageError(f"{text!r} does not have the form {form}", fix="assay migrate add --help shows each")


def _nearest(word: str, known: "Mapping[str, object] | Sequence[str]") -> str:
    return did_you_mean(word, known, f"there are: {', '.join([*known][:_SHOWN]) or 'none'}")


_QUOTED = "put a value that contains `:`, `,` or `=` in double quotes, as in --rename 'relation=\"nmod:own\":poss'"
_STEPS: Mapping[str, Callable[[_Typed, Sequence[str]], list[JsonObject]]] = {
    "rename": _Typed.renames,
    "merge": lambda typed, texts: [
        step("merge_values", field=field, values=[*read.before], into=read.after[0])
        for field, read in [typed.one("merge", text, "FIELD=A,B:INTO", many=(True, False)) for text in texts]
    ],
    "retire": lambda typed, texts: [
        step("retire_values", field=field, values=[value])
        for field, value in [typed.single(text, "FIELD=VALUE") for text in texts]
    ],
    "split": lambda typed, texts: [
        step("split_value", field=field, value=read.before[0], into=[*read.after])
        for field, read in [typed.one("split", text, "FIELD=VALUE:A,B", many=(False, True)) for text in texts]
    ],
    "rename_field": lambda typed, texts: [
        step("rename_field", **dict(zip(("from", "to"), typed.pair(text, "OLD:NEW"), strict=True))) for text in texts
    ],
    "add_field": _Typed.added,
    "drop_field": lambda typed, texts: [step("drop_field", field=typed.known(text)) for text in texts],
    "retype": lambda typed, texts: [
        step("retype_field", **dict(zip(("field", "to"), typed.field(text, "FIELD=TYPE"), strict=True)))
        for text in texts
    ],
}
