"""Who may talk to the page's server: only the page itself, opened by whoever was given its address."""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 1024 * 1024
_READS = frozenset({"GET", "HEAD"})
_FROM_HERE = frozenset({"same-origin", "none"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_MEDIA_POLICY = "default-src 'none'; script-src 'none'; frame-ancestors 'none'; sandbox"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The two secrets of a start: what the address carries, and what the cookie holds; and the port they belong to."""

    token: str
    cookie: str
    port: int

    @property
    def cookie_name(self) -> str:
        """The cookie of this port; a browser shares cookies between the ports of a host."""
        return f"assay-{self.port}"

    @property
    def hosts(self) -> frozenset[str]:
        """The names under which this server may be called."""
        return frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a request is turned away."""

    status: int
    error: str
    fix: str


class Guard:
    """Lets a request through to `app` or turns it away, and sets the headers of every response.

    `touched` is called for each request that was let through.
    """

    def __init__(self, app: ASGIApp, keys: Keys, touched: Callable[[], None]) -> None:
        self._app = app
        self._keys = keys
        self._touched = touched
        self._origins = frozenset(f"http://{host}" for host in keys.hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request; the server that calls it opens no web sockets."""
        reply = _with_headers(send, scope["path"])
        refusal = self._refusal(scope)
        body = None if refusal else await _body(scope, receive)
        if body is None:
            turned = refusal or _TOO_LONG
            content = orjson.dumps({"error": turned.error, "fix": turned.fix})
            await Response(content, turned.status, media_type="application/json")(scope, receive, reply)
            return
        self._touched()
        await self._app(scope, _again(body, receive), reply)

    def _refusal(self, scope: Scope) -> _Refusal | None:
        headers, path = Headers(scope=scope), scope["path"]
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        sites = headers.getlist("sec-fetch-site")
        reads = scope["method"] in _READS
        if len(hosts) != 1 or hosts[0] not in self._keys.hosts:
            return _HOST
        if (origins and (len(origins) > 1 or origins[0] not in self._origins)) or not (reads or origins):
            return _ORIGIN
        if not _FROM_HERE.issuperset(sites) or (not reads and "none" in sites):
            return _ORIGIN
        if not _is_open(scope["method"], path) and not self._knows(headers.getlist("cookie")):
            return _COOKIE
        return None if reads or _is_json(headers.getlist("content-type")) else _TYPE

    def _knows(self, cookies: Iterable[str]) -> bool:
        values = [value for text in cookies for value in _values(text, self._keys.cookie_name)]
        return any(hmac.compare_digest(value.encode(), self._keys.cookie.encode()) for value in values)


def _is_open(method: str, path: str) -> bool:
    return path == "/" or path.startswith("/static/") or (method == "POST" and path == "/session")


def _values(text: str, name: str) -> list[str]:
    """What a Cookie header says under a name; those of other servers on this computer may be of any form."""
    pairs = (pair.strip().partition("=") for pair in text.split(";"))
    return [value for key, _, value in pairs if key == name]


def _is_json(types: list[str]) -> bool:
    return len(types) == 1 and types[0].partition(";")[0].strip().lower() == "application/json"


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body of a request; None where it is longer than is read."""
    if scope["method"] in _READS:
        return b""
    stated = Headers(scope=scope).get("content-length", "0")
    if not stated.isdecimal() or int(stated) > BODY_LIMIT:
        return None
    parts = bytearray()
    more = True
    while more and len(parts) <= BODY_LIMIT:
        message = await receive()
        parts += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(parts) if len(parts) <= BODY_LIMIT else None


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read, then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def given() -> Message:
        return waiting.pop() if waiting else await receive()

    return given


def _with_headers(send: Send, path: str) -> Send:
    is_static = path.startswith("/static/")

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if path.startswith("/media/"):
                headers["Content-Security-Policy"] = _MEDIA_POLICY
            headers["Cache-Control"] = "no-cache" if is_static and message["status"] in {200, 304} else "no-store"
        await send(message)

    return sent


_OWN = "use the address that `assay annotate` printed"
_HOST = _Refusal(421, "this server is not known by that name", _OWN)
_ORIGIN = _Refusal(403, "only the page itself may ask this", _OWN)
_COOKIE = _Refusal(401, "this browser has not opened the page", _OWN)
_TYPE = _Refusal(415, "only application/json is read here", "send JSON")
_TOO_LONG = _Refusal(413, "more than 1 MiB was sent", "shorten the answer")
