"""The routes of the page's server: HTTP in, one call to the desk, JSON out."""

import hmac
import re
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec
import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from assay.annotate.answer import Answer, Branch, Proposal, Token, UnreadableError, Withdrawal, decode
from assay.annotate.desk import Desk
from assay.annotate.files import media_response, scripts, static_response
from assay.annotate.guard import Keys
from assay.annotate.outcome import ChangedElsewhere, Faulty, OtherBranch, Outcome, Saved
from assay.annotate.page import page_of
from assay.errors import AssayError
from assay.model.json import JsonObject

_PLACE = re.compile("[0-9]{1,9}")


@cache
def templates() -> Environment:
    """The page's templates, each compiled when it is first asked for."""
    return Environment(loader=PackageLoader("assay.annotate"), autoescape=True, undefined=StrictUndefined)


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
            return _json({"error": "this answer stands", "hint": "go on to the next item"}, 410)


def _http_error(_request: Request, error: Any) -> Response:
    said = error.detail or HTTPStatus(error.status_code).phrase
    reply = _json({"error": said, "hint": "load the page again"}, error.status_code)
    reply.headers.update(error.headers or {})
    return reply


def _unreadable(_request: Request, error: Any) -> Response:
    fault: JsonObject = {"pointer": "", "message": error.message, "hint": error.hint, "field": "", "missing": False}
    return _json({"error": error.message, "hint": error.hint, "faults": [fault]}, 422)


def _blocked(_request: Request, error: Any) -> Response:
    return _json({"error": error.message, "fault": error.message, "hint": error.hint}, 423)


def _bug(_request: Request, _error: Any) -> Response:
    hint = "what happened stands in the terminal; nothing that was saved is lost"
    return _json({"error": "this is a bug in assay", "hint": hint}, 500)
