"""The page's server: its routes, HTTP in, one call to the session, JSON or a file out."""

import asyncio
import hmac
import logging
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
import orjson
import uvicorn
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from assay.annotator.page.answer import Answer, Branch, Proposal, Token, UnreadableError, Withdrawal, decode
from assay.annotator.page.answer_store import ChangedElsewhere, Faulty, OtherBranch, Outcome, Saved
from assay.annotator.page.guard import Guard, Keys
from assay.annotator.page.item_view import find_media
from assay.annotator.page.session import Desk, page_of
from assay.core import JsonObject
from assay.errors import AssayError, UsageError
from assay.files import digest_bytes

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
    names = (file.name for file in files("assay.annotator.page").joinpath("static").iterdir())
    return tuple(sorted(name for name in names if name.endswith(".js") and name != "open.js"))


def static_response(request: Request) -> Response:
    """One of the page's own files; `304` where the browser has it already.

    Raises:
        HTTPException: there is none of that name.
    """
    name = request.path_params["name"]
    kind = _TYPES.get(PurePosixPath(name).suffix)
    file = files("assay.annotator.page").joinpath("static", name)
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


_PLACE = re.compile("[0-9]{1,9}")


@cache
def templates() -> Environment:
    """The page's templates, each compiled when it is first asked for."""
    return Environment(loader=PackageLoader("assay.annotator.page"), autoescape=True, undefined=StrictUndefined)


class Routes:
    """What each address answers."""

    def __init__(self, desk: Desk, keys: Keys, stop: Callable[[], None]) -> None:
        self._desk = desk
        self._keys = keys
        self._stop = stop

    async def open(self, _request: Request) -> Response:
        """The page that trades the token of the address for the cookie."""
        return HTMLResponse(templates().get_template("open.html").render())

    async def session(self, request: Request) -> Response:
        """The cookie, to whoever has the token."""
        given = decode(await request.body(), Token).token
        if not hmac.compare_digest(given.encode(), self._keys.token.encode()):
            raise HTTPException(403, "this address is not valid any more")
        reply = Response(status_code=204)
        reply.set_cookie(self._keys.cookie_name, self._keys.cookie, path="/", httponly=True, samesite="strict")
        return reply

    async def label(self, _request: Request) -> Response:
        """The page itself."""
        page = await run_in_threadpool(page_of, self._desk)
        template = templates().get_template("label.html")
        return HTMLResponse(await run_in_threadpool(template.render, page=page, scripts=scripts()))

    async def item(self, request: Request) -> Response:
        """One item."""
        return _json(await run_in_threadpool(self._desk.item, self._place(request)))

    async def answer(self, request: Request) -> Response:
        """Saves an answer."""
        answer = decode(await request.body(), Answer)
        return _outcome(await run_in_threadpool(self._desk.answer, self._place(request), answer))

    async def withdraw(self, request: Request) -> Response:
        """Takes an answer back."""
        seen = decode(await request.body(), Withdrawal)
        return _outcome(await run_in_threadpool(self._desk.withdraw, self._place(request), seen))

    async def progress(self, _request: Request) -> Response:
        """How far the annotator has come."""
        progress = await run_in_threadpool(self._desk.progress)
        return _json({**msgspec.to_builtins(progress), "total": progress.total})

    async def branch(self, request: Request) -> Response:
        """Goes on upon another branch."""
        elsewhere = self._desk.accept_branch(decode(await request.body(), Branch).branch)
        return _outcome(elsewhere) if elsewhere else Response(status_code=204)

    async def propose(self, request: Request) -> Response:
        """Keeps a suggested change to the guideline."""
        await run_in_threadpool(self._desk.propose, decode(await request.body(), Proposal))
        return Response(status_code=204)

    async def alive(self, _request: Request) -> Response:
        """Says that somebody still works; the guard has noted it."""
        return Response(status_code=204)

    async def stop(self, _request: Request) -> Response:
        """Ends the server."""
        self._stop()
        return Response(status_code=204)

    async def media(self, request: Request) -> Response:
        """A picture, sound or film of the pool."""
        return await run_in_threadpool(media_response, self._desk.root, self._desk.pool, request)

    async def static(self, request: Request) -> Response:
        """A file of the page's own."""
        return static_response(request)

    def _place(self, request: Request) -> int:
        stated = request.path_params["n"]
        if not _PLACE.fullmatch(stated) or int(stated) >= self._desk.total:
            raise HTTPException(404, "there is no such item")
        return int(stated)


def make_app(desk: Desk, keys: Keys, stop: Callable[[], None]) -> Starlette:
    """The application, without its guard; `stop` is called when the page asks the server to end."""
    to = Routes(desk, keys, stop)
    app = Starlette(
        routes=[
            Route("/", to.open),
            Route("/session", to.session, methods=["POST"]),
            Route("/label", to.label),
            Route("/items/{n}", to.item),
            Route("/items/{n}/answer", to.answer, methods=["PUT"]),
            Route("/items/{n}/answer", to.withdraw, methods=["DELETE"]),
            Route("/progress", to.progress),
            Route("/branch", to.branch, methods=["POST"]),
            Route("/suggestions", to.propose, methods=["POST"]),
            Route("/alive", to.alive, methods=["POST"]),
            Route("/stop", to.stop, methods=["POST"]),
            Route("/media/{path:path}", to.media),
            Route("/static/{name}", to.static),
        ],
        exception_handlers={
            HTTPException: _http_error,
            UnreadableError: _unreadable,
            AssayError: _blocked,
            Exception: _bug,
        },
    )
    app.router.redirect_slashes = False
    return app


