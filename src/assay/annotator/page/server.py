"""The page's server: routes from HTTP to one call of the session and back."""

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
from importlib.resources import files
from pathlib import Path, PurePosixPath

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

from assay.annotator.page import answer as answers
from assay.annotator.page.answer_store import ChangedElsewhere, Faulty, OtherBranch, Saved, SaveOutcome
from assay.annotator.page.guard import Guard, Secrets
from assay.annotator.page.item_view import find_media
from assay.annotator.page.session import Session, make_page
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


async def static_response(request: Request) -> Response:
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
    """A file of the pool's media, whole or the requested range; opened by itself it is downloaded, never run.

    Raises:
        HTTPException: there is none that may be served, or the range is beyond its end.
    """
    file = find_media(root, pool, request.path_params["path"])
    if file is None:
        raise HTTPException(404, "there is no such file")
    start, stop = 0, file.size
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found and any(found.groups()):  # several ranges at once do not match: all bytes are sent
        first, last = found.groups()
        start = int(first) if first else max(file.size - int(last), 0)
        stop = min(int(last) + 1, file.size) if first and last else file.size
        if start >= stop:
            raise HTTPException(416, "the file is shorter", headers={"Content-Range": f"bytes */{file.size}"})
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(stop - start), "Content-Disposition": "attachment"}
    status = 200 if (start, stop) == (0, file.size) else 206
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    return StreamingResponse(file.parts(start, stop), status, headers=headers, media_type=file.type)


_PLACE = re.compile("[0-9]{1,9}")


@cache
def templates() -> Environment:
    """The page's templates, each compiled when it is first asked for."""
    return Environment(loader=PackageLoader("assay.annotator.page"), autoescape=True, undefined=StrictUndefined)


class Routes:
    """The handler of each address."""

    def __init__(self, session: Session, keys: Secrets, stop: Callable[[], None]) -> None:
        self._session = session
        self._keys = keys
        self._stop = stop

    async def open(self, _request: Request) -> Response:
        """The page that exchanges the token of the address for the cookie."""
        return HTMLResponse(templates().get_template("open.html").render())

    async def session(self, request: Request) -> Response:
        """The cookie, in exchange for the token."""
        token = answers.decode(await request.body(), answers.Token).token
        if not hmac.compare_digest(token.encode(), self._keys.token.encode()):
            raise HTTPException(403, "this address is no longer valid")
        reply = Response(status_code=204)
        reply.set_cookie(self._keys.cookie_name, self._keys.cookie, path="/", httponly=True, samesite="strict")
        return reply

    async def label(self, _request: Request) -> Response:
        """The page itself."""
        page = await run_in_threadpool(make_page, self._session)
        template = templates().get_template("label.html")
        return HTMLResponse(await run_in_threadpool(template.render, page=page, scripts=scripts()))

    async def item(self, request: Request) -> Response:
        """One item."""
        return _json(await run_in_threadpool(self._session.item, self._place(request)))

    async def answer(self, request: Request) -> Response:
        """Saves an answer."""
        answer = answers.decode(await request.body(), answers.Answer)
        return _outcome(await run_in_threadpool(self._session.answer, self._place(request), answer))

    async def withdraw(self, request: Request) -> Response:
        """Takes an answer back."""
        seen = answers.decode(await request.body(), answers.Withdrawal)
        return _outcome(await run_in_threadpool(self._session.withdraw, self._place(request), seen))

    async def progress(self, _request: Request) -> Response:
        """The progress of the annotator."""
        progress = await run_in_threadpool(self._session.progress)
        return _json({**msgspec.to_builtins(progress), "total": progress.total})

    async def branch(self, request: Request) -> Response:
        """Continues on another branch."""
        elsewhere = self._session.accept_branch(answers.decode(await request.body(), answers.Branch).branch)
        return _outcome(elsewhere) if elsewhere else Response(status_code=204)

    async def propose(self, request: Request) -> Response:
        """Saves a suggested change to the guideline."""
        await run_in_threadpool(
            self._session.propose, answers.decode(await request.body(), answers.GuidelineSuggestion)
        )
        return Response(status_code=204)

    async def alive(self, _request: Request) -> Response:
        """Keeps the server running; the guard has noted the request."""
        return Response(status_code=204)

    async def stop(self, _request: Request) -> Response:
        """Ends the server."""
        self._stop()
        return Response(status_code=204)

    async def media(self, request: Request) -> Response:
        """An image, audio or video file of the pool."""
        return await run_in_threadpool(media_response, self._session.root, self._session.pool, request)

    def _place(self, request: Request) -> int:
        stated = request.path_params["n"]
        if not _PLACE.fullmatch(stated) or int(stated) >= self._session.total:
            raise HTTPException(404, "there is no such item")
        return int(stated)


