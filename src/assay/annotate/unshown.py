"""Why a picture, sound or film that an item names cannot be shown, in words that say who can mend it."""

import stat
from pathlib import Path
from unicodedata import normalize

from assay.annotate.media import LIMIT, find_media
from assay.errors import UsageError
from assay.model.media import CONVERTED, is_address, is_below, not_shown
from assay.model.names import clip
from assay.store.files import inside
from assay.store.pictures import is_unsized
from assay.store.pointers import pointed

_NAMED = 200
_HEAD = 4096


def unshown(root: Path, pool: str, value: str, kind: str, *, marked: bool) -> str:
    """Why the file that a value names cannot be shown as that kind; empty where nothing is known against it.

    What only the browser finds out, that a file is broken inside, is for the page to say. `marked` says that boxes are
    drawn on it, for which it must have a size.
    """
    name = value.removeprefix("media/")
    return _named(value, name, kind) or _kept(root, pool, name, marked=marked)


def cut(value: str) -> str:
    """A value as a message names it."""
    return clip(value, _NAMED)


def _named(value: str, name: str, kind: str) -> str:
    if is_address(value):
        return "no file of the pool, and the page fetches nothing from elsewhere; it belongs below `media/`"
    if not is_below(name):
        return "no name of a file below `media/`; the lead corrects the item"
    what = not_shown(name, kind)
    return f"a browser does not show {what} here; the lead converts it to {CONVERTED[kind]}" if what else ""


def _kept(root: Path, pool: str, name: str, *, marked: bool) -> str:
    folder = f"labels/items/{pool}/media"
    file = find_media(root, pool, name)
    if file is None:
        return _absent(root, f"{folder}/{name}")
    if not file.size:
        return "the file is empty; the lead or `dvc pull` brings it"
    if pointer := pointed(file.part(0, _HEAD)):
        return f"only a pointer of {pointer[0]} is here; `{pointer[1]}` brings the file"
    if marked and is_unsized(file):
        return "this SVG has no width and height, so that pixels in it cannot be counted; the lead adds them"
    return ""


def _absent(root: Path, path: str) -> str:
    like = ""
    try:
        place = inside(root, path)
        status = place.lstat()
    except UsageError:
        return "a symbolic link, and none is followed; the lead puts the file itself there"
    except FileNotFoundError:
        like = _like(root / path)
    except OSError:
        pass
    else:
        too_large = stat.S_ISREG(status.st_mode) and status.st_size > LIMIT
        return f"larger than {LIMIT // 2**20} MiB; the lead makes it smaller" if too_large else "no readable file"
    spelled = f"; `{like}` is, which differs in capitals or in how accents are written" if like else ""
    return f"not here{spelled}; the lead or `dvc pull` brings it"


def _like(place: Path) -> str:
    """A file beside that place whose name looks the same; empty where there is none."""
    try:
        names = sorted(one.name for one in place.parent.iterdir())
    except OSError:
        return ""
    wanted = _plain(place.name)
    return next((name for name in names if _plain(name) == wanted), "")


def _plain(name: str) -> str:
    return normalize("NFC", normalize("NFC", name).casefold())