def _json(body: JsonObject, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def _outcome(outcome: Outcome) -> Response:
    match outcome:
        case Saved(tag=tag, record=record, progress=progress, feedback=feedback, doubts=doubts):
            done: JsonObject = {"done": progress.done, "total": progress.total}
            told = msgspec.to_builtins(doubts)
            return _json({"tag": tag, "record": record, "progress": done, "feedback": feedback, "doubts": told})
        case Faulty(faults=faults):
            return _json({"faults": msgspec.to_builtins(faults)}, 422)
        case ChangedElsewhere(tag=tag, record=record):
            return _json({"conflict": "record", "tag": tag, "record": record}, 409)
        case OtherBranch(branch=branch, was=was):
            return _json({"conflict": "branch", "branch": branch, "was": was}, 409)
        case _:
            return _json({"error": "this answer stands", "fix": "go on to the next item"}, 410)


def _http_error(_request: Request, error: Any) -> Response:
    said = error.detail or HTTPStatus(error.status_code).phrase
    reply = _json({"error": said, "fix": "load the page again"}, error.status_code)
    reply.headers.update(error.headers or {})
    return reply


def _unreadable(_request: Request, error: Any) -> Response:
    fault: JsonObject = {"pointer": "", "message": error.message, "fix": error.fix, "field": "", "missing": False}
    return _json({"error": error.message, "fix": error.fix, "faults": [fault]}, 422)


def _blocked(_request: Request, error: Any) -> Response:
    return _json({"error": error.message, "fault": error.message, "fix": error.fix}, 423)


def _bug(_request: Request, _error: Any) -> Response:
    fix = "what happened stands in the terminal; nothing that was saved is lost"
    return _json({"error": "this is a bug in assay", "fix": fix}, 500)


LOOPBACK = "127.0.0.1"
_QUEUE = 128
_KEPT = 600
_GRACE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorway:
    """A bound socket on this computer, and the secrets of this start."""

    socket: socket.socket
    keys: Keys

    @property
    def address(self) -> str:
        """What to open; the token stands in the fragment, which no browser sends anywhere."""
        return f"http://{LOOPBACK}:{self.keys.port}/#{self.keys.token}"


def open_door(port: int, *, token: str, cookie: str) -> Doorway:
    """Binds a port of this computer; 0 takes a free one. Whoever calls before `serve` runs is kept waiting.

    The protocol is named, for asyncio sends small answers at once only over a socket that states TCP.

    Raises:
        UsageError: the port is taken, or may not be used.
    """
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((LOOPBACK, port))
        door.listen(_QUEUE)
    except (OSError, OverflowError) as error:
        door.close()
        said = error.strerror if isinstance(error, OSError) else "no such port"
        raise UsageError(f"port {port}: {said}", fix="leave --port away, and a free one is taken") from error
    return Doorway(socket=door, keys=Keys(token=token, cookie=cookie, port=door.getsockname()[1]))


def serve(desk: Desk, door: Doorway, *, idle: float) -> None:
    """Serves until the page or a signal asks to stop, or for `idle` seconds nobody asked for anything."""
    asyncio.run(_serve(desk, door, idle))


async def _serve(desk: Desk, door: Doorway, idle: float) -> None:
    watch = _Watch(asyncio.get_running_loop(), idle)
    app = Guard(make_app(desk, door.keys, watch.stop), door.keys, watch.touch)
    server = _Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEPT,
            timeout_graceful_shutdown=_GRACE,
        )
    )
    watch.on_end(server.end)
    await server.serve(sockets=[door.socket])


class _Watch:
    """Ends the server when nothing was asked for a while."""

    def __init__(self, loop: asyncio.AbstractEventLoop, idle: float) -> None:
        self._loop = loop
        self._idle = idle
        self._end: Callable[[], None] = lambda: None
        self._alarm = loop.call_later(idle, self.stop)

    def on_end(self, end: Callable[[], None]) -> None:
        """What ends the server."""
        self._end = end

    def touch(self) -> None:
        """Somebody asked for something."""
        self._alarm.cancel()
        self._alarm = self._loop.call_later(self._idle, self.stop)

    def stop(self) -> None:
        """Ends the server."""
        self._end()


class _Server(uvicorn.Server):
    """A server that ends quietly when it is told to: the work is saved, so being stopped is no failure."""

    def end(self) -> None:
        """Finishes what is being answered, then ends."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends; of a request that is cut off on the way, say a film that is only half read, nothing is reported."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes SIGINT and SIGTERM as the wish to end."""
        asked = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in asked}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
