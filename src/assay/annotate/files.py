"""Files that the page loads: its own, and the pool's media."""

import re
from importlib.resources import files
from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from assay.annotate.media import find_media
from assay.store.digest import digest_bytes

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\.[a-z0-9]+")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def scripts() -> tuple[str, ...]:
    """The names of the page's scripts, which the browser may fetch all at once."""
    names = (file.name for file in files("assay.annotate").joinpath("static").iterdir())
    return tuple(sorted(name for name in names if name.endswith(".js") and name != "open.js"))


def static_response(request: Request) -> Response:
    """One of the page's own files; `304` where the browser has it already.

    Raises:
        HTTPException: there is none of that name.
    """
    name = request.path_params["name"]
    kind = _TYPES.get(PurePosixPath(name).suffix)
    file = files("assay.annotate").joinpath("static", name)
    if kind is None or not _NAME.fullmatch(name) or not file.is_file():
        raise HTTPException(404, "there is no such file")
    data = file.read_bytes()
    headers = {"ETag": f'"{digest_bytes(data)[:32]}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=kind)


def media_response(root: Path, pool: str, request: Request) -> Response:
    """A file of the pool's media, whole or the range that is asked for; opened by itself it is saved, never run.

    Raises:
        HTTPException: there is none that may be served, or the range lies beyond it.
    """
    file = find_media(root, pool, request.path_params["path"])
    if file is None:
        raise HTTPException(404, "there is no such file")
    start, stop = _wanted(request.headers.get("range", ""), file.size)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(stop - start),
        "Content-Disposition": "attachment",
    }
    partial = (start, stop) != (0, file.size)
    if partial:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    status = 206 if partial else 200
    return StreamingResponse(file.parts(start, stop), status, headers=headers, media_type=file.type)


def _wanted(stated: str, size: int) -> tuple[int, int]:
    """The bytes that a Range header asks for, as a half-open interval; all of them where it asks for several ranges."""
    found = _RANGE.fullmatch(stated)
    if found is None or stated == "bytes=-":
        return 0, size
    first, last = found.groups()
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= stop:
        raise HTTPException(416, "the file is shorter", headers={"Content-Range": f"bytes */{size}"})
    return start, stop
