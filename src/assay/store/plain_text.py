"""Text that a person wrote into a file of the project: UTF-8 without a byte order mark, lines ended by LF."""

import codecs

from assay.errors import ConfigError
from assay.store.pointers import pointed

_MARKS = {
    codecs.BOM_UTF8: "UTF-8 with a byte order mark (BOM)",
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
SETTLE = (
    "choose in the file; or `assay doctor --mend` puts it back as it was before, and keeps this one below .assay/aside"
)
"""What to do about an unsettled merge conflict in a file that says how the project works."""
_KEEP = "and a line `* text=auto eol=lf` in .gitattributes keeps them so in every clone"


def merge_mark(data: bytes) -> int:
    """The line on which an unsettled merge conflict begins; 0 where both sides of none stand in the file."""
    ends = 0
    begun = 0
    for number, line in enumerate(data.splitlines(), start=1) if b"<<<<<<< " in data else ():
        if line.startswith(b"<<<<<<< ") and not begun:
            begun = number
        elif begun and not ends and line == b"=======":
            ends = number
        elif ends and line.startswith(b">>>>>>> "):
            return begun
    return 0


def hold_settled(data: bytes, path: str, *, first_line: int = 1) -> None:
    """Makes sure that no merge conflict was left in a file.

    Raises:
        ConfigError: one was.
    """
    if mark := merge_mark(data):
        raise ConfigError(
            f"{path}:{first_line + mark - 1} an unsettled merge conflict",
            hint=SETTLE,
        )


def plain_text(data: bytes, path: str, *, first_line: int = 1) -> str:
    """The text; `first_line` is the line of `path` on which `data` starts.

    Raises:
        ConfigError: it only points to its content, has a byte order mark, is not UTF-8, or lines end with CR LF or CR, as some editors save them.
    """
    if pointer := pointed(data):
        raise ConfigError(
            f"{path}:{first_line} the file is a pointer of {pointer[0]}, and its content is not here",
            hint=f"`{pointer[1]}` fetches it; leave the file as it is",
        )
    if mark := next((mark for mark in _MARKS if data.startswith(mark)), None):
        raise ConfigError(
            f"{path}:{first_line} the file is saved as {_MARKS[mark]}",
            hint="save it as UTF-8 without a byte order mark (BOM)",
        )
    if (place := data.find(b"\r")) >= 0:
        ends = "CR LF, as on Windows" if data[place : place + 2] == b"\r\n" else "CR"
        line = first_line + data.count(b"\n", 0, place)
        raise ConfigError(
            f"{path}:{line} the line ends with {ends}",
            hint=f"save the file with line ends LF (`sed -i 's/\\r$//' {path}`), {_KEEP}",
        )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = first_line + data.count(b"\n", 0, error.start)
        raise ConfigError(f"{path}:{line} byte {error.start} is not UTF-8", hint="save the file as UTF-8") from error