def make_app(session: Session, keys: Secrets, stop: Callable[[], None]) -> Starlette:
    """The application, without its guard; `stop` is called when the page asks the server to end."""
    to = Routes(session, keys, stop)
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
            Route("/static/{name}", static_response),
        ],
        exception_handlers=dict.fromkeys((HTTPException, answers.RequestBodyError, AssayError, Exception), _failed),
    )
    app.router.redirect_slashes = False
    return app


def _json(body: JsonObject, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def _outcome(outcome: SaveOutcome) -> Response:
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
            return _json({"error": "this answer is final", "fix": "go on to the next item"}, 410)


def _failed(_request: Request, error: Exception) -> Response:
    match error:
        case HTTPException():
            reply = _json({"error": error.detail, "fix": "load the page again"}, error.status_code)
            reply.headers.update(error.headers or {})
            return reply
        case answers.RequestBodyError():
            fault = msgspec.to_builtins(answers.AnswerFault(message=error.message, fix=error.fix))
            return _json({"error": error.message, "fix": error.fix, "faults": [fault]}, 422)
        case AssayError():
            return _json({"error": error.message, "fault": error.message, "fix": error.fix}, 423)
        case _:
            fix = "the terminal shows what happened; nothing that was saved is lost"
            return _json({"error": "this is a bug in assay", "fix": fix}, 500)


LOOPBACK = "127.0.0.1"
_QUEUE = 128
_KEPT = 600
_GRACE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A bound local socket, and the secrets of this start."""

    socket: socket.socket
    keys: Secrets

    @property
    def address(self) -> str:
        """The address to open; the token is in the fragment, which browsers do not send."""
        return f"http://{LOOPBACK}:{self.keys.port}/#{self.keys.token}"


def bind_port(port: int, *, token: str, cookie: str) -> Listener:
    """Binds a local port; 0 takes a free one. Connections wait until `serve` runs.

    The protocol is explicit, as asyncio sets TCP_NODELAY only on a socket that states TCP.

    Raises:
        UsageError: the port is taken, or may not be used.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(_QUEUE)
    except (OSError, OverflowError) as error:
        listener.close()
        said = error.strerror if isinstance(error, OSError) else "no such port"
        raise UsageError(f"port {port}: {said}", fix="omit --port to use a free one") from error
    return Listener(socket=listener, keys=Secrets(token=token, cookie=cookie, port=listener.getsockname()[1]))


def serve(session: Session, listener: Listener, *, idle: float) -> None:
    """Serves until the page or a signal stops it, or there was no request for `idle` seconds."""
    asyncio.run(_serve(session, listener, idle))


async def _serve(session: Session, listener: Listener, idle: float) -> None:
    watch = _Watch(asyncio.get_running_loop(), idle)
    app = Guard(make_app(session, listener.keys, watch.stop), listener.keys, watch.touch)
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
    watch.end = server.end
    await server.serve(sockets=[listener.socket])


class _Watch:
    """Stops the server after some time without requests."""

    def __init__(self, loop: asyncio.AbstractEventLoop, idle: float) -> None:
        self._loop = loop
        self._idle = idle
        self.end: Callable[[], None] = lambda: None
        self._alarm = loop.call_later(idle, self.stop)

    def touch(self) -> None:
        self._alarm.cancel()
        self._alarm = self._loop.call_later(self._idle, self.stop)

    def stop(self) -> None:
        self.end()


class _Server(uvicorn.Server):
    """A server for which being stopped is no error, as the work is saved."""

    def end(self) -> None:
        """Stops after the current requests."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops without reporting requests that are cut off, such as a video that is half read."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stops the server at SIGINT and SIGTERM."""
        asked = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in asked}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
