"""The content of an item: when two items, or an item and an example, show the same."""

import re
import unicodedata
from collections.abc import Mapping
from hashlib import blake2b

import orjson

from assay.model.json import Json
from assay.model.values import canonical_text

_UNTIDY = (b"\\", b"  ", b'" ', b' "', b".0")
"""What canonical JSON of a tidy content does not hold: escapes (of white space, too), white space at ends or twice, whole numbers as floats."""
_WIDE = re.compile(r"[^\S ]")
_DIGEST = 16


def content_key(data: Json) -> str:
    """A text that two contents share when they differ only in Unicode form (NFC), white space and the order of keys.

    Upper and lower case stay apart, as do signs that only look alike: what differs in them may be labelled differently.
    `1.0` is `1`. Empty where nothing is shown: of such items nobody can say that they are the same.
    """
    return canonical_text(tidy(data)) if data != {} else ""


def content_digest(raw: bytes, files: Mapping[str, str] | None = None) -> str:
    """A digest of the content that canonical JSON holds; empty where it shows nothing.

    `files` says by top-level key what the file is that the item names there, in place of the file's name.
    """
    if raw == b"{}":
        return ""
    if files:
        raw = content_key({**orjson.loads(raw), **{key: {"file": file} for key, file in files.items()}}).encode()
    elif any(mark in raw for mark in _UNTIDY) or not (
        raw.isascii() or (unicodedata.is_normalized("NFC", text := raw.decode()) and not _WIDE.search(text))
    ):
        raw = content_key(orjson.loads(raw)).encode()
    return blake2b(raw, digest_size=_DIGEST).hexdigest()


def place_in_content(text: str, offset: int) -> int:
    """An offset in a text (in code points) as the number of signs before it that are no white space, in NFC.

    So the same place has the same number in every text of the same content.
    """
    return len("".join(unicodedata.normalize("NFC", text[:offset]).split()))


def tidy(value: Json) -> Json:
    """The value with every text in NFC and its white space folded, and whole numbers as such."""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    if isinstance(value, list):
        return [tidy(one) for one in value]
    if isinstance(value, dict):
        return {key: tidy(one) for key, one in value.items()}
    return value
