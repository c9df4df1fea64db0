"""The content of an item: when two items, or an item and an example, show the same."""

import unicodedata

from assay.model.json import Json
from assay.model.values import canonical_text


def content_key(data: Json) -> str:
    """A text that two contents share when they differ only in Unicode form (NFC), white space and the order of keys.

    `1.0` is `1`. Empty where nothing is shown: of such items nobody can say that they are the same.
    """
    return canonical_text(_plain(data)) if data != {} else ""


def place_in_content(text: str, offset: int) -> int:
    """An offset in a text (in code points) as the number of signs before it that are no white space, in NFC.

    So the same place has the same number in every text of the same content.
    """
    return len("".join(unicodedata.normalize("NFC", text[:offset]).split()))


def _plain(value: Json) -> Json:
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value
